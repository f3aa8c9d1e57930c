"""How fast changes flow: relay, commit to visible, the start of a copy from nothing; memory."""

import itertools
import subprocess
import tempfile
import time

from day import copies, progress, protos, waiting
from stack import postgres, processes, services, settings

from . import measure, people_import
from . import place as place_module
from . import relay as relay_module

RELAY_ROWS = 40_000
RELAY_SAVE_ROWS = 10_000       # RelayOptions::save_rows_max
RELAY_SECONDS_MAX = 300
VISIBLE_IN_FLIGHT_MAX = 2000
VISIBLE_ANSWERED = 0.9         # of the calls, while they are being sent: else a queue grows
VISIBLE_SLOWER = 0.85
VISIBLE_WARM_SECONDS = 30      # the broker has just started: until its code is compiled
BOOTSTRAP_SECONDS_MAX = 600
BUSY_CITIZENS = 10            # times those that other rows begin with: its start weighs less
BUSY_CHANGES = 1              # of each citizen: more than a day brings
BUSY_IN_FLIGHT = 32
BUSY_SECONDS_MAX = 600
COPY_DATABASE = "bench_copy"
COPY_OUT = "\\copy (SELECT * FROM feed_record WHERE value IS NOT NULL) TO '{}'"
COPY_IN = "\\copy public.feed_record FROM '{}'"
CLIENT_SECONDS_MAX = 300
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
    yield measure.Row("relay_rows", "rows/s", runs[0], aims=(measure.at_least(20_000, "ours"),))
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


def visible(place, seconds, calls_per_second, p99_max):
    """Milliseconds from the answer of RegisterCitizen until the commune's copy has the person;
    every fifth is asked for.

    When the rate cannot be held, rows of the highest that was, as failures.
    """
    address = f"127.0.0.1:{place.stack.replica_port(0)}"

    def run(length, rate):
        place.settle()
        return measure.load(place, "visible", place.registrar, VISIBLE_IN_FLIGHT_MAX, length,
                            rate, place.commune_code, address)

    run(VISIBLE_WARM_SECONDS, calls_per_second)
    rate, failure = calls_per_second, ""
    while True:
        runs = []
        while len(runs) < measure.RUNS and (not runs or _is_held(runs[-1], rate)):
            runs.append(run(seconds, rate))
        if _is_held(runs[-1], rate):
            break
        # What is answered of too many calls is about what can be held.
        rate = int(min(rate, runs[-1]["answered_per_second"]) * VISIBLE_SLOWER)
        failure = f"{calls_per_second} calls/s could not be held; shown is {rate} calls/s"
        if rate < 1:
            raise settings.StackError(f"no rate could be held: {runs[-1]}")
    aims = (measure.at_most(p99_max, "ours"),)
    for name in ("p50", "p99"):
        yield measure.Row(f"visible_{calls_per_second}_{name}", "ms",
                          [found[f"{name}_ms"] for found in runs],
                          aims=aims if name == "p99" else (), failure=failure)


def _is_held(found, rate):
    """Nothing waited for a place in the generator, and no queue was growing in the services."""
    return not found["late"] and found["answered_per_second"] >= VISIBLE_ANSWERED * rate


def bootstrap(place):
    """Records that the department's copy takes in a second (see _fill), from a feed that holds
    nearly each record once."""
    yield _bootstrap(place, "bootstrap")


def bootstrap_busy(place, _):
    """The same on a place of its own, after every citizen was changed: the feed has two messages
    of each."""
    with progress.timed("every citizen changed"):
        _change_all(place)
    yield _bootstrap(place, "bootstrap_busy")


def _bootstrap(place, name):
    place.wait_equal()
    with tempfile.TemporaryDirectory(dir=place.stack.run) as folder:
        file = f"{folder}/feed_record"
        _client("psql", place, settings.replica_database(place_module.DEPARTMENT), "-c",
                COPY_OUT.format(file))
        found = measure.in_turn(lambda: _fill(place), lambda: _copy(place, file),
                                place.wait_equal)
    return measure.Row(name, "records/s", *found, compared_with="COPY",
                       aims=(measure.at_least(0.3), measure.at_least(20_000, "ours")))


def _fill(place):
    """From the start of its process with an empty database until the copy says that it is equal up
    to the journal's end."""
    unit, stack = place_module.DEPARTMENT, place.stack
    replica = protos.module("replica", "replica")
    with copies.owners_sessions(stack) as sessions:
        ends = copies.journal_ends(sessions)
    services.stop(stack, place_module.REPLICA)
    postgres.drop_database(stack, settings.replica_database(unit))
    services.prepare_databases(stack)
    services.migrate(stack, place_module.REPLICA)
    services.serve(stack, place_module.REPLICA, place_module.QUOTA)
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
    return records / (time.monotonic() - begin)


def _copy(place, file):
    """COPY of the department's records into the same table, with its indexes, in a new database."""
    stack = place.stack
    postgres.drop_database(stack, COPY_DATABASE)
    postgres.ensure_databases(stack, [COPY_DATABASE], extensions=())
    _client("psql", place, COPY_DATABASE, "-f", "-", text=_client(
        "pg_dump", place, settings.replica_database(place_module.DEPARTMENT), "--schema-only",
        "-t", "feed_record"))
    begin = time.monotonic()
    _client("psql", place, COPY_DATABASE, "-c", COPY_IN.format(file))
    spent = time.monotonic() - begin
    records = postgres.query(stack, COPY_DATABASE, "SELECT count(*) FROM public.feed_record")[0][0]
    postgres.drop_database(stack, COPY_DATABASE)
    return records / spent


def _client(program, place, database, *arguments, text=None):
    """Runs psql or pg_dump; what it printed."""
    options = ["-X", "-q", "-v", "ON_ERROR_STOP=1"] if program == "psql" else []
    done = subprocess.run([postgres.BIN / program, *options, "-d", place.stack.conninfo(database),
                           *arguments], input=text, capture_output=True, text=True, check=False,
                          timeout=CLIENT_SECONDS_MAX)
    if done.returncode != 0:
        raise settings.StackError(f"{program}: {done.stderr}")
    return done.stdout


def _change_all(place):
    """Each commune moves its citizens to another address of its own, by MoveCitizen."""
    for commune in place.day.province.units_of_kind("COMMUNE"):
        code, _ = place.day.province.commune_of(commune)
        with people_import.ids_of(place, code) as (file, citizens):
            found = measure.load(place, "move", place.day.actor(commune, "commune-registrar"),
                                 BUSY_IN_FLIGHT, BUSY_SECONDS_MAX, 0, file, code, BUSY_CHANGES)
            if found["calls"] != citizens * BUSY_CHANGES:
                raise settings.StackError(f"{citizens} citizens to be changed: {found}")


def memory(place):
    """PSS of each process of ours now, and the replica's for each of its units."""
    found = processes.memory_report(place.stack)
    for name, (pss, _) in sorted(found.items()):
        aims = (measure.at_most(64, "ours"),) if name in settings.OWNERS else ()
        yield measure.Row(f"memory_{name}", "MB", [pss / 1024], aims=aims)
    units = len(place_module.UNITS)
    pss = found[place_module.REPLICA][0]
    yield measure.Row(f"memory_a_unit_of_{units}", "MB", [pss / 1024 / units],
                      aims=(measure.at_most(8, "ours"),))
