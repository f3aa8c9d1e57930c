"""The reference of RegisterCitizen: pgbench with the service's own SQL."""

import pathlib
import time

from . import pgbench
from .pgbench import array

DATABASE = "bench_reference"
SCRIPT = pathlib.Path(__file__).with_name("register.sql")
# In the order in which one RegisterCitizen runs them.
STATEMENTS = (
    ("platform/journal/change_set.cpp", "journal_find_request"),
    ("platform/access/sharing.cpp", "access_sharing_changes"),
    ("registry/store_citizens.cpp", "registry_insert_citizens"),
    ("platform/journal/rows.cpp", "journal_write"),
)
COMMUNE = "25747"
STATE = (r'{\"id\":\"01a205a0-1b8b-7aac-a8fe-272534c91a16\",\"version\":\"1\",'
         r'\"fullName\":\"Nguyễn Văn Bình\",\"birthDate\":\"2019-07-05\",\"sex\":\"SEX_MALE\",'
         r'\"address\":{%s\"communeCode\":\"25747\",\"communeDate\":\"2019-07-10\"},'
         r'\"state\":\"CITIZEN_STATE_LIVING\"}')
STATES = '{"' + STATE % r'\"text\":\"Khu phố 3\",' + '","' + STATE % "" + '"}'
FAMILIES = (("nguyễn", "nguyen"), ("trần", "tran"), ("lê", "le"), ("phạm", "pham"),
            ("hùynh", "huynh"), ("võ", "vo"))


def search_keys(accented, folded):
    return array(f" {accented} văn bình", " văn bình", " bình", "binh", f"{folded} van binh",
                 "van binh")


# What is the same in every call, as the service passes it.
CONSTANTS = {
    "caller": "H09.718.25747", "callers": array("H09.718.25747"),
    "systems": array("unit-H09.718.25747"), "units": array("H09.718.25747"),
    "officials": array("6c6955f0-0063-5b8e-96b3-84cfc0130d1d"),
    "full_names": array("Nguyễn Văn Bình"), "sexes": array("MALE"), "numbers": array(""),
    "old_numbers": array("{}"), "texts": array("Khu phố 3"), "communes": array(COMMUNE),
    "commune_dates": array("2019-07-10"), "warnings": array("{}"), "parents": array(""),
    "keys": array(*(search_keys(*family) for family in FAMILIES)),
    "key_communes": array(*[COMMUNE] * 6),
    "types": array("citizen"), "versions": "{1}", "events": array("CitizenRegistered"),
    "views": array('{"full","limited"}'), "states": array(STATES),
    "salts": array(r"\x43c4a3547b2039ac19c3ca27787df0d5"),
    "digests": array(array("\\x" + "868e4b4c19a65492" * 4, "\\x" + "c4df7b375e0256fe" * 4)),
    "hashes": array('{"full":"4160b9cceca59efd613997211f1a58f4",'
                    '"limited":"ae8a480ea297c0b3e2d264943cdeda99"}'),
    "audiences": array('{"H09.11":"limited","H09.12":"limited","H09.16":"full",'
                       '"H09.718":"full","H09.718.25747":"full"}'),
    "nothings": array("{}"), "sharing_marks": "{100}", "state_rows": "{0}",
    "call_numbers": "{1}", "ordinals": "{0}", "row_counts": "{1}",
    "recorded_at": "2019-07-10T00:31:11.620419Z",
    "effective_ats": array("2019-07-10T00:31:11.619613Z"),
    "traceparents": array("00-5de46d7dfb072407b40c7e77bd89207a-c21f3a2f1ecdfb86-00"),
    "fingerprints": array("\\x" + "839582dd724ce88e" * 4),
}


def check():
    """Refuses a register.sql that is not what the service runs today."""
    pgbench.check(SCRIPT, STATEMENTS)


def make(place):
    """The database, anew from the registry's."""
    pgbench.make(place, "registry", DATABASE)


def transactions_per_second(place, clients, seconds):
    """One run of pgbench."""
    variables = CONSTANTS | {"time": str(int(time.time() * 1_000_000))}
    return pgbench.run(place, DATABASE, SCRIPT, variables, clients, seconds).per_second
