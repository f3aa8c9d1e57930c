#include "document/deadline.hpp"

#include <algorithm>

namespace lienthong::document {
namespace {

constexpr int kSoonPercent = 80;

bool IsValidOn(const DeadlineRule& rule, std::chrono::year_month_day day) {
  return rule.valid_from <= day && (!rule.valid_to || day <= *rule.valid_to);
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
  const base::Time at = calendar::EndOf(rule->limit, begins, calendar);
  const base::Time soon_at =
      calendar::PartOf(begins, at, rule->limit.unit, rule->soon_percent, calendar);
  return Deadline{kind, at, soon_at, DeadlineMark::kNone};
}

Deadline DeadlineAt(DeadlineKind kind, base::Time begins, base::Time at) {
  return {kind, at, calendar::PartOf(begins, at, kSoonPercent), DeadlineMark::kNone};
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
