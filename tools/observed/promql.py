"""What PromQL expressions say: metrics, labels, ranges. Read with the grammar of Prometheus."""

import dataclasses
import json
import pathlib
import subprocess

READER = pathlib.Path(__file__).resolve().with_name("promql.mjs")
SECONDS_MAX = 300


@dataclasses.dataclass(frozen=True)
class Said:
    """Of one expression. `wrong` is the text around what does not parse, "" when all does.

    `selectors`: (metric, labels, text); `ranges`: (function, range); `grouped`: labels that `by`
    and `on` name.
    """

    wrong: str
    selectors: tuple
    ranges: tuple
    grouped: tuple

    @property
    def metrics(self):
        return {metric for metric, _, _ in self.selectors}


def read(expressions):
    """[Said] of expressions without variables."""
    done = subprocess.run(["node", READER], input=json.dumps(expressions), text=True,
                          capture_output=True, timeout=SECONDS_MAX, check=False)
    if done.returncode:
        raise RuntimeError(f"{READER.name} failed: {done.stderr}")
    return [Said(one["wrong"] or "",
                 tuple((each["metric"], tuple(each["labels"]), each["text"])
                       for each in one["selectors"]),
                 tuple((each["function"], each["range"]) for each in one["ranges"]),
                 tuple(one["grouped"])) for one in json.loads(done.stdout)]
