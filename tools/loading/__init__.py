"""Mixed traffic of all services against a running stack: what tools/load is made of."""
