"""Citizens' reports that a client of the traffic takes in, sends to units, and sees answered."""

import functools

from . import hotline_rules, protos
from .client import CallError

UNITS_MAX = 2               # that have a ticket at once
TICKETS_MAX = 20            # that a client goes on with
PHONES_OF_CLIENT = 10_000
TEXT, ANSWER = "Ổ gà lớn giữa đường, nguy hiểm cho xe máy", "Đã xử lý xong."


def centre(day):
    """The unit that keeps the hotline; None where the day plays without it."""
    return day.province.unit_with("hotline-operator")


class Tickets:
    """Of one traffic.Client: from its communes, handled by these and their district."""

    def __init__(self, client):
        self.client, self.day, self.random = client, client.day, client.random
        self.records = protos.module("hotline", "records")
        self.tickets = protos.module("hotline", "tickets")
        self.caller = protos.module("hotline", "reporters").Caller
        self.operator = self.day.actor(centre(self.day), "hotline-operator")
        self.supervisor = self.day.actor(centre(self.day), "hotline-supervisor")
        self.units = [client.territory.district, *client.territory.communes]
        self.categories = _categories(self.day)
        self.routed = []    # [{"id", "given": units that have had it, "left": not answered yet}]

    def open_ticket(self):
        """Taken in by an operator, and sent to one or several units at once."""
        commune = self.random.choice(self.client.territory.communes)
        phone = self.client.index * PHONES_OF_CLIENT + self.client.number % PHONES_OF_CLIENT
        ticket = self._call(
            self.operator, "TicketService", "OpenTicket", "ticket", text=TEXT,
            channel=self.records.CHANNEL_PHONE, category_id=self.random.choice(self.categories),
            caller=self.caller(full_name="Người dân", phone=f"0915{phone:06}"),
            place=self.records.Place(commune_code=self.day.province.commune_of(commune)[0],
                                     address=f"Số {self.random.randint(1, 300)}"))
        if not ticket:
            return
        units = self.random.sample(self.units, self.random.randint(
            1, min(UNITS_MAX, len(self.units))))
        if self._route(ticket.id, units, self._either(ticket)):
            self.routed = [*self.routed, {"id": ticket.id, "given": units, "left": list(units)}]
            self.routed = self.routed[-TICKETS_MAX:]

    def handle_ticket(self):
        """One of its units accepts and answers; behind the last of them it is approved."""
        ticket, unit = self._choose()
        if not ticket:
            self.open_ticket()
            return
        head = self._head(unit)
        part = self._assignment(head, ticket["id"])
        part = part and self._call(
            head, "AssignmentService", "AcceptAssignment", "assignment", assignment_id=part.id,
            expected_version=self._either(part))
        part = part and self._call(
            head, "AssignmentService", "AnswerAssignment", "assignment", assignment_id=part.id,
            answer=ANSWER, expected_version=self._either(part))
        if part and not ticket["left"]:
            self._approve(ticket["id"])

    def return_ticket(self):
        """The wrong unit gives it back, and loses sight of it; it goes to another one."""
        ticket, unit = self._choose()
        if not ticket:
            self.open_ticket()
            return
        head = self._head(unit)
        part = self._assignment(head, ticket["id"])
        part = part and self._call(
            head, "AssignmentService", "ReturnAssignment", "assignment", assignment_id=part.id,
            expected_version=self._either(part), reason="Không thuộc địa bàn")
        others = [unit for unit in self.units if unit not in ticket["given"]]
        if not part or not others:
            return
        other = self.random.choice(others)
        if self._route(ticket["id"], [other]):
            ticket["given"].append(other)
            ticket["left"].append(other)
            if ticket not in self.routed:
                self.routed.append(ticket)

    def _choose(self):
        """(a ticket, one of its units that has not answered, which is asked now); or None twice."""
        if not self.routed:
            return None, None
        ticket = self.random.choice(self.routed)
        unit = ticket["left"].pop(self.random.randrange(len(ticket["left"])))
        if not ticket["left"]:
            self.routed.remove(ticket)
        return ticket, unit

    def _route(self, ticket_id, units, expected_version=0):
        return self._call(
            self.operator, "TicketService", "RouteTicket", "ticket", ticket_id=ticket_id,
            expected_version=expected_version,
            routes=[self.tickets.Route(unit_id=unit) for unit in units])

    def _approve(self, ticket_id):
        """What several units have answered is put together first."""
        ticket = self._read(self.operator, "TicketService", "GetTicket", ticket_id=ticket_id)
        if ticket and ticket.waits_for_keeper:
            ticket = self._call(
                self.operator, "TicketService", "AnswerTicket", "ticket", ticket_id=ticket_id,
                answer=ANSWER, expected_version=self._either(ticket))
        if ticket and ticket.state == self.records.TICKET_STATE_ANSWERED:
            self._call(self.supervisor, "TicketService", "ApproveTicket", "ticket",
                       ticket_id=ticket_id, expected_version=self._either(ticket))

    def _assignment(self, actor, ticket_id):
        """That of the actor's unit; None when the answer stays out."""
        answer = self._read(actor, "AssignmentService", "ListAssignments", ticket_id=ticket_id,
                            states=[self.records.ASSIGNMENT_STATE_ASSIGNED])
        return next((part for part in answer.assignments if part.unit_id == actor.unit),
                    None) if answer else None

    def _read(self, actor, service, method, **fields):
        request = self.day.client.request("hotline", service, method)(**fields)
        try:
            return self.day.client.hotline(service, method, request, **actor.options)
        except CallError:
            return None

    def _call(self, actor, service, method, record_type, **fields):
        request = self.day.client.request("hotline", service, method)(**fields)
        return self.client.call("hotline", actor, method, request, record_type,
                                functools.partial(self._send, service))

    def _send(self, service, method, request, **options):
        """The record that the answer is, or holds."""
        answer = self.day.client.hotline(service, method, request, **options)
        return answer.ticket if method == "OpenTicket" else answer

    def _either(self, record):
        """Half of the changes state the version they were made against."""
        return record.version if self.random.random() < 0.5 else 0

    def _head(self, unit):
        kind = "district" if unit == self.client.territory.district else "commune"
        return self.day.actor(unit, f"{kind}-head")


def _categories(day):
    """Incidents that can be reported without an answer to any question."""
    asked = {row["category_code"] for row in hotline_rules.rows(day, "hotline_questions.csv")
             if row["required"] == "true"}
    return [row["code"] for row in hotline_rules.rows(day, "hotline_categories.csv")
            if row["parent_code"] and row["kind"] == "INCIDENT" and row["code"] not in asked]
