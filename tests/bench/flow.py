"""How fast changes flow: relay, commit to visible, the start of a copy from nothing; memory."""

import itertools
import time

from day import copies, protos, waiting
from stack import postgres, processes, services, settings

from . import measure, people_import
from . import place as place_module
from . import relay as relay_module

RELAY_ROWS = 40_000
RELAY_SAVE_ROWS = 10_000       # RelayOptions::save_rows_max
RELAY_SECONDS_MAX = 300
VISIBLE_PER_SECOND = 500
VISIBLE_IN_FLIGHT_MAX = 2000
BOOTSTRAP_SECONDS_MAX = 600
POLL_SECONDS = 0.01
POSITION = "SELECT position FROM relay_state"


def relay(place):
    """Rows of the journal that the relay publishes in a second: `relay_rows` while the replica
    process is paused, `relay_rows_applied` while it applies them, on the same cores.

    An open transaction that writes to the journal holds the relay back at its fence while citizens
    are imported; it ends, and the relay's saved position is watched. It saves every 10,000 rows and
    every second: what counts is the stretch between the first save and the last of a full 10,000.
    """
    people = people_import.newcomers(place)

    def run(copies_paused):
        place.settle()
        with relay_module.held_back(place):
            people_import.send(place, itertools.islice(people, RELAY_ROWS))
            end = place.registry("SELECT max(id) FROM journal")
            if copies_paused:
                processes.pause(place.stack, place_module.REPLICA)
        try:
            return _slope(_saves(place, end))
        finally:
            if copies_paused:
                processes.resume(place.stack, place_module.REPLICA)

    runs = ([], [])
    for _ in range(measure.RUNS):
        for paused, found in zip((True, False), runs):
            found.append(run(paused))
    yield measure.Row("relay_rows", "rows/s", runs[0])
    yield measure.Row("relay_rows_applied", "rows/s", runs[1])


def _saves(place, end):
    """[(time, position)] of each save of the relay up to the journal's end."""
    saves = []
    deadline = time.monotonic() + RELAY_SECONDS_MAX
    with postgres.connect(place.stack, "registry") as session, session.cursor() as cursor:
        cursor.execute(POSITION)
        before = cursor.fetchone()[0]
        while not saves or saves[-1][1] < end:
            cursor.execute(POSITION)
            position = cursor.fetchone()[0]
            now = time.monotonic()
            if position != (saves[-1][1] if saves else before):
                saves.append((now, position))
            if now > deadline:
                raise waiting.TooLate(f"the relay came to {position} of {end}")
            time.sleep(POLL_SECONDS)
    return saves


def _slope(saves):
    full = [index for index in range(1, len(saves))
            if saves[index][1] - saves[index - 1][1] >= RELAY_SAVE_ROWS]
    if not full:
        raise settings.StackError(f"the relay saved too seldom to see its speed: {saves}")
    first, last = saves[full[0] - 1], saves[full[-1]]
    return (last[1] - first[1]) / (last[0] - first[0])


def visible(place, seconds):
    """Milliseconds from the answer of RegisterCitizen until the commune's copy has the person."""
    address = f"127.0.0.1:{place.stack.replica_port(0)}"

    def run(length):
        place.settle()
        found = measure.load(place, "visible", place.registrar, VISIBLE_IN_FLIGHT_MAX, length,
                             VISIBLE_PER_SECOND, place.commune_code, address)
        if found["late"]:
            raise settings.StackError(f"{VISIBLE_PER_SECOND} calls/s could not be held: {found}")
        return found

    run(1)
    runs = [run(seconds) for _ in range(measure.RUNS)]
    for name in ("p50", "p99"):
        yield measure.Row(f"visible_500_{name}", "ms", [found[f"{name}_ms"] for found in runs])


def bootstrap(place):
    """Records that a copy takes in a second, from the start of its process with an empty database
    until it says that it is equal up to the journal's end."""
    unit, stack = place_module.DEPARTMENT, place.stack
    replica = protos.module("replica", "replica")
    runs = []
    for _ in range(measure.RUNS):
        place.wait_equal()
        ends = copies.journal_ends(stack)
        services.stop(stack, place_module.REPLICA)
        postgres.drop_database(stack, settings.replica_database(unit))
        services.prepare_databases(stack)
        services.migrate(stack, place_module.REPLICA)
        services.serve(stack, place_module.REPLICA)
        begin = time.monotonic()
        services.wait_healthy(stack, place_module.REPLICA)

        def filled():
            answer = place.day.client.replica(
                unit, "GetConsistency", replica.GetConsistencyRequest(unit_id=unit)).units[0]
            lacking = copies.shortfall(answer, ends)
            if lacking:
                return False, lacking
            return sum(kind.count for state in answer.owners for kind in state.types)

        records = waiting.until(f"the copy of {unit} is filled", BOOTSTRAP_SECONDS_MAX, filled,
                                POLL_SECONDS)
        runs.append(records / (time.monotonic() - begin))
    yield measure.Row("bootstrap", "records/s", runs)


def memory(place):
    """PSS of each process of ours now, and the replica's for each of its units."""
    found = processes.memory_report(place.stack)
    for name, (pss, _) in sorted(found.items()):
        yield measure.Row(f"memory_{name}", "MB", [pss / 1024])
    units = len(place_module.UNITS)
    pss = found[place_module.REPLICA][0]
    yield measure.Row(f"memory_a_unit_of_{units}", "MB", [pss / 1024 / units])
