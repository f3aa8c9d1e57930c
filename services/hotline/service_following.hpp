#pragma once

#include <map>
#include <string>
#include <vector>

#include "hotline/service_parts.hpp"

/// What hangs on a ticket and follows it: for the use cases and the clock.
namespace lienthong::hotline {

/// No unit has an open part of the ticket any more: it waits for who keeps it.
inline constexpr const char* kUnitsAnswered = "UnitsAnswered";

/// Assignment -> the unit that it goes to.
using Moved = std::map<AssignmentId, std::string>;

/// Throws CONCURRENT_CHANGE (ABORTED) when it is not among what was locked.
void RequireLocked(const journal::Heads& heads, const journal::Key& key);

/// Keys of what FollowTicket may change.
std::vector<journal::Key> FollowersOf(pg::Tx& tx, const TicketId& id);

/// Assignments and joined tickets have what the ticket has: who keeps it, whom it is about, whether
/// it is restricted. `before` is the ticket as it was. Open assignments go to the units of `moved`;
/// one that the complaint is about loses it. In another category they have its time, and citizens
/// hear of a later date. Throws CONCURRENT_CHANGE (ABORTED) for one that is not among `heads`.
void FollowTicket(pg::Tx& tx, const Ticket& before, const Ticket& ticket,
                  const journal::Heads& heads, const access::Sharing& sharing, Changes& changes,
                  const Step& step, const Moved& moved = {});

/// Reports are handled in this ticket from now on. Throws CONCURRENT_CHANGE (ABORTED).
void MoveReports(pg::Tx& tx, const std::vector<ReportId>& ids, const TicketId& id,
                 const journal::Heads& heads, const access::Sharing& sharing, Changes& changes);

/// False = it is there already.
bool AddTo(std::vector<std::string>& units, const std::string& unit_id);

/// An assignment goes to another unit, with its clock and its handler open again.
void MoveWork(Ticket& ticket, Assignment& assignment, const std::string& unit_id);

/// What there is of it at units that may have it: open, or answered since it was routed last.
struct Handling {
  bool is_open = false;
  bool is_answered = false;
};
Handling HandlingOf(pg::Tx& tx, const Ticket& ticket, const access::Sharing& sharing);

/// A unit has given an assignment back, or it was taken from it: the ticket is without it unless it
/// has another, without any unit it is to be routed again, and without an open one it waits for who
/// keeps it. The event of the ticket.
const char* LeaveTicket(pg::Tx& tx, Ticket& ticket, const Assignment& assignment, const Step& step);

/// What citizens are told of the work of a ticket, which one of its assignments changes.
class Telling {
 public:
  /// `assignment` is as it was.
  Telling(pg::Tx& tx, const Assignment& assignment);
  /// As it is now, stored or not: the new date, if all units together need longer; a question that
  /// nobody asks any more is not sent.
  void Changed(const Assignment& assignment, base::Time now);
  /// A wait is over by itself: that no reply has come, with the date as it is now.
  void WaitOver(const Assignment& assignment, base::Time now);

 private:
  std::optional<base::Time> DueWith(const Assignment& assignment) const;
  void DropObsolete(const Assignment& assignment);

  pg::Tx& tx_;
  std::vector<Assignment> others_;  ///< open
  std::optional<base::Time> due_at_;
  bool was_waiting_;
};

}  // namespace lienthong::hotline
