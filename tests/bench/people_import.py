"""More people than the province was loaded with, by the same API."""

import contextlib
import itertools
import random
import tempfile
import uuid

from day import people, protos
from stack import postgres

CHUNK_RECORDS = 500
STREAM_CHUNKS = 20
STREAM_SECONDS_MAX = 300
LIVING = "SELECT id FROM citizen WHERE commune_code = %s AND state = 'LIVING' ORDER BY id"
TAILS = (900_000, 1_000_000)   # of identity numbers: those of tools/day lie below


def newcomers(place):
    """Citizens without an end, other than the loaded ones."""
    maker = people.People(random.Random("bench/newcomers"), place.day.province.communes(), TAILS)
    return (maker.citizen() for _ in itertools.count())


def send(place, citizens):
    """Imports citizens by streams, as tools/day does; how many they were."""
    request = protos.module("registry", "registry").ImportCitizensRequest
    imported = 0
    while True:
        chunks = []
        while len(chunks) < STREAM_CHUNKS:
            part = list(itertools.islice(citizens, CHUNK_RECORDS))
            if not part:
                break
            chunks.append(request(request_id=str(uuid.uuid4()), citizens=part))
        if not chunks:
            return imported
        answer = place.day.client.registry("ImportCitizens", lambda sent=chunks: iter(sent),
                                           deadline_seconds=STREAM_SECONDS_MAX)
        imported += answer.imported


@contextlib.contextmanager
def ids_of(place, commune_code):
    """(name of a file with the ids of the living citizens of a commune, one a line; how many)."""
    rows = postgres.query(place.stack, "registry", LIVING, (commune_code,))
    with tempfile.NamedTemporaryFile("w", dir=place.stack.run, encoding="ascii") as file:
        file.writelines(f"{identifier}\n" for identifier, in rows)
        file.flush()
        yield file.name, len(rows)
