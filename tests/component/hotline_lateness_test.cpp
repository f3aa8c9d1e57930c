// What is not done in time counts as late before it is done, on a real PostgreSQL.
#include "lienthong/hotline/v1/indicators.grpc.pb.h"
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

v1::Indicators FiguresOfJuly(HotlineOwner& owner) {
  v1::GetIndicatorsRequest request;
  journal::SetTime(request.mutable_from(), base::ParseTime("2019-07-01T00:00:00Z"));
  journal::SetTime(request.mutable_to(), base::ParseTime("2019-08-01T00:00:00Z"));
  return owner.Do(&v1::IndicatorService::Stub::GetIndicators, request, "H09.03/guest");
}

/// "2/3"
std::string PartOf(const v1::Share& share) {
  return std::to_string(share.part()) + "/" + std::to_string(share.whole());
}

v1::Ticket Recategorised(HotlineOwner& owner, const std::string& id, const std::string& category) {
  return owner.Step(&Tickets::ClassifyTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_category_id(category);
  });
}

}  // namespace

TEST_CASE("hotline: what nobody forwards or responds to counts as late once the time is over") {
  HotlineOwner owner;
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(Opened(owner, Appeal(owner)).ticket().id());
  owner.RunClockAt("2019-07-10T01:04:59Z");
  CHECK(PartOf(FiguresOfJuly(owner).forwarded_in_time()) == "0/0");
  owner.RunClockAt("2019-07-10T01:05:01Z");
  CHECK(PartOf(FiguresOfJuly(owner).forwarded_in_time()) == "0/10");
  CHECK(PartOf(FiguresOfJuly(owner).responded_in_time()) == "0/0");
  const v1::Ticket waiting = TicketOf(owner, ids[0]);
  CHECK(waiting.has_forwarded_in_time());
  CHECK_FALSE(waiting.forwarded_in_time());
  CHECK_FALSE(waiting.has_responded_in_time());
  // What is late stays late; what is done is not late again.
  CHECK_FALSE(Routed(owner, ids[0], {}).forwarded_in_time());
  Routed(owner, ids[1], {});
  Accepted(owner, AssignmentOf(owner, ids[1], kTransport).id(), kTransport);
  owner.RunClockAt("2019-07-11T01:00:01Z");  // 480 minutes of office hours
  CHECK(PartOf(FiguresOfJuly(owner).forwarded_in_time()) == "0/10");
  CHECK(PartOf(FiguresOfJuly(owner).responded_in_time()) == "1/10");
  Accepted(owner, AssignmentOf(owner, ids[0], kTransport).id(), kTransport);
  CHECK(PartOf(FiguresOfJuly(owner).responded_in_time()) == "1/10");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a first response is late by the limit of the category that the ticket has") {
  HotlineOwner owner;
  auto urgent = HotlineOwner::NewCategory("HATANG.GAP", v1::CATEGORY_KIND_INCIDENT, 3, kTransport);
  urgent.mutable_first_response()->set_amount(60);
  urgent.mutable_first_response()->set_unit(v1::LIMIT_UNIT_CLOCK_MINUTES);
  owner.SetCategory(urgent);
  const std::string id = Opened(owner, Appeal(owner, "HATANG.GAP")).ticket().id();
  owner.RunClockAt("2019-07-10T02:00:01Z");
  const auto is_late = [](const v1::Ticket& ticket) {
    return ticket.has_responded_in_time() && !ticket.responded_in_time();
  };
  CHECK(is_late(TicketOf(owner, id)));
  CHECK_FALSE(Recategorised(owner, id, "HATANG.GIAOTHONG").has_responded_in_time());
  // What was told of that deadline is not told again, and it is late all the same.
  CHECK(is_late(Recategorised(owner, id, "HATANG.GAP")));
  CHECK_FALSE(Recategorised(owner, id, "KHANCAP.113").has_responded_in_time());
  Recategorised(owner, id, "HATANG.GIAOTHONG");
  // The forwarding was late before; another category does not change that.
  const v1::Ticket routed = Routed(owner, id, {kTransport});
  CHECK(routed.has_forwarded_in_time());
  CHECK_FALSE(routed.forwarded_in_time());
  Accepted(owner, AssignmentOf(owner, id, kTransport).id(), kTransport);
  CHECK(TicketOf(owner, id).responded_in_time());
  CHECK(PartOf(FiguresOfJuly(owner).responded_in_time()) == "1/1");
  // It was responded to: no category makes that late.
  CHECK(Recategorised(owner, id, "HATANG.GAP").responded_in_time());
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: an outcome that the centre has not told in time counts as late before it is") {
  HotlineOwner owner;
  owner.ChangeCentre([](v1::Centre& centre) {
    centre.mutable_answering()->set_amount(60);
    centre.mutable_answering()->set_unit(v1::LIMIT_UNIT_CLOCK_MINUTES);
  });
  const std::string id = ApprovedTicket(owner, Appeal(owner));
  CHECK(PartOf(FiguresOfJuly(owner).answered_in_time()) == "0/0");
  owner.RunClockAt("2019-07-10T02:00:01Z");
  CHECK(PartOf(FiguresOfJuly(owner).answered_in_time()) == "0/1");
  Published(owner, id);
  CHECK(PartOf(FiguresOfJuly(owner).answered_in_time()) == "0/1");
  CHECK_FALSE(TicketOf(owner, id).answered_in_time());
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
