"""Citizens and enterprises: registered, moved, corrected and read; and the directory, read."""

import dataclasses
import time

from day import numbers, people, protos

from .calls import PAGE, PURPOSE, Calls, expect, new_id
from .mixture import Kind, Pool

TAILS = (910_000, 1_000_000)    # of numbers that are not of the import nor of the day's scenes
SERIAL_FIRST, SERIALS = 8_000_000, 1_900_000
SERIALS_OF_MINUTE = 200         # a later load begins behind those that an earlier one has given
PARTS = ("2019-07-01", "2019-12-31")


@dataclasses.dataclass
class Person:
    """A citizen as the registry has answered it last."""

    id: str
    version: int
    territory: object
    commune: str
    name: str
    birth: str


@dataclasses.dataclass
class Enterprise:
    id: str
    version: int
    territory: object
    tax_number: str


class Registry(Calls):
    """`citizens` and `enterprises` are those that this load has registered."""

    def __init__(self, day, name, territories):
        super().__init__(day, f"{name}/registry")
        self.territories = territories
        self.people = people.People(self.random, day.province.communes(), TAILS)
        serial = SERIAL_FIRST + int(time.time() / 60) * SERIALS_OF_MINUTE % SERIALS
        self.tax_numbers = numbers.tax_numbers(serial)
        self.requests = protos.module("registry", "registry")
        self.citizens, self.corrections, self.enterprises = (
            Pool(f"{name}/{what}") for what in ("citizens", "corrections", "enterprises"))

    def kinds(self):
        return [
            Kind("RegisterCitizen", 6, self.register_citizen),
            Kind("GetCitizen", 8, self.get_citizen, "RegisterCitizen"),
            Kind("FindCitizens", 4, self.find_citizens, "RegisterCitizen"),
            Kind("MoveCitizen", 4, self.move_citizen, "RegisterCitizen"),
            Kind("RequestCorrection", 2, self.request_correction, "RegisterCitizen"),
            Kind("ApproveCorrection", 2, self.approve_correction, "RequestCorrection"),
            Kind("RegisterEnterprise", 2, self.register_enterprise),
            Kind("GetEnterprise", 3, self.get_enterprise, "RegisterEnterprise"),
            Kind("FindEnterprises", 2, self.find_enterprises, "RegisterEnterprise"),
            Kind("MoveEnterprise", 2, self.move_enterprise, "RegisterEnterprise"),
        ]

    def register_citizen(self):
        territory = self.random.choice(self.territories)
        commune = self.random.choice(territory.communes)
        citizen = self.people.citizen(self.day.province.commune_of(commune), numbered=True)
        request = self.requests.RegisterCitizenRequest(request_id=new_id(), citizen=citizen)

        def run():
            made = self.registry(self.registrar(commune), "RegisterCitizen", request)
            self.citizens.put(Person(made.id, made.version, territory, commune,
                                     citizen.full_name, citizen.birth_date))
        return run

    def get_citizen(self):
        person = self.citizens.take()
        request = person and self.requests.GetCitizenRequest(citizen_id=person.id, purpose=PURPOSE)

        def run():
            found = self.registry(self.registrar(person.commune), "GetCitizen", request)
            expect(found.version == person.version, "a read has not what was written before it")
            self.citizens.put(person)
        return person and run

    def find_citizens(self):
        person = self.citizens.take()
        request = person and self.requests.FindCitizensRequest(
            purpose=PURPOSE, name=person.name, birth_date=person.birth, page_size=PAGE)

        def run():
            found = self.registry(self.registrar(person.commune), "FindCitizens", request)
            expect(person.id in [one.id for one in found.citizens] or found.next_page_token,
                   "a citizen is not found by name and birth date")
            self.citizens.put(person)
        return person and run

    def move_citizen(self):
        """Inside the district, by the district: two communes' feeds change."""
        person = self.citizens.take()
        if not person:
            return None
        commune = self.random.choice(person.territory.communes)
        request = self.requests.MoveCitizenRequest(
            request_id=new_id(), citizen_id=person.id,
            expected_version=self.either(person.version), address=self._address(commune))
        actor = self.day.actor(person.territory.district, "district-registrar")

        def run():
            moved = self.registry(actor, "MoveCitizen", request)
            person.version, person.commune = moved.version, commune
            self.citizens.put(person)
        return run

    def request_correction(self):
        person = self.citizens.take()
        if not person:
            return None
        name = f"{person.name.split()[0]} {self.people.name(self.random.choice((1, 2)))}"
        request = self.requests.RequestCorrectionRequest(
            request_id=new_id(), citizen_id=person.id, full_name=name,
            expected_version=self.either(person.version), reason="Sai sót khi nhập")

        def run():
            asked = self.registry(self.registrar(person.commune), "RequestCorrection", request)
            self.corrections.put((person, asked, name))
        return run

    def approve_correction(self):
        thing = self.corrections.take()
        if not thing:
            return None
        person, asked, name = thing
        request = self.requests.DecideCorrectionRequest(
            request_id=new_id(), correction_id=asked.id,
            expected_version=self.either(asked.version), reason="Theo hồ sơ gốc")
        actor = self.day.actor(person.territory.district, "district-approver")

        def run():
            self.registry(actor, "ApproveCorrection", request)
            person.version, person.name = person.version + 1, name
            self.citizens.put(person)
        return run

    def register_enterprise(self):
        territory = self.random.choice(self.territories)
        commune = self.day.province.commune_of(self.random.choice(territory.communes))
        enterprise = self.people.enterprise(next(self.tax_numbers), commune)
        request = self.requests.RegisterEnterpriseRequest(request_id=new_id(),
                                                          enterprise=enterprise)

        def run():
            made = self.registry(self._economist(territory), "RegisterEnterprise", request)
            self.enterprises.put(Enterprise(made.id, made.version, territory,
                                            enterprise.tax_number))
        return run

    def get_enterprise(self):
        one = self.enterprises.take()
        request = one and self.requests.GetEnterpriseRequest(enterprise_id=one.id)

        def run():
            found = self.registry(self._economist(one.territory), "GetEnterprise", request)
            expect(found.version == one.version, "a read has not what was written before it")
            self.enterprises.put(one)
        return one and run

    def find_enterprises(self):
        one = self.enterprises.take()
        request = one and self.requests.FindEnterprisesRequest(tax_number=one.tax_number)

        def run():
            found = self.registry(self._economist(one.territory), "FindEnterprises", request)
            expect([each.id for each in found.enterprises] == [one.id],
                   "an enterprise is not found by its number")
            self.enterprises.put(one)
        return one and run

    def move_enterprise(self):
        one = self.enterprises.take()
        if not one:
            return None
        request = self.requests.MoveEnterpriseRequest(
            request_id=new_id(), enterprise_id=one.id, expected_version=self.either(one.version),
            address=self._address(self.random.choice(one.territory.communes)))

        def run():
            one.version = self.registry(self._economist(one.territory), "MoveEnterprise",
                                        request).version
            self.enterprises.put(one)
        return run

    def registrar(self, commune):
        return self.day.actor(commune, "commune-registrar")

    def _address(self, commune):
        return self.people.address(self.day.province.commune_of(commune), people.DAY)

    def _economist(self, territory):
        return self.day.actor(territory.district, "district-economy")


