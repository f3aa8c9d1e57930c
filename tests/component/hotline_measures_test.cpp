// Figures of units as metrics, on a real PostgreSQL: what they are after known tickets.
#include "hotline/measures.hpp"

#include <cmath>

#include "support/hotline_steps.hpp"
#include "support/measured.hpp"

namespace lienthong::hotline {
namespace {

const std::vector<std::string> kShownUnits{"H09.03", kTransport, kDistrict, kWard};

/// The hotline with its figures, which the test asks for.
struct MeasuredStage {
  HotlineOwner owner;
  RulesReader rules;
  const Boundaries boundaries{kBoundaries};
  const Parts parts{
      {owner.pool_, owner.journal_, owner.sharing_, owner.snapshots_, owner.tokens_, owner.ids_},
      rules,
      boundaries};

  void Rate(const std::string& ticket_id, v1::Satisfaction satisfaction) {
    owner.Step(&Tickets::RateTicket, kOperatorOfCentre, [&](auto& request) {
      request.set_ticket_id(ticket_id);
      request.set_satisfaction(satisfaction);
    });
  }
};

/// "received on-time late overdue returned ratings satisfied %" of a unit.
std::string FiguresOf(const std::string& unit) {
  std::string text;
  for (const char* const name :
       {"received", "on_time", "late", "overdue", "returned", "ratings", "satisfaction_ratio"}) {
    auto number = support::Measured(std::string("lienthong_hotline_") + name, {{"unit", unit}});
    if (number && std::string_view(name) == "satisfaction_ratio") *number *= 100;
    text += (text.empty() ? "" : " ") +
            (number ? std::to_string(std::lround(*number)) : std::string("-"));
  }
  return text;
}

/// Of 10 July, 08:00: transport answers one in time, which is rated, and one late; it gives one
/// back; one of it and the ward is overdue on 18 July, as is one of the district's office, which
/// has no system. Returns the late one and the one of two units.
std::pair<std::string, std::string> MakeTickets(MeasuredStage& stage) {
  HotlineOwner& owner = stage.owner;
  const std::string good = ApprovedTicket(owner, Appeal(owner));
  Published(owner, good);
  stage.Rate(good, v1::SATISFACTION_VERY_SATISFIED);
  const std::string late = Opened(owner, Appeal(owner, "HATANG.KHAN")).ticket().id();
  Routed(owner, late, {kTransport});
  const std::string wrong = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, wrong, {kTransport});
  const std::string both = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, both, {kTransport, kWard});
  const std::string carried = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, carried, {kDistrictOffice});
  owner.Step(&Assignments::ReturnAssignment, kTransportHandler, [&](auto& request) {
    request.set_assignment_id(AssignmentOf(owner, wrong, kTransport).id());
    request.set_reason("Không thuộc thẩm quyền");
  });
  owner.MoveClockTo("2019-07-12T01:00:00Z");  // two days, of one
  AnsweredBy(owner, late, kTransport);
  owner.RunClockAt("2019-07-18T01:00:00Z");  // five working days have passed
  return {late, both};
}

}  // namespace

TEST_CASE("hotline: the figures of units are right after known tickets, in a new process too") {
  MeasuredStage stage;
  MakeTickets(stage);
  Measures measures(stage.parts, stage.owner.clock_, kShownUnits);
  measures.Show();
  CHECK(FiguresOf(kTransport) == "4 1 1 1 1 1 100");
  CHECK(FiguresOf(kWard) == "1 0 0 1 0 0 -");
  CHECK(FiguresOf(kDistrict) == "1 0 0 1 0 0 -");  // it carries the office
  CHECK(FiguresOf("H09.03") == "0 0 0 0 0 0 -");
  CHECK(FiguresOf(kDistrictOffice) == "- - - - - - -");
}

TEST_CASE("hotline: the figures of units follow what is done, and ratings that go with it") {
  MeasuredStage stage;
  Measures measures(stage.parts, stage.owner.clock_, kShownUnits);
  const auto [late, both] = MakeTickets(stage);
  AnsweredBy(stage.owner, both, kTransport);
  measures.Show();
  CHECK(FiguresOf(kTransport) == "4 1 2 0 1 1 100");
  Approved(stage.owner, late);
  stage.owner.Step(&Tickets::KeepPrivate, kApproverOfCentre,
                   [&, id = late](auto& request) { request.set_ticket_id(id); });
  stage.Rate(late, v1::SATISFACTION_UNSATISFIED);
  measures.Show();
  CHECK(FiguresOf(kTransport) == "4 1 2 0 1 2 50");
}

TEST_CASE("hotline: figures are of 30 days of business time, what is overdue of any time") {
  MeasuredStage stage;
  Measures measures(stage.parts, stage.owner.clock_, kShownUnits);
  MakeTickets(stage);
  measures.Show();
  CHECK(FiguresOf(kTransport) == "4 1 1 1 1 1 100");
  stage.owner.MoveClockTo("2019-08-09T01:00:01Z");  // 30 days after they came, and a second
  measures.Show();
  CHECK(FiguresOf(kTransport) == "0 0 0 1 0 0 -");
  CHECK(FiguresOf(kWard) == "0 0 0 1 0 0 -");
}

}  // namespace lienthong::hotline
