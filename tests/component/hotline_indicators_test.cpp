// Figures of the hotline on a small known set, on a real PostgreSQL.
#include "lienthong/hotline/v1/indicators.grpc.pb.h"
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

using Indicators = v1::IndicatorService::Stub;

v1::GetIndicatorsRequest July(const std::string& unit = "") {
  v1::GetIndicatorsRequest request;
  journal::SetTime(request.mutable_from(), base::ParseTime("2019-07-01T00:00:00Z"));
  journal::SetTime(request.mutable_to(), base::ParseTime("2019-08-01T00:00:00Z"));
  request.set_unit_id(unit);
  return request;
}

/// Calls as one of the unit's officials.
Outcome Ask(HotlineOwner& owner, const v1::GetIndicatorsRequest& request,
            const std::string& official, v1::Indicators* answer) {
  const std::string unit = official.substr(0, official.find('/'));
  const auto stub = v1::IndicatorService::NewStub(owner.Channel("unit-" + unit));
  return support::CallAs(*stub, &Indicators::GetIndicators, request, answer, official);
}

v1::Indicators Figures(HotlineOwner& owner, const std::string& official,
                       const std::string& unit = "") {
  v1::Indicators answer;
  REQUIRE(Ask(owner, July(unit), official, &answer) == kDone);
  return answer;
}

v1::PublicIndicators PublicFigures(HotlineOwner& owner) {
  const auto stub = v1::IndicatorService::NewStub(owner.Channel("service-portal"));
  v1::GetPublicIndicatorsRequest request;
  *request.mutable_from() = July().from();
  *request.mutable_to() = July().to();
  v1::PublicIndicators answer;
  REQUIRE(support::CallAs(*stub, &Indicators::GetPublicIndicators, request, &answer, "") == kDone);
  return answer;
}

/// "2/3"
std::string Of(const v1::Share& share) {
  return std::to_string(share.part()) + "/" + std::to_string(share.whole());
}

/// "received answered on-time overdue returned satisfied" of a unit; "" = it is not there.
std::string UnitOf(const v1::Indicators& figures, const std::string& unit) {
  for (const v1::UnitFigures& one : figures.units()) {
    if (one.unit_id() != unit) continue;
    return std::to_string(one.received()) + " " + std::to_string(one.answered()) + " " +
           Of(one.on_time()) + " " + std::to_string(one.overdue()) + " " + Of(one.returned()) +
           " " + Of(one.satisfied());
  }
  return "";
}

void Rate(HotlineOwner& owner, const std::string& id, v1::Satisfaction satisfaction) {
  owner.Step(&Tickets::RateTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_satisfaction(satisfaction);
  });
}

/// Opened at 08:00 on 10 July: one is answered in time, published and rated; one is answered late,
/// kept private, rated and reopened; one is returned; one is overdue; one is a complaint.
void MakeSet(HotlineOwner& owner) {
  const std::string good = Opened(owner, Appeal(owner)).ticket().id();
  auto by_mail = Appeal(owner, "HATANG.KHAN");
  by_mail.set_channel(v1::CHANNEL_EMAIL);
  const std::string late = Opened(owner, by_mail).ticket().id();
  const std::string wrong = Opened(owner, Appeal(owner)).ticket().id();
  auto without_place = Appeal(owner);
  without_place.clear_place();
  const std::string open = Opened(owner, without_place).ticket().id();
  const std::string complaint = Opened(owner, Complaint(owner, kWard)).ticket().id();

  owner.MoveClockTo("2019-07-10T01:04:00Z");
  Routed(owner, good, {kTransport});
  Routed(owner, late, {kTransport});
  owner.MoveClockTo("2019-07-10T01:10:00Z");  // not within five minutes
  Routed(owner, wrong, {kTransport});
  Routed(owner, open, {kTransport, kWard});
  owner.Step(&Tickets::RouteTicket, "H09.03/named",
             [&](auto& request) { request.set_ticket_id(complaint); });
  owner.Step(&Assignments::ReturnAssignment, kTransportHandler, [&](auto& request) {
    request.set_assignment_id(AssignmentOf(owner, wrong, kTransport).id());
    request.set_reason("Không thuộc thẩm quyền");
  });
  owner.MoveClockTo("2019-07-10T02:00:00Z");  // an hour after they came
  AnsweredBy(owner, good, kTransport);
  Approved(owner, good);
  Published(owner, good);
  Rate(owner, good, v1::SATISFACTION_VERY_SATISFIED);
  owner.MoveClockTo("2019-07-12T01:00:00Z");  // two days, of one
  AnsweredBy(owner, late, kTransport);
  Approved(owner, late);
  owner.Step(&Tickets::KeepPrivate, kApproverOfCentre,
             [&](auto& request) { request.set_ticket_id(late); });
  Rate(owner, late, v1::SATISFACTION_UNSATISFIED);
  owner.Step(&Tickets::ReopenTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(late);
    request.set_reason("Chưa xong");
  });
  owner.RunClockAt("2019-07-18T01:00:00Z");  // five working days have passed
}

}  // namespace

