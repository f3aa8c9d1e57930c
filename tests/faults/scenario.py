"""A stack of a few units, clients on it, faults at it: what tools/faults runs."""

import contextlib
import json
import shutil
import time

from stack import kafka, postgres, processes, services, settings

from day import copies, documents, history, hotline_rules, protos, traffic, waiting
from day.client import CallError
from support import stage

from . import evidence, sabotage, schedule
from .background import Monitor, Sharer

PORT_SHIFT = 3000
# A sabotage has ports and a run directory of its own: several are played side by side.
SABOTAGE_PORT_SHIFT_FIRST, SABOTAGE_PORTS = 6000, 200
CLIENTS = 4
CITIZENS = 120
MOVING_SECONDS_MAX = 120
SETTLE_SECONDS_MAX = 120
SETTLE_SABOTAGED_SECONDS_MAX = 25
IN_FLIGHT_SECONDS_MAX = 10
RESTS_MAX = 8
AT_REST_SECONDS_MAX = 8
# A department that gains and loses citizens by agreement, two districts with communes, and the
# centre of the hotline; then what makes it larger.
UNITS = ("H09.13", "H09.718", "H09.718.25747", "H09.719", "H09.719.25816", "H09.03",
         "H09.718.25750", "H09.16", "H09.719.25819", "H09.718.25753", "H09.12")
UNITS_MIN, UNITS_USUAL = 6, 7
SECOND_PORT_OFFSET = 50
ASLEEP_ANSWERS = 40
BUSY_UNIT = "H09.718"       # a district in which clients work
IS_PUBLISHED = """
  SELECT position >= (SELECT coalesce(max(id), 0) FROM journal) FROM relay_state"""
READ = "SELECT topic, next FROM feed_offset"
FORGE = """
  ALTER TABLE journal DISABLE TRIGGER ALL;
  UPDATE journal SET official = official || 'x'
  WHERE id = (SELECT max(id) FROM journal WHERE id <= (SELECT max(to_id) FROM seal))"""


def stack_of(units, build, name=None):
    """A stack of the first `units` of UNITS beside any other, with ports of its own.

    `name`: of the sabotage that is played on it, or None.
    """
    run, shift = "run", PORT_SHIFT
    if name:
        run = f"run-{name}"
        shift = SABOTAGE_PORT_SHIFT_FIRST + SABOTAGE_PORTS * sorted(sabotage.SABOTAGES).index(name)
    return settings.Stack(run=settings.ROOT / "build" / "faults" / run, port_shift=shift,
                          units=UNITS[:units], build=build,
                          barrier_interval_ms=stage.BARRIER_INTERVAL_MS)


