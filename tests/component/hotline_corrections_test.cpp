// What is put right later: a category, a publication, an answer; and who sees what goes up.
#include <set>

#include "platform/base/hash.hpp"
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

const std::string kNamed = "H09.03/named";
const Outcome kRestricted{grpc::PERMISSION_DENIED, "TICKET_RESTRICTED"};

Outcome Classify(HotlineOwner& owner, const std::string& id, const std::string& category,
                 const std::string& concerned, const std::string& official) {
  return owner.TryStep(&Tickets::ClassifyTicket, official, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_category_id(category);
    request.set_concerned_unit_id(concerned);
  });
}

std::string Listed(HotlineOwner& owner, const v1::ListAssignmentsRequest& request,
                   const std::string& official) {
  std::string units;
  const auto listed = owner.Do(&Assignments::ListAssignments, request, official);
  for (const auto& one : listed.assignments()) units += one.unit_id() + " ";
  return units;
}

}  // namespace

TEST_CASE("hotline: only named positions make something else of a complaint") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Complaint(owner, kTransport)).ticket().id();
  CHECK(Classify(owner, id, "HATANG.GIAOTHONG", "", kOperatorOfCentre) == kRestricted);
  CHECK(Classify(owner, id, "CBCC.CHAMTRE", kWard, kOperatorOfCentre) == kRestricted);
  CHECK(owner.Value("SELECT restricted FROM ticket") == "t");
  CHECK(Classify(owner, id, "HATANG.GIAOTHONG", "", kNamed) == kDone);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: what turns out to be a complaint is taken from the unit that it is about") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, id, {kTransport, kWard});
  const std::string taken = AssignmentOf(owner, id, kTransport).id();
  const std::string left = AssignmentOf(owner, id, kWard).id();
  CHECK(Classify(owner, id, "CBCC.CHAMTRE", kTransport, kOperatorOfCentre) == kDone);
  CHECK(owner.SeenBy(id) == "H09.03 H09.718.25747");
  CHECK(owner.SeenBy(taken) == "H09.03");
  CHECK(owner.SeenBy(left) == "H09.03 H09.718.25747");
  CHECK(owner.Value("SELECT state FROM assignment WHERE id = '" + taken + "'") == "8");
  CHECK(owner.Value("SELECT count(*) FROM assignment WHERE category_id = 'CBCC.CHAMTRE'") == "2");
  // Nobody is left: it is to be routed again.
  const std::string other = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, other, {kTransport});
  CHECK(Classify(owner, other, "CBCC.CHAMTRE", kTransport, kOperatorOfCentre) == kDone);
  CHECK(owner.Value("SELECT state FROM ticket WHERE id = '" + other + "'") == "2");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a page goes on behind what is shown, and says nothing of what is not") {
  HotlineOwner owner;
  std::vector<std::string> hidden, shown;
  // Newest first: hidden, shown, hidden, hidden, shown, hidden.
  for (const bool is_hidden : {true, false, true, true, false, true}) {
    owner.clock_.Advance(std::chrono::minutes(1));
    const std::string id = Opened(owner, Appeal(owner)).ticket().id();
    Routed(owner, id, {kTransport});
    auto& ids = is_hidden ? hidden : shown;
    ids.push_back(id);
    ids.push_back(AnsweredBy(owner, id, kTransport).id());
    // A complaint that the unit does not see, as after a merger with whom it is about.
    if (!is_hidden) continue;
    for (const std::string where :
         {"ticket SET concerned_unit_id = 'H09.09' WHERE id",
          "assignment SET concerned_unit_id = 'H09.09' WHERE ticket_id"}) {
      owner.Value("UPDATE " + where + " = '" + id + "'");
    }
  }
  const auto walk = [&](auto rpc, auto request, const auto& ids_of) {
    std::vector<std::string> ids;
    request.set_page_size(1);
    for (int pages = 0; pages < 10; ++pages) {
      const auto page = owner.Do(rpc, request, kTransportHandler);
      ids_of(page, ids);
      request.set_page_token(page.next_page_token());
      if (request.page_token().empty()) break;
      const std::string position = base::FromBase64Url(request.page_token().substr(22));
      CHECK(position.find(ids.back()) != std::string::npos);
      for (const std::string& id : hidden) CHECK(position.find(id) == std::string::npos);
    }
    return ids;
  };
  const auto tickets =
      walk(&Tickets::ListTickets, v1::ListTicketsRequest(), [](const auto& page, auto& ids) {
        for (const auto& one : page.tickets()) ids.push_back(one.id());
      });
  CHECK(tickets == std::vector<std::string>{shown.at(2), shown.at(0)});
  v1::ListAssignmentsRequest answered;
  answered.add_states(v1::ASSIGNMENT_STATE_ANSWERED);
  const auto assignments =
      walk(&Assignments::ListAssignments, answered, [](const auto& page, auto& ids) {
        for (const auto& one : page.assignments()) ids.push_back(one.id());
      });
  CHECK(std::set(assignments.begin(), assignments.end()) == std::set{shown.at(1), shown.at(3)});
  CHECK(assignments.size() == 2);
}

