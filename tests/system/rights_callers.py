"""Every kind of caller of the rights matrix: certificates, and officials who may one thing."""

import concurrent.futures
import contextlib
import datetime
import pathlib
import shutil
import tempfile
import threading
import types
import uuid

import grpc

from stack import pki, services, settings

from day import load, protos
from day.client import OPTIONS, reason_of

from .case import COMMUNE, OTHER

UNIT, FOREIGN = f"unit-{COMMUNE}", f"unit-{OTHER}"
FURTHER = f"{UNIT}--archive"        # of the topic catalogue
INTEGRATOR = "integrator-statistics"
NO_CONNECTION, PASSES = "NO_CONNECTION", "passes"
CALL_SECONDS = 30
ENDING_AT_ONCE = 8
# What a use case may say to a request in which nothing is asked; all else is the transport's word,
# or a defect.
SAID_BY_USE_CASES = {"OK", "INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "ABORTED",
                     "PERMISSION_DENIED"}
BY_THE_GATE = {"SYSTEM_UNKNOWN", "SYSTEM_NOT_ALLOWED", "OFFICIAL_UNKNOWN", "OFFICIAL_NOT_IN_UNIT",
               "PERMISSION_MISSING", "UNIT_NOT_ACTIVE"}


class Officials:
    """Of a unit, for each permission: who has it alone, and who has all others. Also who has all,
    but not now or not there. Loaded by the first load's RPC; ended by end()."""

    def __init__(self, day, permissions):
        self._day, self._ids, self._held = day, {}, []
        self._records = protos.module("directory", "records")
        self._request = protos.module("directory", "directory").LoadDirectoryRequest(
            request_id=str(uuid.uuid4()))
        whole = self._position("all", permissions)
        day_before = day.now() - datetime.timedelta(days=1)
        self._official("ended", whole, ends_at=day_before)
        self._official("to-come", whole, starts_at=day.now() + datetime.timedelta(days=1))
        self._official("elsewhere", whole, unit=OTHER)
        for permission in permissions:
            name = permission.replace(".", "-").replace("_", "-")
            self._official(("who-may", permission), self._position(f"only-{name}", [permission]))
            self._official(("all-but-it", permission), self._position(
                f"but-{name}", [one for one in permissions if one != permission]))
        day.client.directory("LoadDirectory", lambda: iter([self._request]))
        load.wait_known(day, {})

    def named(self, kind, permission):
        """The official of a kind for a permission; any of them where there is none."""
        return self._ids.get(kind) or self._ids.get((kind, permission)) or self._ids["elsewhere"]

    def end(self):
        """Nobody has anything any more."""
        end = protos.module("directory", "directory").EndAppointmentRequest
        requests = [end(request_id=str(uuid.uuid4()), official_id=official, unit_id=unit,
                        position_id=position) for official, unit, position in self._held]
        with concurrent.futures.ThreadPoolExecutor(ENDING_AT_ONCE) as pool:
            list(pool.map(lambda one: self._day.client.directory("EndAppointment", one), requests))
        load.wait_known(self._day, {})

    def _position(self, name, permissions):
        position = self._request.positions.add(id=f"rights-{name}", name=f"Kiểm thử {name}")
        position.permissions.extend(sorted(permissions))
        return position.id

    def _official(self, key, position, unit=COMMUNE, starts_at=None, ends_at=None):
        official = self._request.officials.add(id=str(uuid.uuid4()), full_name="Người Thử")
        appointment = official.appointments.add(unit_id=unit, position_id=position)
        appointment.starts_at.FromDatetime(starts_at or (
            self._day.now() - datetime.timedelta(days=30)))
        if ends_at:
            appointment.ends_at.FromDatetime(ends_at)
        self._ids[key] = official.id
        if key not in ("ended", "to-come"):
            self._held.append((official.id, unit, position))


