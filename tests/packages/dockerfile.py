"""deploy/Dockerfile as far as ours uses it: the lines of a stage, to be executed without Docker."""

import dataclasses
import json
import pathlib
import re

PATH = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "Dockerfile"
KNOWN = {"FROM", "ARG", "RUN", "ENV", "USER", "HEALTHCHECK", "CMD", "COPY", "WORKDIR"}


@dataclasses.dataclass
class Stage:
    """What stands between two lines FROM."""

    name: str
    image: str
    arguments: dict = dataclasses.field(default_factory=dict)
    run: list = dataclasses.field(default_factory=list)     # command lines for a shell
    environment: dict = dataclasses.field(default_factory=dict)
    user: str = "0:0"
    health: list = dataclasses.field(default_factory=list)  # words
    command: list = dataclasses.field(default_factory=list)  # words

    def variables(self, service):
        """Its environment when it was built for a service."""
        return {name: value.replace("$SERVICE", service)
                for name, value in self.environment.items()}


def instructions(text):
    """(name, the rest) of every instruction, continued lines joined."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in re.sub(r"\\\n\s*", "", lines).splitlines():
        if line.strip():
            name, _, rest = line.partition(" ")
            if name not in KNOWN:
                raise ValueError(f"Dockerfile: {name}")
            yield name, rest.strip()


def stages(text=None):
    found = []
    for name, rest in instructions(text or PATH.read_text(encoding="utf-8")):
        if name == "FROM":
            image, label = re.fullmatch(r"(\S+) AS (\w+)", rest).groups()
            found.append(Stage(label, image))
            continue
        stage_ = found[-1]
        if name == "ARG":
            key, _, value = rest.partition("=")
            stage_.arguments[key] = value
        elif name == "RUN":
            stage_.run.append(re.sub(r"^(--mount=\S+\s+)+", "", rest))
        elif name == "ENV":
            stage_.environment |= dict(word.split("=", 1) for word in rest.split())
        elif name == "USER":
            stage_.user = rest
        elif name == "HEALTHCHECK":
            stage_.health = json.loads(rest.partition("CMD ")[2])
        elif name == "CMD":
            stage_.command = json.loads(rest)
    return found


def stage(name):
    return next(one for one in stages() if one.name == name)
