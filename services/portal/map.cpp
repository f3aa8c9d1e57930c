#include "portal/map.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

namespace lienthong::portal {
namespace {

using nlohmann::json;

constexpr std::size_t kAreasMax = 2000;
constexpr std::size_t kPointsMax = 2'000'000;  ///< of all
constexpr double kWidth = 1000;
constexpr double kToleranceMax = kWidth / 10;

struct Point {
  double x = 0, y = 0;
};
using Ring = std::vector<Point>;
struct Area {
  std::string commune_code;
  std::vector<Ring> rings;
};

[[noreturn]] void Refuse(std::size_t feature, const char* why) {
  throw std::invalid_argument("boundaries: feature " + std::to_string(feature) + ": " + why);
}

Ring ToRing(const json& positions, std::size_t feature) {
  if (!positions.is_array() || positions.size() < 4 || positions.size() > kPointsMax) {
    Refuse(feature, "a ring has at least four positions");
  }
  Ring ring;
  for (const json& position : positions) {
    const bool valid = position.is_array() && position.size() >= 2 && position[0].is_number() &&
                       position[1].is_number();
    if (!valid) Refuse(feature, "a position is [longitude, latitude]");
    const Point point{position[0].get<double>(), position[1].get<double>()};
    if (std::abs(point.x) > 180 || std::abs(point.y) > 90) Refuse(feature, "is not on earth");
    ring.push_back(point);
  }
  return ring;
}

Area ToArea(const json& feature, std::size_t number) {
  const bool valid = feature.is_object() && feature.value("properties", json()).is_object() &&
                     feature.value("geometry", json()).is_object();
  if (!valid || number >= kAreasMax) Refuse(number, "no feature, or too many");
  const json& properties = feature["properties"];
  const json& geometry = feature["geometry"];
  if (!properties.contains("gso_code") || !properties["gso_code"].is_string()) {
    Refuse(number, "has no property gso_code");
  }
  const json type = geometry.value("type", json()),
             coordinates = geometry.value("coordinates", json());
  if ((type != "Polygon" && type != "MultiPolygon") || !coordinates.is_array()) {
    Refuse(number, "is neither a Polygon nor a MultiPolygon");
  }
  Area area{properties["gso_code"].get<std::string>(), {}};
  const json polygons = type == "Polygon" ? json::array({coordinates}) : coordinates;
  for (const json& polygon : polygons) {
    if (!polygon.is_array() || polygon.empty()) Refuse(number, "has an empty polygon");
    for (const json& ring : polygon) area.rings.push_back(ToRing(ring, number));
  }
  if (area.rings.empty()) Refuse(number, "has no polygon");
  return area;
}

std::vector<Area> ReadAreas(const std::string& geo_json) {
  const json collection = json::parse(geo_json, nullptr, false);
  const bool valid = collection.is_object() &&
                     collection.value("type", json()) == "FeatureCollection" &&
                     collection.value("features", json()).is_array();
  if (!valid || collection["features"].empty()) {
    throw std::invalid_argument("boundaries: no GeoJSON FeatureCollection");
  }
  std::vector<Area> areas;
  for (const json& feature : collection["features"]) areas.push_back(ToArea(feature, areas.size()));
  return areas;
}

/// Degrees become units of the drawing, kWidth wide, north above; answers its height.
double Project(std::vector<Area>& areas) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Point least{kInfinity, kInfinity}, most{-kInfinity, -kInfinity};
  for (const Area& area : areas) {
    for (const Ring& ring : area.rings) {
      for (const Point& point : ring) {
        least = {std::min(least.x, point.x), std::min(least.y, point.y)};
        most = {std::max(most.x, point.x), std::max(most.y, point.y)};
      }
    }
  }
  const double shrink = std::cos((least.y + most.y) / 2 * std::numbers::pi / 180);
  const double across = (most.x - least.x) * shrink;
  if (!(across > 0) || !(most.y > least.y)) {
    throw std::invalid_argument("boundaries: no area in them");
  }
  const double scale = kWidth / across;
  for (Area& area : areas) {
    for (Ring& ring : area.rings) {
      for (Point& point : ring) {
        point = {(point.x - least.x) * shrink * scale, (most.y - point.y) * scale};
      }
    }
  }
  return (most.y - least.y) * scale;
}

double DistanceToLine(const Point& point, const Point& a, const Point& b) {
  const double dx = b.x - a.x, dy = b.y - a.y, length = std::hypot(dx, dy);
  if (length == 0) return std::hypot(point.x - a.x, point.y - a.y);
  return std::abs(dy * (point.x - a.x) - dx * (point.y - a.y)) / length;
}

/// Douglas and Peucker, without recursion: rings come from outside and may be long.
Ring Simplify(const Ring& ring, double tolerance) {
  std::vector<bool> kept(ring.size(), false);
  kept.front() = kept.back() = true;
  std::vector<std::pair<std::size_t, std::size_t>> spans{{0, ring.size() - 1}};
  while (!spans.empty()) {
    const auto [first, last] = spans.back();
    spans.pop_back();
    double farthest = tolerance;
    std::size_t at = first;
    for (std::size_t i = first + 1; i < last; ++i) {
      const double distance = DistanceToLine(ring[i], ring[first], ring[last]);
      if (distance > farthest) farthest = distance, at = i;
    }
    if (at == first) continue;
    kept[at] = true;
    spans.emplace_back(first, at), spans.emplace_back(at, last);
  }
  Ring simple;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    if (kept[i]) simple.push_back(ring[i]);
  }
  return simple;
}

/// Whole units, each point relative to the one before it; nothing for what has no area left.
std::string ToPath(const Ring& ring) {
  std::string path;
  long x = 0, y = 0;
  int points = 0;
  for (const Point& point : ring) {
    const long to_x = std::lround(point.x), to_y = std::lround(point.y);
    if (points > 0 && to_x == x && to_y == y) continue;
    const std::string step = std::to_string(points == 0 ? to_x : to_x - x) + " " +
                             std::to_string(points == 0 ? to_y : to_y - y);
    path += (points == 0 ? "M" : points == 1 ? "l" : " ") + step;
    x = to_x, y = to_y, ++points;
  }
  return points < 4 ? "" : path + "z";
}

}  // namespace

Map ToMap(const std::string& geo_json, std::size_t bytes_max) {
  std::vector<Area> areas = ReadAreas(geo_json);
  const double height = Project(areas);
  Map map;
  map.view_box = "0 0 " + std::to_string(std::lround(kWidth)) + " " +
                 std::to_string(std::max(1L, std::lround(height)));
  for (double tolerance = 0.5; tolerance <= kToleranceMax; tolerance *= 1.5) {
    std::size_t bytes = 0;
    map.shapes.clear();
    for (const Area& area : areas) {
      std::string path;
      for (const Ring& ring : area.rings) path += ToPath(Simplify(ring, tolerance));
      bytes += path.size();
      if (!path.empty()) map.shapes.push_back({area.commune_code, std::move(path)});
    }
    if (bytes <= bytes_max) return map;
  }
  throw std::invalid_argument("boundaries: too many areas to be drawn");
}

}  // namespace lienthong::portal
