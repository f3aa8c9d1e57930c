// What the reorganisation of 2025 does to the hotline's work: units and successors are those of the
// province's data (deploy/provinces/binh-duong), on a real PostgreSQL.
#include "support/hotline_2025.hpp"

namespace lienthong::hotline {
namespace {

std::string HeirIn(const Closings& closings, const std::string& unit) {
  const auto closing = closings.find(unit);
  return closing == closings.end() ? unit : closing->second.at(0);
}

std::set<std::string> LeftFor(HotlineOwner& owner, const std::string& unit) {
  std::set<std::string> ids;
  v1::ListLeftAssignmentsRequest request;
  request.set_page_size(200);
  const auto listed = owner.Do(&Assignments::ListLeftAssignments, request, unit + "/head");
  for (const auto& one : listed.assignments()) ids.insert(one.id());
  return ids;
}

Outcome TakeOver(HotlineOwner& owner, const std::string& id, const std::string& unit) {
  return owner.TryStep(&Assignments::TakeOverAssignment, unit + "/head",
                       [&](auto& request) { request.set_assignment_id(id); });
}

/// Open work that the keeper has given to a unit.
std::set<std::string> KeptAt(Province2025& province, const std::string& unit) {
  v1::ListAssignmentsRequest request;
  request.set_kept(true);
  request.set_unit_id(unit);
  std::set<std::string> ids;
  const auto listed =
      province.owner.Do(&Assignments::ListAssignments, request, province.centre + "/operator");
  for (const auto& one : listed.assignments()) ids.insert(one.id());
  return ids;
}

/// The keeper takes what is left back, and gives it to another unit; the new assignment.
std::string RoutedOn(Province2025& province, const std::string& assignment,
                     const std::string& unit) {
  const std::string ticket = province.TicketFor(assignment);
  province.owner.Step(&Tickets::WithdrawAssignment, province.centre + "/operator",
                      [&](auto& request) {
                        request.set_assignment_id(assignment);
                        request.set_reason("Đơn vị đã giải thể");
                      });
  province.RouteTo(ticket, {unit});
  return AssignmentOf(province.owner, ticket, unit).id();
}

void Publish(Province2025& province, const std::string& ticket) {
  const std::string approver = province.centre + "/approver";
  Approved(province.owner, ticket, approver);
  province.owner.Step(&Tickets::PublishTicket, approver, [&](auto& request) {
    request.set_ticket_id(ticket);
    request.set_public_text("Ổ gà trên đường");
    request.set_public_answer("Đã sửa xong.");
  });
}

/// Every ticket of the public list of a commune ("" = all), with its units.
std::map<std::string, Units> PublicList(HotlineOwner& owner, const std::string& commune = "") {
  v1::ListPublicTicketsRequest request;
  request.set_page_size(1000);
  request.set_commune_code(commune);
  std::map<std::string, Units> list;
  const auto listed = Portal(owner).Do(&Portal::Stub::ListPublicTickets, request);
  for (const auto& ticket : listed.tickets()) {
    list[ticket.id()] = {ticket.unit_ids().begin(), ticket.unit_ids().end()};
  }
  return list;
}

std::int64_t ReceivedByUnits(const v1::Indicators& figures) {
  std::int64_t received = 0;
  for (const auto& unit : figures.units()) received += unit.received();
  return received;
}

/// A complaint that its keeper has given to a unit, or to the category's own.
struct Complained {
  Complained(Province2025& province, const std::string& concerned, const std::string& handler = "",
             const std::string& category = "CBCC.CHAMTRE")
      : concerned(concerned),
        ticket(province.Open(Complaint(province.owner, concerned, category))) {
    const std::string keeper =
        province.owner.Value("SELECT keeper_unit_id FROM ticket WHERE id = '" + ticket + "'");
    REQUIRE(Route(province.owner, ticket, handler.empty() ? Units() : Units{handler},
                  keeper + "/named") == kDone);
    assignment = province.AssignmentIn(ticket);
    times = province.TimesOf(assignment);
  }
  /// Not for the units that continue the one complained about, by whatever way they would see it.
  void CheckKeptFrom(Province2025& province, const Units& successors) const {
    HotlineOwner& owner = province.owner;
    const std::string seen = " " + owner.SeenBy(ticket) + " " + owner.SeenBy(assignment) + " ";
    for (const std::string& unit : successors) {
      INFO(concerned << " -> " << unit);
      CHECK(seen.find(" " + unit + " ") == std::string::npos);
      CHECK(TryTicket(owner, ticket, unit + "/head") == kNotFound);
      CHECK(TryAssignment(owner, assignment, unit + "/head") == kNotFound);
      CHECK_FALSE(LeftFor(owner, unit).contains(assignment));
      CHECK(TakeOver(owner, assignment, unit) != kDone);
    }
  }
  std::string concerned, ticket, assignment, times;
};

/// What each closing unit had, as it was before.
struct Before {
  std::string unit, times, ticket, commune;
};

void CheckMoved(Province2025& province, const std::string& assignment, const Before& before,
                const std::string& heir) {
  HotlineOwner& owner = province.owner;
  INFO(before.unit << " -> " << heir);
  CHECK(province.UnitOf(assignment) == heir);
  CHECK(province.TimesOf(assignment) == before.times);
  const std::set<std::string> seen{province.centre, heir};
  std::string by;
  for (const std::string& unit : seen) by += (by.empty() ? "" : " ") + unit;
  CHECK(owner.SeenBy(assignment) == by);
  CHECK(owner.SeenBy(before.ticket) == by);
  // Nobody of a new unit has it yet.
  CHECK(AssignmentBy(owner, assignment, heir + "/head").official_id().empty() ==
        (heir != before.unit));
  const v1::Ticket ticket = TicketOf(owner, before.ticket, province.centre + "/operator");
  CHECK(ticket.keeper_unit_id() == province.centre);
  CHECK(ticket.place().commune_code() == before.commune);
}

}  // namespace

TEST_CASE(
    "hotline 2025: what merged departments had of the hotline goes to those that continue them") {
  Province2025 province;
  HotlineOwner& owner = province.owner;
  const Closings closings = ClosingDepartments();
  REQUIRE(closings.size() == 6);
  std::map<std::string, Before> given;
  const auto give = [&](const std::string& category, const std::string& unit) {
    const std::string id = province.Given(category, unit);
    given[id] = {province.UnitOf(id), "", province.TicketFor(id), "25747"};
    return id;
  };
  std::map<std::string, std::string> defaults;
  std::set<std::string> groups, parents;
  for (const auto& row : Rows("hotline_categories.csv")) {
    (row.at(1).empty() ? groups : parents).insert(row.at(row.at(1).empty() ? 0 : 1));
    defaults[row.at(0)] = row.at(12);
    if (!row.at(1).empty() && row.at(4) != "CONDUCT" && row.at(4) != "EMERGENCY") {
      CHECK(given.at(give(row.at(0), "")).unit == row.at(12));
    }
  }
  CHECK(groups == parents);  // a group takes no reports: what is in it does
  for (const auto& [unit, heirs] : closings) give("KIENNGHI.GOPY", unit);
  const std::string waits = give("HATANG.GIAOTHONG", "H09.09");
  owner.Step(&Assignments::PauseAssignment, "H09.09/handler", [&](auto& request) {
    request.set_assignment_id(waits);
    request.set_reason("Xin cho biết vị trí");
  });
  const std::string of_both = province.Open(Appeal(owner, "HATANG.TNMT"));
  province.RouteTo(of_both, {"H09.07", "H09.10"});
  const std::string done = province.Open(Appeal(owner));
  province.RouteTo(done, {"H09.09"});
  AnsweredBy(owner, done, "H09.09");
  Publish(province, done);
  for (auto& [id, before] : given) before.times = province.TimesOf(id);
  const v1::Indicators before = province.Figures(kCentreUnit);

  province.Reorganise(closings, kDepartmentsChange);
  province.centre = kScience;
  province.Settle();

  for (const auto& [id, had] : given) CheckMoved(province, id, had, HeirIn(closings, had.unit));
  for (const auto& [unit, heirs] : closings) CHECK(province.OpenAt(unit) == "0");
  CHECK(owner.Value("SELECT unit_ids::text FROM ticket WHERE id = '" + of_both + "'") ==
        "{" + kNewDepartment + "}");
  for (const auto& [category, unit] : defaults) {
    CHECK(owner.Value("SELECT default_unit_id FROM category WHERE id = '" + category + "'") ==
          HeirIn(closings, unit));
  }
  const auto centre = owner.Do(&Categories::GetCentre, v1::GetCentreRequest(), "H09.15/guest");
  CHECK(centre.unit_id() == kScience);
  CHECK(centre.inspector_unit_id() == kInspector);
  // Nothing is counted twice or left out; what is answered stays whose answer it is.
  const v1::Indicators after = province.Figures(kScience);
  CHECK(after.received() == before.received());
  CHECK(ReceivedByUnits(after) == ReceivedByUnits(before));
  for (const auto& unit : after.units()) {
    if (closings.contains(unit.unit_id())) CHECK(unit.received() == unit.answered());
  }

  // The new keepers and units go on with it.
  owner.RunClockAt("2025-03-04T01:00:00Z");
  CHECK(owner.Events(waits).ends_with(" AssignmentResumed"));
  CHECK(province.UnitOf(waits) == kConstruction);
  CHECK(AnsweredBy(owner, given.at(waits).ticket, kConstruction).answered_in_time());
  Publish(province, given.at(waits).ticket);
  const std::string later = province.Given("HATANG.VIENTHONG", "");
  CHECK(province.UnitOf(later) == kScience);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline 2025: the public list and the public figures name units of today") {
  Province2025 province;
  HotlineOwner& owner = province.owner;
  std::vector<std::string> tickets;
  for (const std::string unit : {"H09.09", "H09.09", "H09.09", "H09.08", "H09.08"}) {
    tickets.push_back(province.Open(Appeal(owner)));
    province.RouteTo(tickets.back(), {unit});
    AnsweredBy(owner, tickets.back(), unit);
    Publish(province, tickets.back());
  }
  const std::string of_both = province.Open(Appeal(owner));
  province.RouteTo(of_both, {"H09.08", "H09.09"});
  for (const std::string unit : {"H09.08", "H09.09"}) AnsweredBy(owner, of_both, unit);
  owner.Step(&Tickets::AnswerTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(of_both);
    request.set_answer("Đã sửa xong.");
  });
  Publish(province, of_both);
  const std::string open = province.Given("HATANG.GIAOTHONG", "");

