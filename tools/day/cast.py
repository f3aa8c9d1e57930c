"""Who plays the day: the units of the story and the officials that act for them."""

import dataclasses
import datetime
import time

from stack import services, settings

from . import client as client_module
from . import progress as progress_module
from . import province as province_module

NEEDED = (   # for `homes`, `others`, `health` and `revoked` of choose(), each with an example
    "a district with two of its communes (H09.718,H09.718.25747,H09.718.25750)",
    "another district with one of its communes (H09.719,H09.719.25816)",
    "a department to which agreements.csv gives no citizens in the view limited (H09.13)",
    "a department to which agreements.csv gives citizens in the view limited "
    "(H09.12; the agreement of H09.16 has the view full, which does not do)")
VIETNAM = datetime.timezone(datetime.timedelta(hours=7))


@dataclasses.dataclass(frozen=True)
class Actor:
    """An official acting through the system of a unit."""

    unit: str
    official: str

    @property
    def options(self):
        """What Client.call() needs to know."""
        return {"system": f"unit-{self.unit}", "official": self.official}


@dataclasses.dataclass
class Day:
    """What every step needs. `progress` remembers, `client` calls, `province` knows the units."""

    stack: settings.Stack
    client: client_module.Client
    province: province_module.Province
    progress: progress_module.Progress

    def now(self):
        """Business time, in Vietnam."""
        offset = services.business_offset_seconds(self.stack)
        return datetime.datetime.fromtimestamp(time.time() + offset, VIETNAM)

    def request_id(self, name):
        """The id of a call of the day: the same whenever it is repeated."""
        return province_module.derived_id(self.province.seed, name)

    def actor(self, unit, position):
        return Actor(unit, self.province.official(unit, position))


@dataclasses.dataclass(frozen=True)
class Cast:
    """The units of the story: two communes of one district, one of another, two departments."""

    district: str
    commune: str
    neighbour: str
    other_district: str
    other_commune: str
    health: str
    revoked: str


def choose(province):
    """The cast among the units that have a system; a StackError when these do not suffice."""
    under = {district: [code for code in province.units_of_kind("COMMUNE")
                        if province.units[code].parent_id == district]
             for district in province.units_of_kind("DISTRICT")}
    homes = [district for district, communes in under.items() if len(communes) >= 2]
    others = [district for district in under if under[district] and district != (homes or [""])[0]]
    departments = province.units_of_kind("DEPARTMENT")
    sharers = [agreement.consumer_unit_id for agreement in province.agreements
               if (agreement.record_type, agreement.view) == ("citizen", "limited")]
    health = "H09.13" if "H09.13" in departments else next(
        (code for code in departments if code not in sharers), None)
    revoked = "H09.12" if "H09.12" in sharers else next(iter(sharers), None)
    missing = [what for what, found in zip(NEEDED, (homes, others, health, revoked)) if not found]
    if missing:
        raise settings.StackError("the units do not suffice for the day; add: " + "; ".join(missing))
    district, other_district = homes[0], others[0]
    preferred = [code for code in under[district] if code.endswith("25747")]
    commune = (preferred or under[district])[0]
    neighbour = next(code for code in under[district] if code != commune)
    return Cast(district, commune, neighbour, other_district, under[other_district][0], health,
                revoked)
