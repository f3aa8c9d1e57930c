"""The hotline's part of the day: citizens' reports over all channels, each brought to its end: one
unit or several at once, the wrong one, answers that content nobody, complaints about officials,
emergencies; and some that nobody touches until they are overdue.
"""

import collections
import concurrent.futures
import random

from . import doors, hotline_rules, protos, seen
from .story import Unexpected

CALLS_AT_ONCE = 8
CITIZENS_A_REPORT = 10
REPORTS_MIN = 60
PHOTO_EVERY = 2             # of the reports on the page and in the application
RATED_EVERY, PRIVATE_EVERY = 2, 3
SATISFACTIONS = 4           # hotline.v1.Satisfaction: from 1, not satisfied
NEAR_DEGREES = 0.0002       # some 20 m
TEXTS = ("Ổ gà lớn giữa đường, nguy hiểm cho xe máy", "Đèn đường tắt nhiều đêm liền",
         "Rác tồn đọng trước cổng chợ", "Nước máy đục từ hôm qua", "Cây gãy đổ chắn lối đi",
         "Hỏi giấy tờ cần nộp khi đăng ký thường trú", "Tiếng ồn quá mức sau 22 giờ")
SCENES = ("plain",) * 10 + ("several", "several", "wrong unit", "reopened", "complaint", "anonymous",
                            "overdue", "same again", "emergency", "unclassified")
KINDS = {"complaint": "CONDUCT", "emergency": "EMERGENCY", "several": "INCIDENT",
         "same again": "INCIDENT"}
OTHER_KINDS = ("INCIDENT", "INCIDENT", "INCIDENT", "PROCEDURE_QUESTION", "PETITION")


def play(day):
    if day.province.unit_with("hotline-operator"):
        Hotline(day).play()


