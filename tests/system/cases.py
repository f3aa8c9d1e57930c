"""All binaries and the real servers together: what no test of one part can show.

One small system for all cases, which leave it whole. The day of all 120 units is tools/testing/day,
random faults are tools/faults.
"""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import subprocess
import unittest

from stack import catalogue, kafka, postgres, processes, services, settings

from day import copies, protos, story, waiting
from support import stage

PORT_SHIFT = 2000
UNITS = ("H09.12", "H09.13", "H09.718", "H09.718.25747", "H09.718.25750", "H09.719", "H09.719.25816")
COMMUNE, OTHER = "H09.718.25747", "H09.719.25816"
CITIZENS = 120
SECONDS_MAX = 30
EQUAL_SECONDS_MAX = 90
DENIED = "authorization failed"

_cleanup = contextlib.ExitStack()
_day = None


def setUpModule():
    global _day
    stack = settings.Stack(run=settings.ROOT / "build" / "test" / "system", port_shift=PORT_SHIFT,
                           units=UNITS)
    _day = _cleanup.enter_context(stage.fresh(stack, CITIZENS))
    copies.wait_equal(_day, EQUAL_SECONDS_MAX)


def tearDownModule():
    _cleanup.close()


class Case(unittest.TestCase):
    """Every case begins with a system that is whole, and leaves it so."""

    def setUp(self):
        self.day, self.stack = _day, _day.stack

    def tearDown(self):
        copies.wait_equal(self.day, EQUAL_SECONDS_MAX)


class Topics(Case):
    """Who may read and write what, asked with kcat under the certificates of the stack."""

    def kcat(self, principal, *arguments, text=None):
        return kafka.kcat(self.stack, principal, *arguments, text=text)

    def test_a_unit_reads_its_own_feed_and_the_one_for_all(self):
        for topic in (catalogue.feed(COMMUNE), catalogue.FEED_ALL):
            read = self.kcat(f"unit-{COMMUNE}", "-C", "-t", topic, "-e", "-f", "%k\n")
            self.assertEqual(read.returncode, 0, read.stderr)
            self.assertIn("barrier/registry", read.stdout)

    def test_a_unit_reads_no_other_feed_and_no_domain_topic(self):
        for topic in (catalogue.feed(OTHER), "lienthong.registry.citizen.v1"):
            read = self.kcat(f"unit-{COMMUNE}", "-C", "-t", topic, "-e")
            self.assertIn(DENIED, read.stderr, topic)
            self.assertEqual(read.stdout, "")

    def test_only_owners_write_feeds(self):
        for principal in (f"unit-{COMMUNE}", "service-replica", "ops"):
            written = self.kcat(principal, "-P", "-t", catalogue.feed(COMMUNE), text="x")
            self.assertIn(DENIED, written.stderr, principal)

    def test_an_integrator_reads_what_was_granted_and_nothing_else(self):
        granted = self.kcat("integrator-statistics", "-C", "-t", "lienthong.registry.enterprise.v1",
                            "-e", "-f", "%k\n")
        self.assertEqual(granted.returncode, 0, granted.stderr)
        self.assertTrue(granted.stdout)
        for topic in ("lienthong.registry.citizen.v1", catalogue.FEED_ALL):
            refused = self.kcat("integrator-statistics", "-C", "-t", topic, "-e")
            self.assertIn(DENIED, refused.stderr, topic)


