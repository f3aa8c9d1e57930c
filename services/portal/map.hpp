#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace lienthong::portal {

/// The communes drawn, for choosing one. Made once; plain data.
struct Map {
  struct Shape {
    std::string commune_code;  ///< of the statistics office
    std::string path;          ///< SVG path data (SVG 2, 9.3), holes by the even-odd rule too
  };
  std::string view_box;  ///< "0 0 1000 812"
  std::vector<Shape> shapes;
};

/// From GeoJSON (RFC 7946) as hotline's boundaries have it: a FeatureCollection of Polygons and
/// MultiPolygons with the commune's code as the property `gso_code`; in the equirectangular
/// projection, simplified (Douglas and Peucker 1973) until all paths together have at most
/// `bytes_max` bytes. Throws std::invalid_argument, with the number of the feature at fault, also
/// when that cannot be reached.
Map ToMap(const std::string& geo_json, std::size_t bytes_max);

}  // namespace lienthong::portal
