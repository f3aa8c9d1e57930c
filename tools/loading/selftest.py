"""What the figures of tools/load rest on: `tools/load --self-test`."""

import random
import tempfile
import threading
import unittest
from unittest import mock

from day import copies, waiting
from day.client import Attempt, CallError
from day.story import Unexpected
from stack import settings

from . import figures, imitation, outcome, pace, place, play, sampling
from .copy_calls import Copies
from .document_calls import Documents
from .hotline_calls import Hotline
from .mixture import Kind, Mixture, Pool
from .portal_calls import Portal
from .registry_calls import Directory, Registry
from .sampling import Sample

CALLS = 3000
SECONDS_MAX = 20


class Clock:
    """Time that passes only while somebody waits, and as a stop event never set by itself."""

    def __init__(self, stop_at=None):
        self.now, self.stop_at = 100.0, stop_at

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds
        return self.stop_at is not None and self.now >= self.stop_at


class Paces(unittest.TestCase):
    def started(self, rate, seconds, clock, busy=None):
        """[(when it was due, when it was started)] of the calls."""
        found = []

        def start(due):
            found.append((due - 100, clock.now - 100))
            clock.now += (busy or {}).get(len(found), 0)
        pace.Pace(rate, seconds, clock, clock).run(start)
        return found

    def test_calls_are_started_at_even_distances_and_no_more_than_the_rate(self):
        found = self.started(4, 2, Clock())
        self.assertEqual([due for due, _ in found], [number / 4 for number in range(8)])
        for due, at in found:
            self.assertAlmostEqual(due, at)

    def test_what_is_behind_is_caught_up_and_later_calls_keep_their_time(self):
        found = self.started(10, 1, Clock(), busy={2: 0.35})
        self.assertEqual(len(found), 10)
        self.assertAlmostEqual(found[2][1], 0.45)       # was due at 0.2
        self.assertAlmostEqual(found[5][1], 0.5)

    def test_a_stop_ends_it_at_once(self):
        self.assertEqual(len(self.started(10, 60, Clock(stop_at=100.55))), 6)


class Starters(unittest.TestCase):
    def test_a_call_that_hangs_holds_up_no_other_one_and_late_ones_are_counted(self):
        tally, hang, done = figures.Tally(), threading.Event(), threading.Event()
        starter = pace.Starter(tally, threads=2, clock=lambda: 10.0)
        starter.start(10.0, pace.Job("slow", lambda: hang.wait(SECONDS_MAX)))
        starter.start(9.0, pace.Job("quick", done.set))
        self.assertTrue(done.wait(SECONDS_MAX))
        hang.set()
        starter.close()
        self.assertEqual((tally.late, tally.late_max_ms), (1, 1000.0))
        self.assertEqual(tally.kinds()["quick"]["max_ms"], 1000.0)      # from when it was due

    def test_too_many_open_calls_are_counted_and_not_started(self):
        tally, hang = figures.Tally(), threading.Event()
        starter = pace.Starter(tally, threads=1, waiting=2)
        for _ in range(5):
            starter.start(0, pace.Job("slow", lambda: hang.wait(SECONDS_MAX)))
        hang.set()
        starter.close()
        self.assertEqual((tally.not_started, tally.kinds()["all"]["count"]), (3, 2))
        self.assertEqual(tally.errors(), {"slow": {pace.TOO_MANY: 3}})

    def test_errors_are_counted_by_their_reason_and_faults_of_our_own_are_shown(self):
        tally = figures.Tally()
        starter = pace.Starter(tally, threads=1)
        attempt = Attempt(0, 0, "ABORTED", "VERSION_STALE")
        for error in (CallError("M", [attempt], ""), pace.Refused(429), Unexpected("other"),
                      KeyError("ours")):
            starter.start(0, pace.Job("call", lambda error=error: self.throw(error)))
        starter.close()
        self.assertEqual(tally.errors()["call"], {
            "HTTP 429": 1, "KeyError": 1, "UNEXPECTED: other": 1, "VERSION_STALE": 1})
        self.assertIn("KeyError: 'ours'", starter.fault)
        self.assertEqual(tally.kinds()["all"]["count"], 0)

    @staticmethod
    def throw(error):
        raise error


