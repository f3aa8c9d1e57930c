"""Step 4 of the day: changes go on while processes are killed and a copy is altered by hand."""

import time

from stack import catalogue, kafka, postgres, processes, services, settings

from . import cast as cast_module
from . import history, progress, traffic, waiting

CLIENTS = 4
CALLS_BETWEEN = 15          # answers every client has had before the next kill
MOVING_SECONDS_MAX = 120
HEALED_SECONDS_MAX = 240
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
                                 generation=self.round) as clients:
                self._let_work(clients)
                for victim, start in self._victims():
                    with progress.timed(f"  kill -9 of {victim}, restarted, changes go on"):
                        in_flight += clients.in_flight()
                        processes.kill(self.stack, victim)
                        start()
                        self._let_work(clients)
                    if victim == self.killed_replica:
                        altered, altered_at = self._alter(), time.monotonic()
            with progress.timed(f"  the altered row of {self.altered_unit} named and healed"):
                self._wait_healed(*altered)
            facts.update({
                "acknowledged": log.acknowledged, "doubtful answers": log.doubtful,
                "repeats": log.repeated, "in flight at kills": in_flight,
                "altered row found after s": round(time.monotonic() - altered_at, 1),
                "_altered": {"unit": self.altered_unit, "key": f"citizen/{altered[0]}"}})

    def _victims(self):
        """(name, how it is started again), in the order they are killed."""
        def ours(name):
            return name, lambda: services.start(self.stack, name)

        return [ours("registry"), ours(self.killed_replica),
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

    def _alter(self):
        """Changes a name in a copy as no program of ours would; (id, version, value before)."""
        topic = catalogue.feed(self.altered_unit)
        database = settings.replica_database(self.altered_unit)
        rows = postgres.query(self.stack, database, PICK, (topic,))
        if not rows:
            raise waiting.TooLate(f"the copy of {self.altered_unit} holds no citizen")
        record, version, value = rows[0]
        postgres.query(self.stack, database, ALTER, (FORGED, topic, record),
                       user=postgres.SUPERUSER)
        return record, version, value

    def _wait_healed(self, record, version, value):
        """The copy's own scrub names the key, and the row is as it was, or newer."""
        key, unit = f"citizen/{record}", self.altered_unit

        def condition():
            state = self.day.client.consistency()[unit]
            rows = postgres.query(self.stack, settings.replica_database(unit), LOOK,
                                  (catalogue.feed(unit), record))
            healed = bool(rows) and FORGED not in (rows[0][1] or "") and (
                rows[0] == (version, value) or rows[0][0] > version)
            named = any(name.endswith(key) for name in state.altered_keys)
            return (named and healed) or (False, f"named: {named}, healed: {healed}")

        waiting.until(f"{key} found altered at {unit}", HEALED_SECONDS_MAX, condition, 0.5)