class Readme(Case):
    """The commands of README.md, with the directory and the ports of this stack."""

    def commands(self):
        """{name of the program: its command line}."""
        text = (settings.ROOT / "README.md").read_text(encoding="utf-8").replace("\\\n", " ")
        lines = [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]
        moved = [re.sub(r"127\.0\.0\.1:(\d+)",
                        lambda port: f"127.0.0.1:{int(port.group(1)) + PORT_SHIFT}", line)
                 for line in lines]
        moved = [line.replace("P=build/run/pki; ", "") for line in moved]
        return {pathlib.Path(line.split()[0]).name: line for line in moved}

    def run_command(self, name):
        done = subprocess.run(["bash", "-c", self.commands()[name]], cwd=settings.ROOT, text=True,
                              env=os.environ | {"P": str(self.stack.pki)}, capture_output=True,
                              timeout=SECONDS_MAX, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_grpcurl_is_told_that_a_copy_is_equal(self):
        unit, = json.loads(self.run_command("grpcurl"))["units"]
        self.assertEqual((unit["unit_id"], unit["equal"]), (COMMUNE, True))

    def test_kcat_reads_a_feed(self):
        self.assertRegex(self.run_command("kcat"), r"\S+ \{")


class Processes(Case):
    """How processes end, and what they say when what they stand on does not answer."""

    def test_each_ends_with_0_when_it_is_asked_to(self):
        for name in services.names(self.stack):
            self.assertEqual(services.stop(self.stack, name), 0, name)
            services.serve(self.stack, name)
            services.wait_healthy(self.stack, name)

    def test_each_says_so_when_its_database_hangs_and_serves_again_after(self):
        processes.pause(self.stack, postgres.NAME)
        try:
            for name in services.names(self.stack):
                waiting.until(f"{name} is not serving", SECONDS_MAX,
                              lambda name=name: not services.is_healthy(self.stack, name))
        finally:
            processes.resume(self.stack, postgres.NAME)
        for name in services.names(self.stack):
            services.wait_healthy(self.stack, name)

    def test_each_ends_though_its_database_hangs(self):
        processes.pause(self.stack, postgres.NAME)
        try:
            names = services.names(self.stack)
            with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
                codes = list(pool.map(lambda name: services.stop(self.stack, name), names))
        finally:
            processes.resume(self.stack, postgres.NAME)
        self.assertEqual(codes, [0] * len(names))
        services.serve_all(self.stack)


class Copies(Case):
    """A unit's copy as a whole: from its feed alone, whatever is in the feed."""

    def test_a_copy_begins_from_an_empty_database(self):
        before = copies.count(self.day, COMMUNE, "citizen")
        self.assertGreater(before, 0)
        name = services.names(self.stack)[-1]
        services.stop(self.stack, name)
        postgres.drop_database(self.stack, settings.replica_database(COMMUNE))
        services.prepare_databases(self.stack)
        services.start(self.stack, name)
        copies.wait_equal(self.day, EQUAL_SECONDS_MAX)
        self.assertEqual(copies.count(self.day, COMMUNE, "citizen"), before)

    def test_a_message_that_nobody_can_read_waits_alone_until_its_record_is_sent_again(self):
        written = kafka.kcat(
            self.stack, "service-registry", "-P", "-t", catalogue.feed(COMMUNE), "-k", "citizen/x",
            "-H", "ce_source=/lienthong/registry", "-H", "ce_sequence=one", text="{")
        self.assertEqual(written.returncode, 0, written.stderr)
        story.Story(self.day).enterprise({})  # arrives in the copies of the commune and its district
        unit = self.day.client.consistency()[COMMUNE]
        self.assertEqual((unit.parked, unit.equal), (1, False))
        journal = protos.module("journal", "journal")
        replica = protos.stubs("replica", "replica").ReplicaServiceStub
        parked = self.day.client.call("replica-0", replica, "ListParkedEvents",
                                      journal.ListParkedEventsRequest()).events
        self.assertEqual([(event.unit, event.topic) for event in parked],
                         [(COMMUNE, catalogue.feed(COMMUNE))])
        self.day.client.journal(
            "registry", "Republish",
            journal.RepublishRequest(feed=journal.FEED_OWN, keys=["citizen/x"]),
            system=f"unit-{COMMUNE}")
        waiting.until("nothing is parked", SECONDS_MAX,
                      lambda: not self.day.client.consistency()[COMMUNE].parked)
