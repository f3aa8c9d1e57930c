#!/usr/bin/python3
"""Keeps a copy of a unit's feed and of lienthong.feed.all in SQLite, and proves it equal.

    feed_reader.py         settings come from the environment, see ../README.md

Offset, guards and rows change in one transaction. At a barrier the digest of every record type is
computed anew from the stored bytes, so that an edited, added or deleted row shows too, and a line
says `equal` or `different`. What differs, is suspect or could not be read is asked for again.
The rules are those of proto/PROTOCOL.md, "Reading a feed well". SIGTERM ends it, with code 0;
1 = Kafka or the database refuses; 2 = a setting is missing.
"""

import json
import os
import pathlib
import signal
import sqlite3
import sys
import time

import confluent_kafka
import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

import protocol
from protocol import NONE, Unreadable

FEED_ALL = "lienthong.feed.all"
COMPACTION_LAG_SECONDS = 3600       # min.compaction.lag.ms: older barriers are not compared
AWAY_SECONDS_MAX = 7 * 86400        # delete.retention.ms: after that tombstones are gone
REPUBLISH_KEYS_MAX = 1000           # in one call
REPAIR_KEYS_MAX = 10_000            # in one repair
REPAIR_PAUSE_SECONDS, REPAIR_PAUSE_SECONDS_MAX = 10, 300
CALL_SECONDS = 30
POLL_SECONDS = 0.5

SCHEMA = """
CREATE TABLE IF NOT EXISTS position (
  topic TEXT PRIMARY KEY, next INTEGER NOT NULL, applied_at REAL NOT NULL);
-- (epoch, sequence) is the guard of the key; it stays when the record is gone (value NULL).
CREATE TABLE IF NOT EXISTS record (
  topic TEXT, key TEXT, owner TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
  version INTEGER NOT NULL, value BLOB, suspect INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (topic, key));
CREATE INDEX IF NOT EXISTS record_owner ON record (topic, owner);
-- (epoch, sequence) is the highest seen of the owner.
CREATE TABLE IF NOT EXISTS owner (
  topic TEXT, owner TEXT, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
  complete INTEGER NOT NULL, PRIMARY KEY (topic, owner));
CREATE TABLE IF NOT EXISTS parked (
  topic TEXT, key BLOB, owner TEXT NOT NULL, message_offset INTEGER NOT NULL,
  reason TEXT NOT NULL, headers TEXT NOT NULL, value BLOB, PRIMARY KEY (topic, key));
-- What your own programs read: the unit's own feed wins over feed.all.
CREATE VIEW IF NOT EXISTS live AS
  SELECT key, version, CAST(value AS TEXT) AS value FROM record r
  WHERE value IS NOT NULL AND (topic <> 'lienthong.feed.all' OR NOT EXISTS (
    SELECT 1 FROM record o WHERE o.key = r.key AND o.topic <> r.topic AND o.value IS NOT NULL));
"""


