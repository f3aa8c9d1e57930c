#pragma once

#include <string>

#include "portal/request.hpp"

namespace lienthong::portal {

/// Value of the first header of that name, as it is written; empty when there is none.
inline std::string HeaderOf(const Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

}  // namespace lienthong::portal
