#pragma once

#include <chrono>
#include <map>
#include <vector>

#include "platform/base/clock.hpp"

namespace lienthong::calendar {

using Day = std::chrono::year_month_day;

/// What a day is, where that is not what its weekday says.
enum class DayKind { kOff, kWork, kHalf };

/// A stretch of office hours, local time since midnight, end exclusive.
struct OfficeHours {
  std::chrono::minutes start;
  std::chrono::minutes end;
};

/// Rules of one province; data, not law in code.
struct Rules {
  std::vector<OfficeHours> hours;         ///< of a full working day, in order
  std::vector<OfficeHours> half_hours;    ///< of a half day (Saturday morning)
  std::chrono::minutes cut_off{15 * 60};  ///< a reception after this counts as the next working day
};

/// Working-time arithmetic (Bộ luật Dân sự 2015 art. 147-148): pure and immutable; any thread.
/// Periods are bounded (some 40 years); a longer or negative one throws std::invalid_argument.
class Calendar {
 public:
  /// `rules`: from which day on which hold; before the first day, the first. `days`: what is not as
  /// its weekday says (Monday to Friday worked). Throws std::invalid_argument on office hours that
  /// are missing, out of order or beyond the day.
  Calendar(std::map<Day, Rules> rules, std::map<Day, DayKind> days);
  /// The same rules on all days.
  Calendar(Rules rules, std::map<Day, DayKind> days);

  bool IsWorkingDay(Day day) const;
  /// The first working day after `day`.
  Day NextWorkingDay(Day day) const;
  /// Deadline of `count` working days counted from a reception: the first day is not counted, a
  /// reception after the cut-off hour or on a day off counts as the next working day. The end of
  /// office hours of the last day. `count` 0: the same (working) day.
  base::Time AddWorkingDays(base::Time received, int count) const;
  /// The moment at which `duration` of office time has passed since `start`: at the end of office
  /// hours rather than when they begin again.
  base::Time AddWorkingTime(base::Time start, std::chrono::microseconds duration) const;
  /// Office time between two moments; 0 when `end` is not after `start`.
  std::chrono::microseconds WorkingTimeBetween(base::Time start, base::Time end) const;
  /// A period in plain days that ends on a day off rolls to the next working day.
  Day AddPlainDays(Day start, int count) const;

 private:
  const Rules& RulesOn(Day day) const;
  const std::vector<OfficeHours>& HoursOf(Day day) const;

  std::map<Day, Rules> rules_;
  std::map<Day, DayKind> days_;
};

}  // namespace lienthong::calendar
