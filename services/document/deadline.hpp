#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/calendar/limit.hpp"

namespace lienthong::document {

/// What has to be done by a deadline.
enum class DeadlineKind {
  kReception = 1,  ///< an arrived document is entered or refused (NĐ 30/2020, art. 21.2c)
  kPresentation,   ///< an entered one is presented to the leader and assigned (art. 23.1)
  kIssue,          ///< a signed one is issued (art. 18.1)
  kHandling,       ///< the receiver's own deadline for its work
  kTask,           ///< that of an assignment
  kArchive,        ///< a closed working file is handed to the archive (art. 30)
};

/// What time has brought of a deadline.
enum class DeadlineMark { kNone = 1, kSoon, kOverdue };

/// The deadline that a record waits for at present.
struct Deadline {
  DeadlineKind kind = DeadlineKind::kReception;
  base::Time at{};
  base::Time soon_at{};  ///< when it is told that it comes near
  DeadlineMark mark = DeadlineMark::kNone;
};

/// A legal or own limit, as data: what held when the time began to run holds for the case.
struct DeadlineRule {
  DeadlineKind kind = DeadlineKind::kReception;
  bool urgent = false;
  calendar::Limit limit;
  int soon_percent = 80;  ///< of the limit's time, after which it comes near
  std::chrono::year_month_day valid_from;
  std::optional<std::chrono::year_month_day> valid_to;
};

/// The deadline by the rule that is valid on the day on which the time begins; nullopt = there is
/// no such rule.
std::optional<Deadline> DeadlineBy(const std::vector<DeadlineRule>& rules, DeadlineKind kind,
                                   bool urgent, base::Time begins,
                                   const calendar::Calendar& calendar);
/// One that somebody set, as a moment or a day: its time is that of the clock.
Deadline DeadlineAt(DeadlineKind kind, base::Time begins, base::Time at);

/// What time has brought by `now`: of several marks only the highest. False = nothing new.
bool Advance(Deadline& deadline, base::Time now);
/// When it has to be looked at next; nullopt = never again.
std::optional<base::Time> NextLook(const Deadline& deadline);

}  // namespace lienthong::document
