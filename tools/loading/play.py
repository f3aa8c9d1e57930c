"""Plays the mixture at its rate, looks at the stack meanwhile, and says what it has shown."""

import threading
import time

import psycopg2

from day import copies, waiting
from day.client import CallError
from day.story import Unexpected
from stack import settings

from . import outcome, sampling
from .copy_calls import Copies
from .document_calls import Documents
from .figures import Tally
from .hotline_calls import Hotline
from .mixture import Mixture
from .pace import Pace, Refused, Starter
from .place import territories
from .portal_calls import Portal
from .registry_calls import Directory, Registry

EVERY_SECONDS = 10


class Load:
    """One load. `say` takes the lines of its course; the event `stop` ends it sooner."""

    def __init__(self, day, rate, minutes, stop, say):
        self._day, self._rate, self._minutes = day, rate, minutes
        self._stop, self._say = stop, say
        self._tally, self._starter = Tally(), None
        self._pace = Pace(rate, minutes * 60, stop)
        self._pacer, self._fault = None, ""

    def play(self):
        """The Outcome."""
        name = f"load/{time.time_ns()}"
        where = territories(self._day)
        registry, documents = (make(self._day, name, where) for make in (Registry, Documents))
        hotline = Hotline(self._day, name, where)
        portal = Portal(self._day, name, hotline)
        parts = [Directory(self._day, name, where), registry, documents, hotline, portal,
                 Copies(self._day, name, registry, documents)]
        mixture = Mixture([kind for part in parts for kind in part.kinds()], name)
        portal.begin()
        try:
            return self._measure(mixture)
        finally:
            portal.end()

    def _measure(self, mixture):
        before = sampling.journals(self._day.stack)
        with sampling.Sampler(self._day.stack) as sampler:
            self._starter = Starter(self._tally)
            self._pacer = threading.Thread(target=self._run, args=(mixture,), name="pace",
                                           daemon=True)
            sampler.look()
            begin = time.monotonic()
            self._pacer.start()
            try:
                self._watch(sampler, begin)
            finally:
                interrupted = self._stop.is_set()
                self._stop.set()
                self._pacer.join()
                seconds = time.monotonic() - begin
                self._starter.close()
            equal, troubles = self._wait_equal()
            return outcome.Outcome(
                rate=self._rate, minutes=self._minutes, seconds=round(seconds, 1),
                begun=self._pace.begun, late=self._tally.late,
                late_max_ms=round(self._tally.late_max_ms, 1),
                not_started=self._tally.not_started, interrupted=interrupted,
                kinds=self._tally.kinds(), errors=self._tally.errors(),
                lag_max_seconds=max((one.lag_seconds for one in sampler.samples), default=0.0),
                equal_seconds=equal, parked=sampler.parked(),
                memory=outcome.memory(sampler.samples),
                connections_max=max((one.connections for one in sampler.samples), default=0),
                journal=outcome.growth(before, sampling.journals(self._day.stack)),
                troubles=self._troubles(sampler.troubles + troubles))

    def _run(self, mixture):
        """The thread of the pace: requests are made in it."""
        try:
            self._pace.run(lambda due: self._starter.start(due, mixture.next()))
        except Exception as error:  # told at the end: a load that stands still proves nothing
            self._fault = repr(error)

    def _watch(self, sampler, begin):
        """A line every ten seconds, until the last call was started."""
        at = begin
        while self._pacer.is_alive():
            at += EVERY_SECONDS
            self._pacer.join(max(0.0, at - time.monotonic()))
            sample = sampler.look()
            latencies, failed = self._tally.lately()
            told = latencies.told()
            self._say(
                f"{sample.at - begin:7.0f} s  {told['count']:>6} answered, {failed} errors, "
                f"{self._starter.open} open, {self._tally.late} late so far; ms p50 "
                f"{outcome.shown(told['p50_ms'])} p95 {outcome.shown(told['p95_ms'])} p99 "
                f"{outcome.shown(told['p99_ms'])} max {outcome.shown(told['max_ms'])}; lag "
                f"{sample.lag_seconds:.1f} s, {sample.connections} connections, "
                f"{sum(pss for pss, _ in sample.memory_kib.values()) // outcome.MIB} MiB (PSS)")

    def _wait_equal(self):
        """(seconds until every copy was verified equal by barriers of after the end, or None; what
        was missing)."""
        begin, since = time.monotonic(), time.time()
        try:
            copies.wait_equal(self._day, outcome.EQUAL_SECONDS_MAX, verified_since=since,
                              is_fixed=True)
        except (waiting.TooLate, CallError, psycopg2.Error) as error:
            return None, [f"copies: {error}"]
        return round(time.monotonic() - begin, 1), []

    def _troubles(self, found):
        if self._fault:
            found = [*found, f"the pace ended: {self._fault}"]
        if self._starter.fault:
            found = [*found, f"a call failed in tools/load itself: {self._starter.fault}"]
        return list(dict.fromkeys(found))


def play(day, rate, minutes, stop, say):
    """Plays one load; a StackError when the stack does not let it begin."""
    try:
        return Load(day, rate, minutes, stop, say).play()
    except (CallError, Refused, Unexpected, OSError, psycopg2.Error) as error:
        raise settings.StackError(f"the load could not be played: {error!r}") from None
