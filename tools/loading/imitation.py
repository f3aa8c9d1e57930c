"""Services that answer as little as a load needs, for its self-test. gRPC calls end here, where
what the proto says of a request and of its caller is checked; the portal is a small HTTP server.
"""

import contextlib
import http.server
import itertools
import json
import threading
import types

from day import cast, client, protos, province
from stack import settings

UNITS = ("H09.01", "H09.02", "H09.03", "H09.718", "H09.718.25747", "H09.718.25750", "H09.719",
         "H09.719.25816")
SEED = 1
PAGES = {
    "/vi/report": '<form id="report" action="/vi/report"><input type="hidden" name="request_id" '
                  'value="r"><input name="text"><input name="address"><select name="commune">'
                  '</select><input name="name"><input name="phone"><input type="checkbox" '
                  'name="anonymous"></form>',
    "/vi/follow": '<form id="follow" action="/vi/follow"><input name="code">'
                  '<input name="contact"></form>'}
ANSWERS = {"/vi/report": '<strong id="code">K7QM-2XWD-9RTA</strong>',
           "/vi/follow": '<p id="standing">Đã tiếp nhận</p>'}


class Client(client.Client):
    """`methods` are those called. A refusal of the real services that follows from the proto alone
    is an AssertionError here."""

    def __init__(self, stack):
        super().__init__(stack)
        self.methods, self._numbers = set(), itertools.count(1)
        self._access = protos.module("access", "access").access
        self._permissions = {}
        self.fails = {}         # {method: exception} raised instead of an answer

    def know(self, official, permissions):
        self._permissions[official] = permissions

    def call(self, process, stub, method, request, system="ops", official=None, **_):
        rpc = self._method(stub, method)
        assert request.DESCRIPTOR.full_name == rpc.input_type.full_name, (method, request)
        rule = rpc.GetOptions().Extensions[self._access]
        if rule.permission and official:
            assert rule.permission in self._permissions[official], (method, rule.permission)
        elif rule.permission:
            assert rule.bootstrap and system == "ops", method
        self.methods.add(method)
        if method in self.fails:
            raise self.fails[method]
        made = self._message(rpc.output_type)
        self._fill(made, request, method, system.removeprefix("unit-"))
        return made

    @staticmethod
    def _method(stub, name):
        """The descriptor of an RPC, from the name of its stub."""
        module = __import__(stub.__module__.removesuffix("_grpc"), fromlist=["DESCRIPTOR"])
        service = module.DESCRIPTOR.services_by_name[stub.__name__.removesuffix("Stub")]
        return service.methods_by_name[name]

    @staticmethod
    def _message(descriptor):
        return descriptor._concrete_class()

    def _fill(self, made, request, method, unit):
        fields = made.DESCRIPTOR.fields_by_name
        if "id" in fields:
            made.id = getattr(request, "unit_id", "") or getattr(request, "document_id", "") or str(
                next(self._numbers))
        if "version" in fields:
            made.version = getattr(request, "min_version", 0) or 1
        if method == "GetDocument":
            made.code = "1/VP"
        if method == "EnterDelivery":
            made.arrival_code = "01"
        if method == "OpenTicket":
            made.ticket.id, made.ticket.version, made.code = str(next(self._numbers)), 1, "K7QM"
        if method == "CreateApiKey":
            made.key, made.api_key.id = "key", "1"
        if method == "ListUnits":
            made.units.add(id=unit)
        if method == "ListDeliveries":
            made.deliveries.add(id=str(next(self._numbers)), version=1, receiver_unit_id=unit)
        if method == "ListAssignments":
            made.assignments.add(id=str(next(self._numbers)), version=1, unit_id=unit)
        if method == "GetConsistency":
            made.units.add(unit_id=unit, equal=True)
        if method == "FindCitizens":
            made.next_page_token = "more"
        if method == "FindEnterprises":     # told apart by the number that is asked for
            made.enterprises.add(id=self.numbers[request.tax_number])


class Registry(Client):
    """Remembers who has which tax number, and the versions."""

    def __init__(self, stack):
        super().__init__(stack)
        self.numbers, self._versions = {}, {}

    def _fill(self, made, request, method, unit):
        super()._fill(made, request, method, unit)
        record = getattr(request, "citizen_id", "") or getattr(request, "enterprise_id", "")
        if method == "RegisterEnterprise":
            self.numbers[request.enterprise.tax_number] = made.id
        if method in ("RegisterCitizen", "RegisterEnterprise"):
            self._versions[made.id] = 1
        if method in ("MoveCitizen", "MoveEnterprise"):
            self._versions[record] += 1
        if method == "RequestCorrection":
            self._versions[made.id] = record
        if method == "ApproveCorrection":
            self._versions[self._versions[request.correction_id]] += 1
        if record in self._versions and method != "RequestCorrection":
            made.version = self._versions[record]


class _Portal(http.server.BaseHTTPRequestHandler):
    """Pages, forms and Open311, each as small as they can be."""

    def do_GET(self):  # noqa: N802
        path, _, query = self.path.partition("?")
        if path.endswith("services.json"):
            self._answer(json.dumps([{"service_code": "A", "metadata": False}]))
        elif path.endswith("requests.json"):
            self._answer(json.dumps([{"service_request_id": query.rpartition("=")[2]}]))
        else:
            self._answer(PAGES.get(path, "<p>trang</p>"))

    def do_POST(self):  # noqa: N802
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("requests.json"):
            self._answer(json.dumps([{"service_request_id": "7"}]))
        else:
            self._answer(ANSWERS[self.path])

    def _answer(self, text):
        body = text.encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """The self-test says itself what went wrong."""


@contextlib.contextmanager
def portal():
    """A server on a free port; its `status` is that of every answer."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Portal) as server:
        server.status = 200
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def day(run, port):
    """A cast.Day of a part of the province; `run`: an empty directory. `port`: of the portal."""
    stack = settings.Stack(run=run, units=UNITS)
    calls = Registry(stack)
    known = province.Province(stack, SEED)
    permissions = {one.id: set(one.permissions) for one in known.positions}
    for official in known.officials:
        calls.know(official.id, {name for one in official.appointments
                                 for name in permissions[one.position_id]})
    served = types.SimpleNamespace(
        run=stack.run, portal_origin=f"http://127.0.0.1:{port}", port=lambda _: port)
    return cast.Day(served, calls, known, None)
