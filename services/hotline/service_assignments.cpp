#include "hotline/service_assignments.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "hotline/service_following.hpp"
#include "hotline/service_opening.hpp"
#include "hotline/service_tickets.hpp"
#include "hotline/store_messages.hpp"
#include "platform/files/files.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::hotline {
namespace {

using journal::Heads;
using journal::ListOf;
using pg::Tx;

/// "<due or -> <id>" of the last one shown.
std::string PositionOf(const Assignment& assignment) {
  return (assignment.due_at ? base::FormatTime(*assignment.due_at) : "-") + " " +
         assignment.id.text;
}

void GoBehind(AssignmentQuery& query, const std::string& position) {
  if (position.empty()) return;
  const std::size_t space = position.find(' ');
  query.after_id = position.substr(space + 1);
  if (position.front() != '-') query.after_due = base::ParseTime(position.substr(0, space));
}

/// What several queries find, in their order: as many as one of them asks for.
std::vector<Stored<Assignment>> FindTogether(Tx& tx, const std::vector<AssignmentQuery>& queries) {
  std::vector<AssignmentId> ids;
  for (const AssignmentQuery& query : queries) {
    std::ranges::copy(FindAssignments(tx, query), std::back_inserter(ids));
  }
  auto found = SelectAssignments(tx, ids);
  std::ranges::sort(found, {}, [](const auto& stored) {
    return std::pair(stored.value.due_at.value_or(base::Time::max()), stored.value.id.text);
  });
  const auto limit = static_cast<std::size_t>(queries.front().limit);
  if (found.size() > limit) found.erase(found.begin() + queries.front().limit, found.end());
  return found;
}

/// A page of what `may_show` allows, of queries with the same limit and place.
template <class Response, class MayShow, class Show, class TokenOf>
void FillShown(Tx& tx, std::vector<AssignmentQuery> queries, Response& response,
               const MayShow& may_show, const Show& show, const TokenOf& token_of) {
  const int size = queries.front().limit - 1;
  const auto find_next = [&] {
    auto found = FindTogether(tx, queries);
    for (AssignmentQuery& query : queries) {
      if (found.empty()) break;
      query.after_due = found.back().value.due_at;
      query.after_id = found.back().value.id.text;
    }
    return found;
  };
  const auto drop = [&](auto& found) {
    std::erase_if(found, [&](const auto& stored) { return !may_show(stored); });
  };
  FillPage(FindShown(size, find_next, drop), size, response.mutable_assignments(), show,
           [&](const auto& last) { response.set_next_page_token(token_of(last.value)); });
}

/// The other parts of a ticket.
struct Others {
  bool are_open = false;
  bool have_answered = false;  ///< since it was routed
};

Others OthersOf(Tx& tx, const Ticket& ticket, const Assignment& assignment) {
  Others others;
  for (const auto& [other, version] : SelectAssignmentsOf(tx, ticket.id)) {
    if (other.id == assignment.id) continue;
    others.are_open |= other.IsOpen();
    others.have_answered |=
        other.state == AssignmentState::kAnswered && IsOfThisRound(other, ticket);
  }
  return others;
}

/// A step of which citizens hear when it changes what they were told.
template <class Step>
auto Told(const Step& step) {
  return [step](auto& work) {
    Telling telling(work.tx, work.assignment);
    step(work);
    telling.Changed(work.assignment, work.step.now);
  };
}

}  // namespace

v1::Assignment AssignmentService::AssignmentStep(const Call& call,
                                                 const google::protobuf::Message& request,
                                                 const std::string& id, const char* event,
                                                 const Apply& apply) {
  const auto assignment_id = ToId<AssignmentId>(id);
  // The ticket of an assignment does not change.
  const TicketId ticket_id = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    return Sight(tx, call, parts_).FindAssignment(assignment_id).value.ticket_id;
  });
  return parts_.journal.Change<v1::Assignment>(
      call, request, {{kAssignmentType, assignment_id.text}, {kTicketType, ticket_id.text}},
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Assignment assignment = sight.FindOwn(assignment_id).value;
        Ticket ticket = TheOne(SelectTickets(tx, {ticket_id})).value;
        Work work{tx, sight, assignment, ticket, sight.StepBy(Actor::kUnit)};
        apply(work);
        UpsertAssignment(tx, assignment);
        Changes changes = ListOf(Seen(event, assignment, sight));
        if (work.ticket_event != nullptr) {
          UpsertTicket(tx, ticket);
          changes.push_back(Seen(work.ticket_event, ticket, sight));
        }
        return changes;
      },
      journal::Visibility::kAny);
}

v1::Assignment AssignmentService::AcceptAssignment(const Call& call,
                                                   const v1::AcceptAssignmentRequest& request) {
  return AssignmentStep(call, request, request.assignment_id(), "AssignmentAccepted",
                        [&](Work& work) {
                          Accept(work.assignment, call.official, work.step);
                          if (work.ticket.responded_at) return;
                          Respond(work.ticket, work.step.now);
                          work.ticket_event = "TicketResponded";
                        });
}

