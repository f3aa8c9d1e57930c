// Tickets of the hotline from the call to the answer, on a real PostgreSQL.
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

v1::Assignment Answered(HotlineOwner& owner, const std::string& ticket_id, const std::string& unit,
                        const std::string& text) {
  const std::string id = AssignmentOf(owner, ticket_id, unit).id();
  owner.Step(&Assignments::AcceptAssignment, unit + "/handler",
             [&](v1::AcceptAssignmentRequest& request) { request.set_assignment_id(id); });
  return owner.Step(&Assignments::AnswerAssignment, unit + "/handler",
                    [&](v1::AnswerAssignmentRequest& request) {
                      request.set_assignment_id(id);
                      request.set_answer(text);
                    });
}

TEST_CASE("hotline: a report is routed, answered, approved, published, rated and closed",
          "[hotline]") {
  HotlineOwner owner;
  const auto opened = Opened(owner, Appeal(owner));
  const std::string id = opened.ticket().id();
  CHECK(opened.ticket().state() == v1::TICKET_STATE_CLASSIFIED);
  CHECK(opened.code().size() == 14);
  CHECK(opened.report().ticket_id() == id);
  // Five minutes of the clock to forward it, a working day to respond.
  CHECK(At(DeadlineOf(opened.ticket(), v1::DEADLINE_KIND_FORWARDING)->at()) ==
        "2019-07-10T01:05:00.000000Z");
  CHECK(At(DeadlineOf(opened.ticket(), v1::DEADLINE_KIND_FIRST_RESPONSE)->at()) ==
        "2019-07-11T01:00:00.000000Z");
  CHECK(owner.SeenBy(id) == "H09.03");
  CHECK(owner.SeenBy(opened.report().id()).empty());

  owner.MoveClockTo("2019-07-10T01:04:00Z");
  const v1::Ticket routed = Routed(owner, id, {});  // the category's own unit
  CHECK(routed.state() == v1::TICKET_STATE_ROUTED);
  CHECK(routed.forwarded_in_time());
  CHECK(owner.SeenBy(id) == "H09.03 H09.09");
  const v1::Assignment given = AssignmentOf(owner, id, kTransport);
  CHECK(At(given.due_at()) == "2019-07-17T10:00:00.000000Z");  // five working days
  CHECK(owner.SeenBy(given.id()) == "H09.03 H09.09");

  // The answer of the only unit is the ticket's.
  Answered(owner, id, kTransport, "Đã vá xong trong sáng nay.");
  v1::GetTicketRequest get;
  get.set_ticket_id(id);
  v1::Ticket ticket = owner.Do(&Tickets::GetTicket, get, kOperator);
  CHECK(ticket.state() == v1::TICKET_STATE_ANSWERED);
  CHECK(ticket.answer() == "Đã vá xong trong sáng nay.");
  CHECK(ticket.responded_in_time());
  owner.Step(&Tickets::ApproveTicket, kApprover, [&](auto& r) { r.set_ticket_id(id); });
  const auto publish = [&](const std::string& text) {
    return owner.TryStep(&Tickets::PublishTicket, kApprover, [&](auto& r) {
      r.set_ticket_id(id);
      r.set_public_text(text);
      r.set_public_answer("Đã sửa xong.");
    });
  };
  const Outcome refused{grpc::INVALID_ARGUMENT, "PERSONAL_DATA_FOUND"};
  CHECK(publish("Ông Nguyen Van Thu báo ổ gà") == refused);
  CHECK(publish("Ổ gà, gọi 0912 345 678") == refused);
  CHECK(publish("Ổ gà, thư a.b@example.com") == refused);
  CHECK(publish("Ổ gà, CCCD 079 123 456 789") == refused);
  CHECK(publish("Ổ gà lớn trước số 15 đường Hùng Vương") == kDone);
  owner.Step(&Tickets::RateTicket, kOperator, [&](auto& r) {
    r.set_ticket_id(id);
    r.set_satisfaction(v1::SATISFACTION_VERY_SATISFIED);
  });
  owner.RunClockAt("2019-07-18T02:00:00Z");
  ticket = owner.Do(&Tickets::GetTicket, get, kOperator);
  CHECK(ticket.state() == v1::TICKET_STATE_CLOSED);
  CHECK(ticket.text() == "Ổ gà lớn trước số 15 đường Hùng Vương");
  CHECK(owner.Events(id) ==
        "TicketOpened TicketRouted TicketResponded TicketAnswered TicketApproved TicketPublished"
        " TicketRated TicketClosed");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: several units get a ticket at once; the centre puts their answers together",
          "[hotline]") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, id, {kTransport, kWard, kDistrictOffice});
  CHECK(owner.SeenBy(id) == "H09.03 H09.09 H09.718 H09.718.25747");
  const auto answer = [&] {
    return owner.TryStep(&Tickets::AnswerTicket, kOperator, [&](auto& r) {
      r.set_ticket_id(id);
      r.set_answer("Đã xử lý.");
    });
  };
  CHECK(owner.TryStep(&Tickets::RouteTicket, kOperator, [&](auto& r) {
    r.set_ticket_id(id);
    r.add_routes()->set_unit_id(kWard);
  }) == Outcome{grpc::ALREADY_EXISTS, "UNIT_ASSIGNED"});
  Answered(owner, id, kTransport, "Sở đã vá.");
  CHECK(answer() == Outcome{grpc::FAILED_PRECONDITION, "ASSIGNMENTS_OPEN"});
  Answered(owner, id, kWard, "Phường đã cắm biển.");
  // The wrong unit gives it back.
  const std::string office = AssignmentOf(owner, id, kDistrictOffice).id();
  owner.Step(&Assignments::ReturnAssignment, std::string(kDistrictOffice) + "/handler",
             [&](auto& r) {
               r.set_assignment_id(office);
               r.set_reason("Không thuộc thẩm quyền");
             });
  CHECK(owner.SeenBy(id) == "H09.03 H09.09 H09.718.25747");
  CHECK(answer() == kDone);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a complaint is in no feed of the unit that it is about, nor near to it",
          "[hotline]") {
  struct Case {
    std::string category, concerned, keeper, handler;
  };
  const std::vector<Case> cases{
      // A department, a district, an office that the district carries, a commune.
      {"CBCC.CHAMTRE", kConstruction, kCentreUnit, kOfficeOfProvince},
      {"CBCC.CHAMTRE", kDistrict, kCentreUnit, kOfficeOfProvince},
      {"CBCC.NHUNGNHIEU", kDistrictOffice, kCentreUnit, kInspector},
      {"CBCC.SAIPHAM", kWard, kCentreUnit, kHomeAffairs},
      // Each default unit of these categories: the other one has it.
      {"CBCC.CHAMTRE", kOfficeOfProvince, kCentreUnit, kCentreUnit},
      {"CBCC.NHUNGNHIEU", kInspector, kCentreUnit, kCentreUnit},
      {"CBCC.SAIPHAM", kHomeAffairs, kCentreUnit, kCentreUnit},
      // The centre itself: who inspects keeps it and handles it.
      {"CBCC.CHAMTRE", kCentreUnit, kOfficeOfProvince, kOfficeOfProvince},
      {"CBCC.NHUNGNHIEU", kCentreUnit, kInspector, kInspector},
      {"CBCC.SAIPHAM", kCentreUnit, kHomeAffairs, kHomeAffairs},
  };
  HotlineOwner owner;
  for (const Case& one : cases) {
    CAPTURE(one.category, one.concerned);
    auto request = Appeal(owner, one.category);
    request.set_concerned_unit_id(one.concerned);
    request.set_text("Cán bộ CANARY-7431 gây phiền hà");
    request.mutable_place()->set_address("CANARY-7431");
    const std::string id = Opened(owner, request).ticket().id();
    CHECK(owner.SeenBy(id) == one.keeper);
    const std::string named = one.keeper + "/named";
    const v1::Ticket routed =
        owner.Step(&Tickets::RouteTicket, named, [&](auto& r) { r.set_ticket_id(id); });
    CHECK_FALSE(routed.has_text());
    const v1::Assignment given = AssignmentOf(owner, id, one.handler);
    const std::string seen = one.keeper == one.handler  ? one.keeper
                             : one.keeper < one.handler ? one.keeper + " " + one.handler
                                                        : one.handler + " " + one.keeper;
    CHECK(owner.SeenBy(id) == seen);
    CHECK(owner.SeenBy(given.id()) == seen);
    // Named positions read it at the owner, others do not.
    v1::GetTicketRequest get;
    get.set_ticket_id(id);
    CHECK(owner.Do(&Tickets::GetTicket, get, named).text() == request.text());
    CHECK_FALSE(owner.Do(&Tickets::GetTicket, get, one.keeper + "/operator").has_text());
    CHECK(owner.Do(&Tickets::GetTicket, get, one.handler + "/named").text() == request.text());
    CHECK(owner.Try(&Tickets::GetTicket, get, one.concerned + "/named") == kNotFound);
    // Not to it, nor by a detour.
    CHECK(owner.TryStep(&Tickets::RouteTicket, named, [&](auto& r) {
      r.set_ticket_id(id);
      r.add_routes()->set_unit_id(one.concerned);
    }) == Outcome{grpc::INVALID_ARGUMENT, "UNIT_CONCERNED"});
  }
  Opened(owner, Appeal(owner));
  CHECK(owner.Value("SELECT count(*) FROM journal j WHERE j::text LIKE '%Hùng Vương%'") == "1");
  // Of what was written nothing is in the journal, which is all that is ever published.
  CHECK(owner.Value("SELECT count(*) FROM journal j WHERE j::text LIKE '%CANARY%'") == "0");
  CHECK(owner.Defects().empty());
}

}  // namespace
}  // namespace lienthong::hotline
