"""A Debian 12 in a folder, by debootstrap; packages installed, commands run in it by chroot."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import time

from . import unit

SUITE = "bookworm"
COMMAND_SECONDS_MAX = 900
# A server package starts nothing in here.
POLICY = "#!/bin/sh\nexit 101\n"


class WalkError(Exception):
    """Something is not as promised; the text says what."""


class Root:
    """One such folder. Its methods need root; mounts are of the caller's mount namespace."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def inside(self, path):
        """The place of a path of the root on this machine."""
        return self.path / str(path).lstrip("/")

    def bring(self, files, folder):
        """Copies files of this machine into a folder of the root."""
        self.inside(folder).mkdir(exist_ok=True)
        for path in files:
            shutil.copy(path, self.inside(folder))

    def read(self, path):
        file = self.inside(path)
        return file.read_text(encoding="utf-8") if file.exists() else None

    def make(self, base, archives):
        """A copy of `base`, which is made when it is not there yet."""
        if not base.exists():
            unfinished = base.with_name("unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            checked(["debootstrap", "--variant=minbase", SUITE, str(unfinished)])
            unfinished.rename(base)
        if self.path.exists():
            shutil.rmtree(self.path)
        checked(["cp", "--archive", "--reflink=auto", str(base), str(self.path)])
        policy = self.inside("/usr/sbin/policy-rc.d")
        policy.write_text(POLICY, encoding="ascii")
        policy.chmod(0o755)
        # It lives for minutes: nothing has to survive a power cut.
        self.inside("/etc/dpkg/dpkg.cfg.d/unsafe-io").write_text("force-unsafe-io\n")
        shutil.copy("/etc/resolv.conf", self.inside("/etc/resolv.conf"))
        archives.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def mounted(self, archives=None):
        """With /proc, shared memory and, for apt, the archives that were fetched before."""
        wanted = [(["-t", "proc", "proc"], "/proc"), (["-t", "tmpfs", "tmpfs"], "/dev/shm")]
        if archives:
            wanted.append((["--bind", str(archives)], "/var/cache/apt/archives"))
        done = []
        try:
            for source, target in wanted:
                self.inside(target).mkdir(exist_ok=True)
                checked(["mount", *source, str(self.inside(target))])
                done.append(target)
            yield
        finally:
            for target in reversed(done):
                checked(["umount", "--lazy", str(self.inside(target))])

    def run(self, *command, code=0, variables=None):
        """Runs a command as root in it; its output. Another exit code than `code` is an error."""
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                       "LANG": "C.UTF-8", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive",
                       **(variables or {})}
        environment |= {name: os.environ[name] for name in ("http_proxy", "https_proxy")
                        if name in os.environ}
        return checked(["chroot", str(self.path), *command], code, env=environment)

    def shell(self, text, **options):
        return self.run("bash", "-euo", "pipefail", "-c", text, **options)

    def user_ids(self, name):
        for line in self.read("/etc/passwd").splitlines():
            fields = line.split(":")
            if fields[0] == name:
                return int(fields[2]), int(fields[3])
        raise WalkError(f"no user {name}")


class Service:
    """A unit of a root, run as systemd would: credentials, directories, environment, user."""

    def __init__(self, root, name, log):
        template = name if "@" not in name else name.partition("@")[0] + "@.service"
        self.root = root
        self.unit = unit.Unit(root.read(f"/lib/systemd/system/{template}"), name)
        self.log = log / f"{name}.log"
        self._process = None

    def start(self):
        self._prepare()
        for command in self.unit.before():
            with self.log.open("ab") as log:
                done = subprocess.run(self._as_user(command), stdout=log, stderr=log, check=False,
                                      timeout=COMMAND_SECONDS_MAX)
            if done.returncode:
                raise WalkError(f"{command}: exit code {done.returncode}\n{self.last_lines()}")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._as_user(self.unit.command()), stdout=log,
                                             stderr=log)

    def stop(self):
        """As systemd stops it; an exit code that the unit does not call a success is an error."""
        self._process.terminate()
        try:
            code = self._process.wait(self.unit.stop_seconds_max)
        except subprocess.TimeoutExpired:
            raise WalkError(f"{self.unit.name} does not end\n{self.last_lines()}") from None
        good = {"0", *self.unit.one("SuccessExitStatus").split()}
        if str(code) not in good:
            raise WalkError(f"{self.unit.name}: exit code {code}\n{self.last_lines()}")

    def require_running(self):
        if self._process.poll() is not None:
            raise WalkError(f"{self.unit.name} ended: {self._process.returncode}\n"
                            f"{self.last_lines()}")

    def require_no_keys(self):
        """Whether its user is kept from the keys themselves, its own too."""
        for credential in self.unit.credentials:
            done = subprocess.run(self._as_user(["ls", credential.source]), check=False,
                                  capture_output=True)
            if done.returncode == 0:
                raise WalkError(f"{self.unit.user} can reach {credential.source}")

    def last_lines(self):
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])

    def _prepare(self):
        ids = self.root.user_ids(self.unit.user)
        for path, mode in self.unit.directories:
            self._directory(path, mode, ids)
        where = self.unit.credentials_directory
        if self.root.inside(where).exists():
            shutil.rmtree(self.root.inside(where))
        self._directory(where, 0o700, ids)
        for name, source in self.unit.credentials:
            file = self.root.inside(source)
            files = {name: file}
            if file.is_dir():
                files = {f"{name}_{one.name}": one for one in file.iterdir()}
            for id_, one in files.items():
                copy = self.root.inside(f"{where}/{id_}")
                shutil.copyfile(one, copy)
                copy.chmod(0o400)
                os.chown(copy, *ids)

    def _directory(self, path, mode, ids):
        place = self.root.inside(path)
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(mode)
        os.chown(place, *ids)

    def _as_user(self, command):
        values = self.unit.environment(self.root.read)
        directory = self.unit.one("WorkingDirectory") or "/"
        return ["chroot", str(self.root.path), "setpriv", "--reuid", self.unit.user, "--regid",
                self.unit.user, "--clear-groups", "--no-new-privs", "--inh-caps=-all",
                "--bounding-set=-all", "env", "--chdir", directory, "-i",
                *(f"{name}={value}" for name, value in values.items()), *command]


def checked(command, code=0, **options):
    """Runs a command; its output. Another exit code than `code` is an error with its last lines."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False, timeout=COMMAND_SECONDS_MAX, **options)
    if done.returncode != code:
        last = "\n".join(done.stdout.splitlines()[-30:])
        raise WalkError(f"{' '.join(command)[:300]}: exit code {done.returncode}\n{last}")
    return done.stdout


def eventually(seconds_max, attempt):
    """Repeats attempt() until it raises no WalkError; the last one when the time is over."""
    end = time.monotonic() + seconds_max
    while True:
        try:
            return attempt()
        except WalkError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
