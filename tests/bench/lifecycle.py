"""Corrections from request to search: steady at two sizes of the registry, and in bursts."""

import itertools

from day import people, progress
from stack import kafka, postgres, services

from . import measure, people_import
from . import place as place_module

SIZES = {"lifecycle_100000": 100_000, "lifecycle_1000000": 1_000_000}
CLIENTS = 50
WARM_SECONDS = 2
BURST_SECONDS = 7


def rows(place, options):
    """Lifecycles a second at each size that is wanted; the large is compared with the small. The
    place holds the small number of citizens.

    Copies and broker are stopped, as in search: the registry goes on without them.
    """
    stack = place.stack
    services.stop(stack, place_module.REPLICA)
    kafka.stop(stack)
    small = _measure(place, options.seconds)
    if "lifecycle_100000" in options.names:
        yield measure.Row("lifecycle_100000", "lifecycles/s", small)
    if "lifecycle_1000000" not in options.names:
        return
    total = SIZES["lifecycle_1000000"]
    with progress.timed(f"imported up to {total} citizens"):
        persons, _ = people.population(place_module.SEED, place.day.province.communes(), total)
        people_import.send(place, itertools.islice(persons, place.citizens, None))
    postgres.vacuum_analyze(stack, ["registry"])
    yield measure.Row("lifecycle_1000000", "lifecycles/s", _measure(place, options.seconds), small,
                      "at 100,000", (measure.at_least(0.9),))


def burst(place):
    """What fails in a burst, and how long its last calls take once no new one comes."""
    runs = []
    for _ in range(measure.RUNS):
        place.settle()
        runs.append(_run(place, "burst", 1, BURST_SECONDS))
    yield measure.Row("burst_failed", "calls", [found["failed"] for found in runs],
                      aims=(measure.at_most(0, "ours"),))
    yield measure.Row("burst_emptied", "s", [found["emptied_seconds"] for found in runs],
                      aims=(measure.at_most(5, "ours"),))


def _measure(place, seconds):
    _run(place, "lifecycle", CLIENTS, WARM_SECONDS)
    return [_run(place, "lifecycle", CLIENTS, seconds)["lifecycles_per_second"]
            for _ in range(measure.RUNS)]


def _run(place, kind, in_flight, seconds):
    head = place.day.actor(place_module.COMMUNE, "commune-head")
    with people_import.ids_of(place, place.commune_code) as (file, _):
        return measure.load(place, kind, place.registrar, in_flight, seconds, 0, file,
                            head.official, place.commune_code)
