"""A citizen at the portal: a browser without scripts, with an address and a cookie of its own."""

import contextlib
import http.client
import itertools
import re
import urllib.parse

SECONDS_MAX = 30
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BOUNDARY = "----part-of-a-form"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_addresses = (f"127.{network}.{subnet}.{host}" for network in range(1, 255)
              for subnet in range(255) for host in range(1, 255))
_numbers = itertools.count(912_100_000)


def new_address():
    """One that nobody has had: the portal counts what comes from an address."""
    return next(_addresses)


def new_phone():
    """A telephone number, as it is dialled in Vietnam, that nobody has had."""
    return f"0{next(_numbers)}"


def request(stack, method, path, body=None, headers=None, address="127.0.0.1"):
    """The answer, with `body` and `text`."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.port("PORTAL_HTTP"),
                                            timeout=SECONDS_MAX, source_address=(address, 0))
    with contextlib.closing(connection):
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        answer.body = answer.read()
        answer.text = answer.body.decode("utf-8", "replace")
    return answer


def fields_of(answer):
    """The hidden fields of a page's forms, and the cookie that goes with them."""
    cookie = answer.getheader("Set-Cookie", "")
    return dict(HIDDEN.findall(answer.text)), cookie.split(";")[0]


class Visitor:
    """Errors of the connection come as they are: OSError or http.client.HTTPException."""

    def __init__(self, stack):
        self.stack, self.address, self.cookie = stack, new_address(), ""

    def get(self, path):
        return request(self.stack, "GET", path, None, self._headers(), self.address)

    def form(self, path):
        """The hidden fields of a form, which are sent with it."""
        answer = self.get(path)
        if answer.status != 200:
            raise http.client.HTTPException(f"{path}: {answer.status}")
        fields, cookie = fields_of(answer)
        self.cookie = cookie or self.cookie
        return fields

    def post(self, path, fields):
        return request(self.stack, "POST", path, urllib.parse.urlencode(fields),
                       self._headers() | FORM, self.address)

    def post_parts(self, path, fields, files=()):
        """As multipart/form-data (RFC 7578); a file is (field, name, media type, bytes)."""
        parts = [(f'name="{name}"', value.encode()) for name, value in fields.items()]
        parts += [(f'name="{field}"; filename="{name}"\r\nContent-Type: {media_type}', content)
                  for field, name, media_type, content in files]
        body = b"".join(f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode()
                        + content + b"\r\n" for head, content in parts)
        return request(self.stack, "POST", path, body + f"--{BOUNDARY}--\r\n".encode(),
                       self._headers() | {"Content-Type":
                                          f"multipart/form-data; boundary={BOUNDARY}"},
                       self.address)

    def _headers(self):
        return {"Cookie": self.cookie} if self.cookie else {}
