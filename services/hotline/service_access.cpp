#include "hotline/service_access.hpp"

#include <algorithm>
#include <chrono>

#include "hotline/records_knowledge.hpp"
#include "hotline/store_api_keys.hpp"
#include "platform/files/store.hpp"

namespace lienthong::hotline {
namespace {

constexpr const char* kConfidential = "hotline.confidential";
constexpr const char* kOperate = "hotline.operate";
constexpr const char* kReporter = "hotline.reporter";
constexpr std::chrono::hours kHeardWithin{1};

}  // namespace

void RequireActive(const std::string& unit_id, const Call& call, const access::Sharing& sharing,
                   const access::Snapshot& snapshot, const std::string& field) {
  if (sharing.Find(unit_id) == nullptr) {
    throw base::Invalid("UNIT_UNKNOWN", field, "no such unit");
  }
  if (!snapshot.IsActive(unit_id, call.time)) {
    throw base::Invalid("UNIT_CLOSED", field, "the unit is not active");
  }
}

Sight::Sight(pg::Tx& tx, const Call& call, const Parts& parts)
    : tx_(tx),
      call_(call),
      sharing_(parts.sharing.Read(tx)),
      snapshot_(parts.snapshots.Current()),
      rules_(parts.rules.Read(tx)),
      calendar_(CalendarOf(*rules_, *snapshot_)),
      reads_withheld_(
          access::IsGranted(kConfidential, call.official, call.unit, *snapshot_, call.time)),
      operates_(access::IsGranted(kOperate, call.official, call.unit, *snapshot_, call.time)) {}

Step Sight::StepBy(Actor actor) const { return {*rules_, calendar_, actor, call_.time}; }

bool Sight::IsKeptFrom(const std::string& concerned_unit_id) const {
  return Conflicts(call_.caller, concerned_unit_id, *sharing_);
}

bool Sight::Keeps(const Ticket& ticket) const {
  return IsOwn(ticket.keeper_unit_id) && !IsKeptFrom(ticket.concerned_unit_id);
}

bool Sight::KnowsReporters(const Ticket& ticket) const {
  if (Keeps(ticket)) return true;
  if (!ViewOf(ticket)) return false;
  for (const auto& [assignment, version] : SelectAssignmentsOf(tx_, ticket.id)) {
    if (!IsOfThisRound(assignment, ticket)) continue;
    if (assignment.IsOpen() || assignment.state == AssignmentState::kAnswered) {
      return IsOwn(assignment.unit_id);
    }
  }
  return false;
}

bool Sight::IsCentre() const {
  return call_.system_kind == rpc::SystemKind::kOps ||
         (rules_->centre && IsOwn(rules_->centre->unit_id));
}

bool Sight::Sees(KnowledgeState state, const std::string& keeper_unit_id) const {
  return state == KnowledgeState::kPublished || IsOwn(keeper_unit_id) || IsCentre();
}

std::optional<std::string> Sight::ViewOf(const Ticket& ticket) const {
  if (IsKeptFrom(ticket.concerned_unit_id)) return std::nullopt;
  if (Keeps(ticket)) return ticket.IsWithheld() ? kLimitedView : kFullView;
  const auto has_own = [&](const std::vector<std::string>& units) {
    return std::any_of(units.begin(), units.end(),
                       [&](const std::string& unit) { return IsOwn(unit); });
  };
  const bool handles = has_own(ticket.unit_ids) || has_own(ticket.escalated_unit_ids);
  if (!handles) return std::nullopt;
  return ticket.IsWithheld() ? kLimitedView : kHandlingView;
}

std::optional<std::string> Sight::ViewOf(const Assignment& assignment) const {
  if (IsKeptFrom(assignment.concerned_unit_id)) return std::nullopt;
  const auto& escalated = assignment.escalated_unit_ids;
  const bool sees = IsOwn(assignment.keeper_unit_id) || IsOwn(assignment.unit_id) ||
                    std::any_of(escalated.begin(), escalated.end(),
                                [&](const std::string& unit) { return IsOwn(unit); });
  if (!sees) return std::nullopt;
  return assignment.restricted ? kLimitedView : kFullView;
}

Stored<Ticket> Sight::FindTicket(const TicketId& id) {
  Stored<Ticket> found = TheOne(SelectTickets(tx_, {id}));
  if (!ViewOf(found.value)) throw base::NotFound();
  return found;
}

Stored<Ticket> Sight::FindKept(const TicketId& id) {
  Stored<Ticket> found = TheOne(SelectTickets(tx_, {id}));
  if (!Keeps(found.value)) throw base::NotFound();
  return found;
}

Stored<Assignment> Sight::FindAssignment(const AssignmentId& id) {
  Stored<Assignment> found = TheOne(SelectAssignments(tx_, {id}));
  if (!ViewOf(found.value)) throw base::NotFound();
  return found;
}

Stored<Assignment> Sight::FindOwn(const AssignmentId& id) {
  Stored<Assignment> found = FindAssignment(id);
  if (!IsOwn(found.value.unit_id)) throw base::NotFound();
  return found;
}

Stored<Report> Sight::FindReport(const ReportId& id) {
  Stored<Report> found = TheOne(SelectReports(tx_, {id}));
  FindKept(found.value.ticket_id);
  return found;
}

std::optional<std::string> Sight::ViewOf(const journal::Key& key) {
  if (key.type == kTicketType) {
    const auto found = SelectTickets(tx_, {{key.id}});
    return found.empty() ? std::nullopt : ViewOf(found.front().value);
  }
  if (key.type == kAssignmentType) {
    const auto found = SelectAssignments(tx_, {{key.id}});
    return found.empty() ? std::nullopt : ViewOf(found.front().value);
  }
  if (key.type == kReportType) {
    const auto found = SelectReports(tx_, {{key.id}});
    if (found.empty()) return std::nullopt;
    const auto tickets = SelectTickets(tx_, {found.front().value.ticket_id});
    if (tickets.empty() || !Keeps(tickets.front().value)) return std::nullopt;
  }
  const auto view_of = [&](const auto& found) {
    const bool sees = !found.empty() && Sees(found.front().value);
    return sees ? std::optional<std::string>(kFullView) : std::nullopt;
  };
  if (key.type == kApiKeyType) {
    const auto found = SelectApiKeys(tx_, {{key.id}});
    if (found.empty() || !IsOwn(found.front().value.keeper_unit_id)) return std::nullopt;
  }
  if (key.type == kArticleType) return view_of(SelectKnowledge(tx_, {ArticleId{key.id}}));
  if (key.type == kTemplateType) return view_of(SelectKnowledge(tx_, {TemplateId{key.id}}));
  return kFullView;
}

v1::Ticket Sight::Shown(const Stored<Ticket>& stored) const {
  const Ticket& ticket = stored.value;
  // What is not classified yet is read by who is to classify it.
  const bool reads = ticket.IsWithheld() &&
                     (reads_withheld_ || (!ticket.restricted && operates_ && Keeps(ticket)));
  return ToMessage(ticket, stored.version, ViewOf(ticket).value(), reads);
}

v1::Assignment Sight::Shown(const Stored<Assignment>& stored) const {
  const bool reads = stored.value.restricted && reads_withheld_;
  return ToMessage(stored.value, stored.version, ViewOf(stored.value).value(), reads);
}

bool MayReadFile(pg::Tx& tx, const Call& call, const Parts& parts, const journal::Key& key,
                 const std::string& sha256) {
  if (!base::IsRecordId(key.id)) return false;
  const bool has_use = files::HasUse(tx, sha256, key.type, key.id);
  if (!has_use && key.type != kTicketType) return false;
  Sight sight(tx, call, parts);
  if (key.type == kTicketType) {
    const auto found = SelectTickets(tx, {{key.id}});
    if (found.empty() || !sight.ViewOf(found.front().value)) return false;
    // Or one of those joined to it has the file.
    const auto& joined = found.front().value.joined_attachments;
    if (!has_use && std::ranges::count(joined, sha256, &Attachment::sha256) == 0) return false;
    const v1::Ticket shown = sight.Shown(found.front());
    return shown.has_text();
  }
  if (key.type == kAssignmentType) {
    const auto found = SelectAssignments(tx, {{key.id}});
    if (found.empty() || !sight.ViewOf(found.front().value)) return false;
    return !found.front().value.restricted || sight.MayReadWithheld();
  }
  if (key.type == kReportType) {
    // Of the caller's voice: as GetReporter.
    const auto found = SelectReports(tx, {{key.id}});
    if (found.empty()) return false;
    const auto tickets = SelectTickets(tx, {found.front().value.ticket_id});
    if (tickets.empty() || !sight.KnowsReporters(tickets.front().value)) return false;
    // A voice is a person's: heard only by who has just said what for.
    const bool has_read = HasRead(tx, {key.id}, call.official, call.machine_time - kHeardWithin);
    return has_read && (!tickets.front().value.restricted || sight.MayReadWithheld()) &&
           access::IsGranted(kReporter, call.official, call.unit, sight.Directory(), call.time);
  }
  return false;
}

}  // namespace lienthong::hotline
