"""Calls to the stack's services, repeated with the same `request_id` while their outcome is open.

A call whose answer is UNAVAILABLE, DEADLINE_EXCEEDED, a concurrent change or a full queue is
repeated with growing pauses until a limit. Every attempt is kept: the callers show how many were
doubtful, that is, may have been carried out although no answer came.
"""

import dataclasses
import random
import threading
import time
import uuid

import grpc

from stack import services

from . import protos

DEADLINE_SECONDS = 10
REPEAT_SECONDS_MAX = 120
PAUSE_SECONDS_FIRST = 0.05
PAUSE_SECONDS_MAX = 1.0
# Owner -> gRPC service -> package and file of its proto.
FILES = {
    "document": {"BookService": ("document", "books"), "DraftService": ("document", "drafts"),
                 "DocumentService": ("document", "documents"),
                 "IncomingService": ("document", "incoming"),
                 "ExchangeService": ("document", "exchange"),
                 "WorkingFileService": ("document", "working_files"),
                 "FileService": ("files", "files")},
    "hotline": {"CategoryService": ("hotline", "categories"),
                "TicketService": ("hotline", "tickets"),
                "AssignmentService": ("hotline", "assignments"),
                "KnowledgeService": ("hotline", "knowledge"),
                "CitizenService": ("hotline", "citizens"),
                "IndicatorService": ("hotline", "indicators"),
                "MessageService": ("hotline", "messages"),
                "ApiKeyService": ("hotline", "api_keys"),
                "FileService": ("files", "files")},
}
OPTIONS = [  # a service that was killed is found again soon after it is back
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 5000),   # the time a handshake may take
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.enable_retries", 0),
]
# The outcome is unknown: the change may have been committed.
DOUBTFUL = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED,
            grpc.StatusCode.CANCELLED, grpc.StatusCode.UNKNOWN}
REFUSED_FOR_NOW = {"CONCURRENT_CHANGE", "QUEUE_FULL", "QUOTA_EXCEEDED"}


@dataclasses.dataclass
class Attempt:
    """One try of a call. Times are seconds since the epoch; `code` is a gRPC status name.

    `text`: of the transport, where no service of ours gave a reason.
    """

    start: float
    end: float
    code: str
    reason: str
    text: str = ""

    @property
    def doubtful(self):
        """May it have been carried out although no answer came?

        INTERNAL without a reason is the transport's word for a stream that broke off.
        """
        broken_off = self.code == "INTERNAL" and not self.reason
        return broken_off or grpc.StatusCode[self.code] in DOUBTFUL


class CallError(Exception):
    """A call was refused, or stayed unanswered for too long. `reason` is ErrorInfo's, or ""."""

    def __init__(self, method, attempts, message):
        last = attempts[-1]
        super().__init__(f"{method}: {last.code} {last.reason} {message}".strip())
        self.code, self.reason, self.attempts = last.code, last.reason, attempts


