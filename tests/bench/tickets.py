"""Reports to the hotline: their lives at two sizes against pgbench with the same statements, first
pages of every list at two sizes, the list of Open311 at two sizes."""

import datetime
import functools
import http.client
import json
import statistics
import tempfile
import time
import types
import urllib.parse
import uuid

from google.protobuf import timestamp_pb2

from day import protos, waiting
from stack import postgres, settings

from . import measure, tickets_place, tickets_reference

NAMES = ("ticket_lifecycle", "ticket_list", "ticket_indicators", "open311")
SMALL, MIDDLE, BIG = 10_000, 100_000, 1_000_000
CLIENTS = 32
WARM_SECONDS = 2
ASKED = 100          # of each list in a run, in turn
INDICATORS_ASKED = 10
WARMING = 10         # before the first run
PORTAL_SECONDS_MAX = 60
PAGE = 1000          # of Open311 when nothing is said
HANDLERS = 9         # units that tickets go to
CATEGORY = "HATANG.GIAOTHONG"
COMMUNE = "25747"
PORTAL = types.SimpleNamespace(options={"system": "service-portal"})
YEAR_DAYS, MONTH_DAYS = 365, 30
GROWTH_MAX = 3
# A year of 1,000,000 tickets has 730,000 of them, one of 100,000 all.
GROWTHS_MAX = {"public_year": 8}
# What is there after a run, of the tickets that it made: itself and its work, answered.
COUNTS = """SELECT (SELECT count(*) FROM ticket WHERE state = 4 AND words @@ 'bench:*'::tsquery),
  (SELECT count(*) FROM assignment a JOIN ticket t ON t.id = a.ticket_id
    WHERE a.state = 7 AND t.words @@ 'bench:*'::tsquery), (SELECT count(*) FROM journal)"""
JOURNAL_ROWS = 6     # opened: ticket, report; routed, answered: ticket, assignment


def rows(place, options):
    """The rows that are wanted: the smallest size first, the others fill up what is there."""
    names = options.names
    found = {}
    for size in (SMALL, MIDDLE, BIG):
        place.fill(size)
        if "open311" in names and size != MIDDLE:
            found[size, "open311"] = Citizens(place).measure()
        if "ticket_list" in names and size != SMALL:
            found[size, "ticket_list"] = Lists(place).measure()
        if "ticket_indicators" in names and size != SMALL:
            found[size, "ticket_indicators"] = Lists(place).measure_indicators()
        if "ticket_lifecycle" in names and size != SMALL:
            found[size, "ticket_lifecycle"] = Lives(place).measure(options.seconds)
    yield from table(names, found)


def table(names, found):
    """The rows of what was measured at each size."""
    if "ticket_lifecycle" in names:
        small, big = (found[size, "ticket_lifecycle"] for size in (MIDDLE, BIG))
        yield measure.Row("ticket_lifecycle_100000", "lifecycles/s", *small, "pgbench")
        yield measure.Row("ticket_lifecycle_1000000", "lifecycles/s", *big, "pgbench")
        yield measure.Row("ticket_lifecycle_growth", "lifecycles/s", big[0], small[0], "at 100,000",
                          (measure.at_least(0.8),))
    for name, unit, small, text in (("ticket_list", "ms p99", MIDDLE, "at 100,000"),
                                    ("ticket_indicators", "ms p50", MIDDLE, "at 100,000"),
                                    ("open311", "ms p99", SMALL, "at 10,000")):
        if name not in names:
            continue
        for query, times in found[BIG, name].items():
            yield measure.Row(f"{name}_{query}", unit, times, found[small, name][query], text,
                              (measure.at_most(GROWTHS_MAX.get(query, GROWTH_MAX)),))


def in_turn(queries, asked, percent):
    """{name: [that percentile in ms of each run]} of calls without parameters, each in turn, once
    caches and connections are warm."""
    found = {name: [] for name in queries}
    for run in range(measure.RUNS + 1):
        times = {name: [] for name in queries}
        for _ in range(asked if run > 0 else WARMING):
            for name, ask in queries.items():
                begin = time.monotonic()
                ask()
                times[name].append((time.monotonic() - begin) * 1000)
        if run > 0:
            for name, taken in times.items():
                found[name].append(statistics.quantiles(taken, n=100)[percent - 1])
    return found


