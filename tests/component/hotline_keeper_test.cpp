// The centre's own part: what waits for it, its clock and its figures, on a real PostgreSQL.
#include "lienthong/hotline/v1/indicators.grpc.pb.h"
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

using Ids = std::vector<std::string>;

constexpr auto kAnswerDeadline = v1::DEADLINE_KIND_ANSWER;
const std::string kNamedOfCentre = "H09.03/named";

/// The centre has a working day for its own part.
void SetAnswering(HotlineOwner& owner) {
  owner.ChangeCentre([](v1::Centre& centre) {
    centre.mutable_answering()->set_amount(480);
    centre.mutable_answering()->set_unit(v1::LIMIT_UNIT_WORKING_MINUTES);
  });
}

Ids Listed(HotlineOwner& owner, const v1::ListTicketsRequest& request,
           const std::string& official = kOperatorOfCentre) {
  Ids ids;
  const auto listed = owner.Do(&Tickets::ListTickets, request, official);
  for (const v1::Ticket& ticket : listed.tickets()) ids.push_back(ticket.id());
  return ids;
}

Ids Waiting(HotlineOwner& owner, const std::string& official = kOperatorOfCentre) {
  v1::ListTicketsRequest request;
  request.set_waits_for_keeper(true);
  return Listed(owner, request, official);
}

/// Given to these units.
std::string Given(HotlineOwner& owner, const std::vector<std::string>& units) {
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, id, units);
  return id;
}

v1::Ticket AnsweredByCentre(HotlineOwner& owner, const std::string& id) {
  return owner.Step(&Tickets::AnswerTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_answer("Đã vá và cắm biển.");
  });
}

void ClassifiedAnew(HotlineOwner& owner, const std::string& id, const std::string& category,
                    const std::string& concerned = "",
                    const std::string& official = kOperatorOfCentre) {
  owner.Step(&Tickets::ClassifyTicket, official, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_category_id(category);
    request.set_concerned_unit_id(concerned);
  });
}

/// How often it was told.
int TimesTold(HotlineOwner& owner, const std::string& id, const std::string& event) {
  return std::stoi(
      owner.Value("SELECT count(*) FROM journal WHERE record_type = 'ticket'"
                  " AND record_id = '" +
                  id + "' AND event = '" + event + "'"));
}

/// When its own part is due; "" = it has no such deadline.
std::string Due(const v1::Ticket& ticket) {
  const v1::Deadline* const due = DeadlineOf(ticket, kAnswerDeadline);
  return due == nullptr ? "" : At(due->at());
}

v1::DeadlineMark MarkOf(const v1::Ticket& ticket) {
  const v1::Deadline* const due = DeadlineOf(ticket, kAnswerDeadline);
  return due == nullptr ? v1::DEADLINE_MARK_UNSPECIFIED : due->mark();
}

}  // namespace

