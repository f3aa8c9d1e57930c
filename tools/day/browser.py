"""A citizen's browser without scripts at the portal's pages, by http.client: nothing of ours."""

import contextlib
import dataclasses
import html.parser
import http.client
import http.cookies
import urllib.parse
import uuid
import zlib

from . import waiting
from .story import Unexpected

SECONDS_MAX = 120           # until a page that has too much to do answers
ANSWER_SECONDS_MAX = 20
POLL_SECONDS = 1
LATER = (429, 503)
SHOWN = ("p", "strong")     # elements that say something under their id
UNSENT = ("checkbox", "radio", "file", "submit", "button")   # inputs that send nothing as they are


@dataclasses.dataclass
class Form:
    """As the page has it: `fields` are sent as they are, `names` can be filled in; `buttons`: the
    actions of those that have one of their own.
    """

    action: str
    is_multipart: bool
    fields: dict = dataclasses.field(default_factory=dict)
    names: set = dataclasses.field(default_factory=set)
    buttons: set = dataclasses.field(default_factory=set)


@dataclasses.dataclass
class Page:
    """`forms` and `texts` of elements, by their id."""

    status: int
    forms: dict
    texts: dict


class Browser:
    """Keeps its cookies; one thread. Who it belongs to has an address of the loopback network of
    their own, as citizens come from many: the portal counts by address.
    """

    def __init__(self, stack, who):
        number = zlib.crc32(who.encode())
        self._address = ".".join(str(part) for part in (
            127, 1 + number % 250, number // 250 % 250, 1 + number // 62500 % 250))
        self._server = ("127.0.0.1", stack.port("PORTAL_HTTP"))
        self._origin = stack.portal_origin
        self._cookies = http.cookies.SimpleCookie()

    def get(self, path):
        return self._load("GET", path, None, {})

    def submit(self, form, filled, photos=(), action=""):
        """Sends a form with some fields filled in, {name: value or values}, and photos: bytes.
        `action`: of the button that is pressed, if it has one of its own.
        """
        unknown = set(filled) - form.names
        if unknown:
            raise Unexpected(f"the form of {form.action} has no field {', '.join(sorted(unknown))}")
        pairs = [(name, one) for name, value in (form.fields | filled).items()
                 for one in (value if isinstance(value, list) else [value])]
        body = urllib.parse.urlencode(pairs).encode()
        media_type = "application/x-www-form-urlencoded"
        if form.is_multipart:
            boundary = uuid.uuid4().hex
            files = [("photos", f"anh-{number}.png", "image/png", photo)
                     for number, photo in enumerate(photos, 1)]
            # Without any an empty one, as browsers do.
            body = parts(boundary, pairs,
                         files or [("photos", "", "application/octet-stream", b"")])
            media_type = f"multipart/form-data; boundary={boundary}"
        return self._load("POST", action or form.action, body, {
            "Content-Type": media_type, "Origin": self._origin, "Sec-Fetch-Site": "same-origin"})

    def _load(self, method, path, body, headers):
        return waiting.until(f"{method} {path}", SECONDS_MAX,
                             lambda: self._ask(method, path, body, headers), POLL_SECONDS)

    def _ask(self, method, path, body, headers):
        """The Page, or that it is to be asked again later."""
        connection = http.client.HTTPConnection(*self._server, timeout=ANSWER_SECONDS_MAX,
                                                source_address=(self._address, 0))
        if self._cookies:
            headers = headers | {"Cookie": "; ".join(f"{name}={one.value}" for name, one
                                                     in self._cookies.items())}
        with contextlib.closing(connection):
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                text = answer.read().decode("utf-8")
            except (OSError, http.client.HTTPException) as error:
                raise Unexpected(f"{method} {path}: {error!r}") from None
        if answer.status in LATER:
            return False, answer.status
        for cookie in answer.headers.get_all("Set-Cookie", []):
            self._cookies.load(cookie)
        reader = _Reader()
        reader.feed(text)
        return Page(answer.status, reader.forms, reader.texts)


def parts(boundary, pairs, files):
    """A body of multipart/form-data (RFC 7578); `files`: (field, name, media type, bytes)."""
    made = [(f'name="{name}"', str(value).encode()) for name, value in pairs]
    made += [(f'name="{field}"; filename="{name}"\r\nContent-Type: {media_type}', content)
             for field, name, media_type, content in files]
    return b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + value + b"\r\n"
        for head, value in made) + f"--{boundary}--\r\n".encode()


class _Reader(html.parser.HTMLParser):
    """Forms of a page and what its elements say."""

    def __init__(self):
        super().__init__()
        self.forms, self.texts = {}, {}
        self._form = self._shown = None

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "form":
            self._form = Form(values["action"], values.get("enctype") == "multipart/form-data")
            self.forms[values.get("id", values["action"])] = self._form
        elif self._form and tag in ("input", "select", "textarea") and "name" in values:
            self._add(values["name"], values)
        elif self._form and tag == "button" and "formaction" in values:
            self._form.buttons.add(values["formaction"])
        elif tag in SHOWN and "id" in values:
            self._shown = tag, values["id"]
            self.texts[values["id"]] = ""

    def _add(self, name, values):
        self._form.names.add(name)
        if values.get("type") not in UNSENT:
            self._form.fields[name] = values.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        if self._shown and tag == self._shown[0]:
            self._shown = None

    def handle_data(self, data):
        if self._shown:
            self.texts[self._shown[1]] += data
