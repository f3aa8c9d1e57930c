"""The commands of README.md, and of the READMEs of hotline and portal, run as they are written,
in a shell that knows this stack by the line that tools/run prints."""

import json
import re
import subprocess

from stack import settings

from day import copies

from .case import COMMUNE, SECONDS_MAX, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

CODE = r"^[0-9A-Z]{4}(-[0-9A-Z]{4}){2}$"
BLOCK = re.compile(r"^```\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ (.*(?:\n    .*)*)", re.MULTILINE)   # behind a $, with what is indented
CURL = re.compile(r"`(curl [^`]+)`")
HOTLINE, PORTAL = "services/hotline/README.md", "services/portal/README.md"


class Readme(Case):
    """One test for each block of commands; `run_block` finds it by a word in it."""

    def run_block(self, word, page="README.md"):
        """What the commands printed that stand in the one block of a page with this word."""
        text = (settings.ROOT / page).read_text(encoding="utf-8")
        blocks = ["\n".join(COMMAND.findall(block)) for block in BLOCK.findall(text)]
        script, = [block for block in [*blocks, *CURL.findall(text)] if word in block]
        done = subprocess.run(["bash", "-e", "-c", f"{self.stack.shell}\n{script}"],
                              cwd=settings.ROOT, text=True, capture_output=True,
                              timeout=SECONDS_MAX, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_the_line_shown_has_the_variables_that_tools_run_prints(self):
        line, = re.findall(r"^\$ (export P=.*)$", (settings.ROOT / "README.md").read_text("utf-8"),
                           re.MULTILINE)
        names = re.compile(r" (\w+)=")
        self.assertEqual(names.findall(line), names.findall(settings.Stack().shell))

    def test_a_copy_says_that_it_is_equal(self):
        unit, = json.loads(self.run_block("GetConsistency"))["units"]
        self.assertEqual((unit["unit_id"], unit["equal"]), (COMMUNE, True))

    def test_a_registrar_registers_a_citizen_and_finds_her_again(self):
        answers = self.run_block("RegisterCitizen")
        made, end = json.JSONDecoder().raw_decode(answers)
        found = json.loads(answers[end:])["citizens"]
        self.assertIn(made["id"], [citizen["id"] for citizen in found])

    def test_a_clerk_enters_a_letter_and_finds_it_again(self):
        answers = self.run_block("RegisterIncoming")
        made, end = json.JSONDecoder().raw_decode(answers)
        self.assertEqual(made["state"], "DELIVERY_STATE_ENTERED")
        found = json.loads(answers[end:])["documents"]
        self.assertIn(made["document_id"], [document["id"] for document in found])

    def test_a_partner_reports_over_open311_and_finds_it_again(self):
        made, _, found = self.run_block("open311").partition("<?xml")
        self.assertIn(json.loads(made)[0]["service_request_id"], found)

    def test_a_key_is_made_used_and_revoked(self):
        answers = self.run_block("RevokeApiKey", PORTAL)
        listed, end = json.JSONDecoder().raw_decode(answers)
        made, size = json.JSONDecoder().raw_decode(answers[end:].lstrip())
        self.assertRegex(made[0]["follow_code"], CODE)
        revoked = json.loads(answers[end:].lstrip()[size:])
        self.assertIn("revoked_at", revoked)
        self.assertEqual(listed["api_keys"][0]["id"], revoked["id"])
        self.assertEqual(revoked["channel"], "CHANNEL_APP")

    def test_a_report_goes_its_way_until_it_is_rated(self):
        answers = self.run_block("RouteTicket", HOTLINE)
        states = re.findall(r'"state": "TICKET_STATE_(\w+)"', answers)
        self.assertEqual(states, ["CLASSIFIED", "ROUTED", "APPROVED", "PUBLISHED", "RATED"])

    def test_indicators_are_read(self):
        found = json.loads(self.run_block("GetIndicators", HOTLINE))
        self.assertGreater(int(found["received"]), 0)
        self.assertIn(COMMUNE, [unit["unit_id"] for unit in found["units"]])

    def test_an_operator_takes_a_report_and_finds_it_again(self):
        answers = self.run_block("OpenTicket")
        made, end = json.JSONDecoder().raw_decode(answers)
        self.assertEqual(made["ticket"]["state"], "TICKET_STATE_CLASSIFIED")
        self.assertRegex(made["code"], CODE)
        found = json.loads(answers[end:])["tickets"]
        self.assertIn(made["ticket"]["id"], [ticket["id"] for ticket in found])

    def test_every_server_says_that_it_is_serving(self):
        self.assertEqual(json.loads(self.run_block("grpc.health.v1")), {"status": "SERVING"})

    def test_a_feed_is_read(self):
        self.assertRegex(self.run_block("kcat"), r"^[a-z-]+/\S+ ")   # key; a tombstone has no value

    def test_a_copy_is_read_by_sql(self):
        shown = self.run_block("SELECT name, tax_number")
        counts = [int(count) for count in re.findall(r"^\((\d+) rows?\)$", shown, re.MULTILINE)]
        self.assertEqual(counts, [copies.count(self.day, COMMUNE, kind)
                                  for kind in ("enterprise", "citizen")])
        self.assertTrue(all(counts), shown)

    def test_operators_see_the_province_prove_its_seals_and_repair_a_copy(self):
        shown = self.run_block("lienthong status")
        self.assertRegex(shown, r"(?m)^Copies: (\d+): \1 equal, 0 behind")
        self.assertRegex(shown, r"(?m)^registry +intact ")
        self.assertIn(f"Unit {COMMUNE}: the copy is equal", shown)
        self.assertRegex(shown, rf"repair unit +{COMMUNE} +succeeded ")

    def test_metrics_are_read(self):
        self.assertIn('lienthong_relay_backlog_rows{service="registry"}', self.run_block("/metrics"))