class Figures(unittest.TestCase):
    def test_percentiles_are_within_two_percent_of_those_of_all_samples(self):
        generator, found = random.Random(7), figures.Latencies()
        samples = [generator.lognormvariate(3, 1.5) for _ in range(20_000)]
        for one in samples:
            found.add(one)
        samples.sort()
        for percent in figures.PERCENTS:
            exact = samples[len(samples) * percent // 100 - 1]
            self.assertGreaterEqual(found.percentile(percent), exact)
            self.assertLessEqual(found.percentile(percent), exact * 1.0201)
        self.assertEqual(found.max_ms, samples[-1])
        self.assertIsNone(figures.Latencies().percentile(50))

    def test_a_single_sample_is_every_percentile(self):
        found = figures.Latencies()
        found.add(5.0)
        self.assertEqual(found.told(), {"count": 1, "p50_ms": 5.0, "p95_ms": 5.0, "p99_ms": 5.0,
                                        "max_ms": 5.0})

    def test_what_was_told_lately_is_not_told_again(self):
        tally = figures.Tally()
        tally.add("a", 1)
        tally.add("a", 1, "WHY")
        self.assertEqual((tally.lately()[0].count, tally.lately()[1]), (1, 0))
        self.assertEqual(tally.kinds()["a"]["count"], 1)

    def test_reasons_without_end_take_a_bounded_place(self):
        tally = figures.Tally()
        for number in range(500):
            tally.add("a", 1, f"reason {number}")
        self.assertEqual(len(tally.errors()["a"]), figures.REASONS_MAX + 1)
        self.assertEqual(sum(tally.errors()["a"].values()), 500)

    def test_the_slope_is_that_of_the_line_and_noise_leaves_it(self):
        self.assertAlmostEqual(figures.slope([(x, 7 + 3 * x) for x in range(5)]), 3)
        generator = random.Random(3)
        noisy = [(x / 100, 50 + 2 * x / 100 + generator.uniform(-1, 1)) for x in range(2000)]
        self.assertAlmostEqual(figures.slope(noisy), 2, delta=0.05)
        self.assertIsNone(figures.slope([(0, 1), (1, 2)]))
        self.assertIsNone(figures.slope([(1, 1), (1, 2), (1, 3)]))

    def test_memory_that_rises_only_at_first_has_no_slope(self):
        samples = [Sample(at, {"registry": (0, min(at, 1800) * 1024)}, 0, 0)
                   for at in range(0, 3610, 10)]
        told = outcome.memory(samples)["registry"]
        self.assertEqual((told["begin_mib"], told["end_mib"]), (0, 1800))
        self.assertAlmostEqual(told["slope_mib_an_hour"], 0, delta=0.5)
        rising = [Sample(at, {"registry": (0, at * 1024)}, 0, 0) for at in range(0, 3600, 10)]
        self.assertEqual(outcome.memory(rising)["registry"]["slope_mib_an_hour"], 3600)


class Outcomes(unittest.TestCase):
    def made(self, **other):
        values = {
            "rate": 1, "minutes": 1, "seconds": 60, "begun": 60, "late": 0, "late_max_ms": 0,
            "not_started": 0, "interrupted": False, "kinds": {"all": figures.Latencies().told()
                                                              | {"count": 60}},
            "errors": {}, "lag_max_seconds": 0.5, "equal_seconds": 20.0, "parked": 0.0,
            "memory": {}, "connections_max": 9, "journal": {}, "troubles": []}
        return outcome.Outcome(**values | other)

    def test_a_load_that_was_borne_is_good(self):
        self.assertTrue(self.made().good)
        self.assertTrue(self.made(errors={"MoveCitizen": {"VERSION_STALE": 2}}).good)

    def test_each_thing_that_must_not_be_makes_it_bad(self):
        for bad in ({"errors": {"GetUnit": {"UNAVAILABLE": 1}}}, {"equal_seconds": None},
                    {"parked": 1.0}, {"parked": None}, {"troubles": ["registry ended"]},
                    {"kinds": {"all": figures.Latencies().told()}},
                    {"errors": {"GetUnit": {pace.TOO_MANY: 1}}}):
            made = self.made(**bad)
            self.assertFalse(made.good, bad)
            self.assertIn("NOT as promised", list(outcome.lines(made)))

    def test_rows_have_the_two_columns_of_their_table(self):
        made = self.made(memory={"postgres": {"begin_mib": 1, "end_mib": 2, "max_mib": 3,
                                              "slope_mib_an_hour": None}},
                         journal={"registry": {"rows": 5, "bytes": 2**20}})
        for row in outcome.markdown(made):
            self.assertRegex(row, r"^\| [^|]+ \| [^|]+ \|$")


class Mixtures(unittest.TestCase):
    def test_a_kind_without_anything_to_go_on_with_brings_it(self):
        pool = Pool("seed")
        mixture = Mixture([
            Kind("make", 0, lambda: lambda: pool.put(1)),
            Kind("use", 1, lambda: pool.take() and (lambda: None), "make")], "seed")
        found = []
        for _ in range(4):
            job = mixture.next()
            job.run()
            found.append(job.kind)
        self.assertEqual(found, ["make", "use", "make", "use"])

    def test_a_full_pool_keeps_its_size(self):
        pool = Pool("seed", 3)
        for number in range(10):
            pool.put(number)
        self.assertEqual(len({pool.take() for _ in range(3)}), 3)
        self.assertIsNone(pool.take())

    def test_an_unknown_kind_is_refused(self):
        with self.assertRaises(ValueError):
            Mixture([Kind("use", 1, lambda: None, "make")], "seed")


class Traffic(unittest.TestCase):
    """All kinds of calls, against imitations that check requests and permissions by the protos."""

    def setUp(self):
        self.run_directory = self.enterContext(tempfile.TemporaryDirectory())
        self.portal = self.enterContext(imitation.portal())
        self.day = imitation.day(self.run_directory, self.portal.server_address[1])
        territories = place.territories(self.day)
        self.assertEqual([one.district for one in territories], ["H09.718", "H09.719"])
        registry, documents = (make(self.day, "test", territories)
                               for make in (Registry, Documents))
        hotline = Hotline(self.day, "test", territories)
        self.pages = Portal(self.day, "test", hotline)
        parts = [Directory(self.day, "test", territories), registry, documents, hotline,
                 self.pages, Copies(self.day, "test", registry, documents)]
        self.kinds = [kind for part in parts for kind in part.kinds()]
        self.mixture = Mixture(self.kinds, "test")
        self.pages.begin()

    def test_every_kind_is_called_and_answered_as_often_as_its_weight_says(self):
        counts = dict.fromkeys((kind.name for kind in self.kinds), 0)
        for _ in range(CALLS):
            job = self.mixture.next()
            job.run()
            counts[job.kind] += 1
        weights = sum(kind.weight for kind in self.kinds)
        for kind in self.kinds:
            self.assertAlmostEqual(counts[kind.name] / CALLS, kind.weight / weights, delta=0.03,
                                   msg=kind.name)
        self.pages.end()
        self.assertIn("RevokeApiKey", self.day.client.methods)

    def test_a_portal_that_asks_to_come_later_is_an_error_at_once(self):
        self.portal.status = 429
        for make in (self.pages.get_page, self.pages.post_request):
            with self.assertRaisesRegex(pace.Refused, "HTTP 429"):
                make()()
        self.portal.status = 500
        with self.assertRaisesRegex(pace.Refused, "HTTP 500"):
            self.pages.post_request()()

    def test_what_a_refused_change_was_about_is_let_go(self):
        job = next(kind for kind in self.kinds if kind.name == "RegisterCitizen").make()
        job()
        registry = next(kind for kind in self.kinds if kind.name == "MoveCitizen").make.__self__
        self.day.client.fails["MoveCitizen"] = CallError(
            "MoveCitizen", [Attempt(0, 0, "ABORTED", "VERSION_STALE")], "")
        with self.assertRaises(CallError):
            registry.move_citizen()()
        self.assertEqual(len(registry.citizens), 0)


class Loads(unittest.TestCase):
    """A whole load; of the stack only what tells its figures is imitated."""

    def load(self, fails=None, equal=None, stop_after=None):
        """(the Outcome, lines of its course) of a second at 40 calls."""
        said, stop = [], threading.Event()
        sampler = mock.MagicMock(samples=[], troubles=[])
        sampler.__enter__.return_value = sampler
        sampler.look.side_effect = lambda: self.sample(sampler, stop, stop_after)
        sampler.parked.return_value = 0.0
        with tempfile.TemporaryDirectory() as run, imitation.portal() as portal, \
                mock.patch.object(sampling, "Sampler", return_value=sampler), \
                mock.patch.object(sampling, "journals",
                                  side_effect=[{"registry": {"rows": 1, "bytes": 10}},
                                               {"registry": {"rows": 5, "bytes": 30}}]), \
                mock.patch.object(copies, "wait_equal", side_effect=equal), \
                mock.patch.object(play, "EVERY_SECONDS", 0.2):
            day = imitation.day(run, portal.server_address[1])
            day.client.fails.update(fails or {})
            made = play.play(day, 40, 1 / 60 if stop_after is None else 60, stop, said.append)
        self.assertIn("RevokeApiKey", day.client.methods)
        return made, said

    @staticmethod
    def sample(sampler, stop, stop_after):
        made = Sample(len(sampler.samples), {"registry": (1024, 2048)}, 0.25, 7)
        sampler.samples.append(made)
        if len(sampler.samples) == stop_after:
            stop.set()
        return made

    def test_it_ends_by_itself_and_tells_what_it_saw(self):
        made, said = self.load()
        self.assertEqual(made.problems, [])
        self.assertEqual((made.begun, made.interrupted, made.lag_max_seconds,
                          made.connections_max), (40, False, 0.25, 7))
        self.assertEqual(made.kinds["all"]["count"], 40)
        self.assertEqual(made.journal, {"registry": {"rows": 4, "bytes": 20}})
        self.assertGreater(len(said), 2)

    def test_a_stop_ends_it_before_its_time_with_the_same_report(self):
        made, _ = self.load(stop_after=3)
        self.assertTrue(made.good and made.interrupted)
        self.assertLess(made.seconds, SECONDS_MAX)
        self.assertEqual(made.kinds["all"]["count"], made.begun)

    def test_copies_that_stay_behind_and_services_that_fail_are_told(self):
        made, _ = self.load(equal=waiting.TooLate("H09.718 differs"))
        self.assertIn("copies: H09.718 differs", made.problems)
        away = CallError("OpenTicket", [Attempt(0, 0, "UNAVAILABLE", "")], "")
        made, _ = self.load({"OpenTicket": away})
        self.assertRegex("; ".join(made.problems), "OpenTicket: [0-9]+ times UNAVAILABLE")


class Samplers(unittest.TestCase):
    """What processes show is imitated: {process: its lag, or why it cannot be read}."""

    def sampler(self, lags, pids=({"directory": 1}, {"directory": 1})):
        """One that has looked once."""
        def read(_, process):
            if isinstance(lags[process], Exception):
                raise lags[process]
            return [(sampling.LAG, {"unit": "H09.01"}, lags[process]), ("other", {}, 99.0)]

        pids = iter(pids)
        now = {}
        with mock.patch.object(sampling.services, "names", return_value=list(lags)), \
                mock.patch.object(sampling.metrics, "read", read), \
                mock.patch.object(sampling.processes, "names",
                                  side_effect=lambda _: now.update(next(pids)) or list(now)), \
                mock.patch.object(sampling.processes, "pid", lambda _, name: now[name]), \
                mock.patch.object(sampling.processes, "memory_report", return_value={}), \
                mock.patch.object(sampling.postgres, "connect", mock.MagicMock()), \
                mock.patch.object(sampling.postgres, "rows", return_value=[(12,)]):
            with sampling.Sampler(None) as made:
                now.update(next(pids))
                made.look()
        return made

    def test_the_highest_lag_of_all_is_told(self):
        made = self.sampler({"registry": 0.5, "replica-0": 2.5, "replica-1": float("nan")})
        self.assertEqual((made.samples[0].lag_seconds, made.samples[0].connections), (2.5, 12))
        self.assertEqual(made.troubles, [])

    def test_a_process_that_cannot_be_read_is_a_trouble(self):
        made = self.sampler({"registry": 0.5, "replica-0": ConnectionRefusedError()})
        self.assertRegex(made.troubles[0], "metrics of replica-0 could not be read")
        made = self.sampler({"registry": float("nan")})
        self.assertEqual(made.troubles, ["nobody tells the lag of feeds"])

    def test_a_process_that_ended_or_was_started_anew_is_a_trouble(self):
        made = self.sampler({"registry": 0.0}, ({"kafka": 1, "directory": 2},
                                                {"kafka": None, "directory": 3}))
        self.assertEqual(made.troubles, ["kafka ended", "directory was started anew"])


class Places(unittest.TestCase):
    def test_a_directory_in_which_nothing_was_started_is_told(self):
        with tempfile.TemporaryDirectory() as run:
            with self.assertRaisesRegex(settings.StackError, "no stack was started"):
                place.stack_of(run)
