"""A feed read from its messages alone, by PROTOCOL, with what struck on the way."""

MODULUS = 1 << 128


class Replay:
    """What a reader of a feed holds after all its messages.

    `rows`: {key: message}. `alarms`: barriers that did not match. `stale`: barriers at which a
    stale message was the last of its key. `sent`: (owner, sequence, key) of every message.
    """

    def __init__(self):
        self.rows, self.guards, self.seen, self.complete = {}, {}, {}, {}
        self.suspects, self.sent, self.owner_of = set(), set(), {}
        self.alarms, self.stale, self.disorder = [], [], []
        self.last_barrier = {}

    def apply(self, message):
        if "barrier" in message:
            self._barrier(message)
            return
        owner, key = message["owner"], message["key"]
        place = (message["epoch"], message["sequence"])
        name = (owner, message["sequence"], key)
        guard = self.guards.get(key, (0, 0))
        if name not in self.sent and place < guard:
            self.disorder.append(f"{key}: sequence {place[1]} for the first time after {guard[1]}")
        self.sent.add(name)
        self.owner_of[key] = owner
        self.seen[owner] = max(self.seen.get(owner, (0, 0)), place)
        if place < guard or place[0] < self.complete.get(owner, 0):
            self.suspects.add(key)
            return
        self.suspects.discard(key)
        self.guards[key] = place
        if message["hash"] is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = message

    def digests(self, owner):
        """{record type: (count, digest)} of an owner's live messages."""
        found = {}
        for key, message in self.rows.items():
            if message["owner"] == owner:
                kind = key.partition("/")[0]
                count, total = found.get(kind, (0, 0))
                found[kind] = count + 1, (total + int(message["hash"], 16)) % MODULUS
        return {kind: (count, f"{total:032x}") for kind, (count, total) in found.items()}

    def _barrier(self, message):
        barrier, owner = message["barrier"], message["barrier"]["owner"]
        place = (int(barrier["epoch"]), int(barrier["sequence"]))
        complete = int(barrier["complete"])
        if complete > self.complete.get(owner, 0):
            self.complete[owner] = complete
            self.rows = {key: row for key, row in self.rows.items()
                         if row["owner"] != owner or row["epoch"] >= complete}
        if place < self.seen.get(owner, (0, 0)):
            return
        self.last_barrier[owner] = place
        where = f"{message['topic']} at {message['offset']}"
        told = {kind: (int(part["count"]), part["digest"])
                for kind, part in barrier["types"].items() if int(part["count"])}
        if told != self.digests(owner):
            self.alarms.append(f"{where}: the barrier of {owner} at {place} does not match")
        stale = [key for key in self.suspects if self.owner_of[key] == owner]
        if stale:
            self.stale.append(f"{where}: a stale message is the last of {stale[0]}")
