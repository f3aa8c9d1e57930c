"""Letters entered and assigned, calls per second against pgbench with the same SQL at the same
concurrency: everything flows on our side, as in register_*.

A department sends letters to the other units of the place, and each has a book of arrivals: so many
rows are hot, on both sides.
"""

import concurrent.futures
import math
import tempfile
import time

from day import documents, progress
from stack import postgres, services, settings

from . import arrivals_reference as reference
from . import documents as letters
from . import measure

IN_FLIGHT = {"enter_assign_1": 1, "enter_assign_8": 8, "enter_assign_32": 32}
CALLS = 2           # of a letter at a unit
ROWS = 6            # of the journal: three of each call
WARM_SECONDS = 2
WARM_LETTERS = 250
# Shares of what ours answers at 32 in flight: more than either side needs at so many.
STOCK = {1: 1.2, 8: 2.5, 32: 2.0}
SENT_AT_ONCE = 16
DEADLINE_DAYS = 20
# Who enters, who assigns, to whom.
POSITIONS = {"COMMUNE": ("commune-records", "commune-head", "commune-economy"),
             "DISTRICT": ("district-records", "district-head", "district-economy"),
             "DEPARTMENT": ("department-records", "department-head", "department-reader")}
# In turn for each unit, the oldest first.
WAITING = """SELECT id::text, receiver_unit_id FROM delivery WHERE state = 'ARRIVED'
  ORDER BY row_number() OVER (PARTITION BY receiver_unit_id ORDER BY id), receiver_unit_id"""
BOOKS = "SELECT id FROM book WHERE direction = 'INCOMING'"
# Of all that was ever done: letters, tasks, opinions, journal rows; and what is wrong: a book in
# which a number is missing or given twice, a letter without exactly one arrival and one task.
COUNTS = """SELECT (SELECT count(*) FROM delivery WHERE state = 'ASSIGNED'),
  (SELECT count(*) FROM task), (SELECT count(*) FROM incoming WHERE opinion IS NOT NULL),
  (SELECT count(*) FROM journal WHERE event IN ('DeliveryEntered', 'ArrivalEntered',
    'DeliveryAssigned', 'OpinionGiven', 'TaskAssigned')
    OR (event = 'NumberGiven' AND record_id IN (SELECT id FROM book WHERE direction = 'INCOMING'))),
  (SELECT count(*) FROM book b,
    LATERAL (SELECT max(number), count(*), count(DISTINCT number), count(DISTINCT record_id)
      FROM book_number WHERE book_id = b.id) AS n (last, rows_given, numbers_given, letters_given),
    LATERAL (SELECT count(DISTINCT arrival_number), count(*)
      FROM incoming WHERE book_id = b.id) AS i (numbers_borne, letters_here)
    WHERE direction = 'INCOMING' AND ARRAY[document_count, last, rows_given, numbers_given,
      letters_given, numbers_borne, letters_here] <> array_fill(last_number::bigint, ARRAY[7]))
  + (SELECT count(*) FROM delivery d WHERE state NOT IN ('ARRIVED', 'ASSIGNED')
    OR (SELECT count(*) FROM task WHERE delivery_id = d.id) <> (state = 'ASSIGNED')::int
    OR (SELECT count(*) FROM incoming WHERE id = d.id) <> (state = 'ASSIGNED')::int)"""


def rows(place, names, seconds):
    """The rows of IN_FLIGHT that are wanted."""
    wanted = {name: number for name, number in IN_FLIGHT.items() if name in names}
    if not wanted:
        return
    desks = Desks(place)
    desks.send(WARM_LETTERS)
    rate = desks.run(32, WARM_SECONDS)
    stock = sum(STOCK[number] for number in wanted.values()) * rate / CALLS * (
        measure.RUNS * seconds + WARM_SECONDS)
    desks.send(math.ceil(stock / len(desks.units)))
    theirs = Theirs(place, desks)
    theirs.run(8, WARM_SECONDS)
    for name, number in wanted.items():
        yield measure.Row(name, "calls/s", *measure.in_turn(
            lambda number=number: desks.run(number, seconds),
            lambda number=number: theirs.run(number, seconds),
            lambda: place.settle("document")), compared_with="pgbench")


class Desks:
    """The units that get letters from one department, and who handles them there."""

    def __init__(self, place):
        self.place = place
        self.scenes = documents.Documents(place.day)
        self.scenes.series({})
        self.units = sorted(unit for unit in place.units if unit != self.scenes.department)
        province = place.day.province
        self._officials = {
            unit: [province.official(unit, position) for position in positions]
            for kind, positions in POSITIONS.items() for unit in province.units_of_kind(kind)
            if unit in self.units}
        self._sent = 0

    def send(self, count):
        """So many further letters to each unit; waits until they have arrived everywhere."""
        with progress.timed(f"{count} letters to {len(self.units)} units"):
            numbers = range(self._sent, self._sent + count)
            with concurrent.futures.ThreadPoolExecutor(SENT_AT_ONCE) as pool:
                list(pool.map(self._send_one, numbers))
            self._sent += count
            self.place.settle("document")
            postgres.vacuum_analyze(self.place.stack, ["document"])

    def _send_one(self, number):
        letters.issue(self.scenes, letters.signed(self.scenes, self.units, f"arrivals/{number}"))

    def run(self, in_flight, seconds):
        """Calls per second of one run, each counted once in the database."""
        stack = self.place.stack
        deadline = int(self.place.day.now().timestamp()) + DEADLINE_DAYS * 24 * 3600
        with tempfile.NamedTemporaryFile("w", dir=stack.run, encoding="ascii") as file:
            for letter, unit in postgres.query(stack, "document", WAITING):
                file.write(f"{letter} {unit} {' '.join(self._officials[unit])}\n")
            file.flush()
            with Counted(self.place, "document") as counted:
                found = measure.load_at(
                    self.place, f"127.0.0.1:{stack.owner_port('document')}", "arrivals",
                    self.scenes.clerk, in_flight, seconds, 0, file.name, deadline)
                counted.letters = found["letters"]
        if found["calls"] != CALLS * found["letters"]:
            raise settings.StackError(f"half a letter was measured: {found}")
        return found["calls_per_second"]


class Theirs:
    """The same letters in the copy of the database, by pgbench."""

    def __init__(self, place, desks):
        self._place = place
        books = sorted((row[0] for row in postgres.query(place.stack, "document", BOOKS)),
                       key=lambda book: book.split(":")[0])
        if [book.split(":")[0] for book in books] != desks.units:
            raise settings.StackError(f"not a book of each unit: {books}")
        with progress.timed("the copy for pgbench"):
            self._reference = reference.Reference(place, desks.units, books)

    def run(self, clients, seconds):
        """Calls per second of one run, each counted once in the database."""
        with Counted(self._place, reference.DATABASE) as counted:
            found = self._reference.run(clients, seconds)
            counted.letters = found.done
        return CALLS * found.per_second


class Counted:
    """Counts what is in a database before and after; refuses what is not exactly `letters`."""

    def __init__(self, place, database):
        self._place, self._database = place, database
        self.letters = None

    def __enter__(self):
        self._before = self._counts()
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            return
        after = self._counts()
        done = [there - before for there, before in zip(after[:-1], self._before[:-1])]
        if done != [self.letters] * 3 + [ROWS * self.letters] or after[-1] != 0:
            raise settings.StackError(
                f"{self._database}: {self.letters} letters, but {done} letters, tasks, opinions, "
                f"journal rows; {after[-1]} books or letters that are wrong")

    def _counts(self):
        return postgres.query(self._place.stack, self._database, COUNTS)[0]