class Client:
    """Calls the services of a stack as any of its systems. Any thread; close it after use."""

    def __init__(self, stack):
        self._stack = stack
        self._lock = threading.Lock()
        self._channels = {}
        self._replica_of = {unit: f"replica-{index}"
                            for index, group in enumerate(services.replica_groups(stack))
                            for unit in group}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self._lock:
            for channel in self._channels.values():
                channel.close()
            self._channels.clear()

    def directory(self, method, request, **options):
        """An RPC of DirectoryService; options as in call()."""
        stub = protos.stubs("directory", "directory").DirectoryServiceStub
        return self.call("directory", stub, method, request, **options)

    def registry(self, method, request, **options):
        """An RPC of RegistryService; options as in call()."""
        stub = protos.stubs("registry", "registry").RegistryServiceStub
        return self.call("registry", stub, method, request, **options)

    def document(self, service, method, request, **options):
        """An RPC of one of the document service's gRPC services; options as in call()."""
        return self._of("document", service, method, request, **options)

    def hotline(self, service, method, request, **options):
        """The same of the hotline."""
        return self._of("hotline", service, method, request, **options)

    def _of(self, owner, service, method, request, **options):
        package, name = FILES[owner][service]
        stub = getattr(protos.stubs(package, name), f"{service}Stub")
        return self.call(owner, stub, method, request, **options)

    @staticmethod
    def request(owner, service, method):
        """The class of an RPC's request."""
        return getattr(protos.module(*FILES[owner][service]), f"{method}Request")

    def replica(self, unit, method, request, **options):
        """An RPC of the ReplicaService that holds a unit's copy, called as that unit."""
        stub = protos.stubs("replica", "replica").ReplicaServiceStub
        options.setdefault("system", f"unit-{unit}")
        return self.call(self._replica_of[unit], stub, method, request, **options)

    def journal(self, service, method, request, **options):
        """An RPC of an owner's JournalService."""
        stub = protos.stubs("journal", "journal").JournalServiceStub
        return self.call(service, stub, method, request, **options)

    def consistency(self):
        """{unit: UnitConsistency} of all units, asked as `ops`."""
        replica = protos.module("replica", "replica")
        stub = protos.stubs("replica", "replica").ReplicaServiceStub
        found = {}
        for index in range(len(services.replica_groups(self._stack))):
            answer = self.call(f"replica-{index}", stub, "GetConsistency",
                               replica.GetConsistencyRequest())
            found.update({unit.unit_id: unit for unit in answer.units})
        return found

    def call(self, process, stub, method, request, system="ops", official=None,
             deadline_seconds=DEADLINE_SECONDS, repeat_seconds=REPEAT_SECONDS_MAX, attempts=None):
        """The answer of one RPC; CallError when it is refused or stays unanswered.

        `request` is a message, or for a client stream a function that makes a fresh iterator.
        `attempts`, a list, is given every Attempt as it ends.
        """
        attempts = [] if attempts is None else attempts
        pause, limit = PAUSE_SECONDS_FIRST, time.monotonic() + repeat_seconds
        metadata = [("traceparent", f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01")]
        if official:
            metadata.append(("lienthong-official", official))
        while True:
            rpc = getattr(stub(self._channel(process, system)), method)
            start = time.time()
            try:
                message = request() if callable(request) else request
                # A repeat waits for the connection: only a call that waits drives its handshake.
                answer = rpc(message, timeout=deadline_seconds, metadata=metadata,
                             wait_for_ready=bool(attempts))
                attempts.append(Attempt(start, time.time(), "OK", ""))
                return answer
            except grpc.RpcError as error:
                reason = reason_of(error)
                attempts.append(Attempt(start, time.time(), error.code().name, reason,
                                        "" if reason else error.details()))
                if not may_repeat(attempts[-1]) or time.monotonic() + pause > limit:
                    raise CallError(method, attempts, error.details()) from None
            time.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, PAUSE_SECONDS_MAX)

    def _channel(self, process, system):
        key = (process, system)
        with self._lock:
            if key not in self._channels:
                pki = self._stack.pki
                credentials = grpc.ssl_channel_credentials(
                    (pki / "ca.crt").read_bytes(), (pki / f"{system}.key").read_bytes(),
                    (pki / f"{system}.crt").read_bytes())
                port = services.grpc_port(self._stack, process)
                self._channels[key] = grpc.secure_channel(f"127.0.0.1:{port}", credentials, OPTIONS)
            return self._channels[key]


def may_repeat(attempt):
    """Is it right to send the call again with the same request id?"""
    return attempt.doubtful or attempt.reason in REFUSED_FOR_NOW


def reason_of(error):
    """`ErrorInfo.reason` in the details of an RpcError, "" when it carries none."""
    for name, value in error.trailing_metadata() or ():
        if name != "grpc-status-details-bin":
            continue
        status = protos.status().Status.FromString(value)
        info = protos.error_details().ErrorInfo()
        for detail in status.details:
            if detail.Unpack(info):
                return info.reason
    return ""
