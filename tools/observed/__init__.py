"""What operators see: dashboards, rules and metrics, read as data by tests and commands."""
