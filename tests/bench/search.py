"""The first page of FindCitizens at 1,000,000 citizens against the same at 10,000."""

import itertools

from day import people, progress
from stack import kafka, postgres, services

from . import measure, people_import
from . import place as place_module

SMALL, BIG = 10_000, 1_000_000
# What the invented names have (tools/day/names.yaml), typed as an official would.
QUERIES = {
    "rare": "Quách",                # one family in 500
    "commonest": "Nguyễn",
    "middle": "Thị Hoa",            # within the name
    "folded": "nguyen thi",         # without diacritics
}


def rows(place, options):
    """One row a query: p50 at BIG as ours, at SMALL as reference. The place holds SMALL citizens.

    Copies and broker are stopped while the registry is filled: it goes on without them, and the
    machine has few cores.
    """
    stack = place.stack
    services.stop(stack, place_module.REPLICA)
    kafka.stop(stack)
    small = _measure(place, options.seconds)
    with progress.timed(f"imported up to {BIG} citizens"):
        persons, _ = people.population(place_module.SEED, place.day.province.communes(), BIG)
        people_import.send(place, itertools.islice(persons, SMALL, None))
    postgres.vacuum_analyze(stack, ["registry"])
    big = _measure(place, options.seconds)
    for name in QUERIES:
        yield measure.Row(f"search_{name}", "ms p50", big[name], small[name],
                          compared_with="at 10,000", aims=(measure.at_most(3),))


def _measure(place, seconds):
    """{query: [p50 in ms of each run]}, the queries in turn."""
    found = {name: [] for name in QUERIES}
    for name, text in QUERIES.items():
        measure.load(place, "find", place.reader, 1, 1, 0, text)   # caches warm
    for _ in range(measure.RUNS):
        for name, text in QUERIES.items():
            found[name].append(
                measure.load(place, "find", place.reader, 1, seconds, 0, text)["p50_ms"])
    return found
