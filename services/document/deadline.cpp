#include "document/deadline.hpp"

#include <algorithm>

namespace lienthong::document {
namespace {

constexpr int kSoonPercent = 80;

base::Time SoonAt(base::Time begins, base::Time at, int percent) {
  return at <= begins ? at : begins + (at - begins) * percent / 100;
}

bool IsValidOn(const DeadlineRule& rule, std::chrono::year_month_day day) {
  return rule.valid_from <= day && (!rule.valid_to || day <= *rule.valid_to);
}

base::Time EndOf(const DeadlineRule& rule, base::Time begins, const calendar::Calendar& calendar) {
  switch (rule.unit) {
    case DeadlineUnit::kWorkingDays:
      return calendar.AddWorkingDays(begins, rule.amount);
    case DeadlineUnit::kWorkingMinutes:
      return calendar.AddWorkingTime(begins, std::chrono::minutes(rule.amount));
    case DeadlineUnit::kClockMinutes:
      break;
  }
  return begins + std::chrono::minutes(rule.amount);
}

}  // namespace

std::optional<Deadline> DeadlineBy(const std::vector<DeadlineRule>& rules, DeadlineKind kind,
                                   bool urgent, base::Time begins,
                                   const calendar::Calendar& calendar) {
  const auto day = base::DayInVietnam(begins);
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const DeadlineRule& one) {
    return one.kind == kind && one.urgent == urgent && IsValidOn(one, day);
  });
  if (rule == rules.end()) return std::nullopt;
  const base::Time at = EndOf(*rule, begins, calendar);
  return Deadline{kind, at, SoonAt(begins, at, rule->soon_percent), DeadlineMark::kNone};
}

Deadline DeadlineAt(DeadlineKind kind, base::Time begins, base::Time at) {
  return {kind, at, SoonAt(begins, at, kSoonPercent), DeadlineMark::kNone};
}

bool Advance(Deadline& deadline, base::Time now) {
  const DeadlineMark reached = now >= deadline.at        ? DeadlineMark::kOverdue
                               : now >= deadline.soon_at ? DeadlineMark::kSoon
                                                         : DeadlineMark::kNone;
  if (reached <= deadline.mark) return false;
  deadline.mark = reached;
  return true;
}

std::optional<base::Time> NextLook(const Deadline& deadline) {
  switch (deadline.mark) {
    case DeadlineMark::kNone:
      return deadline.soon_at;
    case DeadlineMark::kSoon:
      return deadline.at;
    case DeadlineMark::kOverdue:
      break;
  }
  return std::nullopt;
}

}  // namespace lienthong::document
