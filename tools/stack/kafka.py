"""The stack's Kafka: one KRaft node with TLS and ACLs, topics and ACLs from the catalogue."""

import base64
import shutil
import subprocess
import uuid

from . import catalogue as catalogue_module
from . import kafka_wire, pki, processes, settings

NAME = "kafka"
JARS = settings.ROOT / "build" / "kafka" / "lib"
START_SECONDS_MAX = 90
# The classes of a broker as the JVM keeps them (class data sharing): it starts in half the time.
# Without this file, or with that of another JVM, it reads the jars.
CLASSES = JARS.parent / "classes.jsa"
READ_CLASSES = f"-XX:SharedArchiveFile={CLASSES}"
ARCHIVING_PORT_SHIFT = 9000
# The serial collector needs the least memory on two cores.
JVM = ["java", "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError",
       "-Djava.awt.headless=true", "-Xlog:cds=off", "-Xlog:class+path=off"]


def start(stack):
    """Starts the broker and waits until it takes requests.

    Needs pki.ensure() before. Topics and ACLs: apply_catalogue(), after every start of a stack.
    """
    launch(stack)
    processes.wait_until(stack, NAME, lambda: is_ready(stack), START_SECONDS_MAX)


def launch(stack, classes=READ_CLASSES):
    """Starts the broker, its storage formatted when new, without waiting for it.

    `classes`: the option of the JVM that reads, or writes, the archive of classes.
    """
    processes.require_free_port(stack.port("KAFKA"), NAME)
    processes.require_free_port(stack.port("KAFKA_CONTROLLER"), NAME)
    home = stack.run / "kafka"
    properties = home / "server.properties"
    settings.write_if_changed(properties, settings.render(
        settings.DEPLOY / "kafka" / "server.properties", {
            "PORT": stack.port("KAFKA"),
            "CONTROLLER_PORT": stack.port("KAFKA_CONTROLLER"),
            "DATA": home / "data",
            "KEYSTORE": stack.pki / "broker.pem",
            "TRUSTSTORE": stack.pki / "ca.crt"}))
    if not (home / "data" / "meta.properties").exists():
        processes.run_once(stack, NAME, _java(
            "kafka.tools.StorageTool", "format", "--standalone", "-t", _cluster_id(),
            "-c", properties))
    processes.start(stack, NAME, _java("kafka.Kafka", properties, classes=classes))


def archive_classes():
    """Writes CLASSES, by a broker of its own that lives for a moment."""
    stack = settings.Stack(run=JARS.parent / "archiving", port_shift=ARCHIVING_PORT_SHIFT,
                           units=("H09.718",))
    with stack.lock():
        stop(stack)     # what a run left that was killed
        pki.ensure(stack)
        launch(stack, f"-XX:ArchiveClassesAtExit={CLASSES}")
        try:
            processes.wait_until(stack, NAME, lambda: is_ready(stack), START_SECONDS_MAX)
            apply_catalogue(stack)
        finally:
            stop(stack)
    shutil.rmtree(stack.run)


def stop(stack):
    processes.stop(stack, NAME, limit_seconds=60)


def admin(stack):
    """A kafka_wire.Admin as the super user `admin`; use it in a with statement."""
    pki = stack.pki
    return kafka_wire.Admin(stack.port("KAFKA"), pki / "ca.crt", pki / "admin.crt",
                            pki / "admin.key")


def is_ready(stack):
    try:
        with admin(stack) as session:
            return bool(session.brokers())
    except OSError:
        return False


def apply_catalogue(stack):
    """Makes missing topics, adds missing ACLs and takes back those the catalogue does not name.

    Returns (topics made, ACLs added, ACLs removed). Configurations of existing topics stay.
    """
    catalogue = catalogue_module.Catalogue(stack)
    wanted = catalogue.acls()
    with admin(stack) as session:
        present = session.acls()
        if present - wanted:
            session.delete_acls(present - wanted)
        if wanted - present:
            session.create_acls(wanted - present)
        made = session.create_topics(catalogue.topics())
    return len(made), len(wanted - present), len(present - wanted)


def client_settings(stack, principal):
    """librdkafka settings (confluent_kafka, kcat -X) to connect as a principal of the stack."""
    return {
        "bootstrap.servers": stack.kafka_brokers,
        "security.protocol": "ssl",
        "ssl.ca.location": str(stack.pki / "ca.crt"),
        "ssl.certificate.location": str(stack.pki / f"{principal}.crt"),
        "ssl.key.location": str(stack.pki / f"{principal}.key"),
    }


def kcat(stack, principal, *arguments, text=None, limit_seconds=30):
    """Runs kcat under a principal's certificate; the finished subprocess (text output)."""
    options = [part for name, value in client_settings(stack, principal).items()
               for part in ("-X", f"{name}={value}")]
    return subprocess.run(["kcat", *options, *arguments], input=text, capture_output=True,
                          text=True, timeout=limit_seconds, check=False)


def _java(*arguments, classes=READ_CLASSES):
    log = f"-Dlog4j.configuration=file:{settings.DEPLOY / 'kafka' / 'log4j.properties'}"
    return [*JVM, classes, log, "-cp", f"{JARS}/*", *arguments]


def _cluster_id():
    """A random id as StorageTool makes them: URL-safe base64, not starting with a dash."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text
