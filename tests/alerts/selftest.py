"""Checks of rules, routes and runbooks that take seconds and start no server."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

from stack import alertmanager, settings

from . import pages

COMMAND = settings.ROOT / "build" / "cmake" / "services" / "ops" / "lienthong"
PAGES = {"OwnerDown", "KafkaUnreachable", "ManyUnitsBehind", "SealsDiffer", "DiskFullSoon"}
WATCHDOG = "WatchdogHeartbeat"      # fires always: nothing to stay silent about
PROGRAMS = {"ask", "sql", "warnings", "lienthong", "systemctl", "journalctl", "df", "curl"}
SECRET = re.compile(r"(password|credentials|token|secret|key):\s*\S")
FIRING = re.compile(r'ALERTS\{alertname="(\w+)"')
# What a page calls, as functions that say that they were called.
STUBS = "".join(f"{name}() {{ echo called; }}\n" for name in sorted(PROGRAMS))
SECONDS_MAX = 600   # beside compilers and brokers


def run(*command, **options):
    """The finished process, whatever its exit code."""
    return subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          check=False, timeout=SECONDS_MAX, **options)


class Check(unittest.TestCase):
    def assert_well(self, *command, **options):
        done = run(*command, **options)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stdout}{done.stderr}")
        return done.stdout


class Rules(Check):
    """Alerts and recording rules."""

    def test_promtool_accepts_rules_and_configuration(self):
        self.assert_well("promtool", "check", "rules", *sorted(pages.RULES.glob("*.yml")))
        names = ("DIRECTORY", "REGISTRY", "DOCUMENT", "HOTLINE", "PORTAL", "REPLICAS",
                 "PROMETHEUS", "ALERTMANAGER", "NODE_EXPORTER")
        text = settings.render(settings.DEPLOY / "prometheus" / "prometheus.yml", {
            **{name: "'127.0.0.1:1'" for name in names}, "RULES": f"'{pages.RULES}/*.yml'"})
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write(text)
            file.flush()
            self.assert_well("promtool", "check", "config", file.name)

    def test_each_alert_fires_stays_silent_and_recovers(self):
        self.assert_well("promtool", "test", "rules", *sorted(pages.RULE_TESTS.glob("*.yml")))
        stories = {}
        for path in pages.RULE_TESTS.glob("*.yml"):
            for case in yaml.safe_load(path.read_text("utf-8"))["tests"]:
                for step in case["promql_expr_test"]:
                    name, = FIRING.findall(step["expr"])
                    self.assertTrue(case["name"].startswith(name), case["name"])
                    stories.setdefault((name, case["name"]), []).append(bool(step["exp_samples"]))
        for (name, case), story in stories.items():
            if name != WATCHDOG:
                self.assertEqual((story[0], any(story), story[-1]), (False, True, False), case)
        self.assertEqual({name for name, _ in stories}, set(pages.alerts()))

    def test_the_tests_notice_an_alert_that_never_fires_and_one_that_always_does(self):
        for path in sorted(pages.RULE_TESTS.glob("*.yml")):
            rules = yaml.safe_load((pages.RULES / path.name).read_text("utf-8"))
            for rule in rules["groups"][0]["rules"]:
                always = "label_replace(vector(1), \"service\", \"x\", \"\", \"\")"
                for expression in ["vector(0) > 1"] + [always] * (rule["alert"] != WATCHDOG):
                    done = self.mutant(path, rules, rule, expression)
                    self.assertNotEqual(done.returncode, 0, f"{rule['alert']}: {expression}")
                    self.assertIn(rule["alert"], done.stdout + done.stderr)

    def mutant(self, path, rules, rule, expression):
        """promtool's test of one alert of a file while it has another expression."""
        kept = rule["expr"]
        rule["expr"] = expression
        own = yaml.safe_load(path.read_text("utf-8"))
        own["tests"] = [case for case in own["tests"] if case["name"].startswith(rule["alert"])]
        with tempfile.TemporaryDirectory() as folder:
            place = pathlib.Path(folder)
            for name in ("rules", "tests"):
                (place / name).mkdir()
            shutil.copy(pages.RULES / "recording.yml", place / "rules")
            (place / "rules" / path.name).write_text(yaml.safe_dump(rules), "utf-8")
            (place / "tests" / path.name).write_text(yaml.safe_dump(own), "utf-8")
            done = run("promtool", "test", "rules", place / "tests" / path.name)
        rule["expr"] = kept
        return done

    def test_severities_and_annotations_are_as_agreed(self):
        for name, rule in pages.alerts().items():
            severity = "page" if name in PAGES else "none" if name == WATCHDOG else "ticket"
            self.assertEqual(rule["labels"]["severity"], severity, name)
            said = rule["annotations"]
            self.assertEqual(said["runbook"], f"deploy/runbooks/vi/{name}.md")
            self.assertEqual(said["runbook_en"], f"deploy/runbooks/en/{name}.md")
            self.assertTrue(said["summary"] and said["summary_en"], name)


