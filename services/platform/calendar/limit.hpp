#pragma once

#include <map>
#include <optional>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/calendar/calendar.hpp"

/// Limits of time, as data.
namespace lienthong::calendar {

enum class LimitUnit { kWorkingDays = 1, kWorkingMinutes, kClockMinutes };

struct Limit {
  int amount = 0;
  LimitUnit unit = LimitUnit::kWorkingDays;
  bool operator==(const Limit&) const = default;
};

/// When a limit that begins to run is over.
base::Time EndOf(const Limit& limit, base::Time begins, const Calendar& calendar);
/// A deadline whose clock stood still from `paused` to `resumed`: what was left of it, in office
/// time where the limit is, is left of it again. One that had passed stays.
base::Time Resumed(base::Time at, LimitUnit unit, base::Time paused, base::Time resumed,
                   const Calendar& calendar);
/// After so much of the time by the clock from `begins` to `at`.
base::Time PartOf(base::Time begins, base::Time at, int percent);
/// The same of a limit's time: of the office time where it is in working days or minutes. `at`
/// itself when there is none between them.
base::Time PartOf(base::Time begins, base::Time at, LimitUnit unit, int percent,
                  const Calendar& calendar);

/// A stretch of office hours on the days from `valid_from` to `valid_to` (that day too; nullopt =
/// until further notice).
struct DatedHours {
  Day valid_from;
  std::optional<Day> valid_to;
  OfficeHours hours;
};

/// Office hours of all days, half days in the first of them. What arrives after them counts as of
/// the next working day. Throws std::invalid_argument when there are none.
Rules RulesOf(const std::vector<OfficeHours>& hours);
/// The same by the day from which they hold; `hours` in their order of the day. On days of which
/// they say nothing, what held before goes on.
std::map<Day, Rules> RulesByDay(const std::vector<DatedHours>& hours);

}  // namespace lienthong::calendar
