// Joining and separating tickets, what units give up, emergencies: the clock, who knows, who hears.
#include "support/hotline_messages.hpp"
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

using std::chrono::minutes;

void Joined(HotlineOwner& owner, const std::string& id, const std::string& into) {
  owner.Step(&Tickets::JoinTicket, kOperator, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_into_ticket_id(into);
  });
}

v1::Ticket Separated(HotlineOwner& owner, const std::string& id,
                     const std::string& official = kOperator) {
  return owner.Step(&Tickets::SeparateTicket, official,
                    [&](auto& request) { request.set_ticket_id(id); });
}

void Classified(HotlineOwner& owner, const std::string& id, const std::string& category,
                const std::string& concerned = "", const std::string& official = kOperator) {
  owner.Step(&Tickets::ClassifyTicket, official, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_category_id(category);
    request.set_concerned_unit_id(concerned);
  });
}

/// Beside those of the stage: a category whose first response is due within hours.
void AddUrgent(HotlineOwner& owner) {
  auto urgent = HotlineOwner::NewCategory("HATANG.GAP", v1::CATEGORY_KIND_INCIDENT, 3, kTransport);
  urgent.mutable_first_response()->set_amount(60);
  urgent.mutable_first_response()->set_unit(v1::LIMIT_UNIT_CLOCK_MINUTES);
  owner.SetCategory(urgent);
}

