"""What our processes show at /metrics: the series that are promised, and reading them."""

import re
import urllib.request

from . import catalogue, services, settings

SECONDS_MAX = 5
HANDLED = "grpc_server_handled_total"
SAMPLE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def promised(stack):
    """{name: (label, its values)}: alarms are built on these, so that none may be missing.

    Readers of feeds are the units and the services that have a feed.
    """
    named = catalogue.Catalogue(stack)
    readers = {*named.units, *(f"service-{name}" for name, service in named.services.items()
                               if service["feed"])}
    owners = set(settings.OWNERS)
    return {
        "lienthong_feed_lag_seconds": ("unit", readers),
        "lienthong_feed_verified_timestamp_seconds": ("unit", readers),
        "lienthong_feed_divergent_records": ("unit", readers),      # and "type"
        "lienthong_parked_events": ("consumer", readers),
        "lienthong_relay_backlog_rows": ("service", owners),
        "lienthong_relay_fence_wait_seconds": ("service", owners),
        "lienthong_commit_batch_size_count": ("service", owners),   # of a histogram
    }


def read(stack, process):
    """[(name, {label: value}, number)] of one of our processes."""
    port = stack.metrics_port(services.grpc_port(stack, process))
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=SECONDS_MAX) as answer:
        text = answer.read().decode()
    found = (SAMPLE.match(line) for line in text.splitlines() if not line.startswith("#"))
    return [(sample["name"], dict(LABEL.findall(sample["labels"] or "")), float(sample["value"]))
            for sample in found if sample]


def total(samples, name, **labels):
    """Sum of the samples of a name that have these labels, None when there is none."""
    numbers = [number for other, present, number in samples
               if other == name and labels.items() <= present.items()]
    return sum(numbers) if numbers else None
