"""An SMS provider (deploy/integrators/sms.md) that takes nothing."""

import contextlib
import http.server
import threading


@contextlib.contextmanager
def refusing():
    """It runs meanwhile, on loopback; gives its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Refusal) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1/messages"
        finally:
            server.shutdown()


class _Refusal(http.server.BaseHTTPRequestHandler):
    """For good: the number is none."""

    def do_POST(self):  # noqa: N802
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(422)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass
