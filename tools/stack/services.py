"""Lienthong's own processes: the owners and the replica processes, their environment and health."""

import concurrent.futures
import datetime
import json
import os
import time

from . import catalogue, postgres, processes, settings

MIGRATE = ("migrate",)
SERVE = ("serve",)
START_SECONDS_MAX = 60
MIGRATIONS_AT_ONCE = 3
SCRUB_INTERVAL_MS = 20_000  # a row altered by hand is found within it
STOP_SECONDS_MAX = 60  # draining, and then what waits for a database that hangs: 20 s each
BUSINESS_START = datetime.datetime.fromisoformat("2019-07-10T07:30:00+07:00")
HEALTH_METHOD = "/grpc.health.v1.Health/Check"
HEALTH_SERVING = b"\x08\x01"  # HealthCheckResponse{status: SERVING}


def names(stack):
    """All our processes, in the order they start: owners, `replica-0`, `replica-1`, ..., portal."""
    return [*settings.OWNERS, *(f"replica-{i}" for i in range(len(replica_groups(stack)))),
            settings.PORTAL]


def replica_groups(stack):
    """The units of each replica process: all units in code order, 32 each."""
    units = catalogue.Catalogue(stack).units
    size = settings.UNITS_PER_REPLICA
    return [units[i:i + size] for i in range(0, len(units), size)]


def databases(stack):
    """Every database the stack needs: the owners' and one for each unit."""
    units = catalogue.Catalogue(stack).units
    return [*settings.OWNERS, *(settings.replica_database(unit) for unit in units)]


def copies(stack):
    """Where each unit's copy is: `H09.01=127.0.0.1:7110,...`."""
    return ",".join(f"{unit}=127.0.0.1:{stack.replica_port(index)}"
                    for index, group in enumerate(replica_groups(stack)) for unit in group)


def grpc_port(stack, name):
    """Port of `directory`, `registry`, `portal` or `replica-<index>`."""
    if not name.startswith("replica-"):
        return stack.owner_port(name)
    return stack.replica_port(int(name.removeprefix("replica-")))


def business_offset_seconds(stack):
    """Seconds from machine time to business time, fixed at the first start of a run directory."""
    path = stack.run / "business.json"
    if not path.exists():
        offset = int(BUSINESS_START.timestamp() - time.time())
        settings.write_if_changed(path, json.dumps({"offset_seconds": offset}) + "\n")
    return json.loads(path.read_text(encoding="utf-8"))["offset_seconds"]


def environment(stack, name):
    """Environment of one of our processes, on top of the caller's without its LIENTHONG_*."""
    service = service_of(name)
    port = grpc_port(stack, name)
    values = {key: value for key, value in os.environ.items()
              if not key.startswith(("LIENTHONG_", "PG"))}
    values |= {
        "LIENTHONG_SERVICE": service,
        "LIENTHONG_HOST": "127.0.0.1",
        "LIENTHONG_PORT": str(port),
        "LIENTHONG_METRICS_PORT": str(stack.metrics_port(port)),
        "LIENTHONG_TLS_CA": str(stack.pki / "ca.crt"),
        "LIENTHONG_TLS_CERT": str(stack.pki / f"service-{service}.crt"),
        "LIENTHONG_TLS_KEY": str(stack.pki / f"service-{service}.key"),
        "LIENTHONG_DATABASE": stack.conninfo(service if service in settings.OWNERS else None),
        "LIENTHONG_KAFKA_BROKERS": stack.kafka_brokers,
        "LIENTHONG_REDIS": f"127.0.0.1:{stack.port('REDIS')}",
        "LIENTHONG_CATALOGUE": str(catalogue.Catalogue(stack).path),
        "LIENTHONG_BUSINESS_OFFSET_SECONDS": str(business_offset_seconds(stack)),
        "LIENTHONG_OWNERS": stack.owners,
    }
    if service == settings.PORTAL:
        values |= portal_environment(stack)
    elif service != "replica":
        values["LIENTHONG_BARRIER_INTERVAL_MS"] = str(stack.barrier_interval_ms)
        values["LIENTHONG_FILES_DIR"] = str(stack.run / "files" / service)
        if service == "hotline":
            values |= dict(stack.providers)
    else:
        group = replica_groups(stack)[int(name.removeprefix("replica-"))]
        values |= {
            "LIENTHONG_UNITS": ",".join(group),
            "LIENTHONG_UNIT_TLS_DIR": str(stack.pki),
            "LIENTHONG_DATABASE_PREFIX": "replica_",
            "LIENTHONG_SCRUB_INTERVAL_MS": str(SCRUB_INTERVAL_MS),
        }
    if stack.boundaries and service in ("hotline", settings.PORTAL):
        values["LIENTHONG_BOUNDARIES_FILE"] = stack.boundaries
    return values


