#pragma once

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace lienthong::pg {

/// Names of an enum's values in the database.
template <class Enum, std::size_t kSize>
using EnumNames = std::array<std::pair<Enum, const char*>, kSize>;

template <class Enum, std::size_t kSize>
const char* NameOf(const EnumNames<Enum, kSize>& names, Enum value) {
  for (const auto& [known, name] : names) {
    if (known == value) return name;
  }
  throw std::logic_error("a value without a name in the database");
}

template <class Enum, std::size_t kSize>
Enum ValueOf(const EnumNames<Enum, kSize>& names, std::string_view text) {
  for (const auto& [value, name] : names) {
    if (text == name) return value;
  }
  throw std::logic_error("an unknown name in the database");
}

}  // namespace lienthong::pg
