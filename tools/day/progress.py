"""What of the day is done: `<run>/progress.json`, so that a second start plays nothing twice."""

import contextlib
import json
import os
import time

from stack import services, settings

SEED = 20190710
CITIZENS = 20000


def wanted(stack, seed=None, citizens=None):
    """{"seed": ..., "citizens": ...} of a start with these options, None: as the run directory says,
    or the defaults of a new one. Others than those it was loaded with are a StackError.
    """
    options = {"seed": seed, "citizens": citizens}
    path = _path(stack)
    if not path.exists():
        defaults = {"seed": SEED, "citizens": CITIZENS}
        return {name: defaults[name] if value is None else value
                for name, value in options.items()}
    loaded = json.loads(path.read_text(encoding="utf-8"))
    for name, value in options.items():
        if value not in (None, loaded[name]):
            raise settings.StackError(f"{stack.run} was loaded with {name} {loaded[name]}, not "
                                      f"{value}: remove that directory to begin anew")
    return {name: loaded[name] for name in options}


def _path(stack):
    return stack.run / "progress.json"


class Progress:
    """Finished steps with their times and facts, and what was planned for unfinished ones.

    For `seed` and `citizens` see wanted().
    """

    def __init__(self, stack, seed=None, citizens=None):
        self._path = _path(stack)
        self._before = set()
        plan = wanted(stack, seed, citizens)
        if self._path.exists():
            self._data = json.loads(self._path.read_text(encoding="utf-8"))
        else:
            self._data = plan | {
                "business_offset_seconds": services.business_offset_seconds(stack),
                "finished": {}, "planned": {}}
            self._write()
        self.seed, self.citizens = self._data["seed"], self._data["citizens"]

    def step(self, name, text, action):
        """Runs `action(facts)` unless it is finished, with one line when it ends.

        `facts` is a dict it fills for the line and for later steps; it is returned.
        """
        finished = self._data["finished"]
        if name in finished:
            self._before.add(name)
            say(f"done before  {text}")
            return finished[name]["facts"]
        facts = {}
        with timed(text, facts) as spent:
            action(facts)
        finished[name] = {"seconds": spent[0], "facts": facts, "ended_at": time.time()}
        self._write()
        return facts

    def is_finished(self, name):
        return name in self._data["finished"]

    def before(self, name):
        """When a step was finished, in seconds since the epoch, if an earlier start did it; 0 when
        that was not noted. None: this start did it.
        """
        if name not in self._before:
            return None
        return self._data["finished"][name].get("ended_at", 0)

    def plan(self, name, make):
        """What was planned under a name; `make()` decides it once and for all.

        A repeated call must have the same content, so what a step draws by time is kept.
        """
        if name not in self._data["planned"]:
            self._data["planned"][name] = make()
            self._write()
        return self._data["planned"][name]

    def next_round(self, name):
        """1, 2, ...: how often something was begun, this time included."""
        rounds = self._data["planned"].get(name, 0) + 1
        self._data["planned"][name] = rounds
        self._write()
        return rounds

    def seconds(self, before=None):
        """{step: seconds} of the finished steps; only those of earlier starts, or of this one."""
        return {name: step["seconds"] for name, step in self._data["finished"].items()
                if before in (None, name in self._before)}

    def facts(self, name):
        return self._data["finished"][name]["facts"]

    def _write(self):
        new = self._path.with_suffix(".new")
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps(self._data, indent=1, ensure_ascii=False), encoding="utf-8")
        os.replace(new, self._path)


@contextlib.contextmanager
def timed(text, facts=None):
    """One line when the block ends: how long it took, what was done, what is to be known of it."""
    begin = time.monotonic()
    spent = []
    yield spent
    spent.append(round(time.monotonic() - begin, 3))
    shown = ", ".join(f"{name} {value}" for name, value in (facts or {}).items()
                      if not name.startswith("_"))
    say(f"{spent[0]:9.2f} s  {text}{': ' + shown if shown else ''}")


def say(text):
    print(text, flush=True)
