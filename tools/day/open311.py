"""A client of Open311 GeoReport v2, in JSON as the portal of a stack speaks it."""

import json
import urllib.error
import urllib.parse
import urllib.request
import uuid

from . import browser, waiting
from .story import Unexpected

SECONDS_MAX = 120
ANSWER_SECONDS_MAX = 20
POLL_SECONDS = 1


class Open311:
    """Asks again when it is told to wait."""

    def __init__(self, stack):
        self._address = f"{stack.portal_origin}/open311/v2"

    def get(self, resource, **query):
        return self._answer(f"{resource}.json?{urllib.parse.urlencode(query)}")

    def post(self, resource, fields, photos=()):
        """`fields`: pairs; photos: bytes of PNG files, sent as parts `media`."""
        if not photos:
            return self._answer(f"{resource}.json", urllib.parse.urlencode(fields).encode())
        boundary = uuid.uuid4().hex
        body = browser.parts(boundary, fields, [
            ("media", f"{number}.png", "image/png", photo) for number, photo in enumerate(photos, 1)])
        return self._answer(f"{resource}.json", body, {
            "Content-Type": f"multipart/form-data; boundary={boundary}"})

    def _answer(self, path, body=None, headers=None):
        return waiting.until(f"an answer to {path}", SECONDS_MAX,
                             lambda: self._ask(path, body, headers or {}), POLL_SECONDS)[0]

    def _ask(self, path, body, headers):
        """(the answer,), or that it is to be asked again: too often, or the service is away."""
        request = urllib.request.Request(f"{self._address}/{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS_MAX) as answer:
                return (json.load(answer),)
        except urllib.error.HTTPError as error:
            if error.code not in (429, 503):
                raise Unexpected(
                    f"not as expected: {path} answers {error.read().decode()}") from None
            return False, error.code
