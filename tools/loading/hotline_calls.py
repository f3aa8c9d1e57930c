"""Citizens' reports by telephone, from the call to the published answer."""

import dataclasses
import types

from day import tickets
from day.tickets import ANSWER, TEXT

from .calls import PAGE, Calls, expect
from .mixture import Kind, Pool

SEARCHED = "o ga lon"
PUBLIC_TEXT = "Phản ánh về đường sá"
PHONES = 1_000_000


@dataclasses.dataclass
class Ticket:
    """`unit`: whose it is to answer; `part`: its assignment. `version` 0 = not known.

    What somebody who stays anonymous reports is not published.
    """

    id: str
    version: int
    territory: object
    anonymous: bool = False
    unit: str = ""
    part: object = None


class Hotline(Calls):
    """A ticket goes through the pools in the order in which they are made here; those of Open311
    join them in `opened`."""

    def __init__(self, day, name, territories):
        super().__init__(day, f"{name}/hotline")
        self.territories = territories
        one = tickets.Tickets(types.SimpleNamespace(    # for who acts, and what can be reported
            day=day, random=self.random, territory=territories[0]))
        self.operator, self.supervisor = one.operator, one.supervisor
        self.categories, self.caller = one.categories, one.caller
        self.records, self.requests = one.records, one.tickets
        self._phone = self.random.randrange(PHONES)
        (self.opened, self.routed, self.assigned, self.accepted, self.answered,
         self.approved) = (Pool(f"{name}/tickets/{step}") for step in range(6))

    def kinds(self):
        return [
            Kind("OpenTicket", 4, self.open_ticket),
            Kind("RouteTicket", 4, self.route_ticket, "OpenTicket"),
            Kind("ListAssignments", 4, self.list_assignments, "RouteTicket"),
            Kind("AcceptAssignment", 4, self.accept, "ListAssignments"),
            Kind("AnswerAssignment", 4, self.answer, "AcceptAssignment"),
            Kind("ApproveTicket", 4, self.approve, "AnswerAssignment"),
            Kind("PublishTicket", 3, self.publish, "ApproveTicket"),
            Kind("ListTickets", 2, self.list_tickets),
        ]

    def phone(self):
        """Another one each time: few messages a day go to the same."""
        self._phone = (self._phone + 1) % PHONES
        return f"0915{self._phone:06}"

    def open_ticket(self):
        territory = self.random.choice(self.territories)
        commune = self.day.province.commune_of(self.random.choice(territory.communes))[0]
        fields = {
            "text": TEXT, "channel": self.records.CHANNEL_PHONE,
            "category_id": self.random.choice(self.categories),
            "caller": self.caller(full_name="Người dân", phone=self.phone()),
            "place": self.records.Place(commune_code=commune,
                                        address=f"Số {self.random.randint(1, 300)}")}

        def run():
            made = self.hotline(self.operator, "TicketService", "OpenTicket", **fields)
            expect(made.code, "a report without a code")
            self.opened.put(Ticket(made.ticket.id, made.ticket.version, territory))
        return run

    def route_ticket(self):
        ticket = self.opened.take()
        if not ticket:
            return None
        ticket.unit = self.random.choice([ticket.territory.district, *ticket.territory.communes])
        return self._step(ticket, self.operator, "RouteTicket", self.routed,
                          routes=[self.requests.Route(unit_id=ticket.unit)])

    def list_assignments(self):
        """As the head of the unit, whose assignment of the ticket it is."""
        ticket = self.routed.take()
        if not ticket:
            return None

        def run():
            found = self.hotline(
                self._head(ticket), "AssignmentService", "ListAssignments", ticket_id=ticket.id,
                states=[self.records.ASSIGNMENT_STATE_ASSIGNED]).assignments
            own = [one for one in found if one.unit_id == ticket.unit]
            expect(len(own) == 1, "other than one assignment of a ticket to its unit")
            ticket.part = own[0]
            self.assigned.put(ticket)
        return run

    def accept(self):
        ticket = self.assigned.take()
        return ticket and self._part_step(ticket, "AcceptAssignment", self.accepted)

    def answer(self):
        ticket = self.accepted.take()
        return ticket and self._part_step(ticket, "AnswerAssignment", self.answered, answer=ANSWER)

    def approve(self):
        """Its version is that of the answer now, which is not known here."""
        ticket = self.answered.take()
        if not ticket:
            return None
        ticket.version = 0
        return self._step(ticket, self.supervisor, "ApproveTicket", self.approved)

    def publish(self):
        ticket = self.approved.take()
        if not ticket:
            return None
        if ticket.anonymous:
            return self._step(ticket, self.supervisor, "KeepPrivate", None)
        return self._step(ticket, self.supervisor, "PublishTicket", None,
                          public_text=PUBLIC_TEXT, public_answer=ANSWER)

    def list_tickets(self):
        return lambda: self.hotline(self.operator, "TicketService", "ListTickets", text=SEARCHED,
                                    page_size=PAGE)

    def _step(self, ticket, actor, method, then, **fields):
        version = self.either(ticket.version)

        def run():
            ticket.version = self.hotline(
                actor, "TicketService", method, ticket_id=ticket.id, expected_version=version,
                **fields).version
            if then is not None:    # an empty pool is false
                then.put(ticket)
        return run

    def _part_step(self, ticket, method, then, **fields):
        version = self.either(ticket.part.version)

        def run():
            ticket.part = self.hotline(
                self._head(ticket), "AssignmentService", method, assignment_id=ticket.part.id,
                expected_version=version, **fields)
            then.put(ticket)
        return run

    def _head(self, ticket):
        kind = "district" if ticket.unit == ticket.territory.district else "commune"
        return self.day.actor(ticket.unit, f"{kind}-head")
