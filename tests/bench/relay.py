"""The relay against Debezium: the same rows to the same broker, drained and as they come."""

import contextlib
import hashlib
import json
import statistics
import time
import uuid

import confluent_kafka
import confluent_kafka.admin
import psycopg2

from day import progress, protos, waiting
from stack import catalogue, kafka, postgres, processes, services, settings

from . import debezium, measure, producer

NAMES = ("relay_domain", "relay_full", "relay_latency_2000")
DOMAIN = "lienthong.registry.citizen.v1"
FEEDS_OF_A_ROW = 3
ROWS_PER_COMMIT = 500           # of what is drained
WARM_PART = 10                  # a tenth of the rows: the steady state is measured behind it
WARM_DRAINS_MAX = 8
WARM_DIFFERENCE = 0.1           # between two drains of a JVM that is warm
DRAIN_SECONDS_MAX = 900
POLL_SECONDS = 0.01
LATENCY_ROWS_PER_SECOND = 2000
LATENCY_ROWS_PER_COMMIT = 10
LATENCY_AHEAD_SECONDS = 2       # before what is measured, by the same writer
ARRIVAL_SECONDS_MAX = 60
COMPARED_WITH = "Debezium"
PRODUCER_TOPIC = "bench.producer"

TEMPLATES_MAX = 2000
TEMPLATES = """SELECT record_id, event, system, unit, official, caller, traceparent, views, states,
    salt, hashes, audience FROM journal WHERE record_type = 'citizen' ORDER BY id LIMIT %s"""
# The rows of both sides follow from the same templates: citizens that were imported, under new ids.
TEMPLATE = "CREATE TABLE bench_template (n int PRIMARY KEY, record_id text, event text," \
           " system text, unit text, official text, caller text, traceparent text, views text[]," \
           " states text[], salt bytea, hashes text, audience text, viewers text)"
# Parameters: first row, row behind the last, prefix, number of templates, seen by three feeds?
ROWS = """FROM generate_series($1, $2 - 1) AS r (n) JOIN bench_template t ON t.n = r.n % $4
    CROSS JOIN LATERAL (SELECT md5($3 || r.n)::uuid::text AS id) k"""
PREPARE = "PREPARE bench_write (int, int, text, int, boolean) AS "
WRITE_OURS = f"""INSERT INTO journal (ordinal, record_type, record_id, version, event, event_id,
    recorded_at, effective_at, system, unit, official, caller, request_id, traceparent, epoch,
    views, states, salt, state_digests, hashes, audience, hashes_before, audience_before)
  SELECT 0, 'citizen', k.id, 1, t.event, gen_random_uuid(), now(), now(), t.system, t.unit,
    t.official, t.caller, k.id, t.traceparent, (SELECT epoch FROM relay_state), t.views, s.states,
    t.salt, s.digests, t.hashes, CASE WHEN $5 THEN t.viewers ELSE '{{}}' END, '{{}}', '{{}}'
  {ROWS} CROSS JOIN LATERAL (
    SELECT array_agg(replace(state, t.record_id, k.id) ORDER BY place) AS states,
      array_agg(sha256(t.salt || convert_to(replace(state, t.record_id, k.id), 'UTF8'))
        ORDER BY place) AS digests
    FROM unnest(t.states) WITH ORDINALITY u (state, place)) s
  ORDER BY r.n"""
WRITE_THEIRS = f"""INSERT INTO outbox (id, topic, key, payload)
  SELECT gen_random_uuid(), '{debezium.TOPIC}', k.id,
    convert_to(replace(t.states[1], t.record_id, k.id), 'UTF8') {ROWS} ORDER BY r.n"""


def rows(place, options):
    """The rows of NAMES that are wanted."""
    with debezium.Debezium(place.stack) as theirs:
        sides = Sides(place, theirs)
        wanted = set(options.names)
        if wanted & {"relay_domain", "relay_full"}:
            yield from _drained(sides, wanted, options.rows)
        if "relay_latency_2000" in wanted:
            yield from _latency(sides, options.seconds)


