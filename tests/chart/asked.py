"""The LIENTHONG_* that each program reads, found in its sources."""

import collections
import re

from . import place

SERVICES = place.ROOT / "services"
PLATFORM = SERVICES / "platform"
OWNERS = ("directory", "registry", "document", "hotline")
CALL = re.compile(
    r"config\.(Text|Number|List|Map|Milliseconds)\(\s*\"([A-Z0-9_]+)\"\s*((?:,[^;]*?)?)\)\s*[;,)*]")
FUNCTION = re.compile(r"^(?:[\w:<>]+[ &*]+)+(\w+)\([^;{}]*\) (?:const )?\{$(.*?)^\}", re.M | re.S)
REQUIRED_ARGUMENTS = {"Text": 0, "Number": 2, "List": 0, "Map": 0, "Milliseconds": None}

Asked = collections.namedtuple("Asked", "required optional")


def _calls(text):
    """(name, whether it is required); what is read only under a condition is not."""
    for call in CALL.finditer(text):
        kind, name, rest = call.groups()
        line = text[text.rfind("\n", 0, call.start()) + 1:call.start()]
        unconditional = not line.lstrip().startswith("if ")
        yield name, unconditional and rest.count(",") == REQUIRED_ARGUMENTS[kind]


def _function(path, name):
    bodies = dict(FUNCTION.findall(path.read_text(encoding="utf-8")))
    if name not in bodies:
        raise AssertionError(f"{path.name}: no function {name}")
    return bodies[name]


def _of(*texts):
    required, optional = set(), set()
    for text in texts:
        for name, is_required in _calls(text):
            (required if is_required else optional).add(name)
    return Asked(required, optional - required)


def _settings(service):
    return (SERVICES / service / "settings.cpp").read_text(encoding="utf-8")


def asked():
    """{service: Asked} of the names without the prefix."""
    process = PLATFORM / "rpc" / "process.cpp"
    server = _function(process, "ReadServerOptions")
    common = server + _function(process, "ReadProcessSettings")
    owner = common + _function(process, "ReadOwnerSettings")
    follower = owner + _function(PLATFORM / "owner" / "owner.cpp", "ReadSettings")
    made = {name: _of(follower, _settings(name)) for name in OWNERS}
    made["directory"] = _of(owner, _settings("directory"))  # follows nobody
    made["replica"] = _of(common, _settings("replica"))
    made["portal"] = _of(server, _settings("portal"))
    return made
