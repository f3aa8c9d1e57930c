"""The portal against clients that are hostile, broken or slow: each is refused or cut off, nobody
else notices, and what they send appears nowhere but as text."""

import concurrent.futures
import contextlib
import http.client
import re
import socket
import ssl
import threading
import time
import urllib.parse
import uuid

from stack import processes, services

from day import protos, waiting

from . import portal_privacy, visitor
from .case import EQUAL_SECONDS_MAX, REPLICA, SECONDS_MAX, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

CUT_OFF_SECONDS_MAX = 90    # the portal gives a request 30 s to arrive
SLOW_CLIENTS = 150
GIVEN_UP_SECONDS = 3        # a replica process that does not answer
STATE_CLIENTS = 24          # more than the portal has workers
FORMS_PER_MINUTE_MAX = 60   # of services/portal/README.md
OTHER_ADDRESS, THIRD_ADDRESS = "127.0.0.2", "127.0.0.3"
FOURTH_ADDRESS, FIFTH_ADDRESS = "127.0.0.4", "127.0.0.5"
CATEGORY = "HATANG.GIAOTHONG"
FORMS = {   # each with fields as a citizen fills them in
    "/vi/report": {"category": CATEGORY, "text": "Ổ gà", "commune": "25747", "address": "Số 1",
                   "latitude": "11", "longitude": "106.6", "name": "An", "phone": "0912345678",
                   "email": "an@example.vn", "unit": "", "anonymous": "", "confidential": "",
                   "q-loai": "", "request_id": ""},
    "/vi/follow": {"code": "K7QM-2XWD-9RTA", "contact": "0912345678"},
    "/vi/rate": {"code": "K7QM-2XWD-9RTA", "contact": "0912345678", "satisfaction": "1",
                 "comment": "Tốt", "rate_id": ""},
    "/vi/reopen": {"code": "K7QM-2XWD-9RTA", "contact": "0912345678", "reason": "Chưa xong",
                   "reopen_id": ""},
    "/vi/reply": {"code": "K7QM-2XWD-9RTA", "contact": "0912345678", "reply": "Ở đầu hẻm",
                  "reply_id": ""},
}
PARTNER_FIELDS = {
    "service_code": CATEGORY, "address_id": "25747", "address_string": "Số 1", "lat": "11",
    "long": "106.6", "description": "Ổ gà", "phone": "0912345678", "email": "an@example.vn",
    "first_name": "An", "last_name": "Lê", "media_url": "https://a.vn/1.jpg", "device_id": "1",
    "account_id": "1", "attribute[loai]": "1", "request_id": "", "jurisdiction_id": ""}
SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'`{{TEXT}}"
SQL = "'; DROP TABLE ticket; -- \\' OR 1=1 %s $1"
PAGES = ("/", "/en", "/vi/report", "/en/report", "/vi/follow", "/vi/answers", "/vi/state")
SECURITY = {"content-security-policy": "default-src 'none'", "x-content-type-options": "nosniff",
            "x-frame-options": "DENY", "referrer-policy": "same-origin"}
MALFORMED = [
    b"\x00\x01\x02\x03\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",                                    # no Host
    b"GET /vi/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://example.org/ HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /vi/report HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST /vi/report HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\n",
    b"POST /vi/report HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nzzz\r\n",
    b"POST /vi/report HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data\r\n"
    b"Content-Length: 4\r\n\r\nabcd",                             # no boundary
    b"POST /vi/report HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 4\r\n\r\nabcd",
]
ELSEWHERE = ["/static/../../../etc/passwd", "/static/%2e%2e/%2e%2e/etc/passwd",
             "/static/..%2f..%2fetc%2fpasswd", "/static/%5c..%5c..%5cetc%5cpasswd", "//etc/passwd",
             "/static//etc/passwd", "/vi/../../etc/passwd", "/static/style.css%00.html",
             "/static/texts.yaml", "/static/report.html", "/open311/v2/../../static/x"]


