"""What the hotline's part of the day came to, and whether who reported sees what the owner has."""

import collections
import datetime
import urllib.request

from stack import postgres

from . import cast, hotline, open311, people, protos, providers, seen, waiting

SENT_SECONDS_MAX = 60
NAMED_MAX = 5           # of each kind of difference
PAGE_MAX = 20
PERIOD_DAYS = 366
STEPS = ("hotline", "hotline messages", "open311")      # that made reports
HIDDEN = ("complaint", "anonymous")
REPORTS = """
  SELECT substring(p.text from '\\(([^()]+)\\)$'), r.channel, own.id::text, t.id::text
  FROM reporter p JOIN report r ON r.id = p.report_id
  LEFT JOIN ticket own ON own.id = r.own_ticket_id LEFT JOIN ticket t ON t.id = r.ticket_id"""
PUBLIC = """
  SELECT id::text, approved_at IS NOT NULL OR closed_at IS NOT NULL,
    CASE WHEN published_at IS NOT NULL THEN public_answer END,
    published_at IS NOT NULL AND public_photos <> '{}' FROM ticket
  WHERE NOT restricted AND NOT anonymous AND NOT confidential AND NOT kept_private
    AND category_id <> '' AND state NOT IN (11, 13)"""
# Of these tickets: routed to several units at once, given back, reopened, joined, with an overdue
# part, with one that went up.
FIGURES = """
  WITH part AS (SELECT * FROM assignment WHERE ticket_id = ANY(%(ids)s::uuid[])),
    mine AS (SELECT * FROM ticket WHERE id = ANY(%(ids)s::uuid[]))
  SELECT (SELECT count(*) FROM (SELECT FROM part GROUP BY ticket_id, assigned_at
      HAVING count(*) > 1) s) AS several,
    (SELECT count(*) FROM part WHERE state = 3) AS returned,
    (SELECT count(*) FROM mine WHERE reopen_count > 0) AS reopened,
    (SELECT count(*) FROM mine WHERE state = 13) AS joined,
    (SELECT count(DISTINCT ticket_id) FROM part WHERE mark >= 3) AS overdue,
    (SELECT count(DISTINCT ticket_id) FROM part WHERE escalated_unit_ids <> '{}') AS escalated"""
FIGURE_NAMES = ("several", "returned", "reopened", "joined", "overdue", "escalated")
SCENES = {"several": "several", "returned": "wrong unit", "reopened": "reopened",
          "joined": "same again", "overdue": "overdue", "escalated": "overdue"}
CHANNELS = """
  SELECT channel, count(*) FROM ticket WHERE keeper_unit_id = %s AND opened_at >= %s GROUP BY 1"""
MESSAGES = """
  SELECT id::text, medium, state, doubtful_attempts FROM message
  WHERE report_id IN (SELECT id FROM report WHERE own_ticket_id = ANY(%s::uuid[]))"""
MESSAGE_STATES = {1: "waiting", 2: "sent", 3: "refused", 4: "given up", 5: "dropped", 6: "doubtful"}
TOLD = ("sent", "doubtful", "dropped")     # also when there are none
MEDIA = {1: "SMS", 2: "EMAIL"}


def make(day):
    """{what show() prints, and "problems": in words}; {} where the day has no hotline."""
    if not day.province.unit_with("hotline-operator"):
        return {}
    return End(day).make()


def show(facts):
    """Prints what make() found for a person."""
    channels, figures = facts["channels"], facts["figures"]
    print(f"hotline: {sum(channels.values())} reports, "
          + ", ".join(f"{count} {name}" for name, count in channels.items()))
    print(f"hotline: {figures['several']} to several units at once, {figures['returned']} returned "
          f"by the wrong unit, {figures['reopened']} reopened, {figures['joined']} joined to "
          f"another, {figures['overdue']} overdue, {figures['escalated']} gone up")
    for medium, states in facts["messages"].items():
        print(f"messages by {medium}: " + ", ".join(
            f"{count} {state}" for state, count in states.items() if count or state in TOLD))
    partners = facts["partners"]
    print(f"seen from outside: {facts['citizens']} reports by their citizens on the page, "
          f"{partners['listed']} by everybody over Open311 ({partners['answered']} answered, "
          f"{partners['photos']} with a photo): "
          f"{len(facts['problems'])} differences from the owner")


