#include "hotline/boundaries.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

namespace lienthong::hotline {
namespace {

using nlohmann::json;

constexpr std::size_t kAreasMax = 2000;
constexpr std::size_t kRingsMax = 10'000;    ///< of one commune
constexpr std::size_t kPointsMax = 200'000;  ///< of one ring

[[noreturn]] void Refuse(std::size_t feature, const char* why) {
  throw std::invalid_argument("boundaries: feature " + std::to_string(feature) + ": " + why);
}

/// Does a line from the point to the east meet the ring an odd number of times?
bool Crosses(const std::vector<Place::Point>& ring, const Place::Point& point) {
  bool odd = false;
  for (std::size_t i = 0, before = ring.size() - 1; i < ring.size(); before = i++) {
    const Place::Point &a = ring[i], &b = ring[before];
    const bool spans = (a.latitude > point.latitude) != (b.latitude > point.latitude);
    if (!spans) continue;
    const double at = a.longitude + (b.longitude - a.longitude) * (point.latitude - a.latitude) /
                                        (b.latitude - a.latitude);
    if (point.longitude < at) odd = !odd;
  }
  return odd;
}

std::vector<Place::Point> ToRing(const json& positions, std::size_t feature) {
  if (!positions.is_array() || positions.size() < 4 || positions.size() > kPointsMax) {
    Refuse(feature, "a ring has at least four positions");
  }
  std::vector<Place::Point> ring;
  for (const json& position : positions) {
    const bool valid = position.is_array() && position.size() >= 2 && position[0].is_number() &&
                       position[1].is_number();
    if (!valid) Refuse(feature, "a position is [longitude, latitude]");
    ring.push_back({position[1].get<double>(), position[0].get<double>()});
  }
  return ring;
}

/// The polygons of a geometry, whichever of the two kinds it is.
std::vector<json> PolygonsOf(const json& geometry, std::size_t feature) {
  const std::string type = geometry.value("type", "");
  const json coordinates = geometry.value("coordinates", json());
  if (type == "Polygon") return {coordinates};
  if (type != "MultiPolygon" || !coordinates.is_array()) {
    Refuse(feature, "is neither a Polygon nor a MultiPolygon");
  }
  return {coordinates.begin(), coordinates.end()};
}

}  // namespace

Boundaries::Boundaries(const std::string& geo_json) {
  const json collection = json::parse(geo_json, nullptr, false);
  if (collection.is_discarded() || !collection.is_object() ||
      collection.value("type", "") != "FeatureCollection" ||
      !collection.value("features", json()).is_array()) {
    throw std::invalid_argument("boundaries: no GeoJSON FeatureCollection");
  }
  for (const json& feature : collection["features"]) {
    const std::size_t number = areas_.size();
    const bool valid = feature.is_object() && feature.value("properties", json()).is_object() &&
                       feature.value("geometry", json()).is_object();
    if (!valid || number >= kAreasMax) Refuse(number, "no feature, or too many");
    Area area;
    area.commune_code = feature["properties"].value("gso_code", "");
    if (area.commune_code.empty()) Refuse(number, "has no property gso_code");
    for (const json& polygon : PolygonsOf(feature["geometry"], number)) {
      if (!polygon.is_array() || polygon.empty()) Refuse(number, "has an empty polygon");
      for (const json& ring : polygon) area.rings.push_back(ToRing(ring, number));
      if (area.rings.size() > kRingsMax) Refuse(number, "has too many rings");
    }
    if (area.rings.empty()) Refuse(number, "has no polygon");
    area.least = area.most = area.rings.front().front();
    for (const Ring& ring : area.rings) {
      for (const Place::Point& point : ring) {
        area.least = {std::min(area.least.latitude, point.latitude),
                      std::min(area.least.longitude, point.longitude)};
        area.most = {std::max(area.most.latitude, point.latitude),
                     std::max(area.most.longitude, point.longitude)};
      }
    }
    areas_.push_back(std::move(area));
  }
}

std::string Boundaries::CommuneOf(const Place::Point& point) const {
  for (const Area& area : areas_) {
    const bool in_box =
        point.latitude >= area.least.latitude && point.latitude <= area.most.latitude &&
        point.longitude >= area.least.longitude && point.longitude <= area.most.longitude;
    if (!in_box) continue;
    // Even-odd: a hole takes away what the outer ring gives.
    const auto crossed = std::count_if(area.rings.begin(), area.rings.end(),
                                       [&](const Ring& ring) { return Crosses(ring, point); });
    if (crossed % 2 == 1) return area.commune_code;
  }
  return "";
}

}  // namespace lienthong::hotline
