#include "hotline/schedule.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "hotline/message.hpp"
#include "hotline/records_knowledge.hpp"
#include "hotline/service_following.hpp"
#include "hotline/store_api_keys.hpp"
#include "hotline/store_knowledge.hpp"
#include "hotline/store_messages.hpp"
#include "hotline/ticket_lateness.hpp"
#include "platform/rpc/metrics.hpp"

namespace lienthong::hotline {
namespace {

using journal::ListOf;

// Occasions: "deadline/<kind>/<at>/<told>/<version>" and "moved/<unit>/<version>". The record says
// what was told; the version lets a record that was put back be looked at again.
constexpr const char* kDeadline = "deadline/";
constexpr const char* kMoved = "moved/";

bool StartsWith(const std::string& text, const char* begin) { return text.rfind(begin, 0) == 0; }

const char* EventOf(const Deadline& deadline) {
  switch (MarkOf(deadline)) {
    case DeadlineMark::kNear:
      return "DeadlineNear";
    case DeadlineMark::kPassed:
      return "DeadlinePassed";
    case DeadlineMark::kEscalated:
      return "DeadlineEscalated";
    case DeadlineMark::kNone:
      break;
  }
  throw std::logic_error("nothing is told of this deadline");
}

/// The deadline of a due record that comes first, told of what has come; nullopt = none has.
std::optional<Deadline> NextOf(const DueRecord& record, base::Time now) {
  std::optional<Deadline> first;
  for (const Deadline& deadline : record.deadlines) {
    if (record.waits && deadline.kind != DeadlineKind::kWaiting) continue;
    const auto look = NextLook(deadline);
    if (!look || *look > now) continue;
    if (!first || *look < *NextLook(*first)) first = deadline;
  }
  if (first) Advance(*first, now);
  return first;
}

std::string OccasionOf(const Deadline& deadline) {
  return kDeadline + std::to_string(static_cast<int>(deadline.kind)) + "/" +
         std::to_string(deadline.at.time_since_epoch().count()) + "/" +
         std::to_string(deadline.told);
}

/// Who keeps what `keeper` kept: itself, the unit that continues it, or else the centre; of a
/// complaint one who may have it. nullopt = nobody.
std::optional<std::string> KeptBy(const std::string& keeper, const std::string& category_id,
                                  const std::string& concerned_unit_id, const Rules& rules,
                                  const access::Sharing& sharing) {
  const auto* const heir = sharing.HeirOf(keeper);
  const bool may =
      heir != nullptr && !Conflicts(sharing.CarrierOf(heir->id()), concerned_unit_id, sharing);
  if (may) return heir->id();
  if (!rules.centre) return std::nullopt;
  const auto category = rules.categories.find(category_id);
  return FindKeeper(rules, category == rules.categories.end() ? nullptr : &category->second,
                    concerned_unit_id, sharing);
}

/// The unit itself, or the one that continues it.
std::string ContinuedBy(const std::string& unit, const access::Sharing& sharing) {
  const auto* const heir = unit.empty() ? nullptr : sharing.HeirOf(unit);
  return heir == nullptr ? unit : heir->id();
}

/// What closed units kept and had: all of what one unit continues. What a unit kept that was split
/// goes to the centre once there is one; a complaint, from who may not have it, to who may. One
/// that nobody may keep stays until another unit is named.
Leavers LeaversOf(pg::Tx& tx, const Rules& rules, const access::Sharing& sharing) {
  Leavers leavers;
  for (const auto& [unit, heir] : sharing.Successions()) leavers.continued.push_back(unit);
  leavers.keepers = leavers.continued;
  if (rules.centre && sharing.HeirOf(rules.centre->unit_id) != nullptr) {
    std::ranges::copy(sharing.Uncontinued(), std::back_inserter(leavers.keepers));
  }
  for (const Complaint& one : SelectComplaints(tx)) {
    const std::string concerned = ContinuedBy(one.concerned_unit_id, sharing);
    if (!KeptBy(one.keeper_unit_id, one.category_id, concerned, rules, sharing)) {
      leavers.unkept.push_back(one);
    } else if (Conflicts(sharing.CarrierOf(one.keeper_unit_id), one.concerned_unit_id, sharing)) {
      leavers.complaints.push_back(one);
    }
  }
  return leavers;
}

/// The units of the steps up to `level` that may see it; steps that were passed over while nobody
/// looked are taken too.
std::vector<std::string> UnitsAbove(int level, const std::string& concerned_unit_id,
                                    const Rules& rules, const access::Sharing& sharing) {
  std::vector<std::string> units;
  if (level == 0) return units;
  const auto& steps = rules.TheCentre().escalations;
  for (int i = 0; i < level && i < static_cast<int>(steps.size()); ++i) {
    const auto* const unit = sharing.HeirOf(steps[i].unit_id);
    if (unit == nullptr) continue;
    const std::string carrier = sharing.CarrierOf(unit->id());
    if (!Conflicts(carrier, concerned_unit_id, sharing)) units.push_back(unit->id());
  }
  return units;
}

/// They see it from now on. False = they do already.
bool Escalate(Ticket& ticket, Assignment& assignment, const std::vector<std::string>& units) {
  bool went_up = false;
  for (const std::string& unit : units) {
    went_up |= AddTo(assignment.escalated_unit_ids, unit);
    went_up |= AddTo(ticket.escalated_unit_ids, unit);
  }
  return went_up;
}

/// What does not happen by itself.
void ShowWaiting(pg::Tx& tx, const Leavers& leavers) {
  static prometheus::Gauge& late =
      rpc::AddGauge("lienthong_hotline_transfers_late",
                    "Emergencies that 113, 114 or 115 has not taken in time.", {});
  static prometheus::Gauge& unkept =
      rpc::AddGauge("lienthong_hotline_complaints_unkept",
                    "Complaints that no unit named for them may keep.", {});
  late.Set(static_cast<double>(CountLateTransfers(tx)));
  unkept.Set(static_cast<double>(CountComplaints(tx, leavers.unkept)));
}

DeadlineKind KindOf(const std::string& occasion) {
  return static_cast<DeadlineKind>(std::stoi(occasion.substr(std::string(kDeadline).size())));
}

}  // namespace

std::vector<journal::DueItem> Schedule::SelectDue(pg::Tx& tx, base::Time now,
                                                  const std::vector<std::string>& passed_over,
                                                  int items_max) {
  std::vector<journal::DueItem> items;
  for (const DueRecord& record : hotline::SelectDue(tx, now, passed_over, items_max)) {
    const auto next = NextOf(record, now);
    if (!next) continue;
    std::vector<journal::Key> also;
    if (record.type == kAssignmentType) also.push_back({kTicketType, record.ticket_id.text});
    items.push_back({{record.type, record.id},
                     OccasionOf(*next) + "/" + std::to_string(record.version),
                     std::move(also)});
  }
  const Leavers leavers = LeaversOf(tx, *parts_.rules.Read(tx), *parts_.sharing.Read(tx));
  ShowWaiting(tx, leavers);
  for (const OpenWork& work : SelectOpenWork(tx, leavers, passed_over, items_max)) {
    std::vector<journal::Key> also;
    if (work.type == kTicketType) also = FollowersOf(tx, work.ticket_id);
    if (work.type == kAssignmentType) also.push_back({kTicketType, work.ticket_id.text});
    items.push_back({{work.type, work.id},
                     kMoved + work.unit_id + "/" + std::to_string(work.version),
                     std::move(also)});
  }
  return items;
}

std::optional<base::Time> Schedule::SelectNext(pg::Tx& tx, base::Time now) {
  return SelectNextLook(tx, now);
}

Changes Schedule::Change(pg::Tx& tx, const journal::DueItem& item, base::Time now) {
  const bool is_ticket = item.key.type == kTicketType;
  if (StartsWith(item.occasion, kMoved)) {
    const std::size_t begin = std::string(kMoved).size();
    const std::string from = item.occasion.substr(begin, item.occasion.rfind('/') - begin);
    if (item.key.type == kArticleType) {
      return MoveKnowledge(tx, ArticleId{item.key.id}, "ArticleMoved");
    }
    if (item.key.type == kTemplateType) {
      return MoveKnowledge(tx, TemplateId{item.key.id}, "AnswerTemplateMoved");
    }
    if (item.key.type == kApiKeyType) return MoveApiKey(tx, {item.key.id});
    if (item.key.type == kCategoryType) return MoveCategory(tx, item.key.id);
    if (item.key.type == kCentreType) return MoveCentre(tx);
    return is_ticket ? MoveTicket(tx, item, now) : MoveAssignment(tx, {item.key.id}, from);
  }
  const DeadlineKind kind = KindOf(item.occasion);
  return is_ticket ? MarkTicket(tx, {item.key.id}, kind, now)
                   : MarkAssignment(tx, {item.key.id}, kind, now);
}

Changes Schedule::MarkTicket(pg::Tx& tx, const TicketId& id, DeadlineKind kind, base::Time now) {
  const auto found = SelectTickets(tx, {id});
  if (found.empty()) return {};
  Ticket ticket = found.front().value;
  Deadline* const deadline = Find(ticket.deadlines, kind);
  if (deadline == nullptr || !Advance(*deadline, now)) return {};
  const auto rules = parts_.rules.Read(tx);
  const auto sharing = parts_.sharing.Read(tx);
  const char* event = EventOf(*deadline);
  if (MarkOf(*deadline) >= DeadlineMark::kPassed) Miss(ticket, kind);
  if (kind == DeadlineKind::kClosing) {
    Close(ticket, {*rules, CalendarOf(*rules, *parts_.snapshots.Current()), Actor::kSystem, now});
    event = "TicketClosed";
  }
  const int level = kind == DeadlineKind::kAnswer ? LevelOf(*deadline) : 0;
  for (const std::string& unit : UnitsAbove(level, ticket.concerned_unit_id, *rules, *sharing)) {
    AddTo(ticket.escalated_unit_ids, unit);
  }
  UpsertTicket(tx, ticket);
  return ListOf(journal::Changed{event, ToRecord(ticket, *sharing)});
}

Changes Schedule::MarkAssignment(pg::Tx& tx, const AssignmentId& id, DeadlineKind kind,
                                 base::Time now) {
  const auto found = SelectAssignments(tx, {id});
  if (found.empty()) return {};
  Assignment assignment = found.front().value;
  Deadline* const deadline = Find(assignment.deadlines, kind);
  if (deadline == nullptr || !Advance(*deadline, now)) return {};
  const auto rules = parts_.rules.Read(tx);
  const auto sharing = parts_.sharing.Read(tx);
  const char* event = EventOf(*deadline);
  const int level = kind == DeadlineKind::kWaiting ? 0 : LevelOf(*deadline);
  if (kind == DeadlineKind::kWaiting) {
    // The clock goes on from the end of the wait, however late that is noticed.
    const calendar::Calendar calendar = CalendarOf(*rules, *parts_.snapshots.Current());
    Telling telling(tx, assignment);
    Resume(assignment, {*rules, calendar, Actor::kSystem, deadline->at});
    telling.WaitOver(assignment, now);
    event = "AssignmentResumed";
  }
  Ticket ticket = TheOne(SelectTickets(tx, {assignment.ticket_id})).value;
  const bool went_up = Escalate(ticket, assignment,
                                UnitsAbove(level, assignment.concerned_unit_id, *rules, *sharing));
  UpsertAssignment(tx, assignment);
  Changes changes = ListOf(journal::Changed{event, ToRecord(assignment, *sharing)});
  if (!went_up) return changes;
  UpsertTicket(tx, ticket);
  changes.push_back({"TicketEscalated", ToRecord(ticket, *sharing)});
  return changes;
}

Changes Schedule::MoveTicket(pg::Tx& tx, const journal::DueItem& item, base::Time now) {
  Ticket ticket = TheOne(SelectTickets(tx, {{item.key.id}})).value;
  const Ticket before = ticket;
  const auto rules = parts_.rules.Read(tx);
  const auto sharing = parts_.sharing.Read(tx);
  ticket.concerned_unit_id = ContinuedBy(ticket.concerned_unit_id, *sharing);
  const auto keeper =
      KeptBy(ticket.keeper_unit_id, ticket.category_id, ticket.concerned_unit_id, *rules, *sharing);
  if (!keeper) return {};
  ticket.keeper_unit_id = *keeper;
  if (ticket.keeper_unit_id == before.keeper_unit_id &&
      ticket.concerned_unit_id == before.concerned_unit_id) {
    return {};
  }
  // What units have who may not have it any more goes on to others.
  Moved moved;
  for (const auto& [assignment, version] : SelectAssignmentsOf(tx, ticket.id)) {
    const std::string carrier = sharing->CarrierOf(assignment.unit_id);
    if (!Conflicts(carrier, ticket.concerned_unit_id, *sharing)) continue;
    Leave(ticket, assignment.unit_id);
    if (!assignment.IsOpen()) continue;
    moved[assignment.id] = HandlerOf(*rules, rules->TheCategory(ticket.category_id, "category_id"),
                                     ticket.concerned_unit_id, *sharing);
    AddUnit(ticket, moved[assignment.id]);
  }
  UpsertTicket(tx, ticket);
  Changes changes = ListOf(journal::Changed{"TicketMoved", ToRecord(ticket, *sharing)});
  journal::Heads heads;  // those that were locked
  for (const journal::Key& key : item.also) heads[key] = {};
  const calendar::Calendar calendar = CalendarOf(*rules, *parts_.snapshots.Current());
  FollowTicket(tx, before, ticket, heads, *sharing, changes,
               {*rules, calendar, Actor::kSystem, now}, moved);
  return changes;
}

template <class Id>
Changes Schedule::MoveKnowledge(pg::Tx& tx, const Id& id, const char* event) {
  const auto rules = parts_.rules.Read(tx);
  const auto sharing = parts_.sharing.Read(tx);
  auto one = TheOne(SelectKnowledge(tx, {id})).value;
  bool moved = false;
  const auto move = [&](std::string& unit, const std::string& named) {
    const std::string to = ContinuedBy(named, *sharing);
    moved |= to != unit;
    unit = to;
  };
  move(one.keeper_unit_id, rules->TheCentre().unit_id);
  if constexpr (requires { one.unit_id; }) move(one.unit_id, one.unit_id);
  if (!moved) return {};
  UpsertKnowledge(tx, one);
  return ListOf(journal::Changed{event, ToRecord(one, *sharing)});
}

Changes Schedule::MoveApiKey(pg::Tx& tx, const ApiKeyId& id) {
  const auto sharing = parts_.sharing.Read(tx);
  ApiKey key = TheOne(SelectApiKeys(tx, {id})).value;
  const auto keeper = FindKeeper(*parts_.rules.Read(tx), nullptr, "", *sharing);
  if (!keeper || *keeper == key.keeper_unit_id) return {};
  key.keeper_unit_id = *keeper;
  UpdateApiKey(tx, key);
  return ListOf(journal::Changed{"ApiKeyMoved", ToRecord(key, *sharing)});
}

Changes Schedule::MoveCategory(pg::Tx& tx, const std::string& id) {
  const auto sharing = parts_.sharing.Read(tx);
  Category category = TheOne(SelectCategories(tx, {id})).value;
  const std::string before = category.default_unit_id;
  category.default_unit_id = ContinuedBy(before, *sharing);
  if (category.default_unit_id == before) return {};
  UpsertCategory(tx, category);
  return ListOf(journal::Changed{"CategoryMoved", ToRecord(category, *sharing)});
}

Changes Schedule::MoveCentre(pg::Tx& tx) {
  const auto sharing = parts_.sharing.Read(tx);
  const auto found = SelectCentre(tx);
  if (!found) return {};
  Centre centre = found->value;
  bool moved = false;
  const auto move = [&](std::string& unit) {
    const std::string to = ContinuedBy(unit, *sharing);
    moved |= to != unit;
    unit = to;
  };
  move(centre.unit_id), move(centre.inspector_unit_id), move(centre.office_unit_id);
  for (EscalationStep& step : centre.escalations) move(step.unit_id);
  if (!moved) return {};
  UpsertCentre(tx, centre);
  return ListOf(journal::Changed{"CentreMoved", ToRecord(centre, *sharing)});
}

Changes Schedule::MoveAssignment(pg::Tx& tx, const AssignmentId& id, const std::string& from) {
  Assignment assignment = TheOne(SelectAssignments(tx, {id})).value;
  if (assignment.unit_id != from || !assignment.IsOpen()) return {};
  const auto rules = parts_.rules.Read(tx);
  const auto sharing = parts_.sharing.Read(tx);
  const auto* const heir = sharing->HeirOf(from);
  if (heir == nullptr || heir->id() == from) return {};
  std::string to = heir->id();
  if (Conflicts(sharing->CarrierOf(to), assignment.concerned_unit_id, *sharing)) {
    to = HandlerOf(*rules, rules->TheCategory(assignment.category_id, "category_id"),
                   assignment.concerned_unit_id, *sharing);
  }
  Ticket ticket = TheOne(SelectTickets(tx, {assignment.ticket_id})).value;
  MoveWork(ticket, assignment, to);
  UpsertAssignment(tx, assignment), UpsertTicket(tx, ticket);
  return ListOf(journal::Changed{"WorkMoved", ToRecord(assignment, *sharing)},
                journal::Changed{"TicketMoved", ToRecord(ticket, *sharing)});
}

}  // namespace lienthong::hotline
