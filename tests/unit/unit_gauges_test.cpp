// Figures of units as metrics: which units they are shown under, and what is shown of those
// without.
#include <catch2/catch.hpp>

#include "platform/owner/unit_gauges.hpp"
#include "support/measured.hpp"
#include "support/systems.hpp"

namespace lienthong::owner {
namespace {

using support::Measured;

const std::vector<std::string> kShownUnits{"H09.15", "H09.718"};

directory::v1::Unit UnitNamed(const std::string& id, const std::string& carrier = "") {
  directory::v1::Unit unit;
  unit.set_id(id);
  unit.set_carrier_id(carrier);
  unit.set_valid_from("2019-01-01");
  return unit;
}

}  // namespace

TEST_CASE("units with a system are those of the catalogue, without services") {
  CHECK(UnitsOf(support::MakeCatalogue("H09.718, H09.15")) == kShownUnits);
}

TEST_CASE("figures are shown under the unit, its carrier, its heir or its heir's carrier") {
  auto closed = UnitNamed("H09.99");
  closed.set_closed(true);
  closed.set_valid_to("2019-06-30");
  closed.add_successor_ids("H09.718.P01");
  const access::Sharing sharing({UnitNamed("H09.15"), UnitNamed("H09.718"), UnitNamed("H09.20"),
                                 UnitNamed("H09.718.P01", "H09.718"), closed},
                                {});
  CHECK(ShownUnder("H09.15", sharing, kShownUnits) == "H09.15");
  CHECK(ShownUnder("H09.718.P01", sharing, kShownUnits) == "H09.718");
  CHECK(ShownUnder("H09.99", sharing, kShownUnits) == "H09.718");
  CHECK(ShownUnder("H09.20", sharing, kShownUnits) == kOtherUnits);
  CHECK(ShownUnder("never heard of", sharing, kShownUnits) == kOtherUnits);
}

TEST_CASE("every unit shows 0 from the start, and again when it has no number any more") {
  constexpr const char* kName = "test_unit_gauges_zero";
  UnitGauges gauges(kName, "A test.", kShownUnits);
  CHECK(Measured(kName, {{"unit", "H09.15"}}) == 0);
  CHECK(Measured(kName, {{"unit", "H09.718"}}) == 0);
  gauges.Show({{"H09.15", 3}, {kOtherUnits, 1}});
  CHECK(Measured(kName, {{"unit", "H09.15"}}) == 3);
  CHECK(Measured(kName, {{"unit", "H09.718"}}) == 0);
  CHECK(Measured(kName, {{"unit", kOtherUnits}}) == 1);
  gauges.Show({{"H09.718", 2}});
  CHECK(Measured(kName, {{"unit", "H09.15"}}) == 0);
  CHECK(Measured(kName, {{"unit", "H09.718"}}) == 2);
  CHECK(Measured(kName, {{"unit", kOtherUnits}}) == 0);
}

TEST_CASE("what is not known of a unit is not shown, rather than shown as 0") {
  constexpr const char* kName = "test_unit_gauges_nothing";
  UnitGauges gauges(kName, "A test.", kShownUnits, UnitGauges::Without::kNothing);
  CHECK_FALSE(Measured(kName, {{"unit", "H09.15"}}));
  gauges.Show({{"H09.15", 0.5}});
  CHECK(Measured(kName, {{"unit", "H09.15"}}) == 0.5);
  CHECK_FALSE(Measured(kName, {{"unit", "H09.718"}}));
  gauges.Show({{"H09.718", 1}});
  CHECK_FALSE(Measured(kName, {{"unit", "H09.15"}}));
  CHECK(Measured(kName, {{"unit", "H09.718"}}) == 1);
}

}  // namespace lienthong::owner
