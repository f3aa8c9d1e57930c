// Which commune the place of a report names, when codes of the statistics office are reused.
#include <algorithm>

#include <catch2/catch.hpp>

#include "hotline/service_requests.hpp"
#include "platform/base/error.hpp"

namespace lienthong::hotline {
namespace {

using CommuneUnits = std::vector<std::string>;

constexpr const char* kOldBoundaries = R"({"type": "FeatureCollection", "features": [
  {"type": "Feature", "properties": {"gso_code": "25753"}, "geometry": {"type": "Polygon",
   "coordinates": [[[106.6, 10.9], [106.7, 10.9], [106.7, 11.0], [106.6, 11.0], [106.6, 10.9]]]}},
  {"type": "Feature", "properties": {"gso_code": "25750"}, "geometry": {"type": "Polygon",
   "coordinates": [[[106.7, 10.9], [106.8, 10.9], [106.8, 11.0], [106.7, 11.0], [106.7, 10.9]]]}}
]})";

/// Closed when others continue it.
directory::v1::Unit CommuneUnit(const std::string& id, const std::string& code,
                                const CommuneUnits& parts = {}) {
  directory::v1::Unit unit;
  unit.set_id(id), unit.set_gso_code(code);
  unit.set_kind(directory::v1::UNIT_KIND_COMMUNE);
  unit.set_valid_from(parts.empty() ? "2025-07-01" : "2019-01-01");
  unit.set_closed(!parts.empty());
  for (const std::string& part : parts) unit.add_successor_ids(part);
  return unit;
}

/// The old 25747 and 25753 became the new 25747, the old 25750 a part of it.
access::Sharing AfterReorganisation() {
  return {{CommuneUnit("old.25747", "25747", {"new.25747"}),
           CommuneUnit("old.25750", "25750", {"new.25747", "new.25750"}),
           CommuneUnit("old.25753", "25753", {"new.25747"}), CommuneUnit("new.25747", "25747"),
           CommuneUnit("new.25750", "25750")},
          {}};
}

CommuneUnits InOrderOfIds(CommuneUnits units) {
  std::sort(units.begin(), units.end());
  return units;
}

TEST_CASE("hotline: a place names a commune of today, or stays where it was") {
  const access::Sharing sharing = AfterReorganisation();
  const Boundaries boundaries(kOldBoundaries);
  v1::Place message;
  message.set_commune_unit_id("old.25747");  // not read
  message.set_commune_code("25747");
  CHECK(ToPlace(message, sharing, boundaries, "place").commune_unit_id == "new.25747");
  Place known;
  known.commune_code = "25747", known.commune_unit_id = "old.25747";
  CHECK(ToPlace(message, sharing, boundaries, "place", known).commune_unit_id == "old.25747");
  message.set_commune_code("25753");
  CHECK_THROWS_AS(ToPlace(message, sharing, boundaries, "place"), base::Error);
  CHECK_THROWS_AS(ToPlace(message, sharing, boundaries, "place", known), base::Error);
  known.commune_code = "25753", known.commune_unit_id = "old.25753";
  const Place kept = ToPlace(message, sharing, boundaries, "place", known);
  CHECK(kept.commune_code == "25753");
  CHECK(kept.commune_unit_id == "old.25753");
}

TEST_CASE("hotline: old boundaries give no report a commune that is closed") {
  const access::Sharing sharing = AfterReorganisation();
  const Boundaries boundaries(kOldBoundaries);
  v1::Place message;
  message.set_latitude(10.95), message.set_longitude(106.65);
  REQUIRE(boundaries.CommuneOf({10.95, 106.65}) == "25753");
  const Place nowhere = ToPlace(message, sharing, boundaries, "place");
  CHECK(nowhere.commune_code.empty());
  CHECK(nowhere.commune_unit_id.empty());
  message.set_longitude(106.75);
  const Place place = ToPlace(message, sharing, boundaries, "place");
  CHECK(place.commune_code == "25750");
  CHECK(place.commune_unit_id == "new.25750");
}

TEST_CASE("hotline: a commune is shown with those that it continues or has a part of") {
  const access::Sharing sharing = AfterReorganisation();
  CHECK(InOrderOfIds(ToCommunes("25747", sharing)) ==
        CommuneUnits{"new.25747", "old.25747", "old.25750", "old.25753"});
  CHECK(InOrderOfIds(ToCommunes("25750", sharing)) == CommuneUnits{"new.25750", "old.25750"});
  CHECK(ToCommunes("25753", sharing) == CommuneUnits{"old.25753"});
  CHECK(ToCommunes("", sharing).empty());
  // Nothing, not everything.
  const CommuneUnits none = ToCommunes("99999", sharing);
  REQUIRE(none.size() == 1);
  CHECK(sharing.Find(none.front()) == nullptr);
}

}  // namespace
}  // namespace lienthong::hotline
