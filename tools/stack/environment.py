"""What every stack needs before our own processes: up() and down()."""

import concurrent.futures

from . import (alertmanager, kafka, node_exporter, ops, pki, postgres, processes, prometheus, redis,
               services, settings)

# What looks on: nothing of ours needs it.
ONLOOKERS = {"PROMETHEUS": prometheus, "ALERTMANAGER": alertmanager, "NODE_EXPORTER": node_exporter}


def up(stack, with_prometheus=True):
    """Certificates, PostgreSQL with its databases, Redis, Kafka with its topics, Prometheus and
    what belongs to it.

    What an earlier run left behind is stopped first. PostgreSQL and Kafka start side by side.
    """
    down(stack)
    require_free_ports(stack, with_prometheus)
    pki.ensure(stack)
    ops.write(stack)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        tasks = [pool.submit(_up_postgres, stack), pool.submit(_up_kafka, stack)]
        redis.start(stack)
        if with_prometheus:
            for module in ONLOOKERS.values():
                module.start(stack)
        for task in tasks:
            task.result()


def require_free_ports(stack, with_prometheus=True):
    """A StackError when another stack, say, has a port of this one: before anything is made."""
    servers = {"POSTGRES": postgres.NAME, "REDIS": redis.NAME, "KAFKA": kafka.NAME,
               "KAFKA_CONTROLLER": kafka.NAME}
    if with_prometheus:
        servers |= {port: module.NAME for port, module in ONLOOKERS.items()}
    servers["PORTAL_HTTP"] = settings.PORTAL
    for port, name in servers.items():
        processes.require_free_port(stack.port(port), name)
    for name in services.names(stack):
        port = services.grpc_port(stack, name)
        processes.require_free_port(port, name)
        processes.require_free_port(stack.metrics_port(port), name)


def down(stack):
    """Stops whatever runs of this stack: our processes, then what they need."""
    ours = [*reversed(services.names(stack))]
    rest = [*(module.NAME for module in ONLOOKERS.values()), redis.NAME, kafka.NAME]
    others = [name for name in processes.names(stack)
              if name not in (*ours, *rest, postgres.NAME)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: services.stop(stack, name), [*others, *ours]))
        list(pool.map(lambda name: processes.stop(stack, name), rest))
    postgres.stop(stack)


def _up_postgres(stack):
    postgres.start(stack)
    services.prepare_databases(stack)


def _up_kafka(stack):
    kafka.start(stack)
    kafka.apply_catalogue(stack)
