"""Where things are: a stack's directories, ports, units and the names of its parts."""

import contextlib
import dataclasses
import fcntl
import hashlib
import os
import pathlib
import re
import shlex
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
PROVINCE = DEPLOY / "provinces" / "binh-duong"
OWNERS = ("directory", "registry", "document", "hotline")
PORTAL = "portal"
UNITS_PER_REPLICA = 32
UNIX_PATH_BYTES_MAX = 107


class StackError(Exception):
    """The stack cannot do what was asked; the text is for the person who asked."""


def read_ports():
    """The numbers of deploy/ports.env."""
    return {name: int(value) for name, value in read_variables(DEPLOY / "ports.env").items()}


def read_variables(path):
    """{NAME: value} of a file of lines NAME=value and comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))


def render(template, values):
    """The text of a template of deploy/ with each @NAME@ replaced; one left over is an error."""
    text = pathlib.Path(template).read_text(encoding="utf-8")
    comment_free = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for name, value in values.items():
        comment_free = comment_free.replace(f"@{name}@", str(value))
    left = re.search(r"@[A-Z_]+@", comment_free)
    if left:
        raise StackError(f"{template}: no value for {left.group()}")
    return comment_free + "\n"


def write_if_changed(path, text, mode=0o644):
    """Writes a file only when its text differs, so that its time says when it changed.

    Whoever reads at the same time finds the old text or the new one, never a part.
    """
    path = pathlib.Path(path)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.new")
    new.write_text(text, encoding="utf-8")
    new.chmod(mode)
    new.replace(path)


@dataclasses.dataclass(frozen=True)
class Stack:
    """One stack: a run directory, a shift of all ports, and the units it serves.

    `run` holds all state. `port_shift` lets a second stack run beside the first (tests use 1000 and
    up). `units` empty means all units of the catalogue. `build` is the CMake build directory whose
    binaries are started. `barrier_interval_ms`: between two barriers on a feed that is written to.
    `providers`: of the hotline's messages, as pairs for its environment; without any they wait.
    `boundaries`: a file with the communes as GeoJSON, for the hotline and the portal; "" = none.
    """

    run: pathlib.Path = ROOT / "build" / "run"
    port_shift: int = 0
    units: tuple = ()
    build: pathlib.Path = ROOT / "build" / "cmake"
    barrier_interval_ms: int = 5000
    providers: tuple = ()
    boundaries: str = ""

    def __post_init__(self):
        object.__setattr__(self, "run", pathlib.Path(self.run).resolve())
        object.__setattr__(self, "build", pathlib.Path(self.build).resolve())
        object.__setattr__(self, "units", tuple(sorted(self.units)))

    @property
    def pki(self):
        return self.run / "pki"

    @property
    def log(self):
        return self.run / "log"

    @property
    def pids(self):
        return self.run / "pids"

    def port(self, name):
        """A port of deploy/ports.env, by its name there without `_PORT`, shifted: port("KAFKA")."""
        return read_ports()[f"{name}_PORT"] + self.port_shift

    def owner_port(self, service):
        return self.port(service.upper())

    @property
    def portal_origin(self):
        """Address of the citizens' page."""
        return f"http://127.0.0.1:{self.port('PORTAL_HTTP')}"

    def replica_port(self, index):
        return read_ports()["REPLICA_PORT_FIRST"] + self.port_shift + index

    def metrics_port(self, grpc_port):
        return grpc_port + read_ports()["METRICS_PORT_OFFSET"]

    @property
    def owners(self):
        """`directory=127.0.0.1:7101,registry=127.0.0.1:7102,...`."""
        return ",".join(f"{name}=127.0.0.1:{self.owner_port(name)}" for name in OWNERS)

    @property
    def kafka_brokers(self):
        return f"127.0.0.1:{self.port('KAFKA')}"

    @property
    def postgres_socket(self):
        """Directory of PostgreSQL's unix socket, in <run> unless that path does not do."""
        inside = self.run / "postgres" / "socket"
        size = len(str(inside).encode()) + len("/.s.PGSQL.65535.lock")
        if size <= UNIX_PATH_BYTES_MAX and re.fullmatch(r"[\w/.+-]+", str(inside)):
            return inside
        name = hashlib.sha256(str(self.run).encode()).hexdigest()[:12]
        base = "/run" if os.geteuid() == 0 else tempfile.gettempdir()
        return pathlib.Path(base) / f"lienthong-{name}"

    @property
    def shell(self):
        """The line that tells a shell of this stack: commands of the READMEs use its variables."""
        values = {"P": os.path.relpath(self.pki, ROOT), "SHIFT": self.port_shift,
                  "PGHOST": self.postgres_socket, "PGPORT": self.port("POSTGRES")}
        return "export " + " ".join(
            f"{name}={shlex.quote(str(value))}" for name, value in values.items())

    def conninfo(self, database=None, user="lienthong"):
        """libpq connection string over the unix socket; without `dbname` when none is given."""
        text = f"host={self.postgres_socket} port={self.port('POSTGRES')} user={user}"
        return f"{text} dbname={database}" if database else text

    @contextlib.contextmanager
    def lock(self):
        """Holds the run directory; a second process that wants it gets a StackError."""
        try:
            self.run.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StackError(f"{self.run} cannot be made: {error.strerror}") from None
        with open(self.run / "lock", "w", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StackError(f"{self.run} is in use by another run") from None
            yield


def replica_database(unit):
    """Name of a unit's database: H09.718.25747 -> replica_h09_718_25747."""
    return "replica_" + re.sub(r"[^a-z0-9]", "_", unit.lower())
