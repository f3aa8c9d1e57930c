// What the province decides by its data: who may take a step; who has a complaint in the end.
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

const Outcome kNotNow{grpc::FAILED_PRECONDITION, "TICKET_STATE"};

Outcome Reject(HotlineOwner& owner, const std::string& id) {
  return owner.TryStep(&Tickets::RejectTicket, kApproverOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_reason("Trùng");
  });
}

}  // namespace

TEST_CASE("hotline: who may take which step from where is data, known at the next call") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, id, {kTransport});
  CHECK(Reject(owner, id) == kNotNow);
  owner.Value(
      "INSERT INTO move SELECT 'ticket', 'reject', 3, to_state, actor FROM move"
      " WHERE record = 'ticket' AND step = 'reject' AND from_state = 2");
  CHECK(Reject(owner, id) == kDone);
  const std::string other = Opened(owner, Appeal(owner)).ticket().id();
  owner.Value("DELETE FROM move WHERE record = 'ticket' AND step = 'reject'");
  CHECK(Reject(owner, other) == kNotNow);
  // Of assignments, too: units that may not give back.
  Routed(owner, other, {kTransport});
  owner.Value("DELETE FROM move WHERE record = 'assignment' AND step = 'return'");
  CHECK(owner.TryStep(&Assignments::ReturnAssignment, kTransportHandler, [&](auto& request) {
    request.set_assignment_id(AssignmentOf(owner, other, kTransport).id());
    request.set_reason("Của phường");
  }) == Outcome{grpc::FAILED_PRECONDITION, "ASSIGNMENT_STATE"});
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a unit begins, and hands its work over to a colleague") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, id, {kTransport});
  const std::string assignment = AssignmentOf(owner, id, kTransport).id();
  const v1::Assignment begun =
      owner.Step(&Assignments::StartAssignment, kTransportHandler,
                 [&](auto& request) { request.set_assignment_id(assignment); });
  CHECK(begun.state() == v1::ASSIGNMENT_STATE_IN_PROGRESS);
  CHECK(begun.official_id() == kTransportHandler);
  CHECK(begun.has_accepted_at());
  // That is a response, in time.
  CHECK(owner.Value("SELECT responded_in_time FROM ticket") == "t");
  const auto hand_over = [&](const std::string& to) {
    return owner.TryStep(&Assignments::HandOverAssignment, kTransportHead, [&](auto& request) {
      request.set_assignment_id(assignment);
      request.set_official_id(to);
    });
  };
  CHECK(hand_over(kTransportHead) == kDone);
  CHECK(AssignmentBy(owner, assignment, kTransportHead).official_id() == kTransportHead);
  CHECK(AssignmentBy(owner, assignment, kTransportHead).state() ==
        v1::ASSIGNMENT_STATE_IN_PROGRESS);
  CHECK(hand_over(kOperatorOfCentre) == Outcome{grpc::INVALID_ARGUMENT, "FIELD_INVALID"});
  CHECK(owner.Events(assignment) == "TicketAssigned AssignmentStarted AssignmentHandedOver");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: the last resort of a complaint is the province's office") {
  HotlineOwner owner;
  // Centre, inspector and default agency are one: the unit that the complaint is about.
  owner.SetCentreUnit(kInspector);
  v1::Category category =
      HotlineOwner::NewCategory("CBCC.CUOICUNG", v1::CATEGORY_KIND_CONDUCT, 10, kInspector);
  owner.SetCategory(category);
  auto request = Complaint(owner, kInspector);
  request.set_category_id("CBCC.CUOICUNG");
  const auto opened = owner.Do(&Tickets::OpenTicket, request, "H09.18/named");
  const std::string id = opened.ticket().id();
  CHECK(owner.SeenBy(id) == kOfficeOfProvince);
  CHECK(owner.Value("SELECT keeper_unit_id FROM ticket") == kOfficeOfProvince);
  owner.Step(&Tickets::RouteTicket, "H09.01/named", [&](auto& route) { route.set_ticket_id(id); });
  CHECK(owner.Value("SELECT unit_id FROM assignment") == kOfficeOfProvince);
  CHECK(owner.SeenBy(id) == kOfficeOfProvince);
  CHECK(TryTicket(owner, id, "H09.18/named") == kNotFound);
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