class End:
    """Looks at the reports that the steps of the day made, not at what others made since."""

    def __init__(self, day):
        self.day, self.stack = day, day.stack
        self.scenes = hotline.Hotline(day)
        self.reports = {mark: report for step in STEPS
                        for mark, report in day.progress.facts(step)["_reports"].items()}
        self.tickets = sorted({report["ticket"] for report in self.reports.values()})
        self.problems = []

    def make(self):
        rows = collections.defaultdict(list)
        for mark, *row in postgres.query(self.stack, "hotline", REPORTS):
            if mark in self.reports:
                rows[mark].append(row)
        facts = {"channels": self._channels(rows), "figures": self._figures(),
                 "messages": self._messages(), "citizens": self._citizens(),
                 "partners": self._partners()}
        return facts | {"problems": self.problems}

    def _differ(self, what, found):
        """A problem that names some of those that differ."""
        if found:
            self.problems.append(f"{len(found)} {what}: {', '.join(map(str, found[:NAMED_MAX]))}")

    def _channels(self, rows):
        """{channel: reports}. Each is there once, by its channel, with a ticket of its own."""
        names = self.scenes.records.Channel
        self._differ("reports are not there once", [
            f"{mark} {len(rows[mark])} times" for mark in self.reports if len(rows[mark]) != 1])
        found = {mark: rows[mark][0] for mark in self.reports if rows[mark]}
        self._differ("reports without their ticket", [
            mark for mark, (_, own, ticket) in found.items()
            if not ticket or own != self.reports[mark]["ticket"]])
        self._differ("tickets of several reports", [
            own for own, count in collections.Counter(row[1] for row in found.values()).items()
            if count > 1])
        came = {mark: names.Name(row[0]).removeprefix("CHANNEL_") for mark, row in found.items()}
        self._differ("reports by another channel", [
            f"{mark} by {channel}" for mark, channel in came.items()
            if channel != self.reports[mark]["channel"]])
        counts = collections.Counter(came.values())
        wanted = {name.removeprefix("CHANNEL_") for name in names.keys()} - {"UNSPECIFIED"}
        self._differ("channels by which nothing came", sorted(wanted - set(counts)))
        self._differ("channels that the indicators count otherwise", self._counted_otherwise())
        return dict(sorted(counts.items()))

    def _counted_otherwise(self):
        """Of all that the centre keeps, as GetIndicators tells and as its table has it."""
        since = datetime.datetime.combine(people.DAY, datetime.time(), cast.VIETNAM)
        indicators = protos.module("hotline", "indicators")
        request = indicators.GetIndicatorsRequest()
        getattr(request, "from").FromDatetime(since)
        request.to.FromDatetime(since + datetime.timedelta(days=PERIOD_DAYS))
        told = self.day.client.hotline("IndicatorService", "GetIndicators", request,
                                       **self.scenes.supervisor.options)
        told = {one.channel: one.count for one in told.channels}
        there = dict(postgres.query(self.stack, "hotline", CHANNELS, (self.scenes.centre, since)))
        return [f"{channel}: {told.get(channel)}, not {there.get(channel)}"
                for channel in sorted(set(told) | set(there))
                if told.get(channel) != there.get(channel)]

    def _figures(self):
        """Each as the scenes of the day made it."""
        row, = postgres.query(self.stack, "hotline", FIGURES, {"ids": self.tickets})
        figures = dict(zip(FIGURE_NAMES, row, strict=True))
        scenes = collections.Counter(report["scene"] for report in self.reports.values())
        # Both reports of one that came again have that scene.
        scenes["same again"] //= 2
        self._differ("figures are not what was played", [
            f"{name} {figures[name]}, not {scenes[scene]}" for name, scene in SCENES.items()
            if figures[name] != scenes[scene] or not scenes[scene]])
        return figures

    # Messages.

    def _messages(self):
        """{medium: {state: messages, "repeated": handed over again under the same id}}: all are
        sent, or dropped for a newer one, and the providers have what is sent.
        """
        rows = self._wait_messages()
        facts = {}
        for number, medium in MEDIA.items():
            taken = providers.read(self.stack.run, medium)
            states = collections.Counter(MESSAGE_STATES[row[2]] for row in rows if row[1] == number)
            doubtful = {row[0]: row[3] for row in rows if row[1] == number}
            again = {one: times - 1 for one, times in taken.items() if times > 1}
            self._differ(f"messages by {medium} neither sent nor dropped", [
                f"{count} {state}" for state, count in states.items()
                if state not in ("sent", "dropped")])
            self._differ(f"messages by {medium} that the provider does not have", [
                row[0] for row in rows if row[1] == number and row[2] == 2 and row[0] not in taken])
            self._differ(f"messages by {medium} handed over again without a doubt", [
                one for one, times in again.items() if doubtful.get(one, times) < times])
            facts[medium] = {state: states[state] for state in MESSAGE_STATES.values()} | {
                "repeated": sum(again.values())}
        if not facts["SMS"]["repeated"]:
            self.problems.append("no message whose answer was lost was sent again")
        return facts

    def _wait_messages(self):
        def condition():
            rows = postgres.query(self.stack, "hotline", MESSAGES, (self.tickets,))
            waits = sum(MESSAGE_STATES[state] in ("waiting", "doubtful") for _, _, state, _ in rows)
            return (rows,) if not waits else (False, f"{waits} wait")

        try:
            return waiting.until("all messages sent", SENT_SECONDS_MAX, condition)[0]
        except waiting.TooLate:     # which wait is told by who asks
            return postgres.query(self.stack, "hotline", MESSAGES, (self.tickets,))

    # What is seen from outside.

    def _citizens(self):
        """How many reports were followed with their code: standing and answer are the owner's."""
        count, differing = seen.follow(self.scenes, {
            mark: report for mark, report in self.reports.items() if "code" in report})
        self._differ("citizens see something else", differing)
        return count

    def _partners(self):
        """{"listed", "answered", "photos"}: everybody can list what is public at the owner."""
        listed = self._listed()
        public = {row[0]: row[1:] for row in postgres.query(self.stack, "hotline", PUBLIC)}
        self._differ("requests are missing over Open311", sorted(set(public) - set(listed)))
        self._differ("requests over Open311 are not public", sorted(set(listed) - set(public)))
        both = set(public) & set(listed)
        self._differ("requests differ over Open311", sorted(one for one in both if (
            listed[one]["status"] != ("closed" if public[one][0] else "open")
            or listed[one]["status_notes"] != public[one][1]
            or bool(listed[one]["media_url"]) != public[one][2])))
        self._differ("requests over Open311 are nobody's business", [
            mark for mark, report in self.reports.items()
            if report["scene"] in HIDDEN and report["ticket"] in listed])
        photos = [one["media_url"] for one in listed.values() if one["media_url"]]
        for url in photos[:1]:
            with urllib.request.urlopen(url, timeout=SENT_SECONDS_MAX) as answer:
                if not answer.read().startswith(b"\xff\xd8\xff"):
                    self.problems.append(f"{url} is no JPEG")
        if not photos:
            self.problems.append("no photo was published")
        return {"listed": len(listed), "photos": len(photos),
                "answered": sum(one["status"] == "closed" for one in listed.values())}

    def _listed(self):
        """{id: request} of the day and the 90 days after."""
        client, found = open311.Open311(self.stack), {}
        start = datetime.datetime.combine(people.DAY, datetime.time(), cast.VIETNAM).isoformat()
        for page in range(1, PAGE_MAX + 1):
            some = client.get("requests", start_date=start, page=page)
            found |= {one["service_request_id"]: one for one in some}
            if not some:
                break
        return found