class Citizens:
    """Clients of Open311, over HTTP through the portal; one connection."""

    # Query and how many requests its page has at every size; without a number 1000.
    QUERIES = {
        "all": {},
        "page_50": {"page_size": "50"},
        "service": {"service_code": CATEGORY, "page_size": "200"},
        "open_week": {"status": "open"},
        "closed_week": {"status": "closed"},
    }

    def __init__(self, place):
        self._place = place
        # A week that is whole at every size: 10,000 tickets are five days.
        self._week = {"start_date": self._date(4), "end_date": self._date(1)}

    def _date(self, days):
        return (self._place.now - datetime.timedelta(days=days)).isoformat(timespec="seconds")

    def measure(self):
        port = self._place.stack.port("PORTAL_HTTP")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            # The hotline was started anew: the portal's connection to it comes back in seconds.
            waiting.until("the portal reaches the hotline", PORTAL_SECONDS_MAX,
                          lambda: self._answer(connection, {}).status == 200)
            return in_turn({name: lambda query=query, name=name: self._ask(
                connection, query | (self._week if name.endswith("_week") else {}))
                for name, query in self.QUERIES.items()}, ASKED, 99)
        finally:
            connection.close()

    @staticmethod
    def _answer(connection, query):
        """With its body as `text`."""
        connection.request("GET", "/open311/v2/requests.json?" + urllib.parse.urlencode(query))
        answer = connection.getresponse()
        answer.text = answer.read()
        return answer

    def _ask(self, connection, query):
        answer = self._answer(connection, query)
        asked = int(query.get("page_size", PAGE))
        if answer.status != 200 or len(json.loads(answer.text)) != asked:
            raise settings.StackError(f"open311 {query}: {answer.status}, not {asked} requests")


class Lists:
    """First pages as operators, units and the portal ask for them."""

    def __init__(self, place):
        self._place = place
        self._records = protos.module("hotline", "records")
        self._commune = next(unit for unit in place.day.province.units_of_kind("COMMUNE")
                             if unit.endswith(COMMUNE))
        self._years_asked = 0

    def measure(self):
        return in_turn(self.queries(), ASKED, 99)

    def measure_indicators(self):
        return in_turn(self.indicators(), INDICATORS_ASKED, 50)

    def indicators(self):
        """{name: call}: of a month; what everybody may know of a year."""
        found = {name: self._call(self._place.supervisor, "IndicatorService", "GetIndicators",
                                  unit_id=unit, **self._days(MONTH_DAYS))
                 for name, unit in (("all", ""), ("unit", self._commune))}
        return found | {"public_year": self._public_year}

    def _public_year(self):
        """Another one each time, by a second: the answer is kept for those who ask the same."""
        self._years_asked += 1
        call(self._place, PORTAL, "IndicatorService", "GetPublicIndicators",
             **self._days(YEAR_DAYS, self._years_asked))

    def queries(self):
        """{name: call}"""
        records = self._records
        state, mark = records.TicketState.Value, records.DeadlineMark.Value
        head = self._place.day.actor(self._commune, "commune-head")
        tickets = {
            "all": {},
            "state": {"states": [state("TICKET_STATE_ROUTED")]},
            "states": {"states": [state("TICKET_STATE_NEW"), state("TICKET_STATE_CLASSIFIED")]},
            "category": {"category_id": CATEGORY},
            "group": {"category_id": "HATANG"},
            "category_state": {"category_id": CATEGORY, "states": [state("TICKET_STATE_REOPENED")]},
            "commune": {"commune_code": COMMUNE},
            "commune_state": {"commune_code": COMMUNE, "states": [state("TICKET_STATE_ROUTED")]},
            "deadline": {"mark": mark("DEADLINE_MARK_PASSED")},
            "deadline_category": {"mark": mark("DEADLINE_MARK_PASSED"), "category_id": CATEGORY},
            "unit": {"unit_id": self._commune},
            "unit_state": {"unit_id": self._commune, "states": [state("TICKET_STATE_ROUTED")]},
            "channel": {"channel": records.CHANNEL_PHONE},
            "channel_state": {"channel": records.CHANNEL_PHONE,
                              "states": [state("TICKET_STATE_REOPENED")]},
            "channel_none": {"channel": records.CHANNEL_IN_PERSON},
            "waits": {"waits_for_keeper": True},
            "rare": {"text": "4711"},
            "common": {"text": "rac cho"},
            "everywhere": {"text": "đường"},
            "beginning": {"text": "cay g"},
        }
        found = {name: self._call(self._place.operator, "TicketService", "ListTickets", **fields)
                 for name, fields in tickets.items()}
        return found | self._messages() | self._public() | {
            "own": self._call(head, "TicketService", "ListTickets"),
            "duplicates": self._call(
                self._place.operator, "TicketService", "FindDuplicates", category_id=CATEGORY,
                place=records.Place(commune_code=COMMUNE, latitude=11.1, longitude=106.6)),
            "work": self._call(head, "AssignmentService", "ListAssignments"),
            "work_answered": self._call(head, "AssignmentService", "ListAssignments", states=[
                records.AssignmentState.Value("ASSIGNMENT_STATE_ANSWERED")]),
            "work_official": self._call(head, "AssignmentService", "ListAssignments",
                                        official_id=tickets_place.OFFICIALS[0]),
            "work_escalated": self._call(
                self._place.day.actor(tickets_place.OFFICE, "complaint-officer"),
                "AssignmentService", "ListAssignments", escalated=True),
            "work_kept": self._call(self._place.operator, "AssignmentService", "ListAssignments",
                                    kept=True),
            "work_kept_late": self._call(self._place.operator, "AssignmentService",
                                         "ListAssignments", kept=True,
                                         mark=mark("DEADLINE_MARK_PASSED")),
        }

    def _messages(self):
        """Those of a ticket; those of all tickets that were not sent."""
        operator = self._place.operator
        newest = call(self._place, operator, "TicketService", "ListTickets", page_size=1)
        return {"messages": self._call(operator, "MessageService", "ListMessages"),
                "messages_of_ticket": self._call(operator, "MessageService", "ListMessages",
                                                 ticket_id=newest.tickets[0].id)}

    def _public(self):
        """Answers for everybody, by their words, as the portal looks for them."""
        words = {"rare": "4714", "common": "rac cho", "everywhere": "đường"}
        return {f"public_{name}": self._call(PORTAL, "CitizenService", "ListPublicTickets",
                                             text=text)
                for name, text in words.items()}

    def _days(self, count, seconds_before=0):
        end = int(self._place.now.timestamp()) - seconds_before
        return {"from": timestamp_pb2.Timestamp(seconds=end - count * 24 * 3600),
                "to": timestamp_pb2.Timestamp(seconds=end)}

    def _call(self, actor, of, method, /, **fields):
        return functools.partial(call, self._place, actor, of, method, **fields)


