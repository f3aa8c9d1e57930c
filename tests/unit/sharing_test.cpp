// Who sees a record: territory, agreements, successions, carriers.
#include <catch2/catch.hpp>

#include "platform/access/sharing.hpp"

namespace lienthong::access {
namespace {

using directory::v1::Agreement;
using directory::v1::Unit;
using journal::Audience;

const std::vector<std::string> kViews = {"full", "limited"};

Unit MakeUnit(const std::string& id, const std::string& gso_code = "",
              const std::string& parent = "") {
  Unit unit;
  unit.set_id(id);
  unit.set_gso_code(gso_code);
  unit.set_parent_id(parent);
  unit.set_valid_from("2019-01-01");
  if (gso_code.size() == 3) unit.set_kind(directory::v1::UNIT_KIND_DISTRICT);
  if (gso_code.size() == 5) unit.set_kind(directory::v1::UNIT_KIND_COMMUNE);
  return unit;
}

Unit Closed(Unit unit, const std::vector<std::string>& successors,
            const std::string& valid_to = "2019-06-30") {
  unit.set_closed(true);
  unit.set_valid_to(valid_to);
  for (const std::string& id : successors) unit.add_successor_ids(id);
  return unit;
}

Agreement MakeAgreement(
    const std::string& consumer, const std::string& view,
    directory::v1::AgreementState state = directory::v1::AGREEMENT_STATE_ACTIVE) {
  Agreement agreement;
  agreement.set_consumer_unit_id(consumer);
  agreement.set_record_type("citizen");
  agreement.set_view(view);
  agreement.set_state(state);
  return agreement;
}

Audience TerritoryOf(const Sharing& sharing, const std::string& commune) {
  Audience audience;
  sharing.AddTerritory(commune, "full", audience, kViews);
  return audience;
}

Audience AgreementsOf(const Sharing& sharing) {
  Audience audience;
  sharing.AddAgreements("citizen", audience, kViews);
  return audience;
}

TEST_CASE("a record is seen by the commune and the district above it, not by the province") {
  Unit province = MakeUnit("H09", "74");
  province.set_kind(directory::v1::UNIT_KIND_PROVINCE);
  const Sharing sharing(
      {province, MakeUnit("H09.718", "718", "H09"), MakeUnit("H09.718.25747", "25747", "H09.718")},
      {});
  CHECK(TerritoryOf(sharing, "25747") == Audience{{"H09.718", "full"}, {"H09.718.25747", "full"}});
  CHECK(TerritoryOf(sharing, "99999").empty());
  CHECK(sharing.CommunesSeenBy("H09.718") == std::vector<std::string>{"25747"});
  CHECK(sharing.CommunesSeenBy("H09.718.25747") == std::vector<std::string>{"25747"});
  CHECK(sharing.CommunesSeenBy("H09").empty());
}

TEST_CASE("a commune directly below the province is alone with its records") {
  Unit province = MakeUnit("H09", "74");
  province.set_kind(directory::v1::UNIT_KIND_PROVINCE);
  const Sharing sharing({province, MakeUnit("H09.25747", "25747", "H09")}, {});
  CHECK(TerritoryOf(sharing, "25747") == Audience{{"H09.25747", "full"}});
}

TEST_CASE("the carrier stands for a unit without a system") {
  Unit office = MakeUnit("H09.718.01");
  office.set_carrier_id("H09.718");
  const Sharing sharing({MakeUnit("H09.718"), office}, {MakeAgreement("H09.718.01", "limited")});
  Audience audience;
  sharing.AddUnit("H09.718.01", "full", audience, kViews);
  CHECK(audience == Audience{{"H09.718", "full"}});
  CHECK(AgreementsOf(sharing) == Audience{{"H09.718", "limited"}});
  CHECK(sharing.CarrierOf("H09.77") == "H09.77");
}

TEST_CASE("of several grounds the widest view counts, in whatever order they come") {
  const Sharing sharing({MakeUnit("H09.02")},
                        {MakeAgreement("H09.02", "limited"), MakeAgreement("H09.02", "full")});
  CHECK(AgreementsOf(sharing) == Audience{{"H09.02", "full"}});
  Audience audience{{"H09.02", "full"}};
  sharing.AddUnit("H09.02", "limited", audience, kViews);
  CHECK(audience == Audience{{"H09.02", "full"}});
  CHECK(sharing.AgreementView("citizen", "H09.02", kViews) == "full");
  CHECK_FALSE(sharing.AgreementView("enterprise", "H09.02", kViews));
  CHECK_FALSE(sharing.AgreementView("citizen", "H09.718", kViews));
}

TEST_CASE("only an active agreement on the record's type with an open unit is a ground") {
  const Sharing sharing({MakeUnit("H09.01"), MakeUnit("H09.02"), MakeUnit("H09.03"),
                         Closed(MakeUnit("H09.04"), {"H09.03"})},
                        {MakeAgreement("H09.01", "full", directory::v1::AGREEMENT_STATE_PLANNED),
                         MakeAgreement("H09.02", "full", directory::v1::AGREEMENT_STATE_ENDED),
                         MakeAgreement("H09.03", "unheard-of"), MakeAgreement("H09.04", "full"),
                         MakeAgreement("H09.77", "full")});
  CHECK(AgreementsOf(sharing).empty());
}

TEST_CASE("a record for everyone stays one") {
  const Sharing sharing({MakeUnit("H09.02")}, {MakeAgreement("H09.02", "full")});
  Audience audience{{std::string(journal::kEveryone), "full"}};
  sharing.AddAgreements("citizen", audience, kViews);
  CHECK(audience == Audience{{"*", "full"}});
}

TEST_CASE(
    "records of a closed unit go to the one unit that continues it, never to one of several") {
  const Sharing sharing(
      {MakeUnit("B", "25750"), MakeUnit("C", "25753"), Closed(MakeUnit("merged", "25741"), {"B"}),
       Closed(MakeUnit("split", "25744"), {"B", "C"}), Closed(MakeUnit("gone", "25747"), {}),
       Closed(MakeUnit("earlier", "25700"), {"merged"}),
       Closed(MakeUnit("loop", "25799"), {"loop"})},
      {});
  CHECK(TerritoryOf(sharing, "25741") == Audience{{"B", "full"}});
  CHECK(TerritoryOf(sharing, "25700") == Audience{{"B", "full"}});
  CHECK(TerritoryOf(sharing, "25744").empty());
  CHECK(TerritoryOf(sharing, "25747").empty());
  CHECK(TerritoryOf(sharing, "25799").empty());
  CHECK(sharing.CommunesSeenBy("B") == std::vector<std::string>{"25700", "25741", "25750"});
}

TEST_CASE("a reused code of the statistics office is that of the open unit") {
  const Sharing reused({Closed(MakeUnit("old", "25747"), {}), MakeUnit("new", "25747")}, {});
  CHECK(reused.FindByGsoCode("25747")->id() == "new");
  Unit planned = MakeUnit("planned", "25747");
  planned.set_valid_from("2025-07-01");
  const Sharing to_come({planned, MakeUnit("present", "25747")}, {});
  CHECK(to_come.FindByGsoCode("25747")->id() == "present");
  const Sharing past({Closed(MakeUnit("a", "25747"), {}, "2004-12-31"),
                      Closed(MakeUnit("b", "25747"), {}, "2019-06-30")},
                     {});
  CHECK(past.FindByGsoCode("25747")->id() == "b");
  CHECK(past.FindByGsoCode("1") == nullptr);
}

TEST_CASE("the mark of a type stands for the units and the active agreements on it") {
  const std::vector<Unit> units{MakeUnit("H09.01"), MakeUnit("H09.02")};
  const Agreement agreement = MakeAgreement("H09.01", "full");
  const Sharing none(units, std::vector<Agreement>());
  const Sharing some(units, {agreement});
  CHECK(none.Mark("citizen") == none.Mark("enterprise"));
  CHECK(some.Mark("citizen") != none.Mark("citizen"));
  CHECK(some.Mark("enterprise") == none.Mark("enterprise"));
  CHECK(some.Mark("citizen") == Sharing({units[1], units[0]}, {agreement}).Mark("citizen"));
  CHECK(none.Mark("citizen") !=
        Sharing({units[0], Closed(MakeUnit("H09.02"), {})}, {}).Mark("citizen"));
  CHECK(some.Mark("citizen") !=
        Sharing(units, {MakeAgreement("H09.01", "limited")}).Mark("citizen"));
  const auto ended = MakeAgreement("H09.01", "full", directory::v1::AGREEMENT_STATE_ENDED);
  CHECK(none.Mark("citizen") == Sharing(units, {ended}).Mark("citizen"));
}

}  // namespace
}  // namespace lienthong::access
