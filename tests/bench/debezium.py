"""The relay's reference: Debezium's Outbox Event Router in a Kafka Connect worker of its own.

One worker for all runs, so that its JVM is warm; a connector for each run, on a copy of a slot that
was made before the outbox was filled, so that every run reads the same rows anew.
"""

import contextlib
import itertools
import json
import pathlib
import secrets
import shutil
import subprocess
import tarfile
import urllib.error
import urllib.request

from day import waiting
from stack import kafka, postgres, processes, settings

NAME = "debezium"
POM = pathlib.Path(__file__).with_name("pom.xml")
HOME = settings.ROOT / "build" / "bench" / "debezium"
DATABASE = "bench_outbox"
ROLE = "bench_debezium"
SLOT = "bench_outbox"          # the one that runs copy
PUBLICATION = "bench_outbox"
TOPIC = "bench.citizen"
PORT_ABOVE_KAFKA = 3
START_SECONDS_MAX = 120
CONNECTOR_SECONDS_MAX = 60
MAVEN_SECONDS_MAX = 600
# As Kafka's connect-standalone.sh starts it.
JVM = ["java", "-Xms256m", "-Xmx2g", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20",
       "-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent",
       "-Djava.awt.headless=true"]
CONNECTOR = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "tasks.max": "1",
    "plugin.name": "pgoutput",
    "publication.name": PUBLICATION,
    "publication.autocreate.mode": "disabled",
    "table.include.list": "public.outbox",
    "snapshot.mode": "no_data",
    "tombstones.on.delete": "false",
    # Tuned: the defaults are for fewer rows (poll.interval.ms 500 alone makes 300 ms of latency).
    "poll.interval.ms": "5",
    "max.batch.size": "8192",
    "max.queue.size": "32768",
    "extended.headers.enabled": "false",
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.converters.ByteArrayConverter",
    "transforms": "outbox",
    "transforms.outbox.type": "io.debezium.transforms.outbox.EventRouter",
    "transforms.outbox.table.field.event.id": "id",
    "transforms.outbox.table.field.event.key": "key",
    "transforms.outbox.table.field.event.payload": "payload",
    "transforms.outbox.route.by.field": "topic",
    "transforms.outbox.route.topic.replacement": "${routedByValue}",
}
PRODUCER = {
    "enable.idempotence": "true", "acks": "all", "max.in.flight.requests.per.connection": "5",
    "compression.type": "lz4", "linger.ms": "5",
    # As large as librdkafka's batches.
    "batch.size": "1000000", "max.request.size": "1100000", "buffer.memory": "134217728",
}
TABLE = "CREATE TABLE outbox (id uuid PRIMARY KEY, topic text NOT NULL, key text NOT NULL," \
        " payload bytea NOT NULL)"


def security(stack):
    """How a Java client reaches the broker, as admin."""
    return {"bootstrap.servers": stack.kafka_brokers, "security.protocol": "SSL",
            "ssl.keystore.type": "PEM", "ssl.keystore.location": stack.pki / "admin.pem",
            "ssl.truststore.type": "PEM", "ssl.truststore.location": stack.pki / "ca.crt"}


def fetch():
    """The plugin, from Maven, again only when the pom changed."""
    stamp = HOME / ".pom"
    if stamp.exists() and stamp.read_bytes() == POM.read_bytes():
        return
    shutil.rmtree(HOME, ignore_errors=True)
    plugins = HOME / "plugins"
    plugins.mkdir(parents=True)
    command = ["mvn", "-q", "-B", "-ntp", "-f", POM, "dependency:copy-dependencies",
               "-DexcludeTransitive=true", f"-DoutputDirectory={HOME}"]
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                              timeout=MAVEN_SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired:
        raise settings.StackError(f"Maven: not done after {MAVEN_SECONDS_MAX} s") from None
    if done.returncode != 0:
        raise settings.StackError(f"Maven: {done.stdout}{done.stderr}")
    archive, = HOME.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        files.extractall(plugins)
    archive.unlink()
    stamp.write_bytes(POM.read_bytes())


