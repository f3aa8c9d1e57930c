"""The stack's node exporter: the machine's disks, memory, load and clock, for alerts."""

import urllib.error
import urllib.request

from . import processes

NAME = "node-exporter"
START_SECONDS_MAX = 30
COLLECTORS = ("filesystem", "loadavg", "meminfo", "timex")


def start(stack):
    """Starts it on loopback and waits until it answers."""
    launch(stack)
    processes.wait_until(stack, NAME, lambda: is_ready(stack), START_SECONDS_MAX)


def launch(stack):
    """Starts it without waiting for it."""
    port = stack.port("NODE_EXPORTER")
    processes.require_free_port(port, NAME)
    processes.start(stack, NAME, [
        "/usr/bin/prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}",
        "--collector.disable-defaults", "--web.disable-exporter-metrics", "--log.level=warn",
        *(f"--collector.{name}" for name in COLLECTORS)])


def stop(stack):
    processes.stop(stack, NAME)


def is_ready(stack):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{stack.port('NODE_EXPORTER')}/metrics",
                                    timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
