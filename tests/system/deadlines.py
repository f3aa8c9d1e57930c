"""Deadlines of documents, told by a service that is killed while it tells them."""

import time

from stack import postgres, processes, services

from day import documents, protos

from .case import Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

LETTERS, DRAFTS = 16, 10
# 15:30 of the day of arrival, when four fifths of it are over; a month later.
NEAR_SECONDS, MONTH_SECONDS = 8 * 3600, 31 * 24 * 3600
MARKED_SECONDS_MAX = 60
KILLS_MIN = 3       # of so many marks one life of the service tells a part
# Of what was made after a row: other cases leave documents, which come due with these. A notice has
# the id of its delivery.
MARKS = """SELECT record_type, record_id, event FROM journal mark
  WHERE event IN ('DeadlineNear', 'DeadlinePassed') AND NOT EXISTS (
    SELECT FROM journal older WHERE older.record_id = mark.record_id AND older.id <= %s)"""


class Deadlines(Case):
    """Once for each record and mark, the highest only after a time of standing still."""

    def setUp(self):
        super().setUp()
        self.scenes = documents.Documents(self.day)
        self.scenes.series({})
        self.offset = services.business_offset_seconds(self.stack)
        self.session = self.enterContext(postgres.connect(self.stack, "document"))

    def tearDown(self):
        if not processes.is_running(self.stack, "document"):
            services.serve(self.stack, "document")
        services.wait_healthy(self.stack, "document")
        super().tearDown()

    def test_each_mark_is_told_once_though_the_service_is_killed_at_each(self):
        begin = postgres.rows(self.session, "SELECT coalesce(max(id), 0) FROM journal")[0][0]
        for number in range(LETTERS):
            self._issued(f"deadline/{number}")
        for number in range(DRAFTS):
            self._signed(f"deadline/draft/{number}")
        deliveries = LETTERS * len(self.scenes.receivers)
        services.stop(self.stack, "document")
        kills = self._tell(begin, NEAR_SECONDS, deliveries)
        self.assertEqual({event for _, _, event in self._marks(begin)}, {"DeadlineNear"})
        kills += self._tell(begin, MONTH_SECONDS, 2 * deliveries + DRAFTS)
        self.assertGreaterEqual(kills, KILLS_MIN)
        services.serve(self.stack, "document", self._at(MONTH_SECONDS))
        services.wait_healthy(self.stack, "document")   # and nothing comes after
        services.stop(self.stack, "document")
        marks = self._marks(begin)
        self.assertEqual(len(marks), len(set(marks)), "a mark was told twice")
        self.assertEqual(len(marks), 2 * deliveries + DRAFTS)
        # The drafts stood still: what was near meanwhile was not told.
        self.assertEqual({event for kind, _, event in marks if kind == "draft"},
                         {"DeadlinePassed"})

    def _tell(self, begin, seconds, expected):
        """Until so many marks are told at that time, killing the service with each that comes."""
        kills, limit = 0, time.monotonic() + MARKED_SECONDS_MAX
        while (before := len(self._marks(begin))) < expected:
            self.assertLess(time.monotonic(), limit, f"{before} of {expected} marks")
            services.serve(self.stack, "document", self._at(seconds))
            while len(self._marks(begin)) == before and time.monotonic() < limit:
                time.sleep(0.002)
            processes.kill(self.stack, "document")
            kills += 1
        return kills

    def _marks(self, begin):
        return postgres.rows(self.session, MARKS, (begin,))

    def _at(self, seconds):
        return {"LIENTHONG_BUSINESS_OFFSET_SECONDS": str(self.offset + seconds)}

    def _signed(self, name):
        scenes, drafts = self.scenes, protos.module("document", "drafts")
        draft = scenes.call(
            scenes.expert, name, "DraftService", "CreateDraft", content=drafts.DraftContent(
                type=scenes.records.DocumentType(name="Công văn"), drafting_abbreviation="VP",
                subject="Về thời hạn giải quyết văn bản",
                recipients=[scenes.records.Recipient(unit_id=unit) for unit in scenes.receivers]))
        scenes.call(scenes.expert, f"{name}/submit", "DraftService", "SubmitDraft",
                    draft_id=draft.id, official_id=scenes.head.official)
        return scenes.call(scenes.head, f"{name}/sign", "DraftService", "SignDraft",
                           draft_id=draft.id)

    def _issued(self, name):
        draft = self._signed(name)
        return self.scenes.call(self.scenes.clerk, f"{name}/issue", "DocumentService",
                                "IssueDocument", draft_id=draft.id)