class Copy:
    """The database: what `apply` does with a batch is one transaction."""

    def __init__(self, path):
        self.expected = {}      # topic -> the stored offset, as this process knows it
        self.db = sqlite3.connect(path, timeout=30, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.executescript(SCHEMA)

    def transact(self, work):
        self.db.execute("BEGIN IMMEDIATE")
        try:
            result = work()
            self.db.execute("COMMIT")
            return result
        except BaseException:
            self.db.execute("ROLLBACK")
            raise

    def next(self, topic):
        """The offset to go on at, None = from the beginning; an outdated copy is emptied."""
        row = self.db.execute("SELECT next, applied_at FROM position WHERE topic = ?",
                              (topic,)).fetchone()
        if row and time.time() - row[1] > AWAY_SECONDS_MAX:
            self.start_over(topic, "away for longer than tombstones are kept")
            row = None
        self.expected[topic] = row[0] if row else None
        return self.expected[topic]

    def start_over(self, topic, reason):
        say("starting over", topic, reason)

        def empty():
            for table in ("position", "record", "owner", "parked"):
                self.db.execute(f"DELETE FROM {table} WHERE topic = ?", (topic,))
        self.transact(empty)

    def move(self, topic, following):
        """Compare-and-swap of the offset: nobody else may have gone on or started over."""
        if self.expected[topic] is None:
            moved = self.db.execute("INSERT OR IGNORE INTO position VALUES (?, ?, ?)",
                                    (topic, following, time.time()))
        else:
            moved = self.db.execute(
                "UPDATE position SET next = ?, applied_at = ? WHERE topic = ? AND next = ?",
                (following, time.time(), topic, self.expected[topic]))
        if moved.rowcount != 1:
            raise RuntimeError(f"another reader moved the offset of {topic}")

    def owner(self, topic, owner):
        """((epoch, sequence) seen, complete)."""
        row = self.db.execute("SELECT epoch, sequence, complete FROM owner"
                              " WHERE topic = ? AND owner = ?", (topic, owner)).fetchone()
        return ((row[0], row[1]), row[2]) if row else ((0, 0), 0)

    def note_owner(self, topic, owner, seen, complete):
        self.db.execute("INSERT OR REPLACE INTO owner VALUES (?, ?, ?, ?, ?)",
                        (topic, owner, *seen, complete))

    def apply_record(self, topic, key, headers, value):
        owner, place, version = protocol.parse_record(key, headers, value)
        row = self.db.execute("SELECT owner, epoch, sequence FROM record"
                              " WHERE topic = ? AND key = ?", (topic, key)).fetchone()
        if row and row[0] != owner:
            raise Unreadable("the record belongs to another owner")
        seen, complete = self.owner(topic, owner)
        self.note_owner(topic, owner, max(seen, place), complete)
        if (row and place < row[1:]) or place[0] < complete:
            # The compacted log may keep this stale message as its last: it is asked for again.
            self.db.execute(
                "INSERT INTO record VALUES (?, ?, ?, 0, 0, 0, NULL, 1)"
                " ON CONFLICT (topic, key) DO UPDATE SET suspect = 1", (topic, key, owner))
            return
        self.db.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                        (topic, key, owner, *place, version, value))
        self.db.execute("DELETE FROM parked WHERE topic = ? AND key = ?", (topic, key.encode()))

    def apply_barrier(self, topic, barrier, young, compared):
        """The Comparison; None when the barrier is passed over."""
        owner = barrier["owner"]
        self.db.execute("DELETE FROM parked WHERE topic = ? AND key = ?",
                        (topic, f"barrier/{owner}".encode()))
        seen, complete = self.owner(topic, owner)
        if barrier["complete"] > complete:      # after a restore: everything came again
            complete = barrier["complete"]
            self.db.execute("UPDATE record SET value = NULL WHERE topic = ? AND owner = ?"
                            " AND epoch < ?", (topic, owner, complete))
            self.note_owner(topic, owner, seen, complete)
        if not compared or not young or barrier["place"] < seen:
            return None
        return Comparison(topic, barrier, self.sums(topic, owner),
                          self.count("parked", topic, owner), self.count("suspect", topic, owner))

    def sums(self, topic, owner):
        """{type: (count, digest)} of the live rows, from their bytes."""
        numbers = {}
        for key, version, value in self.live(topic, owner):
            numbers.setdefault(key.partition("/")[0], []).append(
                protocol.view_hash(key.encode(), version, value))
        return {name: protocol.digest(of_type) for name, of_type in numbers.items()}

    def live(self, topic, owner, kind=""):
        """(key, version, bytes) of live rows; CAST: whoever edits by hand may leave text."""
        return self.db.execute(
            "SELECT key, version, CAST(value AS BLOB) FROM record WHERE topic = ? AND owner = ?"
            " AND value IS NOT NULL AND key LIKE ? || '%'", (topic, owner, kind))

    def count(self, what, topic, owner):
        statement = {"parked": "SELECT count(*) FROM parked WHERE topic = ? AND owner IN (?, '')",
                     "suspect": "SELECT count(*) FROM record WHERE topic = ? AND owner = ?"
                                " AND suspect"}[what]
        return self.db.execute(statement, (topic, owner)).fetchone()[0]

    def park(self, topic, message, owner, reason):
        """Keeps what cannot be applied. Without an owner it counts as different for all of them."""
        headers = [(name, (text or b"").decode("utf-8", "replace"))
                   for name, text in message.headers() or ()]
        self.db.execute("INSERT OR REPLACE INTO parked VALUES (?, ?, ?, ?, ?, ?, ?)",
                        (topic, message.key() or b"", owner, message.offset(), reason,
                         json.dumps(headers), message.value()))
        say("parked", topic, f"offset {message.offset()}", reason)

    def apply(self, topic, messages):
        """One batch of a topic in one transaction; the comparisons of its barriers."""
        # Of an owner's barriers only the last of a batch is compared: far behind there are many.
        last = {message.key(): message.offset() for message in messages}
        compared, following = [], messages[-1].offset() + 1

        def work():
            self.move(topic, following)
            for message in messages:
                headers = {name: (text or b"").decode("utf-8", "replace")
                           for name, text in message.headers() or ()}
                owner = ""
                try:
                    key = protocol.parse_key(message.key())
                    owner = protocol.owner_of(headers)
                    if key.startswith("barrier/"):
                        young = (time.time() - message.timestamp()[1] / 1000
                                 < COMPACTION_LAG_SECONDS)
                        found = self.apply_barrier(
                            topic, protocol.parse_barrier(key, message.value()), young,
                            last[message.key()] == message.offset())
                        if found:
                            compared.append(found)
                    else:
                        self.apply_record(topic, key, headers, message.value())
                except Unreadable as error:
                    self.park(topic, message, owner, str(error))
        self.transact(work)
        self.expected[topic] = following
        return compared


