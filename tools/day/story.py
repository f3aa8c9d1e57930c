"""Step 2 of the day: what happens to persons and enterprises on an ordinary Wednesday.

Each scene is a step of its own. It plans whom it is about (kept, so that a repeated scene makes the
same calls), makes its calls, and waits until the copies of the units concerned show it.
"""

import random
import unicodedata

from . import cast as cast_module
from . import copies, numbers, people, protos, waiting

LOOK_AT = 500            # records of a commune's copy among which a scene finds its person
ENTERPRISE_SERIAL = 5_000_000


def play(day):
    Story(day).play()


class Story:
    """The scenes. `units` of a scene are those whose feeds should carry it."""

    def __init__(self, day):
        self.day = day
        self.cast = cast_module.choose(day.province)
        self.home = [self.cast.commune, self.cast.district]
        self.registrar = day.actor(self.cast.commune, "commune-registrar")
        self.approver = day.actor(self.cast.district, "district-approver")
        self.economist = day.actor(self.cast.district, "district-economy")
        self.registry = protos.module("registry", "registry")
        self.records = protos.module("registry", "records")

    def play(self):
        cast, step = self.cast, self.day.progress.step
        step("birth", f"{cast.commune} registers a birth", self.birth)
        step("move", f"a citizen moves from {cast.commune} to {cast.other_commune}", self.move)
        step("correction", "a name is corrected by request and approval", self.correction)
        step("merge", "a suspected duplicate is found and merged", self.merge)
        step("death", "a death is recorded", self.death)
        step("enterprise", "an enterprise is registered, moves, is dissolved", self.enterprise)

    def birth(self, facts):
        mother = self._person("birth", lambda person: person.get("sex") == "SEX_FEMALE"
                              and "1980" < person["birthDate"] < "2000")
        child = self._people("birth").citizen(
            self.day.province.commune_of(self.cast.commune), birth=people.DAY - 2 * people.ONE_DAY,
            numbered=True)
        child.mother_id = mother["id"]
        answer = self._call(self.registrar, "birth", "RegisterCitizen",
                            self.registry.RegisterCitizenRequest(citizen=child))
        facts["in two copies after ms"] = self._arrives(answer, self.home)
        facts["_citizen"] = answer.id

    def move(self, facts):
        """The other commune takes the person over: the record leaves two feeds, enters two."""
        person = self._person("move", lambda person: "identityNumber" in person
                              and person["birthDate"] < "2001")
        there = [self.cast.other_commune, self.cast.other_district]
        address = self._people("move").address(
            self.day.province.commune_of(self.cast.other_commune), people.DAY)
        answer = self._call(
            self.day.actor(self.cast.other_commune, "commune-registrar"), "move", "TakeOverCitizen",
            self.registry.TakeOverCitizenRequest(
                identity_number=person["identityNumber"], birth_date=person["birthDate"],
                address=address))
        facts["in two copies after ms"] = self._arrives(answer, there)
        facts["out of two after ms"] = copies.leaves(self.day, self.home, "citizen", answer.id)
        for unit, wanted in [(unit, True) for unit in there] + [(unit, False) for unit in self.home]:
            self._in_feed(unit, f"citizen/{answer.id}", wanted)

    def correction(self, facts):
        person = self._person("correction", lambda person: " Thị " in person["fullName"])
        wanted = person["fullName"].replace(" Thị ", " Thị Minh ")
        request = self._call(
            self.registrar, "correction/request", "RequestCorrection",
            self.registry.RequestCorrectionRequest(
                expected_version=int(person["version"]), citizen_id=person["id"],
                full_name=wanted, reason="Giấy khai sinh bản gốc ghi chữ đệm khác"))
        decided = self._call(
            self.approver, "correction/approve", "ApproveCorrection",
            self.registry.DecideCorrectionRequest(
                correction_id=request.id, expected_version=request.version,
                reason="Đúng với sổ hộ tịch"))
        _expect(decided.state == self.records.CORRECTION_STATE_APPROVED, "the correction's state")
        facts["in two copies after ms"] = copies.arrives(
            self.day, self.home, "citizen", person["id"], int(person["version"]) + 1)
        for unit in self.home:
            found = copies.record(self.day, unit, "citizen", person["id"])
            _expect(f'"{wanted}"' in found.json, f"the corrected name in the copy of {unit}")

    def merge(self, facts):
        """The neighbour commune registers a person again: no number, the name unaccented."""
        person = self._person("merge", lambda person: "identityNumber" in person
                              and person["birthDate"] < "2001")
        twin = self.records.Citizen(
            full_name=unaccented(person["fullName"]), birth_date=person["birthDate"],
            sex=self.records.Sex.Value(person["sex"]), address=self._people("merge").address(
                self.day.province.commune_of(self.cast.neighbour), people.DAY))
        twin = self._call(self.day.actor(self.cast.neighbour, "commune-registrar"),
                          "merge/register", "RegisterCitizen",
                          self.registry.RegisterCitizenRequest(citizen=twin))
        # Planned, because a repeat of a scene that was cut short finds them merged.
        found = self.day.progress.plan("story/merge/candidates", lambda: [
            candidate.id for candidate in self.day.client.registry(
                "FindDuplicates", self.registry.FindDuplicatesRequest(
                    citizen_id=person["id"], purpose="Rà soát trùng lặp"),
                **self.approver.options).candidates])
        _expect(twin.id in found, "the duplicate among the candidates")
        facts["candidates"] = len(found)
        answer = self._call(self.approver, "merge", "MergeCitizens",
                            self.registry.MergeCitizensRequest(
                                citizen_id=person["id"], duplicate_id=twin.id,
                                reason="Cùng một người: trùng họ tên, ngày sinh và cha mẹ"))
        _expect(answer.id == person["id"], "the record that goes on")
        facts["in two copies after ms"] = self._arrives(answer, self.home)

    def death(self, facts):
        person = self._person("death", lambda person: person["birthDate"] < "1960")
        answer = self._call(self.registrar, "death", "RecordDeath",
                            self.registry.RecordDeathRequest(
                                citizen_id=person["id"], expected_version=int(person["version"]),
                                death_date=people.DAY.isoformat()))
        _expect(answer.state == self.records.CITIZEN_STATE_DECEASED, "the state after a death")
        facts["in two copies after ms"] = self._arrives(answer, self.home)

    def enterprise(self, facts):
        maker = self._people("enterprise")
        new = maker.enterprise(next(numbers.tax_numbers(ENTERPRISE_SERIAL)),
                               self.day.province.commune_of(self.cast.commune))
        answer = self._call(self.economist, "enterprise/register", "RegisterEnterprise",
                            self.registry.RegisterEnterpriseRequest(enterprise=new))
        facts["in two copies after ms"] = self._arrives(answer, self.home, "enterprise")
        moved = self._call(self.economist, "enterprise/move", "MoveEnterprise",
                           self.registry.MoveEnterpriseRequest(
                               enterprise_id=answer.id, expected_version=answer.version,
                               address=maker.address(
                                   self.day.province.commune_of(self.cast.neighbour), people.DAY)))
        self._arrives(moved, [self.cast.neighbour, self.cast.district], "enterprise")
        copies.leaves(self.day, [self.cast.commune], "enterprise", answer.id)
        ended = self._call(self.economist, "enterprise/dissolve", "DissolveEnterprise",
                           self.registry.DissolveEnterpriseRequest(
                               enterprise_id=answer.id, expected_version=moved.version,
                               dissolved_on=people.DAY.isoformat()))
        _expect(ended.state == self.records.ENTERPRISE_STATE_DISSOLVED, "the enterprise's state")
        self._arrives(ended, [self.cast.neighbour, self.cast.district], "enterprise")
        facts["versions"] = ended.version

    def _call(self, actor, name, method, request):
        """A registry call whose request id follows from the seed and the scene."""
        request.request_id = self.day.request_id(f"story/{name}")
        return self.day.client.registry(method, request, **actor.options)

    def _arrives(self, answer, units, record_type="citizen"):
        return copies.arrives(self.day, units, record_type, answer.id, answer.version)

    def _in_feed(self, unit, key, wanted):
        """The feed itself, read as any consumer would, ends with the record or its tombstone."""
        def condition():
            value, _ = copies.feed(self.day.stack, unit).get(key, (None, ""))
            return (value is not None) == wanted

        waiting.until(f"{key} {'in' if wanted else 'out of'} the feed of {unit}",
                      copies.ARRIVAL_SECONDS_MAX, condition)

    def _person(self, scene, fits):
        """A living person of the commune that no other scene is about, as JSON of the copy."""
        taken = self.day.progress.plan("story/taken", list)

        def choose():
            for person in copies.records(self.day, self.cast.commune, "citizen", LOOK_AT):
                if (person["state"] == "CITIZEN_STATE_LIVING" and person["id"] not in taken
                        and fits(person)):
                    taken.append(person["id"])
                    return person
            raise waiting.TooLate(
                f"no fitting person in {self.cast.commune} for {scene}: load more citizens")

        return self.day.progress.plan(f"story/{scene}", choose)

    def _people(self, scene):
        """A maker of persons of its own for each scene: repeated, it makes the same again."""
        scenes = ["birth", "move", "merge", "enterprise"]
        width = (people.TAILS_OF_DAY[1] - people.TAILS_OF_DAY[0]) // len(scenes)
        first = people.TAILS_OF_DAY[0] + scenes.index(scene) * width
        return people.People(random.Random(f"{self.day.province.seed}/story/{scene}"),
                             self.day.province.communes(), (first, first + width))


class Unexpected(Exception):
    """An answer or a copy was not as the scene had to make it."""


def _expect(condition, text):
    if not condition:
        raise Unexpected(text)


def unaccented(text):
    """A name as it is typed without diacritics."""
    plain = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
