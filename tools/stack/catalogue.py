"""The topic catalogue (deploy/kafka/topics.yaml): its topics, systems and ACLs as plain data."""

import collections

import yaml

from . import settings

Topic = collections.namedtuple("Topic", "name partitions replication configs")
Acl = collections.namedtuple("Acl", "principal resource name operation")  # always LITERAL, ALLOW

FEED_ALL = "lienthong.feed.all"


def feed(reader):
    """Topic of a unit's feed (`H09.718`) or of a service's (`service-registry`)."""
    return f"lienthong.feed.{reader}"


class Catalogue:
    """The catalogue of one stack: all of deploy/kafka/topics.yaml, or only some of its units."""

    def __init__(self, stack):
        path = settings.DEPLOY / "kafka" / "topics.yaml"
        self.data = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.path = path
        if stack.units:
            unknown = set(stack.units) - set(self.data["units"])
            if unknown:
                raise settings.StackError(
                    f"no unit of the province with a system: {', '.join(sorted(unknown))}; codes "
                    "are in deploy/provinces/binh-duong/agencies.csv (those of kind unit have none)")
            if list(stack.units) != self.data["units"]:
                self._narrow(stack)
        self.units = list(self.data["units"])
        self.services = dict(self.data["services"])
        self.systems = list(self.data["systems"])

    def _narrow(self, stack):
        """Keeps the stack's units and their systems, and writes the stack's own copy."""
        dropped = set(self.data["units"]) - set(stack.units)
        self.data["units"] = list(stack.units)
        systems = self.data["systems"]
        self.data["systems"] = [one for one in systems if unit_of(one["name"]) not in dropped]
        self.path = stack.run / "topics.yaml"
        text = yaml.safe_dump(self.data, sort_keys=False, allow_unicode=True)
        settings.write_if_changed(self.path, text)

    def principals(self):
        """Every system with a certificate, Kafka's two super users not included."""
        yield from (f"unit-{code}" for code in self.units)
        yield from (f"service-{name}" for name in self.services)
        yield "service-replica"
        yield from (system["name"] for system in self.systems)

    def domain_topics(self, service):
        return [f"lienthong.{service}.{r['name']}.v1" for r in self.services[service]["records"]]

    def seals(self):
        return [f"lienthong.{service}.seals.v1" for service in self.services]

    def feeds(self):
        services = [f"service-{name}" for name, data in self.services.items() if data["feed"]]
        return [FEED_ALL] + [feed(reader) for reader in services + self.units]

    def topics(self):
        """All topics with the configurations of their profile."""
        made = []
        for name, service in self.services.items():
            for record in service["records"]:
                topic = f"lienthong.{name}.{record['name']}.v1"
                made.append(self._topic(topic, record["partitions"], "domain"))
        made += [self._topic(name, 1, "seals") for name in self.seals()]
        made += [self._topic(name, 1, "feed") for name in self.feeds()]
        return made

    def _topic(self, name, partitions, profile):
        cluster = self.data["cluster"]
        configs = {key: str(value) for key, value in self.data["profiles"][profile].items()}
        configs["min.insync.replicas"] = str(cluster["min_insync_replicas"])
        return Topic(name, partitions, cluster["replication"], configs)

    def acls(self):
        """Who may do what, literal names only (ARCHITECTURE, Access). Write implies Describe."""
        rules = set()

        def allow(principal, operation, topics):
            rules.update(Acl(f"User:{principal}", "topic", name, operation) for name in topics)

        for principal in self.principals():
            rules.add(Acl(f"User:{principal}", "group", principal, "read"))
            allow(principal, "read", self.seals())
        for code in self.units:
            allow(f"unit-{code}", "read", [feed(code), FEED_ALL])
        catalogued = [topic.name for topic in self.topics()]
        for name, service in self.services.items():
            principal = f"service-{name}"
            own = self.domain_topics(name) + [f"lienthong.{name}.seals.v1"]
            allow(principal, "write", own + self.feeds())
            allow(principal, "create", catalogued)
            allow(principal, "describe", catalogued)
            if service["feed"]:
                allow(principal, "read", [feed(principal), FEED_ALL])
        for system in self.systems:
            allow(system["name"], "read", system.get("reads") or [])
            if unit_of(system["name"]):
                allow(system["name"], "read", [feed(unit_of(system["name"])), FEED_ALL])
        return rules


def unit_of(system):
    """The unit a further system `unit-<code>--<name>` belongs to, None for any other system."""
    if system.startswith("unit-") and "--" in system:
        return system[len("unit-"):].split("--", 1)[0]
    return None
