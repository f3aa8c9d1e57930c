"""An open model of load: calls are started at their time, whether or not earlier ones ended."""

import collections
import concurrent.futures
import math
import threading
import time
import traceback

from day.client import CallError
from day.story import Unexpected

LATE_SECONDS = 0.05         # a call that is started later than this after its time is counted
THREADS_MAX = 1000          # calls in flight; further ones wait, and are late
WAITING_MAX = 10_000        # calls that have not ended; further ones are not started
TOO_MANY = "NOT_STARTED"

# One call. `run()` makes it and raises what it is refused with.
Job = collections.namedtuple("Job", "kind run")


class Refused(Exception):
    """An answer of HTTP that is none; `status` says why."""

    def __init__(self, status):
        super().__init__(f"HTTP {status}")
        self.status = status


class Pace:
    """`rate` calls a second for `seconds`, at even distances; ended sooner by the event `stop`."""

    def __init__(self, rate, seconds, stop, clock=time.monotonic):
        self._rate, self._seconds, self._stop, self._clock = rate, seconds, stop, clock
        self.begun = 0

    def run(self, start):
        """Calls `start(due)` at the time of each call: what is behind is caught up at once."""
        begin = self._clock()
        for number in range(math.floor(self._rate * self._seconds)):
            due = begin + number / self._rate
            if self._stop.wait(max(0.0, due - self._clock())):
                return
            start(due)
            self.begun += 1


class Starter:
    """Makes the calls, each in a thread, and tells a figures.Tally of them. Close it after use.

    A latency is counted from the time at which the call was due, as whoever wants something then
    feels it, not from when a thread was free.
    """

    def __init__(self, tally, threads=THREADS_MAX, waiting=WAITING_MAX, clock=time.monotonic):
        self._tally, self._clock, self._waiting_max = tally, clock, waiting
        self._pool = concurrent.futures.ThreadPoolExecutor(threads, "call")
        self._lock = threading.Lock()
        self._open = 0
        self.fault = ""     # the first traceback that no answer of a service explains

    def start(self, due, job):
        with self._lock:
            is_full = self._open >= self._waiting_max
            self._open += not is_full
        if is_full:
            self._tally.add_not_started(job.kind, TOO_MANY)
        else:
            self._pool.submit(self._make, due, job)

    @property
    def open(self):
        """Calls that have not ended."""
        return self._open

    def close(self):
        """Waits for all that were started: each has a deadline of its own."""
        self._pool.shutdown()

    def _make(self, due, job):
        late = self._clock() - due
        reason = ""
        try:
            job.run()
        except Exception as error:  # counted by its reason: no call ends the load
            reason = reason_of(error)
            if not isinstance(error, (CallError, Refused, Unexpected, OSError)):
                self.fault = self.fault or traceback.format_exc()
        spent = self._clock() - due
        with self._lock:
            self._open -= 1
        self._tally.add(job.kind, spent * 1000, reason,
                        late * 1000 if late > LATE_SECONDS else 0)


def reason_of(error):
    """Why a call failed, in few words that many calls share."""
    if isinstance(error, CallError):
        return error.reason or error.code
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, Unexpected):
        return f"UNEXPECTED: {error}"
    return type(error).__name__
