#pragma once

#include <chrono>
#include <string>

namespace lienthong::registry {

/// A calendar day in Vietnam.
using Day = std::chrono::year_month_day;

/// The earliest day that a record may name.
inline constexpr Day kFirstDay{std::chrono::year(1900), std::chrono::month(1), std::chrono::day(1)};

/// A day of a request: ISO 8601, not before 1900 and not after `today`. Throws FIELD_INVALID for
/// `field`.
Day CheckDay(const std::string& text, const std::string& field, Day today);

/// The same; an empty text means `today`.
Day CheckDayOrToday(const std::string& text, const std::string& field, Day today);

}  // namespace lienthong::registry
