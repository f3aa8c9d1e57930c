"""The reference of a ticket's life: pgbench with the statements that the service itself runs.

They are read from the server's log while the service handles one ticket, with their parameters, in
their order: so the reference cannot be another than the service of today. Ids, the citizen's code
and the ticket's own word are new in each run of the script; the rest is the same in all.
"""

import contextlib
import dataclasses
import pathlib
import re

from stack import postgres, settings

from . import pgbench

DATABASE = "hotline"
NUMBERS_A_RUN = 10_000_000    # more than one takes
LOGGED = {"log_statement": "all", "log_error_verbosity": "default"}
LINE = re.compile(r"^[\d-]+ [\d:.]+ UTC \[(\d+)\] (\S+) (LOG|DETAIL):  (.*)$", re.DOTALL)
EXECUTED = re.compile(r"(?:execute ([^:]*)|statement): (.*)", re.DOTALL)
VALUE = re.compile(r"(\$\d+) = (?:'((?:[^']|'')*)'|NULL)", re.DOTALL)
# Made by the service: of version 4 or 7. Those of officials and requests of the day are of 5.
NEW_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclasses.dataclass
class Statement:
    sql: str
    values: list    # of its parameters; None = NULL


class Reference:
    """Made from what `live_once()` does: it returns the texts that tell its transactions from those
    of others, and the citizen's code."""

    def __init__(self, place, live_once):
        self._place = place
        with _logged(place.stack) as read:
            marks, code = live_once()
            transactions = [one for one in transactions_of(read())
                            if any(mark in (value or "") for statement in one
                                   for value in statement.values for mark in marks)]
        if not transactions:
            raise settings.StackError("the log has no transaction of the ticket")
        self.statements = sum(map(len, transactions))
        self._variables, text = script(place.stack, transactions, code)
        self._script = place.stack.run / "tickets.sql"
        self._script.write_text(text, encoding="utf-8")

    def run(self, clients, seconds):
        """Tickets in one run, by number and by second."""
        variables = self._variables | {
            "n": -1, "clients": clients, "first": self._place.numbers(NUMBERS_A_RUN)}
        return pgbench.run(self._place, DATABASE, self._script, variables, clients, seconds)


@contextlib.contextmanager
def _logged(stack):
    """Every statement with its parameters is in the log for a while; yields what reads it."""
    path = pathlib.Path(stack.log) / "postgres.log"
    begin = path.stat().st_size

    def read():
        with path.open("rb") as file:
            file.seek(begin)
            return file.read().decode("utf-8")

    def change(verb):
        for name, value in LOGGED.items():
            postgres.query(stack, "postgres", f"ALTER SYSTEM {verb} {name}"
                           + (f" = '{value}'" if verb == "SET" else ""), user=postgres.SUPERUSER)
        postgres.query(stack, "postgres", "SELECT pg_reload_conf(), pg_sleep(1)",
                       user=postgres.SUPERUSER)

    change("SET")
    try:
        yield read
    finally:
        change("RESET")


def transactions_of(log):
    """[[Statement]]: what each connection to the database ran between BEGIN and COMMIT."""
    entries = re.split(r"\n(?!\t)", log)
    open_ones, done = {}, []
    for entry in entries:
        found = LINE.match(entry.replace("\n\t", "\n"))
        if not found or found.group(2) != DATABASE:
            continue
        pid, kind, text = found.group(1), found.group(3), found.group(4)
        if kind == "DETAIL":
            if pid in open_ones and text.startswith("parameters: "):
                open_ones[pid][-1].values = [
                    None if found.group(2) is None else found.group(2).replace("''", "'")
                    for found in VALUE.finditer(text)]
            continue
        executed = EXECUTED.match(text)
        if not executed:
            continue
        sql = executed.group(2)
        if sql.upper().startswith("BEGIN"):
            open_ones[pid] = []
        if pid in open_ones:
            open_ones[pid].append(Statement(sql, []))
            if sql.upper() in ("COMMIT", "ROLLBACK"):
                done.append(open_ones.pop(pid))
    return done


def script(stack, transactions, code):
    """(variables, text) for pgbench: each parameter is a variable, or put together where it is new
    with each ticket. `code` is the citizen's."""
    variables = {}
    lines = [r"\set n :n + 1", r"\set k :first + :n * :clients + :client_id"]
    with postgres.connect(stack, DATABASE) as session:
        for transaction in transactions:
            for statement in transaction:
                types = _types(session, statement)
                expressions = [
                    f"({expression(value, code, variables)})::{kind}"
                    for value, kind in zip(statement.values, types)]
                lines.append(re.sub(r"\$(\d+)", lambda found, ready=expressions:
                                    ready[int(found.group(1)) - 1], statement.sql) + ";")
    return variables, "\n".join(lines) + "\n"


def _types(session, statement):
    """Of the parameters, as the server takes them to be."""
    if not statement.values:
        return []
    postgres.rows(session, f"PREPARE one AS {statement.sql}")
    found = postgres.rows(session, "SELECT parameter_types::text[] FROM pg_prepared_statements"
                                   " WHERE name = 'one'")
    postgres.rows(session, "DEALLOCATE one")
    return found[0][0]


def expression(value, code, variables):
    """What stands for a value: ids keep all but their last twelve digits, and the number of the
    ticket in their place."""
    if value is None:
        return "NULL"
    if value == "":
        return "''"
    parts, at = [], 0
    for begin, end in sorted(_new_parts(value, code)):
        parts += [_variable(value[at:begin], variables), ":k"]
        at = end
    parts.append(_variable(value[at:], variables))
    return " || ".join(part for part in parts if part)


def _new_parts(value, code):
    """[(begin, end)] of what is another text in each ticket."""
    for found in NEW_ID.finditer(value):
        yield found.end() - 12, found.end()
    for found in re.finditer(rf"{code}|(?<=bench)\d{{12}}", value):
        yield found.span()


def _variable(text, variables):
    if not text:
        return ""
    name = next((name for name, known in variables.items() if known == text), None)
    if name is None:
        name = f"v{len(variables)}"
        variables[name] = text
    return f":{name}"
