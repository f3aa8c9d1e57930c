"""What goes on beside the clients: copies that are watched, agreements that come and go."""

import json
import random
import threading
import time

from day import history, protos
from day.client import CallError

MONITOR_SECONDS = 0.25
SHARER = "H09.13"


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
