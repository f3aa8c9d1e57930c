"""The province's data (deploy/provinces/<name>/*.csv) as messages of the directory's API."""

import csv
import random
import uuid

from stack import catalogue, settings

from . import numbers, people, protos

NAMESPACE = uuid.UUID("6f2d4b0e-5a0c-5d0e-9c55-1f7e3b6a9d10")  # of ids derived from a seed
CHUNK_RECORDS = 400   # the API takes at most 500
OFFICE = "unit"       # what agencies.csv calls an office without a system of its own


class Province:
    """Everything the directory is loaded with, narrowed to the stack's units.

    `units`: {code: directory.v1.Unit}, parents first. `officials`: directory.v1.Official.
    """

    def __init__(self, stack, seed, name="binh-duong"):
        self.folder = settings.DEPLOY / "provinces" / name
        self.seed = seed
        self.records = protos.module("directory", "records")
        self.with_system = catalogue.Catalogue(stack).units
        self.units = self._read_units()
        self.positions = self._read_positions()
        self.officials, self._official_of = self._make_officials()
        self.agreements = self._read_agreements()
        self.days = self._read_days()

    def communes(self, district=None):
        """[(code of the statistics office, name)] of the communes, of one district if it is given."""
        return [(unit.gso_code, unit.name.removeprefix("Ủy ban nhân dân "))
                for unit in self.units.values()
                if unit.kind == self.records.UNIT_KIND_COMMUNE
                and district in (None, unit.parent_id)]

    def units_of_kind(self, kind):
        """Codes of the units of a kind ("COMMUNE") that have a system, in code order."""
        number = self.records.UnitKind.Value(f"UNIT_KIND_{kind}")
        return [code for code in self.with_system if self.units[code].kind == number]

    def commune_of(self, unit):
        """(code, name) of the commune that a unit governs."""
        return self.units[unit].gso_code, self.units[unit].name.removeprefix("Ủy ban nhân dân ")

    def official(self, unit, position):
        """The id of an official with a position in a unit."""
        if (unit, position) not in self._official_of:
            raise settings.StackError(f"{unit} has no {position}: see appointments.csv")
        return self._official_of[unit, position]

    def unit_with(self, position):
        """The first unit with a system that has an official in a position; None = there is none."""
        return next((unit for unit in self.with_system
                     if (unit, position) in self._official_of), None)

    def chunks(self):
        """LoadDirectoryRequest messages; each record comes after those it names."""
        request = protos.module("directory", "directory").LoadDirectoryRequest
        groups = [("units", list(self.units.values())), ("positions", self.positions),
                  ("officials", self.officials), ("agreements", self.agreements),
                  ("days", self.days)]
        for field, records in groups:
            for start in range(0, len(records), CHUNK_RECORDS):
                yield request(request_id=derived_id(self.seed, f"load/{field}/{start}"),
                              **{field: records[start:start + CHUNK_RECORDS]})

    def _rows(self, file):
        with open(self.folder / file, encoding="utf-8", newline="") as text:
            return list(csv.DictReader(text))

    def _read_units(self):
        """Parents before children; of a part of the province, what is needed above and below."""
        rows = {row["code"]: row for row in self._rows("agencies.csv")}
        wanted = set(self.with_system)
        for code in self.with_system:
            while code:
                wanted.add(code)
                code = rows[code]["parent_code"]
        wanted |= {code for code, row in rows.items()
                   if row["kind"] == OFFICE and row["parent_code"] in self.with_system}
        ordered = sorted(wanted, key=lambda code: (code.count("."), code))
        return {code: self._unit(rows[code]) for code in ordered}

    def _unit(self, row):
        is_office = row["kind"] == OFFICE
        kind = "OFFICE" if is_office else row["kind"].upper()
        return self.records.Unit(
            id=row["code"], name=row["name"], parent_id=row["parent_code"],
            kind=self.records.UnitKind.Value(f"UNIT_KIND_{kind}"),
            carrier_id=row["parent_code"] if is_office else "", gso_code=row["gso_code"],
            valid_from=row["valid_from"], valid_to=row["valid_to"],
            synthetic=row["synthetic"] == "true", code102=row["code102"])

    def _read_positions(self):
        positions = [self.records.Position(id=row["id"], name=row["name"],
                                           permissions=sorted(row["permissions"].split()))
                     for row in self._rows("positions.csv")]
        unknown = {name for position in positions for name in position.permissions}
        unknown -= protos.permissions()
        if unknown:
            raise settings.StackError(f"positions.csv: no RPC names {', '.join(sorted(unknown))}")
        return positions

    def _make_officials(self):
        """One invented official for each appointment that a unit's kind or code asks for."""
        makers = people.People(random.Random(f"{self.seed}/officials"), self.communes())
        generator = random.Random(f"{self.seed}/officials/sex")
        officials, official_of = [], {}
        rules = self._rows("appointments.csv")
        for code, unit in self.units.items():
            kind = self.records.UnitKind.Name(unit.kind).removeprefix("UNIT_KIND_").lower()
            for index, rule in enumerate(rules):
                if rule["unit_code"] != code and rule["unit_kind"] != kind:
                    continue
                official = self.records.Official(
                    id=derived_id(self.seed, f"official/{code}/{index}"),
                    full_name=makers.name(generator.choice((numbers.MALE, numbers.FEMALE))))
                appointment = official.appointments.add(
                    unit_id=code, position_id=rule["position_id"])
                appointment.starts_at.FromJsonString(f"{unit.valid_from}T00:00:00+07:00")
                officials.append(official)
                official_of[code, rule["position_id"]] = official.id
        return officials, official_of

    def _read_agreements(self):
        return [self.records.Agreement(id=self.agreement_id(row["consumer_unit_id"],
                                                            row["record_type"]), **row)
                for row in self._rows("agreements.csv") if row["consumer_unit_id"] in self.units]

    def agreement_id(self, consumer, record_type):
        """Id of the agreement of agreements.csv about one consumer and record type."""
        return derived_id(self.seed, f"agreement/{consumer}/{record_type}")

    def _read_days(self):
        return [self.records.CalendarDay(
                    id=row["date"], kind=self.records.DayKind.Value(f"DAY_KIND_{row['kind']}"),
                    name=row["name"], certain=row["certain"] == "true")
                for row in self._rows("holidays.csv")]


def derived_id(seed, name):
    """A UUID that is the same for the same seed and name: repeating a call is harmless."""
    return str(uuid.uuid5(NAMESPACE, f"{seed}/{name}"))
