#pragma once

#include <string>
#include <vector>

#include "hotline/ticket.hpp"

namespace lienthong::hotline {

/// Boundaries of communes, where a province supplies them. Immutable; any thread.
class Boundaries {
 public:
  /// None: no commune is ever found.
  Boundaries() = default;
  /// GeoJSON (RFC 7946): a FeatureCollection of Polygons and MultiPolygons, each with the commune's
  /// code of the statistics office as the property `gso_code`. Throws std::invalid_argument, with
  /// the number of the feature at fault.
  explicit Boundaries(const std::string& geo_json);

  /// Code of the commune that the point lies in; empty = in none. On a boundary: in one of the two.
  std::string CommuneOf(const Place::Point& point) const;
  bool IsEmpty() const { return areas_.empty(); }

 private:
  using Ring = std::vector<Place::Point>;
  struct Area {
    std::string commune_code;
    Place::Point least;  ///< corners of the box around it
    Place::Point most;
    std::vector<Ring> rings;  ///< of all its polygons, holes too
  };
  std::vector<Area> areas_;
};

}  // namespace lienthong::hotline
