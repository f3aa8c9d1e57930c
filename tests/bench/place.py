"""The small province that is measured: a stack of its own, loaded through the real APIs."""

import contextlib
import shutil
import signal

from day import cast, copies, load, progress, province, waiting
from day.client import Client
from stack import environment, kafka, pki, postgres, redis, services, settings

PORT_SHIFT = 4000
SEED = 1
EQUAL_SECONDS_MAX = 900
# Is the relay behind its journal?
BEHIND = "SELECT (SELECT position FROM relay_state) < (SELECT coalesce(max(id), 0) FROM journal)"
# What the relay says a feed holds, what a copy says it holds: (record type, count, digest).
SENT = "SELECT member, record_type, count, digest FROM relay_digest WHERE count > 0"
HELD = """SELECT record_type, count, digest FROM feed_digest
  WHERE topic = 'lienthong.feed.' || %s AND owner = %s AND count > 0"""
# A citizen goes to six topics, as in the whole province: the domain topic, a commune, its district
# and the three departments with an agreement on citizens. H09.16 sees all of them in full.
UNITS = ("H09.11", "H09.12", "H09.13", "H09.16", "H09.718", "H09.718.25747", "H09.718.25750",
         "H09.719", "H09.719.25816", "H09.719.25819")
DEPARTMENT = "H09.16"
COMMUNE = "H09.718.25747"
REPLICA = "replica-0"   # all units are in one process
# Counted as ever, never reached: one system makes all calls of the load generator.
QUOTA = {"LIENTHONG_QUOTA_CALLS_PER_SECOND": "1000000"}
LOGICAL = {"wal_level": "logical", "max_wal_senders": "4"}


class Place:
    """A stack that is up and loaded while the block lasts; its state is new every time.

    `day`: what the modules of tools/day need. `registrar`, `reader`: who calls.
    """

    units = UNITS

    def __init__(self, citizens):
        self.stack = settings.Stack(run=settings.ROOT / "build" / "bench" / "run",
                                    port_shift=PORT_SHIFT, units=self.units)
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
            cleanup.callback(down, self.stack)
            with progress.timed("stack up"):
                self._start()
            client = cleanup.enter_context(Client(self.stack))
            done = progress.Progress(self.stack, SEED, self.citizens)
            self.day = cast.Day(self.stack, client, province.Province(self.stack, SEED), done)
            self.registrar = self.day.actor(COMMUNE, "commune-registrar")
            self.reader = self.day.actor(DEPARTMENT, "department-reader")
            load.load_records(self.day)
            self._fill()
            self.cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_):
        self.cleanup.close()

    def serve(self, name):
        """Migrates and starts a process, and waits until it is healthy."""
        services.migrate(self.stack, name)
        services.serve(self.stack, name, QUOTA)
        services.wait_healthy(self.stack, name)

    def _start(self):
        environment.up(self.stack, with_prometheus=False)
        services.migrate_all(self.stack)
        for name in services.names(self.stack):
            services.serve(self.stack, name, QUOTA)
        for name in services.names(self.stack):
            services.wait_healthy(self.stack, name)

    def _fill(self):
        with progress.timed("every copy filled and equal; vacuum and analyse"):
            self.wait_equal()
            postgres.vacuum_analyze(self.stack, services.databases(self.stack))

    def settle(self, owner="registry"):
        """Waits until every copy holds what an owner's relay has sent, and that is all: nothing of
        an earlier run goes on. Barriers, which idle feeds get every 20 s, are not waited for."""
        waiting.until("every copy filled", EQUAL_SECONDS_MAX, lambda: self._is_settled(owner))

    def wait_equal(self):
        """Waits until every copy says that it equals its owners up to their newest rows."""
        copies.wait_equal(self.day, EQUAL_SECONDS_MAX)

    def _is_settled(self, owner):
        if postgres.query(self.stack, owner, BEHIND)[0][0]:
            return False
        sent = postgres.query(self.stack, owner, SENT)
        return all(
            {row[1:] for row in sent if row[0] == unit} ==
            set(postgres.query(self.stack, settings.replica_database(unit), HELD, (unit, owner)))
            for unit in UNITS)

    @property
    def commune_code(self):
        """Of the statistics office, of the commune that registers."""
        return self.day.province.commune_of(COMMUNE)[0]

    def registry(self, statement, values=None):
        """The first column of the first row of a query on the registry's database."""
        return postgres.query(self.stack, "registry", statement, values)[0][0]


class OwnersPlace(Place):
    """The owners with the feeds of all 120 units and no copy, on a PostgreSQL that writes the log
    for logical decoding too."""

    units = ()
    configuration = LOGICAL

    def settle(self):
        """Waits until the registry's relay has sent everything."""
        waiting.until("everything sent", EQUAL_SECONDS_MAX, lambda: self.registry(
            "SELECT (SELECT position FROM relay_state) >="
            " (SELECT coalesce(max(id), 0) FROM journal)"))

    def _start(self):
        stack = self.stack
        pki.ensure(stack)
        postgres.start(stack)
        for name, value in self.configuration.items():
            postgres.query(stack, "postgres", f"ALTER SYSTEM SET {name} = '{value}'",
                           user=postgres.SUPERUSER)
        postgres.stop(stack)
        postgres.start(stack)
        postgres.ensure_databases(stack, settings.OWNERS)
        redis.start(stack)
        kafka.start(stack)
        kafka.apply_catalogue(stack)
        services.business_offset_seconds(stack)
        for name in settings.OWNERS:
            self.serve(name)

    def _fill(self):
        self.settle()
        postgres.vacuum_analyze(self.stack, settings.OWNERS)


def down(stack):
    """Everything down in order; an impatient signal does not leave half of it running."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, signal.SIG_IGN) for number in signals]
    try:
        environment.down(stack)
    finally:
        for number, handler in zip(signals, before):
            signal.signal(number, handler)
