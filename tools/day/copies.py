"""Looking into the units' copies and feeds, and waiting for what should come to be there."""

import contextlib
import json
import time

import confluent_kafka

from stack import catalogue, kafka, postgres, settings

from . import protos, waiting
from .client import CallError

ARRIVAL_SECONDS_MAX = 60
FEED_SECONDS_MAX = 60
EQUAL_SECONDS_MAX = 300
STILL_SECONDS = 1.5
SERVICE_COPY = "SELECT topic, owner, matched_sequence, equal FROM feed_owner"
PURPOSE = "demonstration"
PAGE = 500


def records(day, unit, record_type, limit):
    """Up to `limit` records of a unit's copy, as dicts of their JSON, in the order of their ids."""
    replica = protos.module("replica", "replica")
    found, token = [], ""
    while len(found) < limit:
        page = day.client.replica(unit, "ListRecords", replica.ListRecordsRequest(
            record_type=record_type, purpose=PURPOSE, page_size=PAGE, page_token=token))
        found += [json.loads(record.json) for record in page.records]
        token = page.next_page_token
        if not token:
            break
    return found[:limit]


def record(day, unit, record_type, record_id, min_version=0):
    """One record of a unit's copy, None when it is not there."""
    replica = protos.module("replica", "replica")
    try:
        return day.client.replica(unit, "GetRecord", replica.GetRecordRequest(
            record_type=record_type, record_id=record_id, min_version=min_version,
            purpose=PURPOSE))
    except CallError as error:
        if error.code == "NOT_FOUND":
            return None
        raise


def arrives(day, units, record_type, record_id, version):
    """Waits until units' copies have a version; milliseconds until the last had it."""
    begin = time.monotonic()
    for unit in units:
        waiting.until(f"version {version} of {record_type}/{record_id} in the copy of {unit}",
                      ARRIVAL_SECONDS_MAX,
                      lambda unit=unit: record(day, unit, record_type, record_id, version), 0.01)
    return round((time.monotonic() - begin) * 1000)


def leaves(day, units, record_type, record_id):
    """Waits until units' copies have lost a record; milliseconds until the last had lost it."""
    begin = time.monotonic()
    for unit in units:
        waiting.until(f"{record_type}/{record_id} gone from the copy of {unit}",
                      ARRIVAL_SECONDS_MAX,
                      lambda unit=unit: record(day, unit, record_type, record_id) is None, 0.01)
    return round((time.monotonic() - begin) * 1000)


def feed(stack, unit):
    """{key: (value or None, view)} of the newest messages of a unit's feed, barriers left out."""
    principal = f"unit-{unit}"
    consumer = confluent_kafka.Consumer(kafka.client_settings(stack, principal) | {
        "group.id": principal, "enable.auto.commit": False, "enable.partition.eof": True,
        "auto.offset.reset": "error"})
    newest = {}
    try:
        partition = confluent_kafka.TopicPartition(catalogue.feed(unit), 0)
        partition.offset, _ = consumer.get_watermark_offsets(partition, timeout=FEED_SECONDS_MAX)
        consumer.assign([partition])
        deadline = time.monotonic() + FEED_SECONDS_MAX
        while time.monotonic() < deadline:
            for message in consumer.consume(1000, timeout=0.1):
                error = message.error()
                if error and error.code() == confluent_kafka.KafkaError._PARTITION_EOF:
                    return newest
                if error:
                    raise confluent_kafka.KafkaException(error)
                key, headers = message.key().decode(), dict(message.headers() or ())
                if not key.startswith("barrier/"):
                    newest[key] = (message.value(), headers.get("ce_view", b"").decode())
    finally:
        consumer.close()
    raise waiting.TooLate(f"the feed of {unit} was not read to its end in {FEED_SECONDS_MAX} s")


def live(newest, record_type):
    """Keys of one record type in a feed() that are no tombstones."""
    return [key for key, (value, _) in newest.items()
            if value is not None and key.startswith(f"{record_type}/")]


