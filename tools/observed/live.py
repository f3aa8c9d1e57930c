"""A running Prometheus, asked over its HTTP API."""

import json
import math
import pathlib
import urllib.error
import urllib.parse
import urllib.request

import yaml

SECONDS_MAX = 30
JOB = "prometheus"      # that scrapes itself


class Unreachable(Exception):
    """There is no Prometheus that answers; the text is for the person who asked."""


class Refused(Exception):
    """Prometheus refused a query; the text is its own."""


class Prometheus:
    """One server, by its address."""

    def __init__(self, address):
        self.address = address

    @classmethod
    def of_run(cls, run):
        """That of a stack of tools/run, by its run directory."""
        path = pathlib.Path(run) / "prometheus" / "prometheus.yml"
        try:
            told = yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise Unreachable(f"no stack was started in {run}: {error.strerror}: {path}") from None
        targets = [one["static_configs"][0]["targets"][0] for one in told["scrape_configs"]
                   if one["job_name"] == JOB]
        if len(targets) != 1:
            raise Unreachable(f"{path} has not one job {JOB}, which tells where it is")
        return cls(f"http://{targets[0]}")

    def query(self, expr):
        """[(labels, number)] of an instant query, without those that are no number."""
        result = self._ask("query", {"query": expr})
        if result["resultType"] == "scalar":
            samples = [({}, float(result["result"][1]))]
        else:
            samples = [(one["metric"], float(one["value"][1])) for one in result["result"]]
        return [(labels, number) for labels, number in samples if not math.isnan(number)]

    def label_values(self, selector, label):
        """Values that a label has in the series of a selector."""
        return sorted({labels[label] for labels, _ in self.query(
            f"group by ({label}) ({selector})") if label in labels})

    def _ask(self, path, fields):
        request = urllib.request.Request(f"{self.address}/api/v1/{path}",
                                         urllib.parse.urlencode(fields).encode())
        try:
            with urllib.request.urlopen(request, timeout=SECONDS_MAX) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            try:
                raise Refused(json.loads(text)["error"]) from None
            except (ValueError, KeyError):
                raise Unreachable(f"{self.address}: {error}") from None
        except (OSError, ValueError) as error:
            raise Unreachable(f"{self.address} does not answer: {error}") from None
