"""The doors of the hotline: a citizen's report comes in through an operator, the portal's page or
an application; on the page it is followed, rated and reopened too.
"""

import collections
import dataclasses
import struct
import urllib.parse
import uuid
import zlib

from stack import postgres

from . import hotline_rules, protos
from .browser import Browser
from .open311 import Open311
from .story import Unexpected

CHANNELS = ("PHONE", "WEB", "ZALO", "APP", "PHONE", "WEB", "EMAIL", "APP", "PHONE", "FACEBOOK",
            "WEB", "PHONE", "ZALO", "APP", "SMS", "PHONE", "WEB", "VIBER", "PHONE", "IN_PERSON")
# What the page says, in Vietnamese, of a hotline.v1.ReportStanding.
STANDINGS = {"Đã tiếp nhận": "RECEIVED", "Đang xử lý": "HANDLED",
             "Chờ bạn cung cấp thêm thông tin": "WAITING", "Đã trả lời": "ANSWERED",
             "Không tiếp nhận xử lý": "REJECTED", "Đã kết thúc": "CLOSED",
             "Đã chuyển cho lực lượng khẩn cấp": "TRANSFERRED"}
PHOTO_PIXELS = 64
CODES = """
  SELECT substring(p.text from '\\(([^()]+)\\)$'), p.code FROM reporter p"""
TICKET = """
  SELECT r.own_ticket_id::text FROM reporter p JOIN report r ON r.id = p.report_id
  WHERE p.code = %s"""

# What who reported is shown: the standing without its prefix, and the answer, "" = none.
Seen = collections.namedtuple("Seen", "standing answer")


@dataclasses.dataclass
class Report:
    """What a citizen reports. `mark` ends its text, in brackets, and no other's. `channel`: as in
    hotline.v1.Channel; `category`: a row of hotline_categories.csv, {} = the citizen knows none;
    `answers`: {code of a question: values}; `commune` and `concerned` are units; without a
    `contact` it is anonymous. `code` and `ticket` (as it was then) are there once it is made.
    """

    mark: str
    channel: str
    category: dict
    words: str
    answers: dict
    commune: str
    address: str
    latitude: float
    longitude: float
    name: str
    contact: str
    concerned: str = ""
    photos: list = dataclasses.field(default_factory=list)
    lists: set = dataclasses.field(default_factory=set)     # questions that take several values
    code: str = ""
    ticket: object = None

    @property
    def text(self):
        return f"{self.words} ({self.mark})"

    def caller(self):
        caller = protos.module("hotline", "reporters").Caller(anonymous=not self.contact)
        if self.contact:
            caller.full_name = self.name
            setattr(caller, "email" if "@" in self.contact else "phone", self.contact)
        return caller

    def question_answers(self):
        answer = protos.module("hotline", "category_records").QuestionAnswer
        return [answer(code=code, values=values) for code, values in self.answers.items()]


class Doors:
    """`by_channel`: who is at each door."""

    def __init__(self, scenes):
        self._operator = Operator(scenes)
        self._others = {"WEB": PortalPage(scenes), "APP": App(scenes)}

    def of(self, channel):
        return self._others.get(channel, self._operator)


class Operator:
    """Who calls, writes or comes is entered by an operator, who also hears what they say later."""

    def __init__(self, scenes):
        self.scenes, self.day = scenes, scenes.day

    def open(self, report):
        answer = self.call(
            self.scenes.operator, "TicketService", "OpenTicket", f"{report.mark}/open",
            channel=self.channel(report), **self.said(report))
        report.code, report.ticket = answer.code, answer.ticket

    def rate(self, report, satisfaction):
        self.call(self.scenes.keeper(report.ticket), "TicketService", "RateTicket",
                  f"{report.mark}/rate", ticket_id=report.ticket.id, satisfaction=satisfaction)

    def reopen(self, report, reason):
        self.call(self.scenes.keeper(report.ticket), "TicketService", "ReopenTicket",
                  f"{report.mark}/reopen", ticket_id=report.ticket.id, reason=reason)

    def channel(self, report):
        return self.scenes.records.Channel.Value(f"CHANNEL_{report.channel}")

    def said(self, report):
        """What OpenTicket asks for, but for the channel."""
        commune = self.day.province.units[report.commune]
        return {"caller": report.caller(), "text": report.text,
                "category_id": report.category.get("code", ""),
                "question_answers": report.question_answers(),
                "concerned_unit_id": report.concerned, "place": self.scenes.records.Place(
                    commune_code=commune.gso_code, address=report.address,
                    latitude=report.latitude, longitude=report.longitude)}

    def call(self, actor, of, method, scene, /, **fields):
        return hotline_rules.call(self.day, actor, of, method, scene, **fields)


