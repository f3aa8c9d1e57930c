"""The reference of EnterDelivery and AssignDelivery: pgbench with the service's own SQL.

The database is a copy of the document service's, in which the letters that wait are numbered:
pgbench knows no list of ids. What the service wrote for one letter stands for all.
"""

import pathlib
import time

from stack import postgres

from . import pgbench
from .pgbench import array

DATABASE = "bench_document"
SCRIPT = pathlib.Path(__file__).with_name("arrivals.sql")
FIND_REQUEST = ("platform/journal/change_set.cpp", "journal_find_request")
LOCK_HEADS = ("platform/journal/change_set.cpp", "journal_lock_heads")
SHARING = ("platform/access/sharing.cpp", "access_sharing_changes")
SELECT_DELIVERY = ("document/store_deliveries.cpp", "document_select_deliveries")
UPDATE_DELIVERY = ("document/store_deliveries.cpp", "document_update_delivery")
WRITE = ("platform/journal/rows.cpp", "journal_write")
# In the order in which the service runs them for a call of its own.
ENTER = (
    FIND_REQUEST,
    ("platform/journal/change_set.cpp", "journal_insert_heads"),
    LOCK_HEADS,
    SHARING,
    SELECT_DELIVERY,
    ("document/store_books.cpp", "document_select_books"),
    ("document/store_deadlines.cpp", "document_select_limits"),
    ("document/store_books.cpp", "document_insert_numbers"),
    ("document/store_books.cpp", "document_upsert_book"),
    ("document/store_deliveries.cpp", "document_insert_incoming"),
    UPDATE_DELIVERY,
    WRITE,
)
ASSIGN = (
    SHARING,          # these two before the transaction of the change
    SELECT_DELIVERY,
    FIND_REQUEST,
    LOCK_HEADS,
    SHARING,
    SELECT_DELIVERY,
    ("document/store_tasks.cpp", "document_select_tasks_of"),
    UPDATE_DELIVERY,
    ("document/store_tasks.cpp", "document_insert_tasks"),
    ("document/store_deliveries.cpp", "document_select_incoming"),
    ("document/store_deliveries.cpp", "document_update_incoming"),
    WRITE,
)

PREFIX = "019a0000-0000-7000-8000-"   # of the ids of letters; a number of twelve digits follows
FIRST = 100_000_000_000
# Letters that wait, in turn for each unit, the oldest first: as the service gets them.
NUMBER = """
  CREATE TABLE bench_number AS SELECT id, %(prefix)s || (%(first)s + %(units)s::bigint
      * (row_number() OVER (PARTITION BY receiver_unit_id ORDER BY id) - 1)
      + array_position(%(codes)s::text[], receiver_unit_id) - 1) AS new
    FROM delivery WHERE state = 'ARRIVED' ORDER BY 2;
  UPDATE delivery d SET id = n.new::uuid FROM bench_number n WHERE n.id = d.id;
  UPDATE head h SET record_id = n.new FROM bench_number n
    WHERE h.record_type = 'delivery' AND h.record_id = n.id::text;
  DROP TABLE bench_number"""
USED = """SELECT coalesce(max(right(id::text, 12)::bigint), 0) FROM delivery
  WHERE state <> 'ARRIVED' AND id::text LIKE %s"""
# What is the same in every call, as the service passed it for one letter; text in the names of the
# script's variables.
LETTER = """SELECT d.id::text, row_to_json(s) FROM delivery d JOIN incoming i USING (id)
    JOIN task t ON t.delivery_id = d.id CROSS JOIN LATERAL (SELECT
      d.sender_unit_id, d.arrival_date::text AS day, d.deadline::text AS a_deadline,
      d.due_kind::text, d.due_at::text, d.due_soon_at::text, d.due_mark::text, d.due_look_at::text,
      d.step_codes[:2]::text AS e_step_codes, d.step_codes::text AS a_step_codes,
      d.step_times[:2]::text AS e_step_times, d.step_times::text AS a_step_times,
      d.step_reasons[:2]::text AS e_step_reasons, d.step_reasons::text AS a_step_reasons,
      d.step_officials[:2]::text AS e_step_officials, d.step_officials::text AS a_step_officials,
      i.opinion, i.opinion_at::text, ARRAY[t.assignee_official_id]::text AS workers,
      ARRAY[t.instruction]::text AS instructions, ARRAY[t.deadline]::text AS deadlines,
      ARRAY[t.due_kind]::text AS task_due_kinds, ARRAY[t.due_soon_at]::text AS task_due_soon_ats) s
  WHERE d.state = 'ASSIGNED' ORDER BY d.id LIMIT 1"""
