"""A stack of a few units, clients on it, faults at it: what tools/faults runs."""

import contextlib
import json
import random
import shutil
import threading
import time

from stack import environment, kafka, postgres, processes, services, settings

from day import cast, copies, history, load, progress, protos, province, traffic, waiting
from day.client import CallError, Client

from . import evidence, sabotage, schedule

PORT_SHIFT = 3000
CLIENTS = 4
CITIZENS = 120
MOVING_SECONDS_MAX = 120
SETTLE_SECONDS_MAX = 120
SETTLE_SABOTAGED_SECONDS_MAX = 40
IN_FLIGHT_SECONDS_MAX = 10
MONITOR_SECONDS = 0.25
# A department that gains and loses citizens by agreement, and two districts with communes.
UNITS = ("H09.13", "H09.718", "H09.718.25747", "H09.719", "H09.719.25816", "H09.718.25750",
         "H09.16", "H09.719.25819", "H09.718.25753", "H09.12")
SHARER = "H09.13"
FORGE = """
  ALTER TABLE journal DISABLE TRIGGER ALL;
  UPDATE journal SET official = official || 'x' WHERE id = (SELECT max(to_id) - 1 FROM seal)"""


def stack_of(units, build):
    """A stack of the first `units` of UNITS beside any other, with ports of its own."""
    return settings.Stack(run=settings.ROOT / "build" / "faults" / "run", port_shift=PORT_SHIFT,
                          units=UNITS[:units], build=build)


