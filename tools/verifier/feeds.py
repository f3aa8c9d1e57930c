"""What a feed says, read from its beginning under the member's certificate (PROTOCOL, Reading a
feed well): guards, `complete`, tombstones, barriers."""

import json
import time

from . import digest, topic

BARRIER = b"barrier/"


class Feed:
    """One feed: its live messages and, per owner, the last barrier.

    `rows`: {key: (owner, type, (epoch, sequence), version, hash)}. `barriers`: {owner: dict}.
    `alarms`: barriers on the way that did not match; a paused old relay or a restore explains some,
    only the last ones must match.
    """

    def __init__(self, compaction_lag_seconds):
        self.rows, self.guards, self.suspects = {}, {}, set()
        self.seen, self.complete, self.barriers = {}, {}, {}
        self.sums = digest.Sums()
        self.messages = self.checked = self.alarms = 0
        self._young_after_ms = (time.time() - compaction_lag_seconds) * 1000

    def apply(self, message):
        self.messages += 1
        key = message.key()
        if key.startswith(BARRIER):
            self._barrier(json.loads(message.value()), message.timestamp()[1])
            return
        headers = dict(message.headers())
        owner = headers["ce_source"].rpartition(b"/")[2].decode()
        place = (int(headers["ce_epoch"]), int(headers["ce_sequence"]))
        self.seen[owner] = max(self.seen.get(owner, (0, 0)), place)
        if place < self.guards.get(key, (0, 0)) or place[0] < self.complete.get(owner, 0):
            self.suspects.add(key)
            return
        self.suspects.discard(key)
        self.guards[key] = place
        self._remove(key)
        value = message.value()
        if value is not None:
            version = headers["ce_recordversion"]
            kind = key.partition(b"/")[0].decode()
            number = digest.view_hash(key, version, value)
            self.rows[key] = (owner, kind, place, int(version), number)
            self.sums.add((owner, kind), number)

    def _remove(self, key):
        row = self.rows.pop(key, None)
        if row:
            self.sums.remove((row[0], row[1]), row[4])

    def _barrier(self, barrier, timestamp_ms):
        owner, complete = barrier["owner"], int(barrier["complete"])
        place = (int(barrier["epoch"]), int(barrier["sequence"]))
        if complete > self.complete.get(owner, 0):
            self.complete[owner] = complete
            for key in [key for key, row in self.rows.items()
                        if row[0] == owner and row[2][0] < complete]:
                self._remove(key)
        if place < self.seen.get(owner, (0, 0)):
            return
        barrier["place"] = place
        barrier["matched"] = not self.mismatch(owner, barrier)
        self.barriers[owner] = barrier
        if timestamp_ms >= self._young_after_ms:
            self.checked += 1
            self.alarms += not barrier["matched"]

    def mismatch(self, owner, barrier):
        """Record types of an owner in which a barrier and the live messages differ."""
        kinds = set(barrier["types"]) | {kind for name, kind in self.sums.sets if name == owner}
        return [kind for kind in sorted(kinds)
                if stated(barrier, kind) != self.sums.get((owner, kind))]


def stated(barrier, kind):
    """(count, digest) of a record type in a barrier; a type it leaves out is empty."""
    part = barrier["types"].get(kind, {"count": "0", "digest": "0" * 32})
    return int(part["count"]), part["digest"]


def read(place, member):
    """The Feed of a member; of EVERYONE's under the first unit's certificate."""
    feed = Feed(place.compaction_lag_seconds)
    reader = place.units[0] if member == "*" else member
    for _, message in topic.read(place.consumer(place.principal(reader)), place.feed(member)):
        feed.apply(message)
    return feed
