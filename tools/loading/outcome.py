"""What a load has shown: as text, as JSON, as rows of tests/bench/README.md."""

import dataclasses

from .figures import slope

EQUAL_SECONDS_MAX = 60
# What a caller may cause who changes what others change too: everything else is a fault.
ALLOWED = {"VERSION_STALE", "CONCURRENT_CHANGE", "IDENTITY_NUMBER_TAKEN", "TAX_NUMBER_TAKEN"}
MIB = 1024
SHARED = {"postgres"}       # RSS counts its shared buffers once for each connection: PSS is told


@dataclasses.dataclass
class Outcome:
    """Times in seconds. `kinds`: {kind: Latencies.told()}; `errors`: {kind: {reason: count}};
    `memory`: see memory(); `journal`: {owner: {"rows", "bytes"}} that were added; `equal_seconds`:
    from the end of the last call until every copy was verified equal, None = not within the limit.
    """

    rate: float
    minutes: float
    seconds: float
    begun: int
    late: int
    late_max_ms: float
    not_started: int
    interrupted: bool
    kinds: dict
    errors: dict
    lag_max_seconds: float
    equal_seconds: float
    parked: float
    memory: dict
    connections_max: int
    journal: dict
    troubles: list
    problems: list = dataclasses.field(default_factory=list)

    def __post_init__(self):
        self.problems = problems(self)

    @property
    def good(self):
        return not self.problems


def problems(outcome):
    """Why the system did not bear the load as promised, in words; empty = it did."""
    found = [f"{kind}: {count} times {reason}" for kind, reasons in outcome.errors.items()
             for reason, count in reasons.items() if reason not in ALLOWED]
    if not outcome.kinds.get("all", {}).get("count"):
        found.append("no call was answered")
    if outcome.equal_seconds is None:
        found.append(f"not every copy is equal {EQUAL_SECONDS_MAX} s after the end")
    if outcome.parked is None:
        found.append("nobody tells how many events are parked")
    elif outcome.parked > 0:
        found.append("events are parked: lienthong parked list")
    return found + outcome.troubles


def memory(samples):
    """{process: {"begin_mib", "end_mib", "max_mib", "slope_mib_an_hour"}} of Samples: RSS, of
    SHARED PSS. The slope is of the second half, by least squares; None with too few samples.
    """
    told = {}
    for name in sorted({name for one in samples for name in one.memory_kib}):
        points = [(one.at / 3600, one.memory_kib[name][0 if name in SHARED else 1] / MIB)
                  for one in samples if name in one.memory_kib]
        rises = slope(points[len(points) // 2:])
        sizes = [size for _, size in points]
        told[name] = {"begin_mib": round(sizes[0], 1), "end_mib": round(sizes[-1], 1),
                      "max_mib": round(max(sizes), 1),
                      "slope_mib_an_hour": None if rises is None else round(rises, 1)}
    return told


def growth(before, after):
    """What sampling.journals() shows to have been added."""
    return {owner: {what: after[owner][what] - before[owner][what] for what in after[owner]}
            for owner in after}


def as_json(outcome):
    return dataclasses.asdict(outcome) | {"good": outcome.good}


def shown(number):
    return "-" if number is None else f"{number:g}"


def lines(outcome):
    """The outcome for a person."""
    yield f"{'call':<24}{'count':>8}{'p50 ms':>10}{'p95 ms':>10}{'p99 ms':>10}{'max ms':>10}"
    for kind, told in outcome.kinds.items():
        yield f"{kind:<24}{told['count']:>8}" + "".join(
            f"{shown(told[name]):>10}" for name in ("p50_ms", "p95_ms", "p99_ms", "max_ms"))
    yield (f"{outcome.begun} calls in {outcome.seconds:.0f} s; {outcome.late} started late, by "
           f"{outcome.late_max_ms:.0f} ms at most; {outcome.not_started} not started"
           + ("; ended before its time" if outcome.interrupted else ""))
    for kind, reasons in outcome.errors.items():
        for reason, count in reasons.items():
            word = "refused" if reason in ALLOWED else "ERROR"
            yield f"{word}: {kind}: {reason}, {count} times"
    yield (f"lag of feeds: {outcome.lag_max_seconds:.1f} s at most; all copies verified equal "
           f"{shown(outcome.equal_seconds)} s after the end; parked: {shown(outcome.parked)}")
    yield f"connections of PostgreSQL: {outcome.connections_max} at most"
    for name, told in outcome.memory.items():
        what = "PSS" if name in SHARED else "RSS"
        yield (f"{name}: {what} {told['begin_mib']} to {told['end_mib']} MiB, at most "
               f"{told['max_mib']}, slope {shown(told['slope_mib_an_hour'])} MiB/h")
    for owner, told in outcome.journal.items():
        yield f"journal of {owner}: {told['rows']} rows more, {told['bytes'] / 2**20:.1f} MiB more"
    for text in outcome.problems:
        yield f"PROBLEM: {text}"
    yield "the load was borne as promised" if outcome.good else "NOT as promised"


def markdown(outcome):
    """The rows of the section Load of tests/bench/README.md."""
    def row(what, text):
        return f"| {what} | {text} |"

    def percentiles(told):
        return " / ".join(shown(told[f"{name}_ms"]) for name in ("p50", "p95", "p99", "max"))

    yield row("calls", f"{outcome.begun} in {outcome.seconds / 60:.1f} min at {outcome.rate:g} a "
                       f"second; {outcome.late} started late; {outcome.not_started} not started")
    for kind, told in outcome.kinds.items():
        yield row(f"`{kind}`, p50 / p95 / p99 / max ms", f"{percentiles(told)} ({told['count']})")
    refused = {}
    for reasons in outcome.errors.values():
        for reason, count in reasons.items():
            refused[reason] = refused.get(reason, 0) + count
    yield row("errors", ", ".join(f"{count} {reason}" for reason, count in sorted(refused.items()))
              or "none")
    yield row("lag of feeds, most; all copies equal after the end",
              f"{outcome.lag_max_seconds:.1f} s; {shown(outcome.equal_seconds)} s")
    yield row("parked", shown(outcome.parked))
    yield row("connections of PostgreSQL, most", outcome.connections_max)
    for name, told in outcome.memory.items():
        what = "PSS" if name in SHARED else "RSS"
        yield row(f"{name}, {what} at the begin / end, slope of the second half",
                  f"{told['begin_mib']} / {told['end_mib']} MiB, "
                  f"{shown(told['slope_mib_an_hour'])} MiB/h")
    for owner, told in outcome.journal.items():
        yield row(f"journal of {owner}", f"{told['rows']} rows, {told['bytes'] / 2**20:.1f} MiB")
    yield row("as promised", "yes" if outcome.good else "no: " + "; ".join(outcome.problems))