class Comparison:
    """What a barrier says and what the copy holds."""

    def __init__(self, topic, barrier, ours, parked, suspects):
        self.topic, self.owner, self.place = topic, barrier["owner"], barrier["place"]
        self.ours, self.parked, self.suspects = ours, parked, suspects
        self.types = {name for name in {*ours, *barrier["types"]}
                      if ours.get(name, NONE) != barrier["types"].get(name, NONE)}
        self.equal = not self.types and not parked

    def __str__(self):
        sums = [f"{name}={count}:{text}" for name, (count, text) in sorted(self.ours.items())]
        why = [] if self.equal else [f"differing={','.join(sorted(self.types))}",
                                     f"parked={self.parked}"]
        return " ".join(["equal" if self.equal else "different", self.topic, self.owner,
                         "{}/{}".format(*self.place), *why, *sums])


class Owner:
    """Calls of one owner's JournalService, whose messages come from the descriptor set."""

    def __init__(self, address, settings):
        pool = descriptor_pool.DescriptorPool()
        files = descriptor_pb2.FileDescriptorSet.FromString(
            pathlib.Path(settings["LIENTHONG_PROTOSET"]).read_bytes())
        for file in files.file:
            pool.AddSerializedFile(file.SerializeToString())
        self.service = pool.FindServiceByName("lienthong.journal.v1.JournalService")
        self.make = getattr(message_factory, "GetMessageClass", None) or \
            message_factory.MessageFactory(pool).GetPrototype
        self.channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(*(
            pathlib.Path(settings[f"LIENTHONG_TLS_{name}"]).read_bytes()
            for name in ("CA", "KEY", "CERT"))))

    def call(self, name, **fields):
        method = self.service.methods_by_name[name]
        rpc = self.channel.unary_unary(
            f"/{self.service.full_name}/{name}",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=self.make(method.output_type).FromString)
        return rpc(self.make(method.input_type)(**fields), timeout=CALL_SECONDS)


class Repair:
    """Asks owners for what is wrong, with growing pauses. Never inside a transaction."""

    def __init__(self, copy, owners):
        self.copy, self.owners, self.pauses = copy, owners, {}

    def consider(self, found):
        place = (found.topic, found.owner)
        if found.equal and not found.suspects:
            self.pauses.pop(place, None)
            return
        due, pause = self.pauses.get(place, (0, REPAIR_PAUSE_SECONDS))
        if time.monotonic() < due or found.owner not in self.owners:
            return
        self.pauses[place] = (time.monotonic() + pause, min(2 * pause, REPAIR_PAUSE_SECONDS_MAX))
        try:
            asked = self.run(found, self.owners[found.owner],
                             "FEED_ALL" if found.topic == FEED_ALL else "FEED_OWN")
            say("asked", found.topic, found.owner, f"for {asked} records again")
        except grpc.RpcError as error:
            say("repair failed", found.topic, found.owner, error.code().name, error.details())

    def run(self, found, owner, feed):
        differing = [key for name in sorted(found.types)
                     for key in self.differing(found, owner, feed, name)][:REPAIR_KEYS_MAX]
        db = self.copy.db
        # A row that differs believes any answer.
        self.copy.transact(lambda: db.executemany(
            "UPDATE record SET epoch = 0, sequence = 0 WHERE topic = ? AND key = ?",
            [(found.topic, key) for key in differing]))
        wanted = [key for (key,) in db.execute(
            "SELECT key FROM record WHERE topic = ? AND owner = ? AND suspect LIMIT ?",
            (found.topic, found.owner, REPAIR_KEYS_MAX))]
        # Of what was parked, that which has the key of a record.
        wanted += [key for (key,) in db.execute(
            "SELECT CAST(key AS TEXT) FROM parked WHERE topic = ? AND owner = ?"
            " AND key NOT LIKE 'barrier/%' LIMIT ?",
            (found.topic, found.owner, REPAIR_KEYS_MAX))]
        keys = sorted({*differing, *wanted})
        for first in range(0, len(keys), REPUBLISH_KEYS_MAX):
            answer = owner.call("Republish", feed=feed,
                                keys=keys[first:first + REPUBLISH_KEYS_MAX])
            self.copy.transact(lambda: self.remove(found, answer.never_published))
        return len(keys)

    def differing(self, found, owner, feed, name):
        """Keys of a type whose version or hash the owner states otherwise."""
        sides = [{} for _ in range(256)]
        for key, version, value in self.copy.live(found.topic, found.owner, f"{name}/"):
            number = protocol.view_hash(key.encode(), version, value)
            sides[protocol.bucket(key)][key] = (version, f"{number:032x}")
        theirs = owner.call("ListBucketDigests", record_type=name, feed=feed).buckets
        keys = []
        for index, (ours, their) in enumerate(zip(sides, theirs)):
            numbers = [int(text, 16) for _, text in ours.values()]
            if protocol.digest(numbers) == (their.count, their.digest):
                continue
            entries = owner.call("ListBucket", record_type=name, feed=feed, bucket=index).entries
            listed = {f"{name}/{entry.record_id}": (entry.version, entry.hash)
                      for entry in entries}
            keys += [key for key in {*ours, *listed} if ours.get(key) != listed.get(key)]
        return keys

    def remove(self, found, keys):
        """Of feed.all: nothing of these keys was ever for everyone, so no message will come."""
        _, complete = self.copy.owner(found.topic, found.owner)
        for key in keys:
            self.copy.db.execute(
                "UPDATE record SET value = NULL, suspect = 0, epoch = ?, sequence = 0"
                " WHERE topic = ? AND key = ?", (complete, found.topic, key))
            self.copy.db.execute("DELETE FROM parked WHERE topic = ? AND key = ?",
                                 (found.topic, key.encode()))


