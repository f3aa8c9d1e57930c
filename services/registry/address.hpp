#pragma once

#include <string>

#include "registry/day.hpp"

namespace lienthong::registry {

inline constexpr std::size_t kAddressCharactersMax = 500;

/// An address (nơi cư trú, trụ sở): the text as it was given and the commune it lay in on a day.
struct Address {
  std::string text;
  std::string commune_code;  ///< statistics office, 5 digits
  Day commune_date;          ///< the day for which the code holds; codes are reused
};

/// An address of a request; an empty day means `today`. Throws FIELD_INVALID and COMMUNE_UNKNOWN
/// for fields below `field`.
Address CheckAddress(const std::string& text, const std::string& commune_code,
                     const std::string& commune_date, const std::string& field, Day today);

}  // namespace lienthong::registry