  province.Reorganise(ClosingDepartments(), kDepartmentsChange);
  province.centre = kScience;
  province.Settle();
  auto listed = PublicList(owner, "25747");
  CHECK(listed.size() == 7);
  for (const std::string& id : tickets) CHECK(listed.at(id) == Units{kConstruction});
  CHECK(listed.at(of_both) == Units{kConstruction});
  CHECK(listed.at(province.TicketFor(open)).empty());  // nothing is approved yet
  CHECK(Portal(owner).Public(tickets.front()).unit_ids(0) == kConstruction);
  AnsweredBy(owner, province.TicketFor(open), kConstruction);
  Publish(province, province.TicketFor(open));
  CHECK(PublicList(owner).at(province.TicketFor(open)) == Units{kConstruction});

  const auto stub = v1::IndicatorService::NewStub(owner.Channel("service-portal"));
  v1::GetPublicIndicatorsRequest request;
  journal::SetTime(request.mutable_from(), base::ParseTime("2025-01-01T00:00:00Z"));
  journal::SetTime(request.mutable_to(), base::ParseTime("2026-01-01T00:00:00Z"));
  v1::PublicIndicators figures;
  REQUIRE(support::CallAs(*stub, &v1::IndicatorService::Stub::GetPublicIndicators, request,
                          &figures, "") == kDone);
  REQUIRE(figures.units_size() == 1);
  CHECK(figures.units(0).unit_id() == kConstruction);
  CHECK(figures.units(0).received() == 8);
  CHECK(figures.units(0).on_time() == 8);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline 2025: a complaint about a merged department is in no feed of its successor") {
  Province2025 province;
  HotlineOwner& owner = province.owner;
  const Closings closings = ClosingDepartments();
  // About: the department that merges into the category's own; the centre; one that merges into the
  // department that has the complaint; one that merges into a new department.
  const Complained of_labour(province, "H09.11", "", "CBCC.SAIPHAM");
  const Complained of_centre(province, "H09.03", "H09.18");
  const Complained of_transport(province, "H09.09", "H09.08");
  const Complained of_nature(province, "H09.10");
  const Complained* const all[] = {&of_labour, &of_centre, &of_transport, &of_nature};
  CHECK(province.UnitOf(of_labour.assignment) == kHomeAffairs);
  province.Reorganise(closings, kDepartmentsChange);
  owner.Sweep();  // before anything moves
  for (const auto* one : all) one->CheckKeptFrom(province, closings.at(one->concerned));
  province.Settle();
  for (const auto* one : all) {
    INFO(one->concerned);
    one->CheckKeptFrom(province, closings.at(one->concerned));
    CHECK(province.TimesOf(one->assignment) == one->times);
    CHECK(province.OpenAt(one->concerned) == "0");
  }
  CHECK(owner.SeenBy(of_labour.assignment) == kScience);  // keeps it, and has it now
  CHECK(owner.SeenBy(of_centre.assignment) == "H09.01 H09.18");
  CHECK(owner.SeenBy(of_transport.assignment) == "H09.01 H09.15");
  CHECK(owner.SeenBy(of_nature.assignment) == "H09.01 H09.15");
  CHECK(owner.Defects().empty());
}

