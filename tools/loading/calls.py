"""What the calls of all services share: one attempt each, and looking at the answers."""

import random
import uuid

from day.story import Unexpected

PURPOSE = "kiểm tra tải"
PAGE = 20


class Calls:
    """The kinds of calls of a service. `day`: a cast.Day; requests are made in one thread."""

    def __init__(self, day, name):
        self.day, self.client = day, day.client
        self.random = random.Random(name)

    def registry(self, actor, method, request):
        return self.client.registry(method, request, repeat_seconds=0, **actor.options)

    def directory(self, actor, method, request):
        return self.client.directory(method, request, repeat_seconds=0, **actor.options)

    def replica(self, unit, method, request):
        return self.client.replica(unit, method, request, repeat_seconds=0)

    def document(self, actor, service, method, **fields):
        return self._of("document", actor, service, method, fields)

    def hotline(self, actor, service, method, **fields):
        return self._of("hotline", actor, service, method, fields)

    def _of(self, owner, actor, service, method, fields):
        """By the names of an RPC and of its request's fields; changes get a request id."""
        message = self.client.request(owner, service, method)
        if "request_id" in message.DESCRIPTOR.fields_by_name:
            fields["request_id"] = new_id()
        return getattr(self.client, owner)(service, method, message(**fields), repeat_seconds=0,
                                           **actor.options)

    def either(self, version):
        """Half of the changes state the version they are made against."""
        return version if self.random.random() < 0.5 else 0


def new_id():
    """Of a request, which a load never repeats."""
    return str(uuid.uuid4())


def expect(holds, what):
    """Unexpected with a text that is the same for every call, so that it can be counted."""
    if not holds:
        raise Unexpected(f"not as expected: {what}")
