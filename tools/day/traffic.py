"""Clients that keep changing records, each with records of its own, and keep what was answered.

What a client does follows from its seed and the answers alone. It waits for every answer, and
repeats with the same request id while the outcome is open.
"""

import dataclasses
import random
import threading
import time

from . import history, letters, numbers, people, protos, tickets
from .client import CallError

ABANDON_SECONDS = 2       # how long a failing run waits for the calls of its clients
RECORDS_MAX = 40          # living records a client goes on with
ENTERPRISE_SERIAL_FIRST, SERIALS_OF_CLIENT, SERIALS_OF_GENERATION = 6_000_000, 100_000, 2000
CALLED = ("registry", "document", "hotline")
# Operation -> weight. Every client begins with registrations: the others need a record.
OPERATIONS = {"register_citizen": 34, "move_citizen": 25, "take_over": 1, "correct": 10,
              "record_death": 4, "register_enterprise": 10, "move_enterprise": 10,
              "dissolve_enterprise": 6}
# The same of letters and of tickets, for clients of every owner: with several calls each.
LETTER_OPERATIONS = {"send_letter": 6, "handle_letter": 10, "recall_letter": 1}
TICKET_OPERATIONS = {"open_ticket": 6, "handle_ticket": 10, "return_ticket": 2}


@dataclasses.dataclass(frozen=True)
class Territory:
    """Where a client works: communes of one district, all with systems of their own."""

    district: str
    communes: tuple


def territories(province, count):
    """A Territory for each of `count` clients: the districts in turn."""
    found = []
    for district in province.units_of_kind("DISTRICT"):
        communes = tuple(code for code in province.units_of_kind("COMMUNE")
                         if province.units[code].parent_id == district)
        if communes:
            found.append(Territory(district, communes))
    return [found[index % len(found)] for index in range(count)]


