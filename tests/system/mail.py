"""Messages to who reported, through a mail server that is not ours: aiosmtpd, which asks for TLS
(RFC 3207) and for a password before it takes anything."""

import contextlib
import datetime
import email
import email.header
import email.policy
import email.utils
import logging
import socket
import ssl
import subprocess
import urllib.parse
import uuid

from aiosmtpd import controller, smtp
from stack import pki, postgres, services

from day import hotline, protos, waiting

from .case import SECONDS_MAX, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

SERVER = "mail-server"
FROM = "1022@binhduong.gov.vn"
NAME, PASSWORD = "tong-dai", "một mật khẩu"
TEXT, FULL_NAME = "Đèn đường không sáng gần chợ", "Lê Thị Thư"
SUBJECT = "1022: đã tiếp nhận phản ánh"
TAKEN = "250 2.0.0 Ok: queued as 4TkVsz0Q"
LATER_SECONDS = 600     # further than the second attempt is from the first, and the third from it
WAITING, SENT, DOUBTFUL = 1, 2, 6
MESSAGE = """SELECT id::text, state, attempts, doubtful_attempts, proof FROM message
  WHERE ticket_id = %s"""


class Mailbox:
    """What a server was told, in the order it came. `answers`: by receiver, those to its next mails
    before TAKEN; None = it hangs up instead."""

    def __init__(self):
        self.mails, self.senders, self.passwords, self.answers = [], [], [], {}

    def of(self, address):
        return [mail for mail in self.mails if mail["envelope"] == (FROM, [address])]

    async def handle_MAIL(self, server, session, envelope, address, _options):  # noqa: N802
        self.senders.append(address)
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        answers = self.answers.get(envelope.rcpt_tos[0])
        self.mails.append({"envelope": (envelope.mail_from, envelope.rcpt_tos),
                           "bytes": envelope.content, "tls": session.ssl is not None})
        answer = answers.pop(0) if answers else TAKEN
        if answer is None:
            server.transport.abort()
        return answer or TAKEN

    def authenticate(self, server, session, envelope, mechanism, data):
        name, password = data.login.decode(), data.password.decode()
        self.passwords.append((name, password, session.ssl is not None))
        return smtp.AuthResult(success=True)


