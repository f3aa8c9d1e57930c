#pragma once

#include <string>

#include "directory/unit.hpp"

namespace lienthong::directory {

/// The numbers are those of records.proto and of the table.
enum class DayKind { kOff = 1, kWork, kHalf };

/// A day that is not what its weekday says (ngày nghỉ, ngày làm bù).
struct CalendarDay {
  Day day;
  DayKind kind = DayKind::kOff;
  std::string name;
  bool certain = false;  ///< false = to be verified against the official decision
};

inline constexpr std::size_t kDayNameLengthMax = 200;

}  // namespace lienthong::directory
