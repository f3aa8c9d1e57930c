"""Defects put in on purpose: each must be found, by the checks named here.

Most are built into the binaries for tests, which read their name from LIENTHONG_SABOTAGE; the
others the driver does itself.
"""

import dataclasses

VARIABLE = "LIENTHONG_SABOTAGE"


@dataclasses.dataclass(frozen=True)
class Sabotage:
    """`processes`: those that are told its name; empty = the driver does it by itself.

    `kills`: the faults that bring it to light, one after another. `found_by`: kinds of
    checker.Problem, of which one must be reported.
    """

    description: str
    processes: tuple
    kills: tuple
    found_by: tuple


SECOND = "registry-second"     # the process of the old relay
EDITED_ROW = "edited-row"
SABOTAGES = {
    "id-cursor": Sabotage(
        "the relay reads id > cursor, without the fence",
        ("registry", "directory"), ("registry",) * 12, ("not published",)),
    "dropped-tombstone": Sabotage(
        "the relay sends no tombstone where a unit lost sight",
        ("registry",), ("registry",), ("not published", "alarm")),
    "no-repeat-check": Sabotage(
        "a repeated request is carried out again",
        ("registry",), ("registry",) * 6, ("doubled", "lost")),
    "acknowledge-early": Sabotage(
        "calls are answered before their commit is on disk",
        ("registry",), ("postgres",) * 3, ("lost",)),
    "offset-outside": Sabotage(
        "a copy stores its offset outside the transaction that applies the batch",
        ("replica-0",), ("replica-0",) * 3, ("alarm", "digests differ")),
    EDITED_ROW: Sabotage(
        "a sealed journal row is edited by hand", (), ("registry",), ("seal",)),
    "stale-audience": Sabotage(
        "no sweep after a change of the agreements", ("registry",), ("registry",), ("audience",)),
    "old-relay": Sabotage(
        "an old relay wakes up, sends stale messages and dies: scenario.py",
        (), (SECOND,) * 5, ("alarm", "stale message")),
}


def environment(name, process):
    """What a process is told of a sabotage (None: nothing)."""
    if name and process in SABOTAGES[name].processes:
        return {VARIABLE: name}
    return {}
