"""The commands of README.md, run as they are written, with the directory and the ports of this stack."""

import json
import os
import re
import subprocess

from stack import settings

from day import copies

from .case import COMMUNE, PORT_SHIFT, SECONDS_MAX, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

BLOCK = re.compile(r"^```\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ (.*(?:\n    .*)*)", re.MULTILINE)   # behind a $, with what is indented
CURL = re.compile(r"`(curl [^`]+)`")


class Readme(Case):
    """One test for each block of commands; `run_block` finds it by a word in it."""

    def run_block(self, word):
        """What the commands printed that stand in the one block with this word."""
        text = (settings.ROOT / "README.md").read_text(encoding="utf-8")
        blocks = ["\n".join(COMMAND.findall(block)) for block in BLOCK.findall(text)]
        script, = [block for block in [*blocks, *CURL.findall(text)] if word in block]
        done = subprocess.run(["bash", "-e", "-c", self._moved(script)], cwd=settings.ROOT,
                              text=True, env=os.environ | {"P": str(self.stack.pki)},
                              capture_output=True, timeout=SECONDS_MAX, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def _moved(self, script):
        script = script.replace("P=build/run/pki; ", "").replace(
            "$PWD/build/run/postgres/socket", str(self.stack.postgres_socket))
        return re.sub(r"(127\.0\.0\.1:|-p )(\d+)",
                      lambda port: f"{port.group(1)}{int(port.group(2)) + PORT_SHIFT}", script)

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

    def test_metrics_are_read(self):
        self.assertIn('lienthong_relay_backlog_rows{service="registry"}', self.run_block("/metrics"))