TEST_CASE("hotline: a category that is put right tells nothing twice, and ends") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  owner.RunClockAt("2019-07-11T03:00:00Z");  // the first response is late, as is forwarding
  const std::string told = owner.Events(id);
  CHECK(Classify(owner, id, "HATANG.KHAN", "", kOperatorOfCentre) == kDone);
  CHECK(Classify(owner, id, "HATANG.GIAOTHONG", "", kOperatorOfCentre) == kDone);
  owner.RunClock();
  CHECK(owner.Events(id) == told + " TicketClassified TicketClassified");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a publication is taken back, and what is private stays so when reopened") {
  HotlineOwner owner;
  Portal portal(owner);
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, id, {kTransport});
  AnsweredBy(owner, id, kTransport, "Đã vá.");
  Approved(owner, id);
  Published(owner, id);
  CHECK(portal.TryPublic(id) == kDone);
  const auto withdraw = [&] {
    return owner.TryStep(&Tickets::WithdrawPublication, kApprover, [&](auto& request) {
      request.set_ticket_id(id);
      request.set_reason("Có tên người khác");
    });
  };
  CHECK(withdraw() == kDone);
  CHECK(withdraw() == Outcome{grpc::FAILED_PRECONDITION, "TICKET_STATE"});
  CHECK(portal.TryPublic(id) == kNotFound);
  CHECK(owner.Value("SELECT public_text || public_answer FROM ticket").empty());
  Published(owner, id);
  CHECK(portal.TryPublic(id) == kDone);
  CHECK(withdraw() == kDone);
  owner.Step(&Tickets::ReopenTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_reason("Vẫn còn");
  });
  CHECK(portal.TryPublic(id) == kNotFound);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: after an answer was given back the unit's new one becomes the ticket's") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, id, {kTransport});
  AnsweredBy(owner, id, kTransport, "Đã vá.");
  owner.MoveClockTo("2019-07-10T02:00:00Z");
  owner.Step(&Tickets::ReturnAnswer, kApprover, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_reason("Chưa nói khi nào");
  });
  // It is to be forwarded again in five minutes.
  CHECK(owner.Value("SELECT deadlines[1] LIKE '1 %' FROM ticket") == "t");
  Routed(owner, id, {kTransport});
  AnsweredBy(owner, id, kTransport, "Đã vá sáng nay.");
  CHECK(owner.Value("SELECT state || answer FROM ticket") == "4Đã vá sáng nay.");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: what is late is listed for the keeper and for whom it went up to") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, id, {kTransport, kWard});
  const std::string answered = AssignmentOf(owner, id, kWard).id();
  Accepted(owner, answered, kWard);
  v1::ListAssignmentsRequest kept, escalated;
  kept.set_kept(true);
  escalated.set_escalated(true);
  CHECK(Listed(owner, kept, "H09.03/guest") == "H09.09 H09.718.25747 ");
  CHECK(Listed(owner, kept, "H09.09/guest").empty());
  CHECK(Listed(owner, escalated, "H09.01/guest").empty());
  owner.RunClockAt("2019-07-20T01:00:00Z");
  kept.set_mark(v1::DEADLINE_MARK_ESCALATED);
  kept.set_unit_id(kTransport);
  CHECK(Listed(owner, kept, "H09.03/guest") == "H09.09 ");
  kept.set_category_id("CBCC");
  CHECK(Listed(owner, kept, "H09.03/guest").empty());
  CHECK(Listed(owner, escalated, "H09.01/guest") == "H09.09 H09.718.25747 ");
  // They see the ticket, too.
  CHECK(owner.SeenBy(id) == "H09.01 H09.03 H09.09 H09.718.25747");
  CHECK(TicketOf(owner, id, "H09.01/guest").id() == id);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: who decides where units disagree sees what they have said") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, id, {kTransport, kWard});
  AnsweredBy(owner, id, kTransport, "Của phường.");
  AnsweredBy(owner, id, kWard, "Của sở.");
  owner.Step(&Tickets::ReferTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_reason("Hai đơn vị không thống nhất");
  });
  v1::ListAssignmentsRequest request;
  request.set_ticket_id(id);
  const auto seen = owner.Do(&Assignments::ListAssignments, request, "H09.01/guest");
  REQUIRE(seen.assignments_size() == 3);
  CHECK(seen.assignments(0).answer() == "Của phường.");
  CHECK(seen.assignments(1).answer() == "Của sở.");
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
