"""Citizens at the portal: its pages and forms in browsers without scripts, and Open311."""

import dataclasses
import urllib.parse

from day import browser, open311
from day.story import Unexpected
from day.tickets import TEXT

from .calls import PURPOSE, Calls, expect, new_id
from .hotline_calls import Ticket
from .mixture import Kind, Pool
from .pace import Refused

PAGES = ("/vi", "/en", "/vi/answers", "/en/answers", "/vi/state")
# Reports with an address for messages: the portal takes 5000 in 24 hours, 2000 under one key.
TOLD_MAX = 250
CALLS_PER_MINUTE = 6000
LISTED = 50


class Browser(browser.Browser):
    """Does not ask again when it is told to come later: that counts as an error."""

    def _load(self, method, path, body, headers):
        found = self._ask(method, path, body, headers)
        if isinstance(found, tuple):
            raise Refused(found[1])
        return found


class Open311(open311.Open311):
    """The same."""

    def _answer(self, path, body=None, headers=None):
        try:
            found = self._ask(path, body, headers or {})
        except Unexpected as error:
            status = getattr(error.__context__, "code", None)
            if status is None:
                raise
            raise Refused(status) from error
        if len(found) == 2:
            raise Refused(found[1])
        return found[0]


@dataclasses.dataclass
class Visit:
    """A citizen in a browser; what is entered in the form before it, later the code."""

    browser: Browser
    contact: str
    form: object = None
    code: str = ""


class Portal(Calls):
    """Each citizen comes from an address of the loopback network: the portal counts by address."""

    def __init__(self, day, name, hotline):
        super().__init__(day, f"{name}/portal")
        self.name, self.calls, self.territories = name, hotline, hotline.territories
        self.open311 = Open311(day.stack)
        self.key = self.key_id = None
        self.services = []
        self._visits = self._told = self._told_by_open311 = 0
        self.begun, self.sent, self.followed, self.reported = (
            Pool(f"{name}/portal/{step}") for step in range(4))

    def begin(self):
        """A key of its own, so that an earlier load has taken nothing of what it permits."""
        made = self.client.hotline("ApiKeyService", "CreateApiKey", self.client.request(
            "hotline", "ApiKeyService", "CreateApiKey")(
                request_id=new_id(), name=PURPOSE, calls_per_minute=CALLS_PER_MINUTE))
        self.key, self.key_id = made.key, made.api_key.id
        self.services = [one["service_code"] for one in self.open311.get("services")
                         if one["metadata"] is False]

    def end(self):
        """Nobody can use the key any more."""
        if self.key_id:
            self.client.hotline("ApiKeyService", "RevokeApiKey", self.client.request(
                "hotline", "ApiKeyService", "RevokeApiKey")(
                    request_id=new_id(), api_key_id=self.key_id, reason=PURPOSE))
            self.key_id = None

    def kinds(self):
        return [
            Kind("GET page", 5, self.get_page),
            Kind("GET report form", 2, self.get_report),
            Kind("POST report form", 2, self.post_report, "GET report form"),
            Kind("GET follow form", 2, self.get_follow, "POST report form"),
            Kind("POST follow form", 2, self.post_follow, "GET follow form"),
            Kind("Open311 POST request", 2, self.post_request),
            Kind("Open311 GET request", 1, self.get_request, "Open311 POST request"),
            Kind("Open311 GET requests", 1, self.get_requests),
        ]

    def get_page(self):
        path, visitor = self.random.choice(PAGES), self._browser()

        def run():
            expect(visitor.get(path).status == 200, f"{path} is not there")
        return run

    def get_report(self):
        category = urllib.parse.quote(self.random.choice(self.calls.categories))
        self._told += 1
        contact = self.calls.phone() if self._told <= TOLD_MAX else ""
        visit = Visit(self._browser(), contact)

        def run():
            visit.form = self._form(visit, f"/vi/report?category={category}", "report")
            self.begun.put(visit)
        return run

    def post_report(self):
        visit = self.begun.take()
        if not visit:
            return None
        commune = self.random.choice(self.random.choice(self.territories).communes)
        filled = {"text": TEXT, "address": f"Số {self.random.randint(1, 300)}",
                  "commune": self.day.province.commune_of(commune)[0]}
        filled |= ({"name": "Người dân", "phone": visit.contact} if visit.contact
                   else {"anonymous": "1"})

        def run():
            page = visit.browser.submit(visit.form, filled)
            expect(page.status == 200 and page.texts.get("code"), "a report's form gives no code")
            visit.code = page.texts["code"]
            self.sent.put(visit)
        return run

    def get_follow(self):
        visit = self.sent.take()
        if not visit:
            return None

        def run():
            visit.form = self._form(visit, "/vi/follow", "follow")
            self.followed.put(visit)
        return run

    def post_follow(self):
        visit = self.followed.take()
        if not visit:
            return None

        def run():
            page = visit.browser.submit(visit.form, {"code": visit.code,
                                                     "contact": visit.contact})
            expect(page.status == 200 and "standing" in page.texts,
                   "a report cannot be followed with its code")
            self.sent.put(visit)
        return run

    def post_request(self):
        territory = self.random.choice(self.territories)
        commune = self.day.province.commune_of(self.random.choice(territory.communes))[0]
        self._told_by_open311 += 1
        is_told = self._told_by_open311 <= TOLD_MAX
        fields = [("api_key", self.key), ("service_code", self.random.choice(self.services)),
                  ("address_id", commune), ("description", TEXT), ("request_id", new_id()),
                  ("address_string", f"Số {self.random.randint(1, 300)}")]
        if is_told:
            fields += [("last_name", "Người dân"), ("phone", self.calls.phone())]

        def run():
            made, = self.open311.post("requests", fields)
            ticket = made["service_request_id"]
            if is_told:     # an anonymous one is not shown
                self.reported.put(ticket)
            self.calls.opened.put(Ticket(ticket, 0, territory, anonymous=not is_told))
        return run

    def get_request(self):
        ticket = self.reported.take()
        if not ticket:
            return None

        def run():
            found, = self.open311.get("requests", service_request_id=ticket)
            expect(found["service_request_id"] == ticket, "another request")
            self.reported.put(ticket)
        return run

    def get_requests(self):
        status = self.random.choice(("open", "closed"))
        return lambda: self.open311.get("requests", status=status, page_size=LISTED)

    @staticmethod
    def _form(visit, path, name):
        page = visit.browser.get(path)
        expect(page.status == 200 and name in page.forms, f"no form {name} on its page")
        return page.forms[name]

    def _browser(self):
        self._visits += 1
        return Browser(self.day.stack, f"{self.name}/{self._visits}")
