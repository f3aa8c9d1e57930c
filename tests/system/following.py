"""A wrong code is answered as a wrong contact is, whatever report it is about: with the same words
and headers, after the same work. That work is counted at PostgreSQL, at Redis and at the hotline:
the same time follows from it, and no clock of a busy machine has to show it."""

import collections
import contextlib
import dataclasses
import functools
import operator
import random
import re
import socket
import uuid

from stack import metrics, postgres, redis

from day import hotline, protos, waiting

from . import visitor
from .case import COMMUNE, SECONDS_MAX, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"    # of codes: Crockford's base 32
# Below the 9 wrong tries of a code. What the hotline does for others is not done in each of them.
REPEATS = 6
DOORS = {"/vi/follow": {}, "/en/rate": {"satisfaction": "4", "comment": "Tốt"},
         "/vi/reopen": {"reason": "Chưa xong"}, "/vi/reply": {"reply": "Ở đầu hẻm"}}
IDS = ("rate_id", "reopen_id", "reply_id")
TOO_LONG = "x" * 300    # refused before anything is looked for, with any code
CONTACTS = {"a telephone": visitor.new_phone,
            "an e-mail address": lambda: f"{uuid.uuid4().hex}@example.vn",
            "nothing": lambda: "", "a contact too long": lambda: TOO_LONG}
CATEGORY, CONDUCT = "HATANG.GIAOTHONG", "CBCC.CHAMTRE"
NOBODYS = "a code of nobody"
# Of PostgreSQL's log: the session, and a statement that it executes in the hotline's database.
EXECUTED = re.compile(
    r"^\S+ \S+ \S+ \[(\d+)\] hotline LOG:  (?:execute [^:]+|statement): (.*)$", re.M)
LOG_ALL = "ALTER SYSTEM SET log_statement = 'all'"
LOG_AS_BEFORE = "ALTER SYSTEM RESET log_statement"
# Of Redis: what is counted, under a keyed hash that the hotline makes each time, and its limit.
COUNTED = re.compile(r'"EVALSHA" "[0-9a-f]+" "1" "([^"]*follow/[^"]*)" ([^\r\n]*)')
AWAY = "Redis is away"
REDIS = re.compile(f'"msg":"({AWAY}|Redis answers)')
TYPED = re.compile(r'(<input [^>]*name="(?:token|code|contact)"[^>]* value=")[^"]*')
VARYING = ("Date", "Content-Length")


@dataclasses.dataclass(frozen=True)
class Told:
    """An answer but for the form's token and what was typed into it."""

    status: int
    headers: tuple
    text: str


@dataclasses.dataclass(frozen=True)
class Work:
    """What an answer took: {the statements of a transaction: how often}, what Redis was asked to
    count, names as numbers, and {method and outcome of a call: how often}."""

    transactions: collections.Counter
    counted: tuple
    calls: collections.Counter


class Watch:
    """What PostgreSQL and Redis are asked to do for the hotline, while the block lasts."""

    def __init__(self, stack):
        self.stack, self.log, self.monitor, self.fence = stack, None, None, 0

    def __enter__(self):
        with contextlib.ExitStack() as cleanup:
            cleanup.callback(self._set, LOG_AS_BEFORE)
            self.log = cleanup.enter_context(open(
                self.stack.log / f"{postgres.NAME}.log", encoding="utf-8", errors="replace"))
            self.log.seek(0, 2)
            self._set(LOG_ALL)
            waiting.until("statements are logged", SECONDS_MAX, lambda: any(self.transactions()))
            self.monitor = cleanup.enter_context(socket.create_connection(
                ("127.0.0.1", self.stack.port("REDIS")), timeout=SECONDS_MAX))
            self.monitor.sendall(b"MONITOR\r\n")
            self.counted()
            self.cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_):
        self.cleanup.close()

    def _set(self, statement):
        for one in (statement, "SELECT pg_reload_conf()"):
            postgres.query(self.stack, "postgres", one, user=postgres.SUPERUSER)

    def transactions(self):
        """Those of the hotline's database since it was asked last, each as its statements. What a
        session sets for itself before is none of them."""
        sessions, found = {}, collections.Counter()
        for session, statement in EXECUTED.findall(self.log.read()):
            if statement == "BEGIN":
                sessions[session] = ()
            elif statement not in ("COMMIT", "ROLLBACK"):
                sessions[session] = (*sessions.get(session, ()), statement)
            elif session in sessions:
                found[(*sessions.pop(session), statement)] += 1
        return found

    def counted(self):
        """What the hotline had counted since it was asked last."""
        self.fence += 1
        redis.ask(self.stack, f"ECHO fence-{self.fence}")
        text = ""
        while f"fence-{self.fence}" not in text:
            text += self.monitor.recv(65536).decode()
        names = {}
        return tuple((names.setdefault(name, len(names)), limit)
                     for name, limit in COUNTED.findall(text))