v1::Assignment AssignmentService::ReturnAssignment(const Call& call,
                                                   const v1::ReturnAssignmentRequest& request) {
  const std::string reason = CheckReason(request.reason());
  return AssignmentStep(
      call, request, request.assignment_id(), "AssignmentReturned", [&](Work& work) {
        Return(work.assignment, reason, work.step);
        work.ticket_event = LeaveTicket(work.tx, work.ticket, work.assignment, work.step);
      });
}

v1::Assignment AssignmentService::StartAssignment(const Call& call,
                                                  const v1::StartAssignmentRequest& request) {
  return AssignmentStep(call, request, request.assignment_id(), "AssignmentStarted",
                        [&](Work& work) {
                          Start(work.assignment, call.official, work.step);
                          if (work.ticket.responded_at) return;
                          Respond(work.ticket, work.step.now);
                          work.ticket_event = "TicketResponded";
                        });
}

v1::Assignment AssignmentService::PauseAssignment(const Call& call,
                                                  const v1::PauseAssignmentRequest& request) {
  const std::string reason = CheckReason(request.reason());
  return AssignmentStep(
      call, request, request.assignment_id(), "AssignmentPaused", [&](Work& work) {
        const Category& category =
            work.step.rules.TheCategory(work.assignment.category_id, "assignment_id");
        Pause(work.assignment, reason, category, work.step);
        if (!HasContact(work.tx, work.ticket.id)) {
          throw base::Transition("NOBODY_TO_ASK", "nobody who reported can be asked");
        }
        QueueMessages(work.tx, work.ticket.id, MessageKind::kQuestion, work.step.now);
      });
}

v1::Assignment AssignmentService::ResumeAssignment(const Call& call,
                                                   const v1::ResumeAssignmentRequest& request) {
  return AssignmentStep(call, request, request.assignment_id(), "AssignmentResumed",
                        Told([](Work& work) { Resume(work.assignment, work.step); }));
}

v1::Assignment AssignmentService::ExtendAssignment(const Call& call,
                                                   const v1::ExtendAssignmentRequest& request) {
  const std::string reason = CheckReason(request.reason());
  const base::Time due_at = journal::CheckTime(request.due_at(), "due_at");
  return AssignmentStep(
      call, request, request.assignment_id(), "AssignmentExtended",
      Told([&](Work& work) { Extend(work.assignment, due_at, reason, work.step); }));
}

v1::Assignment AssignmentService::AnswerAssignment(const Call& call,
                                                   const v1::AnswerAssignmentRequest& request) {
  const std::string answer = CheckLongText(request.answer(), "answer");
  const auto uploads = ToUploads(request.attachment_upload_ids(), "attachment_upload_ids");
  return AssignmentStep(
      call, request, request.assignment_id(), "AssignmentAnswered", [&](Work& work) {
        auto attachments =
            TakeUploads(work.tx, call, uploads, {kAssignmentType, work.assignment.id.text});
        if (work.assignment.waiting_since) {
          Told([&](Work& w) { Answer(w.assignment, answer, attachments, w.step); })(work);
        } else {
          Answer(work.assignment, answer, attachments, work.step);
        }
        const bool responds = !work.ticket.responded_at;
        Respond(work.ticket, work.step.now);
        if (responds) work.ticket_event = "TicketResponded";
        const Others others = OthersOf(work.tx, work.ticket, work.assignment);
        if (others.are_open || work.ticket.state != TicketState::kRouted) return;
        // Several answers are put together by who keeps it; that of the only unit that had it since
        // it was routed becomes the ticket's.
        work.ticket_event = others.have_answered ? kUnitsAnswered : "TicketAnswered";
        if (others.have_answered) return AwaitKeeper(work.ticket, work.step);
        for (const Attachment& attachment : attachments) {
          files::Files::Share(work.tx, attachment.sha256, kTicketType, work.ticket.id.text);
        }
        Answer(work.ticket, answer, std::move(attachments), work.step);
      });
}

v1::Assignment AssignmentService::HandOverAssignment(const Call& call,
                                                     const v1::HandOverAssignmentRequest& request) {
  return AssignmentStep(
      call, request, request.assignment_id(), "AssignmentHandedOver", [&](Work& work) {
        if (!access::HoldsPosition(request.official_id(), call.unit, work.sight.Directory(),
                                   call.time)) {
          throw base::InvalidField("official_id", "must hold a position in the unit");
        }
        HandOver(work.assignment, request.official_id(), work.step);
      });
}

v1::Assignment AssignmentService::GetAssignment(const Call& call,
                                                const v1::GetAssignmentRequest& request) {
  const auto id = ToId<AssignmentId>(request.assignment_id());
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    return sight.Shown(sight.FindAssignment(id));
  });
}

