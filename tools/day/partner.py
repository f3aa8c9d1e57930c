"""A partner's system in the day: it reports over Open311 as an app of citizens would, and asks until
each report is answered."""

import concurrent.futures
import random

from . import hotline, hotline_rules, waiting
from .open311 import POLL_SECONDS, SECONDS_MAX, Open311
from .story import Unexpected

CALLS_AT_ONCE = 8
HOTLINE_REPORTS_A_REPORT = 10   # this many reports of the hotline for one of the partner's
REPORTS_MIN = 10
IDS_MAX = 50                    # asked for at once


def play(day):
    if day.province.unit_with("hotline-operator"):
        Partner(day).play()


class Partner:
    """Posts and polls; the hotline's officials do the rest as for every other report."""

    def __init__(self, day):
        self.day = day
        self.open311 = Open311(day.stack)
        self.hotline = hotline.Hotline(day)
        self.count = max(REPORTS_MIN, self.hotline.count // HOTLINE_REPORTS_A_REPORT)

    def play(self):
        self.day.progress.step(
            "open311", f"a partner reports {self.count} times over Open311 and sees each answered",
            self.reports)

    def reports(self, facts):
        """`_reports` as of the hotline's."""
        key = hotline_rules.call(self.day, None, "ApiKeyService", "CreateApiKey", "open311/key",
                                 name="Ứng dụng của đối tác", calls_per_minute=6000).key
        services = [service["service_code"] for service in self.open311.get("services")
                    if service["metadata"] is False]
        with concurrent.futures.ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
            ids = list(pool.map(lambda index: self._report(index, key, services),
                                range(self.count)))
            facts["open_at_first"] = list(self._states(ids).values()).count("open")
            list(pool.map(self._handle, range(self.count), ids))
        waiting.until("the partner sees every answer", SECONDS_MAX,
                      lambda: self._all_closed(ids), POLL_SECONDS)
        notes = {one["service_request_id"]: one["status_notes"]
                 for one in self.open311.get("requests", status="closed")}
        facts["answers_seen"] = sum(bool(notes.get(one)) for one in ids)
        if facts["answers_seen"] != self.count:
            raise Unexpected(f"not as expected: a list over Open311 has {facts['answers_seen']} "
                             f"answers of {self.count}")
        facts["_reports"] = {self._mark(index): {"scene": "partner", "channel": "OPEN311",
                                                 "ticket": one} for index, one in enumerate(ids)}

    @staticmethod
    def _mark(index):
        return f"đối tác {index}"

    def _report(self, index, key, services):
        chance = random.Random(f"{self.day.province.seed}/open311/{index}")
        commune = self.day.province.units[chance.choice(self.hotline.communes)]
        made = self.open311.post("requests", [
            ("api_key", key), ("service_code", chance.choice(services)),
            ("address_id", commune.gso_code), ("address_string", f"Số {index + 1}"),
            ("description", f"{chance.choice(hotline.TEXTS)} ({self._mark(index)})"),
            ("first_name", "Người dân"), ("last_name", f"{index}"),
            ("phone", f"09{13000000 + index}"),
            ("request_id", self.day.request_id(f"open311/{index}"))])
        return made[0]["service_request_id"]

    def _handle(self, index, ticket_id):
        # The partner sees no answer that is for the citizen alone.
        self.hotline.bring_to_end(f"open311/{index}", "first", self.hotline.ticket(ticket_id), [],
                                  is_private=False)

    def _all_closed(self, ids):
        waited_for = sum(status != "closed" for status in self._states(ids).values())
        return not waited_for or (False, f"{waited_for} open")

    def _states(self, ids):
        """{id: "open" or "closed"} of all of them."""
        found = {}
        for first in range(0, len(ids), IDS_MAX):
            some = ",".join(ids[first:first + IDS_MAX])
            for request in self.open311.get("requests", service_request_id=some):
                found[request["service_request_id"]] = request["status"]
        missing = set(ids) - set(found)
        if missing:
            raise Unexpected(f"not as expected: Open311 does not know {len(missing)} reports")
        return found
