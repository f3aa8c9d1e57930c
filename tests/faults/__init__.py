"""Fault tests (tools/faults): random kills and pauses under load, and a checker over what was kept.

schedule   what is done to which process, from a seed
scenario   a stack, its clients, the faults: one seed after another
evidence   what is kept of a run under build/faults/<seed>/
checker    is every promise kept? over the files alone, again at any time
sabotage   defects that the checker must find
"""
