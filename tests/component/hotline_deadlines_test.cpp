// Deadlines of the hotline by its timer: each thing told once, on a real PostgreSQL.
#include <thread>

#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

constexpr auto kForwarding = v1::DEADLINE_KIND_FORWARDING;
constexpr auto kResolution = v1::DEADLINE_KIND_RESOLUTION;

/// Routed to the transport department at 08:00 and accepted at once.
struct Given {
  explicit Given(HotlineOwner& owner, const std::string& category = "HATANG.GIAOTHONG",
                 const std::string& unit = kTransport)
      : ticket(Opened(owner, Appeal(owner, category)).ticket().id()) {
    Routed(owner, ticket, {unit});
    assignment = AssignmentOf(owner, ticket, unit).id();
    Accepted(owner, assignment, unit);
  }
  std::string ticket, assignment;
};

v1::Assignment Now(HotlineOwner& owner, const Given& given) {
  return AssignmentBy(owner, given.assignment, kOperatorOfCentre);
}

v1::Assignment Paused(HotlineOwner& owner, const Given& given) {
  return owner.Step(&Assignments::PauseAssignment, kTransportHandler, [&](auto& request) {
    request.set_assignment_id(given.assignment);
    request.set_reason("Xin cho biết vị trí");
  });
}

v1::Assignment Resumed(HotlineOwner& owner, const Given& given) {
  return owner.Step(&Assignments::ResumeAssignment, kTransportHandler,
                    [&](auto& request) { request.set_assignment_id(given.assignment); });
}

v1::ExtendAssignmentRequest Extension(HotlineOwner& owner, const Given& given,
                                      const std::string& until) {
  auto request = owner.New<v1::ExtendAssignmentRequest>();
  request.set_assignment_id(given.assignment);
  request.set_reason("Chờ vật tư");
  journal::SetTime(request.mutable_due_at(), base::ParseTime(until));
  return request;
}

void SetDay(HotlineOwner& owner, const std::string& day, directory::v1::DayKind kind) {
  directory::v1::CalendarDay message;
  message.set_id(day);
  message.set_kind(kind);
  owner.Publish("calendar-day", day, message);
}

int ListedWith(HotlineOwner& owner, v1::DeadlineMark mark) {
  v1::ListTicketsRequest list;
  list.set_mark(mark);
  return owner.Do(&Tickets::ListTickets, list, kOperatorOfCentre).tickets_size();
}

}  // namespace

