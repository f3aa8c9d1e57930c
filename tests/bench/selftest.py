"""What the table of tools/bench rests on, without a stack: the reference is what the service runs,
medians and ratios are right, a result that is written is read again."""

import contextlib
import io
import pathlib
import tempfile
import unittest
from unittest import mock

from stack import settings

from . import arrivals, arrivals_reference, measure, reference, report, tickets_reference


class Reference(unittest.TestCase):
    def test_the_script_of_pgbench_is_what_the_service_runs(self):
        reference.check()

    def test_the_script_of_letters_is_what_the_service_runs(self):
        arrivals_reference.check()

    def test_a_statement_that_is_another_one_is_refused(self):
        self.is_refused(reference, (("FROM sharing_change", "FROM sharing_changes"),
                                    ("INSERT INTO citizen_name", "INSERT INTO citizen_names"),
                                    ("COMMIT;", "SELECT 1;\nCOMMIT;")))

    def test_a_statement_of_letters_that_is_another_one_is_refused(self):
        self.is_refused(arrivals_reference, (
            ("UPDATE delivery SET state", "UPDATE delivery SET urgency = 1, state"),
            ("::text[]) \\gset book_", "::text[]) FOR UPDATE \\gset book_"),
            ("::uuid ORDER BY id;\n", "::uuid;\n"),
            ("COMMIT;\n", "")))

    def is_refused(self, module, changes):
        text = module.SCRIPT.read_text(encoding="utf-8")
        for before, after in changes:
            with self.subTest(after), tempfile.TemporaryDirectory() as folder:
                self.assertIn(before, text)
                other = pathlib.Path(folder) / "other.sql"
                other.write_text(text.replace(before, after), encoding="utf-8")
                with mock.patch.object(module, "SCRIPT", other), \
                        self.assertRaises(settings.StackError):
                    module.check()


class Letters(unittest.TestCase):
    def counted(self, letters, before, after):
        """What Counted says of two looks at a database."""
        with mock.patch.object(arrivals.Counted, "_counts", side_effect=[before, after]):
            with arrivals.Counted(None, "document") as counted:
                counted.letters = letters

    def test_each_letter_counts_once(self):
        self.counted(2, (5, 5, 5, 30, 0), (7, 7, 7, 42, 0))

    def test_a_letter_too_many_or_too_few_or_a_wrong_book_is_refused(self):
        for after in ((8, 8, 8, 48, 0), (6, 6, 6, 36, 0), (7, 8, 7, 42, 0), (7, 7, 7, 41, 0),
                      (7, 7, 7, 42, 1)):
            with self.subTest(after), self.assertRaises(settings.StackError):
                self.counted(2, (5, 5, 5, 30, 0), after)


class Tickets(unittest.TestCase):
    LOG = """\
2026-11-27 16:52:22.111 UTC [12] hotline LOG:  execute <unnamed>: BEGIN
2026-11-27 16:52:22.112 UTC [13] hotline LOG:  execute other: SELECT 1
2026-11-27 16:52:22.113 UTC [12] hotline LOG:  execute one: SELECT $1, $2
2026-11-27 16:52:22.113 UTC [12] hotline DETAIL:  parameters: $1 = 'it''s
\ttwo', $2 = NULL
2026-11-27 16:52:22.114 UTC [14] document LOG:  execute <unnamed>: BEGIN
2026-11-27 16:52:22.115 UTC [12] hotline LOG:  execute <unnamed>: COMMIT"""

    def test_the_log_tells_what_a_transaction_ran_with_which_values(self):
        statement = tickets_reference.Statement
        self.assertEqual(tickets_reference.transactions_of(self.LOG), [[
            statement("BEGIN", []), statement("SELECT $1, $2", ["it's\ntwo", None]),
            statement("COMMIT", [])]])

    def test_only_what_is_new_in_each_ticket_is_put_together(self):
        variables = {}
        value = "{01a2219e-0000-7000-8000-0000000000a1,6c6955f0-0063-5b8e-96b3-84cfc0130d1d}"
        self.assertEqual(tickets_reference.expression(value, "K7QM2XWD9RTA", variables),
                         ":v0 || :k || :v1")
        self.assertEqual(variables, {"v0": value[:25], "v1": value[37:]})
        for new in ("K7QM2XWD9RTA", "bench100000000001"):
            self.assertIn(":k", tickets_reference.expression(new, "K7QM2XWD9RTA", variables))


class Rows(unittest.TestCase):
    def row(self, ours, theirs=(), **more):
        return measure.Row("write_1", "calls/s", list(ours), list(theirs), **more)

    def test_what_counts_is_the_median_of_the_runs(self):
        row = self.row((9, 30, 10), (20, 1, 25))
        self.assertEqual((row.ours, row.reference, row.ratio), (10, 20, 0.5))

    def test_an_aim_is_met_by_the_ratio_or_by_the_number_and_never_by_a_failed_row(self):
        row = self.row((30,), (20,))
        self.assertEqual(measure.at_least(1.5).text(row), ">= 1.5 met")
        self.assertEqual(measure.at_least(1.6).text(row), ">= 1.6 missed")
        self.assertEqual(measure.at_most(30, "ours").text(row), "<= 30 met")
        self.assertEqual(measure.at_most(29, "ours").text(row), "<= 29 missed")
        failed = self.row((30,), (20,), failure="another rate was measured")
        self.assertEqual(measure.at_least(1.5).text(failed), ">= 1.5 missed")

    def test_runs_alternate_and_each_has_its_pause_before_it(self):
        order = []
        found = measure.in_turn(lambda: order.append("ours") or 2,
                                lambda: order.append("theirs") or 3,
                                lambda: order.append("pause"), runs=2)
        self.assertEqual(order, ["pause", "ours", "pause", "theirs"] * 2)
        self.assertEqual(found, ([2, 2], [3, 3]))


class Results(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "rows.json"

    def test_what_is_written_is_read_again_with_every_run(self):
        report.write([measure.Row("echo", "calls/s", [1, 3, 2], [4, 4, 8])], self.file)
        self.assertEqual(report.read(self.file), [{
            "name": "echo", "ours": 2, "reference": 4, "ratio": 0.5, "unit": "calls/s",
            "runs": {"ours": [1, 3, 2], "reference": [4, 4, 8]}}])

    def test_a_file_that_holds_no_rows_is_refused(self):
        for text in ("", "{}", "[1]", '[{"name": "echo"}]',
                     '[{"name": "echo", "ours": "1", "ratio": null, "unit": "s"}]'):
            with self.subTest(text):
                self.file.write_text(text, encoding="utf-8")
                self.assertRaises(ValueError, report.read, self.file)

    def test_two_results_stand_side_by_side_also_where_one_lacks_a_row(self):
        old = [{"name": "echo", "ours": 100, "ratio": 0.5, "unit": "calls/s"},
               {"name": "gone", "ours": 1, "ratio": None, "unit": "s"}]
        new = [{"name": "echo", "ours": 150, "ratio": 0.6, "unit": "calls/s"},
               {"name": "added", "ours": 2, "ratio": None, "unit": "s"}]
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            report.compare(old, new)
        lines = [line.split() for line in printed.getvalue().splitlines() if line]
        self.assertEqual(lines[1:], [["echo", "100.0", "150.0", "1.50", "0.50", "0.60", "calls/s"],
                                     ["added", "-", "2.00", "-", "-", "-", "s"],
                                     ["gone", "1.00", "-", "-", "-", "-", "s"]])
