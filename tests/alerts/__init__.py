"""Checks of alerts, Alertmanager's configuration and runbooks that need no running system."""