class Scenario:
    """One stack, on which one seed after the other is played. A context manager."""

    def __init__(self, stack, name=None):
        """`name`: of a sabotage, or None."""
        self.stack, self.sabotage = stack, name
        self.cleanup = contextlib.ExitStack()
        self.day = None
        self.generation = 0

    def __enter__(self):
        with self.cleanup as cleanup:
            cleanup.enter_context(self.stack.lock())
            environment.down(self.stack)
            for path in self.stack.run.iterdir():
                if path.name not in ("lock", "pki"):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            cleanup.callback(environment.down, self.stack)
            self._start()
            client = cleanup.enter_context(Client(self.stack))
            done = progress.Progress(self.stack, 1, CITIZENS)
            self.day = cast.Day(self.stack, client, province.Province(self.stack, 1), done)
            load.play(self.day)
            self.cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_):
        self.cleanup.close()

    def _start(self):
        with progress.timed("stack up"):
            environment.up(self.stack, with_prometheus=False)
            for name in services.names(self.stack):
                services.migrate(self.stack, name)
                self._serve(name)
            for name in services.names(self.stack):
                services.wait_healthy(self.stack, name)

    def _serve(self, name):
        services.serve(self.stack, name, sabotage.environment(self.sabotage, name))

    def play(self, seed, folder):
        """Clients and faults of a seed, then everything that is to be kept into `folder`."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        ended = []
        with open(folder / "faults.jsonl", "w", encoding="utf-8") as faults, \
                Monitor(self.day, folder / "monitor.jsonl"), \
                history.History(folder / "history.jsonl") as log, \
                traffic.Traffic(self.day, f"faults/{seed}", log, CLIENTS,
                                generation=self.generation) as clients, \
                Sharer(self.day, seed, log):
            self.generation += 1
            for fault in schedule.make(seed):
                mark = clients.mark()
                waiting.until("answers before the next fault", MOVING_SECONDS_MAX,
                              lambda mark=mark, n=fault.after_answers: clients.all_moved(mark, n),
                              0.002)
                ended += self._ended()
                faults.write(json.dumps(self._strike(fault, clients)) + "\n")
            mark = clients.mark()
            waiting.until("answers after the last fault", MOVING_SECONDS_MAX,
                          lambda: clients.all_moved(mark, schedule.ANSWERS_MAX))
        ended += self._ended()
        facts = {"seed": seed, "sabotage": self.sabotage, "ended": ended} | self._settle()
        if self.sabotage == "edited-row":
            postgres.query(self.stack, "registry", FORGE, user=postgres.SUPERUSER)
        facts |= {"seals": self._seals(), "sharing": self._sharing(),
                  "members": [*self.day.province.with_system, "service-registry"],
                  "verify": evidence.verify(self.stack)}
        evidence.collect(self.stack, folder)
        (folder / "facts.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")

    def _strike(self, fault, clients):
        """Carries out a fault; what was, as a dict for faults.jsonl."""
        with contextlib.suppress(waiting.TooLate):  # then the checker counts none in flight
            waiting.until("a call in flight", IN_FLIGHT_SECONDS_MAX, clients.in_flight, 0.001)
        told = {"action": fault.action, "target": fault.target, "pause_ms": fault.pause_ms,
                "at": time.time(), "in_flight": clients.in_flight()}
        if fault.action == schedule.PAUSE:
            processes.pause(self.stack, fault.target)
            try:
                time.sleep(fault.pause_ms / 1000)  # the length of the pause is the fault
            finally:
                processes.resume(self.stack, fault.target)
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
            return {"settled": False, "unsettled": str(error)}

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


class Background:
    """A thread that repeats `turn()` until the block ends; its error is raised there."""

    def __init__(self):
        self._stop, self._error = threading.Event(), None
        self._thread = threading.Thread(target=self._run, daemon=True, name=type(self).__name__)

    def _run(self):
        try:
            while not self._stop.is_set():
                self.turn()
        except Exception as error:  # raised where the block ends
            self._error = error

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, *_):
        self._stop.set()
        self._thread.join(2 if kind else None)
        if self._error and kind is None:
            raise self._error


class Monitor(Background):
    """Asks the copies all the time, and keeps every state in which one said it was not equal."""

    def __init__(self, day, path):
        super().__init__()
        self.day, self.path = day, path
        self.known = set()

    def __enter__(self):
        self.file = open(self.path, "w", encoding="utf-8")
        return super().__enter__()

    def __exit__(self, *details):
        super().__exit__(*details)
        self.file.close()

    def turn(self):
        try:
            units = self.day.client.consistency()
        except CallError:
            units = {}
        for unit in units.values():
            for state in unit.owners:
                seen = (unit.unit_id, state.topic, state.owner, state.epoch, state.sequence)
                if not state.equal and state.sequence and seen not in self.known:
                    self.known.add(seen)
                    self.file.write(json.dumps(dict(zip(
                        ("unit", "topic", "owner", "epoch", "sequence"), seen))) + "\n")
        self._stop.wait(MONITOR_SECONDS)


class Sharer(Background):
    """Gives a department a view of all citizens and takes it away again, over and over."""

    def __init__(self, day, seed, log):
        super().__init__()
        self.day, self.seed, self.log = day, seed, log
        self.random = random.Random(f"sharer/{seed}")
        self.directory = protos.module("directory", "directory")
        self.records = protos.module("directory", "records")
        self.number, self.agreement = 0, None

    def turn(self):
        if self.agreement is None:
            self.agreement = self._call("CreateAgreement", self.directory.CreateAgreementRequest(
                agreement=self.records.Agreement(
                    consumer_unit_id=SHARER, record_type="citizen",
                    view=self.random.choice(("limited", "full")), purpose="Thử nghiệm",
                    legal_basis="Thử nghiệm")))
        else:
            self._call("RevokeAgreement", self.directory.RevokeAgreementRequest(
                agreement_id=self.agreement.id, reason="Thử nghiệm"))
            self.agreement = None
        self._stop.wait(self.random.uniform(0.2, 2.0))

    def _call(self, operation, request):
        """As in traffic.Client: kept in the history, client -1."""
        self.number += 1
        request.request_id = self.day.request_id(f"sharer/{self.seed}/{self.number}")
        call = history.Call(-1, self.number, operation, request.request_id, "ops", "", time.time())
        try:
            answer = self.day.client.directory(operation, request, attempts=call.attempts)
            call.outcome, call.record_type = history.OK, "agreement"
            call.record_id, call.version = answer.id, answer.version
            return answer
        except CallError:
            call.outcome = history.OPEN if call.attempts[-1].doubtful else history.REFUSED
            return None
        finally:
            call.end = time.time()
            if call.attempts:
                call.code, call.reason = call.attempts[-1].code, call.attempts[-1].reason
            self.log.add(call)
