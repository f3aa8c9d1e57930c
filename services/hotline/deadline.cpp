#include "hotline/deadline.hpp"

#include <algorithm>
#include <utility>

namespace lienthong::hotline {
namespace {

/// All moments at which something is told, in order.
std::vector<base::Time> MomentsOf(const Deadline& deadline) {
  std::vector<base::Time> moments;
  if (deadline.near_at) moments.push_back(*deadline.near_at);
  moments.push_back(deadline.at);
  moments.insert(moments.end(), deadline.escalations.begin(), deadline.escalations.end());
  return moments;
}

std::vector<base::Time> StepsFrom(base::Time at, const std::vector<calendar::Limit>& after,
                                  const calendar::Calendar& calendar) {
  std::vector<base::Time> steps;
  for (const calendar::Limit& limit : after) steps.push_back(EndOf(limit, at, calendar));
  std::sort(steps.begin(), steps.end());
  return steps;
}

template <class List>
auto PlaceOf(List& deadlines, DeadlineKind kind) {
  return std::find_if(deadlines.begin(), deadlines.end(),
                      [&](const Deadline& one) { return one.kind == kind; });
}

}  // namespace

Deadline DeadlineBy(DeadlineKind kind, const calendar::Limit& limit, base::Time begins,
                    const std::vector<calendar::Limit>& after, const calendar::Calendar& calendar) {
  const base::Time at = EndOf(limit, begins, calendar);
  return {kind,
          at,
          limit.unit,
          calendar::PartOf(begins, at, limit.unit, kNearPercent, calendar),
          StepsFrom(at, after, calendar),
          0};
}

Deadline DeadlineAt(const Deadline& before, base::Time now, base::Time at,
                    const std::vector<calendar::Limit>& after, const calendar::Calendar& calendar) {
  return {before.kind,
          at,
          before.unit,
          calendar::PartOf(now, at, before.unit, kNearPercent, calendar),
          StepsFrom(at, after, calendar),
          0};
}

Deadline Moment(DeadlineKind kind, base::Time at) {
  return {kind, at, calendar::LimitUnit::kClockMinutes, std::nullopt, {}, 0};
}

DeadlineMark MarkOf(const Deadline& deadline) {
  const int before = deadline.near_at ? 1 : 0;
  if (deadline.told > before + 1) return DeadlineMark::kEscalated;
  if (deadline.told > before) return DeadlineMark::kPassed;
  return deadline.told > 0 ? DeadlineMark::kNear : DeadlineMark::kNone;
}

int LevelOf(const Deadline& deadline) {
  return std::max(0, deadline.told - (deadline.near_at ? 2 : 1));
}

std::optional<base::Time> NextLook(const Deadline& deadline) {
  const std::vector<base::Time> moments = MomentsOf(deadline);
  if (deadline.told >= static_cast<int>(moments.size())) return std::nullopt;
  return moments[deadline.told];
}

bool Advance(Deadline& deadline, base::Time now) {
  const std::vector<base::Time> moments = MomentsOf(deadline);
  const auto come = std::count_if(moments.begin(), moments.end(),
                                  [&](base::Time moment) { return moment <= now; });
  if (come <= deadline.told) return false;
  deadline.told = static_cast<int>(come);
  return true;
}

void Shift(Deadline& deadline, base::Time paused, base::Time resumed,
           const calendar::Calendar& calendar) {
  const auto later = [&](base::Time at) {
    return calendar::Resumed(at, deadline.unit, paused, resumed, calendar);
  };
  deadline.at = later(deadline.at);
  if (deadline.near_at) deadline.near_at = later(*deadline.near_at);
  for (base::Time& step : deadline.escalations) step = later(step);
}

std::optional<base::Time> NextLook(const Deadlines& deadlines) {
  std::optional<base::Time> next;
  for (const Deadline& deadline : deadlines) {
    const auto look = NextLook(deadline);
    if (look && (!next || *look < *next)) next = look;
  }
  return next;
}

Deadline* Find(Deadlines& deadlines, DeadlineKind kind) {
  const auto found = PlaceOf(deadlines, kind);
  return found == deadlines.end() ? nullptr : &*found;
}

const Deadline* Find(const Deadlines& deadlines, DeadlineKind kind) {
  const auto found = PlaceOf(deadlines, kind);
  return found == deadlines.end() ? nullptr : &*found;
}

void Set(Deadlines& deadlines, Deadline deadline) {
  const Deadline* const before = Find(deadlines, deadline.kind);
  if (before != nullptr && before->at == deadline.at) return;
  Remove(deadlines, deadline.kind);
  deadlines.push_back(std::move(deadline));
  std::sort(deadlines.begin(), deadlines.end(),
            [](const Deadline& a, const Deadline& b) { return a.kind < b.kind; });
}

void Remove(Deadlines& deadlines, DeadlineKind kind) {
  const auto found = PlaceOf(deadlines, kind);
  if (found != deadlines.end()) deadlines.erase(found);
}

void Suspend(Deadlines& deadlines, Deadlines& past, DeadlineKind kind) {
  const Deadline* const deadline = Find(deadlines, kind);
  if (deadline == nullptr) return;
  if (deadline->told > 0) past.push_back(*deadline);
  Remove(deadlines, kind);
}

void Renew(Deadlines& deadlines, Deadlines& past, Deadline deadline) {
  const auto is_same = [&](const Deadline& one) {
    return one.kind == deadline.kind && one.at == deadline.at;
  };
  if (std::any_of(deadlines.begin(), deadlines.end(), is_same)) return;
  Suspend(deadlines, past, deadline.kind);
  const auto before = std::find_if(past.begin(), past.end(), is_same);
  if (before != past.end()) {
    deadline.told = before->told;
    past.erase(before);
  }
  Set(deadlines, std::move(deadline));
}

std::optional<bool> Meet(Deadlines& deadlines, DeadlineKind kind, base::Time now) {
  const Deadline* const deadline = Find(deadlines, kind);
  if (deadline == nullptr) return std::nullopt;
  const bool in_time = now <= deadline->at;
  Remove(deadlines, kind);
  return in_time;
}

}  // namespace lienthong::hotline
