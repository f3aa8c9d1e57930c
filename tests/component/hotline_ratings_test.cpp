// Whose work a rating is of, and how often each may rate, on a real PostgreSQL.
#include <map>

#include "lienthong/hotline/v1/indicators.grpc.pb.h"
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

const Outcome kRatedTooOften{grpc::FAILED_PRECONDITION, "TICKET_STATE"};

template <class Request>
Request RatedIn2019() {
  Request request;
  journal::SetTime(request.mutable_from(), base::ParseTime("2019-01-01T00:00:00Z"));
  journal::SetTime(request.mutable_to(), base::ParseTime("2020-01-01T00:00:00Z"));
  return request;
}

v1::Indicators RatedFigures(HotlineOwner& owner) {
  return owner.Do(&v1::IndicatorService::Stub::GetIndicators,
                  RatedIn2019<v1::GetIndicatorsRequest>(), "H09.03/guest");
}

/// "satisfied/rated" of all units; "" = it is not there.
std::map<std::string, std::string> SatisfiedUnits(HotlineOwner& owner) {
  std::map<std::string, std::string> units;
  const v1::Indicators figures = RatedFigures(owner);
  for (const v1::UnitFigures& one : figures.units()) {
    units[one.unit_id()] =
        std::to_string(one.satisfied().part()) + "/" + std::to_string(one.satisfied().whole());
  }
  return units;
}

/// How many reports rated so.
std::map<int, std::int64_t> RatedLevels(const v1::Indicators& figures) {
  std::map<int, std::int64_t> levels;
  for (const auto& one : figures.satisfaction()) levels[one.satisfaction()] = one.count();
  return levels;
}

Outcome RateByPhone(HotlineOwner& owner, const std::string& ticket_id,
                    v1::Satisfaction satisfaction, const std::string& report_id = "") {
  return owner.TryStep(&Tickets::RateTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(ticket_id);
    request.set_satisfaction(satisfaction);
    request.set_report_id(report_id);
  });
}

Outcome RateOnPage(HotlineOwner& owner, Portal& portal, const std::string& code,
                   const std::string& contact, v1::Satisfaction satisfaction) {
  auto request = owner.New<v1::RateReportRequest>();
  request.set_code(code);
  request.set_contact(contact);
  request.set_satisfaction(satisfaction);
  return portal.Try(&Portal::Stub::RateReport, request);
}

/// The unit answers it, and everybody reads that.
void AnsweredForAll(HotlineOwner& owner, const std::string& id, const std::string& unit) {
  Routed(owner, id, {unit});
  AnsweredBy(owner, id, unit);
  Approved(owner, id);
  Published(owner, id);
}

void ReopenedByPhone(HotlineOwner& owner, const std::string& id) {
  owner.Step(&Tickets::ReopenTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_reason("Lại hỏng");
  });
}

/// Two who reported the same, handled in one ticket that is answered.
struct TwoReports {
  explicit TwoReports(HotlineOwner& given) : owner(given), portal(given) {
    first = Opened(owner, Appeal(owner));
    second = portal.Submitted(portal.Report());
    id = first.ticket().id();
    owner.Step(&Tickets::JoinTicket, kOperatorOfCentre, [&](auto& request) {
      request.set_ticket_id(second.ticket_id());
      request.set_into_ticket_id(id);
    });
    AnsweredForAll(owner, id, kTransport);
  }
  Outcome FirstRates(v1::Satisfaction satisfaction) {
    return RateOnPage(owner, portal, first.code(), "0912345678", satisfaction);
  }
  Outcome SecondRates(v1::Satisfaction satisfaction) {
    return RateOnPage(owner, portal, second.code(), "0987654321", satisfaction);
  }
  std::string ReportOf(const std::string& ticket_id) {
    return owner.Value("SELECT id::text FROM report WHERE own_ticket_id = '" + ticket_id + "'");
  }

  HotlineOwner& owner;
  Portal portal;
  v1::OpenTicketResponse first;
  v1::SubmitReportResponse second;
  std::string id;
};

}  // namespace

