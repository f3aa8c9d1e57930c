#include <catch2/catch.hpp>

#include "directory/unit.hpp"
#include "platform/base/error.hpp"
#include "support/reason.hpp"

using namespace lienthong;
using namespace lienthong::directory;

namespace {

using support::ReasonOf;

Day DayOf(const char* text) { return base::ParseDay(text); }

Unit District(const char* code = "H09.718") {
  Unit unit;
  unit.code = {code};
  unit.name = "Ủy ban nhân dân thành phố Thủ Dầu Một";
  unit.kind = UnitKind::kDistrict;
  unit.parent = {"H09"};
  unit.gso_code = "718";
  unit.valid_from = DayOf("2019-01-01");
  return unit;
}

Unit Commune() {
  Unit unit = District("H09.718.25747");
  unit.kind = UnitKind::kCommune;
  unit.parent = {"H09.718"};
  unit.gso_code = "25747";
  return unit;
}

}  // namespace

TEST_CASE("a unit code follows QD 20/2020, article 4") {
  const auto [code, is_right] = GENERATE(table<std::string, bool>({
      {"H09", true},
      {"H37.02.02", true},
      {"H37.DN.001", true},
      {"H15.50.05.13", true},
      {"A00", true},
      {"Y99.Z", true},
      {"H09.718.257470000000000000000000000", true},    // 35 characters
      {"H09.718.2574700000000000000000000000", false},  // 36
      {"Z09", false},
      {"h09", false},
      {"H9", false},
      {"H090", false},
      {"H09.", false},
      {"H09..1", false},
      {".H09", false},
      {"H09.a", false},
      {"H09-718", false},
      {"000.00.00.G22", false},
      {"", false},
      {std::string("H09\0.1", 6), false},
  }));
  CAPTURE(code);
  CHECK(ReasonOf([&, text = code] { ParseUnitCode(text, "unit.id"); }) ==
        (is_right ? "" : "FIELD_INVALID"));
}

TEST_CASE("a day is ISO 8601, exists, and lies between 1900 and 2199") {
  const auto [text, is_right] = GENERATE(table<std::string, bool>({{"2019-07-10", true},
                                                                   {"2020-02-29", true},
                                                                   {"2019-02-29", false},
                                                                   {"2019-7-10", false},
                                                                   {"10/07/2019", false},
                                                                   {"2019-07-1x", false},
                                                                   {"2019-07-100", false},
                                                                   {"1899-12-31", false},
                                                                   {"2200-01-01", false},
                                                                   {"-019-07-10", false},
                                                                   {"", false}}));
  CAPTURE(text);
  CHECK(ReasonOf([&, day = text] { base::CheckDay(day, "day"); }) ==
        (is_right ? "" : "FIELD_INVALID"));
}

TEST_CASE("every unit but the province has a unit above it") {
  Unit unit = District();
  CHECK(ReasonOf([&] { CheckUnit(unit, "unit"); }) == "");
  unit.parent = {};
  CHECK(ReasonOf([&] { CheckUnit(unit, "unit"); }) == "FIELD_INVALID");
  unit.parent = unit.code;
  CHECK(ReasonOf([&] { CheckUnit(unit, "unit"); }) == "FIELD_INVALID");
  unit.kind = UnitKind::kProvince;
  unit.gso_code = "74";
  CHECK(ReasonOf([&] { CheckUnit(unit, "unit"); }) == "FIELD_INVALID");
  unit.parent = {};
  CHECK(ReasonOf([&] { CheckUnit(unit, "unit"); }) == "");
}

TEST_CASE("a GSO code has the length of its kind, or is empty") {
  Unit unit = Commune();
  CHECK(ReasonOf([&] { CheckUnit(unit, "unit"); }) == "");
  for (const char* code : {"718", "2574x", "257470"}) {
    unit.gso_code = code;
    CHECK(ReasonOf([&] { CheckUnit(unit, "unit"); }) == "FIELD_INVALID");
  }
  unit.gso_code = "";
  CHECK(ReasonOf([&] { CheckUnit(unit, "unit"); }) == "");
  unit.kind = UnitKind::kDepartment;
  unit.gso_code = "25747";
  CHECK(ReasonOf([&] { CheckUnit(unit, "unit"); }) == "FIELD_INVALID");
}

TEST_CASE("a unit does not end before it begins") {
  Unit unit = District();
  unit.valid_to = unit.valid_from;
  CHECK(ReasonOf([&] { CheckUnit(unit, "unit"); }) == "");
  unit.valid_to = DayOf("2018-12-31");
  CHECK(ReasonOf([&] { CheckUnit(unit, "unit"); }) == "FIELD_INVALID");
}

