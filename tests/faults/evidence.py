"""What is kept of a run: the state of databases and topics, as JSON lines under build/faults/<seed>.

history.jsonl      every call with its attempts (tools/day/history.py)
faults.jsonl       every fault: what, when, calls in flight
journal.jsonl      rows of the owners' journals; heads.jsonl their heads, with the commune of each, and
                   of tickets who keeps them, who handles them, to whom they went up
domain.jsonl       messages of the domain topics; feeds.jsonl those of the feeds
copies.jsonl       live rows of the copies
monitor.jsonl      states of the copies that were seen unequal while the run went on
facts.json         the rest: seed, sharing, seals, what tools/verify says
Values are kept as view hashes, not as text.
"""

import contextlib
import hashlib
import json
import subprocess
import sys
import time

import confluent_kafka

from stack import catalogue, kafka, postgres, settings

SECONDS_MAX = 60
JOURNAL = """
  SELECT id, ordinal, record_type, record_id, version, state_row IS NULL, event, caller,
         request_id, epoch, audience, hashes, audience_before, views
  FROM journal ORDER BY id"""
JOURNAL_FIELDS = ("id", "ordinal", "type", "record", "version", "new", "event", "caller",
                  "request_id", "epoch", "audience", "hashes", "audience_before",
                  "views")
HEADS = """
  SELECT h.record_type, h.record_id, h.version, h.hashes, h.audience, h.journal_id,
         j.states[1]::jsonb #>> '{address,communeCode}', j.states[1]::jsonb ->> 'state',
         j.states[1]::jsonb ->> 'keeperUnitId', j.states[1]::jsonb ->> 'unitIds',
         j.states[1]::jsonb ->> 'escalatedUnitIds'
  FROM head h JOIN journal j ON j.id = h.state_row WHERE h.version > 0 ORDER BY 1, 2"""
HEAD_FIELDS = ("type", "record", "version", "hashes", "audience", "journal_id", "commune", "state",
               "keeper", "units", "escalated")
COPIES = """
  SELECT topic, owner, record_type, record_id, version, epoch, sequence, value
  FROM feed_record WHERE value IS NOT NULL ORDER BY 1, 3, 4"""
COPY_FIELDS = ("topic", "owner", "type", "record", "version", "epoch", "sequence")


def collect(stack, folder):
    """Writes everything but history, faults, monitor and facts, which the scenario writes."""
    names = catalogue.Catalogue(stack)
    _write(folder / "journal.jsonl", (
        {"owner": owner} | dict(zip(JOURNAL_FIELDS, row))
        for owner in settings.OWNERS for row in postgres.query(stack, owner, JOURNAL)))
    _write(folder / "heads.jsonl", (
        {"owner": owner} | dict(zip(HEAD_FIELDS, row))
        for owner in settings.OWNERS for row in postgres.query(stack, owner, HEADS)))
    _write(folder / "copies.jsonl", _copies(stack))
    domain = [topic.name for topic in names.topics() if topic.name.endswith(".v1")
              and ".seals." not in topic.name]
    _write(folder / "domain.jsonl", _read(stack, domain))
    _write(folder / "feeds.jsonl", _read(stack, names.feeds()))


def verify(stack):
    """What tools/verify says of the stack, as a dict."""
    done = subprocess.run(
        [sys.executable, settings.ROOT / "tools" / "verify", "--run", stack.run, "--json"],
        capture_output=True, text=True, timeout=300, check=False)
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        return {"equal": False, "differences": [f"tools/verify: {done.stderr.strip()[-500:]}"]}


def lines(folder, name):
    """The lines of one file of a kept run."""
    with open(folder / name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def view_hash(key, version, value):
    """PROTOCOL, Digest: 32 hex digits."""
    data = b"\0".join((key.encode(), str(version).encode(), value))
    return hashlib.sha256(data).hexdigest()[:32]


def readers(stack):
    """{member: its database} of all copies."""
    names = catalogue.Catalogue(stack)
    found = {code: settings.replica_database(code) for code in names.units}
    return found | {f"service-{name}": name for name, service in names.services.items()
                    if service["feed"]}


def feed_ends(stack):
    """{feed: the offset behind its last message}."""
    with _consumer(stack) as consumer:
        return {topic: consumer.get_watermark_offsets(
            confluent_kafka.TopicPartition(topic, 0), timeout=SECONDS_MAX)[1]
            for topic in catalogue.Catalogue(stack).feeds()}


def _copies(stack):
    for member, database in readers(stack).items():
        for row in postgres.query(stack, database, COPIES):
            fields = dict(zip(COPY_FIELDS, row))
            key = f"{fields['type']}/{fields['record']}"
            yield {"member": member} | fields | {
                "hash": view_hash(key, fields["version"], row[-1].encode())}


def _consumer(stack):
    """A consumer as the super user, closed at the end of the block."""
    return contextlib.closing(confluent_kafka.Consumer(kafka.client_settings(stack, "admin") | {
        "group.id": "admin", "enable.auto.commit": False, "enable.partition.eof": True,
        "auto.offset.reset": "error", "fetch.wait.max.ms": 20}))


def _read(stack, topics):
    """All messages of some topics, each partition in its order."""
    with _consumer(stack) as consumer:
        known = consumer.list_topics(timeout=SECONDS_MAX).topics
        places = [confluent_kafka.TopicPartition(topic, number)
                  for topic in topics for number in known[topic].partitions]
        for place in places:
            place.offset, _ = consumer.get_watermark_offsets(place, timeout=SECONDS_MAX)
        consumer.assign(places)
        open_places = {(place.topic, place.partition) for place in places}
        deadline = time.monotonic() + SECONDS_MAX
        while open_places:
            if time.monotonic() > deadline:
                raise settings.StackError(f"{sorted(open_places)[0]}: not read to its end")
            for message in consumer.consume(1000, timeout=0.1):
                error = message.error()
                if error is None:
                    yield _message(message.topic(), message)
                elif error.code() == confluent_kafka.KafkaError._PARTITION_EOF:
                    open_places.discard((message.topic(), message.partition()))
                else:
                    raise settings.StackError(f"{message.topic()}: {error.str()}")


def _message(topic, message):
    headers = {name: value.decode() for name, value in message.headers() or ()}
    key, value = message.key().decode(), message.value()
    kept = {"topic": topic, "partition": message.partition(), "offset": message.offset(),
            "time": message.timestamp()[1], "key": key,
            "epoch": int(headers.get("ce_epoch", 0)),
            "sequence": int(headers.get("ce_sequence", 0)),
            "owner": headers.get("ce_source", "").rpartition("/")[2]}
    if key.startswith("barrier/"):
        return kept | {"barrier": json.loads(value)}
    version = int(headers.get("ce_recordversion", 0))
    # A domain topic's key is the record's id alone; the hash is that of the feed key.
    name = headers["ce_subject"] if "/" not in key else key
    return kept | {"version": version, "view": headers.get("ce_view"),
                   "hash": None if value is None else view_hash(name, version, value)}


def _write(path, items):
    with open(path, "w", encoding="utf-8") as file:
        for item in items:
            file.write(json.dumps(item, ensure_ascii=False, default=str) + "\n")
