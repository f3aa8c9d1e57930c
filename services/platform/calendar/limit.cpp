#include "platform/calendar/limit.hpp"

#include <chrono>
#include <set>
#include <stdexcept>

namespace lienthong::calendar {

base::Time EndOf(const Limit& limit, base::Time begins, const Calendar& calendar) {
  switch (limit.unit) {
    case LimitUnit::kWorkingDays:
      return calendar.AddWorkingDays(begins, limit.amount);
    case LimitUnit::kWorkingMinutes:
      return calendar.AddWorkingTime(begins, std::chrono::minutes(limit.amount));
    case LimitUnit::kClockMinutes:
      break;
  }
  return begins + std::chrono::minutes(limit.amount);
}

base::Time Resumed(base::Time at, LimitUnit unit, base::Time paused, base::Time resumed,
                   const Calendar& calendar) {
  if (at <= paused || resumed <= paused) return at;
  if (unit == LimitUnit::kClockMinutes) return at + (resumed - paused);
  return calendar.AddWorkingTime(resumed, calendar.WorkingTimeBetween(paused, at));
}

base::Time PartOf(base::Time begins, base::Time at, int percent) {
  return at <= begins ? at : begins + (at - begins) * percent / 100;
}

base::Time PartOf(base::Time begins, base::Time at, LimitUnit unit, int percent,
                  const Calendar& calendar) {
  if (unit == LimitUnit::kClockMinutes) return PartOf(begins, at, percent);
  const auto office_time = calendar.WorkingTimeBetween(begins, at);
  if (office_time.count() == 0) return at;
  return calendar.AddWorkingTime(begins, office_time * percent / 100);
}

Rules RulesOf(const std::vector<OfficeHours>& hours) {
  if (hours.empty()) throw std::invalid_argument("no office hours");
  Rules rules;
  rules.hours = hours;
  rules.half_hours = {hours.front()};
  rules.cut_off = hours.back().end;
  return rules;
}

std::map<Day, Rules> RulesByDay(const std::vector<DatedHours>& hours) {
  std::set<Day> changes;
  for (const DatedHours& one : hours) {
    changes.insert(one.valid_from);
    if (one.valid_to) changes.insert(std::chrono::sys_days(*one.valid_to) + std::chrono::days(1));
  }
  std::map<Day, Rules> rules;
  for (const Day day : changes) {
    std::vector<OfficeHours> of_day;
    for (const DatedHours& one : hours) {
      const bool is_valid = one.valid_from <= day && (!one.valid_to || day <= *one.valid_to);
      if (is_valid) of_day.push_back(one.hours);
    }
    if (!of_day.empty()) rules[day] = RulesOf(of_day);
  }
  return rules;
}

}  // namespace lienthong::calendar
