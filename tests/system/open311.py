"""Open311 GeoReport v2 as a client of the portal finds it; the rules are in open311_rules.py."""

import contextlib
import datetime
import hashlib
import http.client
import json
import re
import urllib.parse
import uuid
import xml.etree.ElementTree

from stack import services

from day import browser, doors, hotline, protos, waiting

from .case import COMMUNE, SECONDS_MAX, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name
from .open311_rules import (CODE, CONDUCT, GSO_CODE, KEY, LIST, LIT, PHONE, PLACE, PUBLIC_TEXT,
                            RULES, SOMEWHERE, says)

PREFIX = "/open311/v2/"
BOUNDARY = "----part-of-a-form"
FORMATS = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
ITEMS = {"services": "service", "attributes": "attribute", "values": "value", "errors": "error",
         "service_requests": "request", "endpoints": "endpoint", "formats": "format"}


class Answer:
    """An answer of either format as the same Python value: lists, dicts, texts and None."""

    def __init__(self, sent, form):
        self.status, self.headers, self.body = sent
        if form == "xml":
            root = xml.etree.ElementTree.fromstring(self.body)
            self.root, self.value = root.tag, _of_element(root)
        else:
            self.root, self.value = None, _of_json(json.loads(self.body.decode("utf-8")))


def _of_element(element):
    """As the Spark convention maps XML; a list holds elements of its own name alone."""
    if element.attrib:
        raise AssertionError(f"<{element.tag}> has attributes")
    if element.tag in ITEMS:
        strange = [child.tag for child in element if child.tag != ITEMS[element.tag]]
        if strange:
            raise AssertionError(f"<{element.tag}> holds {strange}")
        return [_of_element(child) for child in element]
    if len(element):
        return {child.tag: _of_element(child) for child in element}
    return element.text


def _of_json(value):
    if isinstance(value, list):
        return [_of_json(item) for item in value]
    if isinstance(value, dict):
        return {name: _of_json(item) for name, item in value.items()}
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