class Directory(Calls):
    """Read by officials of communes, as their systems do all day."""

    def __init__(self, day, name, territories):
        super().__init__(day, f"{name}/directory")
        self.territories = territories
        self.requests = protos.module("directory", "directory")

    def kinds(self):
        return [Kind("GetUnit", 4, self.get_unit), Kind("ListUnits", 3, self.list_units),
                Kind("ListCalendarDays", 1, self.list_days)]

    def get_unit(self):
        territory, actor = self._reader()
        unit = self.random.choice([territory.district, *territory.communes])
        request = self.requests.GetUnitRequest(unit_id=unit)

        def run():
            expect(self.directory(actor, "GetUnit", request).id == unit, "another unit")
        return run

    def list_units(self):
        territory, actor = self._reader()
        request = self.requests.ListUnitsRequest(parent_id=territory.district, page_size=PAGE)

        def run():
            expect(self.directory(actor, "ListUnits", request).units, "a district without units")
        return run

    def list_days(self):
        _, actor = self._reader()
        first, last = PARTS
        request = self.requests.ListCalendarDaysRequest(first_day=first, last_day=last)
        return lambda: self.directory(actor, "ListCalendarDays", request)

    def _reader(self):
        territory = self.random.choice(self.territories)
        return territory, self.day.actor(self.random.choice(territory.communes),
                                         "commune-registrar")
