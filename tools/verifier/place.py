"""Where the stack to be verified is: its databases, its broker, its certificates, its catalogue."""

import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
EVERYONE = "*"
FEED_ALL = "lienthong.feed.all"


class Place:
    """A run directory of a stack, read from the configurations its servers run with."""

    def __init__(self, run):
        self.run = pathlib.Path(run).resolve()
        postgres = (self.run / "postgres/data/postgresql.conf").read_text(encoding="utf-8")
        self._socket = re.search(r"^unix_socket_directories = '(.+)'", postgres, re.M).group(1)
        self._port = re.search(r"^port = (\d+)", postgres, re.M).group(1)
        kafka = (self.run / "kafka/server.properties").read_text(encoding="utf-8")
        self._broker = re.search(r"^listeners=SSL://([^,\s]+)", kafka, re.M).group(1)
        own = self.run / "topics.yaml"   # a stack of some units only
        catalogue = own if own.exists() else ROOT / "deploy/kafka/topics.yaml"
        data = yaml.safe_load(catalogue.read_text(encoding="utf-8"))
        self.units = data["units"]
        self.owners = list(data["services"])
        self.topics = [(owner, record["name"]) for owner, service in data["services"].items()
                       for record in service["records"]]    # each has a domain topic
        self.types = {record["name"]: owner for owner, service in data["services"].items()
                      for record in service["records"] if record.get("feeds", True)}
        self.services = [f"service-{name}" for name, service in data["services"].items()
                         if service["feed"]]
        self.members = self.units + self.services   # all who have a feed and a copy of it
        lag = data["profiles"]["feed"]["min.compaction.lag.ms"]
        self.compaction_lag_seconds = int(lag) / 1000

    def conninfo(self, database):
        return f"host={self._socket} port={self._port} user=lienthong dbname={database}"

    def consumer(self, principal):
        """Settings of a Kafka client that connects under a principal's certificate."""
        pki = self.run / "pki"
        return {
            "bootstrap.servers": self._broker, "security.protocol": "ssl", "group.id": principal,
            "ssl.ca.location": str(pki / "ca.crt"),
            "ssl.certificate.location": str(pki / f"{principal}.crt"),
            "ssl.key.location": str(pki / f"{principal}.key"),
            "enable.auto.commit": False, "enable.partition.eof": True,
            "auto.offset.reset": "error", "queued.max.messages.kbytes": 16384,
            "fetch.wait.max.ms": 20, "socket.timeout.ms": 20000,
            "log_level": 2,     # what fails is told by us; librdkafka's own lines are left out
        }

    @staticmethod
    def principal(member):
        """The certificate under which a member's feed is read."""
        return member if member.startswith("service-") else f"unit-{member}"

    @staticmethod
    def feed(member):
        return FEED_ALL if member == EVERYONE else f"lienthong.feed.{member}"

    @staticmethod
    def copy_database(member):
        """The database in which a member keeps what its feed brought."""
        if member.startswith("service-"):
            return member.removeprefix("service-")
        return "replica_" + re.sub(r"[^a-z0-9]", "_", member.lower())
