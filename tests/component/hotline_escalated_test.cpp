// The list of work that went up to a unit, on a real PostgreSQL.
#include <iterator>
#include <sstream>

#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

using Ids = std::vector<std::string>;

/// All pages of such a size.
Ids Listed(HotlineOwner& owner, v1::ListAssignmentsRequest request, const std::string& official,
           int page_size = 200) {
  request.set_escalated(true);
  request.set_page_size(page_size);
  Ids ids;
  do {
    const auto page = owner.Do(&Assignments::ListAssignments, request, official);
    CHECK(page.assignments_size() <= page_size);
    for (const auto& one : page.assignments()) ids.push_back(one.id());
    request.set_page_token(page.next_page_token());
    REQUIRE(ids.size() < 100);
  } while (!request.page_token().empty());
  return ids;
}

/// What the assignments themselves say.
Ids Expected(HotlineOwner& owner, const std::string& units, const std::string& where = "true") {
  const std::string joined = owner.Value(
      "SELECT string_agg(id::text, ' ' ORDER BY coalesce(due_at, 'infinity'), id) FROM assignment"
      " WHERE escalated_unit_ids && '" +
      units + "' AND " + where);
  std::istringstream text(joined);
  return {std::istream_iterator<std::string>(text), {}};
}

/// After two working days to the province's office, after three to Home Affairs.
void EscalateTwice(HotlineOwner& owner) {
  owner.ChangeCentre([](v1::Centre& centre) {
    v1::EscalationStep& step = *centre.add_escalations();
    step = centre.escalations(0);
    step.mutable_after()->set_amount(3);
    step.set_unit_id(kHomeAffairs);
  });
}

}  // namespace

TEST_CASE(
    "hotline: what went up to a unit is listed once, nearest deadline first, in every state") {
  HotlineOwner owner;
  EscalateTwice(owner);
  Ids tickets;
  for (int i = 0; i < 4; ++i) {
    owner.MoveClockTo("2019-07-10T0" + std::to_string(1 + i) + ":00:00Z");
    tickets.push_back(Opened(owner, Appeal(owner, i % 2 == 0 ? "HATANG.KHAN" : "HATANG.GIAOTHONG"))
                          .ticket()
                          .id());
    Routed(owner, tickets.back(), {kTransport, kConstruction});
  }
  CHECK(Listed(owner, {}, "H09.01/guest").empty());
  // The urgent ones have gone up by now, the others do on the days after.
  owner.RunClockAt("2019-07-19T03:30:00Z");
  const Ids first = Listed(owner, {}, "H09.01/guest");
  CHECK(first == Expected(owner, "{H09.01}"));
  CHECK(first.size() == 4);
  owner.RunClockAt("2019-07-24T01:00:00Z");
  CHECK(Listed(owner, {}, "H09.01/guest").size() == 8);
  CHECK(Listed(owner, {}, "H09.02/guest") == Expected(owner, "{H09.02}"));

  // What the centre asks the office about has gone up before anything is late.
  const std::string disputed = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, disputed, {kTransport});
  const std::string referred = AssignmentOf(owner, disputed, kTransport).id();
  Accepted(owner, referred, kTransport);
  owner.Step(&Tickets::ReferTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(disputed);
    request.set_reason("Hai đơn vị không thống nhất");
  });

  // It stays there whatever becomes of it, and is found by what it is now.
  AnsweredBy(owner, tickets[0], kTransport);
  Accepted(owner, AssignmentOf(owner, tickets[1], kTransport).id(), kTransport);
  const std::string given_back = AssignmentOf(owner, tickets[2], kTransport).id();
  REQUIRE(Return(owner, given_back, kTransport) == kDone);
  owner.Step(&Assignments::ExtendAssignment, kTransportHead, [&](auto& request) {
    request.set_assignment_id(referred);
    request.set_reason("Chờ vật tư");
    journal::SetTime(request.mutable_due_at(), base::ParseTime("2019-08-30T01:00:00Z"));
  });
  CHECK(Listed(owner, {}, "H09.01/guest").back() == referred);
  const auto check = [&](const std::string& official, const std::string& units) {
    for (const int size : {1, 3, 200}) {
      CHECK(Listed(owner, {}, official, size) == Expected(owner, units));
    }
    v1::ListAssignmentsRequest by_state, by_unit, by_category, by_mark;
    by_state.add_states(v1::ASSIGNMENT_STATE_ANSWERED);
    by_state.add_states(v1::ASSIGNMENT_STATE_RETURNED);
    CHECK(Listed(owner, by_state, official, 1) == Expected(owner, units, "state IN (3, 7)"));
    CHECK(Listed(owner, by_state, official).size() == 2);
    by_unit.set_unit_id(kConstruction);
    CHECK(Listed(owner, by_unit, official, 3) == Expected(owner, units, "unit_id = 'H09.08'"));
    by_category.set_category_id("HATANG.GIAOTHONG");
    CHECK(Listed(owner, by_category, official) ==
          Expected(owner, units, "category_id = 'HATANG.GIAOTHONG'"));
    by_mark.set_mark(v1::DEADLINE_MARK_PASSED);
    CHECK(Listed(owner, by_mark, official) == Expected(owner, units, "mark >= 3"));
    CHECK(Listed(owner, by_mark, official).size() == 6);
  };
  check("H09.01/guest", "{H09.01}");
  check("H09.02/guest", "{H09.02}");
  // Once, for who continues both that it went up to.
  owner.CloseUnit(kHomeAffairs, {kOfficeOfProvince});
  owner.RunClock();
  check("H09.01/guest", "{H09.01,H09.02}");
  // With the unit that has it.
  owner.CloseUnit(kConstruction, {kTransport});
  owner.RunClock();
  v1::ListAssignmentsRequest by_unit;
  by_unit.set_unit_id(kTransport);
  CHECK(Listed(owner, by_unit, "H09.01/guest") ==
        Expected(owner, "{H09.01}", "unit_id = 'H09.09'"));
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
