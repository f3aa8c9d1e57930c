"""deploy/compose.yaml and deploy/Dockerfile as data: see tools/testing/compose."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import jsonschema
import yaml

from . import dockerfile, page

ROOT = page.ROOT
SCHEMA = ROOT / "build" / "compose" / "compose-spec.json"
SERVICES = {"directory", "registry", "document", "hotline", "portal", "replica"}
OWNERS = {"directory", "registry", "document", "hotline"}


class Compose(unittest.TestCase):
    """compose.yaml."""

    @classmethod
    def setUpClass(cls):
        path = ROOT / "deploy" / "compose.yaml"
        cls.data = yaml.safe_load(path.read_text(encoding="utf-8"))
        cls.services = cls.data["services"]

    def schema(self):
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        jsonschema.Draft7Validator.check_schema(schema)
        return jsonschema.Draft7Validator(schema)

    def test_it_is_what_the_specification_says(self):
        errors = [f"{'/'.join(map(str, error.path))}: {error.message}"
                  for error in self.schema().iter_errors(self.data)]
        self.assertEqual(errors, [])

    def test_the_schema_refuses_what_is_not(self):
        wrong = {"services": {"one": {"image": "one", "restarts": "always"}}}
        self.assertFalse(self.schema().is_valid(wrong))

    def test_every_service_is_there_built_from_the_dockerfile(self):
        stages = {stage.name for stage in dockerfile.stages()}
        built = set()
        for name, service in self.services.items():
            if build := service.get("build"):
                self.assertIn(build["target"], stages)
                self.assertTrue((ROOT / "deploy" / build["context"] / build["dockerfile"]).exists())
                if build["target"] == "service":
                    self.assertEqual(build["args"], {"SERVICE": name})
                    self.assertEqual(service["image"], f"lienthong/{name}")
                    built.add(name)
        self.assertEqual(built, SERVICES)

    def test_every_service_has_what_its_configuration_requires(self):
        common = {"PORT", "METRICS_PORT", "TLS_CA", "TLS_CERT", "TLS_KEY", "REDIS", "OWNERS"}
        more = {name: {"KAFKA_BROKERS", "DATABASE"} for name in OWNERS}
        more["replica"] = {"KAFKA_BROKERS", "DATABASE", "UNITS", "UNIT_TLS_DIR"}
        more["portal"] = {"HTTP_PORT", "ORIGIN", "REPLICAS", "PROVINCE", "JURISDICTION_ID",
                          "CONTACT"}
        for name in SERVICES:
            given = {key.removeprefix("LIENTHONG_") for key in self.services[name]["environment"]}
            self.assertEqual((common | more[name]) - given, set(), name)

    def test_addresses_are_those_at_which_the_services_listen(self):
        ports = {name: self.services[name]["environment"]["LIENTHONG_PORT"] for name in SERVICES}
        metrics = {self.services[name]["environment"]["LIENTHONG_METRICS_PORT"]
                   for name in SERVICES}
        self.assertEqual(len({*ports.values(), *metrics}), 2 * len(SERVICES))
        for name in SERVICES:
            environment = self.services[name]["environment"]
            for item in environment["LIENTHONG_OWNERS"].split(","):
                owner, address = item.split("=")
                self.assertEqual(address, f"127.0.0.1:{ports[owner]}")
            for item in environment.get("LIENTHONG_REPLICAS", "").split(","):
                if item:
                    self.assertEqual(item.split("=")[1], f"127.0.0.1:{ports['replica']}")

    def test_nothing_is_on_a_network_but_the_pages_which_the_host_alone_sees(self):
        for name, service in self.services.items():
            if name != "network":
                self.assertEqual(service["network_mode"], "service:network", name)
                self.assertNotIn("ports", service, name)
            listens = service.get("environment", {}).get("LIENTHONG_HOST", "127.0.0.1")
            self.assertEqual(listens, "127.0.0.1", name)
        pages = self.services["portal"]["environment"]["LIENTHONG_HTTP_PORT"]
        self.assertEqual(self.services["network"]["ports"], [f"127.0.0.1:{pages}:{pages}"])

    def test_units_are_of_the_catalogue_and_have_keys_and_databases(self):
        catalogue = yaml.safe_load((ROOT / "deploy/kafka/topics.yaml").read_text(encoding="utf-8"))
        replica = self.services["replica"]
        targets = {one["target"] for one in replica["secrets"]}
        script = self.data["configs"]["databases"]["content"]
        subprocess.run(["bash", "-n", "-c", script.replace("$$", "$")], check=True)
        for code in replica["environment"]["LIENTHONG_UNITS"].split(","):
            self.assertIn(code, catalogue["units"])
            self.assertLessEqual({f"unit-{code}.crt", f"unit-{code}.key"}, targets)
            self.assertIn(f" replica_{code.lower().replace('.', '_')}", script)
        for name in OWNERS:
            environment = self.services[name]["environment"]
            self.assertIn(f"dbname={name}", environment["LIENTHONG_DATABASE"])
            self.assertIn(f" {name} ", script)

    def test_who_is_waited_for_has_a_health_check(self):
        images = {"service", "kafka"}
        for name, service in self.services.items():
            for other, how in service.get("depends_on", {}).items():
                if how["condition"] == "service_healthy":
                    waited = self.services[other]
                    from_image = waited.get("build", {}).get("target") in images
                    self.assertTrue("healthcheck" in waited or from_image, f"{name}: {other}")

    def test_every_key_is_one_that_the_page_makes(self):
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run(["bash", "-euo", "pipefail", "-c", page.blocks()[1]["certificates"]],
                           check=True, capture_output=True,
                           env={"PATH": os.environ["PATH"], "PKI": directory})
            for name, secret in self.data["secrets"].items():
                path = pathlib.Path(directory) / pathlib.Path(secret["file"]).relative_to("pki")
                self.assertTrue(path.exists(), name)
        used = {one["source"] for service in self.services.values()
                for one in service.get("secrets", [])}
        self.assertEqual(used, set(self.data["secrets"]))

    def test_keys_are_in_no_image_and_in_no_commit(self):
        folders = {pathlib.Path(secret["file"]).parts[0]
                   for secret in self.data["secrets"].values()}
        self.assertEqual(folders, {"pki"})
        for name, line in (("Dockerfile.dockerignore", "/deploy/pki"), (".gitignore", "/pki/")):
            lines = (ROOT / "deploy" / name).read_text(encoding="ascii").splitlines()
            self.assertIn(line, lines)

    def test_no_service_of_ours_runs_with_more_than_it_needs(self):
        for name in SERVICES | {"kafka"}:
            service = self.services[name]
            self.assertEqual(service["cap_drop"], ["ALL"], name)
            self.assertIn("no-new-privileges:true", service["security_opt"], name)
            self.assertIn("mem_limit", service, name)


class Dockerfile(unittest.TestCase):
    """The Dockerfile, unbuilt."""

    def test_final_images_do_not_run_as_root_and_tell_their_health(self):
        for name in ("service", "kafka"):
            stage = dockerfile.stage(name)
            self.assertRegex(stage.user, r"^[1-9]\d{4}:[1-9]\d{4}$")
            self.assertTrue(stage.health)
            self.assertTrue(stage.command)

    def test_every_line_is_one_that_a_shell_can_read(self):
        for stage in dockerfile.stages():
            self.assertEqual(stage.image, "debian:12-slim")
            commands = [*stage.run, *(stage.command[2:] if stage.command[:1] == ["sh"] else [])]
            for line in commands:
                subprocess.run(["sh", "-n", "-c", line], check=True)

    def test_the_build_calls_tools_that_are_there(self):
        lines = [line for line in dockerfile.stage("build").run if line.startswith("tools/")]
        self.assertEqual(len(lines), 2)
        for line in lines:
            self.assertTrue(os.access(ROOT / line.split()[0], os.X_OK), line)

    def test_where_a_service_keeps_its_files_is_made_for_its_user(self):
        stage = dockerfile.stage("service")
        directory = stage.environment["LIENTHONG_FILES_DIR"]
        self.assertTrue(any(directory in line and "install -d -o 10001" in line
                            for line in stage.run))

    def test_an_instruction_that_is_not_known_is_told(self):
        with self.assertRaises(ValueError):
            dockerfile.stages("FROM debian:12-slim AS one\nVOLUME /x\n")
