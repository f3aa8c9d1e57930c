#!/usr/bin/python3
"""Starts everything but our own processes in build/self-check, tries it, and stops it.

    tools/stack/self_check.py [--units N] [--keep]

Prints times and memory; ends with 1 when something is not as it should be.
"""

import argparse
import pathlib
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from stack import (catalogue, environment, kafka, pki, postgres, processes,  # noqa: E402
                   prometheus, redis, services, settings)


def timed(text, action):
    begin = time.monotonic()
    result = action()
    shown = f"  {result}" if isinstance(result, (int, tuple)) else ""
    print(f"{time.monotonic() - begin:7.2f} s  {text}{shown}", flush=True)
    return result


def check(condition, text):
    print(f"{'ok' if condition else 'FAILED':>9}  {text}", flush=True)
    return bool(condition)


def start_each(stack):
    """Each part by itself, so that its time shows."""
    timed("certificates made:", lambda: pki.ensure(stack))
    timed("PostgreSQL, new cluster", lambda: postgres.start(stack))
    timed("databases made:", lambda: len(services.prepare_databases(stack)))
    timed("Redis", lambda: redis.start(stack))
    timed("Kafka, formatted", lambda: kafka.start(stack))
    timed("topics made, ACLs added, removed:", lambda: kafka.apply_catalogue(stack))
    timed("the catalogue again:", lambda: kafka.apply_catalogue(stack))
    timed("Prometheus", lambda: prometheus.start(stack))


def check_access(stack):
    """A feed is read by its unit and by nobody else."""
    one, other = (f"unit-{code}" for code in catalogue.Catalogue(stack).units[:2])
    topic = catalogue.feed(one.removeprefix("unit-"))
    written = kafka.kcat(stack, "service-registry", "-P", "-t", topic, "-k", "citizen/1",
                         "-X", "enable.idempotence=true", text='{"id":"1"}')
    own = kafka.kcat(stack, one, "-C", "-t", topic, "-e", "-f", "%k=%s\n")
    foreign = kafka.kcat(stack, other, "-C", "-t", topic, "-e")
    forged = kafka.kcat(stack, one, "-P", "-t", topic, text="x")
    domain = "lienthong.registry.enterprise.v1"
    return all([
        check(written.returncode == 0, "service-registry writes a feed"),
        check(own.stdout == 'citizen/1={"id":"1"}\n', f"{one} reads its own feed"),
        check("authorization failed" in foreign.stderr, f"{other} is refused {topic}"),
        check("authorization failed" in forged.stderr, f"{one} may not write its feed"),
        check(kafka.kcat(stack, one, "-G", one, topic, "-e").returncode == 0,
              "a group under the own name"),
        check("authorization failed" in kafka.kcat(stack, one, "-C", "-t", domain, "-e").stderr,
              f"{one} is refused {domain}"),
        check(kafka.kcat(stack, "integrator-statistics", "-C", "-t", domain, "-e").returncode == 0,
              f"integrator-statistics reads {domain}"),
    ])


def check_restart(stack):
    """Kills and comes back; ends and comes back whole."""
    postgres.query(stack, "registry", "CREATE TABLE kept AS SELECT 1 AS n")
    timed("kill -9 of PostgreSQL", lambda: processes.kill(stack, postgres.NAME))
    timed("PostgreSQL again", lambda: postgres.start(stack))
    timed("kill -9 of Kafka", lambda: processes.kill(stack, kafka.NAME))
    timed("Kafka again", lambda: kafka.start(stack))
    timed("everything down", lambda: environment.down(stack))
    timed("everything up again", lambda: environment.up(stack))
    kept = postgres.query(stack, "registry", "SELECT n FROM kept") == [(1,)]
    return check(kept, "a committed row survives a kill")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=120)
    parser.add_argument("--keep", action="store_true", help="keep the run directory")
    options = parser.parse_args()
    units = catalogue.Catalogue(settings.Stack()).units[:options.units]
    stack = settings.Stack(run=settings.ROOT / "build" / "self-check", port_shift=2000,
                           units=tuple(units))
    environment.down(stack)
    shutil.rmtree(stack.run, ignore_errors=True)
    try:
        start_each(stack)
        good = check_access(stack)
        good = check_restart(stack) and good
        for name, (pss, rss) in sorted(processes.memory_report(stack).items()):
            print(f"{pss / 1024:7.0f} MB  {name} (RSS {rss / 1024:.0f})")
    finally:
        timed("everything down", lambda: environment.down(stack))
    good = check(not processes.names(stack), "no process left") and good
    if not options.keep:
        shutil.rmtree(stack.run)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
