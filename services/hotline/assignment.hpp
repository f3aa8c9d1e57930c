#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "hotline/ticket.hpp"

namespace lienthong::hotline {

inline constexpr int kExtensionsMax = 20;
inline constexpr int kPausesMax = 5;
inline constexpr std::chrono::days kExtendedByMax{366};

enum class AssignmentState {
  kAssigned = 1,
  kAccepted,
  kReturned,
  kInProgress,
  kWaiting,
  kExtended,
  kAnswered,
  kWithdrawn,
};

enum class AssignmentRole { kHandle = 1, kDecide };

/// The clock stood still.
struct Wait {
  base::Time since{};
  base::Time until{};
};

/// A unit's part of a ticket, with its own clock.
struct Assignment {
  AssignmentId id;
  TicketId ticket_id;
  std::string unit_id;
  std::string keeper_unit_id;     ///< of the ticket
  std::string concerned_unit_id;  ///< of the ticket
  AssignmentRole role = AssignmentRole::kHandle;
  AssignmentState state = AssignmentState::kAssigned;
  bool restricted = false;  ///< of the ticket
  std::string category_id;
  base::Time assigned_at{};
  std::string assigned_by_official_id;
  std::string instruction;
  std::string official_id;  ///< empty = nobody yet
  std::optional<base::Time> accepted_at;
  std::optional<base::Time> ended_at;
  std::optional<base::Time> due_at;
  std::optional<bool> answered_in_time;
  Deadlines deadlines;
  Deadlines past_deadlines;           ///< of other categories, with what was told of them
  std::optional<Deadline> extension;  ///< the last that was granted
  std::string reason;
  std::optional<base::Time> waiting_since;
  std::vector<Wait> waits;  ///< that are over
  std::string reply;        ///< of the citizen, when it was waiting, last
  int pause_count = 0;
  int extension_count = 0;
  std::string answer;
  std::vector<Attachment> answer_attachments;
  std::vector<std::string> escalated_unit_ids;

  bool IsOpen() const {
    return state != AssignmentState::kReturned && state != AssignmentState::kAnswered &&
           state != AssignmentState::kWithdrawn;
  }
};

/// Was it given out since the ticket was routed last?
bool IsOfThisRound(const Assignment& assignment, const Ticket& ticket);

/// Its clock begins: `assigned_at`, by the limit of the category.
void Begin(Assignment& assignment, const Category& category, const Step& step);
/// Its ticket has another category, whose limit counts as if it had been given out with that; an
/// extension that ends later stays. Without a limit nothing is due; where nothing waits for the
/// citizen a wait is over. The clock of one that has ended stays as it is.
void Reclassify(Assignment& assignment, const Category& category, const Step& step);

/// Each throws ASSIGNMENT_STATE (FAILED_PRECONDITION) where the moves do not allow it.
void Accept(Assignment& assignment, const std::string& official_id, const Step& step);
void Return(Assignment& assignment, const std::string& reason, const Step& step);
void Start(Assignment& assignment, const std::string& official_id, const Step& step);
/// The clock stands still, at most for the category's limit. DEADLINE_PASSED (FAILED_PRECONDITION)
/// once it is late; FIELD_INVALID beyond kPausesMax.
void Pause(Assignment& assignment, const std::string& reason, const Category& category,
           const Step& step);
void Resume(Assignment& assignment, const Step& step);
/// FIELD_INVALID for a deadline that is not later, too late, or beyond kExtensionsMax;
/// DEADLINE_PASSED (FAILED_PRECONDITION) once it is late.
void Extend(Assignment& assignment, base::Time due_at, const std::string& reason, const Step& step);
void Answer(Assignment& assignment, const std::string& answer, std::vector<Attachment> attachments,
            const Step& step);
void HandOver(Assignment& assignment, const std::string& official_id, const Step& step);
void Withdraw(Assignment& assignment, const std::string& reason, const Step& step);
/// By the rules themselves: the unit may not have it any more.
void TakeBack(Assignment& assignment, base::Time now);

/// The deadline that is looked at next: while it waits only the end of the wait.
std::optional<base::Time> NextLook(const Assignment& assignment);

}  // namespace lienthong::hotline