class PortalPage(Operator):
    """Forms of the portal's pages, in a browser without scripts. A browser does not know what an
    earlier start of the day sent: that is asked of the owner.
    """

    def __init__(self, scenes):
        super().__init__(scenes)
        self._form_ids = set()
        self._sent_before = dict(postgres.query(self.day.stack, "hotline", CODES))

    def open(self, report):
        report.code = self._sent_before.get(report.mark) or self._send(report)
        report.ticket = self.scenes.ticket(ticket_of(self.day.stack, report.code))

    def _send(self, report):
        """The code that the page shows. Who sends a photo sends the form twice."""
        browser = self._browser(report)
        category = urllib.parse.quote(report.category.get("code", "-"))
        form = browser.get(f"/vi/report?category={category}").forms["report"]
        form_id = str(uuid.UUID(form.fields["request_id"]))
        if form_id in self._form_ids:
            raise Unexpected("not as expected: two forms with the same request_id")
        self._form_ids.add(form_id)
        codes = {self._code(browser.submit(form, self._filled(report), report.photos))
                 for _ in range(2 if report.photos else 1)}
        if len(codes) != 1:
            raise Unexpected("not as expected: a form that was sent twice has two codes")
        return codes.pop()

    def _filled(self, report):
        filled = {"text": report.text, "address": report.address,
                  "commune": self.day.province.units[report.commune].gso_code,
                  "latitude": str(report.latitude), "longitude": str(report.longitude)}
        if report.concerned:
            filled["unit"] = report.concerned
        if report.contact:
            filled |= {"name": report.name, "phone": report.contact}
        else:
            filled["anonymous"] = "1"
        return filled | {f"q-{code}[]" if code in report.lists else f"q-{code}": values
                         for code, values in report.answers.items()}

    @staticmethod
    def _code(page):
        if page.status != 200 or not page.texts.get("code"):
            raise Unexpected(f"not as expected: the form answers {page.status}, {page.texts}")
        return page.texts["code"]

    def rate(self, report, satisfaction):
        self._step(report, "rate", {"satisfaction": str(satisfaction), "comment": "Cảm ơn."})

    def reopen(self, report, reason):
        if not self.scenes.ticket(report.ticket.id).reopen_count:   # by an earlier start
            self._step(report, "reopen", {"reason": reason})

    def _step(self, report, name, filled):
        """By the form on the page that follows the report."""
        browser = self._browser(report)
        page = self._follow(browser, report.code, report.contact)
        action = f"/vi/{name}"
        forms = [form for form in page.forms.values() if action in form.buttons]
        if not forms:
            raise Unexpected(f"not as expected: {report.mark} cannot {name}, it is {page.texts}")
        done = browser.submit(forms[0], filled, action=action)
        if done.status != 200:
            raise Unexpected(f"not as expected: {name} answers {done.status}, {done.texts}")

    def follow(self, code, contact):
        """The Seen of a report."""
        page = self._follow(Browser(self.day.stack, code), code, contact)
        return Seen(STANDINGS.get(page.texts["standing"], page.texts["standing"]),
                    page.texts.get("answer", ""))

    @staticmethod
    def _follow(browser, code, contact):
        form = browser.get("/vi/follow").forms["follow"]
        page = browser.submit(form, {"code": code, "contact": contact})
        if page.status != 200 or "standing" not in page.texts:
            raise Unexpected(f"not as expected: following answers {page.status}, {page.texts}")
        return page

    def _browser(self, report):
        return Browser(self.day.stack, report.mark)


class App(PortalPage):
    """An application of citizens: it reports over Open311 under a key of its own, CHANNEL_APP. What
    Open311 has no call for, following, rating and reopening, it opens the portal's page for.
    """

    def __init__(self, scenes):
        super().__init__(scenes)
        self._open311 = Open311(self.day.stack)
        self._key = self.call(None, "ApiKeyService", "CreateApiKey", "app/key",
                              name="Ứng dụng của người dân", calls_per_minute=6000,
                              channel=scenes.records.CHANNEL_APP).key

    @staticmethod
    def takes(category):
        """Whether Open311 has a service for a row of hotline_categories.csv."""
        return (bool(category) and category["restricted"] == "false"
                and category["kind"] != "EMERGENCY")

    def open(self, report):
        made, = self._open311.post("requests", self._said(report), report.photos)
        report.code = made["follow_code"]
        report.ticket = self.scenes.ticket(made["service_request_id"])

    def _said(self, report):
        pairs = [("api_key", self._key), ("service_code", report.category["code"]),
                 ("request_id", self.day.request_id(f"hotline/{report.mark}/open")),
                 ("description", report.text), ("address_string", report.address),
                 ("address_id", self.day.province.units[report.commune].gso_code),
                 ("lat", report.latitude), ("long", report.longitude)]
        if report.contact:
            pairs += [("last_name", report.name), ("phone", report.contact)]
        return pairs + [(f"attribute[{code}][]", value)
                        for code, values in report.answers.items() for value in values]


def ticket_of(stack, code):
    """The id of the one ticket that a report made; the page tells its citizen the code alone."""
    found = postgres.query(stack, "hotline", TICKET, (code.replace("-", ""),))
    if len(found) != 1:
        raise Unexpected(f"not as expected: {len(found)} reports have the code of one")
    return found[0][0]


def photo(shade):
    """A small grey picture as PNG (ISO/IEC 15948)."""
    def chunk(name, data):
        return (struct.pack(">I", len(data)) + name + data
                + struct.pack(">I", zlib.crc32(name + data)))

    rows = (b"\0" + bytes([shade % 256] * PHOTO_PIXELS)) * PHOTO_PIXELS
    return (b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", PHOTO_PIXELS, PHOTO_PIXELS, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
