"""Looking at a stack while it is loaded: memory, lag of feeds, connections, journals."""

import contextlib
import dataclasses
import http.client
import math
import time

import psycopg2

from day import copies
from stack import metrics, postgres, processes, services, settings

LAG, PARKED = "lienthong_feed_lag_seconds", "lienthong_parked_events"
CONNECTIONS = """
  SELECT count(*) FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"""
JOURNAL_BYTES = """
  SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::bigint
  FROM pg_partition_tree('journal') WHERE isleaf"""


@dataclasses.dataclass
class Sample:
    """`at`: seconds of a monotonic clock. `memory_kib`: {process: (PSS, RSS)}, with children."""

    at: float
    memory_kib: dict
    lag_seconds: float
    connections: int


class Sampler:
    """Keeps what it has seen; one thread. A context manager for its session with PostgreSQL."""

    def __init__(self, stack):
        self._stack = stack
        self._cleanup = contextlib.ExitStack()
        self._session = None
        self._pids = {}
        self.samples = []
        self.troubles = []      # readings that failed, processes that ended, in words

    def __enter__(self):
        self._session = self._cleanup.enter_context(
            postgres.connect(self._stack, "postgres", postgres.SUPERUSER))
        self._pids = {name: processes.pid(self._stack, name)
                      for name in processes.names(self._stack)}
        return self

    def __exit__(self, *_):
        self._cleanup.close()

    def look(self):
        """The Sample of now."""
        self._note_restarts()
        made = Sample(time.monotonic(), processes.memory_report(self._stack), self._lag(),
                      self._connections())
        self.samples.append(made)
        return made

    def _lag(self):
        found = self.highest(LAG)
        if found is None:
            self.troubles.append("nobody tells the lag of feeds")
        return found or 0.0

    def _connections(self):
        try:
            return postgres.rows(self._session, CONNECTIONS)[0][0]
        except psycopg2.Error as error:
            self.troubles.append(f"PostgreSQL does not tell its connections: {error!r}")
            return 0

    def parked(self):
        """Events that wait as unreadable, of all who read feeds; None when nobody tells."""
        return self.highest(PARKED)

    def highest(self, name):
        """The highest value of a metric of our processes, None when none has it."""
        found = []
        for process in services.names(self._stack):
            try:
                samples = metrics.read(self._stack, process)
            except (OSError, http.client.HTTPException) as error:
                self.troubles.append(f"metrics of {process} could not be read: {error!r}")
                continue
            found += [number for other, _, number in samples
                      if other == name and not math.isnan(number)]
        return max(found, default=None)

    def _note_restarts(self):
        now = {name: processes.pid(self._stack, name) for name in self._pids}
        for name, number in now.items():
            if number != self._pids[name]:
                self.troubles.append(f"{name} {'was started anew' if number else 'ended'}")
        self._pids = now


def journals(stack):
    """{owner: {"rows": id of the newest row, "bytes": with indexes}}."""
    with copies.owners_sessions(stack) as sessions:
        ends = copies.journal_ends(sessions)
        return {owner: {"rows": ends[owner],
                        "bytes": postgres.rows(sessions[owner], JOURNAL_BYTES)[0][0]}
                for owner in settings.OWNERS}
