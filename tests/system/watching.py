"""A daemon that ends while a stack is up: started again, or given up."""

import contextlib
import pathlib
import re
import signal
import tempfile
import threading
import time
import unittest

from stack import postgres, processes, redis, services, settings, watch

from day import waiting

from .case import SECONDS_MAX, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

FAKE = "fake"


@contextlib.contextmanager
def watched(stack, told, daemons=None):
    """A watch.Watch that looks in a thread of its own while the block lasts."""
    ended = threading.Event()
    watcher = watch.Watch(stack, told.append, daemons)

    def look():
        while not ended.wait(watch.STARTING_LOOK_SECONDS):
            watcher.look()

    thread = threading.Thread(target=look, name="watch")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class Watching(Case):
    """What tools/run does while it is up, with the real daemons."""

    def end(self, *names):
        """Ends daemons with kill -9 as somebody else would; returns what the watcher told when all
        are back."""
        told = []
        with watched(self.stack, told):
            for name in names:
                for member in processes.tree(processes.pid(self.stack, name)):
                    processes.send(member, signal.SIGKILL)
            waiting.until(f"{', '.join(names)} back", SECONDS_MAX, lambda: (
                sum(" is back after " in text for text in told) == len(names) or (False, told)))
        return "\n".join(told)

    def test_a_service_that_was_killed_is_told_of_and_serves_again(self):
        told = self.end("registry")
        self.assertRegex(
            told, r"registry was ended by signal 9 \(Killed\); its log: \S+registry.log")
        self.assertTrue(services.is_healthy(self.stack, "registry"))
        self.register()

    def test_a_server_is_back_before_the_services_that_need_it(self):
        told = self.end(redis.NAME, postgres.NAME, "registry", "directory")
        back = re.findall(r"(\S+) is back after", told)
        self.assertEqual({*back[:2]}, {redis.NAME, postgres.NAME}, told)
        self.assertEqual({*back[2:]}, {"registry", "directory"}, told)
        self.register()


class GivingUp(unittest.TestCase):
    """The rule of three, with daemons that are nothing but a small program."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.stack = settings.Stack(run=pathlib.Path(folder.name))
        self.addCleanup(processes.stop, self.stack, FAKE)
        self.told, self.ready = [], True
        self.pause = watch.PAUSE_SECONDS
        watch.PAUSE_SECONDS = 0.1
        self.addCleanup(setattr, watch, "PAUSE_SECONDS", self.pause)

    def daemon(self, *command, limit_seconds=SECONDS_MAX):
        """A daemon that runs a command."""
        return watch.Daemon(FAKE, lambda: processes.start(self.stack, FAKE, command),
                            lambda: self.ready, limit_seconds, False, False)

    def given_up(self, daemon):
        """What is said when a daemon is given up."""
        watcher = watch.Watch(self.stack, self.told.append, [daemon])
        with self.assertRaises(watch.GivenUp) as caught:
            deadline = time.monotonic() + SECONDS_MAX
            while time.monotonic() < deadline:
                watcher.look()
                time.sleep(watch.STARTING_LOOK_SECONDS)
        return str(caught.exception)

    def test_a_daemon_that_ends_at_once_is_given_up_after_three_times(self):
        self.ready = False
        said = self.given_up(self.daemon("bash", "-c", "echo no room; exit 3"))
        self.assertIn(f"{FAKE} failed 3 times", said)
        self.assertIn("no room", said)
        self.assertIn("start again", said)
        self.assertEqual([f"{FAKE} ended with exit code 3" in text for text in self.told[1:]],
                         [True, True])

    def test_a_daemon_that_is_ready_and_ends_again_and_again_is_given_up(self):
        daemon = self.daemon("sleep", "0.3")
        daemon.launch()
        self.given_up(daemon)
        self.assertEqual(sum("is back after" in text for text in self.told), 2, self.told)

    def test_a_daemon_that_cannot_be_started_is_given_up_without_a_traceback(self):
        self.given_up(self.daemon("/nonexistent/program"))
        self.assertIn("does not start", self.told[-1])

    def test_a_daemon_that_never_becomes_ready_is_given_up(self):
        self.ready = False
        daemon = self.daemon("sleep", "60", limit_seconds=0.2)
        self.given_up(daemon)
        self.assertIn("is not ready after", self.told[-1])
        self.assertFalse(processes.is_running(self.stack, FAKE))

    def test_ends_far_from_each_other_are_forgotten(self):
        daemon = self.daemon("sleep", "60")
        daemon.launch()
        ends = watch.ENDS_SECONDS
        watch.ENDS_SECONDS = 0.5
        self.addCleanup(setattr, watch, "ENDS_SECONDS", ends)
        with watched(self.stack, self.told, [daemon]):
            for count in range(1, watch.ENDS_MAX + 2):
                processes.send(processes.pid(self.stack, FAKE), signal.SIGKILL)
                waiting.until("it is back", SECONDS_MAX, lambda: (
                    sum("is back after" in text for text in self.told) == count))
                time.sleep(2 * watch.ENDS_SECONDS)
