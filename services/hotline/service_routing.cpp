#include <algorithm>
#include <set>
#include <utility>

#include "hotline/service_following.hpp"
#include "hotline/service_opening.hpp"
#include "hotline/service_tickets.hpp"
#include "platform/base/text.hpp"

namespace lienthong::hotline {
namespace {

using journal::Heads;
using journal::Key;
using journal::ListOf;
using pg::Tx;

/// Where it goes, as asked: unit and instruction.
struct Wanted {
  std::string unit_id;
  std::string instruction;
};

std::vector<Wanted> ToRoutes(const v1::RouteTicketRequest& request) {
  if (request.routes_size() > static_cast<int>(kRoutesMax)) {
    throw base::InvalidField("routes", "at most 20");
  }
  std::vector<Wanted> routes;
  std::set<std::string> units;
  for (int i = 0; i < request.routes_size(); ++i) {
    const std::string at = "routes[" + std::to_string(i) + "]";
    const v1::Route& route = request.routes(i);
    if (!units.insert(route.unit_id()).second) {
      throw base::InvalidField(at + ".unit_id", "is there twice");
    }
    routes.push_back({route.unit_id(), base::CheckLines(route.instruction(), at + ".instruction",
                                                        kReasonCharactersMax, false)});
  }
  return routes;
}

/// Not one that the complaint is about, and not one that has it already.
void RequireMayHave(const Ticket& ticket, const std::string& unit_id,
                    const std::vector<Stored<Assignment>>& given, const Sight& sight,
                    const std::string& field) {
  const access::Sharing& sharing = sight.Sharing();
  if (Conflicts(sharing.CarrierOf(unit_id), ticket.concerned_unit_id, sharing)) {
    throw base::Invalid("UNIT_CONCERNED", field, "the complaint is about this unit");
  }
  for (const auto& [assignment, version] : given) {
    if (assignment.unit_id == unit_id && assignment.IsOpen()) {
      throw base::Conflict("UNIT_ASSIGNED", "the unit has it already");
    }
  }
}

Assignment NewAssignment(const Ticket& ticket, const Wanted& wanted, const Call& call,
                         base::Ids& ids) {
  Assignment assignment;
  assignment.id = {ids.New()};
  assignment.ticket_id = ticket.id;
  assignment.unit_id = wanted.unit_id;
  assignment.keeper_unit_id = ticket.keeper_unit_id;
  assignment.concerned_unit_id = ticket.concerned_unit_id;
  assignment.restricted = ticket.restricted;
  assignment.category_id = ticket.category_id;
  assignment.assigned_at = call.time;
  assignment.assigned_by_official_id = call.official;
  assignment.instruction = wanted.instruction;
  return assignment;
}

void RequireRoom(const std::vector<Stored<Assignment>>& given, std::size_t further) {
  if (given.size() + further <= kAssignmentsMax) return;
  throw base::InvalidField("routes", "more assignments than a ticket can have");
}

}  // namespace

v1::Ticket TicketService::RouteTicket(const Call& call, const v1::RouteTicketRequest& request) {
  const auto id = ToId<TicketId>(request.ticket_id());
  const std::vector<Wanted> asked = ToRoutes(request);
  return parts_.journal.Change<v1::Ticket>(
      call, request, {{kTicketType, id.text}},
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Ticket ticket = sight.FindKept(id).value;
        const Step step = sight.StepBy(Actor::kKeeper);
        if (ticket.category_id.empty()) {
          throw base::Transition("TICKET_STATE", "it is not classified yet");
        }
        const Category& category = step.rules.TheCategory(ticket.category_id, "ticket_id");
        std::vector<Wanted> wanted = asked;
        if (wanted.empty()) {
          wanted.push_back(
              {HandlerOf(step.rules, category, ticket.concerned_unit_id, sight.Sharing()), ""});
        }
        const auto given = SelectAssignmentsOf(tx, id);
        RequireRoom(given, wanted.size());
        std::vector<std::string> units;
        std::vector<Assignment> assignments;
        for (std::size_t i = 0; i < wanted.size(); ++i) {
          const std::string field = "routes[" + std::to_string(i) + "].unit_id";
          RequireActive(wanted[i].unit_id, call, sight.Sharing(), sight.Directory(), field);
          RequireMayHave(ticket, wanted[i].unit_id, given, sight, field);
          Assignment assignment = NewAssignment(ticket, wanted[i], call, parts_.ids);
          Begin(assignment, category, step);
          UpsertAssignment(tx, assignment);
          units.push_back(assignment.unit_id);
          assignments.push_back(std::move(assignment));
        }
        Route(ticket, units, step);
        UpsertTicket(tx, ticket);
        Changes changes = ListOf(Seen("TicketRouted", ticket, sight));
        for (const Assignment& assignment : assignments) {
          changes.push_back(Seen("TicketAssigned", assignment, sight));
        }
        return changes;
      },
      journal::Visibility::kAny);
}

