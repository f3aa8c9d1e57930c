// Units that are merged or split take the hotline's work with them, on a real PostgreSQL.
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

const std::string kConstructionHead = "H09.08/head";

/// Deadlines as they are stored.
std::string DeadlinesOf(HotlineOwner& owner, const std::string& table, const std::string& id) {
  return owner.Value("SELECT deadlines::text || coalesce(look_at::text, '') FROM " + table +
                     " WHERE id = '" + id + "'");
}

std::string KeeperOf(HotlineOwner& owner, const std::string& table, const std::string& id) {
  return owner.Value("SELECT keeper_unit_id FROM " + table + " WHERE id = '" + id + "'");
}

/// A complaint that its keeper has given to a unit.
struct Complained {
  Complained(HotlineOwner& owner, const std::string& concerned, const std::string& handler,
             const std::string& category = "CBCC.CHAMTRE")
      : ticket(Opened(owner, Complaint(owner, concerned, category)).ticket().id()) {
    owner.Step(&Tickets::RouteTicket, "H09.03/named", [&](auto& request) {
      request.set_ticket_id(ticket);
      request.add_routes()->set_unit_id(handler);
    });
    assignment = owner.Value("SELECT id::text FROM assignment WHERE ticket_id = '" + ticket + "'");
  }
  std::string ticket, assignment;
};

std::vector<std::string> LeftFor(HotlineOwner& owner, const std::string& official) {
  std::vector<std::string> ids;
  const auto listed = owner.Do(&Assignments::ListLeftAssignments, {}, official);
  for (const auto& one : listed.assignments()) ids.push_back(one.id());
  return ids;
}

Outcome TakeOver(HotlineOwner& owner, const std::string& id, const std::string& official) {
  return owner.TryStep(&Assignments::TakeOverAssignment, official,
                       [&](auto& request) { request.set_assignment_id(id); });
}

}  // namespace