@contextlib.contextmanager
def owners_sessions(stack):
    """{owner: a session with its database}, closed at the end of the block."""
    with contextlib.ExitStack() as cleanup:
        yield {owner: cleanup.enter_context(postgres.connect(stack, owner))
               for owner in settings.OWNERS}


def journal_ends(sessions):
    """{owner: id of the newest journal row}, asked in owners_sessions()."""
    return {owner: postgres.rows(session, "SELECT coalesce(max(id), 0) FROM journal")[0][0]
            for owner, session in sessions.items()}


def shortfall(unit, ends, verified_since=0):
    """Why a UnitConsistency does not yet show everything up to `ends` as equal, by barriers of
    after `verified_since` (seconds since the epoch); "" = it does."""
    if not unit.equal:
        return f"{unit.unit_id} differs"
    if unit.verified_at.ToMicroseconds() < verified_since * 1_000_000:
        return f"{unit.unit_id}: verified at {unit.verified_at.ToJsonString()}, not since"
    behind = [f"{unit.unit_id}: {state.topic} of {state.owner} verified to {state.sequence}, "
              f"not {ends[state.owner]}"
              for state in unit.owners if state.sequence < ends[state.owner]]
    owners = {state.owner for state in unit.owners}
    missing = [f"{unit.unit_id}: nothing of {owner} yet" for owner in ends if owner not in owners]
    return next(iter(behind + missing), "")


def service_shortfalls(stack, sessions, ends):
    """The same of the services' own copies, from their databases."""
    found = []
    for name, service in catalogue.Catalogue(stack).services.items():
        if not service["feed"]:
            continue
        rows = postgres.rows(sessions[name], SERVICE_COPY)
        place = {(topic, owner): sequence for topic, owner, sequence, equal in rows if equal}
        for topic in (catalogue.feed(f"service-{name}"), catalogue.FEED_ALL):
            for owner, end in ends.items():
                if place.get((topic, owner), -1) < end:
                    found.append(f"service-{name}: {topic} of {owner} not verified to {end}")
    return found


def wait_equal(day, limit_seconds=EQUAL_SECONDS_MAX, verified_since=0, is_fixed=False):
    """Waits until every copy is verified equal up to the owners' newest rows, and stays so.

    `verified_since`: see shortfall(). `is_fixed`: up to those rows that are the newest at the
    begin; owners go on writing by themselves (deadlines of reports). It must hold for a while: a
    change of the agreements is followed by a sweep over the records.
    Returns {unit: UnitConsistency}. TooLate names what was missing last.
    """
    since = {}      # the owners' newest rows -> when they were first seen to be everywhere

    def condition():
        ends = fixed or journal_ends(sessions)
        units = day.client.consistency()
        lacking = [text for text in (shortfall(unit, ends, verified_since)
                                     for unit in units.values()) if text]
        lacking += [f"no answer about {code}" for code in day.province.with_system
                    if code not in units]
        lacking += service_shortfalls(day.stack, sessions, ends)
        if lacking:
            since.clear()
            return False, f"{len(lacking)} copies not equal, {lacking[0]}"
        first = since.setdefault(tuple(ends.values()), time.monotonic())
        if time.monotonic() - first < STILL_SECONDS:
            return False, "everything, but not for long enough"
        return units

    with owners_sessions(day.stack) as sessions:
        fixed = journal_ends(sessions) if is_fixed else None
        return waiting.until("every copy equals its owners", limit_seconds, condition, 0.25)


def count(day, unit, record_type):
    """How many records of a type a unit's copy holds from its own feed, as it says itself."""
    replica = protos.module("replica", "replica")
    answer = day.client.replica(unit, "GetConsistency", replica.GetConsistencyRequest(unit_id=unit))
    return sum(kind.count for state in answer.units[0].owners
               if state.topic == catalogue.feed(unit)
               for kind in state.types if kind.record_type == record_type)
