"""Topics, systems, permissions are those of the broker of tools/run: one catalogue for both."""

import unittest

from stack import catalogue, settings

from . import place

NARROW = ("H09.01", "H09.02", "H09.03", "H09.718", "H09.718.25747", "H09.718.25750")  # `small`


class _Stack:
    """As much of a stack as the catalogue reads."""

    def __init__(self, units, run):
        self.units = units
        self.run = run


def _catalogue(units=()):
    run = settings.ROOT / "build" / "charts" / "catalogue"
    return catalogue.Catalogue(_Stack(units, run))


def _profiles():
    return ((None, _catalogue()), ("province", _catalogue()), ("small", _catalogue(NARROW)))


def _rules(user):
    """Of a KafkaUser as the broker will have them: (principal, type, name, operation)."""
    authorization = user["spec"]["authorization"]
    assert authorization["type"] == "simple" and "authentication" not in user["spec"]
    for rule in authorization["acls"]:
        resource = rule["resource"]
        assert resource["patternType"] == "literal" and rule.get("type", "allow") == "allow"
        for operation in rule["operations"]:
            yield (f"User:{user['metadata']['name']}", resource["type"], resource["name"],
                   operation.lower())


def _lower(principal):
    """As the brokers' rule makes it of a certificate: its name in lower case."""
    return "User:" + principal.removeprefix("User:").lower()


class Kafka(unittest.TestCase):
    """Strimzi's resources."""

    def test_topics_are_those_of_the_catalogue_with_the_production_replication(self):
        for profile, made in _profiles():
            with self.subTest(profile=profile):
                topics = {one["spec"]["topicName"]: one["spec"]
                          for one in place.of_kind("KafkaTopic", profile).values()}
                wanted = {topic.name: topic for topic in made.topics()}
                self.assertEqual(set(topics), set(wanted))
                for name, spec in topics.items():
                    self.assertEqual(spec["partitions"], wanted[name].partitions)
                    self.assertEqual(spec["replicas"], 3)
                    self.assertEqual(spec["config"],
                                     wanted[name].configs | {"min.insync.replicas": "2"})

    def test_permissions_are_those_of_the_catalogue(self):
        for profile, made in _profiles():
            with self.subTest(profile=profile):
                rendered = [rule for user in place.of_kind("KafkaUser", profile).values()
                            for rule in _rules(user)]
                self.assertEqual(len(rendered), len(set(rendered)), "a rule twice")
                wanted = {(_lower(acl.principal), acl.resource, acl.name, acl.operation)
                          for acl in made.acls()}
                self.assertEqual(sorted(set(rendered) - wanted), [], "may too much")
                self.assertEqual(sorted(wanted - set(rendered)), [], "may too little")

    def test_no_two_systems_become_one_in_lower_case(self):
        names = list(_catalogue().principals())
        self.assertEqual(len({name.lower() for name in names}), len(names))
        self.assertEqual(set(place.of_kind("KafkaUser")), {name.lower() for name in names})

    def test_the_services_read_the_same_catalogue(self):
        for profile, made in _profiles():
            text = place.of_kind("ConfigMap", profile)[f"{place.FULLNAME}-catalogue"]["data"]
            given = place.yaml.safe_load(text["topics.yaml"])
            wanted = made.data | {"cluster": {"replication": 3, "min_insync_replicas": 2}}
            self.assertEqual(given, wanted)

    def test_a_further_system_of_a_unit_reads_what_the_unit_reads(self):
        text = place.with_values({"province.systems": [
            {"name": "unit-H09.718--archive"}, {"name": "ops", "reads": []}]})
        users = {one["metadata"]["name"]: one for one in place.yaml.safe_load_all(text)
                 if one and one["kind"] == "KafkaUser"}
        of_unit = {rule[1:] for rule in _rules(users["unit-h09.718"])}
        further = {rule[1:] for rule in _rules(users["unit-h09.718--archive"])}
        group = {("group", "unit-H09.718", "read")}
        self.assertEqual(further - {("group", "unit-H09.718--archive", "read")}, of_unit - group)

    def test_the_brokers_take_the_name_of_a_certificate_for_the_principal(self):
        listeners = place.of_kind("Kafka", "province")[f"{place.FULLNAME}-kafka"]["spec"]["kafka"][
            "listeners"]
        self.assertEqual(len(listeners), 2)
        for listener in listeners:
            self.assertTrue(listener["tls"])
            configuration = listener["authentication"]["listenerConfig"]
            self.assertEqual(configuration["ssl.client.auth"], "required")
            self.assertEqual(configuration["ssl.principal.mapping.rules"],
                             "RULE:^CN=([^,]+).*$/$1/L")
