"""Figures of a load: latencies in little memory, slopes, and what became of the calls."""

import collections
import math
import threading

GROWTH = 1.02               # of a bucket's bounds: a percentile is at most 2 % too high
SHORTEST_MS = 0.01
REASONS_MAX = 50            # told apart for each kind of call
OTHERS = "further reasons"
PERCENTS = (50, 95, 99)


class Latencies:
    """Durations in buckets that grow by 2 %, so that hours of calls take no more memory."""

    def __init__(self):
        self._buckets = collections.Counter()
        self.count, self.max_ms = 0, 0.0

    def add(self, milliseconds):
        number = math.ceil(math.log(max(milliseconds, SHORTEST_MS) / SHORTEST_MS, GROWTH))
        self._buckets[number] += 1
        self.count += 1
        self.max_ms = max(self.max_ms, milliseconds)

    def merge(self, other):
        """Adds what another one has."""
        self._buckets.update(other._buckets)
        self.count += other.count
        self.max_ms = max(self.max_ms, other.max_ms)

    def percentile(self, percent):
        """The duration that so many percent do not exceed, by the upper bound of its bucket; None
        without any."""
        wanted, seen = math.ceil(self.count * percent / 100), 0
        for number in sorted(self._buckets):
            seen += self._buckets[number]
            if seen >= wanted:
                return min(SHORTEST_MS * GROWTH ** number, self.max_ms)
        return None

    def told(self):
        """{"count", "p50_ms", "p95_ms", "p99_ms", "max_ms"}."""
        shown = {f"p{percent}_ms": self.percentile(percent) for percent in PERCENTS}
        return {"count": self.count} | {
            name: None if value is None else round(value, 1)
            for name, value in (shown | {"max_ms": self.max_ms}).items()}


def slope(points):
    """By how much y rises for each x, by least squares over (x, y); None where no line follows from
    them: fewer than three points, or all at one x."""
    if len(points) < 3:
        return None
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if spread == 0:
        return None
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread


class Tally:
    """What became of the calls. Any thread. Latencies are of calls that were answered well."""

    def __init__(self):
        self._lock = threading.Lock()
        self._kinds = collections.defaultdict(Latencies)
        self._errors = collections.defaultdict(collections.Counter)
        self._lately = Latencies()
        self._lately_failed = 0
        self.late = self.not_started = 0
        self.late_max_ms = 0.0

    def add(self, kind, milliseconds, reason="", late_ms=0):
        """A call has ended: well, or for a reason. `late_ms`: after its time it was started; 0 =
        in time."""
        with self._lock:
            if reason:
                self._count_error(kind, reason)
            else:
                self._kinds[kind].add(milliseconds)
                self._lately.add(milliseconds)
            self.late += late_ms > 0
            self.late_max_ms = max(self.late_max_ms, late_ms)

    def add_not_started(self, kind, reason):
        """A call whose time came while too many others waited already."""
        with self._lock:
            self.not_started += 1
            self._count_error(kind, reason)

    def _count_error(self, kind, reason):
        known = self._errors[kind]
        known[reason if reason in known or len(known) < REASONS_MAX else OTHERS] += 1
        self._lately_failed += 1

    def lately(self):
        """(Latencies of all kinds together, errors) since this was asked last."""
        with self._lock:
            found = self._lately, self._lately_failed
            self._lately, self._lately_failed = Latencies(), 0
            return found

    def kinds(self):
        """{kind: Latencies.told()}, and of all together under "all"."""
        with self._lock:
            everything = Latencies()
            for one in self._kinds.values():
                everything.merge(one)
            return {kind: self._kinds[kind].told() for kind in sorted(self._kinds)} | {
                "all": everything.told()}

    def errors(self):
        """{kind: {reason: how often}}."""
        with self._lock:
            return {kind: dict(sorted(self._errors[kind].items()))
                    for kind in sorted(self._errors)}
