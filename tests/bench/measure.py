"""Rows of the table: how often a thing is measured, and what is kept of it."""

import dataclasses
import json
import statistics
import subprocess

from stack import settings

RUNS = 3
LOAD_SECONDS_MAX = 120   # beyond the seconds it was asked to run


@dataclasses.dataclass(frozen=True)
class Aim:
    """What is wanted of a row; printed, never asserted. `of` is "ratio" or "ours"."""

    is_at_least: bool
    limit: float
    of: str

    def text(self, row):
        value = getattr(row, self.of)
        met = value >= self.limit if self.is_at_least else value <= self.limit
        return (f"{'>=' if self.is_at_least else '<='} {self.limit:g} "
                f"{'met' if met and not row.failure else 'missed'}")


def at_least(limit, of="ratio"):
    return Aim(True, limit, of)


def at_most(limit, of="ratio"):
    return Aim(False, limit, of)


@dataclasses.dataclass
class Row:
    """One line. `ours` and `reference` are medians of the runs; no reference: None.

    `compared_with`: what the reference is. `failure`: why the row is not what its name says.
    """

    name: str
    unit: str
    ours_runs: list
    reference_runs: list = dataclasses.field(default_factory=list)
    compared_with: str = ""
    aims: tuple = ()
    failure: str = ""

    @property
    def ours(self):
        return statistics.median(self.ours_runs)

    @property
    def reference(self):
        return statistics.median(self.reference_runs) if self.reference_runs else None

    @property
    def ratio(self):
        return self.ours / self.reference if self.reference else None

    def as_json(self):
        found = {"name": self.name, "ours": self.ours, "reference": self.reference,
                 "ratio": self.ratio, "unit": self.unit,
                 "runs": {"ours": self.ours_runs, "reference": self.reference_runs}}
        return found | ({"failure": self.failure} if self.failure else {})


def in_turn(ours, reference, before=lambda: None, runs=RUNS):
    """Runs ours, reference, ours, reference ... with `before()` ahead of each; two lists."""
    found = ([], [])
    for _ in range(runs):
        for kind, results in zip((ours, reference), found):
            before()
            results.append(kind())
    return found


def load(place, rpc, actor, in_flight, seconds, calls_per_second, *names):
    """One run of bench_load against the registry; what it printed as a dict."""
    stack = place.stack
    target = f"127.0.0.1:{stack.owner_port('registry')}"
    return load_at(place, target, rpc, actor, in_flight, seconds, calls_per_second, *names)


def load_at(place, target, rpc, actor, in_flight, seconds, calls_per_second, *names):
    """The same against the server at an address."""
    stack = place.stack
    command = [stack.build / "tests" / "bench" / "bench_load", rpc, target, stack.pki,
               f"unit-{actor.unit}", actor.official, in_flight, seconds, calls_per_second, *names]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=seconds + LOAD_SECONDS_MAX, check=False)
    if done.returncode != 0:
        raise settings.StackError(f"bench_load {rpc}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)
