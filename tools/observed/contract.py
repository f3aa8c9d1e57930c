"""The dash contract: what operators are shown is there, in a stack that runs.

Every query of a panel and every rule gives data; every metric that our processes show is described,
with its labels and no more series than its bound.
"""

import collections
import dataclasses
import pathlib
import time

import yaml

from . import live, metrics, panels, promql, rules

INCIDENTS = pathlib.Path(__file__).resolve().with_name("incidents.yaml")
POLL_SECONDS = 2
VALUES = {"__rate_interval": "1m", "__interval": "15s", "__range": "15m", "__range_s": "900"}
ALL = ".*"
JOBS = "directory|registry|document|hotline|portal|replica"
SHOWN = f'{{__name__=~"(lienthong|grpc_server|process)_.+",job=~"{JOBS}"}}'


@dataclasses.dataclass
class Outcome:
    """`broken`: what is not as promised, for people. `quiet`: what needs an incident."""

    queries: int = 0
    rules: int = 0
    metrics: int = 0
    series: int = 0
    quiet: list = dataclasses.field(default_factory=list)
    broken: list = dataclasses.field(default_factory=list)


class Contract:
    """One look at one Prometheus. Throws live.Unreachable when there is none."""

    def __init__(self, prometheus):
        self._prometheus = prometheus
        self._dashboards = {name: dashboard
                            for (_, name), dashboard in panels.load(languages=("en",)).items()}
        self._rules = rules.load()
        self._incidents = yaml.safe_load(INCIDENTS.read_text(encoding="utf-8"))
        self._outcome = Outcome()

    def look(self, wait_seconds):
        """Asks until all is there, at most for so long; rates need a moment after a start."""
        self._prometheus.query("vector(1)")
        checks = [*self._panel_checks(), *self._rule_checks()]
        missing = self._until_there(checks, wait_seconds)
        for name, problem, excuse in missing:
            if excuse and problem == "":
                self._outcome.quiet.append(f"{name}: {excuse}")
            else:
                self._outcome.broken.append(f"{name}: {problem or 'no data'}")
        self._check_metrics()
        self._check_incidents({name for name, _, _ in checks})
        return self._outcome

    def _until_there(self, checks, wait_seconds):
        """[(name, problem, excuse)] of those that have no data at the end. What is excused is not
        waited for."""
        deadline = time.monotonic() + wait_seconds
        left = checks
        while True:
            missing = []
            for check in left:
                name, excuse, has_data = check
                try:
                    if not has_data():
                        missing.append((check, (name, "", excuse)))
                except live.Refused as error:
                    missing.append((check, (name, str(error), excuse)))
            waited_for = [problem for _, problem in missing if not problem[2]]
            if not waited_for or time.monotonic() > deadline:
                return [problem for _, problem in missing]
            left = [check for check, _ in missing]
            time.sleep(POLL_SECONDS)

    def _panel_checks(self):
        """(name, excuse or None, whether it has data) of each query of a panel."""
        for name, dashboard in self._dashboards.items():
            variables = panels.variables(dashboard)
            for query in panels.queries(dashboard):
                self._outcome.queries += 1
                where = f"{name}/{query.where.split('/', 1)[1]}"
                yield (where, self._incidents["panels"].get(where),
                       lambda query=query, variables=variables, dashboard=dashboard:
                       self._panel_has_data(query, variables, dashboard))

    def _panel_has_data(self, query, variables, dashboard):
        """For at least one choice of the variables: that of all, or of one value."""
        values = dict(VALUES)
        chosen = None
        for one in dashboard["templating"]["list"]:
            if one["type"] == "query" and one["includeAll"]:
                values[one["name"]] = ALL
            elif one["type"] == "query" and one["name"] in panels.used(query.expr):
                chosen = one["name"]
        if chosen is None:
            return bool(self._prometheus.query(panels.fill(query.expr, values)))
        selector, label = panels.label_values(panels.fill(variables[chosen], values))
        return any(self._prometheus.query(panels.fill(query.expr, values | {chosen: value}))
                   for value in self._prometheus.label_values(selector, label))

    def _rule_checks(self):
        """The same of each rule. Of an alert that does not hold, each selector has data."""
        said = promql.read([rule.expr for rule in self._rules])
        for rule, one in zip(self._rules, said, strict=True):
            self._outcome.rules += 1
            if not rule.is_alert:
                yield (f"rule {rule.name}", None,
                       lambda rule=rule: bool(self._prometheus.query(rule.expr)))
                continue
            yield (f"rule {rule.name}", "an alert: it holds only when something is wrong",
                   lambda rule=rule: bool(self._prometheus.query(rule.expr)))
            for selector in {text for _, _, text in one.selectors}:
                yield (f"rule {rule.name}: {selector}",
                       self._incidents["selectors"].get(selector),
                       lambda selector=selector: bool(self._prometheus.query(selector)))

    def _check_metrics(self):
        """What is shown against the page of metrics."""
        ours, _ = metrics.documented()
        named = {series: metric for metric in ours.values() for series in metric.series}
        counted = collections.Counter()
        for labels, _ in self._prometheus.query(SHOWN):
            labels = dict(labels)
            name = labels.pop("__name__")
            process = f"{labels['job']} {labels['instance']}"
            metric = named.get(name)
            if metric is None:
                self._break(f"{name} of {process} is not in {metrics.PAGE.name}")
                continue
            counted[metric.name, process] += 1
            unknown = set(labels) - set(metric.labels) - metrics.ALWAYS
            if unknown:
                self._break(f"{name} of {process} has the label {', '.join(sorted(unknown))}, "
                            f"which is not in {metrics.PAGE.name}")
        self._outcome.series = sum(counted.values())
        self._outcome.metrics = len({name for name, _ in counted})
        numbers = metrics.words()
        for (name, process), count in sorted(counted.items()):
            limit = metrics.limit(ours[name].bound, numbers)
            if count > limit:
                self._break(f"{name} of {process} has {count} series, more than {limit} "
                            f"({ours[name].bound})")
        for name in sorted(set(ours) - {name for name, _ in counted}):
            excuse = self._incidents["metrics"].get(name)
            if excuse:
                self._outcome.quiet.append(f"{name}: {excuse}")
            else:
                self._break(f"{name} is in {metrics.PAGE.name} and no process shows it")

    def _break(self, text):
        if text not in self._outcome.broken:
            self._outcome.broken.append(text)

    def _check_incidents(self, names):
        """An excuse for what is not there any more is none."""
        ours, _ = metrics.documented()
        selectors = {name.split(": ", 1)[1] for name in names if ": " in name}
        for kind, known in (("panels", names), ("selectors", selectors), ("metrics", set(ours))):
            for name in sorted(set(self._incidents[kind] or {}) - known):
                self._break(f"{INCIDENTS.name}: {kind}: there is no {name}")
