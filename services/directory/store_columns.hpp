#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "directory/unit.hpp"
#include "platform/base/clock.hpp"
#include "platform/pg/result.hpp"

/// Days and times as columns: days as ISO text, times as microseconds since the epoch, empty text
/// where a parameter is NULL.
namespace lienthong::directory {

inline std::string DayParameter(const std::optional<Day>& day) {
  return day ? base::FormatDay(*day) : std::string();
}
inline std::string TimeParameter(const std::optional<base::Time>& time) {
  return time ? base::FormatTime(*time) : std::string();
}
inline std::optional<Day> OptionalDay(const pg::Field& field) {
  if (field.is_null()) return std::nullopt;
  return base::ParseDay(field.as<std::string>());
}
inline base::Time ColumnTime(const pg::Field& field) {
  return base::Time(std::chrono::microseconds(field.as<std::int64_t>()));
}
inline std::optional<base::Time> OptionalTime(const pg::Field& field) {
  if (field.is_null()) return std::nullopt;
  return ColumnTime(field);
}

/// Texts of typed ids, for an array parameter.
template <class Id>
std::vector<std::string> Texts(const std::vector<Id>& ids) {
  std::vector<std::string> texts;
  texts.reserve(ids.size());
  for (const Id& id : ids) texts.push_back(id.text);
  return texts;
}

}  // namespace lienthong::directory