/// The province of 1 July: its departments are merged already.
struct July : Province2025 {
  July() {
    Reorganise(ClosingDepartments(), kDepartmentsChange);
    centre = kScience;
    Settle();
    owner.MoveClockTo("2025-06-26T01:00:00Z");  // Thursday, 08:00
  }
  Closings closings = ClosingCommunes();
};

TEST_CASE(
    "hotline 2025: communes that are merged whole leave their work to the new ones, others wait") {
  July province;
  HotlineOwner& owner = province.owner;
  const Closings& closings = province.closings;
  REQUIRE(closings.size() == 91 + 9 + 7);
  std::map<std::string, std::string> assignment_of;
  std::map<std::string, Before> given;
  for (const auto& [unit, parts] : closings) {
    const std::string last = unit.substr(unit.rfind('.') + 1);
    const std::string commune = last.size() == 5 ? last : "25747";
    const std::string id = province.Given("HATANG.NUOC", unit, commune);
    given[unit] = {unit, province.TimesOf(id), province.TicketFor(id), commune};
    assignment_of[unit] = id;
  }
  const auto list = PublicList(owner);
  const v1::Indicators before = province.Figures(kScience);
  province.Reorganise(closings, kCommunesChange);
  const bool sweeps_first = GENERATE(false, true);
  province.Settle(sweeps_first);

  std::map<std::string, std::set<std::string>> left;
  int moved = 0;
  for (const auto& [unit, parts] : closings) {
    const std::string& id = assignment_of.at(unit);
    if (parts.size() == 1) {
      ++moved;
      CheckMoved(province, id, given.at(unit), parts.front());
      CHECK(province.OpenAt(unit) == "0");
      continue;
    }
    // Split, or continued by none: as it was, for the keeper and for those who may take it.
    INFO(unit);
    CHECK(province.UnitOf(id) == unit);
    CHECK(province.TimesOf(id) == given.at(unit).times);
    CHECK(owner.SeenBy(id) == kScience);
    CHECK(KeptAt(province, unit) == std::set<std::string>{id});
    for (const std::string& part : parts) left[part].insert(id);
  }
  CHECK(moved == 75);
  for (const auto& row : Rows("communes_2025.csv")) {
    CHECK(LeftFor(owner, NewCommune(row.at(0))) == left[NewCommune(row.at(0))]);
  }
  CHECK(PublicList(owner) == list);
  for (const auto& [unit, had] : given) CHECK(PublicList(owner, had.commune).contains(had.ticket));
  const v1::Indicators after = province.Figures(kScience);
  CHECK(after.received() == before.received());
  CHECK(ReceivedByUnits(after) == ReceivedByUnits(before));

  // A part takes over what is the same work, by the same time.
  const std::string split = "H09.718.25741";
  REQUIRE(closings.at(split).size() == 2);
  CHECK(TakeOver(owner, assignment_of.at(split), "H09.25987") == kNotFound);
  CHECK(TakeOver(owner, assignment_of.at(split), "H09.25750") == kDone);
  CheckMoved(province, assignment_of.at(split), given.at(split), "H09.25750");
  CHECK_FALSE(LeftFor(owner, closings.at(split).back()).contains(assignment_of.at(split)));
  CHECK(AnsweredBy(owner, given.at(split).ticket, "H09.25750").answered_in_time());
  Publish(province, given.at(split).ticket);
  CHECK(PublicList(owner, "25741").at(given.at(split).ticket) == Units{"H09.25750"});
  // Or the keeper routes it on: that of a district, and of an office that nobody continues.
  for (const std::string unit : {"H09.718", "H09.718.P1"}) {
    const std::string on = RoutedOn(province, assignment_of.at(unit), "H09.25747");
    CHECK(owner.SeenBy(on) == "H09.15 H09.25747");
    CHECK(owner.SeenBy(given.at(unit).ticket) == "H09.15 H09.25747");
    CHECK(KeptAt(province, unit).empty());
    CHECK_FALSE(LeftFor(owner, "H09.25747").contains(assignment_of.at(unit)));
    AnsweredBy(owner, given.at(unit).ticket, "H09.25747");
    CHECK(TicketOf(owner, given.at(unit).ticket, "H09.15/operator").state() ==
          v1::TICKET_STATE_ANSWERED);
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE(
    "hotline 2025: a complaint about a commune or a district is in no feed of what continues it") {
  July province;
  HotlineOwner& owner = province.owner;
  const Closings& closings = province.closings;
  const std::string merged = "H09.718.25750", same = "H09.718.25744", split = "H09.718.25741";
  const std::string heir = "H09.25750";  // of both, and a part of the one that is split
  REQUIRE(closings.at(merged) == Units{heir});
  REQUIRE(closings.at(same) == Units{heir});
  REQUIRE(closings.at(split).front() == heir);
  const Complained all[] = {{province, merged},         {province, merged, same},
                            {province, split},          {province, split, same},
                            {province, kDistrict},      {province, kDistrict, same},
                            {province, "H09.718.P1"},   {province, "H09.718.25747", split},
                            {province, split, "H09.18"}};
  province.Reorganise(closings, kCommunesChange);
  owner.Sweep();  // before anything moves
  for (const auto& one : all) one.CheckKeptFrom(province, closings.at(one.concerned));
  province.Settle();
  for (const auto& one : all) {
    INFO(one.concerned);
    one.CheckKeptFrom(province, closings.at(one.concerned));
    CHECK(province.TimesOf(one.assignment) == one.times);
    // Somebody has it: the keeper at least.
    CHECK(owner.SeenBy(one.ticket).find(kScience) != std::string::npos);
  }
  // Those that would have gone to the heir went to the category's own unit.
  for (const int i : {1, 3, 5}) CHECK(owner.SeenBy(all[i].assignment) == "H09.01 H09.15");
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