def call(place, actor, of, method, /, **fields):
    """The answer of one RPC of the hotline."""
    client = place.day.client
    return client.hotline(of, method, client.request("hotline", of, method)(**fields),
                          **actor.options)


class Lives:
    """Lives of tickets: ours, and those of pgbench in the same database."""

    def __init__(self, place):
        self._place = place
        province = place.day.province
        self._handlers = province.units_of_kind("COMMUNE")[:HANDLERS]
        self._records = protos.module("hotline", "records")

    def measure(self, seconds):
        """(ours, pgbench's) a second of each run."""
        self._ours(WARM_SECONDS)
        reference = tickets_reference.Reference(self._place, self._once)
        self._counted(lambda: reference.run(CLIENTS, WARM_SECONDS).done)

        def theirs():
            runs = []
            self._counted(lambda: runs.append(reference.run(CLIENTS, seconds)) or runs[0].done)
            return runs[0].per_second
        return measure.in_turn(lambda: self._ours(seconds), theirs)

    def _ours(self, seconds):
        stack, runs = self._place.stack, []
        with tempfile.NamedTemporaryFile("w", dir=stack.run, encoding="ascii") as file:
            for unit in self._handlers:
                file.write(f"{unit} {self._place.day.actor(unit, 'commune-head').official}\n")
            file.flush()
            self._counted(lambda: runs.append(measure.load_at(
                self._place, f"127.0.0.1:{stack.owner_port('hotline')}", "tickets",
                self._place.operator, CLIENTS, seconds, 0, file.name, CATEGORY, COMMUNE,
                self._place.numbers(1_000_000))) or runs[0]["lifecycles"])
        return runs[0]["lifecycles_per_second"]

    def _counted(self, run):
        """Refuses a run that left other than what its number of tickets says."""
        before = self._counts()
        done = run()
        made = [there - was for there, was in zip(self._counts(), before)]
        if made != [done, done, JOURNAL_ROWS * done]:
            raise settings.StackError(f"{done} lives, but {made} tickets, answers, journal rows")

    def _counts(self):
        return postgres.query(self._place.stack, "hotline", COUNTS)[0]

    def _once(self):
        """One life by Python, as bench_load's: marks of its transactions, the citizen's code."""
        place, word = self._place, f"bench{self._place.numbers(1)}"
        tickets = protos.module("hotline", "tickets")
        unit = self._handlers[0]
        head = place.day.actor(unit, "commune-head")
        requests = [str(uuid.uuid4()) for _ in range(3)]
        opened = call(
            place, place.operator, "TicketService", "OpenTicket", request_id=requests[0],
            channel=self._records.CHANNEL_PHONE, text=f"Ổ gà lớn trước cổng chợ {word}",
            caller=protos.module("hotline", "reporters").Caller(full_name="Nguyễn Văn An",
                                                                phone="0912000001"),
            category_id=CATEGORY, place=self._records.Place(commune_code=COMMUNE,
                                                            address="Số 1 đường Yersin"))
        ticket = opened.ticket.id
        call(place, place.operator, "TicketService", "RouteTicket", request_id=requests[1],
             ticket_id=ticket, routes=[tickets.Route(unit_id=unit)])
        given = call(place, head, "AssignmentService", "ListAssignments", ticket_id=ticket)
        assignment = given.assignments[0].id
        call(place, head, "AssignmentService", "AnswerAssignment", request_id=requests[2],
             assignment_id=assignment, answer="Đã xử lý xong.")
        call(place, place.operator, "TicketService", "ListTickets", text=word)
        return [*requests, ticket, assignment, opened.report.id, word], opened.code.replace("-", "")