TEST_CASE("hotline: what a closed unit had goes to the one that continues it, as it was due") {
  HotlineOwner owner;
  const std::string open = Opened(owner, Appeal(owner)).ticket().id();
  const std::string done = Opened(owner, Appeal(owner)).ticket().id();
  for (const std::string& id : {open, done}) Routed(owner, id, {kTransport, kWard});
  const std::string assignment = AssignmentOf(owner, open, kTransport).id();
  const std::string answered = AnsweredBy(owner, done, kTransport).id();
  Accepted(owner, assignment, kTransport);
  owner.RunClockAt("2019-07-16T08:30:00Z");  // it has come near
  const v1::Assignment before = AssignmentBy(owner, assignment, kTransportHandler);
  const std::string deadlines = DeadlinesOf(owner, "assignment", assignment);

  owner.CloseUnit(kTransport, {kConstruction});
  CHECK(owner.SeenBy(assignment) == "H09.03 H09.08");  // at once
  owner.RunClock();
  owner.RunClock();
  const v1::Assignment after = AssignmentBy(owner, assignment, "H09.08/guest");
  CHECK(after.unit_id() == kConstruction);
  CHECK(after.state() == before.state());
  CHECK(after.official_id().empty());  // nobody of the new unit yet
  CHECK(At(after.due_at()) == At(before.due_at()));
  CHECK(DeadlinesOf(owner, "assignment", assignment) == deadlines);
  CHECK(owner.Events(assignment).ends_with("DeadlineNear AudienceChanged WorkMoved"));
  CHECK(owner.SeenBy(open) == "H09.03 H09.08 H09.718.25747");
  const v1::Ticket ticket = TicketOf(owner, open);
  CHECK(std::vector<std::string>(ticket.unit_ids().begin(), ticket.unit_ids().end()) ==
        std::vector<std::string>{kConstruction, kWard});
  // What is answered stays whose answer it is, and is read by who continues.
  CHECK(AssignmentBy(owner, answered, "H09.08/guest").unit_id() == kTransport);
  CHECK(owner.SeenBy(done) == "H09.03 H09.08 H09.718.25747");
  CHECK(AnsweredBy(owner, open, kConstruction).answered_in_time());

  // So does the default of its categories.
  CHECK(owner.Value("SELECT default_unit_id FROM category WHERE id = 'HATANG.GIAOTHONG'") ==
        kConstruction);
  CHECK(owner.Events("HATANG.GIAOTHONG").ends_with(" CategoryMoved"));
  const std::string later = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, later, {});
  CHECK(AssignmentOf(owner, later, kConstruction).unit_id() == kConstruction);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a unit that continues the centre keeps its tickets, as they were due") {
  HotlineOwner owner;
  const std::string open = Opened(owner, Appeal(owner)).ticket().id();
  const std::string routed = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, routed, {kTransport});
  const std::string assignment = AssignmentOf(owner, routed, kTransport).id();
  const std::string joined = Opened(owner, Appeal(owner)).ticket().id();
  owner.Step(&Tickets::JoinTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(joined);
    request.set_into_ticket_id(routed);
  });
  const std::string rejected = Opened(owner, Appeal(owner)).ticket().id();
  owner.Step(&Tickets::RejectTicket, kApproverOfCentre, [&](auto& request) {
    request.set_ticket_id(rejected);
    request.set_reason("Thư rác");
  });
  const std::string deadlines = DeadlinesOf(owner, "ticket", open);
  owner.CloseUnit(kCentreUnit, {kConstruction});
  owner.RunClock();
  for (const std::string& id : {open, routed, joined}) {
    CHECK(KeeperOf(owner, "ticket", id) == kConstruction);
    CHECK(TicketOf(owner, id, "H09.08/operator").keeper_unit_id() == kConstruction);
  }
  CHECK(KeeperOf(owner, "assignment", assignment) == kConstruction);
  CHECK(owner.SeenBy(open) == "H09.08");
  CHECK(owner.SeenBy(routed) == "H09.08 H09.09");
  CHECK(owner.SeenBy(assignment) == "H09.08 H09.09");
  CHECK(DeadlinesOf(owner, "ticket", open) == deadlines);
  // What has ended stays as it was, for who continues to read.
  CHECK(TicketOf(owner, rejected, "H09.08/operator").keeper_unit_id() == kCentreUnit);
  v1::GetCentreRequest get;
  CHECK(owner.Do(&Categories::GetCentre, get, "H09.08/guest").unit_id() == kConstruction);
  CHECK(owner.Events("centre") == "CentreSet CentreMoved");
  const auto next = owner.Do(&Tickets::OpenTicket, Appeal(owner), "H09.08/operator");
  CHECK(next.ticket().keeper_unit_id() == kConstruction);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a complaint leaves its keeper when the unit complained about merges into it") {
  HotlineOwner owner;
  const Complained one(owner, kConstruction, kInspector);
  auto same = Complaint(owner, kConstruction);
  same.set_join_ticket_id(one.ticket);
  const std::string joined = owner.Do(&Tickets::OpenTicket, same, "H09.03/named").ticket().id();
  CHECK(owner.SeenBy(one.ticket) == "H09.03 H09.18");
  owner.CloseUnit(kConstruction, {kCentreUnit});
  // Before anything is moved.
  CHECK(owner.SeenBy(one.ticket) == "H09.18");
  CHECK(owner.SeenBy(one.assignment) == "H09.18");
  CHECK(owner.SeenBy(joined).empty());
  CHECK(TryTicket(owner, one.ticket, "H09.03/named") == kNotFound);
  v1::ListReportsRequest list;
  list.set_ticket_id(one.ticket);
  CHECK(owner.Try(&Tickets::ListReports, list, "H09.03/named") == kNotFound);
  owner.RunClock();
  // The default unit of the category.
  for (const std::string& id : {one.ticket, joined}) {
    CHECK(KeeperOf(owner, "ticket", id) == kOfficeOfProvince);
    CHECK(TryTicket(owner, id, "H09.03/named") == kNotFound);
  }
  CHECK(KeeperOf(owner, "assignment", one.assignment) == kOfficeOfProvince);
  CHECK(owner.SeenBy(one.ticket) == "H09.01 H09.18");
  CHECK(owner.SeenBy(joined) == "H09.01");
  CHECK(owner.SeenBy(one.assignment) == "H09.01 H09.18");
  CHECK(TicketOf(owner, one.ticket, "H09.01/named").concerned_unit_id() == kCentreUnit);
  CHECK(TicketOf(owner, one.ticket, "H09.01/named").has_text());
  CHECK(owner.Defects().empty());
}