class Open311(Case):
    """Each rule in both formats; what needs a sequence, or a system that is not whole."""

    made = None     # by the first test of them: names of the table

    def setUp(self):
        super().setUp()
        self.port = self.stack.port("PORTAL_HTTP")
        self.scenes = hotline.Hotline(self.day)
        if Open311.made is None:
            Open311.made = self._make()
        later = self.day.now() + datetime.timedelta(hours=1)
        self.names = self.made | {
            "OPEN": self.made["open"].upper(), "after": later.isoformat(timespec="seconds"),
            **{f"before_{days}": (later - datetime.timedelta(days=days)).isoformat(
                timespec="seconds") for days in (90, 91)}}

    def test_rules(self):
        for rule in RULES:
            values = []
            for form, content_type in FORMATS.items():
                with self.subTest(rule=rule.words, form=form):
                    answer = self._ask(rule.method, f"{rule.at}.{form}", rule.arguments, form)
                    self.assertEqual(answer.status, rule.status, answer.body.decode())
                    self.assertEqual(answer.headers["Content-Type"], content_type)
                    self.assertEqual(answer.headers["Access-Control-Allow-Origin"],
                                     "*" if rule.method == "GET" else None)
                    if form == "xml":
                        self.assertEqual(answer.root, rule.root)
                        self.assertRegex(answer.body, rb'^<\?xml version="1.0" encoding="UTF-8"\?>')
                    rule.check(self, answer.value)
                    values.append(answer.value)
            with self.subTest(rule=rule.words, form="the same in both"):
                if rule.method == "GET":
                    self.assertEqual(values[0], values[-1])

    def test_json_is_of_bare_values(self):
        """Lists without a name around them; true, 1 and null as such."""
        services_ = json.loads(self._body("services.json"))
        self.assertIsInstance(services_, list)
        self.assertIsInstance(services_[0]["metadata"], bool)
        definition = json.loads(self._body(f"services/{LIST}.json"))
        self.assertIs(definition["attributes"][0]["required"], True)
        self.assertEqual(definition["attributes"][0]["order"], 1)
        request, = json.loads(self._body(f"requests/{self.made['open']}.json"))
        self.assertIsNone(request["media_url"])
        self.assertEqual(json.loads(self._body("requests/x.json"))[0]["code"], 404)

    def test_another_format_is_not_there(self):
        for at in ("services", "services.html", "services.", "services.xml.gz", "services.XML", "",
                   f"requests/{self.made['open']}"):
            with self.subTest(at=at):
                answer = self._ask("GET", at, {}, "xml")
                self.assertEqual((answer.status, answer.root), (404, "errors"))

    def test_another_method_is_not_taken(self):
        for at, allowed in (("discovery", "GET, HEAD"), ("services", "GET, HEAD"),
                            (f"services/{LIT}", "GET, HEAD"), ("requests/x", "GET, HEAD"),
                            ("tokens/x", "GET, HEAD")):
            for form in FORMATS:
                with self.subTest(at=at, form=form):
                    answer = self._ask("POST", f"{at}.{form}", (KEY,), form)
                    self.assertEqual(answer.status, 405)
                    self.assertEqual(answer.headers["Allow"], allowed)
                    says(405, "POST; it takes GET, HEAD.$")(self, answer.value)
        for method in ("PUT", "DELETE", "PATCH"):
            for at, allowed in (("requests", "GET, HEAD, POST"), ("services", "GET, HEAD")):
                with self.subTest(method=method, at=at):
                    answer = Answer(self._send(method, f"{at}.xml"), "xml")
                    self.assertEqual((answer.status, answer.headers.get_all("Allow")),
                                     (405, [allowed]))
                    says(405, f"{method}; it takes {allowed}.$")(self, answer.value)

    def test_the_method_is_judged_before_the_type_of_the_body(self):
        for body, headers in ((None, {}), ("{}", {"Content-Type": "application/json"})):
            with self.subTest(body=body):
                answer = Answer(self._send("POST", "services.json", body, headers), "json")
                self.assertEqual((answer.status, answer.headers.get_all("Allow")),
                                 (405, ["GET, HEAD"]))

    def test_what_is_refused_before_it_is_read_is_told_why(self):
        form, parts = "application/x-www-form-urlencoded", "multipart/form-data"
        cut_off = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="x"\r\n\r\n1'
        for status, words, content_type, body in (
                (415, "JSON bodies are not taken", "application/json", "{}"),
                (415, f"{form} or {parts}", None, None),
                (413, "48 MiB, a field 64 KiB, a form 300 fields", form, "x=" + "1" * 70_000),
                (413, "48 MiB, a field 64 KiB, a form 300 fields", form, "&".join(["x=1"] * 400)),
                (400, "malformed: .* UTF-8", form, "description=%FF"),
                (400, "malformed: .*%00", form, "description=%00"),
                (400, "malformed: the body ends", f"{parts}; boundary={BOUNDARY}", cut_off),
                (400, "malformed: .* no boundary", parts, "x")):
            for written in FORMATS:
                with self.subTest(words=words, form=written):
                    answer = Answer(self._send(
                        "POST", f"requests.{written}", body,
                        {} if content_type is None else {"Content-Type": content_type}), written)
                    self.assertEqual(answer.status, status, answer.value)
                    says(status, words)(self, answer.value)

    def test_arguments_of_a_post_belong_into_its_body(self):
        query = urllib.parse.urlencode([(name, value.format(**self.names))
                                        for name, value in SOMEWHERE])
        for status, arguments in ((403, ()), (400, SOMEWHERE)):
            with self.subTest(status=status):
                answer = self._ask("POST", f"requests.json?{query}", arguments, "json")
                self.assertEqual(answer.status, status, answer.value)
                says(status, "into its body, not into the URL")(self, answer.value)

    def test_a_request_that_is_sent_twice_is_one(self):
        arguments = (*SOMEWHERE, ("phone", PHONE), ("request_id", str(uuid.uuid4())))
        first, again = (self._ask("POST", "requests.json", arguments, "json") for _ in range(2))
        self.assertEqual((first.status, again.status), (200, 200))
        self.assertEqual(first.value, again.value)
        other = self._ask("POST", "requests.json", (*arguments, ("description", "khác")), "json")
        self.assertEqual(other.status, 400)
        self.assertIn("REQUEST_ID_REUSED", other.value[0]["description"])

    def test_a_form_of_several_parts_without_a_file_is_taken(self):
        answer = self._ask_by_parts("requests.json", [
            (name, value.format(**self.names)) for name, value in SOMEWHERE], "json")
        self.assertEqual(answer.status, 200, answer.value)

    def test_what_an_application_sends_with_photos_comes_in_and_is_followed(self):
        """Under a key of CHANNEL_APP; sent twice it is one, and its photos are there once."""
        key = self._new_key(channel=self.scenes.records.CHANNEL_APP)[1]
        photos = [doors.photo(shade) for shade in (40, 80)]
        named = (("api_key", key), CODE, PLACE, ("last_name", "An"),
                 ("request_id", str(uuid.uuid4())), *(("media", photo) for photo in photos))
        # A refusal costs nothing: corrected it is taken.
        refused = self._ask("POST", "requests.json", (*named, ("phone", "111111111")), "json")
        self.assertEqual(refused.status, 400, refused.value)
        arguments = (*named, ("phone", PHONE))
        first, again = (self._ask("POST", f"requests.{form}", arguments, form) for form in FORMATS)
        self.assertEqual((first.status, first.value), (200, again.value))
        ticket = self.scenes.ticket(first.value[0]["service_request_id"])
        self.assertEqual(ticket.channel, self.scenes.records.CHANNEL_APP)
        self.assertEqual([one.sha256 for one in ticket.attachments],
                         [hashlib.sha256(photo).hexdigest() for photo in photos])
        seen = doors.PortalPage(self.scenes).follow(first.value[0]["follow_code"], PHONE)
        self.assertEqual(seen.standing, "RECEIVED")

    def test_pages_follow_each_other(self):
        # Of what is listed in the time of these three: a page costs as many calls as its number.
        begin = self.day.now().isoformat(timespec="seconds")
        for _ in range(3):
            self._submit(("phone", PHONE))
        period = {"start_date": begin, "end_date": "{after}"}
        whole = self._ids(**period)
        self.assertGreaterEqual(len(whole), 3)
        for size in (1, 2, len(whole)):
            pages = [self._ids(**period, page=str(page), page_size=str(size))
                     for page in range(1, -(-len(whole) // size) + 2)]
            self.assertEqual([one for page in pages for one in page], whole)
            self.assertTrue(all(len(page) == size for page in pages[:-2]))
            self.assertEqual(pages[-1], [])

    def test_who_calls_too_often_waits(self):
        slow = self._new_key(calls_per_minute=1)[1]
        arguments = (("api_key", slow), CODE, PLACE)
        answers = [self._ask("POST", f"requests.{form}", arguments, form)
                   for form in ("json", "json", "xml", "json")]
        refusals = [answer for answer in answers if answer.status == 429]
        self.assertGreaterEqual(len(refusals), 2, [answer.status for answer in answers])
        for answer in refusals:
            says(429, "calls")(self, answer.value)
            self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)

    def test_it_says_so_while_the_hotline_is_away(self):
        log = open(self.stack.log / "portal.log", encoding="utf-8")
        self.addCleanup(log.close)
        log.seek(0, 2)
        services.stop(self.stack, "hotline")
        try:
            for form in FORMATS:
                for method, at, arguments in (("GET", "requests", {}),
                                              ("GET", "requests/{open}", {}),
                                              ("POST", "requests", SOMEWHERE)):
                    with self.subTest(method=method, at=at, form=form):
                        answer = self._ask(method, f"{at}.{form}", arguments, form)
                        self.assertEqual(answer.status, 503, answer.value)
                        says(503, "try again")(self, answer.value)
                        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        finally:
            services.serve(self.stack, "hotline")
            services.wait_healthy(self.stack, "hotline")
        waiting.until("it answers again", SECONDS_MAX, lambda: self._send(
            "GET", "requests.json")[0] == 200)
        said = []

        def has_said_so():
            self._send("GET", "requests.json")
            said.append(log.read())
            return "the hotline answers again" in "".join(said)

        waiting.until("the log says that it answers again", SECONDS_MAX, has_said_so)
        self.assertEqual(re.findall("the hotline (does not answer|answers again)", "".join(said)),
                         ["does not answer", "answers again"])

    # What the rules are asked about.

    def _make(self):
        """Keys, and a request of each sort; {name: value}."""
        found = {"jurisdiction": "", "key": self._new_key()[1]}
        api_key, found["revoked"] = self._new_key()
        keys = protos.module("hotline", "api_keys")
        self._keys("RevokeApiKey", keys.RevokeApiKeyRequest(
            request_id=str(uuid.uuid4()), api_key_id=api_key.id, expected_version=api_key.version,
            reason="Kiểm thử"), **self.scenes.supervisor.options)
        self.names = found
        waiting.until("the portal knows the services", 2 * SECONDS_MAX,
                      lambda: json.loads(self._body("services.json")))
        found["jurisdiction"] = services.environment(self.stack, "portal")[
            "LIENTHONG_JURISDICTION_ID"]
        found["anonymous"] = self._submit()
        found["open"] = self._submit(("phone", PHONE), ("description", "Đèn tắt"))
        found["published"] = self._submit(("phone", PHONE))
        self._publish(found["published"])
        found["list"] = self._submit(("phone", PHONE), ("attribute[loai]", "ngap"), code=LIST)
        found["conduct"] = self._conduct()
        return found

    def _keys(self, method, request, **options):
        stub = protos.stubs("hotline", "api_keys").ApiKeyServiceStub
        return self.day.client.call("hotline", stub, method, request, **options)

    def _new_key(self, **fields):
        keys = protos.module("hotline", "api_keys")
        answer = self._keys("CreateApiKey", keys.CreateApiKeyRequest(
            request_id=str(uuid.uuid4()), name="Kiểm thử", **{"calls_per_minute": 6000} | fields))
        return answer.api_key, answer.key

    def _submit(self, *arguments, code=LIT):
        answer = self._ask("POST", "requests.json",
                           (KEY, ("service_code", code), PLACE, *arguments), "json")
        self.assertEqual(answer.status, 200, answer.value)
        return answer.value[0]["service_request_id"]

    def _publish(self, ticket):
        """Answered by the commune, approved and published."""
        supervisor = self.scenes.supervisor
        records = self.scenes.tickets
        self._call(supervisor, "TicketService", "RouteTicket", ticket_id=ticket,
                   routes=[records.Route(unit_id=COMMUNE)])
        asked = protos.module("hotline", "assignments").ListAssignmentsRequest(ticket_id=ticket)
        assignment, = self.day.client.hotline("AssignmentService", "ListAssignments", asked,
                                              **supervisor.options).assignments
        head = self.day.actor(COMMUNE, "commune-head")
        self._call(head, "AssignmentService", "AcceptAssignment", assignment_id=assignment.id)
        self._call(head, "AssignmentService", "AnswerAssignment", assignment_id=assignment.id,
                   answer="Đã sửa xong.")
        self._call(supervisor, "TicketService", "ApproveTicket", ticket_id=ticket)
        self._call(supervisor, "TicketService", "PublishTicket", ticket_id=ticket,
                   public_text=PUBLIC_TEXT, public_answer="Đã sửa xong.")

    def _conduct(self):
        """A complaint about an official, taken by an operator."""
        return self._call(
            self.scenes.operator, "TicketService", "OpenTicket", category_id=CONDUCT,
            channel=self.scenes.records.CHANNEL_PHONE, text="Cán bộ chậm trễ",
            caller=protos.module("hotline", "reporters").Caller(full_name="An", phone=PHONE),
            concerned_unit_id=COMMUNE,
            place=self.scenes.records.Place(commune_code=GSO_CODE)).ticket.id

    def _call(self, actor, of, method, **fields):
        request = self.day.client.request("hotline", of, method)(
            request_id=str(uuid.uuid4()), **fields)
        return self.day.client.hotline(of, method, request, **actor.options)

    # HTTP.

    def _send(self, method, at, body=None, headers=None):
        """Status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX)
        with contextlib.closing(connection):
            connection.request(method, PREFIX + at, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()

    def _ask(self, method, at, arguments, form):
        def named(value):
            if isinstance(value, bytes):
                return value
            return re.sub(r"\{(\w+)\}", lambda found: self.names[found.group(1)], value)

        pairs = arguments.items() if isinstance(arguments, dict) else arguments
        pairs, at = [(name, named(value)) for name, value in pairs], named(at)
        if any(isinstance(value, bytes) for _, value in pairs):
            return self._ask_by_parts(at, pairs, form)
        encoded = urllib.parse.urlencode(pairs)
        if method == "GET":
            return Answer(self._send("GET", f"{at}?{encoded}" if encoded else at), form)
        return Answer(self._send(method, at, encoded, {
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}), form)

    def _ask_by_parts(self, at, pairs, form):
        """As multipart/form-data; bytes are files."""
        fields = [pair for pair in pairs if not isinstance(pair[1], bytes)]
        files = [(name, "anh", "application/octet-stream", value) for name, value in pairs
                 if isinstance(value, bytes)]
        return Answer(self._send("POST", at, browser.parts(BOUNDARY, fields, files), {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}), form)

    def _body(self, at):
        return self._send("GET", at)[2]

    def _ids(self, **arguments):
        answer = self._ask("GET", "requests.json", arguments, "json")
        self.assertEqual(answer.status, 200, answer.value)
        return [one["service_request_id"] for one in answer.value]
