"""Step 4 of the day: changes go on while processes are killed and a copy is altered by hand."""

import threading
import time

from stack import catalogue, kafka, postgres, processes, services, settings

from . import cast as cast_module
from . import history, progress, protos, tickets, traffic, waiting
from .client import CallError

CLIENTS = 4
CALLS_BETWEEN = 15          # answers every client has had before the next kill
MOVING_SECONDS_MAX = 120
HEALED_SECONDS_MAX = 240
PAUSE_SECONDS = 0.02        # between two calls of a client: the load of an office, not of a test
WATCH_SECONDS = 0.5
WATCHED_SECONDS_MAX = 900
FORGED = "(sửa tay)"
ALTER = """
  UPDATE feed_record SET value = replace(value, '"fullName":"', '"fullName":"' || %s)
  WHERE topic = %s AND record_type = 'citizen' AND record_id = %s"""
PICK = """
  SELECT record_id, version, value FROM feed_record
  WHERE topic = %s AND record_type = 'citizen' AND value IS NOT NULL ORDER BY record_id LIMIT 1"""
LOOK = """
  SELECT version, value FROM feed_record
  WHERE topic = %s AND record_type = 'citizen' AND record_id = %s"""


def play(day):
    day.progress.step("storm", "changes under kills, a row altered by hand",
                      lambda facts: Storm(day).play(facts))


def altered_row(day):
    """What Altered.told() said, in this start or an earlier one; {} when no row was altered."""
    return day.progress.facts("storm").get("_altered", {}) if day.progress.is_finished("storm") else {}


def history_path(stack):
    return stack.run / "day" / "history.jsonl"


class Storm:
    def __init__(self, day):
        self.day, self.stack = day, day.stack
        self.round = day.progress.next_round("storm/round")
        self.killed_replica = "replica-0"
        self.altered_unit = self._choose_altered_unit()

    def play(self, facts):
        in_flight = 0
        with history.History(history_path(self.stack)) as log:
            with traffic.Traffic(self.day, f"storm/{self.round}", log, CLIENTS,
                                 generation=self.round, pause_seconds=PAUSE_SECONDS,
                                 of_every_owner=True) as clients:
                self._let_work(clients)
                for victim, start in self._victims():
                    with progress.timed(f"  kill -9 of {victim}, restarted, changes go on"):
                        in_flight += waiting.until(
                            "a call in flight", MOVING_SECONDS_MAX,
                            lambda victim=victim: clients.in_flight(victim), 0.001)
                        processes.kill(self.stack, victim)
                        start()
                        self._let_work(clients)
                    if victim == self.killed_replica:
                        altered = Altered(self.day, self.altered_unit)
            with progress.timed(f"  the altered row of {self.altered_unit} named and healed"):
                altered.wait()
        if not (log.doubtful and log.repeated):
            raise waiting.TooLate("no answer was in doubt, or none was repeated: the kills proved "
                                  "nothing")
        facts.update({
            "acknowledged": log.acknowledged,
            "answers in doubt under kills, each repeated with its request_id": log.doubtful,
            "repeats in all": log.repeated, "in flight at kills": in_flight,
            "altered row named after s": altered.named_after,
            "_altered": altered.told()})

    def _victims(self):
        """(name, how it is started again), in the order they are killed."""
        def ours(name):
            return name, lambda: services.start(self.stack, name)

        owners = ["registry", "document", *(["hotline"] if tickets.centre(self.day) else [])]
        return [*map(ours, owners), ours(self.killed_replica),
                (kafka.NAME, lambda: kafka.start(self.stack)),
                (postgres.NAME, lambda: postgres.start(self.stack))]

    def _let_work(self, clients):
        mark = clients.mark()
        waiting.until(f"{CALLS_BETWEEN} more answers for each client", MOVING_SECONDS_MAX,
                      lambda: clients.all_moved(mark, CALLS_BETWEEN))

    def _choose_altered_unit(self):
        """A commune in which no client works: only the scrub can find its altered row."""
        province = self.day.province
        busy = {code for territory in traffic.territories(province, CLIENTS)
                for code in territory.communes}
        communes = province.units_of_kind("COMMUNE")
        return next((code for code in reversed(communes) if code not in busy),
                    cast_module.choose(province).other_commune)


class Altered:
    """A row of a copy, changed as no program of ours would; watched until it is named.

    The copy names the newest 20 keys only, so it is asked all the time by a thread of its own.
    """

    def __init__(self, day, unit):
        self.day, self.unit = day, unit
        self.topic, self.database = catalogue.feed(unit), settings.replica_database(unit)
        rows = postgres.query(day.stack, self.database, PICK, (self.topic,))
        if not rows:
            raise waiting.TooLate(f"the copy of {unit} holds no citizen")
        self.record, self.version, self.value = rows[0]
        self.key = f"citizen/{self.record}"
        postgres.query(day.stack, self.database, ALTER, (FORGED, self.topic, self.record),
                       user=postgres.SUPERUSER)
        self.named_after = self.healed_after = None
        self._begin = time.monotonic()
        threading.Thread(target=self._watch, name="altered", daemon=True).start()

    def wait(self):
        """Until the copy has named the key, and the row is as it was, or newer."""
        waiting.until(f"{self.key} named as altered, and healed, at {self.unit}",
                      HEALED_SECONDS_MAX, self._state, WATCH_SECONDS)

    def told(self):
        """Which row of which copy, and what became of it: seconds from the change by hand."""
        return {"unit": self.unit, "key": self.key, "named_after_s": self.named_after,
                "seen_healed_after_s": self.healed_after}

    def _state(self):
        rows = postgres.query(self.day.stack, self.database, LOOK, (self.topic, self.record))
        version, value = rows[0] if rows else (0, None)
        healed = (version, value) == (self.version, self.value) or version > self.version
        if healed and self.healed_after is None:
            self.healed_after = round(self._elapsed(), 1)
        named = self.named_after is not None
        return (named and healed) or (False, f"named: {named}, healed: {healed}")

    def _watch(self):
        replica = protos.module("replica", "replica")
        while self.named_after is None and self._elapsed() < WATCHED_SECONDS_MAX:
            try:
                answer = self.day.client.replica(
                    self.unit, "GetConsistency", replica.GetConsistencyRequest(unit_id=self.unit),
                    repeat_seconds=0)
                if any(name.endswith(self.key) for name in answer.units[0].altered_keys):
                    self.named_after = round(self._elapsed(), 1)
            except CallError:
                pass    # it is asked again: PostgreSQL is being killed in these moments
            time.sleep(WATCH_SECONDS)

    def _elapsed(self):
        return time.monotonic() - self._begin