TEST_CASE("hotline: a ticket is forwarded within five minutes, and counted when it is not") {
  HotlineOwner owner;
  const std::string in_time = Opened(owner, Appeal(owner)).ticket().id();
  const std::string late = Opened(owner, Appeal(owner)).ticket().id();
  owner.RunClockAt("2019-07-10T01:03:59Z");
  CHECK(owner.Events(late) == "TicketOpened");
  owner.RunClockAt("2019-07-10T01:04:00Z");  // 80 %
  CHECK(owner.Events(late) == "TicketOpened DeadlineNear");
  CHECK(DeadlineOf(TicketOf(owner, late), kForwarding)->mark() == v1::DEADLINE_MARK_NEAR);
  CHECK(ListedWith(owner, v1::DEADLINE_MARK_NEAR) == 2);
  owner.MoveClockTo("2019-07-10T01:05:00Z");
  CHECK(Routed(owner, in_time, {}).forwarded_in_time());
  owner.RunClock();
  CHECK(owner.Events(late) == "TicketOpened DeadlineNear DeadlinePassed");
  CHECK(ListedWith(owner, v1::DEADLINE_MARK_PASSED) == 1);
  owner.MoveClockTo("2019-07-10T01:05:01Z");
  const v1::Ticket routed = Routed(owner, late, {});
  CHECK(routed.has_forwarded_in_time());
  CHECK_FALSE(routed.forwarded_in_time());
  CHECK(DeadlineOf(routed, kForwarding) == nullptr);
  owner.RunClockAt("2019-07-10T03:00:00Z");
  CHECK(owner.Events(late) == "TicketOpened DeadlineNear DeadlinePassed TicketRouted");
  CHECK(owner.Events(in_time) == "TicketOpened DeadlineNear TicketRouted");

  // All units have given it back: it is to be forwarded again, in the same time.
  owner.Step(&Assignments::ReturnAssignment, kTransportHandler, [&](auto& request) {
    request.set_assignment_id(AssignmentOf(owner, in_time, kTransport).id());
    request.set_reason("Không thuộc thẩm quyền");
  });
  const v1::Ticket back = TicketOf(owner, in_time);
  CHECK(back.state() == v1::TICKET_STATE_CLASSIFIED);
  CHECK(At(DeadlineOf(back, kForwarding)->at()) == "2019-07-10T03:05:00.000000Z");
  // What counts is the first time.
  owner.MoveClockTo("2019-07-10T05:00:00Z");
  CHECK(Routed(owner, in_time, {kConstruction}).forwarded_in_time());
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: the first response is due within its limit until a unit accepts or answers") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, id, {kTransport});
  owner.RunClockAt("2019-07-10T08:53:59Z");
  CHECK(owner.Events(id) == "TicketOpened TicketRouted");
  owner.RunClockAt("2019-07-10T08:54:00Z");
  owner.RunClockAt("2019-07-11T00:59:59Z");
  CHECK(owner.Events(id) == "TicketOpened TicketRouted DeadlineNear");
  owner.RunClockAt("2019-07-11T01:00:00Z");  // 480 minutes of office hours
  CHECK(owner.Events(id) == "TicketOpened TicketRouted DeadlineNear DeadlinePassed");
  owner.MoveClockTo("2019-07-11T01:00:01Z");
  Accepted(owner, AssignmentOf(owner, id, kTransport).id(), kTransport);
  const v1::Ticket ticket = TicketOf(owner, id);
  CHECK(ticket.has_responded_in_time());
  CHECK_FALSE(ticket.responded_in_time());
  CHECK(ticket.deadlines().empty());
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a unit's deadline comes near, passes and goes up, each once") {
  HotlineOwner owner;
  const Given given(owner);
  const std::string office = std::string(kOfficeOfProvince) + "/guest";
  const v1::Assignment begun = Now(owner, given);
  CHECK(At(begun.due_at()) == "2019-07-17T10:00:00.000000Z");
  CHECK(At(DeadlineOf(begun, kResolution)->near_at()) == "2019-07-16T08:30:00.000000Z");
  const std::string before = "TicketAssigned AssignmentAccepted";
  owner.RunClockAt("2019-07-16T08:29:59Z");
  CHECK(owner.Events(given.assignment) == before);
  owner.RunClockAt("2019-07-16T08:30:00Z");
  CHECK(owner.Events(given.assignment) == before + " DeadlineNear");
  owner.RunClock();
  owner.RunClockAt("2019-07-17T09:59:59Z");
  CHECK(owner.Events(given.assignment) == before + " DeadlineNear");
  owner.RunClockAt("2019-07-17T10:00:00Z");
  CHECK(owner.Events(given.assignment) == before + " DeadlineNear DeadlinePassed");
  CHECK(owner.SeenBy(given.assignment) == "H09.03 H09.09");
  CHECK(TryAssignment(owner, given.assignment, office) == kNotFound);
  // Two working days later the province's office sees the assignment.
  owner.RunClockAt("2019-07-19T10:00:00Z");
  CHECK(owner.Events(given.assignment) ==
        before + " DeadlineNear DeadlinePassed DeadlineEscalated");
  CHECK(owner.SeenBy(given.assignment) == "H09.01 H09.03 H09.09");
  const v1::Assignment late = AssignmentBy(owner, given.assignment, office);
  REQUIRE(late.escalated_unit_ids_size() == 1);
  CHECK(late.escalated_unit_ids(0) == kOfficeOfProvince);
  CHECK(DeadlineOf(late, kResolution)->mark() == v1::DEADLINE_MARK_ESCALATED);
  CHECK(DeadlineOf(late, kResolution)->escalation_level() == 1);
  CHECK(At(late.due_at()) == "2019-07-17T10:00:00.000000Z");
  owner.RunClockAt("2019-09-30T01:00:00Z");
  CHECK(owner.Events(given.assignment) ==
        before + " DeadlineNear DeadlinePassed DeadlineEscalated");
  const v1::Assignment answered = AnsweredBy(owner, given.ticket, kTransport);
  CHECK(answered.has_answered_in_time());
  CHECK_FALSE(answered.answered_in_time());
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: of what came while nobody looked only the last is told, by several at once") {
  HotlineOwner owner;
  const Given given(owner);
  const std::string waiting = Opened(owner, Appeal(owner)).ticket().id();
  owner.MoveClockTo("2019-08-30T01:00:00Z");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Schedule schedule(owner.TheParts());
      journal::Timer timer(owner.pool_, owner.journal_, owner.clock_, schedule);
      timer.RunDue();
    });
  }
  for (std::thread& thread : threads) thread.join();
  owner.RunClock();
  CHECK(owner.Events(given.assignment) == "TicketAssigned AssignmentAccepted DeadlineEscalated");
  CHECK(owner.SeenBy(given.assignment) == "H09.01 H09.03 H09.09");
  // Forwarding and first response.
  CHECK(owner.Events(waiting) == "TicketOpened DeadlinePassed DeadlinePassed");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: an escalation passes over the unit that a complaint is about") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Complaint(owner, kOfficeOfProvince)).ticket().id();
  owner.Step(&Tickets::RouteTicket, "H09.03/named", [&](auto& r) { r.set_ticket_id(id); });
  const std::string given =
      owner.Value("SELECT id::text FROM assignment WHERE ticket_id = '" + id + "'");
  owner.RunClockAt("2019-09-30T01:00:00Z");
  CHECK(owner.Events(given) == "TicketAssigned DeadlineEscalated");
  CHECK(owner.SeenBy(given) == "H09.03");
  CHECK(TryAssignment(owner, given, "H09.01/named") == kNotFound);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: while a unit waits for the citizen its clock stands still") {
  HotlineOwner owner;
  const Given given(owner);
  owner.MoveClockTo("2019-07-11T01:00:00Z");  // Thursday, 08:00
  const v1::Assignment paused = Paused(owner, given);
  CHECK(paused.state() == v1::ASSIGNMENT_STATE_WAITING);
  CHECK(At(DeadlineOf(paused, v1::DEADLINE_KIND_WAITING)->at()) == "2019-07-16T10:00:00.000000Z");
  owner.RunClockAt("2019-07-16T09:00:00Z");  // after what was the 80 %
  CHECK(owner.Events(given.assignment) == "TicketAssigned AssignmentAccepted AssignmentPaused");
  owner.MoveClockTo("2019-07-12T01:00:00Z");
  const v1::Assignment resumed = Resumed(owner, given);
  CHECK(resumed.state() == v1::ASSIGNMENT_STATE_IN_PROGRESS);
  CHECK_FALSE(resumed.has_waiting_since());
  CHECK(DeadlineOf(resumed, v1::DEADLINE_KIND_WAITING) == nullptr);
  CHECK(At(resumed.due_at()) == "2019-07-18T10:00:00.000000Z");  // a working day later
  CHECK(At(DeadlineOf(resumed, kResolution)->at()) == "2019-07-18T10:00:00.000000Z");
  owner.RunClockAt("2019-07-17T08:30:00Z");
  CHECK(owner.Events(given.assignment) ==
        "TicketAssigned AssignmentAccepted AssignmentPaused AssignmentResumed DeadlineNear");
  owner.RunClockAt("2019-07-18T10:00:00Z");
  CHECK(Now(owner, given).deadlines(0).mark() == v1::DEADLINE_MARK_PASSED);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a limit of the clock stands still by the clock") {
  HotlineOwner owner;
  const Given given(owner, "HATANG.KHAN");
  CHECK(At(Now(owner, given).due_at()) == "2019-07-11T01:00:00.000000Z");
  owner.MoveClockTo("2019-07-10T13:00:00Z");  // 20:00
  Paused(owner, given);
  owner.MoveClockTo("2019-07-10T15:30:00Z");
  CHECK(At(Resumed(owner, given).due_at()) == "2019-07-11T03:30:00.000000Z");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a wait ends by itself, as of its end, however late that is noticed") {
  for (const char* noticed : {"2019-07-16T10:00:00Z", "2019-07-22T01:00:00Z"}) {
    HotlineOwner owner;
    CAPTURE(noticed);
    const Given given(owner);
    owner.MoveClockTo("2019-07-11T01:00:00Z");
    Paused(owner, given);
    owner.RunClockAt("2019-07-16T09:59:59Z");
    CHECK(Now(owner, given).state() == v1::ASSIGNMENT_STATE_WAITING);
    owner.RunClockAt(noticed);
    const v1::Assignment resumed = Now(owner, given);
    CHECK(resumed.state() == v1::ASSIGNMENT_STATE_IN_PROGRESS);
    // 39.5 hours of office time were left on Thursday, 08:00.
    CHECK(At(resumed.due_at()) == "2019-07-23T09:30:00.000000Z");
    CHECK(owner.Events(given.assignment)
              .starts_with("TicketAssigned AssignmentAccepted AssignmentPaused AssignmentResumed"));
    owner.RunClockAt("2019-07-23T09:30:00Z");
    CHECK(owner.Events(given.assignment).ends_with("DeadlinePassed"));
    CHECK(owner.Defects().empty());
  }
}