class Debezium:
    """The worker, the database of the outbox and its slot, while the block lasts. Needs fetch()."""

    def __init__(self, stack):
        self.stack = stack
        self._home = stack.run / NAME
        self._port = stack.port("KAFKA") + PORT_ABOVE_KAFKA
        self._password = secrets.token_hex(16)
        self._runs = itertools.count(1)

    def __enter__(self):
        self._make_database()
        self._start()
        return self

    def __exit__(self, *_):
        processes.stop(self.stack, NAME)

    def pid(self):
        return processes.pid(self.stack, NAME)

    def mark(self):
        """From here on the rows of the outbox are those of every drain()."""
        self._query(f"SELECT pg_create_logical_replication_slot('{SLOT}', 'pgoutput')")

    @contextlib.contextmanager
    def draining(self):
        """A new connector sends everything since mark(), and what comes; gone after the block."""
        slot = f"bench_run_{next(self._runs)}"
        self._query(f"SELECT pg_copy_logical_replication_slot('{SLOT}', '{slot}')")
        with self._connector(slot):
            yield

    @contextlib.contextmanager
    def following(self):
        """A new connector sends what is written from now on."""
        slot = f"bench_run_{next(self._runs)}"
        self._query(f"SELECT pg_create_logical_replication_slot('{slot}', 'pgoutput')")
        with self._connector(slot):
            yield

    @contextlib.contextmanager
    def _connector(self, slot):
        stack = self.stack
        self._call("PUT", f"/connectors/{slot}/config", CONNECTOR | {
            "database.hostname": "127.0.0.1", "database.port": str(stack.port("POSTGRES")),
            "database.user": ROLE, "database.password": self._password,
            "database.dbname": DATABASE, "topic.prefix": slot, "slot.name": slot})
        try:
            waiting.until(f"Debezium reads {slot}", CONNECTOR_SECONDS_MAX,
                          lambda: self._is_reading(slot))
            yield
        finally:
            self._call("DELETE", f"/connectors/{slot}")
            waiting.until(f"Debezium lets go of {slot}", CONNECTOR_SECONDS_MAX,
                          lambda: not self._is_read(slot))
            self._query(f"SELECT pg_drop_replication_slot('{slot}')")

    def _is_reading(self, slot):
        state = self._call("GET", f"/connectors/{slot}/status")
        failed = [task for task in state.get("tasks", ()) if task["state"] == "FAILED"]
        if failed:
            raise settings.StackError(f"Debezium: {failed[0]['trace'][:2000]}")
        return self._is_read(slot)

    def _is_read(self, slot):
        return self._query(f"SELECT active FROM pg_replication_slots WHERE slot_name = '{slot}'"
                           )[0][0]

    def _make_database(self):
        stack = self.stack
        postgres.ensure_databases(stack, [DATABASE], extensions=())
        for statement in (f"DROP ROLE IF EXISTS {ROLE}",
                          f"CREATE ROLE {ROLE} LOGIN REPLICATION PASSWORD '{self._password}'"):
            postgres.query(stack, "postgres", statement, user=postgres.SUPERUSER)
        for statement in (TABLE, f"GRANT SELECT ON outbox TO {ROLE}",
                          f"CREATE PUBLICATION {PUBLICATION} FOR TABLE outbox"):
            postgres.query(stack, DATABASE, statement)

    def _query(self, statement):
        return postgres.query(self.stack, DATABASE, statement, user=postgres.SUPERUSER)

    def _start(self):
        stack, home = self.stack, self._home
        processes.require_free_port(self._port, NAME)
        home.mkdir(parents=True, exist_ok=True)
        worker = home / "worker.properties"
        settings.write_if_changed(worker, "".join(
            f"{name}={value}\n" for name, value in self._worker().items()), mode=0o600)
        log = f"-Dlog4j.configuration=file:{settings.DEPLOY / 'kafka' / 'log4j.properties'}"
        processes.start(stack, NAME, [
            *JVM, log, "-cp", f"{kafka.JARS}/*", "org.apache.kafka.connect.cli.ConnectStandalone",
            worker])
        processes.wait_until(stack, NAME, self._is_up, START_SECONDS_MAX)

    def _worker(self):
        converter = "org.apache.kafka.connect.converters.ByteArrayConverter"
        client = security(self.stack)
        return client | {f"producer.{name}": value for name, value in
                         (client | PRODUCER).items()} | {
            "key.converter": converter, "value.converter": converter,
            "offset.storage.file.filename": self._home / "offsets",
            "plugin.path": HOME / "plugins", "plugin.discovery": "service_load",
            "listeners": f"http://127.0.0.1:{self._port}",
            "rest.advertised.host.name": "127.0.0.1"}

    def _is_up(self):
        try:
            self._call("GET", "/connectors")
            return True
        except OSError:
            return False

    def _call(self, method, path, body=None):
        """A request to the worker; its answer, None when it is empty."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=CONNECTOR_SECONDS_MAX) as answer:
                return json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            if error.code in (404, 409):    # just made, or the worker is arranging itself
                return {}
            raise settings.StackError(f"Kafka Connect: {method} {path}: {error.read()[:2000]}"
                                      ) from None
