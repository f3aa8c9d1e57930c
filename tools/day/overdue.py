"""What time brings the hotline: messages to who reported, one of them in doubt; what nobody has
touched goes up; what is answered is closed.
"""

import collections

from stack import postgres, services

from . import copies, doors, hotline, hotline_rules, providers, waiting
from .story import Unexpected

LATER_DAYS = 35         # beyond the longest limit and the steps after it
LATER_SECONDS = LATER_DAYS * 24 * 3600
SECONDS_MAX = 60
SENT_SECONDS_MAX = 180
CATEGORY = "HATANG.CAYXANH"
MARK = "tin nhắn"       # of the report whose first message is in doubt
DUE = """
  SELECT (SELECT count(*) FROM ticket WHERE look_at <= t) +
    (SELECT count(*) FROM assignment WHERE look_at <= t)
  FROM (SELECT now() + make_interval(secs => %s) AS t) n"""
TOLD = """
  SELECT event, count(*) FROM journal WHERE event IN
    ('DeadlineNear', 'DeadlinePassed', 'DeadlineEscalated', 'TicketClosed') GROUP BY event"""
WENT_UP = """
  SELECT DISTINCT ticket_id::text FROM assignment
  WHERE ticket_id = ANY(%s::uuid[]) AND %s = ANY(escalated_unit_ids)"""
UNSENT = "SELECT count(*) FROM message WHERE state IN (1, 6)"     # waiting, doubtful
STATES = """
  SELECT m.kind, m.state, m.doubtful_attempts FROM message m WHERE m.ticket_id = %s"""
RECEIVED, DROPPED = 1, 5    # a kind, a state


def play(day):
    if day.province.unit_with("hotline-operator"):
        Overdue(day).play()


class Overdue:
    """After the reports: `scenes` is a hotline.Hotline."""

    def __init__(self, day):
        self.day, self.stack = day, day.stack
        self.scenes = hotline.Hotline(day)

    def play(self):
        step = self.day.progress.step
        step("hotline messages", "who reported is told by SMS and e-mail; nobody knows of one "
             "whether it arrived", self.messages)
        step("hotline overdue", f"{LATER_DAYS} days later: what nobody has touched is told of and "
             "goes up", self.overdue)

    def messages(self, facts):
        """A provider's answer is lost, so it is left alone for a while. Meanwhile the report is
        answered, reopened and answered: a message that a newer one says better is dropped.
        """
        self._wait_sent()
        self.scenes.doors = doors.Doors(self.scenes)
        report = doors.Report(
            mark=MARK, channel="WEB", category={"code": CATEGORY}, words=hotline.TEXTS[0],
            answers={}, commune=self.scenes.communes[0], address="Số 1", latitude=11.0, longitude=106.6,
            name="Người dân", contact=providers.LOST_PHONE)
        self.scenes.doors.of(report.channel).open(report)
        self._wait_doubtful(report)
        self.scenes.answer_twice(report, is_private=True)
        facts["dropped"] = sum(state == DROPPED for _, state, _ in self._states(report))
        facts["_reports"] = {report.mark: hotline.made(report, "reopened")}

    def _states(self, report):
        """[(kind, state, doubtful attempts)] of its messages."""
        return postgres.query(self.stack, "hotline", STATES, (report.ticket.id,))

    def _wait_doubtful(self, report):
        def condition():
            found = self._states(report)
            # A repeat of this step finds what became of it.
            told = any(kind == RECEIVED and doubtful for kind, _, doubtful in found)
            return told or (False, found)

        waiting.until("a message is in doubt", SECONDS_MAX, condition)

    def _wait_sent(self):
        def condition():
            count = postgres.query(self.stack, "hotline", UNSENT)[0][0]
            return count == 0 or (False, f"{count} are not")

        waiting.until("all messages are sent", SENT_SECONDS_MAX, condition)

    def overdue(self, facts):
        """The hotline alone lives some weeks later for a moment."""
        before = self.day.progress.plan("hotline/told", lambda: dict(self._told()))
        offset = services.business_offset_seconds(self.stack)
        self._restart(offset + LATER_SECONDS)
        try:
            waiting.until("the overdue are told of", SECONDS_MAX, self._all_told)
            self._wait_sent()
        finally:
            self._restart(offset)
        facts.update({event: count - before.get(event, 0)
                      for event, count in sorted(self._told().items())})
        self._check_up()

    def _check_up(self):
        """What nobody touched is at the unit that it goes up to: at the owner and in its copy."""
        row, = [row for row in hotline_rules.rows(self.day, "hotline_centre.csv")
                if row["name"] == "escalation_unit_id"]
        unit = hotline_rules.known(self.day, row["value"])
        untouched = [report["ticket"] for report in
                     self.day.progress.facts("hotline")["_reports"].values()
                     if report["scene"] == "overdue"]
        there = {row[0] for row in postgres.query(self.stack, "hotline", WENT_UP,
                                                  (untouched, unit))}
        left = set(untouched) - there
        if left or not untouched:
            raise Unexpected(f"not as expected: of {len(untouched)} reports that nobody touched "
                             f"{len(left)} did not go up: {sorted(left)[:3]}")
        for ticket in untouched[:10]:
            waiting.until(f"{ticket} in the copy of {unit}", SECONDS_MAX, lambda at=ticket: (
                copies.record(self.day, unit, "ticket", at) is not None))

    def _restart(self, offset_seconds):
        services.stop(self.stack, "hotline")
        services.serve(self.stack, "hotline",
                       {"LIENTHONG_BUSINESS_OFFSET_SECONDS": str(offset_seconds)})
        services.wait_healthy(self.stack, "hotline")

    def _all_told(self):
        later = services.business_offset_seconds(self.stack) + LATER_SECONDS
        count = postgres.query(self.stack, "hotline", DUE, (later,))[0][0]
        return count == 0 or (False, f"{count} are due")

    def _told(self):
        return collections.Counter(dict(postgres.query(self.stack, "hotline", TOLD)))
