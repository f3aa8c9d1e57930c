"""The gate of a pod with a real HAProxy and a real Redis: TLS on both of its sides, or nothing."""

import contextlib
import http.server
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

from stack import pki

from . import place

HAPROXY = shutil.which("haproxy", path="/usr/sbin:/usr/bin:/usr/local/sbin")
REDIS = shutil.which("redis-server")
SECONDS_MAX = 120
SCRAPER = "prometheus"
REDIS_HOST = f"{place.FULLNAME}-redis"
METRICS = b"lienthong_build_info 1\n"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def until(condition, what):
    """Waits until it holds."""
    end = time.monotonic() + SECONDS_MAX
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if condition():
                return
        time.sleep(0.05)
    raise AssertionError(f"not within {SECONDS_MAX} s: {what}")


def answers(port):
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


class Process(http.server.BaseHTTPRequestHandler):
    """Stands for a process of ours: metrics on loopback."""

    def do_GET(self):  # noqa: N802, the name that the library calls
        self.send_response(200)
        self.end_headers()
        self.wfile.write(METRICS)

    def log_message(self, *_):
        """Says nothing."""


class Authority:
    """A CA and certificates as README.md, Secrets, wants them: <name>/tls.crt, tls.key."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "openssl.cnf").write_text(pki.OPENSSL_CONFIG, encoding="utf-8")
        self._openssl("ca.crt", "ca.key", "CA", "-extensions", "ca")

    def make(self, name, *hosts):
        """The folder of a certificate; `hosts`: further names in it."""
        made = self.folder / name
        made.mkdir()
        names = ",".join(f"DNS:{host}" for host in ("localhost", *hosts))
        text = pki.OPENSSL_CONFIG.replace("DNS:localhost", names)
        (self.folder / "openssl.cnf").write_text(text, encoding="utf-8")
        self._openssl(made / "tls.crt", made / "tls.key", name, "-extensions", "system",
                      "-CA", "ca.crt", "-CAkey", "ca.key")
        return made

    def _openssl(self, certificate, key, name, *arguments):
        subprocess.run(
            ["openssl", "req", "-x509", "-new", "-config", "openssl.cnf", "-batch", "-sha256",
             "-noenc", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-days", "1",
             "-subj", f"/CN={name}", *arguments, "-out", certificate, "-keyout", key],
            cwd=self.folder, check=True, capture_output=True)


class Gate(unittest.TestCase):
    """One gate, one process behind it, one Redis beyond it."""

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.folder = folder
        cls.authority = Authority(folder)
        own = cls.authority.make("service-registry", place.FULLNAME)
        redis = cls.authority.make("redis", REDIS_HOST)
        cls.process = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Process)
        threading.Thread(target=cls.process.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.process.server_close)
        cls.addClassCleanup(cls.process.shutdown)
        cls.redis_port = cls.start_redis(redis)
        cls.metrics, cls.redis = cls.start_gate(own, cls.redis_port)

    @classmethod
    def start_redis(cls, certificate):
        """A Redis with the chart's configuration; its TLS port."""
        port = free_port()
        text = place.of_kind("ConfigMap")[REDIS_HOST]["data"]["redis.conf"]
        text = cls.with_files(text, certificate).replace("tls-port 6379", f"tls-port {port}")
        text = text.replace("dir /data", f"dir {cls.folder}") + "bind 127.0.0.1\n"
        path = certificate / "redis.conf"
        path.write_text(text, encoding="utf-8")
        cls.start([REDIS, str(path)], {})
        until(lambda: answers(port), "Redis answers")
        return port

    @classmethod
    def start_gate(cls, certificate, redis_port):
        """A gate with the chart's configuration; its ports for metrics and for Redis."""
        metrics, redis = free_port(), free_port()
        text = place.of_kind("ConfigMap")[f"{place.FULLNAME}-gate"]["data"]["haproxy.cfg"]
        text = cls.with_files(text, certificate)
        for old, new in ((r"bind :9443", f"bind 127.0.0.1:{metrics}"),
                         (r"bind 127\.0\.0\.1:6379", f"bind 127.0.0.1:{redis}"),
                         (rf"server redis {REDIS_HOST}:6379",
                          f"server redis 127.0.0.1:{redis_port}")):
            text, count = re.subn(old, new, text)
            assert count == 1, old
        path = cls.folder / f"haproxy-{metrics}.cfg"
        path.write_text(text, encoding="utf-8")
        port = str(cls.process.server_address[1])
        cls.start([HAPROXY, "-db", "-f", str(path)], {"METRICS_PORT": port})
        until(lambda: answers(metrics), "the gate answers")
        return metrics, redis

    @classmethod
    def with_files(cls, text, certificate):
        return text.replace("/etc/lienthong/tls", str(certificate)).replace(
            "/etc/lienthong/ca", str(cls.folder))

    @classmethod
    def start(cls, command, environment):
        log = cls.enterClassContext(open(cls.folder / "log", "ab"))
        begun = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

        def stop():
            begun.terminate()
            begun.wait(SECONDS_MAX)

        cls.addClassCleanup(stop)

    def get(self, path, certificate=None):
        """Status and body of a request to the gate, under a certificate or none."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.crt"))
        if certificate:
            folder = self.folder / certificate
            context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
        try:
            with urllib.request.urlopen(f"https://localhost:{self.metrics}{path}", timeout=5,
                                        context=context) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, b""

    def ping(self, port):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as session:
            session.sendall(b"PING\r\n")
            return session.recv(64)

    def test_the_scraper_alone_reads_metrics_and_nothing_else(self):
        self.authority.make(SCRAPER)
        self.authority.make("unit-H09.718")
        self.assertEqual(self.get("/metrics", SCRAPER), (200, METRICS))
        self.assertEqual(self.get("/other", SCRAPER)[0], 403)
        self.assertEqual(self.get("/metrics", "unit-H09.718")[0], 403)
        with self.assertRaises(OSError):
            self.get("/metrics")

    def test_a_process_reaches_redis_through_the_gate_and_only_over_tls(self):
        until(lambda: self.ping(self.redis) == b"+PONG\r\n", "PONG through the gate")
        try:
            plain = self.ping(self.redis_port)
        except OSError:
            plain = b""
        self.assertNotIn(b"PONG", plain)

    def test_a_redis_with_another_name_is_not_taken_for_ours(self):
        other = self.authority.make("other", "other.example.org")
        port = self.start_redis(other)
        own = self.folder / "service-registry"
        _, through = self.start_gate(own, port)
        try:
            said = self.ping(through)
        except OSError:
            said = b""
        self.assertEqual(said, b"")


if HAPROXY is None or REDIS is None:
    raise SystemExit("chart: haproxy or redis-server is missing: run tools/setup --tests")
