"""Does Prometheus see the whole stack? Every target up, every promised series there."""

from stack import environment, metrics, prometheus, services

from . import waiting

SCRAPED_SECONDS_MAX = 45    # of a service that only just started: scrapes, and its first barrier


def ask(stack, since):
    """{"targets": number up, "series": {name: number}, "lacking": [what is missing, in words]}.

    Only what was scraped after `since` (seconds since the epoch) counts: Prometheus also answers
    with what it saw minutes ago. It is given time to come by everywhere.
    """
    made = {}

    def condition():
        try:
            made.update(_ask(stack, since))
        except OSError as error:
            made.update(targets=0, series={}, lacking=[f"no answer: {error}"])
        return not made["lacking"]

    try:
        waiting.until("everything seen by Prometheus", SCRAPED_SECONDS_MAX, condition,
                      poll_seconds=1)
    except waiting.TooLate:
        pass    # what is lacking is told
    return made


def _ask(stack, since):
    targets = {f"127.0.0.1:{stack.metrics_port(services.grpc_port(stack, name))}": name
               for name in services.names(stack)}
    targets |= {f"127.0.0.1:{stack.port(port)}": module.NAME
                for port, module in environment.ONLOOKERS.items()}
    found = prometheus.query(stack, f"up == 1 and timestamp(up) >= {since}")
    up = {series["metric"]["instance"] for series in found}
    lacking = [f"{name} is not scraped" for target, name in targets.items() if target not in up]
    counts = {}
    for name, (label, wanted) in metrics.promised(stack).items():
        found = prometheus.query(stack, f"timestamp({name}) >= {since}")
        counts[name] = len(found)
        missing = sorted(wanted - {series["metric"].get(label, "") for series in found})
        if missing:
            lacking.append(f"{len(missing)} series of {name} are missing: {label} "
                           + ", ".join(missing[:5]))
    return {"targets": len(up & set(targets)), "series": counts, "lacking": lacking}