v1::Ticket TicketService::ReferTicket(const Call& call, const v1::ReferTicketRequest& request) {
  const auto id = ToId<TicketId>(request.ticket_id());
  const std::string reason = CheckReason(request.reason());
  std::vector<Key> keys{{kTicketType, id.text}};
  parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    std::ranges::copy(FollowersOf(tx, id), std::back_inserter(keys));
  });
  return parts_.journal.Change<v1::Ticket>(
      call, request, keys,
      [&](Tx& tx, const Heads& heads) {
        Sight sight(tx, call, parts_);
        Ticket ticket = sight.FindKept(id).value;
        const Step step = sight.StepBy(Actor::kKeeper);
        auto given = SelectAssignmentsOf(tx, id);
        RequireRoom(given, 1);
        const auto* const office = sight.Sharing().HeirOf(step.rules.TheCentre().office_unit_id);
        if (office == nullptr) {
          throw base::Invalid("UNIT_CLOSED", "ticket_id", "the province's office is not active");
        }
        RequireMayHave(ticket, office->id(), given, sight, "ticket_id");
        Assignment assignment = NewAssignment(ticket, {office->id(), reason}, call, parts_.ids);
        assignment.role = AssignmentRole::kDecide;
        Begin(assignment, step.rules.TheCategory(ticket.category_id, "ticket_id"), step);
        Refer(ticket, office->id(), step);
        UpsertAssignment(tx, assignment), UpsertTicket(tx, ticket);
        Changes changes = ListOf(Seen("TicketReferred", ticket, sight),
                                 Seen("TicketAssigned", assignment, sight));
        // Who decides sees what the units have said.
        for (auto& [other, version] : given) {
          RequireLocked(heads, {kAssignmentType, other.id.text});
          if (!AddTo(other.escalated_unit_ids, office->id())) continue;
          UpsertAssignment(tx, other);
          changes.push_back(Seen("AssignmentReferred", other, sight));
        }
        return changes;
      },
      journal::Visibility::kAny);
}

v1::Ticket TicketService::StartTransfer(const Call& call, const v1::StartTransferRequest& request) {
  const std::string& service = request.service();
  if (service != "113" && service != "114" && service != "115") {
    throw base::InvalidField("service", "must be 113, 114 or 115");
  }
  return TicketStep(call, request, request.ticket_id(), "TransferStarted",
                    [&](Tx&, Sight&, Ticket& ticket, const Step& step) {
                      hotline::StartTransfer(ticket, service, call.official, step);
                    });
}

v1::Ticket TicketService::EndTransfer(const Call& call, const v1::EndTransferRequest& request) {
  return TicketStep(call, request, request.ticket_id(),
                    request.taken() ? "TicketTransferred" : "TransferFailed",
                    [&](Tx&, Sight&, Ticket& ticket, const Step& step) {
                      hotline::EndTransfer(ticket, request.taken(), step);
                    });
}

v1::Assignment TicketService::WithdrawAssignment(const Call& call,
                                                 const v1::WithdrawAssignmentRequest& request) {
  const auto id = ToId<AssignmentId>(request.assignment_id());
  const std::string reason = CheckReason(request.reason());
  // The ticket of an assignment does not change.
  const TicketId ticket_id = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    return Sight(tx, call, parts_).FindAssignment(id).value.ticket_id;
  });
  return parts_.journal.Change<v1::Assignment>(
      call, request, {{kAssignmentType, id.text}, {kTicketType, ticket_id.text}},
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Ticket ticket = sight.FindKept(ticket_id).value;
        Assignment assignment = sight.FindAssignment(id).value;
        const Step step = sight.StepBy(Actor::kKeeper);
        Telling telling(tx, assignment);
        Withdraw(assignment, reason, step);
        telling.Changed(assignment, call.time);
        UpsertAssignment(tx, assignment);
        const char* const event = LeaveTicket(tx, ticket, assignment, step);
        UpsertTicket(tx, ticket);
        return ListOf(Seen("AssignmentWithdrawn", assignment, sight), Seen(event, ticket, sight));
      },
      journal::Visibility::kAny);
}

}  // namespace lienthong::hotline
