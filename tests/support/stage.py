"""A small system of its own for checks written in Python: started from nothing, stopped after."""

import contextlib
import shutil

from stack import environment, services

from day import cast, load, progress, province
from day.client import Client

SEED = 1
BARRIER_INTERVAL_MS = 1000  # cases wait for barriers all the time


@contextlib.contextmanager
def fresh(stack, citizens):
    """A cast.Day on a stack that is started anew, with the directory and some citizens loaded."""
    with contextlib.ExitStack() as cleanup:
        cleanup.enter_context(stack.lock())
        environment.down(stack)
        for path in stack.run.iterdir():
            if path.name not in ("lock", "pki"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        cleanup.callback(environment.down, stack)
        with progress.timed("stack up"):
            environment.up(stack, with_prometheus=False)
            services.migrate_all(stack)
            services.serve_all(stack)
        client = cleanup.enter_context(Client(stack))
        day = cast.Day(stack, client, province.Province(stack, SEED),
                       progress.Progress(stack, SEED, citizens))
        load.load_records(day)
        yield day
