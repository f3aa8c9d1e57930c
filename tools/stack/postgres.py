"""The stack's own PostgreSQL 15: an own user, an own data directory, a unix socket of its own.

Nothing here reads, starts or touches a PostgreSQL of the system. Over the socket every role is
trusted (its directory is open to root and the own user only); TCP on loopback answers nobody.
"""

import concurrent.futures
import contextlib
import os
import pathlib
import pwd
import signal
import subprocess

import psycopg2

from . import processes, settings

BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
NAME = "postgres"
USER = "lienthong"   # of the operating system when we are root, and the role of the services
SUPERUSER = "postgres"
EXTENSIONS = ("unaccent", "pg_trgm")
START_SECONDS_MAX = 120  # recovery after a kill included
CREATE_WORKERS = 2

# Without a list of rights a database has the default ones, PUBLIC's among them.
OPEN_DATABASES = """
  SELECT datname FROM pg_database WHERE datallowconn AND (datacl IS NULL OR EXISTS (
    SELECT FROM aclexplode(datacl) WHERE grantee = 0))"""
ACCESS = """\
# The socket's directory is the door; nothing on TCP has a password.
local all all trust
host all all 127.0.0.1/32 scram-sha-256
"""


def start(stack):
    """Starts the server, waits until it answers, and makes the role of the services if missing."""
    launch(stack)
    processes.wait_until(stack, NAME, lambda: is_ready(stack), START_SECONDS_MAX)
    with connect(stack, "postgres", SUPERUSER) as session:
        if not rows(session, "SELECT 1 FROM pg_roles WHERE rolname = %s", (USER,)):
            rows(session, f"CREATE ROLE {USER} LOGIN")
        # For the roles of the units' own systems, which the replicas' migration makes.
        rows(session, f"ALTER ROLE {USER} CREATEROLE")


def launch(stack):
    """Starts the server, its data directory made when missing, without waiting for it."""
    processes.require_free_port(stack.port("POSTGRES"), NAME)
    data = stack.run / "postgres" / "data"
    if not (data / "PG_VERSION").exists():
        _make_cluster(stack, data)
    _write_configuration(stack, data)
    command = _as_own_user(data, [BIN / "postgres", "-D", data])
    processes.start(stack, NAME, command, _environment(), directory="/")


def stop(stack):
    """Fast shutdown: sessions are ended, a checkpoint is written."""
    processes.stop(stack, NAME, limit_seconds=60, signal_number=signal.SIGINT)


def is_ready(stack):
    """Whether it answers. Asked only when it says of itself that it does, as pg_ctl does: during
    recovery every attempt would be a line in its log."""
    try:
        told = (stack.run / "postgres" / "data" / "postmaster.pid").read_text(
            encoding="utf-8", errors="replace")
    except OSError:
        return False
    lines = told.splitlines()
    if lines[:1] != [str(processes.pid(stack, NAME))] or lines[7:8] != ["ready   "]:
        return False
    try:
        with connect(stack, "postgres", SUPERUSER):
            return True
    except psycopg2.OperationalError:
        return False


@contextlib.contextmanager
def connect(stack, database, user=USER):
    """A psycopg2 session in autocommit mode, closed at the end of the block."""
    session = psycopg2.connect(stack.conninfo(database, user), connect_timeout=5)
    try:
        session.autocommit = True
        yield session
    finally:
        session.close()


def query(stack, database, statement, values=None, user=USER):
    """Runs one statement in a session of its own; the rows, or [] for one that has none."""
    with connect(stack, database, user) as session:
        return rows(session, statement, values)