def portal_environment(stack):
    """What only the portal has: where it serves HTTP, what it says of the province."""
    province = settings.read_variables(settings.PROVINCE / "portal.env")
    return {
        "LIENTHONG_HTTP_PORT": str(stack.port("PORTAL_HTTP")),
        "LIENTHONG_ORIGIN": stack.portal_origin,
        "LIENTHONG_REPLICAS": copies(stack),
        "LIENTHONG_WEB_DIR": str(settings.ROOT / "services" / "portal" / "web"),
    } | {f"LIENTHONG_{name}": value for name, value in province.items()}


def service_of(name):
    """The service that a process is a copy of: `replica` for `replica-0`."""
    return "replica" if name.startswith("replica-") else name


def binary(stack, name):
    service = service_of(name)
    return stack.build / "services" / service / f"lienthong-{service}"


def prepare_databases(stack):
    """Makes missing databases, the owners' with the extensions their searches need, all closed."""
    made = postgres.ensure_databases(stack, settings.OWNERS)
    replicas = databases(stack)[len(settings.OWNERS):]
    made += postgres.ensure_databases(stack, replicas, extensions=())
    postgres.close_databases(stack)
    return made


def migrate(stack, name):
    """Brings the schema of a process's databases up to date: a step of its own, before serving."""
    processes.run_once(stack, name, [binary(stack, name), *MIGRATE], environment(stack, name))


def serve(stack, name, extra_environment=None):
    """Starts a process without waiting for it; see wait_healthy()."""
    port = grpc_port(stack, name)
    processes.require_free_port(port, name)
    processes.require_free_port(stack.metrics_port(port), name)
    variables = environment(stack, name) | (extra_environment or {})
    return processes.start(stack, name, [binary(stack, name), *SERVE], variables)


def wait_healthy(stack, name, limit_seconds=START_SECONDS_MAX):
    processes.wait_until(stack, name, lambda: is_healthy(stack, name), limit_seconds)


def migrate_all(stack):
    """migrate() of every process, some at once."""
    business_offset_seconds(stack)  # fixed here, once for all of them
    with concurrent.futures.ThreadPoolExecutor(MIGRATIONS_AT_ONCE) as pool:
        list(pool.map(lambda name: migrate(stack, name), names(stack)))


def serve_all(stack):
    """Starts every process and waits until all are healthy."""
    for name in names(stack):
        serve(stack, name)
    for name in names(stack):
        wait_healthy(stack, name)


def start(stack, name):
    """Migrates, starts and waits until healthy."""
    migrate(stack, name)
    serve(stack, name)
    wait_healthy(stack, name)


def stop(stack, name):
    """SIGTERM and wait; returns the exit code (0 when it drained well), None if unknown."""
    return processes.stop(stack, name, STOP_SECONDS_MAX)


def channel(stack, name, system="ops"):
    """A grpc.Channel to one of our processes under a system's certificate; close it after use."""
    import grpc  # only here: the rest of the package must not pay for the import

    pki = stack.pki
    credentials = grpc.ssl_channel_credentials(
        root_certificates=(pki / "ca.crt").read_bytes(),
        private_key=(pki / f"{system}.key").read_bytes(),
        certificate_chain=(pki / f"{system}.crt").read_bytes())
    return grpc.secure_channel(f"127.0.0.1:{grpc_port(stack, name)}", credentials)


def is_healthy(stack, name):
    """Whether the process answers SERVING for the server as a whole, asked as `ops`."""
    import grpc

    if not processes.port_answers(grpc_port(stack, name)):
        return False
    with channel(stack, name) as connection:
        check = connection.unary_unary(HEALTH_METHOD)  # bytes in, bytes out: the request is empty
        try:
            return check(b"", timeout=2) == HEALTH_SERVING
        except grpc.RpcError:
            return False
