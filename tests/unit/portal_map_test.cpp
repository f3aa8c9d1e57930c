// The map of communes from boundary data.
#include <cmath>
#include <stdexcept>

#include <catch2/catch.hpp>

#include "portal/map.hpp"

namespace lienthong::portal {
namespace {

std::string Feature(const std::string& code, const std::string& type,
                    const std::string& coordinates) {
  return R"({"type": "Feature", "properties": {"gso_code": ")" + code +
         R"("}, "geometry": {"type": ")" + type + R"(", "coordinates": )" + coordinates + "}}";
}

std::string Collection(const std::string& features) {
  return R"({"type": "FeatureCollection", "features": [)" + features + "]}";
}

const std::string kSquare = "[[106, 0], [107, 0], [107, 1], [106, 1], [106, 0]]";

TEST_CASE("portal: a map has north above and each commune as one path, holes too") {
  const std::string hole = "[[106.4, 0.4], [106.6, 0.4], [106.6, 0.6], [106.4, 0.6], [106.4, 0.4]]";
  const std::string east = "[[107, 0], [108, 0], [108, 1], [107, 0]]";
  const Map map = ToMap(Collection(Feature("25747", "Polygon", "[" + kSquare + ", " + hole + "]") +
                                   "," + Feature("25750", "MultiPolygon", "[[" + east + "]]")),
                        10'000);
  CHECK(map.view_box == "0 0 1000 500");
  REQUIRE(map.shapes.size() == 2);
  CHECK(map.shapes[0].commune_code == "25747");
  CHECK(map.shapes[0].path ==
        "M0 500l500 0 0 -500 -500 0 0 500zM200 300l100 0 0 -100 -100 0 0 100z");
  CHECK(map.shapes[1].path == "M500 500l500 0 0 -500 -500 500z");
}

TEST_CASE("portal: a map is simplified until it is small enough") {
  std::string circle = "[";
  constexpr int kPoints = 5000;
  for (int i = 0; i <= kPoints; ++i) {
    const double angle = 2 * 3.14159265358979 * (i % kPoints) / kPoints;
    circle += (i == 0 ? "[" : ",[") + std::to_string(106 + std::cos(angle)) + "," +
              std::to_string(std::sin(angle)) + "]";
  }
  const std::string collection = Collection(Feature("25747", "Polygon", "[" + circle + "]]"));
  for (const std::size_t bytes : {2000, 500, 150}) {
    const Map map = ToMap(collection, bytes);
    REQUIRE(map.shapes.size() == 1);
    CHECK(map.shapes[0].path.size() <= bytes);
    CHECK(map.shapes[0].path.size() > 30);
  }
  CHECK_THROWS_AS(ToMap(collection, 5), std::invalid_argument);
}

TEST_CASE("portal: boundaries that cannot be drawn are refused") {
  for (const std::string& broken :
       {std::string(), std::string("[]"), Collection(""), Collection("{}"),
        Collection(Feature("1", "Point", "[1, 2]")), Collection(Feature("1", "Polygon", "[]")),
        Collection(Feature("1", "Polygon", "[[[1, 2], [3, 4]]]")),
        Collection(Feature("1", "Polygon", R"([[["a", 2], [3, 4], [5, 6], [1, 2]]])")),
        Collection(Feature("1", "Polygon", "[[[181, 2], [3, 4], [5, 6], [1, 2]]]")),
        Collection(Feature("1", "Polygon", "[[[1, 2], [1, 2], [1, 2], [1, 2]]]")),
        Collection(R"({"properties": {"gso_code": 1}, "geometry": {"type": "Polygon",
          "coordinates": [[[1, 2], [3, 4], [5, 6], [1, 2]]]}})")}) {
    CAPTURE(broken);
    CHECK_THROWS_AS(ToMap(broken, 10'000), std::invalid_argument);
  }
}

}  // namespace
}  // namespace lienthong::portal
