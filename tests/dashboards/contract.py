"""The dash contract holds where all is shown, and finds what is not."""

import pathlib
import re
import subprocess
import tempfile
import unittest

from observed import contract, panels
from stack import settings

from . import invented

COMMAND = settings.ROOT / "tools" / "testing" / "dash_contract"
WAIT_SECONDS = 10
WITHHELD = "lienthong_relay_broken_feeds"
STATUS_MAP = "Status map: a cell for each unit"
JUDGE = settings.ROOT / "services" / "ops" / "judge.hpp"


class Contract(unittest.TestCase):
    """Against a Prometheus with invented series."""

    @classmethod
    def setUpClass(cls):
        cls.prometheus = cls.enterClassContext(invented.prometheus(invented.everything()))

    def test_nothing_is_missing_where_everything_is_shown(self):
        outcome = contract.Contract(self.prometheus).look(WAIT_SECONDS)
        self.assertEqual(outcome.broken, [])
        self.assertGreater(outcome.queries, 100)
        self.assertGreater(outcome.series, 100)

    def test_the_status_map_says_equal_behind_diverged_and_unreachable(self):
        province = panels.load(languages=("en",))["en", "province"]
        expr, = [query.expr for query in panels.queries(province)
                 if query.panel["title"] == STATUS_MAP]
        states = {labels["unit"]: number for labels, number in self.prometheus.query(expr)}
        self.assertEqual(states, {invented.EQUAL: 0, invented.BEHIND: 1, invented.DIVERGED: 2,
                                  invented.PARKED: 2, invented.GONE: 3})

    def test_the_status_map_and_the_command_agree_on_when_a_copy_is_behind(self):
        seconds, = re.findall(r"kBehindAfter\{(\d+)\}", JUDGE.read_text(encoding="utf-8"))
        province = panels.load(languages=("en",))["en", "province"]
        said = {found for query in panels.queries(province)
                for found in re.findall(r"age_seconds:last\S* > bool (\d+)", query.expr)}
        self.assertEqual(said, {seconds})


class Broken(unittest.TestCase):
    """What is not as promised is named, each thing once."""

    @classmethod
    def setUpClass(cls):
        series = [one for one in invented.everything() if one[0] != WITHHELD]
        owner = {"job": "hotline", "instance": "127.0.0.1:7204"}
        one = invented.everything()[0][2]
        series += [("lienthong_unknown_total", owner, one),
                   ("lienthong_epoch", owner | {"service": "hotline", "official": "1"}, one),
                   ("lienthong_hotline_transfers_late", owner | {"unit": "H09.01"}, one)]
        with invented.prometheus(series) as prometheus:
            cls.broken = contract.Contract(prometheus).look(0).broken

    def assert_named(self, pattern):
        self.assertEqual(len([text for text in self.broken if re.search(pattern, text)]), 1,
                         self.broken)

    def test_a_panel_without_data_is_named(self):
        self.assert_named(r"^feeds/Feeds that cannot be written/A: no data$")

    def test_a_selector_of_an_alert_without_data_is_named(self):
        self.assert_named(rf"^rule FeedBroken: {WITHHELD}\S*: no data$")

    def test_a_metric_that_is_described_and_not_shown_is_named(self):
        self.assert_named(rf"^{WITHHELD} is in METRICS.md and no process shows it$")

    def test_a_metric_that_is_shown_and_not_described_is_named(self):
        self.assert_named(r"^lienthong_unknown_total of hotline \S+ is not in METRICS.md$")

    def test_a_label_that_is_not_described_is_named(self):
        self.assert_named(r"^lienthong_epoch of hotline \S+ has the label official")

    def test_more_series_than_the_bound_are_named(self):
        self.assert_named(
            r"^lienthong_hotline_transfers_late of hotline \S+ has 2 series, more than 1 ")


class Command(unittest.TestCase):
    """The command itself, without a stack."""

    def run_command(self, *options):
        return subprocess.run([COMMAND, *options], text=True, capture_output=True, timeout=300,
                              check=False)

    def test_without_a_stack_it_ends_with_3_and_says_so(self):
        with tempfile.TemporaryDirectory() as folder:
            done = self.run_command("--run", folder)
            self.assertEqual((done.returncode, done.stdout), (3, ""))
            self.assertIn("no stack was started", done.stderr)
            file = pathlib.Path(folder) / "prometheus" / "prometheus.yml"
            file.parent.mkdir()
            file.write_text("scrape_configs: [{job_name: prometheus, static_configs: "
                            "[{targets: ['127.0.0.1:1']}]}]", encoding="utf-8")
            done = self.run_command("--run", folder)
            self.assertEqual(done.returncode, 3)
            self.assertIn("does not answer", done.stderr)

    def test_wrong_usage_ends_with_2(self):
        for options in (["--wait", "-1"], ["--wait", "soon"], ["--unknown"]):
            self.assertEqual(self.run_command(*options).returncode, 2, options)
