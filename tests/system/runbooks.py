"""Runbooks: their commands that only look, on a real system; alerts on their way."""

import datetime
import json
import os
import signal
import subprocess
import urllib.request

from alerts import pages
from stack import alertmanager, environment, ops, processes, prometheus, services

from day import waiting

from .case import COMMUNE, EQUAL_SECONDS_MAX, SECONDS_MAX, Case, up
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name
from .watching import watched

COMMAND_SECONDS_MAX = 240   # `lienthong verify unit` waits for barriers
NOTICED_SECONDS_MAX = 240   # a scrape, and rules that stand on one another
SERVICE = "registry"
# What systemd does on an installed machine, on the processes of the stack.
INSTALLED = r"""
daemon() { local name=${1#lienthong-}; echo "${name/@/-}"; }
systemctl() {
  [[ $1 == status && $2 == --no-pager && $3 == --lines && $4 == 0 ]] || return 2
  local name; name=$(daemon "$5")
  kill -0 "$(<"$RUN/pids/$name.pid")" && echo "$5 runs"
}
journalctl() {
  [[ $* != --disk-usage ]] || { du -sh "$RUN/log"; return; }
  [[ $1 == --unit && $3 == --since && -n $4 && $5 == --no-pager ]] || return 2
  local log; log=$RUN/log/$(daemon "$2").log
  [[ -r $log ]] || return 1
  shift 5
  case $1 in
    --lines) tail -n "$2" "$log" ;;
    --output) [[ $2 == cat && $3 == --grep ]] && grep -E "$4" "$log" || true ;;
    *) return 2 ;;
  esac
}
runuser() {
  [[ $1 == -u && $2 == postgres && $3 == -- ]] || return 2
  shift 3
  PGUSER=postgres "$@"
}
"""


