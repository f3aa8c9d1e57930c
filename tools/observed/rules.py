"""The alerts and recording rules of deploy/prometheus/rules as data."""

import dataclasses

import yaml

from stack import settings

RULES = settings.DEPLOY / "prometheus" / "rules"


@dataclasses.dataclass(frozen=True)
class Rule:
    """An alert, or (`is_alert` false) a recorded series."""

    name: str
    expr: str
    is_alert: bool


def load(folder=RULES):
    """[Rule] of all files, in order."""
    return [Rule(rule.get("alert") or rule["record"], str(rule["expr"]), "alert" in rule)
            for file in sorted(folder.glob("*.yml"))
            for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
            for rule in group["rules"]]


def alerts(rules):
    return {rule.name for rule in rules if rule.is_alert}


def recorded(rules):
    return {rule.name for rule in rules if not rule.is_alert}
