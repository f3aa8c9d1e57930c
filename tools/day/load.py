"""Step 1 of the day: the directory, then citizens and enterprises by streaming import."""

import itertools

from stack import postgres, settings

from . import copies, people, progress, protos, waiting

CHUNK_RECORDS = 500
STREAM_CHUNKS = 20          # a stream that broke off is repeated as a whole, which is harmless
STREAM_SECONDS_MAX = 300
KNOWN_SECONDS_MAX = 120


def play(day):
    """Every part is a step of its own; a part that was finished is not played again."""
    load_records(day)
    day.progress.step("copies", "every copy filled and equal", lambda facts: fill(day, facts))


def load_records(day):
    """The directory and the registry's records, without waiting for the copies."""
    step = day.progress.step
    step("directory", "units, positions, officials, agreements, calendar",
         lambda facts: load_directory(day, facts))
    step("directory known", "the other services know the directory",
         lambda facts: wait_known(day, facts))
    persons, enterprises = people.population(day.province.seed, day.province.communes(),
                                             day.progress.citizens)
    step("citizens", "citizens imported", lambda facts: import_records(
        day, "citizens", "ImportCitizens", persons, facts))
    step("enterprises", "enterprises imported", lambda facts: import_records(
        day, "enterprises", "ImportEnterprises", enterprises, facts))


def load_directory(day, facts):
    chunks = list(day.province.chunks())
    answer = day.client.directory("LoadDirectory", lambda: iter(chunks),
                                  deadline_seconds=STREAM_SECONDS_MAX)
    facts.update(chunks=answer.chunks, created=answer.created)
    if answer.existing:
        facts["existing"] = answer.existing


def wait_known(day, facts):
    """Until every other owner has applied, and verified, all of the directory from its own feed."""
    def condition():
        end = postgres.query(day.stack, "directory", "SELECT max(id) FROM journal")[0][0]
        facts["rows"] = end
        for owner in settings.OWNERS:
            if owner == "directory":
                continue
            rows = postgres.query(
                day.stack, owner, "SELECT topic, matched_sequence, equal FROM feed_owner "
                "WHERE owner = 'directory'")
            if len(rows) != 2 or not all(equal and at >= end for _, at, equal in rows):
                return False, f"{owner}: {rows} of {end} rows"
        return True

    waiting.until("the other services have the directory's records", KNOWN_SECONDS_MAX, condition)


def import_records(day, field, method, records, facts):
    """Streams of at most STREAM_CHUNKS chunks; request ids follow from seed and chunk number."""
    make = getattr(protos.module("registry", "registry"), f"{method}Request")
    numbers, imported, repeated = itertools.count(), 0, 0
    while True:
        chunks = []
        while len(chunks) < STREAM_CHUNKS:
            part = list(itertools.islice(records, CHUNK_RECORDS))
            if not part:
                break
            name = f"import/{field}/{next(numbers)}"
            chunks.append(make(request_id=day.request_id(name), **{field: part}))
        if not chunks:
            break
        attempts = []
        answer = day.client.registry(method, lambda: iter(chunks), attempts=attempts,
                                     deadline_seconds=STREAM_SECONDS_MAX)
        if answer.chunks != len(chunks):
            raise settings.StackError(f"{method}: {len(chunks)} chunks sent, {answer.chunks} taken")
        imported += answer.imported
        repeated += answer.repeated_chunks
    facts.update({field: imported})
    if repeated:
        facts["repeated chunks"] = repeated


def fill(day, facts):
    """Waits for all copies; then statistics for the planner, which no bulk load leaves behind."""
    units = copies.wait_equal(day)
    facts["units"] = len(units)
    with progress.timed("vacuum and analyse the owners"):
        postgres.vacuum_analyze(day.stack, settings.OWNERS)