class Sides:
    """Writers and topics of both sides."""

    def __init__(self, place, theirs):
        self.place, self.stack, self.theirs = place, place.stack, theirs
        self.feeds = [catalogue.feed(unit) for unit in catalogue.Catalogue(self.stack).units]
        domain, = (topic for topic in catalogue.Catalogue(self.stack).topics()
                   if topic.name == DOMAIN)
        self.partitions = {name: domain.partitions
                           for name in (DOMAIN, debezium.TOPIC, PRODUCER_TOPIC)}
        with kafka.admin(self.stack) as session:
            session.create_topics([domain._replace(name=name)
                                   for name in (debezium.TOPIC, PRODUCER_TOPIC)])
        self._stamp_at_append(domain.configs)
        self.templates = self._copy_templates()

    @contextlib.contextmanager
    def writer(self, ours, prefix, seen=False):
        """A function that writes rows `first` to `end` of a prefix as one transaction. `seen`: by
        three feeds each."""
        database = "registry" if ours else debezium.DATABASE
        with postgres.connect(self.stack, database) as session, session.cursor() as cursor:
            cursor.execute(PREPARE + (WRITE_OURS if ours else WRITE_THEIRS))
            yield lambda first, end: cursor.execute(
                "EXECUTE bench_write (%s, %s, %s, %s, %s)",
                (first, end, prefix, self.templates, seen))

    def values(self):
        """A file with the values of our messages, one a line."""
        file = self.stack.run / "values.json"
        if not file.exists():
            found = postgres.query(self.stack, "registry", "SELECT states[array_position(views, "
                                   "'full')] FROM bench_template ORDER BY n")
            file.write_text("".join(f"{value}\n" for value, in found), encoding="utf-8")
        return file

    def write_all(self, ours, prefix, count, seen=False):
        with self.writer(ours, prefix, seen) as write:
            for first in range(0, count, ROWS_PER_COMMIT):
                write(first, min(count, first + ROWS_PER_COMMIT))

    @contextlib.contextmanager
    def ends(self):
        """A function that tells how many messages a topic ever had."""
        consumer = self.consumer()

        def count(topic):
            return sum(consumer.get_watermark_offsets(
                confluent_kafka.TopicPartition(topic, partition), ARRIVAL_SECONDS_MAX)[1]
                for partition in range(self.partitions.get(topic, 1)))

        try:
            yield count
        finally:
            consumer.close()

    def consumer(self):
        return confluent_kafka.Consumer(kafka.client_settings(self.stack, "admin") | {
            "group.id": "admin", "enable.auto.commit": False, "auto.offset.reset": "error",
            "enable.partition.eof": True})

    def _stamp_at_append(self, configs):
        """Both topics tell when the broker wrote a message, for the latencies."""
        client = confluent_kafka.admin.AdminClient(
            kafka.client_settings(self.stack, "admin") | {"log_level": 3})   # errors
        resource = confluent_kafka.admin.ConfigResource
        for done in client.alter_configs([
                resource(resource.Type.TOPIC, name,
                         set_config=configs | {"message.timestamp.type": "LogAppendTime"})
                for name in self.partitions]).values():
            done.result(ARRIVAL_SECONDS_MAX)

    def _copy_templates(self):
        """The same table in both databases; how many rows it has."""
        found = postgres.query(self.stack, "registry", TEMPLATES, (TEMPLATES_MAX,))
        made = []
        for n, row in enumerate(found):
            viewers = {member: view for member, view in json.loads(row[-1]).items()
                       if view == "full"}
            if len(viewers) != FEEDS_OF_A_ROW:
                raise settings.StackError(f"a citizen is seen in full by {sorted(viewers)}")
            made.append((n, *row, json.dumps(viewers, separators=(",", ":"))))
        for database in ("registry", debezium.DATABASE):
            with postgres.connect(self.stack, database) as session, session.cursor() as cursor:
                cursor.execute(TEMPLATE)
                places = ",".join(["%s"] * len(made[0]))
                for row in made:
                    cursor.execute(f"INSERT INTO bench_template VALUES ({places})", row)
                cursor.execute("ANALYZE bench_template")
        return len(made)


