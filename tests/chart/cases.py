"""Rules for what the chart renders, whatever the profile."""

import base64
import gzip
import json
import re
import subprocess
import tempfile
import unittest

from . import place, strict

PROFILES = (None, *place.PROFILES)
SECRET_BYTES_MAX = 1024 * 1024  # of a Secret, in which Helm keeps a release
OURS = ("monitoring.coreos.com", "kafka.strimzi.io", "postgresql.cnpg.io")


def _pods(profile):
    """(name, pod template) of everything that makes pods."""
    for kind in ("Deployment", "Job"):
        for name, one in place.of_kind(kind, profile).items():
            yield name, one["spec"]["template"]


def _matches(selector, labels):
    """Whether a label selector selects."""
    if not all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for one in selector.get("matchExpressions", []):
        has = labels.get(one["key"]) in one["values"]
        if has != (one["operator"] == "In"):
            return False
    return True


class Rendering(unittest.TestCase):
    """Each profile."""

    def test_helm_lint_finds_nothing(self):
        for profile in place.PROFILES:
            said = place.helm("lint", place.CHART, "--strict", "--quiet", "--kube-version",
                              f"{place.KUBERNETES}.0", "--values", place.PROFILES[profile])
            self.assertNotRegex(said, r"\[(WARNING|ERROR)\]")

    def test_every_resource_is_as_its_schema_says(self):
        for profile in PROFILES:
            with self.subTest(profile=profile), tempfile.TemporaryDirectory() as folder:
                core, mistakes = [], []
                for resource in place.documents(profile):
                    found = strict.mistakes_of_custom(resource)
                    if found is None:
                        self.assertFalse(resource["apiVersion"].startswith(OURS), resource["kind"])
                        core.append(resource)
                    else:
                        mistakes += found
                self.assertEqual(mistakes, [])
                self.assertEqual(strict.mistakes_of_core(core, folder), "")

    def test_kube_score_finds_nothing_critical(self):
        for profile in PROFILES:
            with self.subTest(profile=profile):
                done = subprocess.run(
                    [str(place.KUBE_SCORE), "score", "--output-format", "ci",
                     "--kubernetes-version", f"v{place.KUBERNETES}", "-"],
                    input=place.manifest(profile), capture_output=True, text=True, check=False,
                    timeout=place.HELM_SECONDS_MAX)
                self.assertIn("[OK]", done.stdout)
                critical = [line for line in done.stdout.splitlines() if "[CRITICAL]" in line]
                self.assertEqual((critical, done.returncode), ([], 0), done.stderr)

    def test_a_release_fits_into_the_secret_in_which_helm_keeps_it(self):
        chart = {str(path.relative_to(place.CHART)): base64.b64encode(path.read_bytes()).decode()
                 for path in place.CHART.rglob("*") if path.is_file()}
        for profile in place.PROFILES:
            release = json.dumps({"chart": chart, "manifest": place.manifest(profile)}).encode()
            self.assertLess(len(base64.b64encode(gzip.compress(release))), 0.8 * SECRET_BYTES_MAX)

    def test_no_name_is_too_long_or_wrong(self):
        for profile in PROFILES:
            for resource in place.documents(profile):
                name = resource["metadata"]["name"]
                self.assertRegex(name, r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$")
                if resource["kind"] in ("Service", "Job", "Deployment"):
                    self.assertLessEqual(len(name), 63)
                    self.assertNotIn(".", name)

    def test_names_stay_within_their_limits_under_the_longest_name_of_a_release(self):
        text = place.helm("template", "a" * 53, place.CHART, "--kube-version",
                          f"{place.KUBERNETES}.0", "--values", place.PROFILES["province"])
        limits = {"Cluster": 50, "Service": 63, "Deployment": 63, "Job": 63}
        for one in place.yaml.safe_load_all(text):
            if one and one["kind"] in limits:
                name = one["metadata"]["name"]
                self.assertLessEqual(len(name), limits[one["kind"]], name)

    def test_nothing_is_secret_in_it(self):
        for profile in PROFILES:
            self.assertEqual(place.of_kind("Secret", profile), {})


class Processes(unittest.TestCase):
    """Pods, and who speaks to them."""

    def test_probes_of_a_process_differ(self):
        for profile in PROFILES:
            for deployment in place.of_kind("Deployment", profile).values():
                process = deployment["spec"]["template"]["spec"]["containers"][0]
                probes = [json.dumps({key: value for key, value in process.get(name, {}).items()
                                      if key in ("exec", "tcpSocket", "httpGet", "grpc")})
                          for name in ("startupProbe", "livenessProbe", "readinessProbe")]
                if process["name"] != "redis":
                    self.assertEqual(len(set(probes) - {"{}"}), 3, deployment["metadata"]["name"])

    def test_every_copy_has_a_budget_and_stays_apart(self):
        for profile in PROFILES:
            budgets = place.of_kind("PodDisruptionBudget", profile).values()
            for name, deployment in place.of_kind("Deployment", profile).items():
                template = deployment["spec"]["template"]
                labels = template["metadata"]["labels"]
                self.assertEqual(1, sum(_matches(one["spec"]["selector"], labels)
                                        for one in budgets), name)
                self.assertIn("topologySpreadConstraints", template["spec"])
                scaled = name in place.of_kind("HorizontalPodAutoscaler", profile)
                self.assertEqual("replicas" in deployment["spec"], not scaled)

    def test_every_pod_is_denied_what_no_policy_allows(self):
        for profile in PROFILES:
            policies = place.of_kind("NetworkPolicy", profile)
            deny = policies[f"{place.FULLNAME}-deny"]["spec"]
            self.assertEqual(deny["policyTypes"], ["Ingress", "Egress"])
            self.assertFalse({"ingress", "egress"} & set(deny))
            # Their pods may inherit their labels.
            for kind in ("Kafka", "KafkaNodePool", "Cluster", "Pooler"):
                for name, one in place.of_kind(kind, profile).items():
                    self.assertFalse(_matches(deny["podSelector"], one["metadata"]["labels"]), name)
            for name, template in _pods(profile):
                labels = template["metadata"]["labels"]
                self.assertTrue(_matches(deny["podSelector"], labels), name)
                mine = [one for one in policies.values()
                        if one["spec"] is not deny
                        and _matches(one["spec"]["podSelector"], labels)]
                self.assertEqual(len(mine), 1, name)
                for peers in (*mine[0]["spec"]["ingress"], *mine[0]["spec"]["egress"]):
                    self.assertTrue(peers.get("from") or peers.get("to"), f"{name}: open to all")
                    self.assertTrue(peers.get("ports"), f"{name}: all ports")

    def test_processes_go_to_the_primary_and_past_the_pooler(self):
        poolers = set(place.of_kind("Pooler", "province"))
        self.assertTrue(poolers)
        clusters = set(place.of_kind("Cluster", "province"))
        for name, template in _pods("province"):
            for container in template["spec"]["containers"]:
                for variable in container.get("env", []):
                    if variable["name"] == "LIENTHONG_DATABASE":
                        host = re.match(r"host=(\S+)-rw ", variable["value"])
                        self.assertIn(host.group(1), clusters, name)
                        self.assertIn("sslmode=verify-full", variable["value"])

    def test_what_is_acknowledged_is_on_a_standby(self):
        for profile in PROFILES:
            for cluster in place.of_kind("Cluster", profile).values():
                self.assertGreaterEqual(cluster["spec"]["instances"], 2)
                self.assertEqual(cluster["spec"]["postgresql"]["synchronous"],
                                 {"method": "any", "number": 1, "dataDurability": "required"})

    def test_every_database_that_a_process_opens_is_made(self):
        for profile in PROFILES:
            made = {(one["spec"]["cluster"]["name"], one["spec"]["name"])
                    for one in place.of_kind("Database", profile).values()}
            opened = set()
            for _, template in _pods(profile):
                for container in template["spec"]["containers"]:
                    env = {one["name"]: one.get("value") for one in container.get("env", [])}
                    found = re.match(r"host=(\S+)-rw .*?(?:dbname=(\w+))?$",
                                     env.get("LIENTHONG_DATABASE", ""))
                    if found and found.group(2):
                        opened.add(found.groups())
                    for unit in (env.get("LIENTHONG_UNITS") or "").split(","):
                        if unit:
                            name = "replica_" + unit.lower().replace(".", "_")
                            opened.add((found.group(1), name))
            self.assertEqual(opened, made)

    def test_servers_of_another_make_need_no_operator(self):
        database = {"host": "db.example.org", "existingSecret": "s", "caSecret": "c"}
        owners = ("directory", "registry", "document", "hotline")
        text = place.with_values({
            "kafka.enabled": False, "kafka.bootstrap": "kafka.example.org:9093",
            "postgres.enabled": False, "redis.enabled": False, "redis.host": "redis.example.org",
            "replicas.database": database,
            **{f"services.{name}.database": database for name in owners}})
        resources = [one for one in place.yaml.safe_load_all(text) if one]
        self.assertEqual([one["kind"] for one in resources
                          if one["apiVersion"].startswith(OURS)], [])
        self.assertIn('value: "host=db.example.org port=5432 user=lienthong sslmode=verify-full '
                      'sslrootcert=/etc/lienthong/postgres/ca.crt dbname=registry"', text)
        self.assertIn('LIENTHONG_KAFKA_BROKERS, value: "kafka.example.org:9093"', text)
        self.assertIn("server redis redis.example.org:6379 ssl", text)
        self.assertNotIn("strimzi.io/cluster", text)

    def test_further_resources_are_templates(self):
        text = place.with_values({"extraObjects": [
            {"apiVersion": "v1", "kind": "ConfigMap",
             "metadata": {"name": "{{ .Release.Name }}-x"}},
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-y'}\n"]})
        names = {one["metadata"]["name"] for one in place.yaml.safe_load_all(text) if one}
        self.assertLessEqual({f"{place.RELEASE}-x", f"{place.RELEASE}-y"}, names)

    def test_an_upgrade_migrates_before_anything_is_replaced(self):
        hooks = {one["metadata"].get("annotations", {}).get("helm.sh/hook")
                 for one in place.of_kind("Job", None, "--is-upgrade").values()}
        self.assertEqual(hooks, {"pre-upgrade"})
        for job in place.of_kind("Job").values():  # the database is made by the same installation
            self.assertNotIn("annotations", job["metadata"])

    def test_a_replica_process_has_the_keys_of_its_units_and_no_others(self):
        seen = []
        for name, deployment in place.of_kind("Deployment").items():
            if "-replica-" not in name:
                continue
            spec = deployment["spec"]["template"]["spec"]
            env = {one["name"]: one.get("value") for one in spec["containers"][0]["env"]}
            units = env["LIENTHONG_UNITS"].split(",")
            self.assertLessEqual(len(units), 32)
            volume, = [one for one in spec["volumes"] if one["name"] == "units"]
            keys = {item["key"] for item in volume["secret"]["items"]}
            self.assertEqual(keys, {f"unit-{unit}.{end}" for unit in units
                                    for end in ("crt", "key")})
            seen += units
        self.assertEqual(len(seen), len(set(seen)))
        portal = place.of_kind("Deployment")[f"{place.FULLNAME}-portal"]
        env = {one["name"]: one.get("value")
               for one in portal["spec"]["template"]["spec"]["containers"][0]["env"]}
        self.assertEqual([pair.split("=")[0] for pair in env["LIENTHONG_REPLICAS"].split(",")],
                         sorted(seen))


class Linked(unittest.TestCase):
    """What the chart has of deploy/: links, which Helm follows."""

    def test_every_rule_is_rendered(self):
        rules = place.of_kind("PrometheusRule", "province").values()
        rendered = {name for one in rules for name in self._names(one["spec"])}
        wanted = {name for path in (place.ROOT / "deploy/prometheus/rules").glob("*.yml")
                  for name in self._names(place.yaml.safe_load(path.read_bytes()))}
        self.assertTrue(wanted)
        self.assertEqual(rendered, wanted)

    def test_every_dashboard_is_rendered(self):
        shown = {name: text
                 for name, one in place.of_kind("ConfigMap", "province").items()
                 if "-dashboard-" in name for name, text in one["data"].items()}
        wanted = {path.name: path.read_text(encoding="utf-8")
                  for path in (place.ROOT / "deploy/grafana/dashboards/vi").glob("*.json")}
        self.assertTrue(wanted)
        self.assertEqual(shown, wanted)

    @staticmethod
    def _names(rules):
        return [rule.get("alert") or rule.get("record")
                for group in rules["groups"] for rule in group["rules"]]
