#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/pg/result.hpp"
#include "platform/pg/values.hpp"

/// Values that may be missing, and typed ids, as columns: days as ISO text, times selected as
/// microseconds since the epoch; a parameter that is "" becomes NULL by nullif in the statement.
namespace lienthong::pg {

inline std::string DayText(const std::optional<std::chrono::year_month_day>& day) {
  return day ? base::FormatDay(*day) : std::string();
}
inline std::string TimeText(const std::optional<base::Time>& time) {
  return time ? base::FormatTime(*time) : std::string();
}
/// Of an id with its text in `text`.
template <class Id>
std::string IdText(const std::optional<Id>& id) {
  return id ? id->text : std::string();
}
template <class Id>
std::string IdArray(const std::vector<Id>& ids) {
  return TextArray(ids, [](const Id& id) -> const std::string& { return id.text; });
}

inline base::Time TimeOf(const Field& field) {
  return base::Time(std::chrono::microseconds(field.as<std::int64_t>()));
}
inline std::optional<std::chrono::year_month_day> OptionalDay(const Field& field) {
  if (field.is_null()) return std::nullopt;
  return base::ParseDay(field.c_str());
}
inline std::optional<base::Time> OptionalTime(const Field& field) {
  if (field.is_null()) return std::nullopt;
  return TimeOf(field);
}
inline std::optional<std::string> OptionalText(const Field& field) {
  if (field.is_null()) return std::nullopt;
  return field.as<std::string>();
}
template <class Id>
std::optional<Id> OptionalId(const Field& field) {
  if (field.is_null()) return std::nullopt;
  return Id{field.as<std::string>()};
}

}  // namespace lienthong::pg