def _drained(sides, wanted, count):
    """relay_domain, relay_full: rows a second, and the memory of both in the end."""
    sides.theirs.mark()
    with progress.timed(f"{count} rows in the outbox"):
        sides.write_all(False, "drained", count)
    _warm_theirs(sides, count)
    names = [name for name in NAMES if name in wanted and name != "relay_latency_2000"]
    for name in names:                           # so are the feeds
        _drain_ours(sides, max(count // 5, 1), name)
    found = {name: [] for name in (*names, COMPARED_WITH, producer.COMPARED_WITH)}
    memory = ([], [])
    for _ in range(measure.RUNS):
        for name in names:
            found[name].append(_drain_ours(sides, count, name))
            if name == "relay_domain":
                memory[0].append(_megabytes(processes.pid(sides.stack, "registry")))
        found[COMPARED_WITH].append(_drain_theirs(sides, count, count))
        found[producer.COMPARED_WITH].append(producer.records_per_second(
            sides.stack, PRODUCER_TOPIC, sides.values(), count))
        memory[1].append(_megabytes(sides.theirs.pid()))
    aims = {"relay_domain": 5, "relay_full": 1.5}
    for name in names:
        yield measure.Row(name, "rows/s", found[name], found[COMPARED_WITH], COMPARED_WITH,
                          (measure.at_least(aims[name]),))
    if "relay_domain" in names:
        yield measure.Row("relay_domain_producer", "rows/s", found["relay_domain"],
                          found[producer.COMPARED_WITH], producer.COMPARED_WITH)
        yield measure.Row("relay_domain_memory", "MB", *memory, COMPARED_WITH,
                          (measure.at_most(0.1),))


def _drain_ours(sides, count, name):
    """Rows a second from the moment the relay's fence opens before `count` rows."""
    place, seen = sides.place, name == "relay_full"
    place.settle()
    with sides.ends() as ends:
        domain = ends(DOMAIN)
        feeds = sum(map(ends, sides.feeds)) if seen else 0
        with held_back(place):
            sides.write_all(True, "drained", count, seen)
        return _speed(count, lambda: ends(DOMAIN) - domain, lambda: not seen or sum(
            map(ends, sides.feeds)) - feeds >= FEEDS_OF_A_ROW * count)


def _drain_theirs(sides, count, wanted):
    with sides.ends() as ends:
        begin = ends(debezium.TOPIC)
        with sides.theirs.draining():
            return _speed(min(count, wanted), lambda: ends(debezium.TOPIC) - begin, lambda: True)


def _warm_theirs(sides, count):
    """Drains until the JVM is warm: two speeds after each other that hardly differ."""
    before = None
    for _ in range(WARM_DRAINS_MAX):
        now = _drain_theirs(sides, count, count)
        progress.say(f"              {COMPARED_WITH} warms up: {now:.0f} rows/s")
        if before is not None and abs(now - before) <= WARM_DIFFERENCE * before:
            return
        before = now


def _speed(count, sent, all_sent):
    """Rows a second between the first tenth and the last row: `sent()` tells how many are sent,
    `all_sent()` whether, with all rows, everything else is there too."""
    deadline = time.monotonic() + DRAIN_SECONDS_MAX
    first = None
    while True:
        rows_sent = sent()
        is_over = rows_sent >= count and all_sent()
        now = time.monotonic()
        if first is None and rows_sent >= count / WARM_PART:
            first = (now, rows_sent)
        if is_over:
            break
        if now > deadline:
            raise waiting.TooLate(f"{rows_sent} of {count} rows after {DRAIN_SECONDS_MAX} s")
        time.sleep(POLL_SECONDS)
    if first[1] >= count:
        raise settings.StackError(f"{count} rows are too few to see a speed")
    return (count - first[1]) / (now - first[0])


@contextlib.contextmanager
def held_back(place):
    """The registry's relay waits at its fence for a transaction that writes to the journal."""
    session = psycopg2.connect(place.stack.conninfo("registry"))
    try:
        with session.cursor() as cursor:
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
            cursor.execute("LOCK TABLE journal IN ROW EXCLUSIVE MODE")
        yield
    finally:
        session.close()


def _megabytes(pid):
    return processes.memory_kib(pid)[0] / 1024


def _latency(sides, seconds):
    """Milliseconds from the return of COMMIT until the broker has the row, at a fixed rate."""
    runs = ([], [])
    lateness = []

    def run(ours):
        sides.place.settle()
        following = contextlib.nullcontext() if ours else sides.theirs.following()
        with following:
            return _follow(sides, ours, seconds, lateness)

    for ours in (True, False):
        run(ours)   # warm
    lateness.clear()
    for _ in range(measure.RUNS):
        for found, ours in zip(runs, (True, False)):
            found.append(run(ours))
    held = min(lateness)
    failure = "" if held > 0.95 else (
        f"{LATENCY_ROWS_PER_SECOND} rows/s could not be written, only "
        f"{held * LATENCY_ROWS_PER_SECOND:.0f}")
    for index, (name, aims) in enumerate((("p50", ()), ("p99", (measure.at_most(0.5),)))):
        yield measure.Row(f"relay_latency_2000_{name}", "ms",
                          *([one[index] for one in found] for found in runs),
                          compared_with=COMPARED_WITH, aims=aims, failure=failure)


def _follow(sides, ours, seconds, lateness):
    """(p50, p99) of one run; adds the part of the wanted rate that was held."""
    topic = DOMAIN if ours else debezium.TOPIC
    prefix = f"latency/{uuid.uuid4()}/"
    with sides.ends() as ends:
        before = ends(topic)
        committed, held = _write_at_rate(sides, ours, prefix, seconds + LATENCY_AHEAD_SECONDS)
        lateness.append(held)
        count = len(committed) * LATENCY_ROWS_PER_COMMIT
        waiting.until("every row arrived", ARRIVAL_SECONDS_MAX,
                      lambda: ends(topic) - before >= count)
    appended = _append_times(sides, topic, committed[0])
    skipped = LATENCY_AHEAD_SECONDS * LATENCY_ROWS_PER_SECOND
    found = []
    for n in range(skipped, count):
        key = str(uuid.UUID(bytes=hashlib.md5(f"{prefix}{n}".encode()).digest()))
        found.append(max(0, appended[key] - committed[n // LATENCY_ROWS_PER_COMMIT] * 1000))
    found.sort()
    return statistics.median(found), found[int(0.99 * (len(found) - 1))]


def _write_at_rate(sides, ours, prefix, seconds):
    """Commits at an even pace; the times at which COMMIT returned, and the part of the rate held."""
    committed = []
    interval = LATENCY_ROWS_PER_COMMIT / LATENCY_ROWS_PER_SECOND
    with contextlib.ExitStack() as stack:
        write = stack.enter_context(sides.writer(ours, prefix))
        wake = stack.enter_context(_wake(sides.stack)) if ours else lambda: None
        begin = time.monotonic()
        for number in range(round(seconds / interval)):
            time.sleep(max(0, begin + number * interval - time.monotonic()))
            first = number * LATENCY_ROWS_PER_COMMIT
            write(first, first + LATENCY_ROWS_PER_COMMIT)
            committed.append(time.time())
            wake()
        return committed, len(committed) * interval / (time.monotonic() - begin)


@contextlib.contextmanager
def _wake(stack):
    """A function that tells the relay that a change was committed, as the service does after each
    commit of its own: by a call that asks to republish nothing, one at a time."""
    journal = protos.module("journal", "journal")
    request = journal.RepublishRequest(feed=journal.FEED_OWN)
    sent = []
    with services.channel(stack, "registry", "service-registry") as channel:
        stub = protos.stubs("journal", "journal").JournalServiceStub(channel)

        def wake():
            if not sent or sent[-1].done():
                sent.append(stub.Republish.future(request, timeout=ARRIVAL_SECONDS_MAX))

        yield wake
        for call in sent:
            call.result()


def _append_times(sides, topic, since):
    """{key: ms since the epoch at which the broker wrote it} of a topic since a time."""
    consumer = sides.consumer()
    found, ended = {}, set()
    try:
        parts = [confluent_kafka.TopicPartition(topic, partition, int(since * 1000) - 1000)
                 for partition in range(sides.partitions[topic])]
        consumer.assign([part for part in consumer.offsets_for_times(parts, ARRIVAL_SECONDS_MAX)])
        deadline = time.monotonic() + ARRIVAL_SECONDS_MAX
        while len(ended) < len(parts):
            for message in consumer.consume(1000, timeout=0.1):
                error = message.error()
                if error and error.code() == confluent_kafka.KafkaError._PARTITION_EOF:
                    ended.add(message.partition())
                elif error:
                    raise confluent_kafka.KafkaException(error)
                else:
                    found[message.key().decode()] = message.timestamp()[1]
            if time.monotonic() > deadline:
                raise waiting.TooLate(f"{topic} was not read to its end")
    finally:
        consumer.close()
    return found
