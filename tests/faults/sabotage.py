"""Defects put in on purpose: each must be found, by the checks named here.

Most are built into the binaries for tests, which read their name from LIENTHONG_SABOTAGE; the
others the driver does itself.
"""

import dataclasses

VARIABLE = "LIENTHONG_SABOTAGE"


@dataclasses.dataclass(frozen=True)
class Sabotage:
    """`found_by`: kinds of checker.Problem of which one must be reported.

    `process`: the processes that are told its name; empty = the driver does it.
    """

    description: str
    process: tuple
    found_by: tuple


SABOTAGES = {
    "id-cursor": Sabotage(
        "the relay reads id > cursor, without the fence", ("registry", "directory"),
        ("not published", "digests differ")),
    "dropped-tombstone": Sabotage(
        "the relay sends no tombstone where a unit lost sight", ("registry",),
        ("not published", "alarm", "digests differ")),
    "no-repeat-check": Sabotage(
        "a repeated request is carried out again", ("registry",), ("doubled",)),
    "acknowledge-early": Sabotage(
        "calls are answered before their commit", ("registry",), ("lost",)),
    "offset-outside": Sabotage(
        "a copy stores its offset outside the transaction that applies the batch", ("replica-0",),
        ("alarm", "digests differ")),
    "edited-row": Sabotage(
        "a sealed journal row is edited by hand", (), ("seal",)),
    "stale-audience": Sabotage(
        "no sweep after a change of the agreements", ("registry",), ("audience",)),
    "old-relay": Sabotage(
        "a second relay, long paused, wakes up and sends what it had read", ("registry",),
        ("alarm", "stale message")),
}


def environment(name, process):
    """What a process is told of a sabotage (None: nothing)."""
    if name and process in SABOTAGES[name].process:
        return {VARIABLE: name}
    return {}