def ensure_databases(stack, databases, extensions=EXTENSIONS):
    """Creates what is missing of these databases, with extensions made by the superuser.

    Returns the names of those created. Several sessions work at once: 120 databases take a while.
    """
    present = {row[0] for row in
               query(stack, "postgres", "SELECT datname FROM pg_database", user=SUPERUSER)}
    missing = [name for name in databases if name not in present]

    def create(names):
        with connect(stack, "postgres", SUPERUSER) as session:
            for name in names:
                rows(session, f'CREATE DATABASE "{name}" OWNER {USER} TEMPLATE template0')
        if extensions:
            for name in names:
                with connect(stack, name, SUPERUSER) as session:
                    for extension in extensions:
                        rows(session, f"CREATE EXTENSION IF NOT EXISTS {extension}")

    shares = [missing[i::CREATE_WORKERS] for i in range(CREATE_WORKERS)]
    with concurrent.futures.ThreadPoolExecutor(CREATE_WORKERS) as pool:
        list(pool.map(create, shares))
    return missing


def close_databases(stack):
    """Takes from everybody (PUBLIC) what PostgreSQL gives: to connect to any database, TEMP tables.

    Owners, the superuser and who was granted it by name keep theirs: the role of a unit's reader is
    granted its own copy. Databases of an older data directory are closed too.
    """
    with connect(stack, "postgres", SUPERUSER) as session:
        for name, in rows(session, OPEN_DATABASES):
            rows(session, f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')


def vacuum_analyze(stack, databases):
    """Vacuums and analyses at once: after a bulk load, long before autovacuum would come by."""
    for name in databases:
        query(stack, name, "VACUUM (ANALYZE)", user=SUPERUSER)


def drop_database(stack, database):
    """Drops a database, its sessions ended: to show that a replica starts again from nothing."""
    query(stack, "postgres", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)', user=SUPERUSER)


def rows(session, statement, values=None):
    """Runs one statement in a session of connect(); as query()."""
    with session.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def _make_cluster(stack, data):
    data.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        try:
            owner = pwd.getpwnam(USER)
        except KeyError:
            subprocess.run(["useradd", "--system", "--user-group", "--no-create-home",
                            "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", USER],
                           check=True, capture_output=True)
            owner = pwd.getpwnam(USER)
        os.chown(data, owner.pw_uid, owner.pw_gid)
    data.chmod(0o700)
    initdb = [BIN / "initdb", "-D", data, "-U", SUPERUSER, "--locale=C.UTF-8", "-E", "UTF8",
              "--auth-local=trust", "--auth-host=reject", "--no-sync", "--no-instructions"]
    processes.run_once(stack, NAME, _as_own_user(data, initdb), _environment())
    os.sync()


def _write_configuration(stack, data):
    socket = stack.postgres_socket
    socket.mkdir(parents=True, exist_ok=True)
    owner = data.stat()
    if os.geteuid() == 0:
        os.chown(socket, owner.st_uid, owner.st_gid)
    socket.chmod(0o700)
    settings.write_if_changed(data / "postgresql.conf", settings.render(
        settings.DEPLOY / "postgres" / "postgresql.conf",
        {"PORT": stack.port("POSTGRES"), "SOCKET_DIRECTORY": socket}))
    settings.write_if_changed(data / "pg_hba.conf", ACCESS)


def _environment():
    """Without the PG* variables of the caller: they are about some other server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _as_own_user(directory, command):
    """The command as the own user when we are root: PostgreSQL refuses root.

    Where the way to the directory is closed to others (a clone in a private home), the process gets the
    one capability that lets it pass.
    """
    command = [str(part) for part in command]
    if os.geteuid() != 0:
        return command
    become = ["setpriv", "--reuid", USER, "--regid", USER, "--clear-groups"]
    for capability in (None, "dac_read_search", "dac_override"):
        pass_through = [f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}"]
        attempt = become + (pass_through if capability else [])
        probe = subprocess.run([*attempt, "ls", str(directory)], cwd="/", check=False,
                               capture_output=True)
        if probe.returncode == 0:
            return attempt + command
    raise settings.StackError(
        f"the user {USER} cannot reach {directory}: put the clone where others may pass")