class Hotline:
    """The scenes. Who keeps the hotline is the unit whose officials take its calls."""

    def __init__(self, day):
        self.day = day
        self.centre = day.province.unit_with("hotline-operator")
        self.operator = day.actor(self.centre, "hotline-operator")
        self.supervisor = day.actor(self.centre, "hotline-supervisor")
        self.records = protos.module("hotline", "records")
        self.tickets = protos.module("hotline", "tickets")
        self.communes = day.province.units_of_kind("COMMUNE")
        self.count = max(REPORTS_MIN, day.progress.citizens // CITIZENS_A_REPORT)
        self._categories = collections.defaultdict(list)
        for row in hotline_rules.rows(day, "hotline_categories.csv"):
            if row["parent_code"]:
                self._categories[row["kind"]].append(row)
        self._questions = collections.defaultdict(list)
        for row in hotline_rules.rows(day, "hotline_questions.csv"):
            self._questions[row["category_code"]].append(row)

    def play(self):
        step = self.day.progress.step
        step("hotline rules", "categories and limits of the hotline",
             lambda facts: hotline_rules.load(self.day, facts))
        step("hotline", f"{self.count} citizens report over all channels; it reaches the units and "
             "is answered", self.reports)
        step("hotline followed", "they follow it with their code", self.followed)

    # The reports.

    def reports(self, facts):
        """`_reports`: {mark: what made() tells} of each report."""
        self.doors = doors.Doors(self)
        with concurrent.futures.ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
            played = list(pool.map(self._report, range(self.count)))
        facts.update(sorted(collections.Counter(scene for scene, _ in played).items()))
        facts["_reports"] = {report.mark: made(report, scene)
                             for scene, reports in played for report in reports}

    def followed(self, facts):
        """Before time closes what is answered: each standing that a citizen is shown."""
        count, differing = seen.follow(self, self.day.progress.facts("hotline")["_reports"])
        if differing:
            raise Unexpected(f"not as expected: {len(differing)} citizens see something else: "
                             f"{differing[:3]}")
        facts["page"] = count

    def _report(self, index):
        """A citizen's report until its end: the scene that it was, the reports that were made."""
        chance = random.Random(f"{self.day.province.seed}/hotline/{index}")
        scene = SCENES[index % len(SCENES)]
        report = self._drawn(index, scene, chance)
        door, reports = self.doors.of(report.channel), [report]
        door.open(report)
        is_private = index % PRIVATE_EVERY == 0
        if scene == "unclassified":
            self._classify(report, chance)
        if scene == "emergency":
            self._transfer(report)
            return scene, reports
        if scene == "overdue":
            self._route(report.mark, "route", report.ticket, [report.commune])
            return scene, reports
        if scene == "same again":
            reports.append(self._same_again(index, report))
        if scene == "wrong unit":
            self._wrong_unit(report, chance)
        if scene == "reopened":
            self.answer_twice(report, is_private)
        else:
            units = {"several": chance.sample(self.communes, 3), "plain": [], "complaint": []}.get(
                scene, [report.commune])    # without one it is the category's own
            self.bring_to_end(report.mark, "first", report.ticket, units, is_private)
        if index % RATED_EVERY == 0 and report.contact:
            door.rate(report, 1 + index // RATED_EVERY % SATISFACTIONS)
        return scene, reports

    def _drawn(self, index, scene, chance):
        """What is reported. In each row of as many reports as there are scenes every channel
        occurs, and each scene goes through the channels from row to row.
        """
        row = index // len(SCENES)
        channel = doors.CHANNELS[(index + 3 * row) % len(doors.CHANNELS)]
        if scene == "emergency":
            channel = "PHONE"       # a warm transfer is one of a call
        kind = KINDS.get(scene, chance.choice(OTHER_KINDS))
        category = {} if scene == "unclassified" else chance.choice(self._categories[kind])
        if channel == "APP" and not doors.App.takes(category):
            channel = "WEB"         # it opens the page
        answers, lists = self._answered(category, chance)
        contact = f"nguoi.dan.{index}@example.vn" if channel == "EMAIL" else f"09{12000000 + index}"
        has_photo = channel in ("WEB", "APP") and row % PHOTO_EVERY == 0
        commune, concerned = chance.sample(self.communes, 2)
        return doors.Report(
            mark=str(index), channel=channel, category=category, words=chance.choice(TEXTS),
            answers=answers, lists=lists, commune=commune,
            address=f"Số {index % 300 + 1}, tổ {index % 12 + 1}",
            latitude=round(chance.uniform(10.9, 11.5), 5),
            longitude=round(chance.uniform(106.4, 106.9), 5),
            name=f"Người dân {index}", contact="" if scene == "anonymous" else contact,
            concerned=concerned if scene == "complaint" else "",
            photos=[doors.photo(index)] if has_photo else [])

    def _answered(self, category, chance):
        """({code: values} for a category's questions, those that take several)."""
        answers, lists = {}, set()
        for row in self._questions[category.get("code")]:
            keys = [pair.split(":")[0] for pair in row["values"].split("|") if pair]
            if row["type"] == "MULTI_VALUE_LIST":
                lists.add(row["code"])
                answers[row["code"]] = sorted(chance.sample(keys, 2))
            elif keys:
                answers[row["code"]] = [chance.choice(keys)]
            elif row["type"] == "STRING":
                answers[row["code"]] = [str(chance.randint(1, 99))]
            elif row["required"] == "true":
                raise Unexpected(f"no answer to {row['code']}, a required {row['type']}")
        return answers, lists

    def answer_twice(self, report, is_private):
        """Answered by its commune, reopened by the citizen, answered again."""
        units = [report.commune]
        self.bring_to_end(report.mark, "first", report.ticket, units, is_private)
        self.doors.of(report.channel).reopen(report, "Sự cố vẫn còn")
        self.bring_to_end(report.mark, "again", report.ticket, units, is_private, before=1)

    def _classify(self, report, chance):
        category = chance.choice(self._categories["INCIDENT"])
        report.answers, _ = self._answered(category, chance)
        report.ticket = self._step(report.mark, "classify", self.operator, "ClassifyTicket",
                                   report.ticket, category_id=category["code"],
                                   question_answers=report.question_answers())

    def _transfer(self, report):
        number = report.category["code"].rpartition(".")[2]
        self._step(report.mark, "transfer", self.operator, "StartTransfer", report.ticket,
                   service=number if number.isdigit() else "113")
        self._step(report.mark, "taken", self.operator, "EndTransfer", report.ticket, taken=True)

    def _same_again(self, index, first):
        """Somebody else reports the same by telephone: it is offered as a duplicate, and joined."""
        report = doors.Report(
            mark=f"{index} lần 2", channel="PHONE", category=first.category, words=first.words,
            answers=first.answers, commune=first.commune, address=first.address,
            latitude=round(first.latitude + NEAR_DEGREES, 5), longitude=first.longitude,
            name=f"Người dân khác {index}", contact=f"09{14000000 + index}")
        door = self.doors.of(report.channel)
        near = self.tickets.FindDuplicatesRequest(
            category_id=first.category["code"], place=door.said(report)["place"])
        # A repeat may find it answered: what is not handled any more is not offered.
        if self.ticket(first.ticket.id).state == self.records.TICKET_STATE_CLASSIFIED:
            offered = self.day.client.hotline("TicketService", "FindDuplicates", near,
                                              **self.operator.options).duplicates
            if first.ticket.id not in [one.ticket.id for one in offered]:
                raise Unexpected(f"not as expected: {first.mark} is not offered as a duplicate")
        door.open(report)
        self._step(report.mark, "join", self.operator, "JoinTicket", report.ticket,
                   into_ticket_id=first.ticket.id)
        return report

    def _wrong_unit(self, report, chance):
        wrong = chance.choice([unit for unit in self.communes if unit != report.commune])
        self._route(report.mark, "wrong", report.ticket, [wrong])
        found = self._assignments(report.ticket, self.records.AssignmentState.values()[1:])
        given, = [one for one in found if one.unit_id == wrong]
        self._call(self._head(wrong), "AssignmentService", "ReturnAssignment",
                   f"{report.mark}/returned", assignment_id=given.id, reason="Không thuộc địa bàn")

    # From the units to the citizen.

    def bring_to_end(self, mark, name, ticket, units, is_private, before=0):
        """Routed, answered by each unit, approved, published with its photos or not. `before`:
        assignments of an earlier round.
        """
        keeper = self.keeper(ticket)
        self._route(mark, f"{name}/route", ticket, units)
        # In the order they were given; a repeat finds later ones too, and those answered before it
        # was cut short.
        states = [state for state in self.records.AssignmentState.values()
                  if state not in (self.records.ASSIGNMENT_STATE_UNSPECIFIED,
                                   self.records.ASSIGNMENT_STATE_RETURNED)]
        count = max(1, len(units))
        assignments = self._assignments(ticket, states)[before:before + count]
        if len(assignments) != count:
            raise Unexpected(f"not as expected: {mark} went to {len(assignments)} units")
        for assignment in assignments:
            head = self._head(assignment.unit_id)
            for method, fields in (("AcceptAssignment", {}),
                                   ("AnswerAssignment", {"answer": "Đã xử lý xong."})):
                self._call(head, "AssignmentService", method,
                           f"{mark}/{name}/{method}/{assignment.unit_id}",
                           assignment_id=assignment.id, **fields)
        if count > 1:
            self._step(mark, f"{name}/answer", keeper, "AnswerTicket", ticket,
                       answer="Các đơn vị đã xử lý xong.")
        self._step(mark, f"{name}/approve", keeper, "ApproveTicket", ticket)
        if ticket.restricted or ticket.anonymous or is_private:
            self._step(mark, f"{name}/private", keeper, "KeepPrivate", ticket)
        else:
            self._step(mark, f"{name}/publish", keeper, "PublishTicket", ticket,
                       public_text="Phản ánh của người dân", public_answer="Đã xử lý xong.",
                       public_photos=[photo.sha256 for photo in ticket.attachments])

    def _route(self, mark, name, ticket, units):
        self._step(mark, name, self.keeper(ticket), "RouteTicket", ticket,
                   routes=[self.tickets.Route(unit_id=unit) for unit in units])

    def route_to(self, ticket, units):
        """By the keeper, whatever the day has done with it."""
        self._route("route", ticket.id, ticket, units)

    def ticket(self, ticket_id):
        """As the owner has it now."""
        return self.day.client.hotline(
            "TicketService", "GetTicket", self.tickets.GetTicketRequest(ticket_id=ticket_id),
            **self.supervisor.options)

    def _assignments(self, ticket, states):
        request = protos.module("hotline", "assignments").ListAssignmentsRequest
        return self.day.client.hotline("AssignmentService", "ListAssignments", request(
            ticket_id=ticket.id, states=states), **self.keeper(ticket).options).assignments

    def keeper(self, ticket):
        """Who acts for the unit that keeps the ticket."""
        if ticket.keeper_unit_id == self.centre:
            return self.supervisor
        return self.day.actor(ticket.keeper_unit_id, "complaint-officer")

    def _head(self, unit):
        kind = protos.module("directory", "records").UnitKind.Name(
            self.day.province.units[unit].kind).removeprefix("UNIT_KIND_").lower()
        return self.day.actor(unit, f"{kind}-head")

    def _step(self, mark, name, actor, method, ticket, **fields):
        return self._call(actor, "TicketService", method, f"{mark}/{name}", ticket_id=ticket.id,
                          **fields)

    def _call(self, actor, of, method, scene, /, **fields):
        return hotline_rules.call(self.day, actor, of, method, scene, **fields)


def made(report, scene):
    """What is kept of a report, to be looked at when the day ends."""
    return {"scene": scene, "channel": report.channel, "ticket": report.ticket.id,
            "code": report.code, "contact": report.contact}
