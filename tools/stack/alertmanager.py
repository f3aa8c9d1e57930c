"""The stack's Alertmanager: takes Prometheus's alerts, keeps silences, tells nobody.

Routes, times and inhibitions are those of deploy/alertmanager; its receivers have no address.
"""

import json
import urllib.error
import urllib.request

from . import processes, settings

NAME = "alertmanager"
START_SECONDS_MAX = 60
RECEIVERS = "receivers-none.yml"
HOME = settings.DEPLOY / "alertmanager"


def configuration(receivers=RECEIVERS):
    """The text of a configuration: the routes, and then who is told."""
    return "".join((HOME / name).read_text(encoding="utf-8") for name in ("routes.yml", receivers))


def address(stack):
    return f"http://127.0.0.1:{stack.port('ALERTMANAGER')}"


def start(stack):
    """Starts the server on loopback and waits until it is ready."""
    launch(stack)
    processes.wait_until(stack, NAME, lambda: is_ready(stack), START_SECONDS_MAX)


def launch(stack):
    """Starts the server without waiting for it; it looks for no other of its kind."""
    port = stack.port("ALERTMANAGER")
    processes.require_free_port(port, NAME)
    home = stack.run / "alertmanager"
    home.mkdir(parents=True, exist_ok=True)
    file = home / "alertmanager.yml"
    settings.write_if_changed(file, configuration())
    processes.start(stack, NAME, [
        "/usr/bin/prometheus-alertmanager", f"--config.file={file}",
        f"--storage.path={home / 'data'}", f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=", "--log.level=warn"])


def stop(stack):
    processes.stop(stack, NAME)


def is_ready(stack):
    try:
        with urllib.request.urlopen(f"{address(stack)}/-/ready", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def alerts(stack):
    """What it was told of and is not over, as its API lists it."""
    with urllib.request.urlopen(f"{address(stack)}/api/v2/alerts", timeout=10) as answer:
        return json.load(answer)
