"""Checks of the packaging that take seconds: units, variables, page, scripts, packages."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import zipfile

from . import page, unit

ROOT = page.ROOT
HERE = ROOT / "deploy" / "packages"
SERVICES = ("directory", "registry", "document", "hotline", "portal", "replica")
PACKAGES = (*SERVICES, "common", "kafka", "ops", "monitoring")
EXPOSURE_MAX = 20  # tenths; systemd calls up to 20 OK, from 50 on exposed
READ = re.compile(r'config\.(?:Text|Number|Milliseconds|List|Map)\(\s*"([A-Z0-9_]+)"')


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          check=False, **options)
    if done.returncode:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def body(text, function):
    """What stands in a function's braces."""
    return re.search(rf"^\w+ {function}\(.*?^}}$", text, re.MULTILINE | re.DOTALL).group()


class Packages(unittest.TestCase):
    """The packages as CPack makes them, around programs that are not ours."""

    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="lienthong-packages-"))
        cls.addClassCleanup(shutil.rmtree, cls.work)
        jars = cls.work / "jars"
        jars.mkdir()
        with zipfile.ZipFile(jars / "none.jar", "w") as archive:
            archive.writestr("none", "")
        build = cls.work / "build"
        run("cmake", "-S", ROOT / "tests" / "packages" / "fake", "-B", build, "-G", "Ninja",
            f"-DLIENTHONG_KAFKA_JARS={jars}", "-DLIENTHONG_PACKAGE_VERSION=1.2.3")
        run("ninja", "-C", build)
        run("cpack", "--config", build / "CPackConfig.cmake", "-B", cls.work / "made", cwd=build)
        cls.debs = {path.name.split("_")[0].removeprefix("lienthong-"): path
                    for path in (cls.work / "made").glob("*.deb")}
        cls.root = cls.work / "root"
        for path in cls.debs.values():
            run("dpkg-deb", "-x", path, cls.root)

    def units(self):
        for path in sorted((self.root / "lib/systemd/system").iterdir()):
            name = path.name.replace("@.", "@0.")
            yield unit.Unit(path.read_text(encoding="utf-8"), name), path

    def control(self, package):
        where = self.work / "control" / package
        if not where.exists():
            where.parent.mkdir(exist_ok=True)
            run("dpkg-deb", "-e", self.debs[package], where)
        return where

    def read(self, path):
        file = self.root / path.lstrip("/")
        return file.read_text(encoding="utf-8") if file.exists() else None

    def test_every_package_is_made_in_the_version_that_was_asked_for(self):
        self.assertEqual(set(self.debs), set(PACKAGES))
        for path in self.debs.values():
            self.assertIn("_1.2.3_", path.name)

    def test_programs_are_stripped(self):
        for service in SERVICES:
            program = self.root / f"usr/lib/lienthong/lienthong-{service}"
            self.assertNotIn(".symtab", run("readelf", "-S", "-W", program), service)

    def test_every_file_below_etc_is_a_conffile(self):
        for package, path in self.debs.items():
            lines = [line.split() for line in run("dpkg-deb", "-c", path).splitlines()]
            files = {words[5].lstrip(".") for words in lines
                     if words[0].startswith("-") and words[5].startswith("./etc/")}
            told = self.control(package) / "conffiles"
            named = set(told.read_text().split()) if told.exists() else set()
            self.assertEqual(files, named, package)

    def test_folders_of_keys_and_secrets_are_closed(self):
        for name in ("pki", "secrets"):
            mode = (self.root / "etc/lienthong" / name).stat().st_mode & 0o777
            self.assertEqual(mode, 0o700, name)

    def test_maintainer_scripts_are_well_formed_and_refuse_what_they_do_not_know(self):
        for package in (*SERVICES, "kafka"):
            for name in ("postinst", "prerm", "postrm"):
                script = self.control(package) / name
                run("sh", "-n", script)
                self.assertNotIn("@PACKAGE@", script.read_text())
                done = subprocess.run([script, "unheard-of"], capture_output=True, check=False)
                self.assertEqual(done.returncode, 1, f"{package} {name}")

    def test_every_service_has_a_user_of_its_own(self):
        users = []
        for one, _ in self.units():
            told = self.read(f"/usr/lib/sysusers.d/{one.user}.conf")
            self.assertIsNotNone(told, one.name)
            self.assertRegex(told, rf"^u {re.escape(one.user)} - ")
            users.append(one.user)
            run("systemd-sysusers", "--dry-run",
                self.root / f"usr/lib/sysusers.d/{one.user}.conf")
        self.assertEqual(len(set(users)), len(SERVICES) + 1)

    def test_systemd_finds_nothing_wrong_with_the_units(self):
        shutil.copytree("/lib/systemd/system", self.root / "usr/lib/systemd/system", symlinks=True,
                        dirs_exist_ok=True)
        told = subprocess.run(
            ["systemd-analyze", "verify", f"--root={self.root}", "--recursive-errors=no",
             *(one.name for one, _ in self.units())],
            capture_output=True, text=True, check=False)
        self.assertEqual((told.returncode, told.stderr), (0, ""))

    def test_systemd_finds_a_wrong_line_of_a_unit(self):
        wrong = self.work / "wrong.service"
        wrong.write_text("[Service]\nExecStart=/bin/true\nProtectSystem=perhaps\n")
        told = subprocess.run(["systemd-analyze", "verify", "--recursive-errors=no", wrong],
                              capture_output=True, text=True, check=False)
        self.assertIn("protect system", told.stderr)

    def test_units_may_do_little(self):
        for _, path in self.units():
            run("systemd-analyze", "security", "--offline=true", "--no-pager",
                f"--threshold={EXPOSURE_MAX}", path)

    def test_units_wait_for_the_drain_and_end_when_the_configuration_is_wrong(self):
        for one, _ in self.units():
            self.assertGreaterEqual(one.stop_seconds_max, 60, one.name)
            self.assertEqual(one.one("Restart"), "on-failure")
            self.assertTrue(one.one("MemoryMax"), one.name)
            if "kafka" not in one.name:
                self.assertEqual(one.one("RestartPreventExitStatus"), "2", one.name)

    def test_a_key_comes_from_the_closed_folder_and_no_variable_names_it_there(self):
        for one, _ in self.units():
            for credential in one.credentials:
                self.assertTrue(credential.source.startswith("/etc/lienthong/pki/"), one.name)
            for name, value in one.environment(self.read).items():
                self.assertNotIn("/etc/lienthong/pki", value, f"{one.name} {name}")

    def test_what_a_unit_names_is_in_the_packages(self):
        for one, _ in self.units():
            environment = one.environment(self.read)
            for command in (*one.before(), one.command()):
                self.assertTrue(os.access(self.root / command[0].lstrip("/"), os.X_OK), command)
            for name in ("LIENTHONG_CATALOGUE", "LIENTHONG_WEB_DIR"):
                if name in environment:
                    path = self.root / environment[name].lstrip("/")
                    self.assertTrue(path.exists(), environment[name])

    def test_attachments_lie_where_the_unit_may_write(self):
        for one, _ in self.units():
            if path := one.environment(self.read).get("LIENTHONG_FILES_DIR"):
                self.assertIn(path, [made for made, _ in one.directories], one.name)

    def test_every_variable_that_a_service_reads_is_in_its_files(self):
        process = (ROOT / "services/platform/rpc/process.cpp").read_text(encoding="utf-8")
        owner = "".join((ROOT / "services/platform" / name).read_text(encoding="utf-8")
                        for name in ("owner/owner.cpp", "pg/migrate.cpp"))
        for service in SERVICES:
            sources = body(process, "ReadServerOptions")
            if service != "portal":
                sources += body(process, "ReadProcessSettings")
            if service not in ("portal", "replica"):
                sources += body(process, "ReadOwnerSettings") + owner
            for path in (ROOT / "services" / service).glob("*.cpp"):
                sources += path.read_text(encoding="utf-8")
            wanted = set(READ.findall(sources))
            self.assertIn("METRICS_PORT", wanted)
            text = self.read("/etc/lienthong/common.env") + self.read(
                f"/etc/lienthong/{service}.env")
            name = f"lienthong-{service}" + ("@" if service == "replica" else "") + ".service"
            text += self.read(f"/lib/systemd/system/{name}")
            if service == "replica":
                text += self.read("/etc/lienthong/replica-0.env")
            missing = {one for one in wanted
                       if not re.search(rf"^#?(Environment=.*)?LIENTHONG_{one}=", text, re.M)
                       and not re.search(rf"^Environment=.* LIENTHONG_{one}=", text, re.M)}
            self.assertEqual(missing, set(), service)

    def test_prometheus_is_told_where_the_metrics_of_the_packages_are(self):
        text = self.read("/usr/share/lienthong/prometheus/prometheus.yml")
        self.assertNotRegex(text, r"@[A-Z_]+@")
        run("promtool", "check", "config",
            self.root / "usr/share/lienthong/prometheus/prometheus.yml")
        for one, _ in self.units():
            if "kafka" not in one.name:
                port = one.environment(self.read)["LIENTHONG_METRICS_PORT"]
                job = re.search(r"lienthong-(\w+)", one.name).group(1)
                self.assertRegex(text, rf"job_name: {job}\n.*'127\.0\.0\.1:{port}'", one.name)

    def test_pages_to_which_dashboards_and_alerts_lead_are_installed(self):
        share = self.root / "usr/share/lienthong"
        for language in ("vi", "en"):
            for board in sorted((share / "grafana/dashboards" / language).glob("*.json")):
                links = set(re.findall(r'"\$\{docs\}/([^"]+)"', board.read_text("utf-8")))
                self.assertTrue(links, board.name)
                for link in links:
                    self.assertTrue((share / link).is_file(), f"{board.name}: {link}")
        rules = "".join(path.read_text("utf-8") for path in (share / "prometheus/rules").iterdir())
        for path in set(re.findall(r"runbook\w*: deploy/(\S+)", rules)):
            self.assertTrue((share / path).is_file(), path)

    def test_the_broker_is_told_where_its_keys_are(self):
        text = self.read("/etc/lienthong/kafka.properties")
        self.assertNotRegex(text, r"@[A-Z_]+@")
        kafka, = (one for one, _ in self.units() if "kafka" in one.name)
        names = {name for name, _ in kafka.credentials}
        paths = re.findall(r"^ssl\.\w+store\.location=(.*)$", text, re.M)
        self.assertEqual({f"{kafka.credentials_directory}/{name}" for name in names}, set(paths))


