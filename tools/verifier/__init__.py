"""Recomputes from first principles whether every copy equals its owners (see tools/verify).

Written against PROTOCOL alone: shares no code with the services or the other tools.
"""
