"""The life of an installation in a root: install, serve, upgrade with data, remove, purge.

`prepare` runs with the network, `live` in a network of its own, so that it meets no server of this
machine, and in a PID namespace, which ends what it started.
"""

import contextlib
import fcntl
import pathlib
import shutil
import socket
import struct
import subprocess

from . import image, page, root

OWNERS = ("directory", "registry", "document", "hotline")
UNITS = [f"lienthong-{name}.service" for name in OWNERS] + [
    "lienthong-replica@0.service", "lienthong-portal.service"]
KAFKA = "lienthong-kafka.service"
SERVERS = ("postgresql-15", "redis-server", "openssl", "procps")
READY_SECONDS_MAX = 120
CHANGED = "# changed by an operator\n"
ATTACHMENT = "/var/lib/lienthong/document/kept"
META = "/var/lib/lienthong-kafka/data/meta.properties"
PASSWORD = "walk"  # of a role that lives as long as the root
# As compose.yaml has it.
REGISTRY = {
    "LIENTHONG_PORT": "7102", "LIENTHONG_METRICS_PORT": "7202",
    "LIENTHONG_KAFKA_BROKERS": "127.0.0.1:9092", "LIENTHONG_REDIS": "127.0.0.1:6379",
    "LIENTHONG_OWNERS": "directory=127.0.0.1:7101", "LIENTHONG_TLS_CA": "/run/secrets/ca.crt",
    "LIENTHONG_TLS_CERT": "/run/secrets/tls.crt", "LIENTHONG_TLS_KEY": "/run/secrets/tls.key"}
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def say(text):
    print(f"packages: {text}", flush=True)