v1::ListAssignmentsResponse AssignmentService::ListAssignments(
    const Call& call, const v1::ListAssignmentsRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kPageDefault, kPageMax);
  if (request.states_size() > kStatesMax) {
    throw base::InvalidField("states", "too many");
  }
  AssignmentQuery query;
  for (const int state : request.states()) query.states.push_back(state);
  query.mark = request.mark();
  query.unit_id = request.unit_id();
  if (request.kept() && request.escalated()) {
    throw base::InvalidField("escalated", "not together with kept");
  }
  if (!request.official_id().empty()) {
    if (request.kept() || request.escalated()) {
      throw base::InvalidField("official_id", "not together with kept or escalated");
    }
    query.official_ids = {request.official_id()};
  }
  if (request.kept()) query.of = AssignmentQuery::Of::kKeepers;
  if (request.escalated()) query.of = AssignmentQuery::Of::kEscalated;
  query.limit = size + 1;
  GoBehind(query, parts_.tokens.Read(call, request));
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    v1::ListAssignmentsResponse response;
    if (!request.ticket_id().empty()) {
      const auto id = ToId<TicketId>(request.ticket_id());
      sight.FindTicket(id);
      for (const auto& stored : SelectAssignmentsOf(tx, id)) {
        const auto& asked = query.states;
        const bool wanted =
            (asked.empty() ||
             std::ranges::count(asked, static_cast<int>(stored.value.state)) > 0) &&
            (request.official_id().empty() || stored.value.official_id == request.official_id());
        if (wanted && sight.ViewOf(stored.value)) {
          *response.add_assignments() = sight.Shown(stored);
        }
      }
      return response;
    }
    query.units = sight.Units();
    query.category_ids = CategoriesOf(sight.TheRules(), request.category_id());
    FillShown(
        tx, {query}, response,
        [&](const auto& stored) { return sight.ViewOf(stored.value).has_value(); },
        [&](const auto& stored) { return sight.Shown(stored); },
        [&](const Assignment& last) {
          return parts_.tokens.Make(call, request, PositionOf(last));
        });
    return response;
  });
}

v1::ListLeftAssignmentsResponse AssignmentService::ListLeftAssignments(
    const Call& call, const v1::ListLeftAssignmentsRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kPageDefault, kPageMax);
  AssignmentQuery query;
  query.limit = size + 1;
  GoBehind(query, parts_.tokens.Read(call, request));
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    query.units = sight.Sharing().SplitInto(call.unit);
    AssignmentQuery own = query;
    own.units = {call.unit};
    own.official_ids = SelectHandlers(tx, call.unit);
    std::erase_if(own.official_ids, [&](const std::string& official) {
      return access::HoldsPosition(official, call.unit, sight.Directory(), call.time);
    });
    std::vector<AssignmentQuery> queries{query};
    if (!own.official_ids.empty()) queries.push_back(std::move(own));
    v1::ListLeftAssignmentsResponse response;
    FillShown(
        tx, std::move(queries), response,
        [&](const auto& stored) {
          return !Conflicts(call.caller, stored.value.concerned_unit_id, sight.Sharing());
        },
        [](const auto& stored) {
          const char* const view = stored.value.restricted ? kLimitedView : kFullView;
          return ToMessage(stored.value, stored.version, view);
        },
        [&](const Assignment& last) {
          return parts_.tokens.Make(call, request, PositionOf(last));
        });
    return response;
  });
}

v1::Assignment AssignmentService::TakeOverAssignment(const Call& call,
                                                     const v1::TakeOverAssignmentRequest& request) {
  const auto id = ToId<AssignmentId>(request.assignment_id());
  const auto find = [&](Tx& tx, const access::Sharing& sharing) {
    Assignment assignment = TheOne(SelectAssignments(tx, {id})).value;
    const auto split = sharing.SplitInto(call.unit);
    const bool is_left = assignment.IsOpen() && std::ranges::count(split, assignment.unit_id) > 0;
    const bool is_again = assignment.unit_id == call.unit;
    if ((!is_left && !is_again) || Conflicts(call.caller, assignment.concerned_unit_id, sharing)) {
      throw base::NotFound();
    }
    return assignment;
  };
  const TicketId ticket_id = parts_.pool.Transact(
      call.deadline, [&](Tx& tx) { return find(tx, *parts_.sharing.Read(tx)).ticket_id; });
  return parts_.journal.Change<v1::Assignment>(
      call, request, {{kAssignmentType, id.text}, {kTicketType, ticket_id.text}},
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Assignment assignment = find(tx, sight.Sharing());
        if (assignment.unit_id == call.unit) {
          throw base::Transition("ASSIGNMENT_STATE", "it is the unit's own already");
        }
        Ticket ticket = TheOne(SelectTickets(tx, {ticket_id})).value;
        MoveWork(ticket, assignment, call.unit);
        UpsertAssignment(tx, assignment), UpsertTicket(tx, ticket);
        return ListOf(Seen("WorkMoved", assignment, sight), Seen("TicketMoved", ticket, sight));
      },
      journal::Visibility::kAny);
}

}  // namespace lienthong::hotline
