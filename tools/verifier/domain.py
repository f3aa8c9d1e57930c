"""Domain topics against the journal: every version once, in order, with the journal's bytes."""

import json

from . import digest, owners, topic

AUDITOR = "admin"   # the one principal that may read every domain topic
VERSIONS = """
  SELECT id, record_id, version, views, hashes FROM journal
  WHERE record_type = %s AND state_row IS NULL ORDER BY id"""
EPOCH = "SELECT epoch FROM relay_state"


def read(place, owner, kind, partitions):
    """(texts of what is wrong, number of messages) of the domain topic of an owner's records."""
    name = f"lienthong.{owner}.{kind}.v1"
    wrong, messages = [], 0
    highest, versions, published = {}, {}, digest.Sums()
    for partition, message in topic.read(place.consumer(AUDITOR), name, partitions):
        messages += 1
        headers = dict(message.headers())
        spot = (int(headers["ce_epoch"]), int(headers["ce_sequence"]))
        if spot <= highest.get(partition, (0, 0)):
            continue    # the last stretch, repeated after a crash
        highest[partition] = spot
        record, version = message.key().decode(), int(headers["ce_recordversion"])
        if version != versions.get(record, 0) + 1 and spot[0] == 1:
            wrong.append(f"{name}: {record}: version {version} after {versions.get(record, 0)}")
        versions[record] = version
        key = f"{kind}/{record}".encode()
        published.add("", digest.view_hash(key, headers["ce_recordversion"], message.value())
                      + spot[1])
    with owners.session(place.conninfo(owner)) as connection:
        if owners.rows(connection, EPOCH)[0][0] != 1:
            return wrong, messages  # after a restore the topic tells more than the journal
        stored = digest.Sums()
        last = {}
        for number, record, version, views, hashes in owners.rows(connection, VERSIONS, (kind,)):
            if version != last.get(record, 0) + 1:
                wrong.append(f"{owner}: journal row {number}: version {version} of {kind}/{record} "
                             f"after {last.get(record, 0)}")
            last[record] = version
            stored.add("", int(json.loads(hashes)[views[0]], 16) + number)
    if stored.get("") != published.get(""):
        wrong.append(f"{name}: {published.get('')[0]} messages without repeats, "
                     f"{stored.get('')[0]} versions in the journal"
                     + (", other bytes" if stored.get("")[0] == published.get("")[0] else ""))
    return wrong[:20], messages
