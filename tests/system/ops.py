"""The operators' command `lienthong`: every subcommand on the running system, as text and as JSON,
with its exit codes: 0 well, 1 something is not, 2 wrong usage, 3 something could not be reached."""

import contextlib
import json
import os
import re
import signal
import subprocess
import uuid

from stack import catalogue, ops, postgres, processes, services, settings

from day import copies, protos, storm, waiting

from .case import COMMUNE, DISTRICT, EQUAL_SECONDS_MAX, OTHER, REPLICA, SECONDS_MAX, UNITS, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

WELL, WRONG, USAGE, UNREACHABLE = range(4)
COLUMNS_MAX = 100
COMMAND_SECONDS_MAX = 200   # above the command's own limits for what is done here
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}"
REASON = "Kiểm thử lệnh vận hành"
FIRST_ROW = "UPDATE journal SET traceparent = traceparent || %s WHERE id = 1"
RESTORED = "UPDATE journal SET traceparent = replace(traceparent, %s, '') WHERE id = 1"
EDITED = "edited by hand"


class Ops(Case):
    """What operators see, prove and repair from a terminal."""

    def setUp(self):
        super().setUp()
        self.binary = self.stack.build / "services" / "ops" / "lienthong"

    def environment(self, **variables):
        """Of the command: where this stack is, and nothing of ours besides."""
        values = {name: value for name, value in os.environ.items()
                  if not name.startswith("LIENTHONG_")}
        return values | {"LIENTHONG_CONFIG": str(ops.file(self.stack))} | variables

    def ask(self, *arguments, **variables):
        """(exit code, standard output) of the command; what it says beside that is for people."""
        done = subprocess.run([self.binary, *arguments], env=self.environment(**variables),
                              capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX,
                              check=False)
        self.told = done.stderr
        return done.returncode, done.stdout

    def text(self, code, *arguments):
        """What it prints for a terminal; exits with `code`, in lines of 100 columns at most."""
        found, text = self.ask(*arguments)
        self.assertEqual(found, code, text + self.told)
        self.assertNotIn("\033", text)
        for line in text.splitlines():
            self.assertLessEqual(len(line), COLUMNS_MAX, line)
        return text

    def json(self, code, *arguments):
        """The document that it prints with --json; exits with `code`."""
        found, text = self.ask(*arguments, "--json")
        self.assertEqual(found, code, text + self.told)
        return json.loads(text)

    def wait(self, code, *arguments, limit_seconds=EQUAL_SECONDS_MAX):
        """Until it exits with a code; the document that it printed then."""
        def condition():
            found, text = self.ask(*arguments, "--json")
            return [json.loads(text)] if found == code else (False, text + self.told)

        return waiting.until(f"lienthong {' '.join(arguments)} exits with {code}", limit_seconds,
                             condition)[0]

    def operations(self, **wanted):
        """Those listed that are so, newest first."""
        listed = self.json(WELL, "operations", "list", "--limit", "500")["operations"]
        return [one for one in listed
                if all(one[name] == value for name, value in wanted.items())]

    @contextlib.contextmanager
    def stopped(self, name):
        """One of our processes is away meanwhile."""
        services.stop(self.stack, name)
        try:
            yield
        finally:
            services.serve(self.stack, name)
            services.wait_healthy(self.stack, name)

    @contextlib.contextmanager
    def paused(self, name):
        processes.pause(self.stack, name)
        try:
            yield
        finally:
            processes.resume(self.stack, name)


