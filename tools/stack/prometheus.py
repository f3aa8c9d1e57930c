"""The stack's Prometheus: scrapes all processes of the stack, tells Alertmanager of alerts."""

import json
import urllib.error
import urllib.parse
import urllib.request

from . import processes, services, settings

NAME = "prometheus"
START_SECONDS_MAX = 60
RULES = settings.DEPLOY / "prometheus" / "rules" / "*.yml"


def start(stack):
    """Starts the server on loopback and waits until it is ready to answer queries."""
    launch(stack)
    processes.wait_until(stack, NAME, lambda: is_ready(stack), START_SECONDS_MAX)


def launch(stack):
    """Starts the server without waiting for it."""
    port = stack.port("PROMETHEUS")
    processes.require_free_port(port, NAME)
    home = stack.run / "prometheus"
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "prometheus.yml"
    replicas = range(len(services.replica_groups(stack)))
    settings.write_if_changed(configuration, settings.render(
        settings.DEPLOY / "prometheus" / "prometheus.yml", {
            **{name.upper(): _target(stack.metrics_port(stack.owner_port(name)))
               for name in (*settings.OWNERS, settings.PORTAL)},
            "REPLICAS": ", ".join(
                _target(stack.metrics_port(stack.replica_port(index))) for index in replicas),
            **{name: _target(stack.port(name))
               for name in ("ALERTMANAGER", "NODE_EXPORTER", "PROMETHEUS")},
            # A string of YAML: the path may hold anything.
            "RULES": json.dumps(str(RULES))}))
    processes.start(stack, NAME, [
        "/usr/bin/prometheus", f"--config.file={configuration}",
        f"--storage.tsdb.path={home / 'data'}", "--storage.tsdb.retention.time=2d",
        f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"])


def stop(stack):
    processes.stop(stack, NAME)


def is_ready(stack):
    try:
        with urllib.request.urlopen(_address(stack, "/-/ready"), timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def query(stack, expression):
    """Result of an instant query: a list of {"metric": {...}, "value": [time, text]}."""
    path = "/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(_address(stack, path), timeout=10) as answer:
        return json.load(answer)["data"]["result"]


def alerts(stack):
    """{(name of alert, its unit or service or ""): "pending" or "firing"}, as they are now."""
    with urllib.request.urlopen(_address(stack, "/api/v1/alerts"), timeout=10) as answer:
        found = json.load(answer)["data"]["alerts"]
    return {(alert["labels"]["alertname"],
             alert["labels"].get("unit") or alert["labels"].get("service", "")): alert["state"]
            for alert in found}


def _address(stack, path):
    return f"http://127.0.0.1:{stack.port('PROMETHEUS')}{path}"


def _target(port):
    return f"'127.0.0.1:{port}'"
