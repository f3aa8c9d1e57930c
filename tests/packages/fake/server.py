"""Stands for a service in a walk without ours: checks what a unit gave it, keeps a row, serves health.

`migrate` and `serve` as the services have them; as `lienthong` it only looks at its configuration.
"""

import os
import pathlib
import signal
import subprocess
import sys
import threading

PROGRAM = pathlib.Path(sys.argv[1]).name
SERVICE = PROGRAM.removeprefix("lienthong-")
ARGUMENT = sys.argv[2] if len(sys.argv) > 2 else ""
SERVING = b"\x08\x01"


def variable(name):
    value = os.environ.get(f"LIENTHONG_{name}", "")
    if not value:
        print(f"configuration:\n  LIENTHONG_{name} is not set", file=sys.stderr)
        sys.exit(2)
    return value


def databases():
    """Conninfo of each database of this process."""
    if SERVICE == "portal":
        return []
    if SERVICE != "replica":
        return [variable("DATABASE")]
    return [f"{variable('DATABASE')} dbname=replica_{code.lower().replace('.', '_')}"
            for code in variable("UNITS").split(",")]


def migrate():
    for conninfo in databases():
        subprocess.run(["psql", "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--command",
                        "CREATE TABLE IF NOT EXISTS kept (id bigint)", conninfo], check=True)


def serve():
    import grpc

    for name in ("SERVICE", "METRICS_PORT", "REDIS", "OWNERS"):
        variable(name)
    if SERVICE == "replica":
        for code in variable("UNITS").split(","):
            stem = pathlib.Path(variable("UNIT_TLS_DIR")) / f"unit-{code}"
            assert stem.with_name(stem.name + ".key").read_bytes(), stem
    if SERVICE in ("document", "hotline"):
        (pathlib.Path(variable("FILES_DIR")) / "written").write_bytes(b"")

    class Health(grpc.GenericRpcHandler):
        def service(self, details):
            if details.method != "/grpc.health.v1.Health/Check":
                return None
            return grpc.unary_unary_rpc_method_handler(lambda request, context: SERVING)

    from concurrent import futures
    server = grpc.server(futures.ThreadPoolExecutor(2), handlers=[Health()])
    read = {name: pathlib.Path(variable(name)).read_bytes()
            for name in ("TLS_CA", "TLS_CERT", "TLS_KEY")}
    credentials = grpc.ssl_server_credentials([(read["TLS_KEY"], read["TLS_CERT"])],
                                              read["TLS_CA"], require_client_auth=True)
    address = f"{os.environ.get('LIENTHONG_HOST', '127.0.0.1')}:{variable('PORT')}"
    assert server.add_secure_port(address, credentials), "the port is taken"
    end = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: end.set())
    server.start()
    end.wait()
    server.stop(5).wait()


if PROGRAM == "lienthong":
    assert pathlib.Path("/etc/lienthong/ops.env").exists()
elif ARGUMENT == "migrate":
    migrate()
else:
    serve()