TEST_CASE("hotline: indicators of the centre are right on a known set") {
  HotlineOwner owner;
  MakeSet(owner);
  const v1::Indicators all = Figures(owner, "H09.03/guest");
  CHECK(all.received() == 5);
  REQUIRE(all.channels_size() == 2);
  CHECK(all.channels(0).channel() == v1::CHANNEL_PHONE);
  CHECK(all.channels(0).count() == 4);
  CHECK(all.channels(1).channel() == v1::CHANNEL_EMAIL);
  CHECK(all.channels(1).count() == 1);
  std::map<std::string, std::int64_t> categories, communes;
  for (const auto& one : all.categories()) categories[one.category_id()] = one.count();
  for (const auto& one : all.communes()) communes[one.commune_code()] = one.count();
  CHECK(categories == std::map<std::string, std::int64_t>{
                          {"CBCC.CHAMTRE", 1}, {"HATANG.GIAOTHONG", 3}, {"HATANG.KHAN", 1}});
  CHECK(communes == std::map<std::string, std::int64_t>{{"", 1}, {"25747", 4}});
  // Of the reopened one the first time counts.
  CHECK(Of(all.forwarded_in_time()) == "2/5");
  CHECK(Of(all.responded_in_time()) == "1/5");  // nobody has responded to three
  CHECK(all.mean_response_seconds() == (3600 + 48 * 3600) / 2);
  CHECK(Of(all.reopened()) == "1/5");
  CHECK(Of(all.published()) == "1/5");
  // That of the reopened one counts no longer, but for the unit that answered it.
  CHECK(Of(all.satisfied()) == "1/1");
  CHECK(UnitOf(all, kTransport) == "4 2 1/2 1 1/4 1/2");
  CHECK(UnitOf(all, kWard) == "1 0 0/0 1 0/1 0/0");
  CHECK(UnitOf(all, kOfficeOfProvince) == "1 0 0/0 0 0/1 0/0");
  CHECK(all.units_size() == 3);

  const v1::Indicators of_unit = Figures(owner, "H09.03/guest", kWard);
  CHECK(of_unit.received() == 1);
  CHECK(of_unit.units_size() == 1);
  // Of another period there is nothing.
  v1::GetIndicatorsRequest august = July();
  *august.mutable_from() = august.to();
  journal::SetTime(august.mutable_to(), base::ParseTime("2019-09-01T00:00:00Z"));
  v1::Indicators none;
  REQUIRE(Ask(owner, august, "H09.03/guest", &none) == kDone);
  CHECK(none.received() == 0);
  CHECK_FALSE(none.has_mean_response_seconds());
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a unit sees the figures of its own work alone") {
  HotlineOwner owner;
  MakeSet(owner);
  const v1::Indicators own = Figures(owner, "H09.09/guest");
  CHECK(own.received() == 3);  // those it has; not the one it gave back
  CHECK(own.units_size() == 1);
  CHECK(UnitOf(own, kTransport) == "4 2 1/2 1 1/4 1/2");
  v1::Indicators answer;
  CHECK(Ask(owner, July(kWard), "H09.09/guest", &answer) == kNotFound);
  CHECK(Figures(owner, "H09.09/guest", kTransport).received() == 3);
  CHECK(Figures(owner, "H09.08/guest").received() == 0);
  CHECK(Figures(owner, "H09.08/guest").units_size() == 0);
  // The unit complained about has none of the complaint.
  CHECK(Figures(owner, std::string(kWard) + "/named").received() == 1);

  auto request = July();
  *request.mutable_to() = request.from();
  CHECK(Ask(owner, request, "H09.03/guest", &answer) == kFieldInvalid);
  journal::SetTime(request.mutable_to(), base::ParseTime("2020-07-01T00:00:01Z"));
  CHECK(Ask(owner, request, "H09.03/guest", &answer) == kFieldInvalid);
  journal::SetTime(request.mutable_to(), base::ParseTime("2020-07-01T00:00:00Z"));
  CHECK(Ask(owner, request, "H09.03/guest", &answer) == kDone);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: public figures leave out what is below five, and what is not for everybody") {
  HotlineOwner owner;
  const auto give = [&](const v1::OpenTicketRequest& request, const std::string& unit) {
    const std::string id = Opened(owner, request).ticket().id();
    Routed(owner, id, {unit});
    return id;
  };
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(give(Appeal(owner), kTransport));
  for (int i = 0; i < 5; ++i) give(Appeal(owner), kConstruction);
  // These count for nobody.
  auto anonymous = Appeal(owner);
  anonymous.mutable_caller()->set_anonymous(true);
  auto confidential = Appeal(owner);
  confidential.set_confidential(true);
  give(anonymous, kTransport);
  give(confidential, kTransport);
  for (int i = 0; i < 6; ++i) {
    const std::string id = Opened(owner, Complaint(owner, kWard)).ticket().id();
    owner.Step(&Tickets::RouteTicket, "H09.03/named",
               [&](auto& request) { request.set_ticket_id(id); });
  }
  v1::PublicIndicators figures = PublicFigures(owner);
  REQUIRE(figures.units_size() == 1);
  CHECK(figures.units(0).unit_id() == kConstruction);
  CHECK(figures.units(0).received() == 5);
  CHECK_FALSE(figures.units(0).has_on_time());
  CHECK_FALSE(figures.units(0).has_overdue());
  CHECK_FALSE(figures.units(0).has_rated());

  ids.push_back(give(Appeal(owner), kTransport));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    AnsweredBy(owner, ids[i], kTransport);
    Approved(owner, ids[i]);
    Published(owner, ids[i]);
    Rate(owner, ids[i], i < 4 ? v1::SATISFACTION_SATISFIED : v1::SATISFACTION_NEUTRAL);
  }
  owner.MoveClockTo("2019-07-18T01:00:00Z");
  figures = PublicFigures(owner);
  REQUIRE(figures.units_size() == 2);
  CHECK(figures.units(0).unit_id() == kConstruction);
  CHECK(figures.units(0).overdue() == 5);
  CHECK(figures.units(1).unit_id() == kTransport);
  CHECK(figures.units(1).received() == 5);
  CHECK(figures.units(1).on_time() == 5);
  CHECK(figures.units(1).rated() == 5);
  CHECK_FALSE(figures.units(1).has_satisfied());  // four
  CHECK_FALSE(figures.units(1).has_overdue());

  // Only the portal asks for everybody.
  const auto stub = v1::IndicatorService::NewStub(owner.Channel("unit-H09.03"));
  v1::GetPublicIndicatorsRequest request;
  v1::PublicIndicators answer;
  CHECK(support::CallAs(*stub, &Indicators::GetPublicIndicators, request, &answer,
                        "H09.03/named") == Outcome{grpc::PERMISSION_DENIED, "SYSTEM_NOT_ALLOWED"});
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: figures of units are those of tickets and assignments together") {
  HotlineOwner owner;
  // Public as the ticket is now, rated as it is unless it was reopened since; and the figures of
  // both together.
  const auto check = [&] {
    CHECK(owner.Value("SELECT count(*) FROM assignment a JOIN ticket t ON t.id = a.ticket_id WHERE"
                      " a.is_public <> t.is_public OR"
                      " (t.reopen_count = 0 AND a.satisfaction <> t.satisfaction)") == "0");
    const v1::Indicators figures = Figures(owner, "H09.03/guest");
    for (const v1::UnitFigures& one : figures.units()) {
      CHECK(UnitOf(figures, one.unit_id()) ==
            owner.Value(
                "SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE a.state = 7),"
                " count(*) FILTER (WHERE a.answered_in_time) || '/' || count(a.answered_in_time),"
                " count(*) FILTER (WHERE a.state IN (1, 2, 4, 6) AND a.due_at <= '" +
                base::FormatTime(owner.clock_.BusinessNow()) +
                "'), count(*) FILTER (WHERE a.state = 3) || '/' || count(*),"
                " count(*) FILTER (WHERE a.satisfaction >= 3 AND a.state = 7) || '/' ||"
                " count(*) FILTER (WHERE a.satisfaction > 0 AND a.state = 7))"
                " FROM assignment a JOIN ticket t ON t.id = a.ticket_id WHERE a.unit_id = '" +
                one.unit_id() + "'"));
    }
  };
  const auto counts = [&] {
    return owner.Value(
        "SELECT count(*) FILTER (WHERE is_public) || ' of ' || count(*) || ', ' ||"
        " count(*) FILTER (WHERE satisfaction > 0) FROM assignment");
  };
  MakeSet(owner);
  check();
  CHECK(counts() == "4 of 6, 2");
  // Published no longer, given to another unit, a complaint after all.
  const std::string good = owner.Value("SELECT id::text FROM ticket WHERE state = 10");
  const std::string late = owner.Value("SELECT id::text FROM ticket WHERE state = 9");
  owner.Step(&Tickets::WithdrawPublication, kApproverOfCentre, [&](auto& request) {
    request.set_ticket_id(good);
    request.set_reason("Có dữ liệu cá nhân");
  });
  check();
  CHECK(counts() == "3 of 6, 2");
  Routed(owner, late, {kWard});
  check();
  owner.Step(&Tickets::ClassifyTicket, "H09.03/named", [&](auto& request) {
    request.set_ticket_id(late);
    request.set_category_id("CBCC.CHAMTRE");
    request.set_concerned_unit_id(kConstruction);
  });
  check();
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: public figures of a split unit stand under its name, until others have them") {
  HotlineOwner owner;
  for (int i = 0; i < 6; ++i)
    Routed(owner, Opened(owner, Appeal(owner)).ticket().id(), {kTransport});
  for (int i = 0; i < 5; ++i) {
    Routed(owner, Opened(owner, Appeal(owner)).ticket().id(), {kHomeAffairs});
  }
  owner.CloseUnit(kTransport, {kConstruction, kInspector});
  owner.CloseUnit(kHomeAffairs, {kOfficeOfProvince});
  owner.RunClock();
  v1::PublicIndicators figures = PublicFigures(owner);
  REQUIRE(figures.units_size() == 2);
  CHECK(figures.units(0).unit_id() == kOfficeOfProvince);
  CHECK(figures.units(0).ended_unit_name().empty());
  CHECK(figures.units(0).received() == 5);
  CHECK(figures.units(1).unit_id() == kTransport);
  CHECK(figures.units(1).ended_unit_name() == "Đơn vị H09.09");
  CHECK(figures.units(1).received() == 6);
  const auto left =
      owner.Do(&Assignments::ListLeftAssignments, v1::ListLeftAssignmentsRequest(), "H09.08/head");
  for (const auto& one : left.assignments()) {
    owner.Step(&Assignments::TakeOverAssignment, "H09.08/head",
               [&](auto& request) { request.set_assignment_id(one.id()); });
  }
  owner.MoveClockTo("2019-07-10T02:00:00Z");
  figures = PublicFigures(owner);
  REQUIRE(figures.units_size() == 2);
  CHECK(figures.units(1).unit_id() == kConstruction);
  CHECK(figures.units(1).received() == 6);
  CHECK(figures.units(1).ended_unit_name().empty());
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: the province's office has the figures of all, but of complaints about it") {
  HotlineOwner owner;
  MakeSet(owner);
  const v1::Indicators office = Figures(owner, "H09.01/guest");
  CHECK(office.SerializeAsString() == Figures(owner, "H09.03/guest").SerializeAsString());
  CHECK(office.received() == 5);
  CHECK(Figures(owner, "H09.01/guest", kWard).received() == 1);
  const std::string id =
      Opened(owner, Complaint(owner, kOfficeOfProvince, "CBCC.NHUNGNHIEU")).ticket().id();
  owner.Step(&Tickets::RouteTicket, "H09.03/named",
             [&](auto& request) { request.set_ticket_id(id); });
  CHECK(Figures(owner, "H09.01/guest").SerializeAsString() == office.SerializeAsString());
  const v1::Indicators all = Figures(owner, "H09.03/guest");
  CHECK(all.received() == 6);
  CHECK(UnitOf(all, kInspector) == "1 0 0/0 0 0/1 0/0");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: figures of a closed unit are those of the one that continues it") {
  HotlineOwner owner;
  MakeSet(owner);
  owner.CloseUnit(kTransport, {kConstruction});
  owner.RunClock();
  // What it had answered is under its name in the records.
  CHECK(owner.Value("SELECT count(*) FROM assignment WHERE unit_id = 'H09.09'") == "3");
  const std::string figures = "4 2 1/2 1 1/4 1/2";
  const v1::Indicators all = Figures(owner, "H09.03/guest");
  CHECK(UnitOf(all, kTransport).empty());
  CHECK(UnitOf(all, kConstruction) == figures);
  for (const auto& [official, unit] :
       std::vector<std::pair<std::string, std::string>>{{"H09.08/guest", ""},
                                                        {"H09.08/guest", kConstruction},
                                                        {"H09.08/guest", kTransport},
                                                        {"H09.03/guest", kConstruction},
                                                        {"H09.03/guest", kTransport}}) {
    const v1::Indicators of_unit = Figures(owner, official, unit);
    CHECK(of_unit.units_size() == 1);
    CHECK(UnitOf(of_unit, kConstruction) == figures);
    CHECK(of_unit.received() == 3);
  }
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
