"""Which call is made next: kinds with their weights, and what earlier calls left to go on with."""

import dataclasses
import random
import threading

from .pace import Job

THINGS_MAX = 2000


class Pool:
    """Things that calls go on with. Who takes one has it alone until it is put back. Any thread."""

    def __init__(self, seed, size_max=THINGS_MAX):
        self._random, self._lock = random.Random(seed), threading.Lock()
        self._things, self._size_max = [], size_max

    def put(self, thing):
        """In a full pool it takes the place of another one, which nobody goes on with."""
        with self._lock:
            if len(self._things) < self._size_max:
                self._things.append(thing)
            else:
                self._things[self._random.randrange(self._size_max)] = thing

    def take(self):
        """Any of them, None when there is none."""
        with self._lock:
            if not self._things:
                return None
            index = self._random.randrange(len(self._things))
            self._things[index], self._things[-1] = self._things[-1], self._things[index]
            return self._things.pop()

    def __len__(self):
        return len(self._things)


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of call. `make()` gives the function that makes one, or None when there is nothing to
    go on with; then a call of the kind `instead` is made, which brings something."""

    name: str
    weight: float
    make: object
    instead: str = ""


class Mixture:
    """next() is for one thread: requests are made in it, one after the other."""

    def __init__(self, kinds, seed):
        self._kinds = {kind.name: kind for kind in kinds}
        unknown = {kind.instead for kind in kinds} - set(self._kinds) - {""}
        if unknown or len(self._kinds) != len(kinds):
            raise ValueError(f"kinds of calls: {sorted(unknown) or 'a name is there twice'}")
        self._random = random.Random(seed)
        self._names = list(self._kinds)
        self._weights = [kind.weight for kind in kinds]

    def next(self):
        """A Job, of the kind that the weights chose or of one before it."""
        kind = self._kinds[self._random.choices(self._names, self._weights)[0]]
        run = kind.make()
        while run is None:
            kind = self._kinds[kind.instead]
            run = kind.make()
        return Job(kind.name, run)