TEST_CASE("hotline: with the last unit's answer the ticket waits for the centre, and is listed") {
  HotlineOwner owner;
  const std::string id = Given(owner, {kTransport, kWard});
  owner.clock_.Advance(std::chrono::minutes(1));
  const std::string other = Given(owner, {kTransport, kWard});
  AnsweredBy(owner, id, kTransport);
  CHECK(Waiting(owner).empty());
  CHECK_FALSE(TicketOf(owner, id).waits_for_keeper());
  AnsweredBy(owner, id, kWard);
  CHECK(Waiting(owner) == Ids{id});
  CHECK(TicketOf(owner, id).waits_for_keeper());
  CHECK(TicketOf(owner, id).state() == v1::TICKET_STATE_ROUTED);
  CHECK(owner.Events(id) == "TicketOpened TicketRouted TicketResponded UnitsAnswered");

  // A further unit has it, and gives it back: the centre's turn again.
  Routed(owner, id, {kConstruction});
  CHECK(Waiting(owner).empty());
  CHECK(Return(owner, AssignmentOf(owner, id, kConstruction).id(), kConstruction) == kDone);
  CHECK(Waiting(owner) == Ids{id});
  CHECK(TimesTold(owner, id, "UnitsAnswered") == 2);
  // So it is when the last one's is taken back.
  AnsweredBy(owner, other, kTransport);
  owner.Step(&Tickets::WithdrawAssignment, kOperatorOfCentre, [&](auto& request) {
    request.set_assignment_id(AssignmentOf(owner, other, kWard).id());
    request.set_reason("Không cần nữa");
  });
  CHECK(Waiting(owner) == Ids{other, id});
  CHECK(owner.Events(other).ends_with(" UnitsAnswered"));
  CHECK_FALSE(AnsweredByCentre(owner, id).waits_for_keeper());
  CHECK(Waiting(owner) == Ids{other});
  // Without a limit it has no clock.
  CHECK(Due(TicketOf(owner, id)).empty());
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a ticket waits for the centre when the last unit may not have it any more") {
  HotlineOwner owner;
  const std::string id = Given(owner, {kTransport, kWard});
  AnsweredBy(owner, id, kTransport);
  ClassifiedAnew(owner, id, "CBCC.CHAMTRE", kWard, kNamedOfCentre);
  CHECK(AssignmentOf(owner, id, kTransport).state() == v1::ASSIGNMENT_STATE_ANSWERED);
  CHECK(Waiting(owner, kNamedOfCentre) == Ids{id});
  CHECK(Waiting(owner, std::string(kWard) + "/named").empty());
  // One that only this unit had is to be routed again.
  const std::string alone = Given(owner, {kWard});
  ClassifiedAnew(owner, alone, "CBCC.CHAMTRE", kWard, kNamedOfCentre);
  CHECK(TicketOf(owner, alone, kNamedOfCentre).state() == v1::TICKET_STATE_CLASSIFIED);
  CHECK(Waiting(owner, kNamedOfCentre) == Ids{id});
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: the centre's time runs from the last unit's answer until the outcome is told") {
  HotlineOwner owner;
  SetAnswering(owner);
  const std::string id = Given(owner, {kTransport, kWard});
  owner.MoveClockTo("2019-07-10T02:00:00Z");  // Wednesday, 09:00
  AnsweredBy(owner, id, kTransport);
  CHECK(Due(TicketOf(owner, id)).empty());
  AnsweredBy(owner, id, kWard);
  // 480 minutes of office hours.
  CHECK(Due(TicketOf(owner, id)) == "2019-07-11T02:00:00.000000Z");
  owner.RunClockAt("2019-07-10T09:53:59Z");
  CHECK(TimesTold(owner, id, "DeadlineNear") == 0);
  owner.RunClockAt("2019-07-10T09:54:00Z");  // 80 %
  CHECK(TimesTold(owner, id, "DeadlineNear") == 1);
  CHECK(TimesTold(owner, id, "DeadlinePassed") == 0);
  owner.RunClockAt("2019-07-11T02:00:00Z");
  CHECK(TimesTold(owner, id, "DeadlinePassed") == 1);
  CHECK(owner.SeenBy(id) == "H09.03 H09.09 H09.718.25747");
  // Two working days later the province's office knows.
  owner.RunClockAt("2019-07-15T09:59:59Z");
  CHECK(TimesTold(owner, id, "DeadlineEscalated") == 0);
  owner.RunClockAt("2019-07-15T10:00:00Z");
  owner.RunClock();
  CHECK(TimesTold(owner, id, "DeadlineEscalated") == 1);
  CHECK(owner.SeenBy(id) == "H09.01 H09.03 H09.09 H09.718.25747");
  CHECK(MarkOf(TicketOf(owner, id)) == v1::DEADLINE_MARK_ESCALATED);
  // The answer alone does not end it.
  AnsweredByCentre(owner, id);
  CHECK(Due(Approved(owner, id)) == "2019-07-11T02:00:00.000000Z");
  REQUIRE(TicketOf(owner, id).has_answered_in_time());
  CHECK_FALSE(TicketOf(owner, id).answered_in_time());
  const v1::Ticket published = Published(owner, id);
  CHECK(Due(published).empty());
  REQUIRE(published.has_answered_in_time());
  CHECK_FALSE(published.answered_in_time());
  for (const char* event : {"DeadlineNear", "DeadlinePassed", "DeadlineEscalated"}) {
    CHECK(TimesTold(owner, id, event) == 1);
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: what the centre answers at once has a clock, which going back does not stop") {
  HotlineOwner owner;
  SetAnswering(owner);
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  const std::string due = "2019-07-11T01:00:00.000000Z";
  CHECK(Due(AnsweredByCentre(owner, id)) == due);
  owner.MoveClockTo("2019-07-10T03:00:00Z");
  const v1::Ticket returned =
      owner.Step(&Tickets::ReturnAnswer, kApproverOfCentre, [&](auto& request) {
        request.set_ticket_id(id);
        request.set_reason("Chưa rõ");
      });
  CHECK(returned.state() == v1::TICKET_STATE_CLASSIFIED);
  CHECK(Due(returned) == due);
  CHECK(Due(AnsweredByCentre(owner, id)) == due);
  Approved(owner, id);
  const v1::Ticket kept = owner.Step(&Tickets::KeepPrivate, kApproverOfCentre,
                                     [&](auto& request) { request.set_ticket_id(id); });
  CHECK(Due(kept).empty());
  CHECK(kept.answered_in_time());
  // With the next answer it is another clock; the first outcome counts.
  owner.Step(&Tickets::ReopenTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_reason("Lại hỏng");
  });
  CHECK(Due(TicketOf(owner, id)).empty());
  owner.MoveClockTo("2019-07-12T01:00:00Z");
  CHECK(Due(AnsweredByCentre(owner, id)) == "2019-07-15T01:00:00.000000Z");
  owner.MoveClockTo("2019-07-16T01:00:00Z");
  Approved(owner, id);
  CHECK(Published(owner, id).answered_in_time());
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: the centre's time stands while units have it; what was late stays late") {
  HotlineOwner owner;
  SetAnswering(owner);
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  AnsweredByCentre(owner, id);
  owner.Step(&Tickets::ReturnAnswer, kApproverOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_reason("Phải hỏi Sở");
  });
  owner.RunClockAt("2019-07-11T01:01:00Z");
  const v1::Ticket routed = Routed(owner, id, {kTransport});
  CHECK(Due(routed).empty());
  CHECK_FALSE(routed.waits_for_keeper());
  AnsweredBy(owner, id, kTransport);
  CHECK(Due(TicketOf(owner, id)) == "2019-07-12T01:01:00.000000Z");
  Approved(owner, id);
  const v1::Ticket published = Published(owner, id);
  REQUIRE(published.has_answered_in_time());
  CHECK_FALSE(published.answered_in_time());
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: what was told of the centre's deadline is not told again when it comes back") {
  HotlineOwner owner;
  SetAnswering(owner);
  const std::string id = Given(owner, {kTransport, kWard});
  AnsweredBy(owner, id, kTransport);
  AnsweredBy(owner, id, kWard);
  owner.RunClockAt("2019-07-11T01:00:00Z");
  CHECK(MarkOf(TicketOf(owner, id)) == v1::DEADLINE_MARK_PASSED);
  const int passed = TimesTold(owner, id, "DeadlinePassed");
  // An emergency has no deadline; it waits all the same.
  ClassifiedAnew(owner, id, "KHANCAP.113");
  CHECK(Due(TicketOf(owner, id)).empty());
  CHECK(TicketOf(owner, id).waits_for_keeper());
  ClassifiedAnew(owner, id, "HATANG.GIAOTHONG");
  CHECK(Due(TicketOf(owner, id)) == "2019-07-11T01:00:00.000000Z");
  CHECK(MarkOf(TicketOf(owner, id)) == v1::DEADLINE_MARK_PASSED);
  owner.RunClock();
  CHECK(TimesTold(owner, id, "DeadlinePassed") == passed);
  CHECK(TimesTold(owner, id, "DeadlineNear") == 0);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: the figures say how often the centre told the outcome in time") {
  HotlineOwner owner;
  SetAnswering(owner);
  const std::string at_once = Opened(owner, Appeal(owner)).ticket().id();
  AnsweredByCentre(owner, at_once);
  Approved(owner, at_once);
  Published(owner, at_once);
  const std::string late = Given(owner, {kTransport});
  AnsweredBy(owner, late, kTransport);
  Given(owner, {kTransport});  // nothing is known of this one
  owner.MoveClockTo("2019-07-12T01:00:00Z");
  Approved(owner, late);
  Published(owner, late);
  v1::GetIndicatorsRequest request;
  journal::SetTime(request.mutable_from(), base::ParseTime("2019-07-01T00:00:00Z"));
  journal::SetTime(request.mutable_to(), base::ParseTime("2019-08-01T00:00:00Z"));
  const v1::Indicators figures =
      owner.Do(&v1::IndicatorService::Stub::GetIndicators, request, "H09.03/guest");
  CHECK(figures.received() == 3);
  CHECK(figures.answered_in_time().part() == 1);
  CHECK(figures.answered_in_time().whole() == 2);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: tickets are listed by the channel that they came by") {
  HotlineOwner owner;
  auto by_mail = Appeal(owner);
  by_mail.set_channel(v1::CHANNEL_EMAIL);
  const std::string mail = Opened(owner, by_mail).ticket().id();
  owner.clock_.Advance(std::chrono::minutes(1));
  by_mail.set_request_id(owner.NewId());
  const std::string routed = Opened(owner, by_mail).ticket().id();
  Routed(owner, routed, {kTransport});
  const std::string phone = Opened(owner, Appeal(owner)).ticket().id();
  v1::ListTicketsRequest request;
  request.set_channel(v1::CHANNEL_EMAIL);
  CHECK(Listed(owner, request) == Ids{routed, mail});
  CHECK(Listed(owner, request, kTransportHandler) == Ids{routed});
  request.add_states(v1::TICKET_STATE_CLASSIFIED);
  CHECK(Listed(owner, request) == Ids{mail});
  request.set_channel(v1::CHANNEL_PHONE);
  CHECK(Listed(owner, request) == Ids{phone});
  request.set_channel(v1::CHANNEL_ZALO);
  CHECK(Listed(owner, request).empty());
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a wrong unit of a new round gives the ticket back to be routed again") {
  HotlineOwner owner;
  for (const char* unit : {kWard, kTransport}) {  // another one, and that of the first round
    CAPTURE(unit);
    const std::string id = ApprovedTicket(owner, Appeal(owner));
    Published(owner, id);
    owner.MoveClockTo(base::FormatTime(owner.clock_.BusinessNow() + std::chrono::hours(1)));
    owner.Step(&Tickets::ReopenTicket, kOperatorOfCentre, [&](auto& request) {
      request.set_ticket_id(id);
      request.set_reason("Vẫn còn");
    });
    Routed(owner, id, {unit});
    CHECK(Return(owner, AssignmentOf(owner, id, unit).id(), unit) == kDone);
    const v1::Ticket ticket = TicketOf(owner, id);
    CHECK(ticket.state() == v1::TICKET_STATE_CLASSIFIED);
    CHECK_FALSE(ticket.waits_for_keeper());
    CHECK(DeadlineOf(ticket, v1::DEADLINE_KIND_FORWARDING) != nullptr);
    CHECK(owner.Events(id).ends_with("TicketReopened TicketRouted TicketLeft"));
  }
  CHECK(Waiting(owner).empty());
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
