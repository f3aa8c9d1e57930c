"""The samples for integrators (deploy/integrators): each follows a unit's feed over TLS in its own
database, is killed in the middle of a batch, loses a row, and proves itself equal each time."""

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess

import jsonschema
import yaml

from stack import catalogue, postgres, settings

from day import waiting

from .case import COMMUNE, EQUAL_SECONDS_MAX, SECONDS_MAX, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

SOURCES = settings.DEPLOY / "integrators"
ASYNCAPI = settings.ROOT / "proto" / "asyncapi"
BUILT = settings.ROOT / "build" / "integrators"     # what tools/setup --tests fetched for them
SYSTEM = f"unit-{COMMUNE}--archive"                 # of the topic catalogue
DATABASE = "integrator_sample"
BUILD_SECONDS_MAX = 300
BATCH_MESSAGES = 20
LOCKED_TIMES = 20   # a database that is found locked so often in a row is so for long
LINE = re.compile(r"^(equal|different) (\S+) (\S+) \d+/\d+(.*)$", re.MULTILINE)
SUM = re.compile(r" ([a-z-]+)=(\d+):([0-9a-f]{32})")
PICK = """SELECT key FROM record WHERE topic = {0} AND key LIKE {1} AND value IS NOT NULL
  ORDER BY key LIMIT 1"""


class Sqlite:
    """The database of a sample that keeps it in a file."""

    def __init__(self, path):
        self.path, self.setting = path, str(path)

    def query(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.path, timeout=SECONDS_MAX)) as session:
            with session:
                return session.execute(statement.format("?", "?"), values).fetchall()

    @contextlib.contextmanager
    def trap(self, key):
        """Whoever writes this row does not come to an end; gives what says that one is caught."""
        self.query("CREATE VIEW endless AS WITH RECURSIVE n (i) AS"
                   " (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n")
        self.query(f"CREATE TRIGGER trap BEFORE INSERT ON record WHEN NEW.key = '{key}'"
                   " BEGIN SELECT count(*) FROM endless; END")
        yield lambda: all(self.is_locked() for _ in range(LOCKED_TIMES))
        self.query("DROP TRIGGER trap")
        self.query("DROP VIEW endless")

    def is_locked(self):
        with contextlib.closing(sqlite3.connect(self.path, timeout=0.02)) as session:
            try:
                session.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            session.execute("ROLLBACK")
        return False


class Postgres:
    """The database of a sample that keeps it in PostgreSQL."""

    def __init__(self, stack):
        self.stack = stack
        self.setting = f"socket://{postgres.USER}@{stack.postgres_socket}?db={DATABASE}"
        postgres.ensure_databases(stack, [DATABASE], extensions=())

    def query(self, statement, *values):
        return postgres.query(self.stack, DATABASE, statement.format("%s", "%s"), values or None)

    @contextlib.contextmanager
    def trap(self, key):
        self.query("CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS"
                   " $$ BEGIN PERFORM pg_sleep(3600); RETURN NEW; END $$")
        self.query("CREATE TRIGGER trap BEFORE INSERT ON record FOR EACH ROW"
                   f" WHEN (NEW.key = '{key}') EXECUTE FUNCTION trap()")
        yield lambda: self.caught("pid")
        # A server does not notice that the other side is gone while it sleeps.
        self.caught("pg_terminate_backend(pid)")
        waiting.until("its session has ended", SECONDS_MAX, lambda: not self.caught("pid"))
        self.query("DROP FUNCTION trap CASCADE")

    def caught(self, what):
        return self.query(f"SELECT {what} FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
                          f" AND datname = '{DATABASE}'")

    def drop(self):
        postgres.drop_database(self.stack, DATABASE)