TEST_CASE("hotline: a rating is of the units that gave the answer, not of those before or after") {
  HotlineOwner owner;
  for (int i = 0; i < 5; ++i) {
    const std::string id = Opened(owner, Appeal(owner)).ticket().id();
    AnsweredForAll(owner, id, kTransport);
    CHECK(RateByPhone(owner, id, v1::SATISFACTION_UNSATISFIED) == kDone);
    ReopenedByPhone(owner, id);
    owner.clock_.Advance(std::chrono::minutes(1));
    AnsweredForAll(owner, id, kConstruction);
    CHECK(RateByPhone(owner, id, v1::SATISFACTION_VERY_SATISFIED) == kDone);
  }
  CHECK(SatisfiedUnits(owner) ==
        std::map<std::string, std::string>{{kConstruction, "5/5"}, {kTransport, "0/5"}});
  CHECK(RatedLevels(RatedFigures(owner)) ==
        std::map<int, std::int64_t>{{v1::SATISFACTION_VERY_SATISFIED, 5}});
  const auto stub = v1::IndicatorService::NewStub(owner.Channel("service-portal"));
  v1::PublicIndicators everybodys;
  REQUIRE(support::CallAs(*stub, &v1::IndicatorService::Stub::GetPublicIndicators,
                          RatedIn2019<v1::GetPublicIndicatorsRequest>(), &everybodys, "") == kDone);
  REQUIRE(everybodys.units_size() == 2);
  CHECK(everybodys.units(0).unit_id() == kConstruction);
  CHECK(everybodys.units(0).rated() == 5);
  CHECK(everybodys.units(0).satisfied() == 5);
  CHECK(everybodys.units(1).unit_id() == kTransport);
  CHECK(everybodys.units(1).rated() == 5);
  CHECK_FALSE(everybodys.units(1).has_satisfied());  // none is
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: what the centre answers itself after a reopening is no unit's rating") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  AnsweredForAll(owner, id, kTransport);
  CHECK(RateByPhone(owner, id, v1::SATISFACTION_UNSATISFIED) == kDone);
  ReopenedByPhone(owner, id);
  const std::map<std::string, std::string> before{{kTransport, "0/1"}};
  CHECK(SatisfiedUnits(owner) == before);
  owner.Step(&Tickets::AnswerTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_answer("Đã vá và cắm biển.");
  });
  Approved(owner, id);
  Published(owner, id);
  CHECK(RateByPhone(owner, id, v1::SATISFACTION_VERY_SATISFIED) == kDone);
  CHECK(SatisfiedUnits(owner) == before);
  // Whether everybody may know of it is another matter: that is as the ticket is now.
  CHECK(owner.Value("SELECT count(*) FROM assignment WHERE is_public") == "1");
  owner.Step(&Tickets::WithdrawPublication, kApproverOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_reason("Có dữ liệu cá nhân");
  });
  CHECK(owner.Value("SELECT count(*) FROM assignment WHERE is_public") == "0");
  CHECK(SatisfiedUnits(owner) == before);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: the last rating of each who reported counts, with the answer that there is") {
  HotlineOwner owner;
  TwoReports reports(owner);
  CHECK(reports.FirstRates(v1::SATISFACTION_SATISFIED) == kDone);
  CHECK(reports.FirstRates(v1::SATISFACTION_UNSATISFIED) == kDone);
  CHECK(reports.SecondRates(v1::SATISFACTION_VERY_SATISFIED) == kDone);
  const v1::Indicators both = RatedFigures(owner);
  CHECK(RatedLevels(both) == std::map<int, std::int64_t>{{v1::SATISFACTION_UNSATISFIED, 1},
                                                         {v1::SATISFACTION_VERY_SATISFIED, 1}});
  CHECK(both.satisfied().part() == 1);
  CHECK(both.satisfied().whole() == 2);
  CHECK(TicketOf(owner, reports.id).satisfaction() == v1::SATISFACTION_VERY_SATISFIED);
  // Of several who reported the unit has the last rating told.
  CHECK(SatisfiedUnits(owner) == std::map<std::string, std::string>{{kTransport, "1/1"}});
  // Whose report was joined by mistake has rated another answer.
  owner.Step(&Tickets::SeparateTicket, kOperatorOfCentre,
             [&](auto& request) { request.set_ticket_id(reports.second.ticket_id()); });
  CHECK(RatedLevels(RatedFigures(owner)) ==
        std::map<int, std::int64_t>{{v1::SATISFACTION_UNSATISFIED, 1}});
  ReopenedByPhone(owner, reports.id);
  CHECK(RatedLevels(RatedFigures(owner)).empty());
  CHECK(RatedFigures(owner).satisfied().whole() == 0);
  CHECK(owner.Defects().empty());
}

TEST_CASE(
    "hotline: a rating by telephone is one of who reported, and counted with those made "
    "on the page") {
  HotlineOwner owner;
  TwoReports reports(owner);
  CHECK(reports.FirstRates(v1::SATISFACTION_NEUTRAL) == kDone);
  CHECK(RateByPhone(owner, reports.id, v1::SATISFACTION_SATISFIED) == kDone);
  CHECK(reports.portal.Followed(reports.first.code(), "0912345678").satisfaction() ==
        v1::SATISFACTION_SATISFIED);
  CHECK(reports.portal.Followed(reports.second.code(), "0987654321").satisfaction() ==
        v1::SATISFACTION_UNSPECIFIED);
  const std::string own = reports.ReportOf(reports.id);
  CHECK(RateByPhone(owner, reports.id, v1::SATISFACTION_UNSATISFIED, own) == kDone);
  // Three times, as the centre decided.
  CHECK(RateByPhone(owner, reports.id, v1::SATISFACTION_SATISFIED) == kRatedTooOften);
  CHECK(reports.FirstRates(v1::SATISFACTION_SATISFIED) == kRatedTooOften);
  const std::string other = reports.ReportOf(reports.second.ticket_id());
  CHECK(RateByPhone(owner, reports.id, v1::SATISFACTION_VERY_SATISFIED, other) == kDone);
  CHECK(reports.portal.Followed(reports.second.code(), "0987654321").satisfaction() ==
        v1::SATISFACTION_VERY_SATISFIED);
  CHECK(RatedLevels(RatedFigures(owner)) ==
        std::map<int, std::int64_t>{{v1::SATISFACTION_UNSATISFIED, 1},
                                    {v1::SATISFACTION_VERY_SATISFIED, 1}});
  // Of another ticket, or none at all.
  const std::string foreign = reports.ReportOf(Opened(owner, Appeal(owner)).ticket().id());
  CHECK(RateByPhone(owner, reports.id, v1::SATISFACTION_NEUTRAL, foreign) == kFieldInvalid);
  CHECK(RateByPhone(owner, reports.id, v1::SATISFACTION_NEUTRAL, owner.NewId()) == kFieldInvalid);
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
