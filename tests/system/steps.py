"""What a citizen does with the code counts once, however often the form is sent: a reply to a
question, a rating, a reopening."""

import uuid

from stack import postgres

from day import hotline, protos

from . import visitor
from .case import COMMUNE, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

TIMES = 3
MESSAGES = "SELECT count(*) FROM message WHERE ticket_id = %s"


class Steps(Case):
    """One report on its way, followed on the page."""

    def setUp(self):
        super().setUp()
        self.scenes = hotline.Hotline(self.day)
        self.head = self.day.actor(COMMUNE, "commune-head")
        self.citizen, self.phone = visitor.Visitor(self.stack), visitor.new_phone()

    def test_what_is_sent_again_under_one_id_counts_once(self):
        opened = self.call(
            self.scenes.operator, "TicketService", "OpenTicket", text="Ổ gà lớn",
            category_id="HATANG.GIAOTHONG", channel=self.scenes.records.CHANNEL_PHONE,
            caller=protos.module("hotline", "reporters").Caller(full_name="Trần Thị Bưởi",
                                                                phone=self.phone),
            place=self.scenes.records.Place(commune_code="25747"))
        self.ticket, self.code = opened.ticket.id, opened.code
        self.scenes.route_to(opened.ticket, [COMMUNE])
        self.at_unit("AcceptAssignment")
        self.at_unit("PauseAssignment", reason="Ở đoạn nào?")
        self.assert_counts_once("reply", {"reply": "Ở đầu hẻm"})
        self.assertEqual(self.assignment().reply, "Ở đầu hẻm")
        self.at_unit("AnswerAssignment", answer="Đã vá.")
        self.by_keeper("ApproveTicket")
        self.by_keeper("KeepPrivate")
        self.assert_counts_once("rate", {"satisfaction": "3", "comment": "Cảm ơn"})
        self.assert_counts_once("reopen", {"reason": "Lại hỏng"})
        self.assertEqual(self.scenes.ticket(self.ticket).reopen_count, 1)

    def assert_counts_once(self, step, filled):
        """The first time it changes something, and is answered alike each time. Under the id of
        another form it is another step."""
        before, form = self.there(), self.followed()
        for time in range(TIMES):
            with self.subTest(step=step, time=time):
                self.assertEqual(self.send(step, form | filled), 200)
                after = self.there() if time == 0 else after
                self.assertNotEqual(after, before)
                self.assertEqual(self.there(), after)
        other = form | {f"{step}_id": str(uuid.uuid4())} | filled
        if self.send(step, other) == 200:
            self.assertNotEqual(self.there(), after)

    def followed(self):
        """The hidden fields of the page that shows the report."""
        fields = {"token": self.citizen.form("/vi/follow")["token"], "code": self.code,
                  "contact": self.phone}
        shown = self.citizen.post("/vi/follow", fields)
        self.assertEqual(shown.status, 200)
        return visitor.fields_of(shown)[0]

    def send(self, step, fields):
        return self.citizen.post(f"/vi/{step}", fields).status

    def there(self):
        """The ticket and its part as the owner has them, and how many messages there are."""
        count = postgres.query(self.stack, "hotline", MESSAGES, (self.ticket,))[0][0]
        return (self.scenes.ticket(self.ticket).SerializeToString(deterministic=True),
                self.assignment().SerializeToString(deterministic=True), count)

    def assignment(self):
        asked = protos.module("hotline", "assignments").ListAssignmentsRequest(
            ticket_id=self.ticket)
        found, = self.day.client.hotline("AssignmentService", "ListAssignments", asked,
                                         **self.scenes.supervisor.options).assignments
        return found

    def at_unit(self, method, **fields):
        self.call(self.head, "AssignmentService", method, assignment_id=self.assignment().id,
                  **fields)

    def by_keeper(self, method, **fields):
        self.call(self.scenes.supervisor, "TicketService", method, ticket_id=self.ticket, **fields)

    def call(self, actor, service, method, **fields):
        request = self.day.client.request("hotline", service, method)(
            request_id=str(uuid.uuid4()), **fields)
        return self.day.client.hotline(service, method, request, **actor.options)
