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

    Readers of feeds are the units and the services that have a feed. A name without labels has the
    value "" of any.
    """
    named = catalogue.Catalogue(stack)
    readers = {*named.units, *(f"service-{name}" for name, service in named.services.items()
                               if service["feed"])}
    owners = set(settings.OWNERS)
    certificates = {"ca", *(f"unit-{unit}" for unit in named.units),
                    *(f"service-{name}" for name in (*owners, "replica", settings.PORTAL))}
    return {
        "lienthong_feed_lag_seconds": ("unit", readers),
        "lienthong_feed_verified_timestamp_seconds": ("unit", readers),
        "lienthong_feed_divergent_records": ("unit", readers),      # and "type"
        "lienthong_parked_events": ("consumer", readers),
        "lienthong_relay_backlog_rows": ("service", owners),
        "lienthong_relay_fence_wait_seconds": ("service", owners),
        "lienthong_relay_active": ("service", owners),
        "lienthong_relay_broken_feeds": ("service", owners),
        "lienthong_relay_stopped_by_seal": ("service", owners),
        "lienthong_relay_messages_total": ("topic", _written(named)),
        "lienthong_sweep_timestamp_seconds": ("service", owners),
        "lienthong_scrub_completed_timestamp_seconds": ("service", owners),
        "lienthong_scrub_defective_records": ("service", owners),
        "lienthong_seal_timestamp_seconds": ("service", owners),
        "lienthong_database_bytes": ("service", owners),
        "lienthong_journal_bytes": ("service", owners),
        "lienthong_commit_batch_size_count": ("service", owners),   # of a histogram
        "lienthong_certificate_expiry_timestamp_seconds": ("system", certificates),
        "lienthong_clock_offset_seconds": ("peer", {"postgres", "kafka"}),
        "lienthong_files_missing": ("service", {"document", "hotline"}),
        "lienthong_hotline_transfers_late": ("service", {""}),
        "lienthong_hotline_messages_waiting": ("service", {""}),
        "lienthong_hotline_messages_doubtful": ("service", {""}),
    }


def _written(named):
    """The topics that relays write."""
    feeds = {catalogue.feed(unit) for unit in named.units}
    feeds |= {catalogue.feed(f"service-{name}") for name, service in named.services.items()
              if service["feed"]}
    domains = {topic for service in named.services for topic in named.domain_topics(service)}
    return {catalogue.FEED_ALL, *feeds, *domains, *named.seals()}


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
