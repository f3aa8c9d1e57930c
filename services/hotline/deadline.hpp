#pragma once

#include <optional>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/calendar/limit.hpp"

namespace lienthong::hotline {

/// What has to be done by a deadline; at most one of each for a record.
enum class DeadlineKind {
  kForwarding = 1,  ///< units have the ticket, or it is answered
  kFirstResponse,   ///< a unit has accepted it, or it is answered
  kResolution,      ///< the unit answers
  kWaiting,         ///< the wait for the citizen ends
  kTransfer,        ///< 113, 114 or 115 has taken the call
  kClosing,         ///< rating and reopening end
  kAnswer,          ///< who keeps it tells the outcome
};

/// What time has brought of a deadline.
enum class DeadlineMark { kNone = 1, kNear, kPassed, kEscalated };

/// A deadline (thời hạn) and the moments at which something is told of it: when it comes near, when
/// it passes, and each step of escalation after that.
struct Deadline {
  DeadlineKind kind = DeadlineKind::kForwarding;
  base::Time at{};
  calendar::LimitUnit unit = calendar::LimitUnit::kClockMinutes;  ///< of its limit
  std::optional<base::Time> near_at;
  std::vector<base::Time> escalations;
  int told = 0;  ///< moments that have come
};

/// Of the time, after which a deadline comes near; of office time where its limit is in working
/// days or minutes.
inline constexpr int kNearPercent = 80;

/// A deadline by a limit that begins to run; `after` it, when it has passed, the steps of
/// escalation, counted from the deadline.
Deadline DeadlineBy(DeadlineKind kind, const calendar::Limit& limit, base::Time begins,
                    const std::vector<calendar::Limit>& after, const calendar::Calendar& calendar);
/// One that somebody set; its limit's unit is kept.
Deadline DeadlineAt(const Deadline& before, base::Time now, base::Time at,
                    const std::vector<calendar::Limit>& after, const calendar::Calendar& calendar);
/// One at a moment, of which nothing is told before.
Deadline Moment(DeadlineKind kind, base::Time at);

DeadlineMark MarkOf(const Deadline& deadline);
/// 1 = the first step; 0 = none.
int LevelOf(const Deadline& deadline);
/// When the next thing is told of it; nullopt = nothing any more.
std::optional<base::Time> NextLook(const Deadline& deadline);
/// What is told by `now`: of several moments that have come only the last. False = nothing new.
bool Advance(Deadline& deadline, base::Time now);
/// The clock stood still: everything that has not come yet comes later.
void Shift(Deadline& deadline, base::Time paused, base::Time resumed,
           const calendar::Calendar& calendar);

/// Deadlines of a record.
using Deadlines = std::vector<Deadline>;
/// Of all of them.
std::optional<base::Time> NextLook(const Deadlines& deadlines);
Deadline* Find(Deadlines& deadlines, DeadlineKind kind);
const Deadline* Find(const Deadlines& deadlines, DeadlineKind kind);
/// In place of one of the same kind; the same deadline stays, with what was told of it.
void Set(Deadlines& deadlines, Deadline deadline);
void Remove(Deadlines& deadlines, DeadlineKind kind);
/// It does not run any more, unmet. `past` keeps what was told of it: the same deadline may come
/// back.
void Suspend(Deadlines& deadlines, Deadlines& past, DeadlineKind kind);
/// Like Set; what `past` says was told of the same deadline before is not told again.
void Renew(Deadlines& deadlines, Deadlines& past, Deadline deadline);
/// What was to be done has been done: removes it; was it in time? nullopt = there was no deadline.
std::optional<bool> Meet(Deadlines& deadlines, DeadlineKind kind, base::Time now);

}  // namespace lienthong::hotline
