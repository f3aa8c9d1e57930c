"""Message and stub classes of proto/lienthong, generated at run time into build/python.

    from day import protos
    protos.load()                                   # once, before the first use
    protos.module("registry", "registry").RegisterCitizenRequest(...)
"""

import fcntl
import hashlib
import importlib
import os
import shutil
import subprocess
import sys
import tempfile

from stack import settings

OUT = settings.ROOT / "build" / "python"
PROTO = settings.ROOT / "proto"
THIRD_PARTY = settings.ROOT / "build" / "third_party" / "proto"  # google/rpc, from tools/setup
GOOGLE_RPC = ("google/rpc/status.proto", "google/rpc/error_details.proto")
PLUGIN = "/usr/bin/grpc_python_plugin"
LIMIT_SECONDS = 120


def load():
    """Generates the classes anew when a proto changed, and makes them importable."""
    OUT.parent.mkdir(parents=True, exist_ok=True)
    with open(OUT.with_suffix(".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of two that start at once, the second finds them made
        _generate()
    if str(OUT) not in sys.path:
        sys.path.append(str(OUT))
    importlib.invalidate_caches()


def module(service, name):
    """Messages of proto/lienthong/<service>/v1/<name>.proto."""
    return importlib.import_module(f"lienthong.{service}.v1.{name}_pb2")


def stubs(service, name):
    """The stub classes beside module(service, name)."""
    return importlib.import_module(f"lienthong.{service}.v1.{name}_pb2_grpc")


def error_details():
    """Messages of google/rpc/error_details.proto."""
    return importlib.import_module("google.rpc.error_details_pb2")


def status():
    """Messages of google/rpc/status.proto."""
    return importlib.import_module("google.rpc.status_pb2")


def permissions():
    """Every permission that some RPC names or asks for in its access option."""
    access = module("access", "access").access
    found = set()
    for path in sorted(PROTO.glob("lienthong/*/v1/*.proto")):
        descriptor = module(path.parent.parent.name, path.stem).DESCRIPTOR
        for service in descriptor.services_by_name.values():
            for method in service.methods:
                rule = method.GetOptions().Extensions[access]
                found.update([rule.permission, *rule.asks_for])
    return found - {""}


def _generate():
    """Runs protoc into a new directory and puts it in place whole: others may be reading."""
    ours = sorted(path.relative_to(PROTO).as_posix() for path in PROTO.glob("lienthong/*/v1/*.proto"))
    sources = [*(PROTO / name for name in ours), *(THIRD_PARTY / name for name in GOOGLE_RPC)]
    missing = [str(path) for path in sources if not path.exists()]
    if missing:
        raise settings.StackError(f"not there: {missing[0]} (run tools/setup)")
    stamp = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()
    if (OUT / "stamp").exists() and (OUT / "stamp").read_text(encoding="ascii") == stamp:
        return
    new = tempfile.mkdtemp(prefix="python.", dir=OUT.parent)
    done = subprocess.run(
        ["protoc", f"-I{PROTO}", f"-I{THIRD_PARTY}", "-I/usr/include", f"--python_out={new}",
         f"--grpc_python_out={new}", f"--plugin=protoc-gen-grpc_python={PLUGIN}",
         *ours, *GOOGLE_RPC],
        capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    if done.returncode != 0:
        shutil.rmtree(new)
        raise settings.StackError(f"protoc: {done.stderr.strip()}")
    with open(os.path.join(new, "stamp"), "w", encoding="ascii") as file:
        file.write(stamp)
    shutil.rmtree(OUT, ignore_errors=True)
    os.replace(new, OUT)
