"""Providers of messages for the day: SMS as in deploy/integrators/sms.md, e-mail as in RFC 5321.

Each writes what it took into a ledger, a line each time, so that a later start knows it too.
"""

import collections
import contextlib
import email
import email.policy
import http.server
import json
import re
import socketserver
import threading

LOST_PHONE = "0912999999"   # the answer to the first SMS to this number is lost
FROM = "1022@binhduong.gov.vn"
# What the hotline needs of a province's own providers.
VARIABLES = ("LIENTHONG_SMS_URL", "LIENTHONG_SMTP_URL", "LIENTHONG_SMTP_CA", "LIENTHONG_MAIL_FROM")
MEDIA = {"SMS": "sms", "EMAIL": "mail"}     # of hotline.v1.Medium, and how their ledgers are called
MESSAGE_ID = re.compile(rb"^Message-ID: <([^@>]+)@", re.MULTILINE)


@contextlib.contextmanager
def running(run):
    """Both run meanwhile, on loopback; gives the hotline's environment, as pairs."""
    with contextlib.ExitStack() as cleanup:
        ports = {}
        for medium, handler in (("SMS", _Sms), ("EMAIL", _Mail)):
            server = cleanup.enter_context(_Server(handler, ledger_path(run, medium)))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            cleanup.callback(server.shutdown)
            ports[medium] = server.server_address[1]
        yield (("LIENTHONG_SMS_URL", f"http://127.0.0.1:{ports['SMS']}/v1/messages"),
               ("LIENTHONG_SMTP_URL", f"smtp://127.0.0.1:{ports['EMAIL']}"),
               ("LIENTHONG_MAIL_FROM", FROM))


def ledger_path(run, medium):
    return run / "day" / f"{MEDIA[medium]}.jsonl"


def read(run, medium):
    """{id: how often it was handed over} of a ledger."""
    path = ledger_path(run, medium)
    if not path.exists():
        return collections.Counter()
    with open(path, encoding="utf-8") as lines:
        return collections.Counter(json.loads(line)["id"] for line in lines)


class _Server(socketserver.ThreadingTCPServer):
    """Answers on a free port; its handlers share a ledger."""

    daemon_threads = True

    def __init__(self, handler, path):
        super().__init__(("127.0.0.1", 0), handler)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock, self._path = threading.Lock(), path
        self._receivers = {}
        if path.exists():
            with open(path, encoding="utf-8") as lines:
                self._receivers = {one["id"]: one["to"] for one in map(json.loads, lines)}

    def take(self, message_id, receiver, text):
        """Whether it is the first under this id, and the first to this receiver."""
        with self._lock, open(self._path, "a", encoding="utf-8") as ledger:
            is_new = message_id not in self._receivers
            is_first = receiver not in self._receivers.values()
            self._receivers[message_id] = receiver
            line = {"id": message_id, "to": receiver, "text": text}
            ledger.write(json.dumps(line, ensure_ascii=False) + "\n")
        return is_new, is_first


class _Sms(http.server.BaseHTTPRequestHandler):
    """One POST on a connection."""

    def do_POST(self):  # noqa: N802
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if message["id"] != self.headers["Idempotency-Key"] or not message["text"]:
            self._answer(400, {})
            return
        is_new, is_first = self.server.take(message["id"], message["to"], message["text"])
        if is_first and message["to"] == "+84" + LOST_PHONE[1:]:
            return      # taken, but nobody hears of it
        self._answer(200 if is_new else 409,
                     {"id": message["id"], "provider_id": f"sms-{message['id']}"})

    def _answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass


class _Mail(socketserver.StreamRequestHandler):
    """One dialogue."""

    def handle(self):
        self._say("220 mail.example.vn")
        receiver = ""
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"RCPT":
                receiver = line.partition(b"<")[2].partition(b">")[0].decode()
            if verb == b"DATA":
                self._say("354 go on")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                message_id = MESSAGE_ID.search(text).group(1).decode()
                mail = email.message_from_bytes(text, policy=email.policy.default)
                self.server.take(message_id, receiver, mail.get_content())
            self._say("221 bye" if verb == b"QUIT" else "250 2.0.0 Ok")
            if verb == b"QUIT":
                return

    def _say(self, line):
        self.wfile.write(f"{line}\r\n".encode())
