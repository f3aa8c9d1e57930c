"""What every query says, of dashboards and rules."""

import pathlib
import re
import subprocess
import tempfile
import unittest

import yaml

from observed import metrics, panels, promql, rules

# Stands for $__rate_interval: a range that nobody would write.
RATE_RANGE = "4m7s"
VALUES = {"__rate_interval": RATE_RANGE, "__interval": "15s", "__range": "6h",
          "__range_s": "21600"}
RATES = {"rate", "increase", "irate", "delta", "idelta", "deriv"}
COUNTER = re.compile(r"_total$|_bucket$|_sum$|_count$")
WATCHDOG = "WatchdogHeartbeat"      # holds always
SECONDS_MAX = 300


class Queries(unittest.TestCase):
    """The queries of the Vietnamese set; another test shows that the English ones are the same."""

    @classmethod
    def setUpClass(cls):
        cls.dashboards = panels.load(languages=("vi",))
        cls.queries = [query for dashboard in cls.dashboards.values()
                       for query in panels.queries(dashboard)]
        values = {name: "x" for query in cls.queries for name in panels.used(query.expr)} | VALUES
        cls.filled = [panels.fill(query.expr, values) for query in cls.queries]
        cls.said = promql.read(cls.filled)
        cls.rules = rules.load()
        cls.rules_said = promql.read([rule.expr for rule in cls.rules])
        cls.ours, cls.others = metrics.documented()

    def every(self):
        """[(where, Said)] of queries and rules."""
        return [*zip((query.where for query in self.queries), self.said),
                *zip((f"rule {rule.name}" for rule in self.rules), self.rules_said)]

    def test_every_query_parses(self):
        self.assertTrue(self.queries)
        for where, said in self.every():
            with self.subTest(where):
                self.assertEqual(said.wrong, "")
                self.assertTrue(said.selectors or where == f"rule {WATCHDOG}")

    def test_prometheus_itself_accepts_every_query(self):
        group = {"name": "queries", "rules": [
            {"record": f"query:{number}", "expr": expr}
            for number, expr in enumerate(self.filled)]}
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "queries.yml"
            file.write_text(yaml.safe_dump({"groups": [group]}), encoding="utf-8")
            done = subprocess.run(["promtool", "check", "rules", file], text=True,
                                  capture_output=True, timeout=SECONDS_MAX, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_variables_are_those_of_the_dashboard(self):
        for dashboard in self.dashboards.values():
            known = set(panels.variables(dashboard)) | set(VALUES)
            for query in panels.queries(dashboard):
                with self.subTest(query.where):
                    self.assertLessEqual(panels.used(query.expr), known)

    def test_rates_take_the_interval_that_fits_the_screen(self):
        for where, said in self.every():
            with self.subTest(where):
                if where.startswith("rule "):
                    continue
                for function, taken in said.ranges:
                    self.assertEqual(function in RATES, taken == RATE_RANGE, (function, taken))

    def test_a_counter_is_shown_as_a_rate(self):
        shown_as_they_are = ("grpc_server_started_total", "grpc_server_handled_total",
                             "lienthong_relay_messages_total", "lienthong_relay_bytes_total")
        for where, said in self.every():
            with self.subTest(where):
                bare = [metric for metric, _, _ in said.selectors
                        if COUNTER.search(metric) and metric in shown_as_they_are]
                counted = [metric for metric, _, _ in said.selectors if COUNTER.search(metric)]
                rates = [function for function, _ in said.ranges if function in RATES]
                self.assertTrue(not counted or rates or len(bare) == len(counted))

    def test_every_metric_used_is_exported_or_documented_as_one_of_others(self):
        exported = metrics.exported()
        series = {one for metric in self.ours.values() if metric.name in exported
                  for one in metric.series}
        known = series | set(self.others) | rules.recorded(self.rules)
        for where, said in self.every():
            with self.subTest(where):
                self.assertEqual(said.metrics - known, set())

    def test_labels_are_those_that_the_metric_has(self):
        labels = {one: set(metric.labels) | metrics.ALWAYS
                  for metric in self.ours.values() for one in metric.series}
        for where, said in self.every():
            with self.subTest(where):
                for metric, matched, text in said.selectors:
                    if metric in labels:
                        self.assertLessEqual(set(matched), labels[metric], text)
                if said.metrics <= set(labels) and not where.startswith("rule "):
                    known = set().union(*(labels[metric] for metric in said.metrics))
                    self.assertLessEqual(set(said.grouped), known)

    def test_variables_ask_for_labels_that_exist(self):
        for dashboard in self.dashboards.values():
            for name, query in panels.variables(dashboard).items():
                if query is None:
                    continue
                selector, label = panels.label_values(query)
                metric = re.match(r"[\w:]+", selector).group()
                if metric in rules.recorded(self.rules):
                    labels = {metric.split(":")[0]}     # level:metric:operations
                else:
                    labels = set(self.ours[metric].labels) | metrics.ALWAYS
                self.assertIn(label, labels, name)
