"""The running stack that a run directory belongs to, and whether it may be loaded."""

import pathlib
import re
import urllib.parse

import yaml

from day import cast, progress, province, providers, tickets, traffic
from stack import processes, services, settings

LAST_STEP = "storm"     # of the day: until then tools/run kills processes
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def stack_of(run):
    """The settings.Stack of a run directory, from the configuration its servers run with; a
    StackError where none was started."""
    run = pathlib.Path(run).resolve()
    try:
        text = (run / "postgres" / "data" / "postgresql.conf").read_text(encoding="utf-8")
    except OSError as error:
        raise settings.StackError(f"no stack was started in {run}: {error.strerror}") from None
    port = re.search(r"^port = (\d+)", text, re.MULTILINE)
    if not port:
        raise settings.StackError(f"{run}: PostgreSQL's configuration names no port")
    own = run / "topics.yaml"   # of a stack of some units only
    units = yaml.safe_load(own.read_text(encoding="utf-8"))["units"] if own.exists() else ()
    return settings.Stack(run=run, units=tuple(units),
                          port_shift=int(port.group(1)) - settings.read_ports()["POSTGRES_PORT"])


def require_up(stack):
    """A StackError unless every process of ours runs."""
    down = [name for name in services.names(stack) if not processes.is_running(stack, name)]
    if down:
        raise settings.StackError(f"the stack of {stack.run} is not up ({', '.join(down)}): "
                                  "tools/run starts it")


def require_own_providers(stack):
    """A StackError when messages to citizens would leave this machine: their numbers are invented,
    and may be somebody's."""
    path = pathlib.Path(f"/proc/{processes.pid(stack, 'hotline')}/environ")
    values = dict(line.split("=", 1) for line in path.read_bytes().decode(errors="replace").split(
        "\0") if "=" in line)
    for name in providers.VARIABLES:
        if name.endswith("_URL") and values.get(name):
            if urllib.parse.urlsplit(values[name]).hostname not in LOOPBACK:
                raise settings.StackError(
                    f"{name} of this run's hotline is no address of this machine: start the run "
                    "without it, so that no invented number gets a message")


def day_of(stack, calls):
    """The cast.Day of a stack that has played it; otherwise a StackError. `calls`: a
    client.Client."""
    early = f"the day of {stack.run} is not over: wait until tools/run says `up`"
    if not (stack.run / "progress.json").exists():
        raise settings.StackError(early)
    done = progress.Progress(stack)
    if not done.is_finished(LAST_STEP):
        raise settings.StackError(early)
    day = cast.Day(stack, calls, province.Province(stack, done.seed), done)
    if not tickets.centre(day):
        raise settings.StackError("no unit of this run keeps the hotline: --units needs H09.03")
    return day


def territories(day):
    """Every district with communes of its own, once."""
    count = len(day.province.units_of_kind("DISTRICT"))
    return list(dict.fromkeys(traffic.territories(day.province, count)))
