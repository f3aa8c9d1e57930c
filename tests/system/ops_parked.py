"""The operators' command on messages that were parked, and on silences at a real Alertmanager."""

import re
import uuid

from stack import alertmanager, catalogue, kafka

from day import protos

from .case import COMMUNE, OTHER
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name
from .ops import REASON, TIME, UNREACHABLE, USAGE, WELL, WRONG, Ops


class OpsParked(Ops):
    """Messages that nobody can read, until their record is sent again."""

    def park(self, owner, topic, key):
        """Writes what nobody can read into a feed, as its owner could."""
        written = kafka.kcat(
            self.stack, f"service-{owner}", "-P", "-t", topic, "-k", key, "-H",
            f"ce_source=/lienthong/{owner}", "-H", "ce_sequence=one", text="{")
        self.assertEqual(written.returncode, 0, written.stderr)

    def send_again(self, owner, system, key):
        """Asks the owner for a record again: what was parked of it is superseded."""
        journal = protos.module("journal", "journal")
        self.day.client.journal(
            owner, "Republish", journal.RepublishRequest(feed=journal.FEED_OWN, keys=[key]),
            system=system)

    def test_what_a_copy_cannot_read_is_listed_shown_and_replayed(self):
        topic, key = catalogue.feed(COMMUNE), "citizen/x"
        self.assertEqual(self.json(WELL, "parked", "list"), {"events": [], "faults": {}})
        self.park("registry", topic, key)
        event, = self.wait(WRONG, "parked", "list", "--unit", COMMUNE)["events"]
        self.assertEqual((event["unit"], event["topic"], event["key"], event["service"]),
                         (COMMUNE, topic, key, None))
        self.assertTrue(event["reason"])
        self.assertEqual(self.json(WRONG, "parked", "show")["events"], [event])
        self.assertEqual(self.json(WELL, "parked", "list", "--unit", OTHER)["events"], [])
        self.assertEqual(self.json(WELL, "parked", "list", "--service", "registry")["events"], [])
        self.assertRegex(self.text(WRONG, "parked", "list"),
                         rf"(?m)^{re.escape(COMMUNE)} +{TIME} .*{key}$")
        shown = self.text(WRONG, "parked", "show", "--unit", COMMUNE)
        self.assertIn(f"Parked at {COMMUNE}\n", shown)
        self.assertIn(key, shown)
        self.assertEqual(self.json(WRONG, "unit", COMMUNE)["state"], "diverged")
        done = self.json(WRONG, "parked", "replay", "--unit", COMMUNE)
        self.assertEqual([(place["applied"], place["still_parked"]) for place in done["places"]],
                         [(0, 1)])
        found, = self.operations(id=done["operation"]["id"])
        self.assertEqual((found["kind"], found["unit"], found["outcome"], found["owner"]),
                         ("replay parked events", COMMUNE, "failed", "directory"))
        self.send_again("registry", f"unit-{COMMUNE}", key)
        self.wait(WELL, "parked", "list")
        self.assertEqual(self.text(WELL, "parked", "replay"), "Nothing is parked\n")

    def test_what_an_owner_cannot_read_is_replayed_there_and_recorded_by_itself(self):
        topic, key = catalogue.feed("service-registry"), "unit/x"
        known = {one["id"] for one in self.operations(owner="registry")}
        self.park("directory", topic, key)
        event, = self.wait(WRONG, "parked", "list", "--service", "registry")["events"]
        self.assertEqual((event["service"], event["unit"], event["key"]), ("registry", None, key))
        self.assertIn("parked", " ".join(
            problem for owner in self.json(WRONG, "status")["owners"]
            for problem in owner["problems"] if owner["owner"] == "registry"))
        self.assertIn("still parked 1", self.text(WRONG, "parked", "replay", "--service",
                                                  "registry"))
        made, = [one for one in self.operations(owner="registry") if one["id"] not in known]
        self.assertEqual((made["kind"], made["outcome"]), ("replay parked events", "failed"))
        self.assertTrue(made["operator"])
        self.send_again("directory", "service-registry", key)
        self.wait(WELL, "parked", "list", "--service", "registry")


class OpsSilences(Ops):
    """Alerts of a unit silenced at a real Alertmanager."""

    def setUp(self):
        super().setUp()
        alertmanager.start(self.stack)
        self.addCleanup(alertmanager.stop, self.stack)

    def test_a_unit_is_silenced_for_hours_listed_and_the_silence_ended(self):
        made = self.json(WELL, "silence", "unit", COMMUNE, "--hours", "1.5", "--reason", REASON)
        found, = [one for one in self.json(WELL, "silence", "list")["silences"]
                  if one["id"] == made["id"]]
        self.assertEqual((found["matchers"], found["comment"], found["state"]),
                         (f'unit="{COMMUNE}"', REASON, "active"))
        self.assertTrue(found["created_by"])
        self.assertIn(made["id"], self.text(WELL, "silence", "list"))
        recorded, = self.operations(id=made["operation"]["id"])
        self.assertEqual((recorded["kind"], recorded["unit"], recorded["outcome"]),
                         ("silence unit", COMMUNE, "succeeded"))
        self.assertTrue(self.json(WELL, "silence", "end", made["id"])["was_in_force"])
        self.assertNotIn(made["id"], [one["id"] for one in
                                      self.json(WELL, "silence", "list")["silences"]])
        self.assertFalse(self.json(WELL, "silence", "end", made["id"])["was_in_force"])

    def test_a_silence_that_is_none_is_not_ended(self):
        self.assertIn("There is no silence", self.text(WRONG, "silence", "end", str(uuid.uuid4())))

    def test_a_unit_that_is_none_is_not_silenced(self):
        code, _ = self.ask("silence", "unit", "H09.9999", "--hours", "1", "--reason", REASON)
        self.assertEqual(code, USAGE)
        self.assertNotIn("H09.9999", self.text(WELL, "silence", "list"))

    def test_a_silence_is_made_though_it_cannot_be_recorded_and_that_is_said(self):
        with self.stopped("directory"):
            made = self.json(UNREACHABLE, "silence", "unit", COMMUNE, "--hours", "1", "--reason",
                             REASON)
        self.assertIn(made["id"], [one["id"] for one in
                                   self.json(WELL, "silence", "list")["silences"]])
        self.assertIn("fault", made["operation"])
        self.wait(WELL, "status")
        self.json(WELL, "silence", "end", made["id"])

    def test_an_alertmanager_that_is_away_is_unreachable(self):
        alertmanager.stop(self.stack)
        self.text(UNREACHABLE, "silence", "list")
        made = self.json(UNREACHABLE, "silence", "unit", COMMUNE, "--hours", "1", "--reason",
                         REASON)
        self.assertIsNone(made["id"])
        found, = self.operations(id=made["operation"]["id"])
        self.assertEqual(found["outcome"], "failed")