# Of one of its calls; the rows of the journal in their order.
CALL = """SELECT row_to_json(s) FROM (SELECT array_agg(record_type ORDER BY ordinal)::text AS types,
    array_agg(event ORDER BY ordinal)::text AS events,
    array_agg(views::text ORDER BY ordinal)::text AS views,
    array_agg(states::text ORDER BY ordinal)::text AS states,
    array_agg(salt ORDER BY ordinal)::text AS salts,
    array_agg(state_digests::text ORDER BY ordinal)::text AS digests,
    array_agg(j.hashes ORDER BY ordinal)::text AS hashes,
    array_agg(j.audience ORDER BY ordinal)::text AS audiences,
    array_agg(hashes_before ORDER BY ordinal)::text AS hashes_before,
    array_agg(audience_before ORDER BY ordinal)::text AS audiences_before,
    array_agg(sharing_mark ORDER BY ordinal)::text AS sharing_marks,
    ARRAY[min(system)]::text AS systems, ARRAY[min(unit)]::text AS units,
    ARRAY[min(official)]::text AS officials, ARRAY[caller]::text AS callers,
    min(official) AS official, caller, ARRAY[min(fingerprint::text)]::text AS fingerprints,
    ARRAY[min(effective_at)]::text AS effective_ats, ARRAY[min(traceparent)]::text AS traceparents,
    min(recorded_at)::text AS recorded_at
  FROM journal j JOIN head USING (record_type, record_id) JOIN request USING (caller, request_id)
  WHERE (caller, request_id) = (SELECT caller, request_id FROM journal
    WHERE record_type = 'delivery' AND record_id = %s AND event = %s) GROUP BY caller) s"""
CALLS = {"e": "DeliveryEntered", "a": "DeliveryAssigned"}


def check():
    """Refuses an arrivals.sql that is not what the service runs today."""
    pgbench.check(SCRIPT, ENTER, ASSIGN)


class Reference:
    """Made when the letters that wait are there and some were handled; each run takes the next."""

    def __init__(self, place, units, books):
        self._place = place
        self._variables = _constants(place) | {
            "units": len(units), "books": array(*books), "prefix": PREFIX}
        pgbench.make(place, "document", DATABASE)
        with postgres.connect(place.stack, DATABASE, postgres.SUPERUSER) as session:
            postgres.rows(session, NUMBER, {
                "prefix": PREFIX, "first": self._first(FIRST), "units": len(units),
                "codes": list(units)})
            for table in ("delivery", "head"):
                postgres.rows(session, f"VACUUM (FULL, ANALYZE) {table}")

    def run(self, clients, seconds):
        """Letters entered and assigned in one run, by number and by second."""
        used = postgres.query(self._place.stack, DATABASE, USED, (PREFIX + "%",))[0][0]
        variables = self._variables | {
            "time": int(time.time() * 1_000_000), "n": -1, "clients": clients,
            "first": self._first(used + 1)}
        return pgbench.run(self._place, DATABASE, SCRIPT, variables, clients, seconds)

    def _first(self, number):
        """The next number of a letter that belongs to the first unit."""
        units = self._variables["units"]
        return -(-max(number, FIRST) // units) * units


def _constants(place):
    letter, found = postgres.query(place.stack, "document", LETTER)[0]
    for call, event in CALLS.items():
        row = postgres.query(place.stack, "document", CALL, (letter, event))[0][0]
        found |= {f"{call}_{name}": value for name, value in row.items()}
    return found | {"state_rows": "{0,0,0}", "call_numbers": "{1,1,1}", "ordinals": "{0,1,2}",
                    "row_counts": "{3}"}