TEST_CASE(
    "hotline: a complaint goes past the unit that it is about when its keeper merges into it") {
  HotlineOwner owner;
  const Complained one(owner, kConstruction, kInspector);
  owner.CloseUnit(kCentreUnit, {kConstruction});
  CHECK(owner.SeenBy(one.ticket) == "H09.18");
  owner.RunClock();
  CHECK(KeeperOf(owner, "ticket", one.ticket) == kOfficeOfProvince);
  CHECK(owner.SeenBy(one.ticket) == "H09.01 H09.18");
  CHECK(TryTicket(owner, one.ticket, "H09.08/named") == kNotFound);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: work on a complaint goes past the unit that it is about when units merge") {
  HotlineOwner owner;
  SECTION("the unit that has it merges into that unit") {
    const Complained one(owner, kConstruction, kInspector);
    const std::string deadlines = DeadlinesOf(owner, "assignment", one.assignment);
    owner.CloseUnit(kInspector, {kConstruction});
    CHECK(owner.SeenBy(one.assignment) == "H09.03");
    owner.RunClock();
    // The category's own unit.
    CHECK(owner.SeenBy(one.assignment) == "H09.01 H09.03");
    CHECK(AssignmentBy(owner, one.assignment, "H09.01/named").unit_id() == kOfficeOfProvince);
    CHECK(DeadlinesOf(owner, "assignment", one.assignment) == deadlines);
    CHECK(TryAssignment(owner, one.assignment, "H09.08/named") == kNotFound);
  }
  SECTION("that unit merges into the one that has it: another one gets it") {
    const Complained one(owner, kConstruction, kInspector);
    const std::string deadlines = DeadlinesOf(owner, "assignment", one.assignment);
    owner.CloseUnit(kConstruction, {kInspector});
    owner.RunClock();
    CHECK(owner.SeenBy(one.ticket) == "H09.01 H09.03");
    CHECK(owner.SeenBy(one.assignment) == "H09.01 H09.03");
    CHECK(AssignmentBy(owner, one.assignment, "H09.01/named").unit_id() == kOfficeOfProvince);
    CHECK(DeadlinesOf(owner, "assignment", one.assignment) == deadlines);
    CHECK(owner.Value("SELECT unit_ids::text FROM ticket WHERE id = '" + one.ticket + "'") ==
          "{H09.01}");
    CHECK(TryAssignment(owner, one.assignment, "H09.18/named") == kNotFound);
    CHECK(TryTicket(owner, one.ticket, "H09.18/named") == kNotFound);
    CHECK(LeftFor(owner, "H09.18/head").empty());
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: what a unit had that was split waits for a person of one of its parts") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, id, {kTransport});
  const std::string assignment = AssignmentOf(owner, id, kTransport).id();
  Accepted(owner, assignment, kTransport);
  const std::string deadlines = DeadlinesOf(owner, "assignment", assignment);
  owner.CloseUnit(kTransport, {kConstruction, kHomeAffairs});
  owner.RunClock();
  CHECK(owner.Events(assignment) == "TicketAssigned AssignmentAccepted AudienceChanged");
  CHECK(owner.SeenBy(assignment) == "H09.03");
  CHECK(LeftFor(owner, kConstructionHead) == std::vector{assignment});
  CHECK(LeftFor(owner, "H09.02/head") == std::vector{assignment});
  CHECK(LeftFor(owner, "H09.01/head").empty());
  CHECK(owner.Try(&Assignments::ListLeftAssignments, v1::ListLeftAssignmentsRequest(),
                  "H09.08/handler") == Outcome{grpc::PERMISSION_DENIED, "PERMISSION_MISSING"});
  CHECK(TakeOver(owner, assignment, "H09.01/head") == kNotFound);
  CHECK(TakeOver(owner, assignment, kConstructionHead) == kDone);
  CHECK(TakeOver(owner, assignment, "H09.02/head") == kNotFound);
  CHECK(TakeOver(owner, assignment, kConstructionHead) ==
        Outcome{grpc::FAILED_PRECONDITION, "ASSIGNMENT_STATE"});
  CHECK(LeftFor(owner, "H09.02/head").empty());
  const v1::Assignment taken = AssignmentBy(owner, assignment, kConstructionHead);
  CHECK(taken.unit_id() == kConstruction);
  CHECK(taken.state() == v1::ASSIGNMENT_STATE_ACCEPTED);
  CHECK(DeadlinesOf(owner, "assignment", assignment) == deadlines);
  CHECK(owner.SeenBy(id) == "H09.03 H09.08");
  CHECK(AnsweredBy(owner, id, kConstruction).state() == v1::ASSIGNMENT_STATE_ANSWERED);
  CHECK(TicketOf(owner, id).state() == v1::TICKET_STATE_ANSWERED);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a part of a split unit takes over no complaint that is about it") {
  HotlineOwner owner;
  const Complained one(owner, kConstruction, kInspector);
  owner.CloseUnit(kInspector, {kConstruction, kHomeAffairs});
  owner.RunClock();
  CHECK(LeftFor(owner, kConstructionHead).empty());
  CHECK(TakeOver(owner, one.assignment, kConstructionHead) == kNotFound);
  const auto left = owner.Do(&Assignments::ListLeftAssignments, {}, "H09.02/head");
  REQUIRE(left.assignments_size() == 1);
  CHECK_FALSE(left.assignments(0).has_instruction());
  CHECK(TakeOver(owner, one.assignment, "H09.02/head") == kDone);
  CHECK(owner.SeenBy(one.ticket) == "H09.02 H09.03");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a complaint about a unit that was split goes to none of its parts") {
  HotlineOwner owner;
  const Complained one(owner, kConstruction, kInspector);
  owner.CloseUnit(kConstruction, {kInspector, kHomeAffairs});
  owner.RunClock();
  CHECK(owner.SeenBy(one.ticket) == "H09.03");
  for (const char* part : {kInspector, kHomeAffairs}) {
    CHECK(TryTicket(owner, one.ticket, std::string(part) + "/named") == kNotFound);
    CHECK(owner.TryStep(&Tickets::RouteTicket, "H09.03/named", [&](auto& request) {
      request.set_ticket_id(one.ticket);
      request.add_routes()->set_unit_id(part);
    }) == Outcome{grpc::INVALID_ARGUMENT, "UNIT_CONCERNED"});
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a complaint about a unit that was split goes to no carrier of its parts") {
  HotlineOwner owner;
  const Complained one(owner, kConstruction, kDistrict);
  CHECK(owner.SeenBy(one.ticket) == "H09.03 H09.718");
  owner.CloseUnit(kConstruction, {kDistrictOffice, kHomeAffairs});
  owner.RunClock();
  CHECK(owner.SeenBy(one.ticket) == "H09.03");
  CHECK(owner.SeenBy(one.assignment) == "H09.03");
  CHECK(TryTicket(owner, one.ticket, std::string(kDistrict) + "/named") == kNotFound);
  CHECK(LeftFor(owner, std::string(kDistrictOffice) + "/head").empty());
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a complaint leaves a keeper who is a part of the unit complained about") {
  HotlineOwner owner;
  // A department, a district, an office.
  const std::string concerned = GENERATE(kConstruction, kDistrict, kDistrictOffice);
  const Complained one(owner, concerned, kTransport);
  const std::string untold = Opened(owner, Complaint(owner, concerned)).ticket().id();
  const std::string times = DeadlinesOf(owner, "assignment", one.assignment);
  const std::string untold_times = DeadlinesOf(owner, "ticket", untold);
  SECTION("from the beginning") { owner.CloseUnit(concerned, {kCentreUnit, kTransport}); }
  SECTION("since a part has merged into it") {
    owner.CloseUnit(concerned, {kHomeAffairs, kTransport});
    owner.RunClock();
    CHECK(KeeperOf(owner, "ticket", untold) == kCentreUnit);
    owner.CloseUnit(kHomeAffairs, {kCentreUnit});
  }
  // In nobody's feed, until the clock looks.
  CHECK(owner.SeenBy(one.ticket).empty());
  CHECK(owner.SeenBy(untold).empty());
  owner.RunClock();
  owner.RunClock();
  for (const std::string& id : {one.ticket, untold}) {
    CHECK(KeeperOf(owner, "ticket", id) == kOfficeOfProvince);
    CHECK(owner.SeenBy(id) == kOfficeOfProvince);
    CHECK(TicketOf(owner, id, "H09.01/named").has_text());
  }
  CHECK(owner.SeenBy(one.assignment) == kOfficeOfProvince);
  CHECK(AssignmentBy(owner, one.assignment, "H09.01/named").unit_id() == kOfficeOfProvince);
  CHECK(DeadlinesOf(owner, "assignment", one.assignment) == times);
  CHECK(DeadlinesOf(owner, "ticket", untold) == untold_times);
  const std::string events = owner.Events(untold);
  CHECK(events.ends_with(" TicketMoved"));
  CHECK(events.find("TicketMoved") == events.rfind("TicketMoved"));
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a complaint about a split unit goes past its parts when its keeper merges") {
  HotlineOwner owner;
  const std::string concerned = GENERATE(kConstruction, kDistrict, kDistrictOffice);
  const std::string id = Opened(owner, Complaint(owner, concerned)).ticket().id();
  owner.CloseUnit(concerned, {kTransport, kHomeAffairs});
  owner.RunClock();
  CHECK(owner.SeenBy(id) == kCentreUnit);
  owner.CloseUnit(kCentreUnit, {kTransport});
  owner.RunClock();
  CHECK(owner.SeenBy(id) == kOfficeOfProvince);
  CHECK(owner.Defects().empty());
}

TEST_CASE(
    "hotline: where centre and inspector are one, a complaint goes to the province's office") {
  HotlineOwner owner;
  // About the centre: the category's unit keeps it, which is the inspector.
  const std::string id =
      owner
          .Do(&Tickets::OpenTicket, Complaint(owner, kCentreUnit, "CBCC.NHUNGNHIEU"),
              "H09.03/operator")
          .ticket()
          .id();
  CHECK(owner.SeenBy(id) == kInspector);
  owner.CloseUnit(kCentreUnit, {kInspector, kHomeAffairs});
  CHECK(owner.SeenBy(id).empty());
  owner.RunClock();
  CHECK(owner.SeenBy(id) == kOfficeOfProvince);
  // The inspector runs the hotline now: that changes nothing.
  owner.SetCentreUnit(kInspector);
  owner.RunClock();
  CHECK(owner.SeenBy(id) == kOfficeOfProvince);
  CHECK(owner.Events(id).ends_with(" AudienceChanged TicketMoved"));
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: what a centre kept that was split goes to the one that the province names") {
  HotlineOwner owner;
  const std::string open = Opened(owner, Appeal(owner)).ticket().id();
  const std::string routed = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, routed, {kTransport});
  const std::string assignment = AssignmentOf(owner, routed, kTransport).id();
  const std::string times = DeadlinesOf(owner, "ticket", open);
  owner.CloseUnit(kCentreUnit, {kConstruction, kInspector});
  owner.RunClock();
  for (const std::string& id : {open, routed}) CHECK(KeeperOf(owner, "ticket", id) == kCentreUnit);
  owner.SetCentreUnit(kConstruction);
  owner.RunClock();
  owner.RunClock();
  for (const std::string& id : {open, routed}) {
    CHECK(KeeperOf(owner, "ticket", id) == kConstruction);
    CHECK(TicketOf(owner, id, "H09.08/operator").keeper_unit_id() == kConstruction);
  }
  CHECK(owner.SeenBy(open) == kConstruction);
  CHECK(owner.SeenBy(routed) == "H09.08 H09.09");
  CHECK(owner.SeenBy(assignment) == "H09.08 H09.09");
  CHECK(DeadlinesOf(owner, "ticket", open) == times);
  CHECK(owner.Events(open).ends_with(" AudienceChanged TicketMoved"));
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