TEST_CASE("hotline: the head extends a deadline, which comes near and passes anew") {
  HotlineOwner owner;
  const Given given(owner);
  owner.RunClockAt("2019-07-17T10:00:00Z");
  const auto extend = [&](const std::string& until, const std::string& official) {
    return owner.Try(&Assignments::ExtendAssignment, Extension(owner, given, until), official);
  };
  CHECK(extend("2019-07-30T10:00:00Z", kTransportHandler) ==
        Outcome{grpc::PERMISSION_DENIED, "PERMISSION_MISSING"});
  CHECK(extend("2019-07-17T10:00:00Z", kTransportHead) == kFieldInvalid);
  CHECK(extend("2019-07-16T10:00:00Z", kTransportHead) == kFieldInvalid);
  CHECK(extend("2019-07-22T10:00:00Z", kTransportHead) == kDone);
  const v1::Assignment extended = Now(owner, given);
  CHECK(extended.state() == v1::ASSIGNMENT_STATE_EXTENDED);
  CHECK(extended.extension_count() == 1);
  CHECK(extended.reason() == "Chờ vật tư");
  CHECK(At(extended.due_at()) == "2019-07-22T10:00:00.000000Z");
  CHECK(DeadlineOf(extended, kResolution)->mark() == v1::DEADLINE_MARK_NONE);
  owner.RunClockAt("2019-07-22T03:42:00Z");  // 80 % of three working days
  owner.RunClockAt("2019-07-22T10:00:00Z");
  owner.RunClockAt("2019-07-24T10:00:00Z");
  CHECK(owner.Events(given.assignment) ==
        "TicketAssigned AssignmentAccepted DeadlinePassed AssignmentExtended DeadlineNear"
        " DeadlinePassed DeadlineEscalated");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: days off do not count, worked Saturdays do") {
  HotlineOwner owner;
  SetDay(owner, "2019-07-12", directory::v1::DAY_KIND_OFF);
  const Given with_holiday(owner);
  CHECK(At(Now(owner, with_holiday).due_at()) == "2019-07-18T10:00:00.000000Z");
  SetDay(owner, "2019-07-13", directory::v1::DAY_KIND_WORK);
  const Given swapped(owner);
  CHECK(At(Now(owner, swapped).due_at()) == "2019-07-17T10:00:00.000000Z");
  // Thursday, 16:30: half an hour of office time, then Saturday from 07:30 on.
  owner.MoveClockTo("2019-07-11T09:30:00Z");
  const auto opened = Opened(owner, Appeal(owner)).ticket();
  CHECK(At(DeadlineOf(opened, v1::DEADLINE_KIND_FIRST_RESPONSE)->at()) ==
        "2019-07-13T09:30:00.000000Z");
  // Clock minutes run on days off too.
  const Given urgent(owner, "HATANG.KHAN");
  CHECK(At(Now(owner, urgent).due_at()) == "2019-07-12T09:30:00.000000Z");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a limit that reaches over a change of office hours runs by those of each day") {
  HotlineOwner owner;
  owner.Value("UPDATE office_hours SET valid_to = '2019-07-14' RETURNING 1");
  owner.Value(
      "INSERT INTO office_hours (valid_from, starts, ends) VALUES ('2019-07-15', '07:00', '11:00'),"
      " ('2019-07-15', '13:00', '16:00') RETURNING 1");
  const Given given(owner);
  const v1::Assignment begun = Now(owner, given);
  CHECK(At(begun.due_at()) == "2019-07-17T09:00:00.000000Z");
  CHECK(At(DeadlineOf(begun, kResolution)->near_at()) == "2019-07-16T07:06:00.000000Z");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a ticket closes a window after its end, unless it is reopened") {
  HotlineOwner owner;
  const std::string id = ApprovedTicket(owner, Appeal(owner));
  const std::string reopened = ApprovedTicket(owner, Appeal(owner));
  CHECK(At(DeadlineOf(Published(owner, id), v1::DEADLINE_KIND_CLOSING)->at()) ==
        "2019-07-17T01:00:00.000000Z");
  owner.Step(&Tickets::KeepPrivate, kApproverOfCentre,
             [&](auto& request) { request.set_ticket_id(reopened); });
  owner.MoveClockTo("2019-07-17T00:59:59Z");
  owner.Step(&Tickets::ReopenTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(reopened);
    request.set_reason("Vẫn còn hố");
  });
  owner.RunClock();
  CHECK(TicketOf(owner, id).state() == v1::TICKET_STATE_PUBLISHED);
  owner.RunClockAt("2019-07-17T01:00:00Z");
  const v1::Ticket closed = TicketOf(owner, id);
  CHECK(closed.state() == v1::TICKET_STATE_CLOSED);
  CHECK(At(closed.closed_at()) == "2019-07-17T01:00:00.000000Z");
  CHECK(closed.deadlines().empty());
  CHECK(TicketOf(owner, reopened).state() == v1::TICKET_STATE_REOPENED);
  owner.RunClockAt("2019-08-17T01:00:00Z");
  CHECK(TicketOf(owner, reopened).state() == v1::TICKET_STATE_REOPENED);
  CHECK(owner.Events(id).ends_with("TicketPublished TicketClosed"));
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
