"""Where words are hidden, in photos too, and where they are looked for: in everything that the
portal shows to everybody."""

import contextlib
import html
import http.client
import json
import re
import struct

from . import visitor
from .case import SECONDS_MAX

PAGES_MAX = 4000
REQUESTS_OF_ONE = 1000      # the portal takes 1200 a minute from an address
FIRST = ("/", "/vi", "/en", "/open311/v2/discovery.xml", "/open311/v2/discovery.json")
LISTS = tuple(f"/open311/v2/{name}.{form}{query}" for form in ("json", "xml")
              for name, query in (("services", ""), ("requests", ""), ("requests", "?page=2"),
                                  ("requests", "?status=open"), ("requests", "?status=closed")))
LINK = re.compile(r'(?:href|src|action)="(/[^"]*)"')
POSTED = ("/rate", "/reopen", "/reply", "/report/sent")   # forms' addresses that show nothing by themselves


def crawl(stack):
    """{path: body} of all that links and Open311's lists lead to; each has to be there."""
    found, todo = {}, [*FIRST, *LISTS]
    with contextlib.closing(Reader(stack)) as reader:
        while todo:
            path = todo.pop()
            if path in found:
                continue
            if len(found) >= PAGES_MAX:
                raise AssertionError(f"more than {PAGES_MAX} pages")
            status, kind, body = reader.get(path)
            if status != 200:
                raise AssertionError(f"{path}: {status}")
            found[path] = body
            if kind.startswith("text/html"):
                links = (html.unescape(link) for link in LINK.findall(body.decode()))
                todo += [link for link in links if not link.endswith(POSTED)]
            elif kind.startswith("application/json"):
                todo += of_lists(json.loads(body))
    return found


def of_lists(listed):
    """What there is of each request and service of an Open311 list."""
    paths = []
    for one in listed if isinstance(listed, list) else ():
        if "service_request_id" in one:
            paths += public_paths(one["service_request_id"])
        elif "service_code" in one:
            paths += [f"/open311/v2/services/{one['service_code']}.{form}"
                      for form in ("json", "xml")]
    return paths


def public_paths(ticket):
    """Wherever a ticket is shown that everybody may know of."""
    return [f"/vi/answers/{ticket}", f"/en/answers/{ticket}",
            *(f"/open311/v2/{path}" for form in ("json", "xml") for path in (
                f"requests/{ticket}.{form}", f"tokens/{ticket}.{form}",
                f"requests.{form}?service_request_id={ticket}"))]


class Reader:
    """Asks over one connection; as another client before one has asked too often."""

    def __init__(self, stack):
        self.port, self.connection, self.count = stack.port("PORTAL_HTTP"), None, 0

    def get(self, path):
        """(status, media type, body)."""
        if self.count % REQUESTS_OF_ONE == 0:
            self.close()
            self.connection = http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=SECONDS_MAX,
                source_address=(visitor.new_address(), 0))
        self.count += 1
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        return answer.status, answer.getheader("Content-Type", ""), answer.read()

    def close(self):
        if self.connection:
            self.connection.close()


# -- photos ---------------------------------------------------------------------------------------

ASCII, LONG, UNDEFINED = 2, 4, 7
BYTES_OF = {ASCII: 1, LONG: 4, UNDEFINED: 1}
DESCRIPTION, EXIF, GPS, COMMENT, LATITUDE_REF, AREA = 0x010e, 0x8769, 0x8825, 0x9286, 1, 0x001c
PICTURE = {0xe0, 0xdb, 0xc0, 0xc4, 0xda, 0xd9}     # what a JPEG needs to be one


def photo(word):
    """A JPEG (ITU-T T.81) of 8 x 8 grey pixels as a phone leaves it: the word is in its EXIF
    description, comment and place, its XMP, its ICC profile, Photoshop's block, a comment, and
    behind its end."""
    hidden = word.encode()
    one_code = bytes([1] + [0] * 15 + [0])      # of one bit, for the symbol 0
    return b"".join((
        b"\xff\xd8", _segment(0xe1, b"Exif\0\0" + _exif(hidden)),
        _segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x>" + hidden),
        _segment(0xe2, b"ICC_PROFILE\0\1\1" + hidden), _segment(0xed, b"Photoshop 3.0\0" + hidden),
        _segment(0xfe, hidden), _segment(0xdb, bytes(1) + bytes([1] * 64)),
        _segment(0xc0, bytes([8, 0, 8, 0, 8, 1, 1, 0x11, 0])),
        _segment(0xc4, b"\x00" + one_code), _segment(0xc4, b"\x10" + one_code),
        _segment(0xda, bytes([1, 1, 0, 0, 63, 0])), b"\x3f\xff\xd9", hidden))


def markers(jpeg):
    """All that a JPEG is made of, None among them when it goes on behind its end."""
    found, at = {0xd9}, 2
    while jpeg[at] == 0xff and jpeg[at + 1] != 0xd9:
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2:at + 4], "big")
        # In the picture itself the byte 255 is followed by 0.
        while jpeg[at] != 0xff or jpeg[at + 1] == 0:
            at += 1
    return found if jpeg[at:] == b"\xff\xd9" else found | {None}


def _segment(marker, content):
    return bytes([0xff, marker]) + struct.pack(">H", len(content) + 2) + content


def _exif(hidden):
    """EXIF 2.32, 4.6: the directory of the picture, its own and that of the place, big-endian."""
    comment = [(COMMENT, UNDEFINED, b"ASCII\0\0\0" + hidden)]
    place = [(LATITUDE_REF, ASCII, b"N\0"), (AREA, UNDEFINED, b"ASCII\0\0\0" + hidden)]

    def picture(comment_at, place_at):
        return _directory(8, [(DESCRIPTION, ASCII, hidden + b"\0"),
                              (EXIF, LONG, struct.pack(">I", comment_at)),
                              (GPS, LONG, struct.pack(">I", place_at))])

    comment_at = 8 + len(picture(0, 0))
    place_at = comment_at + len(_directory(comment_at, comment))
    return (b"MM\0*" + struct.pack(">I", 8) + picture(comment_at, place_at)
            + _directory(comment_at, comment) + _directory(place_at, place))


def _directory(at, entries):
    """An image file directory (TIFF 6.0) at an offset; longer values behind it."""
    values_at, fields, values = at + 2 + 12 * len(entries) + 4, b"", b""
    for tag, kind, value in entries:
        fields += struct.pack(">HHI", tag, kind, len(value) // BYTES_OF[kind])
        if len(value) <= 4:
            fields += value.ljust(4, b"\0")
        else:
            fields += struct.pack(">I", values_at + len(values))
            values += value
    return struct.pack(">H", len(entries)) + fields + bytes(4) + values
