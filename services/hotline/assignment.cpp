#include "hotline/assignment.hpp"

#include <utility>

#include "platform/base/error.hpp"

namespace lienthong::hotline {
namespace {

void Move(Assignment& assignment, const char* name, const Step& step) {
  const auto next =
      step.rules.assignment_moves.Next(name, static_cast<int>(assignment.state), step.actor);
  if (!next) {
    throw base::Transition("ASSIGNMENT_STATE", "the assignment's state does not allow this step")
        .With("state", std::to_string(static_cast<int>(assignment.state)));
  }
  assignment.state = static_cast<AssignmentState>(*next);
}

void End(Assignment& assignment, base::Time now) {
  assignment.ended_at = now;
  assignment.waiting_since.reset();
  assignment.deadlines.clear();
}

/// What is late stays late.
void RequireInTime(const Assignment& assignment, base::Time now) {
  if (!assignment.due_at || now <= *assignment.due_at) return;
  throw base::Transition("DEADLINE_PASSED", "the deadline has passed");
}

void StopWaiting(Assignment& assignment, const Step& step) {
  const Wait wait{*assignment.waiting_since, step.now};
  const auto shift = [&](Deadline& one) { Shift(one, wait.since, wait.until, step.calendar); };
  if (Deadline* const due = Find(assignment.deadlines, DeadlineKind::kResolution)) {
    shift(*due);
    assignment.due_at = due->at;
  }
  // The same clock counts for what may come back.
  for (Deadline& past : assignment.past_deadlines) shift(past);
  if (assignment.extension) shift(*assignment.extension);
  assignment.waits.push_back(wait);
  Remove(assignment.deadlines, DeadlineKind::kWaiting);
  assignment.waiting_since.reset();
}

Deadline ResolutionOf(const Assignment& assignment, const calendar::Limit& limit,
                      const Step& step) {
  return DeadlineBy(DeadlineKind::kResolution, limit, assignment.assigned_at,
                    step.rules.Escalations(), step.calendar);
}

}  // namespace

bool IsOfThisRound(const Assignment& assignment, const Ticket& ticket) {
  return ticket.routed_at && assignment.assigned_at >= *ticket.routed_at;
}

void Begin(Assignment& assignment, const Category& category, const Step& step) {
  if (!category.resolution) return;
  Set(assignment.deadlines, ResolutionOf(assignment, *category.resolution, step));
  assignment.due_at = assignment.deadlines.front().at;
}

void Reclassify(Assignment& assignment, const Category& category, const Step& step) {
  assignment.category_id = category.id;
  if (!assignment.IsOpen()) return;
  if (assignment.waiting_since && !category.waiting) Resume(assignment, step);
  if (!category.resolution) {
    Suspend(assignment.deadlines, assignment.past_deadlines, DeadlineKind::kResolution);
    assignment.due_at.reset();
    return;
  }
  Deadline due = ResolutionOf(assignment, *category.resolution, step);
  for (const Wait& wait : assignment.waits) Shift(due, wait.since, wait.until, step.calendar);
  if (assignment.extension && assignment.extension->at > due.at) due = *assignment.extension;
  assignment.due_at = due.at;
  Renew(assignment.deadlines, assignment.past_deadlines, std::move(due));
}

void Accept(Assignment& assignment, const std::string& official_id, const Step& step) {
  Move(assignment, "accept", step);
  assignment.official_id = official_id;
  assignment.accepted_at = step.now;
}

void Return(Assignment& assignment, const std::string& reason, const Step& step) {
  Move(assignment, "return", step);
  assignment.reason = reason;
  End(assignment, step.now);
}

void Start(Assignment& assignment, const std::string& official_id, const Step& step) {
  Move(assignment, "start", step);
  if (assignment.official_id.empty()) assignment.official_id = official_id;
  if (!assignment.accepted_at) assignment.accepted_at = step.now;
}

void Pause(Assignment& assignment, const std::string& reason, const Category& category,
           const Step& step) {
  Move(assignment, "pause", step);
  RequireInTime(assignment, step.now);
  if (!category.waiting) {
    throw base::Transition("ASSIGNMENT_STATE", "nothing of its category waits for the citizen");
  }
  if (assignment.pause_count >= kPausesMax) {
    throw base::InvalidField("assignment_id", "it has waited as often as it can");
  }
  ++assignment.pause_count;
  assignment.reason = reason;
  assignment.reply.clear();
  assignment.waiting_since = step.now;
  Set(assignment.deadlines,
      Moment(DeadlineKind::kWaiting, EndOf(*category.waiting, step.now, step.calendar)));
}

void Resume(Assignment& assignment, const Step& step) {
  Move(assignment, "resume", step);
  StopWaiting(assignment, step);
}

void Extend(Assignment& assignment, base::Time due_at, const std::string& reason,
            const Step& step) {
  Move(assignment, "extend", step);
  RequireInTime(assignment, step.now);
  Deadline* const due = Find(assignment.deadlines, DeadlineKind::kResolution);
  if (due == nullptr || due_at <= due->at || due_at <= step.now ||
      due_at > step.now + kExtendedByMax) {
    throw base::InvalidField("due_at", "must be later than the present one, and to come");
  }
  if (assignment.extension_count >= kExtensionsMax) {
    throw base::InvalidField("due_at", "it was extended as often as it can be");
  }
  *due = DeadlineAt(*due, step.now, due_at, step.rules.Escalations(), step.calendar);
  assignment.extension = *due;
  assignment.due_at = due_at;
  assignment.reason = reason;
  ++assignment.extension_count;
}

void Answer(Assignment& assignment, const std::string& answer, std::vector<Attachment> attachments,
            const Step& step) {
  Move(assignment, "answer", step);
  if (assignment.waiting_since) StopWaiting(assignment, step);
  if (!assignment.accepted_at) assignment.accepted_at = step.now;
  assignment.answer = answer;
  assignment.answer_attachments = std::move(attachments);
  assignment.answered_in_time = Meet(assignment.deadlines, DeadlineKind::kResolution, step.now);
  End(assignment, step.now);
}

void HandOver(Assignment& assignment, const std::string& official_id, const Step& step) {
  Move(assignment, "hand_over", step);
  assignment.official_id = official_id;
}

void Withdraw(Assignment& assignment, const std::string& reason, const Step& step) {
  Move(assignment, "withdraw", step);
  assignment.reason = reason;
  End(assignment, step.now);
}

void TakeBack(Assignment& assignment, base::Time now) {
  assignment.state = AssignmentState::kWithdrawn;
  End(assignment, now);
}

std::optional<base::Time> NextLook(const Assignment& assignment) {
  if (!assignment.waiting_since) return NextLook(assignment.deadlines);
  const Deadline* const end = Find(assignment.deadlines, DeadlineKind::kWaiting);
  return end == nullptr ? std::nullopt : NextLook(*end);
}

}  // namespace lienthong::hotline
