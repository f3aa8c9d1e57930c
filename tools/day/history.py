"""The history of calls: one JSON line for each, written as it ends.

Fields: client, number, operation, request_id, system, official, start, end (seconds since the
epoch), attempts [{start, end, code, reason}], outcome ("OK", "refused" or "open": never
answered), code and reason of the last attempt, and of an OK answer record_type, record_id, version.
"""

import dataclasses
import json
import threading

from .client import Attempt

OK, REFUSED, OPEN = "OK", "refused", "open"


@dataclasses.dataclass
class Call:
    """One call of a client, with all its attempts."""

    client: int
    number: int
    operation: str
    request_id: str
    system: str
    official: str
    start: float
    end: float = 0.0
    attempts: list = dataclasses.field(default_factory=list)
    outcome: str = OPEN
    code: str = ""
    reason: str = ""
    record_type: str = ""
    record_id: str = ""
    version: int = 0


class History:
    """Appends to a file. Any thread."""

    def __init__(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "a", encoding="utf-8")
        self._lock = threading.Lock()
        self.acknowledged = 0
        self.doubtful = 0       # attempts whose outcome stayed open
        self.repeated = 0       # attempts beyond the first of their call

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def add(self, call):
        line = json.dumps(dataclasses.asdict(call), ensure_ascii=False)
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()
            self.acknowledged += call.outcome == OK
            self.doubtful += sum(attempt.doubtful for attempt in call.attempts)
            self.repeated += max(0, len(call.attempts) - 1)


def repeats(calls):
    """{"doubtful": attempts whose outcome stayed open, "repeated": attempts beyond the first of
    their call} of the lines of a history."""
    attempts = [Attempt(**attempt) for call in calls for attempt in call["attempts"]]
    return {"doubtful": sum(attempt.doubtful for attempt in attempts),
            "repeated": sum(max(0, len(call["attempts"]) - 1) for call in calls)}


def read(path):
    """All lines of a history, as dicts; a last line cut short by a kill is left out."""
    calls = []
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                calls.append(json.loads(line))
            except json.JSONDecodeError:
                break
    return calls
