#include "platform/calendar/calendar.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>

namespace lienthong::calendar {
namespace {

using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::sys_days;

constexpr minutes kDayLength = std::chrono::hours(24);
/// Longest period that can be asked for: some 40 years of days.
constexpr int kDaysMax = 15'000;
constexpr minutes kWorkingTimeMax = kDayLength * kDaysMax;

const std::vector<OfficeHours> kClosed;

/// The moment at which the local clock of `day` shows `clock`.
base::Time At(Day day, microseconds clock) {
  return base::Time(sys_days(day)) + clock - base::kVietnamOffset;
}

/// What the local clock shows, since midnight.
microseconds ClockOf(base::Time time) {
  return time - At(base::DayInVietnam(time), microseconds(0));
}

Day DayAfter(Day day) { return sys_days(day) + days(1); }

void CheckHours(const std::vector<OfficeHours>& hours) {
  minutes from{0};
  for (const OfficeHours& stretch : hours) {
    if (stretch.start < from || stretch.end <= stretch.start || stretch.end > kDayLength) {
      throw std::invalid_argument("office hours must be in order and within the day");
    }
    from = stretch.end;
  }
}

void CheckCount(int count) {
  if (count < 0 || count > kDaysMax) {
    throw std::invalid_argument("a period has 0 to " + std::to_string(kDaysMax) + " days");
  }
}

}  // namespace

Calendar::Calendar(std::map<Day, Rules> rules, std::map<Day, DayKind> days)
    : rules_(std::move(rules)), days_(std::move(days)) {
  if (rules_.empty()) throw std::invalid_argument("no office hours");
  for (const auto& [day, those] : rules_) {
    // Without a working day in an ordinary week every search for one would be endless.
    if (those.hours.empty()) throw std::invalid_argument("a working day needs office hours");
    CheckHours(those.hours);
    CheckHours(those.half_hours);
  }
}

Calendar::Calendar(Rules rules, std::map<Day, DayKind> days)
    : Calendar(std::map<Day, Rules>{{Day(sys_days()), std::move(rules)}}, std::move(days)) {}

const Rules& Calendar::RulesOn(Day day) const {
  const auto later = rules_.upper_bound(day);
  return later == rules_.begin() ? later->second : std::prev(later)->second;
}

const std::vector<OfficeHours>& Calendar::HoursOf(Day day) const {
  const auto found = days_.find(day);
  if (found == days_.end()) {
    const std::chrono::weekday weekday{sys_days(day)};
    const bool is_weekend = weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
    return is_weekend ? kClosed : RulesOn(day).hours;
  }
  switch (found->second) {
    case DayKind::kOff:
      return kClosed;
    case DayKind::kWork:
      return RulesOn(day).hours;
    case DayKind::kHalf:
      return RulesOn(day).half_hours;
  }
  throw std::logic_error("unknown kind of day");
}

bool Calendar::IsWorkingDay(Day day) const { return !HoursOf(day).empty(); }

Day Calendar::NextWorkingDay(Day day) const {
  // Ends: the table is finite, and beyond it five days of a week are worked.
  do {
    day = DayAfter(day);
  } while (!IsWorkingDay(day));
  return day;
}

base::Time Calendar::AddWorkingDays(base::Time received, int count) const {
  CheckCount(count);
  Day day = base::DayInVietnam(received);
  // A half day closes before the cut-off hour: what comes after that is not received that day.
  const bool is_late = !IsWorkingDay(day) ||
                       ClockOf(received) > std::min(RulesOn(day).cut_off, HoursOf(day).back().end);
  if (is_late) day = NextWorkingDay(day);
  for (int i = 0; i < count; ++i) day = NextWorkingDay(day);
  return At(day, HoursOf(day).back().end);
}

base::Time Calendar::AddWorkingTime(base::Time start, microseconds duration) const {
  if (duration < minutes(0) || duration > kWorkingTimeMax) {
    throw std::invalid_argument("a working time out of bounds");
  }
  microseconds left = duration;
  Day day = base::DayInVietnam(start);
  microseconds clock = ClockOf(start);
  for (;;) {
    for (const OfficeHours& stretch : HoursOf(day)) {
      const microseconds from = std::max<microseconds>(clock, stretch.start);
      if (from >= stretch.end) continue;
      if (left <= stretch.end - from) return At(day, from + left);
      left -= stretch.end - from;
    }
    day = NextWorkingDay(day);
    clock = microseconds(0);
  }
}

microseconds Calendar::WorkingTimeBetween(base::Time start, base::Time end) const {
  if (end <= start) return microseconds(0);
  if (end - start > days(kDaysMax)) throw std::invalid_argument("a period out of bounds");
  microseconds total{0};
  const Day last = base::DayInVietnam(end);
  for (Day day = base::DayInVietnam(start); day <= last; day = DayAfter(day)) {
    for (const OfficeHours& stretch : HoursOf(day)) {
      const base::Time from = std::max(start, At(day, stretch.start));
      const base::Time to = std::min(end, At(day, stretch.end));
      if (from < to) total += to - from;
    }
  }
  return total;
}

Day Calendar::AddPlainDays(Day start, int count) const {
  CheckCount(count);
  const Day day = sys_days(start) + days(count);
  return IsWorkingDay(day) ? day : NextWorkingDay(day);
}

}  // namespace lienthong::calendar