class Page(unittest.TestCase):
    """The commands of the installation page."""

    def test_every_block_is_a_script_that_a_shell_can_read(self):
        shown, named = page.blocks()
        for commands in (*shown, *named.values()):
            run("bash", "-n", "-c", commands)
        self.assertIn("lienthong status", named["status"])

    def test_no_block_leaves_a_mask_of_files_or_variables_to_the_shell_of_the_next(self):
        for name, commands in page.blocks()[1].items():
            if re.search(r"umask|set -a", commands):
                self.assertRegex(commands, r"\A\(\n(?s:.*)\n\)\n\Z", name)

    def test_the_certificates_are_signed_by_the_ca_and_closed_and_the_ca_is_kept(self):
        with tempfile.TemporaryDirectory() as directory:
            pki = pathlib.Path(directory)
            for _ in range(2):
                run("bash", "-euo", "pipefail", "-c", page.blocks()[1]["certificates"],
                    env={"PATH": os.environ["PATH"], "PKI": directory})
                authority = (pki / "ca.crt").read_bytes()
            self.assertEqual((pki / "ca.crt").read_bytes(), authority)
            names = sorted(path.relative_to(pki).with_suffix("") for path in pki.rglob("*.key"))
            self.assertEqual(len(names), 12, names)
            for name in names:
                if str(name) == "ca":
                    continue
                certificate = pki / f"{name}.crt"
                run("openssl", "verify", "-x509_strict", "-CAfile", pki / "ca.crt", certificate)
                subject = run("openssl", "x509", "-noout", "-subject", "-in", certificate)
                self.assertEqual(subject.strip(), f"subject=CN = {name.name}")
                self.assertIn("IP Address:127.0.0.1",
                              run("openssl", "x509", "-noout", "-ext", "subjectAltName", "-in",
                                  certificate))
            for path in pki.rglob("*.key"):
                self.assertEqual(path.stat().st_mode & 0o077, 0, path)

    def test_one_certificate_is_renewed_with_its_key_and_the_others_are_left_alone(self):
        with tempfile.TemporaryDirectory() as directory:
            pki = pathlib.Path(directory)
            own = {"PATH": os.environ["PATH"], "PKI": directory}
            named = page.blocks()[1]
            run("bash", "-euo", "pipefail", "-c", named["certificates"], env=own)
            for name in ("replica-0/unit-H09.718", "broker"):
                before = {path: path.read_bytes() for path in pki.rglob("*.[ckp][re][tym]")}
                run("bash", "-euo", "pipefail", "-c", named["renewal"],
                    env=own | {"FILE": name, "NAME": pathlib.Path(name).name})
                changed = {path.name for path, was in before.items() if path.read_bytes() != was}
                own_files = {f"{pathlib.Path(name).name}.crt"}
                self.assertEqual(changed, own_files | ({"broker.pem"} & {f"{name}.pem"}))
                run("openssl", "verify", "-x509_strict", "-CAfile", pki / "ca.crt",
                    pki / f"{name}.crt")
                self.assertIn(f"CN = {pathlib.Path(name).name}", run(
                    "openssl", "x509", "-noout", "-subject", "-in", pki / f"{name}.crt"))
            self.assertEqual((pki / "broker.pem").read_bytes(),
                             (pki / "broker.key").read_bytes() + (pki / "broker.crt").read_bytes())