class Client:
    """One client. run() is for its thread; the counters may be read by others."""

    def __init__(self, day, index, name, territory, log, generation=0, pause_seconds=0,
                 of_every_owner=False):
        """`name` makes request ids and choices its own; `log` is the shared History.

        `pause_seconds`: between two operations.
        `of_every_owner`: letters and tickets too; units need their number books, the hotline its
        categories. No tickets where no unit keeps the hotline.
        `generation`: another one than that of earlier clients of this index on the same stack, so
        that tax numbers are not given twice.
        """
        self.day, self.index, self.log = day, index, log
        self.territory, self.pause_seconds = territory, pause_seconds
        self.elsewhere = [code for code in day.province.units_of_kind("COMMUNE")
                          if code not in territory.communes]
        self.name = f"{name}/{index}"
        self.random = random.Random(f"{day.province.seed}/{self.name}")
        self.people = people.People(self.random, day.province.communes(),
                                    people.tails_of_client(index))
        self.tax_numbers = numbers.tax_numbers(
            ENTERPRISE_SERIAL_FIRST + index * SERIALS_OF_CLIENT
            + generation * SERIALS_OF_GENERATION % SERIALS_OF_CLIENT)
        self.registry = protos.module("registry", "registry")
        self.number = 0
        self.citizens, self.enterprises = [], []     # [{"id", "version", "commune", ...}]
        self.letters = letters.Letters(self) if of_every_owner else None
        has_tickets = of_every_owner and tickets.centre(day)
        self.tickets = tickets.Tickets(self) if has_tickets else None
        self.acknowledged = 0
        self.in_flight = ""     # the owner that is asked now
        self.error = None

    def run(self, stop, limit=None):
        """Works until the event `stop`, or `limit` operations; an unexpected error is kept."""
        try:
            while not stop.is_set() and (limit is None or self.number < limit):
                self.step()
                stop.wait(self.pause_seconds)
        except Exception as error:  # shown by whoever waits for this client
            self.error = error

    def step(self):
        """One operation, chosen by weight among those possible."""
        possible = dict(OPERATIONS)
        if not self.citizens:
            for name in ("move_citizen", "take_over", "correct", "record_death"):
                del possible[name]
        if not self.enterprises:
            del possible["move_enterprise"], possible["dissolve_enterprise"]
        if len(self.citizens) >= RECORDS_MAX:
            del possible["register_citizen"]
        if len(self.enterprises) >= RECORDS_MAX:
            del possible["register_enterprise"]
        if self.letters:
            possible |= LETTER_OPERATIONS
        if self.tickets:
            possible |= TICKET_OPERATIONS
        name = self.random.choices(list(possible), possible.values())[0]
        if name in LETTER_OPERATIONS:
            getattr(self.letters, name)()
        elif name in TICKET_OPERATIONS:
            getattr(self.tickets, name)()
        else:
            getattr(self, f"_{name}")()

    def _register_citizen(self):
        commune = self.random.choice(self.territory.communes)
        citizen = self.people.citizen(self.day.province.commune_of(commune), numbered=True)
        answer = self._registry(self._registrar(commune), "RegisterCitizen",
                                self.registry.RegisterCitizenRequest(citizen=citizen))
        if answer:
            self.citizens.append({"id": answer.id, "version": answer.version, "commune": commune,
                                  "number": citizen.identity_number,
                                  "birth": citizen.birth_date, "name": citizen.full_name})

    def _move_citizen(self):
        """Inside the district, by the district: two communes' feeds change."""
        person = self.random.choice(self.citizens)
        commune = self.random.choice(self.territory.communes)
        answer = self._registry(
            self.day.actor(self.territory.district, "district-registrar"), "MoveCitizen",
            self.registry.MoveCitizenRequest(
                citizen_id=person["id"], expected_version=self._expected(person),
                address=self._address(commune)))
        self._update(person, answer, commune=commune)

    def _take_over(self):
        """Out of the client's territory, for good: the record is not touched again."""
        person = self.citizens.pop(self.random.randrange(len(self.citizens)))
        commune = self.random.choice(self.elsewhere or self.territory.communes)
        self._registry(self._registrar(commune), "TakeOverCitizen",
                       self.registry.TakeOverCitizenRequest(
                           identity_number=person["number"], birth_date=person["birth"],
                           address=self._address(commune)))

    def _correct(self):
        person = self.random.choice(self.citizens)
        name = f"{person['name'].split()[0]} {self.people.name(self.random.choice((1, 2)))}"
        request = self._registry(
            self._registrar(person["commune"]), "RequestCorrection",
            self.registry.RequestCorrectionRequest(
                citizen_id=person["id"], expected_version=self._expected(person), full_name=name,
                reason="Sai sót khi nhập"), "correction")
        if not request:
            return
        approve = self.random.random() < 0.7
        decided = self._registry(
            self.day.actor(self.territory.district, "district-approver"),
            "ApproveCorrection" if approve else "RejectCorrection",
            self.registry.DecideCorrectionRequest(
                correction_id=request.id, expected_version=request.version,
                reason="Theo hồ sơ gốc"), "correction")
        if not decided:
            self.citizens.remove(person)    # its version is not known any more
        elif approve:
            person.update(version=person["version"] + 1, name=name)

    def _record_death(self):
        person = self.citizens.pop(self.random.randrange(len(self.citizens)))
        self._registry(self._registrar(person["commune"]), "RecordDeath",
                       self.registry.RecordDeathRequest(
                           citizen_id=person["id"], expected_version=self._expected(person),
                           death_date=people.DAY.isoformat()))

    def _register_enterprise(self):
        commune = self.random.choice(self.territory.communes)
        enterprise = self.people.enterprise(next(self.tax_numbers),
                                            self.day.province.commune_of(commune))
        answer = self._registry(self._economist(), "RegisterEnterprise",
                                self.registry.RegisterEnterpriseRequest(enterprise=enterprise),
                                "enterprise")
        if answer:
            self.enterprises.append({"id": answer.id, "version": answer.version})

    def _move_enterprise(self):
        enterprise = self.random.choice(self.enterprises)
        answer = self._registry(
            self._economist(), "MoveEnterprise", self.registry.MoveEnterpriseRequest(
                enterprise_id=enterprise["id"], expected_version=self._expected(enterprise),
                address=self._address(self.random.choice(self.territory.communes))), "enterprise")
        self._update(enterprise, answer)

    def _dissolve_enterprise(self):
        enterprise = self.enterprises.pop(self.random.randrange(len(self.enterprises)))
        self._registry(self._economist(), "DissolveEnterprise",
                       self.registry.DissolveEnterpriseRequest(
                           enterprise_id=enterprise["id"],
                           expected_version=self._expected(enterprise),
                           dissolved_on=people.DAY.isoformat()), "enterprise")

    def _registry(self, actor, operation, request, record_type="citizen"):
        return self.call("registry", actor, operation, request, record_type,
                         self.day.client.registry)

    def call(self, owner, actor, operation, request, record_type, send):
        """One call of an owner, kept in the history; None when it was refused or stayed open.

        `send`: of client.Client, takes the operation, the request, and options.
        """
        self.number += 1
        request.request_id = self.day.request_id(f"{self.name}/{self.number}")
        call = history.Call(self.index, self.number, operation, request.request_id,
                            f"unit-{actor.unit}", actor.official, time.time())
        answer = None
        self.in_flight = owner
        try:
            answer = send(operation, request, attempts=call.attempts, **actor.options)
            call.outcome, call.record_type = history.OK, record_type
            call.record_id, call.version = answer.id, answer.version
            self.acknowledged += 1
        except CallError:
            call.outcome = history.OPEN if call.attempts[-1].doubtful else history.REFUSED
        finally:
            self.in_flight = ""
            call.end = time.time()
            if call.attempts:
                call.code, call.reason = call.attempts[-1].code, call.attempts[-1].reason
            self.log.add(call)
        return answer

    def _expected(self, record):
        """Half of the changes state the version they were made against."""
        return record["version"] if self.random.random() < 0.5 else 0

    def _update(self, record, answer, **more):
        """A record whose change was not acknowledged is let go: its version is not known."""
        if answer:
            record.update(version=answer.version, **more)
            return
        for records in (self.citizens, self.enterprises):
            if record in records:
                records.remove(record)

    def _address(self, commune):
        return self.people.address(self.day.province.commune_of(commune), people.DAY)

    def _registrar(self, commune):
        return self.day.actor(commune, "commune-registrar")

    def _economist(self):
        return self.day.actor(self.territory.district, "district-economy")


