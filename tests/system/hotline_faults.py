"""Reports over the portal, and messages to who reported, while what they go through is killed."""

import collections
import concurrent.futures
import contextlib
import dataclasses
import http.client
import http.server
import json
import re
import socket
import threading
import uuid

from stack import postgres, processes, redis, services

from day import hotline, protos, waiting

from . import canaries, visitor
from .case import SECONDS_MAX, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

CITIZENS, REPORTS_BETWEEN = 6, 6
REPEAT_SECONDS = 1          # the portal takes 60 forms a minute from an address
SENT_SECONDS_MAX = 60       # a form, while everything that it needs is killed one after the other
REPORT = {"category": "HATANG.GIAOTHONG", "commune": "25747", "name": "Trần Thị Bưởi"}
CODE = re.compile(r'id="code"[^>]*>([^<]*)<')
AFTER_A_FAULT = (429, 503)   # what a citizen may be told then: the form can be sent again
# Of the report that a text came with: tickets, who reported, photos of the ticket, messages.
STORED = """SELECT (SELECT count(*) FROM ticket WHERE text = %(text)s),
  (SELECT count(*) FROM reporter WHERE text = %(text)s),
  (SELECT sum(cardinality(attachments)) / 4 FROM ticket WHERE text = %(text)s),
  (SELECT count(*) FROM message m JOIN reporter r ON r.report_id = m.report_id
    WHERE r.text = %(text)s)"""
REPORTS_THERE = "SELECT count(*) FROM report"
LATER_SECONDS = 600     # further than the second attempt is from the first, and the third from it
HANG_UP, HOLD = "takes it and hangs up", "takes it and does not answer"
WAITING, SENT, DOUBTFUL = 1, 2, 6
MESSAGES = "SELECT id::text, state FROM message WHERE ticket_id = ANY (%s::uuid[])"


class HotlineFaults(Case):
    """What a citizen was told is so, once; what was not acknowledged can be sent again."""

    def setUp(self):
        super().setUp()
        self.scenes = hotline.Hotline(self.day)
        self.later = 0

    def tearDown(self):
        for name, start in ((postgres.NAME, postgres.start), (redis.NAME, redis.start)):
            if not processes.is_running(self.stack, name):
                start(self.stack)
        self.serve("hotline", {})
        self.serve("portal", {})
        super().tearDown()

    def serve(self, name, variables):
        services.stop(self.stack, name)
        services.serve(self.stack, name, variables)
        services.wait_healthy(self.stack, name)

    # Reports.

    def test_a_form_is_one_report_whatever_is_killed_while_it_is_sent(self):
        over = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(CITIZENS) as pool:
            citizens = [pool.submit(self.reports, over) for _ in range(CITIZENS)]
            try:
                for fault in (self.kill_hotline, self.kill_portal, self.kill_redis,
                              self.kill_postgres, self.kill_portal_and_hotline):
                    self.wait_reports(fault.__name__, citizens)
                    fault(citizens)
                self.wait_reports("the end", citizens)
            finally:
                over.set()
            sent = [form for citizen in citizens for form in citizen.result()]
        self.assertEqual(len({form.code for form in sent}), len(sent))
        self.assertGreater(sum(form.doubtful for form in sent), 0)
        for form in sent:
            self.assertEqual(form.send(), 200)      # once more
            found = postgres.query(self.stack, "hotline", STORED, {"text": form.fields["text"]})
            self.assertEqual(found, [(1, 1, 1, 1)], form.fields)
            told = form.citizen.post("/vi/follow", {
                "token": form.fields["token"], "code": form.code, "contact": form.fields["phone"]})
            self.assertEqual(told.status, 200)
            self.assertIn(form.fields["text"], told.text)

    def reports(self, over):
        """One after the other until it is over; those that were answered, which all of them are."""
        sent = []
        while not over.is_set():
            form = Form(self.stack)
            waiting.until("a form is acknowledged", SENT_SECONDS_MAX,
                          lambda one=form: one.send() == 200, REPEAT_SECONDS)
            sent.append(form)
        return sent

    def wait_reports(self, before, citizens):
        there = self.count_reports()

        def condition():
            for citizen in citizens:
                if citizen.done():
                    citizen.result()    # it tells why
            return self.count_reports() >= there + REPORTS_BETWEEN

        waiting.until(f"reports come in before {before}", SENT_SECONDS_MAX, condition, 0.02)

    def count_reports(self):
        return postgres.query(self.stack, "hotline", REPORTS_THERE)[0][0]

    def kill_hotline(self, _citizens):
        processes.kill(self.stack, "hotline")
        self.serve("hotline", {})

    def kill_portal(self, _citizens):
        processes.kill(self.stack, "portal")
        self.serve("portal", {})

    def kill_redis(self, citizens):
        processes.kill(self.stack, redis.NAME)
        self.wait_reports("redis is back", citizens)
        redis.start(self.stack)

    def kill_postgres(self, _citizens):
        processes.kill(self.stack, postgres.NAME)
        postgres.start(self.stack)

    def kill_portal_and_hotline(self, _citizens):
        processes.kill(self.stack, "hotline")
        processes.kill(self.stack, "portal")
        self.serve("portal", {})
        self.serve("hotline", {})

    # Messages.

    def test_a_provider_gets_each_message_once_whatever_is_down(self):
        provider = Provider()
        down = [self.open() for _ in range(3)]     # before the clock goes on: not in the future
        self.send_to(provider)
        self.wait_metric("hotline", lambda number: number >= 1, "lienthong_hotline_messages_total",
                         medium="sms", outcome="not_reached")
        processes.kill(self.stack, "hotline")
        processes.kill(self.stack, postgres.NAME)   # with what is known of the attempts
        postgres.start(self.stack)
        self.assertEqual(self.states(down), {WAITING: 3})
        with provider.up():
            lost = self.open_while_nothing_is_sent(provider, HANG_UP)
            self.send_to(provider)
            self.wait_states([lost], DOUBTFUL)
            held = self.open_while_nothing_is_sent(provider, HOLD)
            self.send_to(provider)
            self.assertTrue(provider.holds.wait(SECONDS_MAX))
            processes.kill(self.stack, "hotline")   # while the provider has it
            provider.released.set()
            self.send_to(provider)
            self.wait_states([*down, lost, held], SENT)
        for report in (*down, lost, held):
            taken = provider.taken[report.phone]
            # By our id it is one message; each attempt said the same.
            (identity, _), = self.messages([report])
            self.assertEqual({(one["id"], one["key"]) for one in taken}, {(identity, identity)})
            self.assertEqual(len({one["text"] for one in taken}), 1)
            self.assertEqual(len(taken), 1 if report in down else 2)

    def send_to(self, provider):
        """By a clock that has gone on so far that everything is tried again."""
        self.later += LATER_SECONDS
        offset = services.business_offset_seconds(self.stack) + self.later
        self.serve("hotline", {"LIENTHONG_BUSINESS_OFFSET_SECONDS": str(offset),
                               "LIENTHONG_SMS_URL": provider.url})

    def open_while_nothing_is_sent(self, provider, answer):
        """A report whose message the provider will answer so."""
        self.serve("hotline", {})
        report = self.open()
        provider.answers[report.phone] = answer
        return report

    def open(self):
        phone = visitor.new_phone()
        request = self.day.client.request("hotline", "TicketService", "OpenTicket")(
            request_id=str(uuid.uuid4()), text="Ổ gà", category_id="HATANG.GIAOTHONG",
            channel=self.scenes.records.CHANNEL_PHONE,
            caller=protos.module("hotline", "reporters").Caller(full_name="An", phone=phone),
            place=self.scenes.records.Place(commune_code="25747"))
        ticket = self.day.client.hotline("TicketService", "OpenTicket", request,
                                         **self.scenes.operator.options).ticket.id
        return Report(ticket, f"+84{phone[1:]}")

    def messages(self, reports):
        return postgres.query(self.stack, "hotline", MESSAGES,
                              ([report.ticket for report in reports],))

    def states(self, reports):
        return collections.Counter(state for _, state in self.messages(reports))

    def wait_states(self, reports, state):
        def condition():
            found = self.states(reports)
            return found == {state: len(reports)} or (False, found)

        waiting.until(f"messages are in state {state}", SECONDS_MAX, condition)


