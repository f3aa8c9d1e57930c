"""Kafka's own ProducerPerformance: how fast the broker takes the same values from a program that
does nothing but send them."""

import re
import subprocess

from stack import kafka, settings

from . import debezium

PROGRAM = "org.apache.kafka.tools.ProducerPerformance"
COMPARED_WITH = "producer-perf"
WARM_PART = 5            # a fifth of the records: its JVM warms up
SECONDS_MAX = 300
RATE = re.compile(r"([\d.]+) records/sec")


def records_per_second(stack, topic, values, count):
    """Its steady state while it sends `count` records to a topic, each a line of the file `values`."""
    config = stack.run / "producer.properties"
    settings.write_if_changed(config, "".join(
        f"{name}={value}\n" for name, value in
        (debezium.security(stack) | debezium.PRODUCER).items()), mode=0o600)
    command = [*debezium.JVM, "-cp", f"{kafka.JARS}/*", PROGRAM, "--topic", topic,
               "--num-records", count, "--warmup-records", count // WARM_PART, "--throughput", -1,
               "--payload-file", values, "--command-config", config]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=SECONDS_MAX, check=False)
    rates = RATE.findall(done.stdout)
    if done.returncode != 0 or not rates:
        raise settings.StackError(f"{PROGRAM}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return float(rates[-1])
