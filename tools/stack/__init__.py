"""Starts and stops everything a stack of Lienthong needs on one machine (see README.md)."""
