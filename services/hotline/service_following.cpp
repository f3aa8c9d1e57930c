#include "hotline/service_following.hpp"

#include <algorithm>

#include "hotline/message.hpp"
#include "hotline/store_messages.hpp"

namespace lienthong::hotline {
namespace {

/// The new date, if it is a later one and to come. One that is not true any more is not sent.
void TellDate(pg::Tx& tx, const TicketId& id, const std::optional<base::Time>& before,
              const std::optional<base::Time>& after, base::Time now) {
  const auto day_of = [](const std::optional<base::Time>& time) {
    return time ? std::optional(base::DayInVietnam(*time)) : std::nullopt;
  };
  if (day_of(before) == day_of(after)) return;
  DropDates(tx, id);
  if (before && after && *before < *after && now <= *after) QueueDate(tx, id, now, *day_of(after));
}

}  // namespace

void RequireLocked(const journal::Heads& heads, const journal::Key& key) {
  if (heads.contains(key)) return;
  throw base::Aborted("CONCURRENT_CHANGE", "it was changed meanwhile; repeat");
}

std::vector<journal::Key> FollowersOf(pg::Tx& tx, const TicketId& id) {
  std::vector<journal::Key> keys;
  for (const auto& stored : SelectAssignmentsOf(tx, id)) {
    keys.push_back({kAssignmentType, stored.value.id.text});
  }
  for (const TicketId& joined : SelectJoined(tx, id)) keys.push_back({kTicketType, joined.text});
  return keys;
}

void FollowTicket(pg::Tx& tx, const Ticket& before, const Ticket& ticket,
                  const journal::Heads& heads, const access::Sharing& sharing, Changes& changes,
                  const Step& step, const Moved& moved) {
  const bool is_as_before = before.restricted == ticket.restricted &&
                            before.concerned_unit_id == ticket.concerned_unit_id &&
                            before.category_id == ticket.category_id &&
                            before.keeper_unit_id == ticket.keeper_unit_id;
  if (is_as_before) return;
  bool asked = false, asks = false;
  std::optional<base::Time> due_before, due_after;
  for (auto& [assignment, version] : SelectAssignmentsOf(tx, ticket.id)) {
    RequireLocked(heads, {kAssignmentType, assignment.id.text});
    if (assignment.IsOpen()) due_before = std::max(due_before, assignment.due_at);
    assignment.restricted = ticket.restricted;
    assignment.concerned_unit_id = ticket.concerned_unit_id;
    assignment.keeper_unit_id = ticket.keeper_unit_id;
    const auto to = moved.find(assignment.id);
    if (to != moved.end()) assignment.unit_id = to->second, assignment.official_id.clear();
    const std::string carrier = sharing.CarrierOf(assignment.unit_id);
    asked |= assignment.waiting_since.has_value();
    if (assignment.IsOpen() && Conflicts(carrier, ticket.concerned_unit_id, sharing)) {
      TakeBack(assignment, step.now);
    }
    if (before.category_id != ticket.category_id) {
      Reclassify(assignment, step.rules.TheCategory(ticket.category_id, "category_id"), step);
    }
    if (assignment.IsOpen()) due_after = std::max(due_after, assignment.due_at);
    asks |= assignment.waiting_since.has_value();
    UpsertAssignment(tx, assignment);
    const char* const event = to == moved.end() ? "TicketFollowed" : "WorkMoved";
    changes.push_back({event, ToRecord(assignment, sharing)});
  }
  if (asked && !asks) DropQuestions(tx, ticket.id);
  TellDate(tx, ticket.id, due_before, due_after, step.now);
  for (auto& [joined, version] : SelectTickets(tx, SelectJoined(tx, ticket.id))) {
    RequireLocked(heads, {kTicketType, joined.id.text});
    joined.restricted = ticket.restricted;
    joined.category_id = ticket.category_id;
    joined.kind = ticket.kind;
    joined.concerned_unit_id = ticket.concerned_unit_id;
    joined.keeper_unit_id = ticket.keeper_unit_id;
    UpsertTicket(tx, joined);
    changes.push_back({"TicketFollowed", ToRecord(joined, sharing)});
  }
}

void MoveReports(pg::Tx& tx, const std::vector<ReportId>& ids, const TicketId& id,
                 const journal::Heads& heads, const access::Sharing& sharing, Changes& changes) {
  for (const ReportId& report : ids) RequireLocked(heads, {kReportType, report.text});
  UpdateReportTicket(tx, ids, id);
  for (const auto& [report, version] : SelectReports(tx, ids)) {
    changes.push_back({"ReportMoved", ToRecord(report, sharing)});
  }
}

bool AddTo(std::vector<std::string>& units, const std::string& unit_id) {
  if (std::ranges::count(units, unit_id) > 0) return false;
  units.push_back(unit_id);
  return true;
}

void MoveWork(Ticket& ticket, Assignment& assignment, const std::string& unit_id) {
  Leave(ticket, assignment.unit_id);
  AddUnit(ticket, unit_id);
  assignment.unit_id = unit_id;
  assignment.official_id.clear();
}

Handling HandlingOf(pg::Tx& tx, const Ticket& ticket, const access::Sharing& sharing) {
  Handling handling;
  for (const auto& [one, version] : SelectAssignmentsOf(tx, ticket.id)) {
    if (Conflicts(sharing.CarrierOf(one.unit_id), ticket.concerned_unit_id, sharing)) continue;
    handling.is_open |= one.IsOpen();
    handling.is_answered |= one.state == AssignmentState::kAnswered && IsOfThisRound(one, ticket);
  }
  return handling;
}

const char* LeaveTicket(pg::Tx& tx, Ticket& ticket, const Assignment& assignment,
                        const Step& step) {
  bool has_unit = false, has_any = false, has_open = false;
  for (const auto& [other, version] : SelectAssignmentsOf(tx, ticket.id)) {
    if (other.id == assignment.id) continue;
    const bool has_answered = other.state == AssignmentState::kAnswered;
    has_any |= other.IsOpen() || (has_answered && IsOfThisRound(other, ticket));
    has_open |= other.IsOpen();
    has_unit |= (other.IsOpen() || has_answered) && other.unit_id == assignment.unit_id;
  }
  if (!has_unit) Leave(ticket, assignment.unit_id);
  if (!has_any) Unroute(ticket, step);
  if (has_any && !has_open) AwaitKeeper(ticket, step);
  return ticket.WaitsForKeeper() ? kUnitsAnswered : "TicketLeft";
}

Telling::Telling(pg::Tx& tx, const Assignment& assignment)
    : tx_(tx), was_waiting_(assignment.waiting_since.has_value()) {
  for (const auto& [other, version] : SelectAssignmentsOf(tx, assignment.ticket_id)) {
    if (other.id != assignment.id && other.IsOpen()) others_.push_back(other);
  }
  due_at_ = DueWith(assignment);
}

void Telling::DropObsolete(const Assignment& assignment) {
  const bool asks = assignment.waiting_since || std::ranges::any_of(others_, [](const auto& other) {
                      return other.waiting_since.has_value();
                    });
  if (was_waiting_ && !asks) DropQuestions(tx_, assignment.ticket_id);
}

void Telling::WaitOver(const Assignment& assignment, base::Time now) {
  DropObsolete(assignment);
  const auto due_at = DueWith(assignment);
  if (!due_at) return;
  QueueMessages(tx_, assignment.ticket_id, MessageKind::kUnanswered, now,
                base::DayInVietnam(*due_at));
}

void Telling::Changed(const Assignment& assignment, base::Time now) {
  DropObsolete(assignment);
  TellDate(tx_, assignment.ticket_id, due_at_, DueWith(assignment), now);
}

/// When the last of them is due.
std::optional<base::Time> Telling::DueWith(const Assignment& assignment) const {
  std::optional<base::Time> due_at;
  if (assignment.IsOpen()) due_at = assignment.due_at;
  for (const Assignment& other : others_) due_at = std::max(due_at, other.due_at);
  return due_at;
}

}  // namespace lienthong::hotline
