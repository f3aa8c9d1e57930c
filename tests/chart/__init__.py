"""Checks of charts/lienthong; tools/testing/chart runs them."""