@dataclasses.dataclass(frozen=True)
class Report:
    ticket: str
    phone: str      # E.164


class Form:
    """One citizen's form with a photo, sent again and again as it was filled in."""

    def __init__(self, stack):
        self.citizen, self.fields, self.code, self.doubtful = visitor.Visitor(stack), {}, None, 0
        self.photo = canaries.photo(uuid.uuid4().hex)
        self.typed = REPORT | {"text": f"Ổ gà {uuid.uuid4().hex}", "phone": visitor.new_phone()}

    def send(self):
        """The status of the answer, 0 without one. A code is told once, and stays."""
        try:
            if not self.fields:
                self.fields = self.citizen.form("/vi/report?category=HATANG.GIAOTHONG") | self.typed
            answer = self.citizen.post_parts(
                "/vi/report", self.fields, [("photos", "canary.jpg", "image/jpeg", self.photo)])
        except (OSError, http.client.HTTPException):
            self.doubtful += 1
            return 0
        if answer.status != 200:
            self.doubtful += 1
            if answer.status not in AFTER_A_FAULT:
                raise AssertionError(f"{answer.status}: {answer.text}")
            return answer.status
        code, = CODE.findall(answer.text)
        if self.code not in (None, code):
            raise AssertionError(f"the code was {self.code}, now it is {code}")
        self.code = code
        return 200


class Provider:
    """One that keeps to deploy/integrators/sms.md. `answers`: by receiver, how it meets the next
    message to it; `taken`: by receiver, every message that it was given."""

    def __init__(self):
        self.answers, self.taken = {}, collections.defaultdict(list)
        self.holds, self.released = threading.Event(), threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1/messages"

    @contextlib.contextmanager
    def up(self):
        """It runs while the block lasts."""
        take = self.take

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802: its base asks for this name
                take(self)

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield
            finally:
                server.shutdown()
                thread.join()

    def take(self, handler):
        message = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        message["key"] = handler.headers["Idempotency-Key"]
        self.taken[message["to"]].append(message)
        answer = self.answers.pop(message["to"], None)
        if answer:
            if answer == HOLD:
                self.holds.set()
                self.released.wait(SECONDS_MAX)
            handler.close_connection = True
            return
        body = json.dumps({"provider_id": f"sms-{message['id']}"}).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