@dataclasses.dataclass(frozen=True)
class Opened:
    ticket: str
    code: str
    phone: str
    text: str


class Following(Case):
    """Nobody learns which of code and contact is right, nor that there is such a report."""

    def setUp(self):
        super().setUp()
        self.scenes = hotline.Hotline(self.day)
        self.chance = random.Random(self.id())
        self.log, self.away = open(self.stack.log / "hotline.log", encoding="utf-8"), False
        self.addCleanup(self.log.close)

    def test_wrong_ones_are_answered_alike_after_the_same_work(self):
        with Watch(self.stack) as watch:
            # What is counted does tell a right one from a wrong one.
            right = self.opened()
            self.assertNotEqual(self.tried(watch, "/vi/follow", right.code, right.phone),
                                self.tried(watch, "/vi/follow", self.code(), right.phone))
            for door in DOORS:
                for typed, contact in CONTACTS.items():
                    self.assert_alike(watch, door, typed, contact)

    def assert_alike(self, watch, door, typed, contact):
        tries = {name: self.tried(watch, door, code, contact())
                 for name, code in self.wrong_codes().items()}
        if typed == "a telephone":
            tries["a code of nobody, a telephone of somebody"] = self.tried(
                watch, door, self.code(), self.opened().phone)
            tries["a right code, another's telephone"] = self.tried(
                watch, door, self.opened().code, self.opened().phone)
        told, work = tries[NOBODYS]
        self.assertEqual(told.status, 422)
        self.assertTrue(work.calls)
        self.assertEqual(contact() != TOO_LONG, bool(work.transactions and work.counted))
        for name, (told_there, work_there) in tries.items():
            with self.subTest(door=door, typed=typed, name=name):
                self.assertEqual(told_there, told)
                self.assertEqual(work_there, work)

    def test_of_an_anonymous_report_a_contact_tells_no_more_than_the_code(self):
        report = self.opened(named=False)
        alone, beside = (self.told(self.visitor(), "/vi/follow", report.code, contact)
                         for contact in ("", visitor.new_phone()))
        self.assertEqual(alone.status, 200)
        self.assertNotIn(report.text, alone.text)
        self.assertEqual(beside, alone)

    # Tries.

    def wrong_codes(self):
        """{whose it is: a code}, of reports that no other contact than theirs opens."""
        reports = {
            "an open one's": self.opened(),
            "a complaint's": self.opened(category_id=CONDUCT, concerned_unit_id=COMMUNE),
            "a confidential one's": self.opened(confidential=True),
            "one's that is anonymous": self.opened(anonymous=True),
            "one's that is not classified": self.opened(category_id=""),
            "one's kept private": self.ended("KeepPrivate"),
            "a published one's": self.ended("PublishTicket", public_text="Ổ gà",
                                            public_answer="Đã xử lý xong."),
            "a rejected one's": self.rejected(), "a joined one's": self.joined()}
        return {NOBODYS: self.code(), "no code at all": f"UUUU-{uuid.uuid4().hex[:9]}",
                "a code too long": f"{self.code()}0", "half a code": self.code()[:7],
                } | {name: report.code for name, report in reports.items()}

    def code(self):
        letters = "".join(self.chance.choices(LETTERS, k=12))
        return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"

    def visitor(self):
        """With a form's cookie and token."""
        citizen = visitor.Visitor(self.stack)
        citizen.token = citizen.form("/vi/follow")["token"]
        return citizen

    def told(self, citizen, door, code, contact):
        answer = citizen.post(door, {
            "token": citizen.token, "code": code, "contact": contact}
            | {name: str(uuid.uuid4()) for name in IDS} | DOORS[door])
        headers = tuple(pair for pair in answer.getheaders() if pair[0] not in VARYING)
        return Told(answer.status, headers, TYPED.sub(r"\1", answer.text).replace(code, ""))

    def tried(self, watch, door, code, contact):
        """(what is told, the work), of the same try again and again."""
        citizen = self.visitor()
        told, transactions, counted, calls = set(), [], set(), self.calls()
        for _ in range(REPEATS):
            calls += self.until_redis_counts(citizen)
            watch.transactions(), watch.counted()
            told.add(self.told(citizen, door, code, contact))
            transactions.append(watch.transactions())
            # What the hotline counts itself while Redis is slow to answer, Redis does not see.
            one = watch.counted()
            if not self.is_redis_away():
                counted.add(one)
        self.assertEqual(len(told), 1, f"not told the same each time: {told}")
        self.assertEqual(len(counted), 1, f"not counted the same each time: {counted}")
        return told.pop(), Work(functools.reduce(operator.and_, transactions), counted.pop(),
                                self.calls() - calls)

    def until_redis_counts(self, citizen):
        """The calls it took: the hotline asks Redis again a second after it was slow, with whatever
        is tried next."""
        if not self.is_redis_away():
            return collections.Counter()
        before = self.calls()
        waiting.until("Redis counts tries again", SECONDS_MAX, lambda: not self.is_redis_away()
                      or self.told(citizen, "/vi/follow", self.code(), visitor.new_phone()) is None)
        return self.calls() - before

    def is_redis_away(self):
        """Whether the hotline has counted a try itself since it was asked last, or does so now."""
        said = REDIS.findall(self.log.read())
        self.away = said[-1] == AWAY if said else self.away
        return self.away or AWAY in said

    def calls(self):
        """{(method, outcome): how often} of the citizens' side of the hotline."""
        return collections.Counter({
            (labels["grpc_method"], labels["grpc_code"]): int(number)
            for name, labels, number in metrics.read(self.stack, "hotline")
            if name == metrics.HANDLED and labels["grpc_service"].endswith("CitizenService")})

    # Reports.

    def opened(self, category_id=CATEGORY, anonymous=False, named=True, **fields):
        """Without a name when it is not `named`; `anonymous` alone has a telephone number still."""
        phone, text = visitor.new_phone() if named else "", f"Ổ gà {uuid.uuid4().hex}"
        caller = protos.module("hotline", "reporters").Caller(
            anonymous=anonymous or not named, phone=phone,
            full_name="" if anonymous or not named else "Trần Thị Bưởi")
        opened = self.call(
            self.scenes.operator, "OpenTicket", category_id=category_id, text=text, caller=caller,
            channel=self.scenes.records.CHANNEL_PHONE,
            place=self.scenes.records.Place(commune_code="25747"), **fields)
        return Opened(opened.ticket.id, opened.code, phone, text)

    def ended(self, method, **fields):
        report = self.opened()
        for step, more in (("AnswerTicket", {"answer": "Đã xử lý xong."}), ("ApproveTicket", {}),
                           (method, fields)):
            self.call(self.scenes.supervisor, step, ticket_id=report.ticket, **more)
        return report

    def rejected(self):
        report = self.opened()
        self.call(self.scenes.supervisor, "RejectTicket", ticket_id=report.ticket, reason="Rác")
        return report

    def joined(self):
        report, other = self.opened(), self.opened()
        self.call(self.scenes.operator, "JoinTicket", ticket_id=report.ticket,
                  into_ticket_id=other.ticket)
        return report

    def call(self, actor, method, **fields):
        request = self.day.client.request("hotline", "TicketService", method)(
            request_id=str(uuid.uuid4()), **fields)
        return self.day.client.hotline("TicketService", method, request, **actor.options)
