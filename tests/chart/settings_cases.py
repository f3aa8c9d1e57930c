"""What the programs read is what the chart gives them; and its values are checked."""

import json
import re
import unittest

from . import asked, place

PREFIX = "LIENTHONG_"


def _names(container):
    found = [variable["name"] for variable in container["env"]]
    return [name.removeprefix(PREFIX) for name in found if name.startswith(PREFIX)]


def _containers(profile):
    """(service, LIENTHONG_* names) of each process of a profile."""
    for deployment in place.of_kind("Deployment", profile).values():
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            if container["name"] not in ("gate", "redis"):
                yield container["name"], _names(container)


def _settable(service):
    """The settings that the values of a service may name."""
    schema = json.loads((place.CHART / "values.schema.json").read_text(encoding="utf-8"))
    definition = schema["$defs"][f"settings-{service}"]
    secret = schema["$defs"][f"secret-{service}"]["properties"]["names"]["items"]
    assert definition["propertyNames"] == secret
    return set(secret["enum"])


class Settings(unittest.TestCase):
    """Environment of every program."""

    def test_every_program_gets_what_it_needs_and_nothing_it_does_not_read(self):
        wanted = asked.asked()
        for profile in (None, *place.PROFILES):
            seen = set()
            for service, given in _containers(profile):
                seen.add(service)
                with self.subTest(profile=profile, service=service):
                    self.assertEqual(len(given), len(set(given)), "a name twice")
                    self.assertEqual(wanted[service].required - set(given), set(), "is missing")
                    known = wanted[service].required | wanted[service].optional
                    self.assertEqual(set(given) - known, set(), "is not read")
            self.assertEqual(seen, set(wanted))

    def test_every_setting_of_a_program_can_be_set_by_the_values(self):
        given = dict(_containers(None))
        for service, names in asked.asked().items():
            with self.subTest(service=service):
                settable = _settable(service)
                known = names.required | names.optional
                self.assertEqual(settable - known, set(), "is not read")
                by_other_values = {"HTTP_PROXY"} if service == "portal" else set()
                self.assertEqual(known - settable - set(given[service]) - by_other_values, set())

    def test_migrations_get_what_they_need(self):
        jobs = place.of_kind("Job")
        self.assertEqual(len(jobs), len(asked.OWNERS))
        for job in jobs.values():
            container, = job["spec"]["template"]["spec"]["containers"]
            self.assertEqual(_names(container), ["DATABASE"])
            self.assertEqual(container["command"][1], "migrate")
        for name, deployment in place.of_kind("Deployment").items():
            if "-replica-" in name:
                container, = deployment["spec"]["template"]["spec"]["initContainers"]
                self.assertEqual(set(_names(container)), {"DATABASE", "DATABASE_PREFIX", "UNITS"})

    def test_ports_are_those_of_the_stack(self):
        text = (place.ROOT / "deploy" / "ports.env").read_text(encoding="utf-8")
        ports = dict(re.findall(r"^(\w+)_PORT(?:_FIRST)?=(\d+)$", text, re.M))
        for service, _ in _containers(None):
            deployment = next(one for one in place.of_kind("Deployment").values() if
                              one["spec"]["template"]["spec"]["containers"][0]["name"] == service)
            container = deployment["spec"]["template"]["spec"]["containers"][0]
            self.assertEqual(str(container["ports"][0]["containerPort"]), ports[service.upper()])

    def test_a_setting_and_a_secret_reach_the_program(self):
        text = place.with_values({
            "services.hotline.settings": {"MESSAGES_PER_DAY_MAX": 7},
            "services.hotline.secret": {"existingSecret": "s", "names": ["ADDRESS_KEY"]}})
        self.assertRegex(text, r'name: LIENTHONG_MESSAGES_PER_DAY_MAX\s+value: "7"')
        self.assertRegex(text, r"name: LIENTHONG_ADDRESS_KEY\s+valueFrom:\s+secretKeyRef: "
                               r"\{name: s, key: ADDRESS_KEY\}")


class Refusals(unittest.TestCase):
    """Wrong values end with a text that says which."""

    def refused(self, values, pattern):
        with self.assertRaises(place.HelmError) as caught:
            place.with_values(values)
        self.assertRegex(str(caught.exception), pattern)

    def test_a_misspelt_value(self):
        self.refused({"kafka.replicas": 3}, r"replicas")
        self.refused({"services.registry.settings": {"WORKER": 8}}, r"WORKER")

    def test_copies_that_cannot_share_their_files(self):
        self.refused({"services.document.files.accessModes": ["ReadWriteOnce"]},
                     r"services\.document: several copies share its files")

    def test_a_database_without_a_standby(self):
        self.refused({"postgres.clusters.main.instances": 1}, r"instances")

    def test_a_database_that_nobody_makes(self):
        self.refused({"services.registry.database.cluster": "other"}, r"other.*postgres\.clusters")

    def test_a_kafka_that_is_nowhere(self):
        self.refused({"kafka.enabled": False}, r"kafka\.bootstrap is needed")

    def test_a_portal_without_tls(self):
        self.refused({"services.portal.http.origin": "http://1022.example.org"}, r"origin")

    def test_a_low_user(self):
        self.refused({"user.id": 0}, r"user")
