"""Step 3 of the day: a sharing agreement begins and ends by its date, another is revoked.

The feeds and copies of both departments gain and lose those records, and keep what their other
agreements give.
"""

import datetime

from stack import catalogue, postgres

from . import cast as cast_module
from . import copies, protos, waiting
from .client import CallError

GAIN_SECONDS_MAX = 180
LOSS_SECONDS_MAX = 180
ATTEMPTS = 3
SECONDS_AHEAD = 10              # how long the agreement lasts at least
CITIZENS_PER_SECOND = 1000      # and longer where more records have to come in the meantime
WITHHELD = ("identityNumber", "oldIdentityNumbers", "motherId", "fatherId")
ADMINISTRATION = "H09.01"       # Văn phòng Ủy ban nhân dân tỉnh
COUNT_SHARED = """
  SELECT count(*), count(*) FILTER (WHERE audience::jsonb ? %s)
  FROM head WHERE record_type = 'citizen' AND version > 0"""
COUNT_ENTERPRISES = "SELECT count(*) FROM head WHERE record_type = 'enterprise' AND version > 0"


def play(day):
    cast = cast_module.choose(day.province)
    day.progress.step("shared", f"{cast.health} gets a limited view of citizens until a date",
                      lambda facts: Sharing(day, cast).share(facts))
    day.progress.step("ended", f"that agreement ends by its date: {cast.health} loses them",
                      lambda facts: Sharing(day, cast).end(facts))
    day.progress.step("revoked", f"the agreement of {cast.revoked} on citizens is revoked",
                      lambda facts: Sharing(day, cast).revoke(facts))


class Sharing:
    def __init__(self, day, cast):
        self.day, self.cast = day, cast
        self.directory = protos.module("directory", "directory")
        self.records = protos.module("directory", "records")
        self.options = {}       # as `ops`, where the administration's unit is not in the stack
        if ADMINISTRATION in day.province.with_system:
            self.options = day.actor(ADMINISTRATION, "directory-admin").options

    def share(self, facts):
        """Creates the agreement and waits for the records; again, longer, if it ended before."""
        for attempt in range(1, ATTEMPTS + 1):
            agreement = self._create(attempt)
            end = agreement.ends_at.ToDatetime(datetime.timezone.utc)
            found = waiting.until(
                f"all citizens in the copy of {self.cast.health}", GAIN_SECONDS_MAX,
                lambda end=end: self._gained(end))
            if found == "ended":
                continue
            facts["citizens gained"] = found
            if self._view_is_limited():
                facts["ends"] = f"{end.astimezone(cast_module.VIETNAM):%H:%M:%S}"
                return
        raise waiting.TooLate(f"{ATTEMPTS} agreements ended before their records had come")

    def end(self, facts):
        """The directory's clock ends it: the citizens go, the enterprises stay."""
        self._lost(self.cast.health, facts)

    def revoke(self, facts):
        unit = self.cast.revoked
        # The answer of an earlier try may have been lost: then it is ENDED already.
        found = self.day.client.directory(
            "ListAgreements", self.directory.ListAgreementsRequest(
                consumer_unit_id=unit, page_size=100), **self.options).agreements
        agreement = next(item for item in found if item.record_type == "citizen")
        if agreement.state != self.records.AGREEMENT_STATE_ENDED:
            facts["citizens before"] = copies.count(self.day, unit, "citizen")
        self.day.client.directory("RevokeAgreement", self.directory.RevokeAgreementRequest(
            request_id=self.day.request_id("sharing/revoke"), agreement_id=agreement.id,
            reason="Mục đích sử dụng không còn"), **self.options)
        self._lost(unit, facts)

    def _create(self, attempt):
        """The agreement of one attempt; what it says is planned once, so a repeat is the same."""
        seconds = SECONDS_AHEAD + self.day.progress.citizens / CITIZENS_PER_SECOND
        ends = self.day.progress.plan(f"sharing/ends/{attempt}", lambda: (
            self.day.now() + datetime.timedelta(seconds=seconds * 2 ** (attempt - 1))).isoformat())
        agreement = self.records.Agreement(
            consumer_unit_id=self.cast.health, record_type="citizen", view="limited",
            purpose="Quản lý tiêm chủng theo nơi cư trú", legal_basis="Thỏa thuận mẫu")
        agreement.ends_at.FromDatetime(datetime.datetime.fromisoformat(ends))
        try:
            return self.day.client.directory(
                "CreateAgreement", self.directory.CreateAgreementRequest(
                    request_id=self.day.request_id(f"sharing/create/{attempt}"),
                    agreement=agreement), **self.options)
        except CallError as error:
            # A first try that never reached the directory, repeated after the end had passed.
            if error.code in ("INVALID_ARGUMENT", "FAILED_PRECONDITION") and self._passed(ends):
                return agreement
            raise

    def _passed(self, ends):
        return self.day.now() > datetime.datetime.fromisoformat(ends)

    def _gained(self, end):
        """How many citizens the copy holds once it holds all; "ended" when it is too late."""
        if self.day.now() >= end:
            return "ended"
        total, shared = postgres.query(self.day.stack, "registry", COUNT_SHARED,
                                       (self.cast.health,))[0]
        held = copies.count(self.day, self.cast.health, "citizen")
        if held == total == shared:
            return held
        return False, f"{held} in the copy, {shared} shared of {total}"

    def _view_is_limited(self):
        """Some records of the copy, and the feed: the limited view, nothing withheld is there."""
        unit = self.cast.health
        sample = copies.records(self.day, unit, "citizen", 50)
        if not sample:
            return False  # it ended in this moment
        for record in sample:
            shown = [name for name in WITHHELD if name in record]
            if shown or "text" in record.get("address", {}):
                raise waiting.TooLate(f"the limited view of {unit} shows {shown or 'the address'}")
        newest = copies.feed(self.day.stack, unit)
        views = {newest[key][1] for key in copies.live(newest, "citizen")}
        if views - {"limited"}:
            raise waiting.TooLate(f"views of citizens in the feed of {unit}: {views}")
        return bool(views)

    def _lost(self, unit, facts):
        """Waits until copy and feed hold no citizen; what the other agreement gives, the
        enterprises of the whole province, is all there."""
        waiting.until(f"no citizen in the copy of {unit}", LOSS_SECONDS_MAX,
                      lambda: copies.count(self.day, unit, "citizen") == 0)
        newest = copies.feed(self.day.stack, unit)
        left = copies.live(newest, "citizen")
        if left:
            raise waiting.TooLate(f"{catalogue.feed(unit)} still holds {len(left)} citizens")
        facts["citizens left"] = 0
        facts["tombstones"] = sum(key.startswith("citizen/") for key in newest)
        kept = len(copies.live(newest, "enterprise"))
        total = postgres.query(self.day.stack, "registry", COUNT_ENTERPRISES)[0][0]
        if kept != total or not total:
            raise waiting.TooLate(f"{unit} keeps {kept} of {total} enterprises")
        facts["enterprises kept"] = kept
