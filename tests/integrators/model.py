"""An owner, its relay and a compacted feed, as PROTOCOL has them, at random: crashes and resends, a
paused old relay that wakes up, compaction, a restore from an older backup. One tick is a minute."""

import hashlib
import json
import random
import types

TICK_SECONDS = 60
LAG, RETENTION = 60, 400    # min.compaction.lag and delete.retention, in ticks
KEYS = 12
OWNER, TOPIC = "registry", "lienthong.feed.H09.01"
MODULUS = 1 << 128
UNKNOWN = "citizen/nobody"


def number(key, version, value):
    text = f"{key}\0{version}\0".encode() + value
    return int.from_bytes(hashlib.sha256(text).digest()[:16], "big")


def digest(rows):
    """(count, digest) of {key: (version, value)}."""
    total = sum(number(key, *row) for key, row in rows.items()) % MODULUS
    return len(rows), f"{total:032x}"


class Message:
    """As confluent_kafka gives it."""

    def __init__(self, key, headers, value):
        self._key, self._headers, self._value = key.encode(), headers, value
        self.at = self.number = 0
        self.explodes = False

    def key(self):
        return self._key

    def value(self):
        return self._value

    def headers(self):
        if self.explodes:
            raise Killed
        return [(name, text.encode()) for name, text in self._headers.items()]

    def offset(self):
        return self.number

    def timestamp(self):
        return 2, self.at * TICK_SECONDS * 1000

    def topic(self):
        return TOPIC


class Killed(Exception):
    """The reader dies here."""


class Owner:
    """The journal, its relay and the log. `head`: {key: (version, value, visible, sequence)}."""

    def __init__(self, seed, crashes, old_relay, restores):
        self.chance = random.Random(seed)
        self.crashes, self.sleeps, self.restores = crashes, old_relay, restores
        self.tick, self.epoch, self.position, self.offset = 0, 1, 0, 0
        self.journal, self.head, self.log, self.asked = [], {}, [], set()
        self.published, self.asleep = {}, None

    def visible(self):
        """{key: (version, value)}: what the unit must hold in the end."""
        return {key: (version, value) for key, (version, value, seen, _) in self.head.items()
                if seen}

    def step(self):
        self.tick += 1
        if self.chance.random() < 0.7:
            self.write()
        self.relay()
        if self.sleeps:
            self.wake()
        if self.restores and self.chance.random() < 0.01:
            self.restore()
        if self.chance.random() < 0.1:
            self.compact()

    def write(self):
        key = f"citizen/{self.chance.randrange(KEYS)}"
        version, value, seen, _ = self.head.get(key, (0, None, False, 0))
        if version and self.chance.random() < 0.3:
            seen = not seen     # the audience alone: same version, same bytes
        else:
            version += 1
            value = json.dumps({"id": key, "n": self.chance.randrange(1 << 30)}).encode()
            seen = self.chance.random() < 0.75
        self.journal.append((key, version, value, seen))
        self.head[key] = (version, value, seen, len(self.journal))

    def send(self, key, version, value, epoch, sequence):
        headers = {"ce_source": f"/lienthong/{OWNER}", "ce_epoch": str(epoch),
                   "ce_sequence": str(sequence)}
        if value is not None:
            headers |= {"ce_recordversion": str(version), "ce_view": "full"}
        self.append(Message(key, headers, value))

    def append(self, message):
        message.at, message.number = self.tick, self.offset
        self.offset += 1
        self.log.append(message)

    def publish(self, first, rows):
        for index, (key, version, value, seen) in enumerate(rows, first + 1):
            self.send(key, version, value if seen else None, self.epoch, index)

    def relay(self):
        first = self.position
        rows = self.journal[first:first + self.chance.randrange(1, 6)]
        if self.crashes and self.chance.random() < 0.1:
            self.publish(first, rows[:self.chance.randrange(6)])    # and all of it again
            return
        self.publish(first, rows)
        for key, version, value, seen in rows:
            self.published.pop(key, None)
            if seen:
                self.published[key] = (version, value)
        self.position += len(rows)
        self.republish()
        if self.chance.random() < 0.5:
            self.barrier()

    def republish(self):
        for key in sorted(self.asked):
            head = self.head.get(key)
            if head is None or head[3] <= self.position and not head[2]:
                self.send(key, 0, None, self.epoch, self.position)
            elif head[3] <= self.position:
                self.send(key, head[0], head[1], self.epoch, head[3])
        self.asked.clear()

    def barrier(self):
        count, total = digest(self.published)
        value = {"owner": OWNER, "epoch": str(self.epoch), "complete": str(self.epoch),
                 "sequence": str(self.position), "time": "2026-01-01T00:00:00Z",
                 "types": {"citizen": {"count": str(count), "digest": total}}}
        self.append(Message(f"barrier/{OWNER}", {}, json.dumps(value).encode()))

    def wake(self):
        """An old relay pauses with a batch at hand, and sends it when it wakes up."""
        if self.asleep is None and self.chance.random() < 0.02:
            first = max(0, self.position - 4)
            self.asleep = (self.tick + self.chance.randrange(5, 200), self.epoch, first,
                           self.journal[first:self.position + 4])
        if self.asleep and self.tick > self.asleep[0]:
            _, epoch, first, rows = self.asleep
            for index, (key, version, value, seen) in enumerate(rows, first + 1):
                self.send(key, version, value if seen else None, epoch, index)
            self.asleep = None

    def restore(self):
        """From a backup that is older than what was published; then everything again."""
        self.position = self.chance.randrange(max(0, self.position - 60), self.position + 1)
        del self.journal[self.position:]
        self.head, self.published = {}, {}
        for index, (key, version, value, seen) in enumerate(self.journal, 1):
            self.head[key] = (version, value, seen, index)
        self.epoch += 1
        for key, (version, value, seen, index) in self.head.items():
            if seen:
                self.send(key, version, value, self.epoch, index)
                self.published[key] = (version, value)
        self.barrier()

    def compact(self):
        limit = self.tick - LAG
        last = {message.key(): message.number for message in self.log if message.at <= limit}
        self.log = [message for message in self.log if message.at > limit or (
            last[message.key()] == message.number
            and (message.value() is not None or message.at >= self.tick - RETENTION))]

    def call(self, name, feed, record_type="", bucket=0, keys=()):
        """The owner's JournalService, from the heads as they are now."""
        assert feed == "FEED_OWN" and record_type in ("", "citizen")
        if name == "Republish":
            self.asked.update(keys)
            return types.SimpleNamespace(never_published=[])
        rows = self.visible()
        buckets = [{key: row for key, row in rows.items()
                    if hashlib.sha256(key.encode()).digest()[0] == index} for index in range(256)]
        if name == "ListBucketDigests":
            return types.SimpleNamespace(buckets=[
                types.SimpleNamespace(count=count, digest=total)
                for count, total in map(digest, buckets)])
        return types.SimpleNamespace(entries=[
            types.SimpleNamespace(record_id=key.partition("/")[2], version=row[0],
                                  hash=f"{number(key, *row):032x}")
            for key, row in buckets[bucket].items()])
