"""The portal's pages in a real browser, on the running system."""

import dataclasses
import json
import math
import subprocess
import uuid

from stack import services, settings

from day import hotline, protos

from .case import COMMUNE, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

PAGES = settings.ROOT / "tests" / "browser" / "pages.mjs"
SECONDS_MAX = 600
POINTS = 400        # of a commune's boundary
QUESTION = "Đèn ở trụ số mấy?"
PUBLISHED = "Đèn đường hẻm 42 Yersin tắt nhiều đêm liền"


class Browser(Case):
    """Citizens report, follow, answer, rate and reopen; each page keeps what all pages have to."""

    def setUp(self):
        super().setUp()
        self.scenes = hotline.Hotline(self.day)
        self.records = protos.module("hotline", "records")
        self.head = self.day.actor(COMMUNE, "commune-head")
        path = self.stack.run / "boundaries.json"
        path.write_text(json.dumps(self._boundaries()), encoding="utf-8")
        self._restart(dataclasses.replace(self.stack, boundaries=str(path)))
        self.addCleanup(self._restart, self.stack)

    @staticmethod
    def _restart(stack):
        services.stop(stack, "portal")
        services.serve(stack, "portal")
        services.wait_healthy(stack, "portal")

    def _boundaries(self):
        """Wavy circles side by side, one a commune."""
        features = []
        for index, (code, _) in enumerate(self.day.province.communes()):
            east, north = 106.4 + index % 10 * 0.05, 10.9 + index // 10 * 0.05
            ring = []
            for point in range(POINTS):
                angle = 2 * math.pi * point / POINTS
                reach = 0.02 + 0.002 * math.sin(20 * angle)
                ring.append([east + reach * math.cos(angle), north + reach * math.sin(angle)])
            features.append({
                "type": "Feature", "properties": {"gso_code": code},
                "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}})
        return {"type": "FeatureCollection", "features": features}

    def test_the_pages_do_what_they_promise(self):
        rated, published = self._answered("0912000001")
        reopened, _ = self._answered("0912000002")
        by_keys = [f"{self._answered(phone)[0]},{phone}" for phone in ("0912000003", "0912000004")]
        asked = [f"--reply={self._asked(phone)},{phone}"
                 for phone in ("0912000005", "0912000006", "0912000007")]
        done = subprocess.run(
            ["node", PAGES, self.stack.portal_origin, "--rate", f"{rated},0912000001",
             "--reopen", f"{reopened},+84912000002", "--keys", by_keys[0], "--keys", by_keys[1],
             *asked, "--question", QUESTION, "--published", published, "--words", "hẻm 42 Yersin"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS_MAX)
        print(f"\n{done.stdout}", flush=True)
        self.assertEqual(done.returncode, 0, done.stdout)

    def _answered(self, phone):
        """A report whose answer is published: the citizen's code, and the ticket's id."""
        code, ticket, assignment = self._accepted(phone)
        self._call(self.head, "AssignmentService", "AnswerAssignment", assignment_id=assignment,
                   answer="Đã thay bóng đèn.")
        supervisor = self.scenes.supervisor
        self._call(supervisor, "TicketService", "ApproveTicket", ticket_id=ticket)
        self._call(supervisor, "TicketService", "PublishTicket", ticket_id=ticket,
                   public_text=PUBLISHED, public_answer="Đã thay bóng đèn.")
        return code, ticket

    def _asked(self, phone):
        """The citizen's code of a report that waits for what its commune asks."""
        code, _, assignment = self._accepted(phone)
        self._call(self.head, "AssignmentService", "PauseAssignment", assignment_id=assignment,
                   reason=QUESTION)
        return code

    def _accepted(self, phone):
        """A report that its commune works on: (code, ticket, assignment)."""
        opened = self._call(
            self.scenes.operator, "TicketService", "OpenTicket",
            channel=self.records.CHANNEL_PHONE, text=PUBLISHED, category_id="HATANG.CHIEUSANG",
            caller=protos.module("hotline", "reporters").Caller(full_name="Trần Văn Năm",
                                                                phone=phone),
            place=self.records.Place(commune_code="25747"))
        ticket = opened.ticket
        self.scenes.route_to(ticket, [COMMUNE])
        found = self.day.client.hotline(
            "AssignmentService", "ListAssignments",
            protos.module("hotline", "assignments").ListAssignmentsRequest(ticket_id=ticket.id),
            **self.scenes.supervisor.options)
        assignment = found.assignments[0].id
        self._call(self.head, "AssignmentService", "AcceptAssignment", assignment_id=assignment)
        return opened.code, ticket.id, assignment

    def _call(self, actor, service, method, **fields):
        request = self.day.client.request("hotline", service, method)(
            request_id=str(uuid.uuid4()), **fields)
        return self.day.client.hotline(service, method, request, **actor.options)