int Told(HotlineOwner& owner, const std::string& id, const std::string& event) {
  const std::string events = " " + owner.Events(id) + " ";
  int count = 0;
  for (auto at = events.find(" " + event + " "); at != std::string::npos;
       at = events.find(" " + event + " ", at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("hotline: what was told of a deadline is not told again when it comes back") {
  HotlineOwner owner;
  AddUrgent(owner);
  const std::string into = Opened(owner, Appeal(owner)).ticket().id();
  const std::string id = Opened(owner, Appeal(owner, "HATANG.GAP")).ticket().id();
  owner.RunClockAt("2019-07-10T02:30:00Z");  // its first response is late, and the forwarding
  const int passed = Told(owner, id, "DeadlinePassed");
  CHECK(passed == 2);
  const auto unchanged = [&] {
    owner.RunClock();
    CHECK(Told(owner, id, "DeadlinePassed") == passed);
    CHECK(Told(owner, id, "DeadlineNear") == 0);
    CHECK(owner.Value("SELECT mark FROM ticket WHERE id = '" + id + "'") == "3");
  };
  Classified(owner, id, "HATANG.GIAOTHONG");
  Classified(owner, id, "HATANG.GAP");
  unchanged();
  // Forwarding has begun anew after the emergency; it is met, and what is left is the response.
  Classified(owner, id, "KHANCAP.113");
  Classified(owner, id, "HATANG.GAP");
  unchanged();
  Joined(owner, id, into);
  Separated(owner, id);
  unchanged();
  // Another deadline is told for itself.
  owner.RunClockAt("2019-07-10T03:30:00Z");
  CHECK(Told(owner, id, "DeadlinePassed") == passed + 1);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a wrong join is undone: what the ticket was, it is again") {
  HotlineOwner owner;
  const std::string into = Opened(owner, Appeal(owner)).ticket().id();
  const std::string id = Opened(owner, Appeal(owner, "HATANG.GIAOTHONG")).ticket().id();
  const std::string what =
      "SELECT category_id || restricted || concerned_unit_id || ' ' || keeper_unit_id || "
      "report_count FROM ticket WHERE id = '" +
      id + "'";
  const std::string before = owner.Value(what);
  Joined(owner, id, into);
  Classified(owner, into, "CBCC.CHAMTRE", kTransport);
  CHECK(owner.Value(what) != before);
  // What has become a complaint, named positions alone make something else.
  CHECK(owner.TryStep(&Tickets::SeparateTicket, kOperator, [&](auto& request) {
    request.set_ticket_id(id);
  }) == Outcome{grpc::PERMISSION_DENIED, "TICKET_RESTRICTED"});
  CHECK(owner.Value(what) != before);
  const v1::Ticket separated = Separated(owner, id, "H09.03/named");
  CHECK(owner.Value(what) == before);
  CHECK_FALSE(separated.restricted());
  CHECK(separated.state() == v1::TICKET_STATE_CLASSIFIED);
  // Plain operators go on with it.
  Routed(owner, id, {kTransport});
  CHECK(owner.SeenBy(id) == "H09.03 H09.09");
  CHECK(owner.Value("SELECT report_count FROM ticket WHERE id = '" + into + "'") == "1");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline messages: who was joined by mistake hears no more of the other's case",
          "[hotline]") {
  MessageStage stage;
  const std::string into = stage.OpenRouted();
  const auto own = stage.Open("0987654321");
  const std::string id = own.ticket().id();
  stage.sender.RunDue();
  Joined(stage.owner, id, into);
  stage.Extend(into, "2019-07-24");
  CHECK(stage.States() == "2 waiting, 2 sent");
  Separated(stage.owner, id);
  CHECK(stage.States() == "1 waiting, 2 sent, 1 dropped");
  stage.sender.RunDue();
  CHECK(stage.sms.Count() == 3);
  // Whom the other's outcome has reached hears that it is not over.
  Joined(stage.owner, id, into);
  stage.Answered(into);
  stage.Publish(into);
  stage.sender.RunDue();
  CHECK(stage.sms.Count() == 5);
  Separated(stage.owner, id);
  stage.sender.RunDue();
  REQUIRE(stage.sms.Count() == 6);
  CHECK(stage.sms.taken.back().address == "+84987654321");
  CHECK(stage.sms.taken.back().text.find("được xử lý lại") != std::string::npos);
  // Once: until there is another outcome, nothing new is to be said.
  const std::string other = stage.OpenRouted();
  stage.sender.RunDue();
  const std::size_t told = stage.sms.Count();
  Joined(stage.owner, id, other);
  Separated(stage.owner, id);
  stage.sender.RunDue();
  CHECK(stage.sms.Count() == told);
  CHECK(stage.owner.Defects().empty());
}

TEST_CASE("hotline: the office has what all units gave back, and its decision can be answered") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, id, {kTransport});
  owner.Step(&Assignments::ReturnAssignment, "H09.09/handler", [&](auto& request) {
    request.set_assignment_id(AssignmentOf(owner, id, kTransport).id());
    request.set_reason("Của phường");
  });
  CHECK(owner.Value("SELECT deadlines[1] LIKE '1 %' FROM ticket") == "t");
  owner.clock_.Advance(minutes(1));
  const v1::Ticket referred = owner.Step(&Tickets::ReferTicket, kOperator, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_reason("Không đơn vị nào nhận");
  });
  CHECK(referred.state() == v1::TICKET_STATE_ROUTED);
  CHECK(owner.SeenBy(id) == "H09.01 H09.03");
  // It is forwarded: nothing is late with the centre.
  owner.RunClockAt("2019-07-10T05:00:00Z");
  CHECK(Told(owner, id, "DeadlinePassed") == 0);
  AnsweredBy(owner, id, kOfficeOfProvince, "Sở Giao thông Vận tải xử lý.");
  CHECK(owner.Value("SELECT state || answer FROM ticket") == "4Sở Giao thông Vận tải xử lý.");
  CHECK(owner.Value("SELECT forwarded_in_time FROM ticket") == "t");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: each transfer that nobody takes alarms the shift, one after the other") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner, "KHANCAP.113")).ticket().id();
  const auto late = [&] {
    owner.RunClock();
    return Told(owner, id, "DeadlinePassed");
  };
  const auto transfer = [&](const std::string& service) {
    return owner.TryStep(&Tickets::StartTransfer, kOperator, [&](auto& request) {
      request.set_ticket_id(id);
      request.set_service(service);
    });
  };
  const auto counted = [&] {
    return owner.pool_.Transact([](pg::Tx& tx) { return CountLateTransfers(tx); });
  };
  CHECK(transfer("113") == kDone);
  owner.clock_.Advance(std::chrono::seconds(59));
  CHECK(late() == 0);
  owner.clock_.Advance(std::chrono::seconds(1));
  CHECK(late() == 1);
  CHECK(counted() == 1);
  // One at a time: what the first came to is said before the next.
  CHECK(transfer("114") == Outcome{grpc::FAILED_PRECONDITION, "TICKET_STATE"});
  owner.Step(&Tickets::EndTransfer, kOperator, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_taken(false);
  });
  CHECK(transfer("114") == kDone);
  CHECK(counted() == 0);
  owner.clock_.Advance(std::chrono::seconds(60));
  CHECK(late() == 2);
  owner.Step(&Tickets::EndTransfer, kOperator, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_taken(true);
  });
  CHECK(late() == 2);
  CHECK(counted() == 0);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: only what has a limit for it waits for the citizen") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner, "KHANCAP.113")).ticket().id();
  Routed(owner, id, {kTransport});
  Accepted(owner, AssignmentOf(owner, id, kTransport).id(), kTransport);
  CHECK(owner.TryStep(&Assignments::PauseAssignment, "H09.09/handler", [&](auto& request) {
    request.set_assignment_id(AssignmentOf(owner, id, kTransport).id());
    request.set_reason("Ở đâu?");
  }) == Outcome{grpc::FAILED_PRECONDITION, "ASSIGNMENT_STATE"});
  auto request = owner.New<v1::SetCategoryRequest>();
  *request.mutable_category() =
      HotlineOwner::NewCategory("HATANG.GAP", v1::CATEGORY_KIND_INCIDENT, 3, kTransport);
  request.mutable_category()->clear_resolution();
  CHECK(owner.Try(&Categories::SetCategory, request, "") ==
        Outcome{grpc::INVALID_ARGUMENT, "FIELD_INVALID"});
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: each who reported rates for himself, a few times, and anew after reopening") {
  HotlineOwner owner;
  Portal portal(owner);
  const auto first = Opened(owner, Appeal(owner));
  const std::string id = first.ticket().id();
  const auto second = portal.Submitted(portal.Report());
  Joined(owner, second.ticket_id(), id);
  Routed(owner, id, {kTransport});
  AnsweredBy(owner, id, kTransport, "Đã vá.");
  Approved(owner, id);
  Published(owner, id);
  const auto rate = [&](v1::Satisfaction satisfaction) {
    auto request = owner.New<v1::RateReportRequest>();
    request.set_code(first.code());
    request.set_contact("0912345678");
    request.set_satisfaction(satisfaction);
    return portal.Try(&Portal::Stub::RateReport, request);
  };
  CHECK(rate(v1::SATISFACTION_SATISFIED) == kDone);
  CHECK(rate(v1::SATISFACTION_NEUTRAL) == kDone);
  CHECK(rate(v1::SATISFACTION_UNSATISFIED) == kDone);
  CHECK(rate(v1::SATISFACTION_SATISFIED) == Outcome{grpc::FAILED_PRECONDITION, "TICKET_STATE"});
  const auto seen = portal.Followed(first.code(), "0912345678");
  CHECK(seen.satisfaction() == v1::SATISFACTION_UNSATISFIED);
  CHECK_FALSE(seen.can_rate());
  const auto other = portal.Followed(second.code(), "0987654321");
  CHECK(other.satisfaction() == v1::SATISFACTION_UNSPECIFIED);
  CHECK(other.can_rate());
  owner.Step(&Tickets::ReopenTicket, kOperator, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_reason("Lại hỏng");
  });
  CHECK(portal.Followed(first.code(), "0912345678").satisfaction() == v1::SATISFACTION_UNSPECIFIED);
  CHECK(owner.Value("SELECT satisfaction || satisfaction_comment FROM ticket WHERE id = '" + id +
                    "'") == "0");
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