class Certificates:
    """Of systems of the stack, and some of nobody's; a context manager."""

    def __init__(self, stack):
        self._stack, self._cleanup = stack, contextlib.ExitStack()

    def __enter__(self):
        # Not in the stack's own directory: nothing of it is left there.
        unknown, foreign = (pathlib.Path(self._cleanup.enter_context(
            tempfile.TemporaryDirectory())) for _ in range(2))
        for directory in (unknown, foreign):
            settings.write_if_changed(directory / "openssl.cnf", pki.OPENSSL_CONFIG)
        for name in ("ca.crt", "ca.key"):
            shutil.copy(self._stack.pki / name, unknown / name)
        self._make(foreign, "ca", "Another CA")
        self._made = {
            "no-certificate": None,
            "other-authority": self._make(foreign, "unit", UNIT),
            "not-in-catalogue": self._make(unknown, "integrator", "integrator-nobody"),
            "further-not-in-catalogue": self._make(unknown, "further", f"{UNIT}--nobody")}
        return self

    def __exit__(self, *_):
        self._cleanup.close()

    @staticmethod
    def _make(directory, name, common_name):
        pki.make(types.SimpleNamespace(pki=directory), name, common_name)
        return directory / name

    def credentials(self, name):
        """Of a system of the catalogue, or one of those made here; servers are always verified."""
        chain, key = self.files(name) if self._made.get(name, "") is not None else (None, None)
        return grpc.ssl_channel_credentials((self._stack.pki / "ca.crt").read_bytes(),
                                            key and key.read_bytes(), chain and chain.read_bytes())

    def files(self, name):
        """(certificate, key)."""
        stem = self._made.get(name) or self._stack.pki / name
        return tuple(stem.with_name(f"{stem.name}{ending}") for ending in (".crt", ".key"))


# Kind of caller -> certificate, and which official it names (see Officials); "" = none.
CALLERS = {
    "no-certificate": ("no-certificate", "who-may"),
    "other-authority": ("other-authority", "who-may"),
    "not-in-catalogue": ("not-in-catalogue", "who-may"),
    "further-not-in-catalogue": ("further-not-in-catalogue", "who-may"),
    "who-may": (UNIT, "who-may"),
    "further-who-may": (FURTHER, "who-may"),
    "all-but-it": (UNIT, "all-but-it"),
    "ended": (UNIT, "ended"),
    "to-come": (UNIT, "to-come"),
    "elsewhere": (UNIT, "elsewhere"),
    "unknown-official": (UNIT, "unknown"),
    "no-official": (UNIT, ""),
    "foreign-unit": (FOREIGN, "who-may"),
    "service": ("service-registry", ""),
    "service-official": ("service-registry", "who-may"),
    "replica": ("service-replica", ""),
    "portal": ("service-portal", ""),
    "operator": ("ops", ""),
    "operator-official": ("ops", "who-may"),
    "integrator": (INTEGRATOR, ""),
    "integrator-official": (INTEGRATOR, "who-may"),
}


class Callers:
    """Calls any RPC as any kind of caller; a context manager. Any thread."""

    def __init__(self, stack, certificates, officials=None):
        self._stack, self._certificates, self._officials = stack, certificates, officials
        self._unknown = str(uuid.uuid4())
        self._lock, self._channels = threading.Lock(), {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for channel in self._channels.values():
            channel.close()

    def answer(self, kind, rpc):
        """What a call comes to, in the words of the matrix; what is no answer, as it came."""
        try:
            self.ask(kind, rpc)
        except grpc.RpcError as error:
            return class_of(error.code().name, reason_of(error), error.details())
        return PASSES

    def ask(self, kind, rpc):
        """A call; grpc.RpcError as it comes."""
        certificate, official = CALLERS[kind]
        metadata = []
        if official:
            metadata.append(("lienthong-official", self._unknown if official == "unknown" else
                             self._officials.named(official, rpc.line.permission)))
        options = {"timeout": CALL_SECONDS, "metadata": metadata}
        channel = self.channel(rpc.process, certificate)    # messages are bytes
        if rpc.method.client_streaming:
            channel.stream_unary(rpc.path)(iter(rpc.messages), **options)
        elif rpc.method.server_streaming:
            for _ in channel.unary_stream(rpc.path)(rpc.request, **options):
                pass
        else:
            channel.unary_unary(rpc.path)(rpc.request, **options)

    def channel(self, process, certificate):
        with self._lock:
            if (process, certificate) not in self._channels:
                port = services.grpc_port(self._stack, process)
                self._channels[process, certificate] = grpc.secure_channel(
                    f"127.0.0.1:{port}", self._certificates.credentials(certificate), OPTIONS)
            return self._channels[process, certificate]


def class_of(code, reason, text):
    """An answer that is an error, in the words of the matrix."""
    if code == "UNAVAILABLE" and not reason:
        return NO_CONNECTION
    wanted = "UNAUTHENTICATED" if reason == "SYSTEM_UNKNOWN" else "PERMISSION_DENIED"
    if reason in BY_THE_GATE and code == wanted:
        return reason
    if reason and reason not in BY_THE_GATE and code in SAID_BY_USE_CASES:
        return PASSES
    return f"{code} {reason or text}"