class Integrators(Case):
    """Equal from nothing, after kill -9 in mid-batch, and after a row was lost."""

    def setUp(self):
        super().setUp()
        self.running = None
        self.topic = catalogue.feed(COMMUNE)

    def test_the_sample_in_python(self):
        self.play("python", ["/usr/bin/python3", "-B", SOURCES / "python" / "feed_reader.py"])
        self.assert_as_described(self.database.query("SELECT owner, key, value FROM record"
                                                     " WHERE value IS NOT NULL"))

    def assert_as_described(self, records):
        """Every record has what the AsyncAPI document of its owner says, and nothing else."""
        documents, found = {}, set()
        for owner in {owner for owner, *_ in records}:
            document = yaml.safe_load((ASYNCAPI / f"{owner}.yaml").read_text(encoding="utf-8"))
            for schema in document["components"]["schemas"].values():
                if "properties" in schema:
                    schema["additionalProperties"] = False
            documents[owner] = document
        for owner, key, value in records:
            first, *rest = key.partition("/")[0].split("-")
            name = first + "".join(part.capitalize() for part in rest)
            found.add(name)
            document = documents[owner]
            schema = document["components"]["messages"][name]["payload"]
            checker = jsonschema.Draft7Validator(
                schema, resolver=jsonschema.RefResolver("", document))
            wrong = [f"{error.validator} at {'/'.join(map(str, error.absolute_path))}"
                     for error in checker.iter_errors(json.loads(value))]
            self.assertEqual(wrong, [], name)
        self.assertLessEqual({"unit", "official", "citizen", "category"}, found)

    def test_the_sample_in_java(self):
        classes = BUILT / "java" / "classes"
        shutil.rmtree(classes, ignore_errors=True)
        path = f"{classes}:{BUILT / 'java' / 'lib'}/*"
        subprocess.run(["javac", "-d", classes, "-cp", path, *SOURCES.glob("java/*.java")],
                       check=True, timeout=BUILD_SECONDS_MAX)
        self.play("java", ["java", "-Xmx256m", "-cp", path, "FeedReader"])

    def test_the_sample_in_node(self):
        for file in SOURCES.glob("node/*.mjs"):
            shutil.copy(file, BUILT / "node")   # where its packages are
        database = Postgres(self.stack)
        self.addCleanup(database.drop)
        self.play("node", ["node", BUILT / "node" / "feed_reader.mjs"], database)

    def play(self, name, command, database=None):
        directory = self.stack.run / "integrators"
        directory.mkdir(exist_ok=True)
        for old in directory.glob(f"{name}.*"):
            old.unlink()
        self.command, self.log = command, directory / f"{name}.log"
        self.database = database or Sqlite(directory / f"{name}.sqlite")
        self.addCleanup(self.kill)
        self.start()
        self.wait_equal()
        self.kill()
        self.caught_in_mid_batch()
        self.start()
        self.wait_equal()
        self.lose_a_row()
        self.running.terminate()
        self.assertIn(self.running.wait(SECONDS_MAX), (0, 128 + signal.SIGTERM))

    def caught_in_mid_batch(self):
        """Of two new citizens the second is about to be written, and the first perhaps in the same
        transaction, as the reader is killed: its offset is in that transaction too."""
        first, second = self.register().id, self.register().id
        with self.database.trap(f"citizen/{second}") as is_caught:
            self.start()
            waiting.until("the reader is in mid-batch", EQUAL_SECONDS_MAX, is_caught)
            self.kill()
        self.assertEqual(self.rows(second), [])
        self.start()
        self.wait_equal()
        self.assertEqual([len(self.rows(citizen)) for citizen in (first, second)], [1, 1])
        self.kill()

    def lose_a_row(self):
        (key,), = self.database.query(PICK, self.topic, "citizen/%")
        said = self.said()
        self.database.query("DELETE FROM record WHERE topic = {0} AND key = {1}", self.topic, key)
        waiting.until("it says different", EQUAL_SECONDS_MAX, lambda: (
            f"different {self.topic} registry " in self.said()[len(said):]))
        self.wait_equal()
        self.assertEqual(len(self.rows(key.partition("/")[2])), 1)

    def rows(self, citizen):
        return self.database.query("SELECT version FROM record WHERE topic = {0} AND key = {1}"
                                   " AND value IS NOT NULL", self.topic, f"citizen/{citizen}")

    # The process.

    def start(self):
        pki = self.stack.pki
        environment = os.environ | {
            "LIENTHONG_KAFKA": self.stack.kafka_brokers, "LIENTHONG_OWNERS": self.stack.owners,
            "LIENTHONG_UNIT": COMMUNE, "LIENTHONG_SYSTEM": SYSTEM,
            "LIENTHONG_TLS_CA": str(pki / "ca.crt"),
            "LIENTHONG_TLS_CERT": str(pki / f"{SYSTEM}.crt"),
            "LIENTHONG_TLS_KEY": str(pki / f"{SYSTEM}.key"),
            "LIENTHONG_PROTOSET": str(self.stack.build / "lienthong.protoset"),
            "DATABASE": self.database.setting, "PGPORT": str(self.stack.port("POSTGRES")),
            "BATCH_MESSAGES": str(BATCH_MESSAGES)}
        with open(self.log, "ab") as log:
            self.since = log.tell()
            self.running = subprocess.Popen(self.command, env=environment, stdout=log,
                                            stderr=subprocess.STDOUT)

    def kill(self):
        if self.running and self.running.poll() is None:
            self.running.kill()
            self.running.wait(SECONDS_MAX)

    def said(self):
        """What the process that runs now has printed."""
        self.assertIsNone(self.running.poll(), f"it ended: {self.log.read_text('utf-8')[-2000:]}")
        return self.log.read_bytes()[self.since:].decode()

    def wait_equal(self):
        """Until it has said of every owner and feed what the unit's replica says too."""
        def condition():
            last = {(topic, owner): (verdict, dict((name, (int(count), digest))
                                                   for name, count, digest in SUM.findall(sums)))
                    for verdict, topic, owner, sums in LINE.findall(self.said())}
            wanted = {
                (state.topic, state.owner): ("equal", {
                    kind.record_type: (kind.count, kind.digest) for kind in state.types
                    if kind.count})
                for state in self.day.client.consistency()[COMMUNE].owners}
            wrong = {" ".join(place): last.get(place) for place in wanted
                     if last.get(place) != wanted[place]}
            return (wanted and not wrong) or (False, json.dumps(wrong)[:500])

        waiting.until("the sample is equal to the replica", EQUAL_SECONDS_MAX, condition)