class Runbooks(Case):
    """What operators see and do, with Prometheus and Alertmanager beside the system."""

    @classmethod
    def setUpClass(cls):
        stack = up().stack
        for module in environment.ONLOOKERS.values():
            cls.addClassCleanup(module.stop, stack)
            module.start(stack)

    def shell(self, commands, **variables):
        """A finished bash that ran the beginning of the runbooks and then these commands."""
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("LIENTHONG_", "PG"))}
        program = self.stack.build / "services" / "ops"
        own = {
            "PATH": f"{program}:{os.environ['PATH']}", "RUN": self.stack.run,
            "LIENTHONG_CONFIG": ops.file(self.stack), "DATABASE_PREFIX": "",
            "PROMETHEUS": f"http://127.0.0.1:{self.stack.port('PROMETHEUS')}",
            "POSTGRES_DATA": self.stack.run, "KAFKA_DATA": self.stack.run,
            "PGHOST": self.stack.postgres_socket, "PGPORT": self.stack.port("POSTGRES"),
            "UNIT": COMMUNE, "SERVICE": SERVICE, "REPLICA": "0",
        } | variables
        return subprocess.run(
            ["bash", "-o", "errexit", "-c", "\n".join([INSTALLED, pages.beginning(), commands])],
            env=kept | {name: str(value) for name, value in own.items()}, text=True,
            capture_output=True, timeout=COMMAND_SECONDS_MAX, check=False)

    def state(self, alert, of=""):
        """Of an alert, as Prometheus has it now: None, pending or firing."""
        return prometheus.alerts(self.stack).get((alert, of))

    def wait_scraped(self):
        """Until Prometheus has seen every process and computed the rules on that."""
        wanted = len(services.names(self.stack)) + len(environment.ONLOOKERS)
        waiting.until("every process is scraped", NOTICED_SECONDS_MAX, lambda: (
            len(prometheus.query(self.stack, "up == 1")) == wanted
            and prometheus.query(self.stack, "unit:lienthong_feed_verified_age_seconds:last")))

    def test_what_only_looks_runs_as_it_is_written(self):
        self.wait_scraped()
        blocks = {block: name for name in sorted(pages.alerts())
                  for block in pages.commands(name, only={pages.LOOK, pages.OVER})}
        for block, name in blocks.items():
            with self.subTest(alert=name, commands=block):
                done = self.shell(block)
                # The province may have something that is not well: 1 says so, in words.
                well = (0, 1) if "lienthong status" in block else (0,)
                self.assertIn(done.returncode, well, done.stdout + done.stderr)
                if block.startswith("ask "):
                    self.assertIn('"status":"success"', done.stdout)
                elif not block.startswith("warnings "):     # there need not be any
                    self.assertTrue(done.stdout.strip())

    def test_a_query_that_prometheus_refuses_is_an_error(self):
        done = self.shell("ask 'sum('")
        self.assertNotEqual(done.returncode, 0)

    def test_the_heartbeat_reaches_alertmanager(self):
        waiting.until("the heartbeat is there", NOTICED_SECONDS_MAX, lambda: [
            alert for alert in alertmanager.alerts(self.stack)
            if alert["labels"]["alertname"] == "WatchdogHeartbeat"])

    def test_while_an_owner_is_away_nobody_is_told_of_units(self):
        def told_of_unit():
            found, = [alert for alert in alertmanager.alerts(self.stack)
                      if alert["labels"].get("unit") == "H09.999"]
            return found["status"]["state"] == "active"

        behind = {"alertname": "UnitBehind", "unit": "H09.999", "scope": "unit"}
        away = {"alertname": "OwnerDown", "service": "nobody", "severity": "page"}
        self.tell(behind)
        self.assertTrue(told_of_unit())
        self.tell(away)
        waiting.until("it is inhibited", SECONDS_MAX, lambda: not told_of_unit())
        self.tell(away, ended=True)
        waiting.until("it is told again", SECONDS_MAX, told_of_unit)
        self.tell(behind, ended=True)

    def tell(self, labels, ended=False):
        """Tells Alertmanager of an alert, as Prometheus does, or that it is over."""
        now = datetime.datetime.now(datetime.timezone.utc)
        alert = {"labels": labels, "startsAt": (now - datetime.timedelta(minutes=1)).isoformat(),
                 "endsAt": (now + datetime.timedelta(minutes=0 if ended else 5)).isoformat()}
        request = urllib.request.Request(
            f"{alertmanager.address(self.stack)}/api/v2/alerts", json.dumps([alert]).encode(),
            {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=SECONDS_MAX).close()

    def test_an_owner_that_is_away_is_noticed_until_it_is_back(self):
        self.wait_scraped()
        self.assertIsNone(self.state("OwnerDown", "hotline"))
        services.stop(self.stack, "hotline")
        try:
            waiting.until("OwnerDown is pending", NOTICED_SECONDS_MAX,
                          lambda: self.state("OwnerDown", "hotline"))
        finally:
            services.serve(self.stack, "hotline")
            services.wait_healthy(self.stack, "hotline")
        waiting.until("OwnerDown is over", NOTICED_SECONDS_MAX,
                      lambda: self.state("OwnerDown", "hotline") is None)

    def test_a_process_of_copies_that_is_away_leaves_its_units_known(self):
        self.wait_scraped()
        services.stop(self.stack, "replica-0")
        try:
            waiting.until("UnitUnreachable is pending", NOTICED_SECONDS_MAX,
                          lambda: self.state("UnitUnreachable", COMMUNE))
        finally:
            services.serve(self.stack, "replica-0")
            services.wait_healthy(self.stack, "replica-0")
        waiting.until("UnitUnreachable is over", EQUAL_SECONDS_MAX,
                      lambda: self.state("UnitUnreachable", COMMUNE) is None)

    def test_the_onlookers_that_end_are_started_again(self):
        told, names = [], [module.NAME for module in environment.ONLOOKERS.values()]
        with watched(self.stack, told):
            for name in names:
                processes.send(processes.pid(self.stack, name), signal.SIGKILL)
            waiting.until("all are back", SECONDS_MAX, lambda: (
                sum(" is back after " in text for text in told) == len(names) or (False, told)))