class Routes(Check):
    """Alertmanager's configuration, with the example's receivers and with none."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.files = {}
        for name in ("receivers.yml", "receivers-none.yml"):
            self.files[name] = pathlib.Path(folder.name) / name
            self.files[name].write_text(alertmanager.configuration(name), "utf-8")

    def test_amtool_accepts_both_and_they_have_the_same_receivers(self):
        for file in self.files.values():
            self.assert_well("amtool", "check-config", file)
        receivers = [[receiver["name"] for receiver in yaml.safe_load(file.read_text("utf-8"))[
            "receivers"]] for file in self.files.values()]
        self.assertEqual(*receivers)

    def test_each_alert_reaches_whom_it_is_for(self):
        for name, rule in pages.alerts().items():
            labels = {key: value for key, value in rule["labels"].items() if "{{" not in value}
            wanted = {"page": "page", "none": "watchdog"}.get(labels["severity"], "ticket")
            if labels.get("team") == "hotline":
                wanted = "hotline-centre"
            found = self.assert_well(
                "amtool", "config", "routes", "test",
                f"--config.file={self.files['receivers.yml']}", f"alertname={name}",
                *(f"{key}={value}" for key, value in labels.items()))
            self.assertEqual(found.strip(), wanted, name)

    def test_only_tickets_wait_for_office_hours(self):
        routes = yaml.safe_load(self.files["receivers.yml"].read_text("utf-8"))["route"]["routes"]
        waiting = [route["matchers"] for route in routes if "active_time_intervals" in route]
        self.assertEqual(waiting, [["severity = ticket"]])
        self.assertNotIn("active_time_intervals", routes[0])

    def test_inhibitions_name_alerts_and_labels_that_exist(self):
        known = pages.alerts()
        for rule in yaml.safe_load(self.files["receivers.yml"].read_text("utf-8"))["inhibit_rules"]:
            for side in ("source_matchers", "target_matchers"):
                for matcher in rule[side]:
                    label, _, value = re.fullmatch(r"(\w+) (=~?) \"?([\w|-]+)\"?", matcher).groups()
                    if label == "alertname":
                        self.assertLessEqual(set(value.split("|")), set(known), matcher)
                    elif label == "scope":
                        having = {name for name, alert in known.items()
                                  if alert["labels"].get("scope") == value}
                        self.assertEqual(having, {"ManyUnitsBehind", "UnitBehind", "UnitDiverged",
                                                  "UnitUnreachable"})

    def test_one_cause_is_one_page_and_its_recovery_is_none(self):
        config = yaml.safe_load(self.files["receivers.yml"].read_text("utf-8"))
        self.assertEqual(config["route"]["group_by"], ["alertname"])
        page, = [one for one in config["route"]["routes"] if one["matchers"] == ["severity = page"]]
        self.assertNotIn("group_by", page)
        before = {name for one in config["inhibit_rules"] if one["target_matchers"] == ["scope = unit"]
                  for name in re.findall(r"\w+Down|\w+Unreachable|\w+Differ", str(one))}
        self.assertEqual(before, {"OwnerDown", "KafkaUnreachable", "SealsDiffer"})
        for name in before:     # as long as Alertmanager may take to look again
            self.assertEqual(pages.alerts()[name].get("keep_firing_for"),
                             config["route"]["group_interval"], name)

    def test_no_secret_is_in_the_files(self):
        for file in self.files.values():
            self.assertIsNone(SECRET.search(file.read_text("utf-8")))


class Runbooks(Check):
    """The pages, without running what they say."""

    def test_each_alert_has_a_page_in_both_languages_and_each_page_an_alert(self):
        self.assertEqual(pages.names("vi"), set(pages.alerts()))
        self.assertEqual(pages.names("en"), set(pages.alerts()))
        listed = re.findall(r"^\| (\w+) \| `(\w+)` \|",
                            (pages.RUNBOOKS / "README.md").read_text("utf-8"), re.MULTILINE)
        self.assertEqual(dict(listed), {name: rule["labels"]["severity"]
                                        for name, rule in pages.alerts().items()})

    def test_each_page_has_the_same_sections_and_commands_in_both_languages(self):
        for name in pages.alerts():
            for language, titles in pages.SECTIONS.items():
                found = pages.sections(name, language)
                self.assertEqual([title for title, _ in found], titles, name)
                for title, text in found:
                    self.assertTrue(text.strip(), f"{name}: {title}")
            self.assertEqual(pages.commands(name, "vi"), pages.commands(name, "en"), name)
            self.assertTrue(pages.commands(name, only={pages.LOOK}), name)
            self.assertTrue(pages.commands(name, only={pages.OVER}), name)

    def test_pages_call_nothing_but_what_an_operator_has(self):
        for name in pages.alerts():
            for line in "".join(pages.commands(name)).splitlines():
                self.assertIn(line.split(" ")[0], PROGRAMS, f"{name}: {line}")

    def test_shellcheck_finds_nothing(self):
        for name in pages.alerts():
            script = "\n".join([pages.beginning(), *pages.commands(name)])
            # A variable of the beginning that one page does not use; texts in single quotes.
            self.assert_well("shellcheck", "--shell=bash", "--exclude=SC2034,SC2016", "-",
                             input=script)

    def test_a_command_with_a_variable_that_is_not_set_does_nothing(self):
        blocks = {block for name in pages.alerts() for block in pages.commands(name)}
        for block in blocks:
            wanted = pages.VARIABLE.findall(block)
            done = run("bash", "-c", f"DATABASE_PREFIX=\n{STUBS}\n{block}", env={})
            if wanted:
                self.assertNotEqual(done.returncode, 0, block)
                self.assertNotIn("called", done.stdout, block)
                self.assertIn(wanted[0], done.stderr, block)
            else:
                self.assertIn("called", done.stdout, block)

    def test_what_changes_something_stands_under_act_alone(self):
        changing = re.compile(r"systemctl (?!status)|--vacuum|pg_terminate|pg_drop"
                              r"|lienthong (repair|bootstrap|silence (unit|end)|parked replay)")
        for name in pages.alerts():
            for block in pages.commands(name, only={pages.LOOK, pages.OVER}):
                self.assertNotRegex(block, changing, name)


class Command(Check):
    """The operators' command has what the pages call; it must be built."""

    def test_every_subcommand_and_option_exists(self):
        self.assertTrue(COMMAND.exists(), f"{COMMAND} is not built")
        lines = {line for name in pages.alerts() for block in pages.commands(name)
                 for line in block.splitlines() if line.startswith("lienthong ")}
        self.assertTrue(lines)
        for line in sorted(lines):
            words = line.split()[1:]
            path = []
            while words and re.fullmatch(r"[a-z]+", words[0]):
                path.append(words.pop(0))
            help_text = self.assert_well(COMMAND, *path, "--help")
            for option in re.findall(r"(?<!\S)--[a-z]+", line):
                self.assertRegex(help_text, rf"(?<!\S){option}\b", line)


if __name__ == "__main__":
    unittest.main()