class Scenario:
    """One stack, on which one seed after the other is played. A context manager."""

    def __init__(self, stack, name=None):
        """`name`: of a sabotage, or None."""
        self.stack, self.sabotage = stack, name
        self.cleanup = contextlib.ExitStack()
        self.day = None
        self.generation = 0
        self.armed = False

    def __enter__(self):
        with self.cleanup as cleanup:
            self.day = cleanup.enter_context(stage.fresh(self.stack, CITIZENS))
            documents.set_series(self.day)
            hotline_rules.load(self.day, {})
            self._arm()
            self.cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_):
        self.cleanup.close()

    def _arm(self):
        """From here on the sabotaged processes run with their defect."""
        self.armed = True
        for name in sabotage.SABOTAGES[self.sabotage].processes if self.sabotage else ():
            services.stop(self.stack, name)
            self._restart(name)

    def _serve(self, name):
        name_of_defect = self.sabotage if self.armed else None
        services.serve(self.stack, name, sabotage.environment(name_of_defect, name))

    def play(self, seed, folder):
        """Clients and faults of a seed, then everything that is to be kept into `folder`."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with Monitor(self.day, folder / "monitor.jsonl"):
            ended = self._play_faults(seed, folder)
            facts = {"seed": seed, "sabotage": self.sabotage, "ended": ended} | self._settle()
        if self.sabotage == sabotage.EDITED_ROW:
            postgres.query(self.stack, "registry", FORGE, user=postgres.SUPERUSER)
        facts |= {"seals": self._seals(), "sharing": self._sharing(),
                  "members": [*evidence.readers(self.stack)]}
        with self._at_rest(facts["settled"]):
            facts["verify"] = evidence.verify(self.stack) if facts["settled"] else None
            evidence.collect(self.stack, folder)
        (folder / "facts.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")

    @contextlib.contextmanager
    def _at_rest(self, settled):
        """The owners held still, the copies at the ends of their journals: a limit of time that runs
        out (a ticket nobody routed) would change records while they are read one after the other."""
        for _ in range(RESTS_MAX):
            with contextlib.ExitStack() as resumed:
                for owner in settings.OWNERS:
                    processes.pause(self.stack, owner)
                    resumed.callback(processes.resume, self.stack, owner)
                if not settled or self._are_equal():
                    yield
                    return
            self._settle()
        raise settings.StackError(f"{RESTS_MAX} times a record changed before all were at rest")

    def _are_equal(self):
        with contextlib.suppress(waiting.TooLate):
            return copies.wait_equal(self.day, AT_REST_SECONDS_MAX)
        return None

    def _play_faults(self, seed, folder):
        """Clients at work under the faults of a seed; the names of processes that ended."""
        ended = []
        with open(folder / "faults.jsonl", "w", encoding="utf-8") as faults, \
                history.History(folder / "history.jsonl") as log, \
                traffic.Traffic(self.day, f"faults/{seed}", log, CLIENTS,
                                generation=self.generation,
                                of_every_owner=self.sabotage is None) as clients, \
                Sharer(self.day, seed, log):
            self.generation += 1
            for fault in self._schedule(seed):
                mark = clients.mark()
                waiting.until("answers before the next fault", MOVING_SECONDS_MAX,
                              lambda mark=mark, n=fault.after_answers: clients.all_moved(mark, n),
                              0.002)
                ended += self._ended()
                faults.write(json.dumps(self._strike(fault, clients)) + "\n")
            mark = clients.mark()
            waiting.until("answers after the last fault", MOVING_SECONDS_MAX,
                          lambda: clients.all_moved(mark, schedule.ANSWERS_MAX))
        return ended + self._ended()

    def _schedule(self, seed):
        if self.sabotage:
            return schedule.kills(seed, sabotage.SABOTAGES[self.sabotage].kills)
        return schedule.make(seed)

    def _wake_old_relay(self, clients):
        """A second registry process whose relay ignores the lock of the first: it falls asleep with
        rows in its hands, wakes up when others have published more, sends them and dies."""
        port = self.stack.owner_port("registry") + SECOND_PORT_OFFSET
        variables = services.environment(self.stack, "registry") | {
            sabotage.VARIABLE: self.sabotage, "LIENTHONG_PORT": str(port),
            "LIENTHONG_METRICS_PORT": str(self.stack.metrics_port(port))}
        processes.start(self.stack, sabotage.SECOND,
                        [services.binary(self.stack, "registry"), *services.SERVE], variables)
        processes.wait_until(self.stack, sabotage.SECOND,
                             lambda: processes.is_paused(self.stack, sabotage.SECOND),
                             services.START_SECONDS_MAX)
        mark = clients.mark()
        waiting.until("answers while the old relay sleeps", MOVING_SECONDS_MAX,
                      lambda: clients.all_moved(mark, ASLEEP_ANSWERS))
        processes.resume(self.stack, sabotage.SECOND)
        waiting.until("the old relay died", MOVING_SECONDS_MAX,
                      lambda: not processes.is_running(self.stack, sabotage.SECOND))
        processes.stop(self.stack, sabotage.SECOND)

    def _wait_until_copies_read(self):
        """Until the copy of a busy unit reads on: one that has only just come back does not yet."""
        with postgres.connect(self.stack, settings.replica_database(BUSY_UNIT)) as session:
            def read():
                return postgres.rows(session, "SELECT coalesce(sum(next), 0) FROM feed_offset")[0][0]

            before = read()
            waiting.until("a copy reads", MOVING_SECONDS_MAX, lambda: read() > before, 0.002)

    def _strike(self, fault, clients):
        """Carries out a fault; what was, as a dict for faults.jsonl."""
        if fault.target.startswith("replica"):
            self._wait_until_copies_read()  # otherwise nothing would be cut short
        in_flight = 0
        with contextlib.suppress(waiting.TooLate):  # then the checker counts none in flight
            in_flight = waiting.until("a call in flight", IN_FLIGHT_SECONDS_MAX,
                                      lambda: clients.in_flight(fault.target), 0.001)
        told = {"action": fault.action, "target": fault.target, "pause_ms": fault.pause_ms,
                "at": time.time(), "in_flight": in_flight}
        if fault.action == schedule.PAUSE:
            processes.pause(self.stack, fault.target)
            try:
                time.sleep(fault.pause_ms / 1000)  # the length of the pause is the fault
            finally:
                processes.resume(self.stack, fault.target)
        elif fault.target == sabotage.SECOND:
            self._wake_old_relay(clients)
        else:
            processes.kill(self.stack, fault.target)
            self._restart(fault.target)
        return told | {"until": time.time()}

    def _restart(self, name):
        if name == kafka.NAME:
            kafka.start(self.stack)
        elif name == postgres.NAME:
            postgres.start(self.stack)
        else:
            self._serve(name)
            services.wait_healthy(self.stack, name)

    def _ended(self):
        """Processes of ours that are gone though nobody killed them; they are started again."""
        gone = [name for name in services.names(self.stack)
                if not processes.is_running(self.stack, name)]
        for name in gone:
            self._restart(name)
        return gone

    def _settle(self):
        limit = SETTLE_SABOTAGED_SECONDS_MAX if self.sabotage else SETTLE_SECONDS_MAX
        try:
            copies.wait_equal(self.day, limit)
            return {"settled": True, "unsettled": ""}
        except (waiting.TooLate, CallError) as error:
            self._wait_until_still()
            return {"settled": False, "unsettled": str(error)}

    def _wait_until_still(self):
        """Until all that is stored is published and read, right or wrong: otherwise a slow machine
        would look like a defect."""
        waiting.until("everything is published", SETTLE_SECONDS_MAX, lambda: all(
            postgres.query(self.stack, owner, IS_PUBLISHED)[0][0] for owner in settings.OWNERS))
        ends = evidence.feed_ends(self.stack)
        waiting.until("everything is read", SETTLE_SECONDS_MAX, lambda: all(
            place >= ends[topic] for database in evidence.readers(self.stack).values()
            for topic, place in postgres.query(self.stack, database, READ)))

    def _seals(self):
        """{owner: what its own verifier of seals finds}."""
        journal, found = protos.module("journal", "journal"), {}
        for owner in settings.OWNERS:
            answer = self.day.client.journal(owner, "VerifySeals", journal.VerifySealsRequest(),
                                             deadline_seconds=30)
            found[owner] = [f"{defect.kind}: {defect.description}" for defect in answer.defects]
            if not answer.intact and not found[owner]:
                found[owner] = ["not intact"]
        return found

    def _sharing(self):
        """What audiences must follow from: units of communes, and agreements in force."""
        units = self.day.province.units
        rows = postgres.query(self.stack, "directory", """
          SELECT j.states[1] FROM head h JOIN journal j ON j.id = h.state_row
          WHERE h.record_type = 'agreement'""")
        agreements = [json.loads(row[0]) for row in rows]
        return {
            "communes": {unit.gso_code: code for code, unit in units.items()
                         if code.count(".") == 2 and unit.gso_code},
            "districts": {code: unit.parent_id for code, unit in units.items()},
            "agreements": sorted((item["consumerUnitId"], item["recordType"], item["view"])
                                 for item in agreements
                                 if item["state"] == "AGREEMENT_STATE_ACTIVE")}
