"""RegisterCitizen calls per second against pgbench with the same SQL at the same concurrency."""

from . import measure, reference

IN_FLIGHT = {"register_1": 1, "register_8": 8, "register_32": 32}
AIMS = {"register_1": measure.at_least(0.6), "register_32": measure.at_least(1.0)}
WARM_SECONDS = 2


def rows(place, names, seconds):
    """The rows of IN_FLIGHT that are wanted."""
    wanted = {name: number for name, number in IN_FLIGHT.items() if name in names}
    if not wanted:
        return
    reference.make(place)

    def ours(number, length=seconds):
        return measure.load(place, "register", place.registrar, number, length, 0,
                            place.commune_code)["calls_per_second"]

    def theirs(number, length=seconds):
        return reference.transactions_per_second(place, number, length)

    ours(8, WARM_SECONDS), theirs(8, WARM_SECONDS)
    for name, number in wanted.items():
        yield measure.Row(name, "calls/s", *measure.in_turn(
            lambda number=number: ours(number), lambda number=number: theirs(number),
            place.settle), compared_with="pgbench", aim=AIMS.get(name))
