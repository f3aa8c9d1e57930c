"""The small province that is measured: a stack of its own, loaded through the real APIs."""

import contextlib
import shutil

from day import cast, copies, load, progress, province, waiting
from day.client import Client
from stack import environment, postgres, services, settings

PORT_SHIFT = 4000
SEED = 1
EQUAL_SECONDS_MAX = 900
# What the relay says a feed holds, what a copy says it holds: (record type, count, digest).
SENT = "SELECT member, record_type, count, digest FROM relay_digest WHERE count > 0"
HELD = """SELECT record_type, count, digest FROM feed_digest
  WHERE topic = 'lienthong.feed.' || %s AND owner = 'registry' AND count > 0"""
# A citizen goes to six topics, as in the whole province: the domain topic, a commune, its district
# and the three departments with an agreement on citizens. H09.16 sees all of them in full.
UNITS = ("H09.11", "H09.12", "H09.13", "H09.16", "H09.718", "H09.718.25747", "H09.718.25750",
         "H09.719", "H09.719.25816", "H09.719.25819")
DEPARTMENT = "H09.16"
COMMUNE = "H09.718.25747"
REPLICA = "replica-0"   # all units are in one process


class Place:
    """A stack that is up and loaded while the block lasts; its state is new every time.

    `day`: what the modules of tools/day need. `registrar`, `reader`: who calls.
    """

    def __init__(self, citizens):
        self.stack = settings.Stack(run=settings.ROOT / "build" / "bench" / "run",
                                    port_shift=PORT_SHIFT, units=UNITS)
        self.citizens = citizens
        self.cleanup = contextlib.ExitStack()
        self.day = self.registrar = self.reader = None

    def __enter__(self):
        with self.cleanup as cleanup:
            cleanup.enter_context(self.stack.lock())
            environment.down(self.stack)
            for path in self.stack.run.iterdir():
                if path.name not in ("lock", "pki"):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            cleanup.callback(environment.down, self.stack)
            self._start()
            client = cleanup.enter_context(Client(self.stack))
            done = progress.Progress(self.stack, SEED, self.citizens)
            self.day = cast.Day(self.stack, client, province.Province(self.stack, SEED), done)
            self.registrar = self.day.actor(COMMUNE, "commune-registrar")
            self.reader = self.day.actor(DEPARTMENT, "department-reader")
            load.load_records(self.day)
            with progress.timed("every copy filled and equal; vacuum and analyse"):
                self.wait_equal()
                postgres.vacuum_analyze(self.stack, services.databases(self.stack))
            self.cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_):
        self.cleanup.close()

    def _start(self):
        with progress.timed("stack up"):
            environment.up(self.stack, with_prometheus=False)
            services.migrate_all(self.stack)
            services.serve_all(self.stack)

    def settle(self):
        """Waits until every copy holds what the registry's relay has sent, and that is all: nothing
        of an earlier run goes on. Barriers, which idle feeds get every 20 s, are not waited for."""
        waiting.until("every copy filled", EQUAL_SECONDS_MAX, self._is_settled)

    def wait_equal(self):
        """Waits until every copy says that it equals its owners up to their newest rows."""
        copies.wait_equal(self.day, EQUAL_SECONDS_MAX)

    def _is_settled(self):
        if self.registry("SELECT (SELECT position FROM relay_state) <"
                         " (SELECT coalesce(max(id), 0) FROM journal)"):
            return False
        sent = postgres.query(self.stack, "registry", SENT)
        return all(
            {row[1:] for row in sent if row[0] == unit} ==
            set(postgres.query(self.stack, settings.replica_database(unit), HELD, (unit,)))
            for unit in UNITS)

    @property
    def commune_code(self):
        """Of the statistics office, of the commune that registers."""
        return self.day.province.commune_of(COMMUNE)[0]

    def registry(self, statement, values=None):
        """The first column of the first row of a query on the registry's database."""
        return postgres.query(self.stack, "registry", statement, values)[0][0]
