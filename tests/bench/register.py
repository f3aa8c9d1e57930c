"""RegisterCitizen calls per second against pgbench with the same SQL at the same concurrency.

`write_*`: the write path alone, on both sides; relay, broker and copies are held back.
`register_*`: everything flows at the same time on our side, on the same cores.
"""

import contextlib

from stack import processes

from . import measure, reference
from . import place as place_module
from . import relay

WRITE = {"write_1": 1, "write_8": 8, "write_32": 32}
REFUSED = "write_32_refused"
FLOWING = {"register_1": 1, "register_8": 8, "register_32": 32}
IN_FLIGHT = WRITE | {REFUSED: 32} | FLOWING
AIMS = {"write_1": 0.6, "write_8": 0.6, "write_32": 1.0, "register_1": 0.6, "register_8": 0.6,
        "register_32": 1.0}
WARM_SECONDS = 2


def rows(place, names, seconds):
    """The rows of IN_FLIGHT that are wanted."""
    wanted = {name: number for name, number in IN_FLIGHT.items() if name in names}
    if not wanted:
        return
    reference.make(place)

    def load(number, length=seconds, rpc="register"):
        return measure.load(place, rpc, place.registrar, number, length, 0,
                            place.commune_code)["calls_per_second"]

    def ours(name):
        with contextlib.nullcontext() if name in FLOWING else _held_back(place):
            return load(IN_FLIGHT[name], rpc="refused" if name == REFUSED else "register")

    def theirs(number, length=seconds):
        return reference.transactions_per_second(place, number, length)

    load(8, WARM_SECONDS), theirs(8, WARM_SECONDS)
    if wanted.pop(REFUSED, None):
        yield measure.Row(REFUSED, "calls/s", *measure.in_turn(
            lambda: ours(REFUSED), lambda: ours("write_32"), place.settle),
            compared_with="none refused", aims=(measure.at_least(0.8),))
    for name, number in wanted.items():
        yield measure.Row(name, "calls/s", *measure.in_turn(
            lambda name=name: ours(name), lambda number=number: theirs(number),
            place.settle), compared_with="pgbench", aims=(measure.at_least(AIMS[name]),))


@contextlib.contextmanager
def _held_back(place):
    """As beside the reference: nobody reads the journal, and the copies have nothing to do."""
    processes.pause(place.stack, place_module.REPLICA)
    try:
        with relay.held_back(place):
            yield
    finally:
        processes.resume(place.stack, place_module.REPLICA)
