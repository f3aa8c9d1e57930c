"""Recomputes the seals of an owner's journal, by services/platform/journal/README.md alone."""

import hashlib
import json

from . import owners, topic

COLUMNS = ("id", "ordinal", "record_type", "record_id", "version", "event", "event_id",
           "recorded_at", "effective_at", "system", "unit", "official", "caller", "request_id",
           "traceparent", "epoch", "state_row", "views", "state_digests", "hashes", "audience",
           "hashes_before", "audience_before")
TEXTS = ", ".join(f"{name}::text" for name in COLUMNS)
ROWS = f"SELECT id, {TEXTS}, salt, states, state_digests FROM journal ORDER BY journal.id"
SEALS = "SELECT from_id, to_id, rows, epoch, hash, previous FROM seal ORDER BY from_id"
FIRST = "0" * 64
NULL = b"\xff" * 8


def read(place, owner):
    """(texts of what is wrong, number of seals, number of rows that they cover)."""
    with owners.session(place.conninfo(owner)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET bytea_output = 'hex'")
        seals = owners.rows(connection, SEALS)
        wrong = _chain(owner, seals)
        covered = 0
        with connection.cursor("journal") as cursor:
            cursor.itersize = 2000
            cursor.execute(ROWS)
            rows = iter(cursor)
            row = next(rows, None)
            for first, last, number, _, hash_told, previous in seals:
                if row and row[0] < first:
                    wrong.append(f"{owner}: journal row {row[0]} lies before the seal of {first}")
                    while row and row[0] < first:
                        row = next(rows, None)
                total, found = hashlib.sha256(bytes.fromhex(previous)), 0
                while row and row[0] <= last:
                    total.update(row_hash(row[1:1 + len(COLUMNS)]))
                    wrong += _states(owner, row)
                    found += 1
                    row = next(rows, None)
                covered += found
                if found != number:
                    wrong.append(f"{owner}: seal {first}..{last}: {found} rows, not {number}")
                elif total.hexdigest() != hash_told:
                    wrong.append(f"{owner}: seal {first}..{last}: a row was altered")
            if row:
                wrong.append(f"{owner}: the journal is sealed only up to the row before {row[0]}")
    wrong += _published(place, owner, seals)
    return wrong[:20], len(seals), covered


def row_hash(texts):
    """SHA-256 over the columns: 8 bytes of length and the text; 2^64-1 and nothing for NULL."""
    parts = []
    for text in texts:
        if text is None:
            parts.append(NULL)
        else:
            data = text.encode()
            parts += [len(data).to_bytes(8, "big"), data]
    return hashlib.sha256(b"".join(parts)).digest()


def _states(owner, row):
    """A state that is still there gives the digest that the seal covers."""
    salt, states, digests = row[1 + len(COLUMNS):]
    if states is None:
        return []
    same = [hashlib.sha256(bytes(salt) + state.encode()).digest() for state in states]
    if same == [bytes(stored) for stored in digests]:
        return []
    return [f"{owner}: journal row {row[0]}: a state was altered"]


def _chain(owner, seals):
    """Stretches follow each other, and each names the hash before it."""
    wrong, next_id, before = [], None, FIRST
    for first, last, _, _, hash_told, previous in seals:
        if previous != before or (next_id is not None and first != next_id) or last < first:
            wrong.append(f"{owner}: seal {first}..{last} does not follow the one before")
        next_id, before = last + 1, hash_told
    return wrong


def _published(place, owner, seals):
    """Every seal on the topic is one of the table's; the table is not behind the topic."""
    name, newest = f"lienthong.{owner}.seals.v1", {}
    for _, message in topic.read(place.consumer(place.principal(place.units[0])), name):
        seal = json.loads(message.value())
        first, place_in_time = int(seal["from"]), int(seal["epoch"])
        known = newest.get(first)
        if known and known[0] == place_in_time and known[1] != seal["hash"]:
            return [f"{name}: two different seals from row {first}"]
        if not known or known[0] <= place_in_time:
            newest[first] = (place_in_time, seal["hash"], int(seal["to"]))
    table = {seal[0]: (seal[4], seal[1]) for seal in seals}
    top = max((epoch for epoch, _, _ in newest.values()), default=0)
    return [f"{name}: the seal from row {first} is not in the database: a cut or altered journal"
            for first, (epoch, hash_told, last) in sorted(newest.items())
            if table.get(first) != (hash_told, last) and epoch == top]
