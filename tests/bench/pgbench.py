"""pgbench with the service's own SQL, on the same server, in a copy of the service's database: same
schema, same rows, same statistics.
"""

import dataclasses
import os
import re
import subprocess

from stack import postgres, services, settings

SERVICES = settings.ROOT / "services"
# As pg::Connection sets it.
SETTINGS = {"PGOPTIONS": "-c enable_seqscan=off"}


@dataclasses.dataclass(frozen=True)
class Run:
    """How often the script was run, in all and a second."""

    done: int
    per_second: float


def array(*texts):
    """A PostgreSQL array of texts."""
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"


def check(script, *transactions):
    """Refuses a script that is not what the service runs today.

    Each transaction is (file of a pg::Statement, its name) in their order.
    """
    text = re.sub(r"\\gset.*$", ";", script.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = re.sub(r"^(--|\\).*$", "", text, flags=re.MULTILINE)
    ours = [_plain(part) for part in text.split(";") if part.strip()]
    names, wanted = [], []
    for statements in transactions:
        names += ["BEGIN", *(name for _, name in statements), "COMMIT"]
        wanted += ["BEGIN", *(_pattern(_statement(*where)) for where in statements), "COMMIT"]
    if len(ours) != len(wanted):
        raise settings.StackError(f"{script.name}: {len(ours)} statements, not {len(wanted)}")
    for name, statement, pattern in zip(names, ours, wanted):
        if not re.fullmatch(pattern, statement):
            raise settings.StackError(f"{script.name}: {name} is not what the service runs")


def _statement(file, name):
    """The SQL of a pg::Statement of the sources, its string literals joined."""
    source = (SERVICES / file).read_text(encoding="utf-8")
    found = re.search(rf'"{name}",\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', source)
    if not found:
        raise settings.StackError(f"{file}: no statement {name}")
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', found.group(1)))


def _plain(statement):
    return re.sub(r"\s+", " ", statement.strip())


def _pattern(statement):
    """A pattern with any expression of parameters in the place of each parameter."""
    text = _plain(re.sub(r"\(\s+|\s+\)", lambda found: found.group().strip(), statement))
    parts = [re.escape(part).replace(r"\ ", r"\s*") for part in re.split(r"\$\d+", text)]
    return "(.+?)".join(part.replace(r"\(", r"\(\s*") for part in parts)


def make(place, owner, database):
    """The database, anew from the owner's; its service stops for that moment."""
    stack = place.stack
    postgres.drop_database(stack, database)
    services.stop(stack, owner)
    postgres.query(stack, "postgres", f"CREATE DATABASE {database} OWNER {postgres.USER}"
                   f" TEMPLATE {owner}", user=postgres.SUPERUSER)
    place.serve(owner)
    postgres.vacuum_analyze(stack, [database])
    place.settle(owner)


def run(place, database, script, variables, clients, seconds):
    """One run of pgbench; none of its transactions may fail."""
    stack = place.stack
    command = [postgres.BIN / "pgbench", "-n", "-M", "prepared", "-c", clients,
               "-j", min(2, clients), "-T", seconds, "-f", script,
               "-h", stack.postgres_socket, "-p", stack.port("POSTGRES"), "-U", postgres.USER,
               *(part for name, value in variables.items() for part in ("-D", f"{name}={value}")),
               database]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=seconds + 60, check=False, env=os.environ | SETTINGS)
    rate = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    count = re.search(r"number of transactions actually processed: (\d+)", done.stdout)
    failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
    if done.returncode != 0 or not rate or not count or (failed and failed.group(1) != "0"):
        raise settings.StackError(f"pgbench: {done.stdout}{done.stderr}")
    return Run(int(count.group(1)), float(rate.group(1)))
