"""The day that tools/run plays on a stack: load a province, live a day in it, report."""