class Mail(Case):
    """Every message arrives once, on its own, at a server that is who it says it is."""

    def setUp(self):
        super().setUp()
        self.scenes = hotline.Hotline(self.day)
        self.mailbox = Mailbox()
        self.later = 0
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        pki.make(self.stack, SERVER)

    def tearDown(self):
        self.restart({})
        super().tearDown()

    # The server and the hotline.

    @contextlib.contextmanager
    def server(self, certificate=SERVER):
        """It runs meanwhile, without TLS when there is no certificate."""
        context = None
        if certificate:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self.stack.pki / f"{certificate}.crt",
                                    self.stack.pki / f"{certificate}.key")
        running = controller.Controller(
            self.mailbox, hostname="127.0.0.1", port=self.port, tls_context=context,
            require_starttls=context is not None, auth_required=context is not None,
            authenticator=self.mailbox.authenticate)
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)    # it tells of every refusal
        running.start()
        try:
            yield
        finally:
            running.stop()

    def make_unknown(self, name):
        """A certificate that says the same, of an issuer that nobody knows."""
        path = self.stack.pki / name
        subprocess.run(
            ["openssl", "req", "-x509", "-noenc", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-days", "2", "-subj", f"/CN={SERVER}", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout", f"{path}.key", "-out", f"{path}.crt"],
            check=True, capture_output=True)

    def restart(self, variables):
        services.stop(self.stack, "hotline")
        services.serve(self.stack, "hotline", variables)
        services.wait_healthy(self.stack, "hotline")

    def send_from(self, later_seconds=0):
        """The hotline sends to the server, by a clock that goes on from where it was by so much."""
        self.later += later_seconds
        offset = services.business_offset_seconds(self.stack) + self.later
        self.restart({
            "LIENTHONG_BUSINESS_OFFSET_SECONDS": str(offset),
            "LIENTHONG_SMTP_URL":
                f"starttls://{NAME}:{urllib.parse.quote(PASSWORD)}@127.0.0.1:{self.port}",
            "LIENTHONG_SMTP_CA": str(self.stack.pki / "ca.crt"),
            "LIENTHONG_MAIL_FROM": FROM})

    def open(self):
        """A report by e-mail: (its answer, its sender's address)."""
        address = f"thu.{uuid.uuid4().hex}@example.vn"
        request = self.day.client.request("hotline", "TicketService", "OpenTicket")(
            request_id=str(uuid.uuid4()),
            channel=protos.module("hotline", "records").CHANNEL_EMAIL,
            caller=protos.module("hotline", "reporters").Caller(full_name=FULL_NAME, email=address),
            text=TEXT, category_id="HATANG.CHIEUSANG",
            place=protos.module("hotline", "records").Place(commune_code="25747"))
        return self.day.client.hotline("TicketService", "OpenTicket", request,
                                       **self.scenes.operator.options), address

    def open_with(self, answers):
        """A report whose mail the server answers so; the hotline waits with it until that is set."""
        self.restart({})
        opened, address = self.open()
        self.mailbox.answers[address] = answers
        self.send_from()
        return opened, address

    def message(self, opened):
        """(id, state, attempts, doubtful ones, proof) of its only message."""
        rows = postgres.query(self.stack, "hotline", MESSAGE, (opened.ticket.id,))
        self.assertEqual(len(rows), 1)
        return rows[0]

    def wait_state(self, opened, state, attempts):
        def condition():
            found = self.message(opened)
            return found[1:3] == (state, attempts) or (False, found)

        waiting.until(f"state {state} after {attempts} attempts", SECONDS_MAX, condition)

    def wait_not_reached(self):
        self.wait_metric("hotline", lambda number: number >= 1, "lienthong_hotline_messages_total",
                         medium="email", outcome="not_reached")

    def errors(self):
        return {row[0] for row in postgres.query(
            self.stack, "hotline", "SELECT DISTINCT error FROM message WHERE medium = 2")}

    # What they promise.

    def test_a_mail_comes_once_with_the_code_and_nothing_of_the_report(self):
        with self.server():
            self.send_from()
            opened, address = self.open()
            self.wait_state(opened, SENT, 1)
            identity, _, _, _, proof = self.message(opened)
            self.assertEqual(proof, TAKEN)
            self.send_from()            # nothing of it is repeated when the service starts anew
            other, _ = self.open()
            self.wait_state(other, SENT, 1)
        self.assertEqual(len(self.mailbox.of(address)), 1)
        mail, = self.mailbox.of(address)
        self.assertTrue(mail["tls"])
        self.assertEqual(set(self.mailbox.passwords), {(NAME, PASSWORD, True)})
        mail["bytes"].decode("ascii")   # RFC 5322: no other bytes, where nothing else was agreed on
        self.assertLessEqual(max(map(len, mail["bytes"].split(b"\r\n"))), 78)
        raw = email.message_from_bytes(mail["bytes"])
        self.assertRegex(raw["Subject"], r"(?s)^=\?utf-8\?B\?")
        self.assertEqual(str(email.header.make_header(email.header.decode_header(raw["Subject"]))),
                         SUBJECT)
        read = email.message_from_bytes(mail["bytes"], policy=email.policy.default)
        self.assertEqual(read.defects, [])
        self.assertEqual(email.utils.parseaddr(read["From"]), ("1022", FROM))
        self.assertEqual(email.utils.parseaddr(read["To"])[1], address)
        self.assertEqual(read["Message-ID"], f"<{identity}@{FROM.split('@')[1]}>")
        age = datetime.datetime.now(datetime.timezone.utc) - read["Date"].datetime
        self.assertLess(abs(age.total_seconds()), SECONDS_MAX * 4)
        self.assertEqual(read["Auto-Submitted"], "auto-generated")
        self.assertEqual(read.get_content_type(), "text/plain")
        self.assertIn(opened.code, read.get_content())
        for secret in (TEXT, FULL_NAME, opened.ticket.id, PASSWORD, "HATANG"):
            self.assertNotIn(secret, read.get_content() + str(read.items()))
        self.assertNotIn(opened.code, str(read.items()))    # locked screens show those

    def test_a_repeat_has_the_same_message_id(self):
        with self.server():
            self.send_from()
            # The first time nobody knows whether it was taken, the second time it was not.
            opened, address = self.open_with([None, "451 4.3.0 Try again later"])
            self.wait_state(opened, DOUBTFUL, 1)
            self.send_from(LATER_SECONDS)
            self.wait_state(opened, DOUBTFUL, 2)
            self.send_from(LATER_SECONDS)
            self.wait_state(opened, SENT, 3)
        identity, _, _, doubtful, _ = self.message(opened)
        self.assertEqual(doubtful, 1)
        read = [email.message_from_bytes(mail["bytes"], policy=email.policy.default)
                for mail in self.mailbox.of(address)]
        self.assertEqual([one["Message-ID"] for one in read],
                         [f"<{identity}@{FROM.split('@')[1]}>"] * 3)
        self.assertEqual(len({one.get_content() for one in read}), 1)

    def test_a_server_that_is_down_loses_nothing(self):
        self.send_from()
        opened = [self.open() for _ in range(3)]
        self.wait_not_reached()
        self.assertIn("CURL_7", self.errors())
        self.assertEqual(self.mailbox.mails, [])
        with self.server():
            self.send_from(LATER_SECONDS)
            for one, address in opened:
                waiting.until(f"{address} has it", SECONDS_MAX,
                              lambda at=address: self.mailbox.of(at))
                waiting.until("that is known", SECONDS_MAX,
                              lambda at=one: self.message(at)[1] == SENT)
        for one, address in opened:
            self.assertEqual(len(self.mailbox.of(address)), 1)
            self.assertEqual(self.message(one)[3], 0)

    def test_a_server_that_is_not_known_gets_nothing(self):
        self.make_unknown("mail-stranger")
        opened, address = self.open()
        for certificate, error in (("mail-stranger", "CURL_60"), (None, "CURL_64")):
            with self.server(certificate):
                self.send_from(LATER_SECONDS)
                self.wait_not_reached()
                waiting.until(error, SECONDS_MAX, lambda code=error: code in self.errors())
            self.assertEqual((self.mailbox.senders, self.mailbox.passwords, self.mailbox.mails),
                             ([], [], []))
            self.assertEqual(self.message(opened)[1], WAITING)
        with self.server():
            self.send_from(LATER_SECONDS)
            waiting.until("the right one has it", SECONDS_MAX, lambda: self.mailbox.of(address))
            waiting.until("that is known", SECONDS_MAX, lambda: self.message(opened)[1] == SENT)