class Walk:
    """One walk in `work`: the packages of `first` are installed, those of `second` upgrade them."""

    def __init__(self, work, is_fake):
        self.work = pathlib.Path(work)
        self.is_fake = is_fake
        self.archives = self.work / "archives"
        self.root = root.Root(self.work / "root")
        self.images = {"registry": image.Image(self.work / "image-registry", "service", "registry"),
                       "kafka": image.Image(self.work / "image-kafka", "kafka")}
        self.log = self.work / "log"
        self.blocks = page.blocks()[1]

    def debs(self, version):
        return sorted((self.work / version).glob("*.deb"))

    def prepare(self):
        """Both roots, as far as they need the network."""
        self.root.make(self.work / "base", self.archives)
        with self.root.mounted(self.archives):
            self._install(self.root)
            self._bring_fake(self.root)
        for one in self.images.values():
            one.build(self.work / "base", self.archives, self.debs("first"))
        registry = self.images["registry"].root
        with registry.mounted(self.archives):
            self._bring_fake(registry)
        say("installed, by apt and by the lines of the Dockerfile")

    def _bring_fake(self, target):
        """What the programs that stand for ours need."""
        if not self.is_fake:
            return
        target.run("apt-get", "-q", "update")
        target.run("apt-get", "-q", "-y", "--no-install-recommends", "install", "python3-grpcio",
                   "postgresql-client-15")
        target.inside("/opt/fake").mkdir(parents=True, exist_ok=True)
        shutil.copy(pathlib.Path(__file__).parent / "fake" / "server.py",
                    target.inside("/opt/fake/server.py"))

    def _install(self, target):
        target.bring(self.debs("first"), "/packages")
        target.run("apt-get", "-q", "update")
        names = [f"/packages/{path.name}" for path in self.debs("first")]
        target.run("apt-get", "-q", "-y", "--no-install-recommends", "install", *SERVERS, *names)
        # A script that is run again changes nothing and fails at nothing.
        for package in self._packages(target):
            script = f"/var/lib/dpkg/info/{package}.postinst"
            if target.inside(script).exists():
                target.run(script, "configure", "")

    @staticmethod
    def _packages(target):
        told = target.run("dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n",
                          "lienthong-*")
        return [line.split()[1] for line in told.splitlines() if line.startswith("installed ")]

    def live(self):
        """Everything else."""
        loopback_up()
        self.log.mkdir(exist_ok=True)
        with contextlib.ExitStack() as mounts:
            for one in (self.root, *(made.root for made in self.images.values())):
                mounts.enter_context(one.mounted())
            self._start_servers()
            services = self._serve()
            self._leave_data()
            self._stop(services)
            self._serve_from_images()
            self._upgrade()
            services = self._serve()
            self._require_data()
            self._stop(services)
            self._remove()
            self._purge()

    def _start_servers(self):
        for name in ("certificates", "postgresql", "secrets"):
            self.root.shell(self.blocks[name])
        self.root.run("pg_ctlcluster", "15", "main", "start")
        self.root.shell(self.blocks["databases"])
        subprocess.Popen(["chroot", str(self.root.path), "setpriv", "--reuid", "redis", "--regid",
                          "redis", "--clear-groups", "redis-server", "/etc/redis/redis.conf",
                          "--daemonize", "no", "--supervised", "no"],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        say("certificates, PostgreSQL, databases, Redis: as the page says")

    def _serve(self):
        """Starts every unit and waits until all answer; the running services."""
        kafka = root.Service(self.root, KAFKA, self.log)
        kafka.start()

        def apply_catalogue():
            kafka.require_running()
            return self.root.shell(self.blocks["catalogue"])

        say(f"the broker: {root.eventually(READY_SECONDS_MAX, apply_catalogue).strip()}")
        services = [root.Service(self.root, name, self.log) for name in UNITS]
        for one in services:
            one.start()

        def healthy():
            for one in services:
                one.require_running()
            self.root.shell(self.blocks["health"])

        root.eventually(READY_SECONDS_MAX, healthy)
        for one in (kafka, *services):
            one.require_no_keys()
        say(f"{len(services)} units serve, each as its user, who reaches no key")
        root.eventually(READY_SECONDS_MAX, lambda: self.root.shell(self.blocks["status"]))
        say("`lienthong status` says that all is well")
        return [*reversed(services), kafka]

    @staticmethod
    def _stop(services):
        for one in services:
            one.stop()
        say("all units ended as they should")

    def _as_registry(self, statement):
        return self.root.run(
            "runuser", "-u", "lienthong-registry", "--", "psql", "-At", "--set", "ON_ERROR_STOP=1",
            "--dbname", "host=/run/postgresql dbname=lienthong_registry", "--command", statement)

    def _leave_data(self):
        self._as_registry("CREATE TABLE left_by_walk AS SELECT 42 AS value")
        attachment = self.root.inside(ATTACHMENT)
        attachment.write_bytes(b"kept")
        with self.root.inside("/etc/lienthong/common.env").open("a", encoding="ascii") as file:
            file.write(CHANGED)
        self.cluster = self.root.read(META)

    def _require_data(self):
        self._require_row()
        require(self.root.inside(ATTACHMENT).exists(), "an attachment is lost")
        require(self.root.read(META) == self.cluster, "the broker was formatted again")

    def _require_row(self):
        row = self._as_registry("SELECT value FROM left_by_walk").strip()
        require(row == "42", f"a row is lost: {row}")

    def _upgrade(self):
        self.root.bring(self.debs("second"), "/upgrade")
        names = [f"/upgrade/{path.name}" for path in self.debs("second")]
        self.root.run("dpkg", "--install", *names)
        require(CHANGED in self.root.read("/etc/lienthong/common.env"), "a changed file is lost")
        told = self.root.run("dpkg-query", "-W", "-f", "${Version}\n", "lienthong-*")
        require(set(told.split()) == {"9999"}, f"versions after the upgrade: {told}")
        say("upgraded; what an operator changed is kept")

    def _remove(self):
        names = self._packages(self.root)
        self.root.run("dpkg", "--remove", *names)
        left = [str(path) for path in self.root.inside("/usr/lib/lienthong").rglob("*")]
        require(not left, f"left after the removal: {left}")
        require(CHANGED in (self.root.read("/etc/lienthong/common.env") or ""),
                "the removal took the configuration")
        self._require_data()
        self.root.user_ids("lienthong-registry")
        say("removed; data, configuration and users are still there")
        self.removed = names

    def _purge(self):
        self.root.run("dpkg", "--purge", *self.removed)
        for path in ("/etc/lienthong/common.env", "/etc/lienthong/registry.env", META):
            require(not self.root.inside(path).exists(), f"the purge left {path}")
        for path in (ATTACHMENT, "/etc/lienthong/pki/ca.key", "/etc/lienthong/secrets/hotline.env"):
            require(self.root.inside(path).exists(), f"the purge took {path}")
        self._require_row()
        told = self.root.run("dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n")
        left = [line for line in told.splitlines() if line.startswith("lienthong")]
        require(not left, f"dpkg still knows {left}")
        say("purged; databases, attachments and keys are still there")

    def _serve_from_images(self):
        """The images' commands as their user, until their health checks say that they are well."""
        keys = self.root.inside("/etc/lienthong/pki")
        kafka = self.images["kafka"]
        kafka.give("/run/credentials/lienthong-kafka.service",
                   {name: keys / name for name in ("ca.crt", "broker.pem")})
        kafka.give("/etc/lienthong/pki",
                   {name: keys / name for name in ("ca.crt", "admin.crt", "admin.key")})
        broker = kafka.start({}, self.log / "image-kafka.log")
        # As `catalogue` of compose.yaml.
        root.eventually(READY_SECONDS_MAX, lambda: root.checked(
            kafka.words(["/usr/lib/lienthong/kafka-catalogue"], {})))

        self.root.shell("runuser -u postgres -- psql --quiet --command "
                        f"\"ALTER ROLE \\\"lienthong-registry\\\" PASSWORD '{PASSWORD}'\"")
        registry = self.images["registry"]
        registry.give("/run/secrets", {
            "ca.crt": keys / "ca.crt", "tls.crt": keys / "service-registry.crt",
            "tls.key": keys / "service-registry.key"})
        service = registry.start(REGISTRY | {
            "LIENTHONG_DATABASE": f"host=127.0.0.1 user=lienthong-registry password={PASSWORD} "
                                  "dbname=lienthong_registry"}, self.log / "image-registry.log")
        registry.stop(service)
        kafka.stop(broker)
        say("the images' commands serve, as their user, and their health checks say so")


def require(is_so, otherwise):
    if not is_so:
        raise root.WalkError(otherwise)


def loopback_up():
    """A new network has its loopback down."""
    with socket.socket() as any_socket:
        request = fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
        flags, = struct.unpack_from("h", request, 16)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
