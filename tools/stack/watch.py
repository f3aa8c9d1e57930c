"""Watches the daemons of a stack that is up: who ends unasked is told of and started again."""

import collections
import dataclasses
import subprocess
import time

import psycopg2

from . import (alertmanager, kafka, node_exporter, postgres, processes, prometheus, redis, services,
               settings)

LOOK_SECONDS = 1.0          # between two looks while all is well
STARTING_LOOK_SECONDS = 0.1
ENDS_MAX = 3                # a daemon that ends so often within ENDS_SECONDS is given up
ENDS_SECONDS = 60
PAUSE_SECONDS = 5           # before the second restart within ENDS_SECONDS; the first is at once
STOP_SECONDS_MAX = 5        # of a daemon that did not become ready
SERVERS = {module.NAME: module for module in (postgres, redis, kafka, prometheus, alertmanager,
                                              node_exporter)}
NEEDED = {module.NAME for module in (postgres, redis, kafka)}    # by our processes
FAILURES = (settings.StackError, OSError, subprocess.SubprocessError, psycopg2.Error)

# `launch()` starts without waiting, `is_ready()` asks; what is needed is there before any service
# starts.
Daemon = collections.namedtuple("Daemon", "name launch is_ready limit_seconds is_server is_needed")


class GivenUp(settings.StackError):
    """A daemon ends again and again; the text says what to do."""


def daemons(stack):
    """All daemons that were started, as the stack starts them: servers first, then our processes."""
    def server(name, module):
        return Daemon(name, lambda: module.launch(stack), lambda: module.is_ready(stack),
                      module.START_SECONDS_MAX, True, name in NEEDED)

    def ours(name):
        return Daemon(name, lambda: services.serve(stack, name),
                      lambda: services.is_healthy(stack, name), services.START_SECONDS_MAX, False,
                      False)

    known = [*(server(name, module) for name, module in SERVERS.items()),
             *(ours(name) for name in services.names(stack))]
    started = processes.names(stack)
    return [daemon for daemon in known if daemon.name in started]


@dataclasses.dataclass
class _State:
    """What is known of one daemon. Times are of the monotonic clock, None: it is not so now."""

    daemon: Daemon
    ended: float = None         # when it was first seen gone, until it is ready again
    launched: float = None      # while it starts
    next_launch: float = 0.0
    ready: float = 0.0          # when it was last seen to become ready
    ends: list = dataclasses.field(default_factory=list)


class Watch:
    """Looks after the daemons of one stack, in the thread that calls it.

    Nothing blocks for long: a daemon that starts is asked at every look whether it is ready, so
    that Ctrl-C and what happens to others are noticed meanwhile.
    """

    def __init__(self, stack, say, watched=None):
        self._stack, self._say = stack, say
        self._states = [_State(daemon) for daemon in watched or daemons(stack)]

    def run(self):
        """Until an exception: KeyboardInterrupt, or GivenUp."""
        while True:
            self.look()
            busy = any(state.ended for state in self._states)
            time.sleep(STARTING_LOOK_SECONDS if busy else LOOK_SECONDS)

    def look(self):
        """Notices who ended, starts who may start, notices who is ready. GivenUp: see ENDS_MAX."""
        for state in self._states:
            gone = not processes.is_running(self._stack, state.daemon.name)
            if gone and (state.ended is None or state.launched is not None):
                self._failed(state, processes.ending(self._stack, state.daemon.name))
        for state in self._states:
            if state.launched is not None:
                self._check(state)
            elif state.ended is not None and self._may_launch(state):
                self._launch(state)

    def _may_launch(self, state):
        """A service would only end again while a server is away."""
        servers_up = all(other.ended is None for other in self._states if other.daemon.is_needed)
        return time.monotonic() >= state.next_launch and (state.daemon.is_server or servers_up)

    def _launch(self, state):
        try:
            state.daemon.launch()
            state.launched = time.monotonic()
        except FAILURES as error:
            self._failed(state, f"does not start: {error}")

    def _check(self, state):
        """Is a daemon that was launched ready?"""
        try:
            is_ready = state.daemon.is_ready()
        except FAILURES:
            is_ready = False
        now = time.monotonic()
        if is_ready:
            self._tell(f"{state.daemon.name} is back after {now - state.ended:.1f} s")
            state.ready, state.ended, state.launched = now, None, None
        elif now - state.launched > state.daemon.limit_seconds:
            processes.stop(self._stack, state.daemon.name, STOP_SECONDS_MAX)
            self._failed(state, f"is not ready after {state.daemon.limit_seconds} s")

    def _failed(self, state, how):
        """An end, or a start that failed: told and counted."""
        now, name = time.monotonic(), state.daemon.name
        # One that never became ready in between was not back, however long that took.
        state.ends = [end for end in state.ends if end > min(now - ENDS_SECONDS, state.ready)]
        state.ends.append(now)
        state.ended, state.launched = state.ended or now, None
        pause = 0 if len(state.ends) == 1 else PAUSE_SECONDS
        state.next_launch = now + pause
        log = self._stack.log / f"{name}.log"
        if len(state.ends) < ENDS_MAX:
            again = f" in {pause} s" if pause else ""
            self._tell(f"{name} {how}; its log: {log}; it is started again{again}")
            return
        self._tell(f"{name} {how}; its log: {log}")
        raise GivenUp(
            f"{name} failed {ENDS_MAX} times in a row or within {ENDS_SECONDS} s and is given up; "
            f"all was stopped.\nMend what its log names and start again: the data is kept.\n"
            + processes.log_tail(self._stack, name))

    def _tell(self, text):
        self._say(f"{time.strftime('%Y-%m-%d %H:%M:%SZ', time.gmtime())}  {text}")