class OpsLooks(Ops):
    """What changes nothing."""

    def has_rows(self, owner):
        """Whether anything has ever been changed there: nobody wrote documents here."""
        return bool(postgres.query(self.stack, owner["owner"], "SELECT 1 FROM journal LIMIT 1"))

    def test_status_shows_owners_and_copies_and_exits_with_0_when_all_is_well(self):
        state = self.wait(WELL, "status")
        self.assertEqual([owner["owner"] for owner in state["owners"]], sorted(settings.OWNERS))
        for owner in state["owners"]:
            self.assertEqual((owner["state"], owner["problems"]), ("well", []), owner)
            self.assertEqual(owner["status"]["newest_sequence"] > 0, self.has_rows(owner), owner)
        self.assertEqual(state["counts"], {"unreachable": 0, "diverged": 0, "behind": 0,
                                           "equal": len(UNITS)})
        self.assertEqual([copy["unit"] for copy in state["copies"]], sorted(UNITS))
        text = self.text(WELL, "status")
        self.assertRegex(text, rf"\AThe province as of {TIME}\n")
        self.assertIn(f"Copies: {len(UNITS)}: {len(UNITS)} equal, 0 behind", text)
        self.assertIn("Slowest feeds\n", text)
        self.assertNotIn("Not equal", text)

    def test_a_unit_is_shown_with_what_each_owner_last_confirmed(self):
        state = self.wait(WELL, "unit", COMMUNE)
        held = {kind["type"]: kind["count"] for part in state["sets"] for kind in part["types"]
                if part["topic"] == catalogue.feed(COMMUNE)}
        self.assertEqual(held["citizen"], copies.count(self.day, COMMUNE, "citizen"))
        self.assertLessEqual({"directory", "registry"}, {part["owner"] for part in state["sets"]})
        text = self.text(WELL, "unit", COMMUNE)
        self.assertRegex(text, rf"\AUnit {COMMUNE} at 127\.0\.0\.1:\d+ as of {TIME}\n")
        self.assertRegex(text, rf"Verified until +{TIME} \(")

    def test_a_unit_is_verified_by_barriers_that_came_since(self):
        before = self.register()
        found = self.json(WELL, "verify", "unit", COMMUNE)
        self.assertTrue(found["equal"])
        self.assertEqual(found["sets_confirmed"], found["sets"])
        held = copies.record(self.day, COMMUNE, "citizen", before.id)
        self.assertIsNotNone(held)   # what was acknowledged before is in what was verified
        self.assertIn(f"Unit {COMMUNE} is equal", self.text(WELL, "verify", "unit", COMMUNE))

    def test_seals_are_verified_and_an_edited_row_is_found(self):
        found = self.json(WELL, "verify", "seals")["owners"]
        self.assertEqual([owner["owner"] for owner in found], sorted(settings.OWNERS))
        for owner in found:
            self.assertTrue(owner["intact"], owner)
            self.assertEqual(owner["seals_checked"] > 0, self.has_rows(owner), owner)
        self.assertRegex(self.text(WELL, "verify", "seals", "hotline"), r"(?m)^hotline +intact ")
        postgres.query(self.stack, "hotline", FIRST_ROW, (EDITED,), user=postgres.SUPERUSER)
        try:
            found, = self.json(WRONG, "verify", "seals", "hotline")["owners"]
            self.assertFalse(found["intact"])
            self.assertEqual([defect["kind"] for defect in found["defects"]], ["hash"])
            self.assertIn("hotline: rows 1 to", self.text(WRONG, "verify", "seals", "hotline"))
        finally:
            postgres.query(self.stack, "hotline", RESTORED, (EDITED,), user=postgres.SUPERUSER)
        self.json(WELL, "verify", "seals", "hotline")

    def test_an_owner_that_is_away_is_named_and_nothing_is_said_to_be_well_of_it(self):
        with self.stopped("hotline"):
            state = self.json(UNREACHABLE, "status")
            found = {owner["owner"]: owner["state"] for owner in state["owners"]}
            self.assertEqual(found.pop("hotline"), "unreachable")
            self.assertEqual(set(found.values()), {"well"})
            self.assertRegex(self.text(UNREACHABLE, "status"),
                             r"hotline at 127\.0\.0\.1:\d+: does not answer")
            seals = self.json(UNREACHABLE, "verify", "seals")["owners"]
            self.assertEqual({owner["owner"]: owner["intact"] for owner in seals},
                             {name: name != "hotline" for name in settings.OWNERS})
            self.assertFalse(self.json(UNREACHABLE, "verify", "unit", COMMUNE)["equal"])
            self.assertIn("hotline", self.json(UNREACHABLE, "operations", "list")["faults"])
        self.wait(WELL, "status")

    def test_copies_of_a_process_that_is_away_are_unreachable_not_equal(self):
        with self.stopped(REPLICA):
            state = self.json(UNREACHABLE, "status")
            self.assertEqual(state["counts"]["unreachable"], len(UNITS))
            self.assertEqual(state["counts"]["equal"], 0)
            self.assertEqual(self.json(UNREACHABLE, "unit", COMMUNE)["state"], "unreachable")
            self.text(UNREACHABLE, "unit", COMMUNE)
        self.wait(WELL, "status")

    def test_an_owner_that_hangs_keeps_nobody_longer_than_the_limit(self):
        with self.paused("hotline"):
            state = self.json(UNREACHABLE, "status", "--timeout", "2")
        found = {owner["owner"]: owner["state"] for owner in state["owners"]}
        self.assertEqual(found, {name: "unreachable" if name == "hotline" else "well"
                                 for name in sorted(settings.OWNERS)})
        self.wait(WELL, "status")

    def test_wrong_usage_and_wrong_configuration_exit_with_2_and_say_why(self):
        nowhere = str(self.stack.run / "nowhere.env")
        for arguments in ((), ("drop",), ("unit",), ("unit", "H09.9999"), ("parked", "drop"),
                          ("verify", "seals", "nobody"), ("parked", "list", "--service", "nobody"),
                          ("parked", "list", "--unit", COMMUNE, "--service", "registry"),
                          ("status", "--timeout", "0"), ("repair", "unit", COMMUNE),
                          ("bootstrap", "unit", COMMUNE), ("silence", "end", "none"),
                          ("silence", "unit", COMMUNE, "--hours", "1"),
                          ("status", "--config", nowhere)):
            code, out = self.ask(*arguments)
            self.assertEqual((code, out), (USAGE, ""), arguments)
            self.assertTrue(self.told, arguments)
        code, out = self.ask("status", LIENTHONG_TLS_KEY=nowhere)   # over what the file says
        self.assertEqual((code, out), (USAGE, ""))
        self.assertIn("LIENTHONG_TLS_KEY", self.told)

    def test_a_certificate_of_somebody_else_is_refused_as_a_wrong_configuration(self):
        pki = self.stack.pki
        code, text = self.ask("verify", "seals", "registry", "--json",
                              LIENTHONG_TLS_CERT=str(pki / f"unit-{COMMUNE}.crt"),
                              LIENTHONG_TLS_KEY=str(pki / f"unit-{COMMUNE}.key"))
        self.assertEqual(code, USAGE, text + self.told)
        self.assertEqual(json.loads(text)["owners"][0]["fault"]["reason"], "SYSTEM_NOT_ALLOWED")

    def test_help_tells_of_every_subcommand_and_exits_with_0(self):
        text = self.text(WELL, "--help")
        for name in ("status", "unit", "parked", "verify", "repair", "bootstrap", "silence",
                     "operations"):
            self.assertRegex(text, rf"(?m)^  {name} +[A-Z].*[^.]$")