def say(*words):
    print(*words, flush=True)


def consumer_of(settings):
    return confluent_kafka.Consumer({
        "bootstrap.servers": settings["LIENTHONG_KAFKA"], "security.protocol": "ssl",
        "ssl.ca.location": settings["LIENTHONG_TLS_CA"],
        "ssl.certificate.location": settings["LIENTHONG_TLS_CERT"],
        "ssl.key.location": settings["LIENTHONG_TLS_KEY"],
        "group.id": settings["LIENTHONG_SYSTEM"],       # the only group that it may use
        "enable.auto.commit": False, "auto.offset.reset": "error",
        "queued.max.messages.kbytes": 16384, "fetch.message.max.bytes": 1048576})


def assign(consumer, copy, topics):
    nexts = {topic: copy.next(topic) for topic in topics}
    consumer.assign([confluent_kafka.TopicPartition(
        topic, 0, confluent_kafka.OFFSET_BEGINNING if following is None else following)
        for topic, following in nexts.items()])


def read(settings, stopping):
    copy = Copy(settings["DATABASE"])
    repair = Repair(copy, {name: Owner(address, settings) for name, address in (
        pair.split("=", 1) for pair in settings["LIENTHONG_OWNERS"].split(","))})
    topics = (f"lienthong.feed.{settings['LIENTHONG_UNIT']}", FEED_ALL)
    consumer = consumer_of(settings)
    assign(consumer, copy, topics)
    while not stopping:
        messages = consumer.consume(int(settings["BATCH_MESSAGES"]), POLL_SECONDS)
        lost = [message for message in messages if message.error()]
        for message in lost:
            if message.error().code() != confluent_kafka.KafkaError._AUTO_OFFSET_RESET:
                raise confluent_kafka.KafkaException(message.error())
            copy.start_over(message.topic(), "the log does not go on where this copy ended")
        if lost:
            assign(consumer, copy, topics)
            continue
        batches = {topic: [message for message in messages if message.topic() == topic]
                   for topic in topics}
        for topic, batch in batches.items():
            for found in copy.apply(topic, batch) if batch else ():
                say(found)
                repair.consider(found)
    consumer.close()


def main():
    needed = ("LIENTHONG_KAFKA", "LIENTHONG_OWNERS", "LIENTHONG_UNIT", "LIENTHONG_SYSTEM",
              "LIENTHONG_TLS_CA", "LIENTHONG_TLS_CERT", "LIENTHONG_TLS_KEY",
              "LIENTHONG_PROTOSET", "DATABASE")
    missing = [name for name in needed if not os.environ.get(name)]
    if missing:
        print("not set:", ", ".join(missing), file=sys.stderr)
        return 2
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    try:
        read({"BATCH_MESSAGES": "500", **os.environ}, stopping)
    except (confluent_kafka.KafkaException, sqlite3.Error, RuntimeError) as error:
        print("ended:", error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
