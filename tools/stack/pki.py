"""The stack's certificates: one CA, one EC key and certificate per system, CN = the principal."""

import concurrent.futures
import os
import subprocess
import time

from . import catalogue as catalogue_module
from . import settings

KAFKA_PRINCIPALS = ("admin", "broker")
CERTIFICATE_DAYS = 825
CA_DAYS = 3650
RENEW_AFTER_SECONDS = 700 * 86400

# One file for all: the system's openssl.cnf would make CA certificates of `req -x509`.
OPENSSL_CONFIG = """\
[req]
distinguished_name = subject
[subject]
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[system]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def ensure(stack):
    """Makes what is missing of `<run>/pki`; returns the number of certificates made."""
    directory = stack.pki
    directory.mkdir(parents=True, exist_ok=True)
    settings.write_if_changed(directory / "openssl.cnf", OPENSSL_CONFIG)
    ca = directory / "ca.crt"
    if not ca.exists() or time.time() - ca.stat().st_mtime > RENEW_AFTER_SECONDS:
        for old in [*directory.glob("*.crt"), *directory.glob("*.key"), *directory.glob("*.pem")]:
            old.unlink()
        _make(directory, "ca", "Lienthong development CA")
    names = [*catalogue_module.Catalogue(stack).principals(), *KAFKA_PRINCIPALS]
    missing = [name for name in names if not (directory / f"{name}.crt").exists()]
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda name: _make(directory, name, name), missing))
    for name in KAFKA_PRINCIPALS:
        _write_pem(directory, name)
    return len(missing)


def make(stack, name, common_name=None):
    """Makes one more certificate of the stack's CA, for a test: an unknown system, say."""
    _make(stack.pki, name, common_name or name)


def _make(directory, name, common_name):
    """A key and a certificate; the certificate appears last and whole."""
    is_ca = name == "ca"
    issuer = [] if is_ca else ["-CA", "ca.crt", "-CAkey", "ca.key"]
    command = [
        "openssl", "req", "-x509", "-new", "-config", "openssl.cnf", "-batch", "-sha256", "-noenc",
        "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj", f"/CN={common_name}",
        "-extensions", "ca" if is_ca else "system",
        "-days", str(CA_DAYS if is_ca else CERTIFICATE_DAYS), *issuer,
        "-keyout", f"{name}.key.new", "-out", f"{name}.crt.new",
    ]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise settings.StackError(f"openssl, certificate {name}: {done.stderr.strip()}")
    os.chmod(directory / f"{name}.key.new", 0o600)
    os.replace(directory / f"{name}.key.new", directory / f"{name}.key")
    os.replace(directory / f"{name}.crt.new", directory / f"{name}.crt")


def _write_pem(directory, name):
    """Key and certificate in one file, as Java's PEM key store wants them."""
    parts = [(directory / f"{name}{end}").read_text(encoding="ascii") for end in (".key", ".crt")]
    settings.write_if_changed(directory / f"{name}.pem", "".join(parts), mode=0o600)
