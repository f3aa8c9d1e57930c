"""Is every acknowledged change in the journal, once, and in order? Asked with SQL."""

from stack import postgres, settings

from . import history

ROWS = """
  SELECT request_id, record_type, record_id, version, count(*)
  FROM journal WHERE state_row IS NULL AND request_id = ANY(%s)
  GROUP BY 1, 2, 3, 4"""
REPEATED_REQUESTS = """
  SELECT request_id, count(*) FROM journal WHERE ordinal = 0 AND request_id = ANY(%s)
  GROUP BY caller, request_id HAVING count(*) > 1"""
GAPS = """
  SELECT record_type, record_id, version, place FROM (
    SELECT record_type, record_id, version,
           row_number() OVER (PARTITION BY record_type, record_id ORDER BY id) AS place
    FROM journal WHERE state_row IS NULL) AS numbered
  WHERE version <> place LIMIT 20"""
HEADS = """
  SELECT h.record_type, h.record_id, h.version, max(j.version) FROM head h
  JOIN journal j USING (record_type, record_id)
  GROUP BY 1, 2, 3 HAVING h.version <> max(j.version) LIMIT 20"""
# A book gives each number once and leaves none out; a draft becomes one document.
BOOKS = """
  SELECT b.id, b.last_number, count(DISTINCT n.number) FROM book b
  LEFT JOIN book_number n ON n.book_id = b.id
  GROUP BY b.id HAVING b.last_number <> count(DISTINCT n.number)
    OR b.last_number <> coalesce(max(n.number), 0) LIMIT 20"""
DOCUMENTS = """
  SELECT d.sender_unit_id, c.code, count(*) FROM document d JOIN content c ON c.id = d.content_id
  WHERE d.sender_unit_id <> '' GROUP BY 1, 2 HAVING count(*) > 1 LIMIT 20"""


def check(stack, calls):
    """{"lost": [...], "doubled": [...], "disordered": [...]} in words; empty lists = as promised.

    `calls` are lines of a history, as dicts.
    """
    ids = [call["request_id"] for call in calls]
    stored = {}
    for owner in settings.OWNERS:
        for request, kind, record, version, count in postgres.query(stack, owner, ROWS, (ids,)):
            stored.setdefault(request, {})[kind, record, version] = count
    found = {"lost": [], "doubled": [], "disordered": []}
    for call in calls:
        rows = stored.get(call["request_id"], {})
        answer = (call["record_type"], call["record_id"], call["version"])
        name = f"{call['operation']} {call['request_id']}"
        if call["outcome"] == history.OK and answer not in rows:
            found["lost"].append(f"{name}: {answer} was acknowledged")
        if call["outcome"] == history.REFUSED and rows:
            found["doubled"].append(f"{name}: refused ({call['reason']}), but stored")
        if any(count > 1 for count in rows.values()):
            found["doubled"].append(f"{name}: stored twice")
    found["doubled"] += [f"{unit}: {code} was issued {count} times" for unit, code, count in
                         postgres.query(stack, "document", DOCUMENTS)]
    found["disordered"] += [f"book {book} is at {last} and gave {given} numbers"
                            for book, last, given in postgres.query(stack, "document", BOOKS)]
    for owner in settings.OWNERS:
        found["doubled"] += [
            f"{owner}: request {request}: carried out {count} times" for request, count in
            postgres.query(stack, owner, REPEATED_REQUESTS, (ids,))]
        found["disordered"] += [
            f"{owner}: {kind}/{record}: version {version} is change {place} of the record"
            for kind, record, version, place in postgres.query(stack, owner, GAPS)]
        found["disordered"] += [
            f"{owner}: {kind}/{record}: head at {version}, journal at {newest}"
            for kind, record, version, newest in postgres.query(stack, owner, HEADS)]
    return found