class PortalHttp(Case):
    """Everything over sockets and http.client, as strangers would."""

    def tearDown(self):
        self.assertEqual(self.get("/").status, 200)  # whoever came before, it serves
        super().tearDown()

    # -- what they send ---------------------------------------------------------------------------

    def request(self, method, path, body=None, headers=None, address="127.0.0.1"):
        return visitor.request(self.stack, method, path, body, headers, address)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, fields, **options):
        headers = visitor.FORM | options.pop("headers", {})
        return self.request("POST", path, urllib.parse.urlencode(fields), headers, **options)

    def raw(self, sent, address="127.0.0.1"):
        """The status of the answer to these bytes, None when the connection is closed instead."""
        with self.connected(address) as connection:
            connection.sendall(sent)
            with contextlib.suppress(ConnectionError):
                match = re.match(rb"HTTP/1\.[01] (\d{3})", connection.recv(4096))
                return int(match.group(1)) if match else None

    def connected(self, address="127.0.0.1"):
        return socket.create_connection(("127.0.0.1", self.stack.port("PORTAL_HTTP")), SECONDS_MAX,
                                        source_address=(address, 0))

    # -- cases ------------------------------------------------------------------------------------

    def test_every_answer_tells_browsers_what_a_page_may_do(self):
        for path in (*PAGES, "/vi/nothing", "/open311/v2/services.xml", "/static/style.css"):
            with self.subTest(path):
                headers = {name.lower(): value for name, value in self.get(path).getheaders()}
                for name, value in SECURITY.items():
                    self.assertIn(value, headers.get(name, ""))
        self.assertEqual(self.request("HEAD", "/").text, "")

    def test_what_is_malformed_is_refused(self):
        for sent in MALFORMED:
            with self.subTest(sent):
                status = self.raw(sent)
                self.assertTrue(status is None or 400 <= status < 506, status)

    def test_what_is_too_large_is_refused_before_it_is_read(self):
        form = b"Host: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        post = b"POST /vi/report HTTP/1.1\r\n" + form
        self.assertEqual(self.raw(post + b"Content-Length: 999999999\r\n\r\n"), 413)
        self.assertEqual(self.raw(post + b"Content-Length: 99999999999999999999999\r\n\r\n"), 413)
        self.assertIn(self.raw(b"GET /?" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
                      (414, 431, None))
        self.assertIn(self.raw(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"),
                      (431, None))
        self.assertEqual(self.post("/vi/report", [("x", "1")] * 400).status, 413)
        self.assertEqual(self.post("/vi/report", [("x", "1" * 100_000)]).status, 413)

    def test_paths_lead_nowhere_else(self):
        for path in ELSEWHERE:
            with self.subTest(path):
                answer = self.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                self.assertIn(answer, (400, 404))

    def test_other_methods_are_refused(self):
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "NONSENSE"):
            with self.subTest(method):
                answer = self.request(method, "/vi/report")
                self.assertEqual(answer.status, 405)
                self.assertIn("GET", answer.getheader("Allow"))

    def test_two_lengths_are_not_two_requests(self):
        second = b"GET /vi/state HTTP/1.1\r\nHost: x\r\n\r\n"
        post = (b"POST /vi/report HTTP/1.1\r\nHost: x\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n")
        for headers, body in (
                (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
                (b"Transfer-Encoding: chunked\r\nContent-Length: 60\r\n", b"0\r\n\r\n"),
                (b"Content-Length: 3\r\nContent-Length: 50\r\n", b"x=1"),
                (b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
                (b"Transfer-Encoding: \xff\r\nContent-Length: 3\r\n", b"x=1"),
                (b"Transfer-Encoding : chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"),
                (b"Host: y\r\nContent-Length: 3\r\n", b"x=1")):
            with self.subTest(headers), self.connected() as connection:
                connection.sendall(post + headers + b"\r\n" + body + second)
                with contextlib.suppress(ConnectionError):
                    connection.shutdown(socket.SHUT_WR)
                    told = b"".join(iter(lambda: connection.recv(65536), b""))
                    self.assertNotIn(b"HTTP/1.1 200", told)

    def test_a_body_may_take_its_time_while_it_comes(self):
        """Slower than 30 s for the whole, faster than nothing: a photo over a poor line."""
        page, cookie = self.form("/vi/follow")
        body = urllib.parse.urlencode(page | {"code": "x", "contact": "x"}).encode()
        piece, pieces = b"&x=" + b"1" * 40_000, 20
        with self.connected() as connection:
            connection.sendall((
                f"POST /vi/follow HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(body) + pieces * len(piece)}\r\n\r\n").encode() + body)
            for _ in range(pieces):
                connection.sendall(piece)
                time.sleep(2)   # the client's pace, nobody is waited for
            self.assertEqual(connection.recv(12)[9:], b"422")

    def test_a_form_of_another_site_is_refused(self):
        for path in ("/vi/report", "/vi/follow", "/vi/rate", "/vi/reopen", "/vi/reply"):
            with self.subTest(path):
                self.assertEqual(self.post(path, {"text": "x"}).status, 403)
                self.assertEqual(self.post(path, {"token": "1.x"}, headers={
                    "Origin": "https://evil.example"}).status, 403)

    def test_what_is_asked_for_is_shown_as_text_alone(self):
        for value in (SCRIPT, SQL):
            quoted = urllib.parse.quote(value)
            for path in (f"/vi/answers?q={quoted}", f"/vi/answers?category={quoted}",
                         f"/vi/answers?commune={quoted}", f"/vi/answers?page_token={quoted}",
                         f"/vi/report?category={quoted}", f"/vi/state?days={quoted}",
                         f"/vi/answers/{urllib.parse.quote(value, safe='')}",
                         f"/vi/{urllib.parse.quote(value, safe='')}",
                         f"/open311/v2/requests.xml?service_code={quoted}",
                         f"/open311/v2/requests.json?status={quoted}&start_date={quoted}",
                         f"/open311/v2/services/{urllib.parse.quote(value, safe='')}.xml"):
                with self.subTest(path):
                    answer = self.get(path)
                    self.assertLess(answer.status, 500)
                    self.assertNotIn("<script>alert", answer.text.lower())
                    self.assertNotIn("<img src=x", answer.text.lower())

    def test_what_is_written_in_a_form_is_shown_as_text_alone(self):
        for path, fields in FORMS.items():
            hidden, cookie = self.form(f"{path}?category={CATEGORY}" if "report" in path else
                                       "/vi/follow")
            for name in fields:
                for value, address in ((SCRIPT, FOURTH_ADDRESS), (SQL, FIFTH_ADDRESS)):
                    with self.subTest(path=path, name=name, value=value):
                        answer = self.post(path, hidden | fields | {name: value},
                                           headers={"Cookie": cookie}, address=address)
                        self.assert_text_alone(answer)

    def test_what_a_partner_writes_is_shown_as_text_alone(self):
        key = self.new_key()
        for name in PARTNER_FIELDS:
            for value in (SCRIPT, SQL):
                for form in ("xml", "json"):
                    with self.subTest(name=name, value=value, form=form):
                        answer = self.post(f"/open311/v2/requests.{form}",
                                           PARTNER_FIELDS | {"api_key": key} | {name: value})
                        self.assert_text_alone(answer)
                        self.assertIn(form, answer.getheader("Content-Type"))

    def test_what_was_published_is_shown_as_text_alone(self):
        privacy = portal_privacy.PortalPrivacy()
        privacy.setUp()
        ticket = privacy.open(None)
        privacy.publish(ticket, SCRIPT)
        for path in (f"/vi/answers/{ticket}", "/vi/answers", "/en/answers",
                     f"/open311/v2/requests/{ticket}.xml"):
            with self.subTest(path):
                answer = self.get(path)
                self.assertIn("alert(", answer.text)
                self.assert_text_alone(answer)

    def assert_text_alone(self, answer):
        self.assertLess(answer.status, 500)
        if "json" not in answer.getheader("Content-Type"):
            self.assertNotIn("<script>alert", answer.text.lower())
            self.assertNotIn("<img src=x", answer.text.lower())

    def new_key(self):
        keys = protos.module("hotline", "api_keys")
        return self.day.client.hotline("ApiKeyService", "CreateApiKey", keys.CreateApiKeyRequest(
            request_id=str(uuid.uuid4()), name="Kiểm thử", calls_per_minute=6000)).key

    def test_slow_clients_hold_nobody_up_and_are_cut_off(self):
        with contextlib.ExitStack() as held:
            slow = [held.enter_context(self.connected(OTHER_ADDRESS)) for _ in range(SLOW_CLIENTS)]
            for number, connection in enumerate(slow):
                connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" if number % 2 else
                                   b"POST /vi/report HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n"
                                   b"Content-Type: application/x-www-form-urlencoded\r\n\r\ntext=")
            for path in PAGES:
                self.assertEqual(self.get(path).status, 200)
            left = set(slow)

            def all_are_cut_off():
                # One byte now and then, so that nobody can say that they are silent.
                for connection in list(left):
                    try:
                        connection.send(b"x")
                    except OSError:
                        left.discard(connection)
                return not left or (False, len(left))
            waiting.until("slow clients are cut off", CUT_OFF_SECONDS_MAX, all_are_cut_off, 1)

    def test_one_client_may_ask_so_often_and_others_go_on(self):
        def is_refused():
            answer = self.post("/vi/report", {"text": "x"}, address=THIRD_ADDRESS)
            return answer.status == 429 and answer
        refused = None
        for _ in range(3 * FORMS_PER_MINUTE_MAX):  # a minute may end while they come
            refused = refused or is_refused()
        self.assertIsNotNone(refused)
        self.assertGreater(int(refused.getheader("Retry-After")), 0)
        self.assertEqual(self.post("/vi/report", {"text": "x"}).status, 403)

    def test_it_says_so_while_the_hotline_is_away_and_goes_on_after(self):
        self.assertEqual(services.stop(self.stack, "hotline"), 0)
        try:
            for path in ("/vi/answers", "/open311/v2/requests.xml"):
                with self.subTest(path):
                    answer = self.get(path)
                    self.assertEqual(answer.status, 503)
                    self.assertGreater(int(answer.getheader("Retry-After")), 0)
            self.assertEqual(self.get("/static/style.css").status, 200)
        finally:
            services.serve(self.stack, "hotline")
            services.wait_healthy(self.stack, "hotline")
        waiting.until("answers are there again", SECONDS_MAX,
                      lambda: self.get("/vi/answers").status == 200)

    def test_a_copy_whose_process_is_away_is_not_known(self):
        known = re.compile(r'<td class="equal">')
        waiting.until("copies are equal", SECONDS_MAX,
                      lambda: bool(known.search(self.get("/vi/state").text)))
        processes.kill(self.stack, REPLICA)
        try:
            # It is asked every two seconds.
            waiting.until("it is not known", SECONDS_MAX,
                          lambda: '<td class="unknown">' in self.get("/vi/state").text)
            self.assertIsNone(known.search(self.get("/vi/state").text))
        finally:
            services.serve(self.stack, REPLICA)
            services.wait_healthy(self.stack, REPLICA)
        waiting.until("copies are equal again", SECONDS_MAX,
                      lambda: bool(known.search(self.get("/vi/state").text)))

    def test_a_copy_whose_process_hangs_holds_nobody_up(self):
        """While many look at the state of the copies, nothing is answered as late as the process
        is given up."""
        citizen, told, is_over = visitor.Visitor(self.stack), set(), threading.Event()

        def ask(client, path, fields=None):
            began = time.monotonic()
            answer = client.post_parts(path, fields) if fields else client.get(path)
            told.add((path, answer.status, time.monotonic() - began < GIVEN_UP_SECONDS))
            return answer

        def look(client):
            while not is_over.is_set():
                ask(client, "/vi/state")

        def is_shown(kind):
            return f'<td class="{kind}">' in ask(citizen, "/vi/state").text

        waiting.until("copies are equal", EQUAL_SECONDS_MAX, lambda: is_shown("equal"))
        processes.pause(self.stack, REPLICA)
        with concurrent.futures.ThreadPoolExecutor(STATE_CLIENTS) as pool:
            try:
                looking = [pool.submit(look, visitor.Visitor(self.stack))
                           for _ in range(STATE_CLIENTS)]
                waiting.until("it is not known", SECONDS_MAX,
                              lambda: is_shown("unknown") and not is_shown("equal"))
                for path in PAGES:
                    ask(citizen, path)
                hidden, citizen.cookie = visitor.fields_of(
                    ask(citizen, f"/vi/report?category={CATEGORY}"))
                ask(citizen, "/vi/report", hidden | {
                    "text": "Ổ gà", "commune": "25747", "address": "Số 1", "anonymous": "1"})
            finally:
                is_over.set()
                processes.resume(self.stack, REPLICA)
        for one in looking:
            one.result()
        self.assertEqual({entry for entry in told if entry[1:] != (200, True)}, set())
        waiting.until("copies are equal again", EQUAL_SECONDS_MAX, lambda: is_shown("equal"))

    def test_it_speaks_tls(self):
        pki = self.stack.pki
        services.stop(self.stack, "portal")
        try:
            services.serve(self.stack, "portal", {
                "LIENTHONG_HTTP_TLS_CERT": str(pki / "service-portal.crt"),
                "LIENTHONG_HTTP_TLS_KEY": str(pki / "service-portal.key"),
                "LIENTHONG_ORIGIN": self.stack.portal_origin.replace("http:", "https:")})
            services.wait_healthy(self.stack, "portal")
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self.stack.port("PORTAL_HTTP"), timeout=SECONDS_MAX,
                context=ssl.create_default_context(cafile=pki / "ca.crt"))
            with contextlib.closing(connection):
                connection.request("GET", "/vi/follow")
                answer = connection.getresponse()
                self.assertEqual(answer.status, 200)
                self.assertIn("max-age", answer.getheader("Strict-Transport-Security"))
                self.assertIn("; Secure", answer.getheader("Set-Cookie"))
        finally:
            services.stop(self.stack, "portal")
            services.serve(self.stack, "portal")
            services.wait_healthy(self.stack, "portal")

    def form(self, path):
        """The hidden fields of a page's form, and the cookie that goes with them."""
        answer = self.get(path)
        self.assertEqual(answer.status, 200, path)
        return visitor.fields_of(answer)
