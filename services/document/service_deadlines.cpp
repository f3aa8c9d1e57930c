#include "document/service_deadlines.hpp"

namespace lienthong::document {
std::optional<base::Time> AskedFor(const Content& content) {
  if (!content.due_date) return std::nullopt;
  return base::StartOfDay(std::chrono::sys_days(*content.due_date) + std::chrono::days(1)) -
         std::chrono::seconds(1);
}

Limits::Limits(LimitData data, const access::Snapshot& snapshot)
    : rules_(std::move(data.rules)), calendar_(calendar::RulesByDay(data.hours), snapshot.Days()) {}

Limits::Limits(pg::Tx& tx, const access::Snapshot& snapshot, Day day)
    : Limits(SelectLimits(tx, day), snapshot) {}

std::optional<Deadline> Limits::By(DeadlineKind kind, Urgency urgency, base::Time begins) const {
  return DeadlineBy(rules_, kind, urgency != Urgency::kNormal, begins, calendar_);
}

}  // namespace lienthong::document