class Reader(unittest.TestCase):
    """The reader of units, on which the walk relies."""

    TEXT = ("[Service]\nUser=u\nEnvironment=A=%d/a B=%i\nEnvironmentFile=/one\n"
            "EnvironmentFile=-/two\nLoadCredential=a:/pki/a-%i\nStateDirectory=s\n"
            "StateDirectoryMode=0700\nExecStart=/bin/x serve\nTimeoutStopSec=60s\n")

    def test_files_win_over_lines_and_specifiers_are_filled_in(self):
        one = unit.Unit(self.TEXT, "x@7.service")
        values = one.environment({"/one": 'B="1 2"\nC=3\n'}.get)
        self.assertEqual(values["A"], "/run/credentials/x@7.service/a")
        self.assertEqual((values["B"], values["C"]), ("1 2", "3"))
        self.assertEqual(one.credentials, [("a", "/pki/a-7")])
        self.assertEqual(one.directories, [("/var/lib/s", 0o700)])

    def test_a_missing_file_and_an_unknown_specifier_are_told(self):
        with self.assertRaises(unit.UnitError):
            unit.Unit(self.TEXT, "x@7.service").environment(lambda path: None)
        with self.assertRaises(unit.UnitError):
            unit.Unit("[Service]\nExecStart=/bin/x %H\n", "x.service").command()


if __name__ == "__main__":
    unittest.main()