class Traffic:
    """Several clients side by side; a context manager that ends them."""

    def __init__(self, day, name, log, count, operations=None, generation=0, pause_seconds=0,
                 of_every_owner=False):
        """`operations`: how many calls each client makes; None = until the block ends."""
        self._stop = threading.Event()
        self.clients = [Client(day, index, name, territory, log, generation, pause_seconds,
                               of_every_owner)
                        for index, territory in enumerate(territories(day.province, count))]
        self._threads = [threading.Thread(target=client.run, args=(self._stop, operations),
                                          name=f"client-{client.index}", daemon=True)
                         for client in self.clients]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind, *_):
        self._stop.set()
        if kind is None:
            self.join()
            return
        for thread in self._threads:
            thread.join(ABANDON_SECONDS)

    def join(self):
        """Waits until every client has ended: their calls have limits of their own."""
        for thread in self._threads:
            thread.join()
        self.check()

    def check(self):
        """Raises what a client did not expect."""
        for client in self.clients:
            if client.error:
                raise client.error

    def in_flight(self, process):
        """How many calls wait for their answer now: of this process where clients call it, of any
        other one all."""
        asked = [client.in_flight for client in self.clients if client.in_flight]
        return asked.count(process) if process in CALLED else len(asked)

    def alive(self):
        return any(thread.is_alive() for thread in self._threads)

    def mark(self):
        return [client.acknowledged for client in self.clients]

    def all_moved(self, mark, by):
        """Has every client had `by` more answers since mark(), or finished?"""
        self.check()
        return all(client.acknowledged >= before + by or not thread.is_alive()
                   for client, thread, before in zip(self.clients, self._threads, mark))
