"""A systemd unit as far as ours use it: what systemd prepares for its command lines."""

import collections
import re
import shlex

Credential = collections.namedtuple("Credential", "name source")
# Of a system unit: https://www.freedesktop.org/software/systemd/man/systemd.unit.html, Specifiers.
RUNTIME = "/run"
STATE = "/var/lib"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"


class UnitError(Exception):
    """The unit has something that this reader does not know."""


class Unit:
    """One unit file; of a template the instance."""

    def __init__(self, text, name):
        """name: `lienthong-replica@0.service`."""
        self.name = name
        self.instance = name.partition("@")[2].removesuffix(".service")
        self._values = collections.defaultdict(list)
        section = ""
        for line in text.splitlines():
            if line.startswith(("#", ";")) or not line.strip():
                continue
            if match := re.fullmatch(r"\[(\w+)\]", line):
                section = match.group(1)
                continue
            key, equals, value = line.partition("=")
            if not equals or value.endswith("\\"):
                raise UnitError(f"{name}: {line}")
            self._values[section, key].append(value)

    def all(self, key, section="Service"):
        return [self._expand(value) for value in self._values[section, key]]

    def one(self, key, section="Service"):
        """The only value of a key, "" without one."""
        values = self.all(key, section)
        if len(values) > 1:
            raise UnitError(f"{self.name}: {key} more than once")
        return values[0] if values else ""

    @property
    def user(self):
        return self.one("User")

    @property
    def credentials_directory(self):
        return f"{RUNTIME}/credentials/{self.name}"

    @property
    def credentials(self):
        return [Credential(*value.split(":", 1)) for value in self.all("LoadCredential")]

    @property
    def directories(self):
        """[(path, mode)] that systemd makes for the user."""
        made = []
        for key, base in (("Runtime", RUNTIME), ("State", STATE)):
            mode = int(self.one(f"{key}DirectoryMode") or "755", 8)
            made += [(f"{base}/{name}", mode) for name in self.one(f"{key}Directory").split()]
        return made

    @property
    def stop_seconds_max(self):
        value = self.one("TimeoutStopSec")
        match = re.fullmatch(r"(\d+)s", value)
        if not match:
            raise UnitError(f"{self.name}: TimeoutStopSec={value}")
        return int(match.group(1))

    def before(self):
        """The command lines of ExecStartPre, each a list of words."""
        return [shlex.split(line) for line in self.all("ExecStartPre")]

    def command(self):
        return shlex.split(self.one("ExecStart"))

    def environment(self, read):
        """What the process gets; read(path): the text of a file, None when there is none."""
        values = {"PATH": PATH, "LANG": "C.UTF-8", "USER": self.user}
        if self.credentials:
            values["CREDENTIALS_DIRECTORY"] = self.credentials_directory
        for key, base in (("Runtime", RUNTIME), ("State", STATE)):
            if name := self.one(f"{key}Directory"):
                values[f"{key.upper()}_DIRECTORY"] = f"{base}/{name}"
        for line in self.all("Environment"):
            values.update(word.split("=", 1) for word in shlex.split(line))
        for path in self.all("EnvironmentFile"):
            text = read(path.removeprefix("-"))
            if text is None and not path.startswith("-"):
                raise UnitError(f"{self.name}: {path} is missing")
            values.update(variables(text or ""))
        return values

    def _expand(self, text):
        known = {"i": self.instance, "t": RUNTIME, "d": self.credentials_directory, "%": "%"}

        def value(match):
            if match.group(1) not in known:
                raise UnitError(f"{self.name}: specifier {match.group()}")
            return known[match.group(1)]

        return re.sub(r"%(.)", value, text)


def variables(text):
    """{NAME: value} of an environment file."""
    found = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        words = shlex.split(value)
        if not equals or not re.fullmatch(r"[A-Z_]+", name) or len(words) > 1:
            raise UnitError(f"environment file: {name}")
        found[name] = words[0] if words else ""
    return found