class OpsRepairs(Ops):
    """What changes a copy, and what is recorded of it."""

    def test_an_altered_row_is_seen_and_repair_heals_it(self):
        with self.paused("registry"):   # it heals: not before this was looked at
            altered = storm.Altered(self.day, COMMUNE)
            unit = self.wait(WRONG, "unit", COMMUNE)
            self.assertEqual(unit["state"], "diverged")
            state = self.json(UNREACHABLE, "status", "--timeout", "3")   # the registry hangs
            self.assertEqual({copy["unit"] for copy in state["copies"]
                              if copy["state"] == "diverged"}, {COMMUNE})
            self.assertRegex(self.text(UNREACHABLE, "status", "--timeout", "3"),
                             rf"(?m)^{re.escape(COMMUNE)} +diverged ")
        done = self.json(WELL, "repair", "unit", COMMUNE, "--yes", "--reason", REASON)
        self.assertTrue(done["equal"])
        altered.wait()
        self.assertEqual(self.json(WELL, "unit", COMMUNE)["last_repair"]["operation_id"],
                         done["operation"]["id"])
        found, = self.operations(id=done["operation"]["id"])
        self.assertEqual({name: found[name] for name in
                          ("owner", "kind", "unit", "reason", "outcome")},
                         {"owner": "directory", "kind": "repair unit", "unit": COMMUNE,
                          "reason": REASON, "outcome": "succeeded"})
        self.assertTrue(found["ended_at"])

    def test_repair_finds_an_altered_row_before_the_scrub_comes_to_it(self):
        altered = storm.Altered(self.day, COMMUNE)
        self.assertIn("the copy is equal", self.text(WELL, "repair", "unit", COMMUNE, "--yes"))
        self.assertGreaterEqual(self.json(WELL, "unit", COMMUNE)["altered_records"], 1)
        altered.wait()

    def test_a_copy_that_begins_anew_ends_equal(self):
        before = copies.count(self.day, OTHER, "citizen")
        self.assertGreater(before, 0)
        done = self.json(WELL, "bootstrap", "unit", OTHER, "--yes", "--reason", REASON)
        self.assertTrue(done["equal"])
        self.assertEqual(copies.count(self.day, OTHER, "citizen"), before)
        unit = self.json(WELL, "unit", OTHER)
        self.assertEqual(unit["last_bootstrap"]["operation_id"], done["operation"]["id"])
        self.assertTrue(unit["last_bootstrap"]["completed_at"])
        found, = self.operations(id=done["operation"]["id"])
        self.assertEqual((found["kind"], found["unit"], found["outcome"]),
                         ("bootstrap unit", OTHER, "succeeded"))

    def test_the_operator_is_who_called_sudo_where_the_command_runs_as_root(self):
        code, text = self.ask("repair", "unit", DISTRICT, "--yes", "--json", SUDO_USER="van-hanh")
        self.assertEqual(code, WELL, text + self.told)
        found, = self.operations(id=json.loads(text)["operation"]["id"])
        self.assertEqual(found["operator"] == "van-hanh", os.geteuid() == 0)
        self.assertTrue(found["operator"])

    def test_nothing_is_done_that_cannot_be_recorded(self):
        before = self.json(WELL, "unit", OTHER)["last_repair"]
        with self.stopped("directory"):
            text = self.text(UNREACHABLE, "repair", "unit", OTHER, "--yes")
            self.assertIn("Nothing was done", text)
        self.wait(WELL, "status")
        self.assertEqual(self.json(WELL, "unit", OTHER)["last_repair"], before)

    def test_a_command_that_is_interrupted_says_so_in_the_record(self):
        known = {one["id"] for one in self.operations(kind="repair unit", unit=DISTRICT)}
        with self.paused("registry"):   # without it a repair does not end
            with subprocess.Popen([self.binary, "repair", "unit", DISTRICT, "--yes"],
                                  env=self.environment(), text=True,
                                  stdout=subprocess.PIPE) as command:
                try:
                    waiting.until("the repair has begun", SECONDS_MAX, lambda: self.begun(known))
                    command.send_signal(signal.SIGINT)
                    text = command.communicate(timeout=SECONDS_MAX)[0]
                finally:
                    if command.poll() is None:
                        command.kill()
        self.assertEqual(command.returncode, WRONG, text)
        self.assertIn("interrupted by the operator", text)
        made, = [one for one in self.operations(kind="repair unit", unit=DISTRICT)
                 if one["id"] not in known]
        self.assertEqual(made["outcome"], "unknown")

    def begun(self, known):
        """A repair of the district goes on which is none of these, and the command follows it."""
        document = json.loads(self.ask("unit", DISTRICT, "--json")[1])
        work = document.get("last_repair") or {}
        return work.get("operation_id") not in (None, *known) and not work["completed_at"]

    def test_an_operation_without_an_end_is_listed_as_such(self):
        journal = protos.module("journal", "journal")
        operation = protos.module("journal", "operation")
        request = journal.RecordOperationRequest(
            request_id=str(uuid.uuid4()), kind=operation.OPERATION_KIND_REPAIR_UNIT,
            unit_id=COMMUNE, reason=REASON, operator="van-hanh")
        made = self.day.client.journal("registry", "RecordOperation", request)
        found, = self.operations(id=made.id)
        self.assertEqual((found["owner"], found["operator"], found["ended_at"], found["outcome"]),
                         ("registry", "van-hanh", None, None))
        self.assertRegex(self.text(WELL, "operations", "list"),
                         rf"(?m)^{TIME}  repair unit +{re.escape(COMMUNE)} +no end +registry ")
