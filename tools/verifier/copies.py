"""What a member's own database holds: digests of the bytes in `feed_record`."""

from . import digest, owners
from .place import FEED_ALL

LIVE = """
  SELECT topic, owner, record_type, record_id, version, value, hash
  FROM feed_record WHERE value IS NOT NULL"""
KEPT = "SELECT topic, owner, record_type, count, digest FROM feed_digest"
OPEN = """
  SELECT (SELECT count(*) FROM feed_parked),
         (SELECT count(*) FROM feed_record WHERE suspect)"""


def read(place, member, topic=None):
    """(Sums by (topic, owner, record type), texts of what is wrong, number of rows, {}).

    With a `topic`, the last is {key: (version, hash)} of the copy's rows of that topic.
    """
    sums, wrong, number, detail = digest.Sums(), [], 0, {}
    with owners.session(place.conninfo(place.copy_database(member))) as connection:
        with connection.cursor("live") as cursor:
            cursor.itersize = 5000
            cursor.execute(LIVE)
            for name, owner, kind, record, version, value, stored in cursor:
                key = f"{kind}/{record}".encode()
                computed = digest.view_hash(key, str(version).encode(), value.encode())
                number += 1
                sums.add((name, owner, kind), computed)
                if stored is None or bytes(stored) != computed.to_bytes(16):
                    wrong.append(f"{member}: {key.decode()}: the stored hash is not of its bytes")
                if name == topic:
                    detail[key.decode()] = (version, computed)
        kept = {row[:3]: row[3:] for row in owners.rows(connection, KEPT)}
        parked, suspects = owners.rows(connection, OPEN)[0]
    wrong += [f"{member}: {'/'.join(name)}: its own digest is not that of its rows"
              for name in sorted(set(kept) | set(sums.sets))
              if tuple(kept.get(name, (0, "0" * 32))) != sums.get(name)]
    strange = {name[0] for name in sums.sets} - {place.feed(member), FEED_ALL}
    wrong += [f"{member}: rows of {name}, which is not its topic" for name in sorted(strange)]
    if parked or suspects:
        wrong.append(f"{member}: {parked} messages parked, {suspects} keys suspect")
    return sums, wrong[:20], number, detail
