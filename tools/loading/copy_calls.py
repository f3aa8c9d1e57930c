"""Reads of units' copies: each waits for the version that its owner has answered."""

from day import protos

from .calls import PAGE, PURPOSE, Calls, expect
from .mixture import Kind


class Copies(Calls):
    """`registry`, `documents`: the calls that have written what is read here."""

    def __init__(self, day, name, registry, documents):
        super().__init__(day, f"{name}/copies")
        self.citizens, self.enterprises = registry.citizens, registry.enterprises
        self.letters = documents.issued
        self.communes = [commune for territory in registry.territories
                         for commune in territory.communes]
        self.requests = protos.module("replica", "replica")

    def kinds(self):
        return [
            Kind("GetRecord citizen", 8, self.get_citizen, "RegisterCitizen"),
            Kind("GetRecord enterprise", 3, self.get_enterprise, "RegisterEnterprise"),
            Kind("GetRecord document", 3, self.get_document, "IssueDocument"),
            Kind("ListRecords", 1, self.list_records),
            Kind("GetConsistency", 1, self.get_consistency),
        ]

    def get_citizen(self):
        person = self.citizens.take()
        return person and self._get(self.citizens, person, person.commune, "citizen")

    def get_enterprise(self):
        one = self.enterprises.take()
        return one and self._get(self.enterprises, one, one.territory.district, "enterprise")

    def get_document(self):
        letter = self.letters.take()
        return letter and self._get(self.letters, letter, letter.territory.district, "document")

    def _get(self, pool, thing, unit, record_type):
        """Nobody else has the thing meanwhile, so the copy must come to have just this version."""
        request = self.requests.GetRecordRequest(
            record_type=record_type, record_id=thing.id, min_version=thing.version,
            purpose=PURPOSE)

        def run():
            found = self.replica(unit, "GetRecord", request)
            expect(found.version >= thing.version, "a copy answers an older version")
            pool.put(thing)
        return run

    def list_records(self):
        unit = self.random.choice(self.communes)
        request = self.requests.ListRecordsRequest(record_type="citizen", purpose=PURPOSE,
                                                   page_size=PAGE)
        return lambda: self.replica(unit, "ListRecords", request)

    def get_consistency(self):
        unit = self.random.choice(self.communes)
        request = self.requests.GetConsistencyRequest(unit_id=unit)

        def run():
            expect(self.replica(unit, "GetConsistency", request).units[0].equal,
                   "a copy says that it differs")
        return run
