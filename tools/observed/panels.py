"""The dashboards of deploy/grafana as data: panels, queries, variables."""

import dataclasses
import json
import re

from stack import settings

GRAFANA = settings.DEPLOY / "grafana"
DASHBOARDS = GRAFANA / "dashboards"
LANGUAGES = ("vi", "en")
NAMES = ("province", "service", "feeds", "unit", "business", "integrator")
# Grafana gives at least four times the scrape interval of its data source.
RATE_INTERVAL = "$__rate_interval"
# $1 is PromQL's own.
VARIABLE = re.compile(r"\$\{([a-z_]\w*)(?::\w+)?\}|\$([a-z_]\w*)|\[\[([a-z_]\w*)\]\]")
LABEL_VALUES = re.compile(r"label_values\((.+), *(\w+)\)")


@dataclasses.dataclass(frozen=True)
class Query:
    """One query of a panel; `where` names it for people and in incidents.yaml."""

    where: str
    expr: str
    panel: dict


def load(folder=DASHBOARDS, languages=LANGUAGES):
    """{(language, name): dashboard} of what is committed, or lies in another folder."""
    return {(language, file.stem): json.loads(file.read_text(encoding="utf-8"))
            for language in languages for file in sorted((folder / language).glob("*.json"))}


def drawn(dashboard):
    """Its panels but for the titles of rows, those of closed rows too."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels") or []
        else:
            yield panel


def queries(dashboard):
    """[Query], in order."""
    return [Query(f"{dashboard['uid']}/{panel['title']}/{target['refId']}", target["expr"], panel)
            for panel in drawn(dashboard) for target in panel.get("targets") or []]


def variables(dashboard):
    """{name: its query, None for one that asks nothing}."""
    return {one["name"]: one["query"]["query"] if one["type"] == "query" else None
            for one in dashboard["templating"]["list"]}


def used(expr):
    """Names of the variables in a text."""
    return {next(filter(None, found)) for found in VARIABLE.findall(expr)}


def fill(expr, values):
    """The text with each variable's value; a variable without one is a KeyError."""
    return VARIABLE.sub(lambda found: values[next(filter(None, found.groups()))], expr)


def label_values(query):
    """(series selector, label) of a variable's query."""
    found = LABEL_VALUES.fullmatch(query)
    if not found:
        raise ValueError(f"not label_values(series, label): {query}")
    return found.groups()