TEST_CASE("a unit is valid from its first to its last day") {
  Unit unit = District();
  unit.valid_to = DayOf("2025-06-30");
  CHECK_FALSE(unit.IsValidOn(DayOf("2018-12-31")));
  CHECK(unit.IsValidOn(DayOf("2019-01-01")));
  CHECK(unit.IsValidOn(DayOf("2025-06-30")));
  CHECK_FALSE(unit.IsValidOn(DayOf("2025-07-01")));
}

TEST_CASE("the unit above exists on the first day of the new one and is open") {
  const Unit commune = Commune();
  Unit district = District();
  CHECK(ReasonOf([&] { CheckAbove(commune, &district, "unit.parent_id"); }) == "");
  CHECK(ReasonOf([&] { CheckAbove(commune, nullptr, "unit.parent_id"); }) == "UNIT_UNKNOWN");
  district.valid_from = DayOf("2019-01-02");
  CHECK(ReasonOf([&] { CheckAbove(commune, &district, "unit.parent_id"); }) == "FIELD_INVALID");
  district.valid_from = DayOf("2010-01-01");
  district.valid_to = DayOf("2018-12-31");
  CHECK(ReasonOf([&] { CheckAbove(commune, &district, "unit.parent_id"); }) == "UNIT_CLOSED");
}

TEST_CASE("below a closed unit only units that ended with it can be recorded") {
  Unit district = District();
  district.valid_to = DayOf("2025-06-30");
  district.closed = true;
  Unit commune = Commune();
  CHECK(ReasonOf([&] { CheckAbove(commune, &district, "unit.parent_id"); }) == "UNIT_CLOSED");
  commune.valid_to = DayOf("2025-07-01");
  CHECK(ReasonOf([&] { CheckAbove(commune, &district, "unit.parent_id"); }) == "UNIT_CLOSED");
  commune.valid_to = DayOf("2025-06-30");
  CHECK(ReasonOf([&] { CheckAbove(commune, &district, "unit.parent_id"); }) == "");
}

TEST_CASE("a carrier carries its own records") {
  Unit office = District("H09.718.01");
  office.carrier = {"H09.718"};
  Unit district = District();
  CHECK(ReasonOf([&] { CheckCarrier(office, &district, "unit.carrier_id"); }) == "");
  CHECK(office.Carrier() == district.code);
  CHECK(district.Carrier() == district.code);
  district.carrier = {"H09.01"};
  CHECK(ReasonOf([&] { CheckCarrier(office, &district, "unit.carrier_id"); }) == "FIELD_INVALID");
}

TEST_CASE("a unit is renamed until its last day has passed") {
  Unit unit = District();
  unit.valid_to = DayOf("2025-06-30");
  Rename(unit, "Phường Thủ Dầu Một", DayOf("2025-06-30"));
  CHECK(unit.name == "Phường Thủ Dầu Một");
  CHECK(ReasonOf([&] { Rename(unit, "x", DayOf("2025-07-01")); }) == "UNIT_CLOSED");
}

TEST_CASE("a closure is planned for today or later, with successors that exist the day after") {
  const Day today = DayOf("2025-02-28");
  Unit unit = District();
  Unit successor = District("H09.05");
  successor.valid_from = DayOf("2025-03-01");

  CHECK(ReasonOf([&] { PlanClosure(unit, DayOf("2025-02-27"), {}, today); }) == "FIELD_INVALID");
  CHECK(ReasonOf([&] { PlanClosure(unit, today, {unit}, today); }) == "FIELD_INVALID");
  PlanClosure(unit, today, {successor}, today);
  CHECK(unit.valid_to == today);
  CHECK(unit.successors == std::vector<UnitCode>{{"H09.05"}});
  CHECK_FALSE(unit.closed);

  successor.valid_from = DayOf("2025-03-02");
  CHECK(ReasonOf([&] { PlanClosure(unit, today, {successor}, today); }) == "FIELD_INVALID");
  successor.valid_from = DayOf("2019-01-01");
  successor.valid_to = today;
  CHECK(ReasonOf([&] { PlanClosure(unit, today, {successor}, today); }) == "UNIT_CLOSED");
  CHECK(ReasonOf([&] { PlanClosure(unit, DayOf("2025-03-05"), {}, DayOf("2025-03-01")); }) ==
        "UNIT_CLOSED");
}

TEST_CASE("a closure is due on the day after the last, once") {
  Unit unit = District();
  CHECK_FALSE(IsClosureDue(unit, DayOf("2030-01-01")));
  unit.valid_to = DayOf("2025-06-30");
  CHECK_FALSE(IsClosureDue(unit, DayOf("2025-06-30")));
  CHECK(IsClosureDue(unit, DayOf("2025-07-01")));
  unit.closed = true;
  CHECK_FALSE(IsClosureDue(unit, DayOf("2025-07-01")));
}

TEST_CASE("the next day follows months and leap years") {
  CHECK(DayAfter(DayOf("2024-02-28")) == DayOf("2024-02-29"));
  CHECK(DayAfter(DayOf("2025-12-31")) == DayOf("2026-01-01"));
}
