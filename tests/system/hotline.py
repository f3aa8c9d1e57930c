"""Reports to the hotline while its service is killed, and what the clock tells of them meanwhile."""

import concurrent.futures
import threading
import uuid

from stack import postgres, processes, services

from day import copies, hotline, protos, waiting

from .case import COMMUNE, SECONDS_MAX, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

REPORTS, CALLERS = 120, 6
KILLS, REPORTS_BETWEEN = 4, 5
POLL_SECONDS = 0.01
WEEKS_SECONDS = 21 * 24 * 3600
REPORTS_THERE = "SELECT count(*) FROM report"
ESCALATED = "SELECT count(*) FROM journal WHERE event = 'DeadlineEscalated'"
TOLD = """SELECT record_id, event, count(*) FROM journal WHERE event LIKE 'Deadline%'
  AND record_type = 'assignment'
  GROUP BY record_id, event, states[1]::json ->> 'dueAt' HAVING count(*) > 1"""
DUE = """SELECT (SELECT count(*) FROM ticket WHERE look_at <= now() + interval '{0} s')
  + (SELECT count(*) FROM assignment WHERE look_at <= now() + interval '{0} s')"""


class Hotline(Case):
    """What was acknowledged is there once; what is told is told once."""

    def setUp(self):
        super().setUp()
        self.scenes = hotline.Hotline(self.day)
        self.records = protos.module("hotline", "records")

    def tearDown(self):
        if not processes.is_running(self.stack, "hotline"):
            services.serve(self.stack, "hotline")
        services.wait_healthy(self.stack, "hotline")
        super().tearDown()

    def test_a_report_is_there_once_whatever_is_killed(self):
        before = self._count(REPORTS_THERE)
        done = threading.Event()

        def kill():
            for _ in range(KILLS):
                there = self._count(REPORTS_THERE)
                waiting.until("reports go on coming in", SECONDS_MAX, lambda at=there: (
                    self._count(REPORTS_THERE) >= at + REPORTS_BETWEEN), POLL_SECONDS)
                processes.kill(self.stack, "hotline")
                services.serve(self.stack, "hotline")
                services.wait_healthy(self.stack, "hotline")
            done.set()

        with concurrent.futures.ThreadPoolExecutor(CALLERS + 1) as pool:
            killing = pool.submit(kill)
            answers = list(pool.map(lambda _: self._open(), range(REPORTS)))
            while not done.is_set() and not killing.done():     # until it has been killed enough
                answers.append(self._open())
            killing.result()
        codes = {answer.code for answer in answers}
        self.assertEqual(len(codes), len(answers))
        self.assertEqual(self._count(REPORTS_THERE) - before, len(answers))
        for answer in answers[::20]:
            found = copies.record(self.day, self.scenes.centre, "ticket", answer.ticket.id, 1)
            self.assertIsNotNone(found, answer.ticket.id)

    def test_a_deadline_is_told_once_while_the_service_is_killed(self):
        for _ in range(10):
            ticket = self._open().ticket
            self.scenes.route_to(ticket, [COMMUNE])
        offset = services.business_offset_seconds(self.stack) + WEEKS_SECONDS
        later = {"LIENTHONG_BUSINESS_OFFSET_SECONDS": str(offset)}
        services.stop(self.stack, "hotline")
        for _ in range(KILLS):
            due = self._count(DUE.format(offset))
            services.serve(self.stack, "hotline", later)
            waiting.until("some are told", SECONDS_MAX, lambda at=due: (
                self._count(DUE.format(offset)) < max(at, 1)), POLL_SECONDS)
            processes.kill(self.stack, "hotline")
        services.serve(self.stack, "hotline", later)
        services.wait_healthy(self.stack, "hotline")
        waiting.until("everything due is told", SECONDS_MAX,
                      lambda: self._count(DUE.format(offset)) == 0)
        services.stop(self.stack, "hotline")
        self.assertEqual(postgres.query(self.stack, "hotline", TOLD), [])
        self.assertGreaterEqual(self._count(ESCALATED), 10)

    def _count(self, query):
        return postgres.query(self.stack, "hotline", query)[0][0]

    def _open(self):
        request = self.day.client.request("hotline", "TicketService", "OpenTicket")(
            request_id=str(uuid.uuid4()), channel=self.records.CHANNEL_APP,
            caller=protos.module("hotline", "reporters").Caller(anonymous=True),
            text="Đèn đường không sáng", category_id="HATANG.CHIEUSANG",
            place=self.records.Place(commune_code="25747"))
        return self.day.client.hotline("TicketService", "OpenTicket", request,
                                       **self.scenes.operator.options)
