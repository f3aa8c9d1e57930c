"""What each owner's `head` and `journal` say that each member must hold."""

import contextlib
import json

import psycopg2

from . import digest

HEADS = """
  SELECT h.record_type, h.record_id, h.version, h.bucket, h.hashes, h.audience,
         j.version, j.views, j.states
  FROM head h LEFT JOIN journal j ON j.id = h.state_row WHERE h.version > 0"""
# A head is what the newest row of its record says.
STALE_HEADS = """
  SELECT coalesce(h.record_type, n.record_type) || '/' || coalesce(h.record_id, n.record_id)
  FROM head h FULL JOIN (
    SELECT DISTINCT ON (record_type, record_id)
           record_type, record_id, id, version, audience, hashes
    FROM journal ORDER BY record_type, record_id, id DESC) n USING (record_type, record_id)
  WHERE (h.version IS NULL OR h.version > 0)
    AND (n.id, n.version, n.audience, n.hashes)
        IS DISTINCT FROM (h.journal_id, h.version, h.audience, h.hashes) LIMIT 20"""
END = """
  SELECT (SELECT coalesce(max(id), 0) FROM journal), epoch, complete, position FROM relay_state"""


@contextlib.contextmanager
def session(conninfo):
    """A read-only session with one snapshot."""
    connection = psycopg2.connect(conninfo, connect_timeout=10)
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        yield connection
    finally:
        connection.close()


def rows(connection, statement, values=None):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def end(place, owner):
    """{"journal", "epoch", "complete", "position"} of an owner."""
    with session(place.conninfo(owner)) as connection:
        values = rows(connection, END)[0]
    return dict(zip(("journal", "epoch", "complete", "position"), values))


def read(place, owner, member=None):
    """(Sums by (member, record type), texts of what is wrong, members named, {}).

    With a `member`, the last is {key: (version, hash)} of what that member must hold.
    """
    sums, wrong, named, detail = digest.Sums(), [], set(), {}
    audiences = {}
    with session(place.conninfo(owner)) as connection:
        wrong += [f"{owner}: the head of {key} is not its newest journal row"
                  for (key,) in rows(connection, STALE_HEADS)]
        with connection.cursor("heads") as cursor:
            cursor.itersize = 2000
            cursor.execute(HEADS)
            for kind, record, version, bucket, hashes, audience, stored, views, states in cursor:
                key = f"{kind}/{record}".encode()
                if audience not in audiences:
                    audiences[audience] = json.loads(audience)
                told = json.loads(hashes)
                computed = _hashes(key, version, views, states, told)
                if bucket != digest.bucket(key) or stored != version:
                    wrong.append(f"{owner}: head of {key.decode()}: bucket or row of its bytes")
                if {view: f"{number:032x}" for view, number in computed.items()} != told:
                    wrong.append(f"{owner}: head of {key.decode()}: hashes are not of its bytes")
                for name, view in audiences[audience].items():
                    named.add(name)
                    if view not in computed:
                        wrong.append(f"{owner}: {key.decode()}: {name} sees an unknown view {view}")
                        continue
                    sums.add((name, kind), computed[view])
                    if name == member:
                        detail[key.decode()] = (version, computed[view])
    return sums, wrong, named, detail


def _hashes(key, version, views, states, told):
    """{view: number} from the stored bytes; from what the head tells where they were erased."""
    if states is None:
        return {view: int(number, 16) for view, number in told.items()}
    number = str(version).encode()
    return {view: digest.view_hash(key, number, state.encode())
            for view, state in zip(views, states)}
