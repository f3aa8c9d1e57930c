"""A real Prometheus over invented series: every metric of the page, as processes would show it.

The series are written as OpenMetrics, made a block by promtool, and reach some minutes ahead, so
that nothing has to be scraped or waited for but the first evaluation of the rules.
"""

import contextlib
import pathlib
import socket
import subprocess
import tempfile
import time

from day import waiting
from observed import live, metrics, rules

EQUAL, BEHIND, DIVERGED, PARKED, GONE = "H09.01", "H09.02", "H09.718", "H09.719", "H09.718.25747"
UNITS = (EQUAL, BEHIND, DIVERGED, PARKED, GONE)
BEHIND_SECONDS = 400
NOW = int(time.time())
STEP, PAST, AHEAD = 15, 900, 1800   # seconds
STOPPED = 600                       # before now: when the unit GONE was last shown
OWNERS = ("directory", "registry", "document", "hotline")
JOBS = (*OWNERS, "portal", "replica")
START_SECONDS_MAX = 120
LOG_LETTERS = 2000
RECORDED = "unit:lienthong_feed_verified_age_seconds:last"
# By the beginning of the source file that makes a metric: the jobs that show it.
SHOWN_BY = {
    "services/hotline/": ("hotline",), "services/document/": ("document",),
    "services/portal/": ("portal",), "services/platform/feed/": ("replica", "registry"),
    "services/platform/files/": ("document", "hotline"), "services/platform/journal/": OWNERS,
    "services/platform/access/": OWNERS, "services/platform/": JOBS}
VALUES = {
    "version": ("1.0.0",), "system": ("ca", *(f"unit-{unit}" for unit in UNITS)),
    "peer": ("postgres", "kafka"), "type": ("citizen",), "consumer": UNITS, "unit": UNITS,
    "grpc_service": ("lienthong.registry.v1.RegistryService",), "grpc_method": ("GetCitizen",),
    "grpc_type": ("unary",), "grpc_code": ("OK", "Internal", "ResourceExhausted"),
    "reason": ("PERMISSION_MISSING",), "code": ("200", "404", "500"), "medium": ("sms",),
    "outcome": ("sent",), "le": ("0.1", "1", "+Inf"),
    "topic": ("lienthong.registry.citizen.v1", *(f"lienthong.feed.{unit}" for unit in UNITS))}
NODE = {"job": "node", "instance": "127.0.0.1:9100"}
MACHINE = {"device": "/dev/vda1", "fstype": "ext4", "mountpoint": "/"}


def everything():
    """[(name, labels, value at a time)] of all that the page describes and the stack shows."""
    ours, others = metrics.documented()
    files = metrics.exported()
    found = []
    for metric in ours.values():
        jobs = next(jobs for start, jobs in SHOWN_BY.items()
                    if files[metric.name].startswith(start))
        for job in jobs:
            found += _of_metric(metric, job)
    for name in others:
        if name.startswith("node_"):
            found.append((name, NODE | (MACHINE if "filesystem" in name else {}), _gauge(5e10)))
    found += [("up", {"job": job, "instance": _instance(job)}, _gauge(1))
              for job in (*JOBS, "prometheus", "node", "alertmanager")]
    # What the rules recorded while somebody still showed it.
    found.append(("unit:lienthong_feed_verified_timestamp_seconds:last", {"unit": GONE},
                  _verified(GONE)))
    return found


def _instance(job):
    return f"127.0.0.1:{7201 + JOBS.index(job) if job in JOBS else 9000}"


def _of_metric(metric, job):
    """The series that a job shows of a metric, one for each combination of labels."""
    combined = [{"job": job, "instance": _instance(job)}]
    for label in metric.labels:
        if label == "le":
            continue
        values = (job,) if label == "service" else VALUES[label]
        if job == "registry" and label in ("unit", "consumer"):
            values = ("service-registry",)
        combined = [labels | {label: value} for labels in combined for value in values]
    for labels in combined:
        for name in metric.series:
            if name.endswith("_bucket"):
                yield from ((name, labels | {"le": bound}, _counter) for bound in VALUES["le"])
            else:
                yield name, labels, _value(metric, labels.get("unit") or labels.get("consumer"))


def _gauge(number):
    return lambda _: number


def _counter(at):
    return at % 100_000     # one more each second


def _verified(unit):
    late = BEHIND_SECONDS if unit == BEHIND else 5
    return lambda at: None if unit == GONE and at > NOW - STOPPED else at - late


def _value(metric, unit):
    if metric.kind != "gauge":
        return _counter
    if metric.name == "lienthong_feed_verified_timestamp_seconds":
        return _verified(unit)
    if unit == GONE and metric.name.startswith("lienthong_feed_"):
        return lambda at: None if at > NOW - STOPPED else 0
    if metric.name == "lienthong_parked_events":
        return _gauge(2 if unit == PARKED else 0)
    if metric.name == "lienthong_feed_divergent_records":
        return _gauge(3 if unit == DIVERGED else 0)
    if metric.name == "lienthong_certificate_expiry_timestamp_seconds":
        return lambda at: at + 20 * 86400
    if metric.name.endswith("_timestamp_seconds"):
        return lambda at: at - 5
    return _gauge(1)


def _write(series, path):
    """OpenMetrics: series of a name stand together, samples of a series in order of time."""
    with open(path, "w", encoding="utf-8") as file:
        for name, labels, value in sorted(series, key=lambda one: one[0]):
            shown = ",".join(f'{key}="{text}"' for key, text in labels.items())
            for at in range(NOW - PAST, NOW + AHEAD, STEP):
                number = value(at)
                if number is not None:
                    file.write(f"{name}{{{shown}}} {number} {at}\n")
        file.write("# EOF\n")


@contextlib.contextmanager
def prometheus(series):
    """A live.Prometheus with these series and the rules of deploy/, while the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        _write(series, home / "series.txt")
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics",
                        home / "series.txt", home / "data"], check=True, capture_output=True)
        (home / "prometheus.yml").write_text(
            "global: {evaluation_interval: 1s}\n"
            f"rule_files: ['{rules.RULES}/*.yml']\n"
            # What the rules record is older than the end of the block.
            "storage: {tsdb: {out_of_order_time_window: 1h}}\n", encoding="utf-8")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        with open(home / "log", "w+", encoding="utf-8") as log:
            begun = subprocess.Popen(
                ["prometheus", f"--config.file={home / 'prometheus.yml'}",
                 f"--storage.tsdb.path={home / 'data'}", f"--web.listen-address={address}",
                 "--log.level=warn"], stdout=log, stderr=log)
            try:
                server = live.Prometheus(f"http://{address}")
                waiting.until("the rules are evaluated", START_SECONDS_MAX,
                              lambda: _is_recorded(server) or (
                                  False, (home / "log").read_text(encoding="utf-8")[-LOG_LETTERS:]))
                yield server
            finally:
                begun.terminate()
                begun.wait(START_SECONDS_MAX)


def _is_recorded(server):
    try:
        return bool(server.query(RECORDED))
    except live.Unreachable:
        return False
