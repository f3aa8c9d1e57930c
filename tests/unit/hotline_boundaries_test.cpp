// Communes from coordinates, where a province supplies boundaries.
#include <stdexcept>

#include <catch2/catch.hpp>

#include "hotline/boundaries.hpp"

namespace lienthong::hotline {
namespace {

constexpr const char* kTwo = R"({"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"gso_code": "25747"}, "geometry": {"type": "Polygon",
  "coordinates": [[[106.6, 10.9], [106.7, 10.9], [106.7, 11.0], [106.6, 11.0], [106.6, 10.9]],
   [[106.64, 10.94], [106.66, 10.94], [106.66, 10.96], [106.64, 10.96], [106.64, 10.94]]]}},
 {"type": "Feature", "properties": {"gso_code": "25750"}, "geometry": {"type": "MultiPolygon",
  "coordinates": [[[[106.7, 10.9], [106.8, 10.9], [106.75, 11.0], [106.7, 10.9]]],
   [[[107.0, 11.0], [107.1, 11.0], [107.1, 11.1], [107.0, 11.0]]]]}}]})";

TEST_CASE("hotline: the commune is that whose boundary the point lies in") {
  const Boundaries boundaries(kTwo);
  CHECK(boundaries.CommuneOf({10.95, 106.62}) == "25747");
  CHECK(boundaries.CommuneOf({10.92, 106.74}) == "25750");
  CHECK(boundaries.CommuneOf({11.03, 107.08}) == "25750");  // its second part
  CHECK(boundaries.CommuneOf({10.95, 106.65}).empty());     // a hole
  CHECK(boundaries.CommuneOf({10.99, 106.71}).empty());     // in the box, not in the triangle
  CHECK(boundaries.CommuneOf({21.03, 105.85}).empty());
  CHECK(Boundaries().CommuneOf({10.95, 106.62}).empty());
}

TEST_CASE("hotline: boundaries that cannot be read are refused") {
  for (const char* broken :
       {"", "[]", "{\"type\": \"FeatureCollection\"}",
        R"({"type": "FeatureCollection", "features": [{}]})",
        R"({"type": "FeatureCollection", "features": [{"properties": {"gso_code": "1"},
          "geometry": {"type": "Point", "coordinates": [1, 2]}}]})",
        R"({"type": "FeatureCollection", "features": [{"properties": {"gso_code": "1"},
          "geometry": {"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]}}]})",
        R"({"type": "FeatureCollection", "features": [{"properties": {},
          "geometry": {"type": "Polygon", "coordinates": [[[1,2],[3,4],[5,6],[1,2]]]}}]})"}) {
    CAPTURE(broken);
    CHECK_THROWS_AS(Boundaries(broken), std::invalid_argument);
  }
}

}  // namespace
}  // namespace lienthong::hotline
