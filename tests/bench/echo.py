"""An empty call through our server against a plain gRPC server: bench_echo."""

import contextlib

from stack import catalogue, processes

from . import measure

NAME = "echo"
IN_FLIGHT = 32
PORT_ABOVE_KAFKA = 4
START_SECONDS_MAX = 20
WARM_SECONDS = 1


def rows(place, seconds):
    """Calls a second that the load generator gets answered, both under the same certificates."""
    def run(kind, length=seconds):
        with _served(place, kind) as target:
            return measure.load_at(place, target, "empty", place.reader, IN_FLIGHT, length, 0,
                                   "-")["calls_per_second"]

    for kind in ("ours", "plain"):
        run(kind, WARM_SECONDS)
    yield measure.Row("echo", "calls/s", *measure.in_turn(
        lambda: run("ours"), lambda: run("plain"), place.settle), compared_with="plain gRPC",
        aims=(measure.at_least(0.8),))


@contextlib.contextmanager
def _served(place, kind):
    """The address of a bench_echo that lives as long as the block."""
    stack, port = place.stack, place.stack.port("KAFKA") + PORT_ABOVE_KAFKA
    processes.require_free_port(port, NAME)
    processes.start(stack, NAME, [
        stack.build / "tests" / "bench" / "bench_echo", kind, port, stack.pki,
        catalogue.Catalogue(stack).path, f"127.0.0.1:{stack.port('REDIS')}", place.reader.unit,
        place.reader.official])
    try:
        processes.wait_until(stack, NAME, lambda: processes.port_answers(port), START_SECONDS_MAX)
        yield f"127.0.0.1:{port}"
    finally:
        processes.stop(stack, NAME)
