"""The page of metrics is whole."""

import unittest

from observed import metrics, panels, promql, rules


class Described(unittest.TestCase):
    """deploy/prometheus/METRICS.md against the sources."""

    @classmethod
    def setUpClass(cls):
        cls.ours, cls.others = metrics.documented()

    def test_every_metric_of_the_sources_is_described_and_no_other(self):
        exported = metrics.exported()
        self.assertEqual({name: file for name, file in exported.items()
                          if name not in self.ours}, {})
        self.assertEqual(set(self.ours) - set(exported), set())

    def test_kinds_follow_from_names(self):
        for metric in self.ours.values():
            with self.subTest(metric.name):
                self.assertIn(metric.kind, {"gauge", "counter", "histogram"})
                self.assertEqual(metric.kind == "counter", metric.name.endswith("_total"))
                self.assertEqual(metric.kind == "histogram", "le" in metric.labels)
                self.assertTrue(metric.unit and metric.meaning)

    def test_every_bound_is_a_number(self):
        numbers = metrics.words()
        self.assertTrue(all(numbers.values()), numbers)
        for metric in self.ours.values():
            with self.subTest(metric.name):
                self.assertGreater(metrics.limit(metric.bound, numbers), 0)
                if not metric.labels:
                    self.assertEqual(metric.bound, "1")

    def test_a_metric_of_others_is_there_because_it_is_used(self):
        queries = [query for dashboard in panels.load(languages=("vi",)).values()
                   for query in panels.queries(dashboard)]
        said = promql.read([rule.expr for rule in rules.load()] + [
            query.expr.replace(panels.RATE_INTERVAL, "5m").replace("$", "") for query in queries])
        used = set().union(*(one.metrics for one in said))
        self.assertEqual(set(self.others) - used, set())
