#include <algorithm>
#include <utility>

#include "hotline/service_following.hpp"
#include "hotline/service_opening.hpp"
#include "hotline/service_tickets.hpp"
#include "hotline/store_messages.hpp"

namespace lienthong::hotline {
namespace {

using journal::Heads;
using journal::Key;
using journal::ListOf;
using pg::Tx;

constexpr int kDuplicatesDefault = 5, kDuplicatesMax = 20;

/// What a complaint is about is changed by named positions.
void RequireMayChange(const Ticket& ticket, const Sight& sight) {
  if (!ticket.restricted || sight.MayReadWithheld()) return;
  throw base::Denied("TICKET_RESTRICTED", "complaints are for named positions");
}

/// Of the ticket, if the official may see it.
Place KnownPlace(Tx& tx, const TicketId& id, const Sight& sight) {
  if (id.text.empty()) return {};
  const auto found = SelectTickets(tx, {id});
  if (found.empty() || !sight.ViewOf(found.front().value)) return {};
  return found.front().value.place;
}

/// Units of the communes that are one with this one today; none without one.
std::vector<std::string> CommunesNear(const std::string& unit_id, const access::Sharing& sharing) {
  if (unit_id.empty()) return {};
  const auto* const heir = sharing.HeirOf(unit_id);
  return CommunesShownWith(heir == nullptr ? unit_id : heir->id(), sharing);
}

/// In their order.
std::vector<Ticket> TicketsOf(Tx& tx, const std::vector<TicketId>& ids) {
  std::vector<Ticket> tickets;
  for (auto& stored : InOrder(ids, SelectTickets(tx, ids))) {
    tickets.push_back(std::move(stored.value));
  }
  return tickets;
}

}  // namespace

v1::OpenTicketResponse TicketService::OpenTicket(const Call& call,
                                                 const v1::OpenTicketRequest& request) {
  Intake intake = ToIntake(request);
  ReadCall(request, intake.reporter);
  intake.recordings = ToUploads(request.recording_upload_ids(), "recording_upload_ids");
  std::vector<Key> keys;
  if (!request.join_ticket_id().empty()) {
    keys.push_back({kTicketType, ToId<TicketId>(request.join_ticket_id()).text});
  }
  bool is_repeat = true;
  const auto opened = parts_.journal.Change<v1::Ticket>(
      call, request, keys,
      [&](Tx& tx, const Heads&) {
        is_repeat = false;
        Sight sight(tx, call, parts_);
        Opening opening = NewOpening(tx, call, intake, sight, parts_);
        if (keys.empty()) return StoreOpening(tx, opening, sight);
        Ticket into = sight.FindKept({keys.front().id}).value;
        Join(opening.ticket, into, sight.StepBy(Actor::kKeeper));
        opening.report.ticket_id = into.id;
        UpsertTicket(tx, into);
        Changes changes = StoreOpening(tx, opening, sight);
        changes.push_back(Seen("ReportJoined", into, sight));
        return changes;
      },
      journal::Visibility::kAny);
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    v1::OpenTicketResponse response;
    *response.mutable_ticket() = opened;
    const auto ids = SelectOwnReports(tx, {opened.id()});
    const Stored<Report> report = TheOne(SelectReports(tx, {ids.front()}));
    if (is_repeat) {
      const Ticket handled = TheOne(SelectTickets(tx, {report.value.ticket_id})).value;
      if (Sight(tx, call, parts_).IsKeptFrom(handled.concerned_unit_id)) return response;
    }
    *response.mutable_report() = ToMessage(report.value, report.version);
    response.set_code(ShownCode(SelectReporter(tx, report.value.id).value().code));
    return response;
  });
}

v1::FindDuplicatesResponse TicketService::FindDuplicates(const Call& call,
                                                         const v1::FindDuplicatesRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kDuplicatesDefault, kDuplicatesMax);
  const auto asked = request.ticket_id().empty() ? TicketId() : ToId<TicketId>(request.ticket_id());
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    NearQuery query;
    query.units = sight.Units();
    query.category_id = sight.TheRules().TheCategory(request.category_id(), "category_id").id;
    query.place = ToPlace(request.place(), sight.Sharing(), parts_.boundaries, "place",
                          KnownPlace(tx, asked, sight));
    query.communes = CommunesNear(query.place.commune_unit_id, sight.Sharing());
    const Centre& centre = sight.TheRules().TheCentre();
    query.opened_after = call.time - std::chrono::hours(centre.duplicates_hours);
    query.metres_max = centre.duplicates_metres;
    query.limit = size + 1;
    auto found = FindNear(tx, query);
    std::erase_if(found, [&](const auto& near) { return near.id == asked; });
    if (found.size() > static_cast<std::size_t>(size)) found.pop_back();
    std::vector<TicketId> ids;
    for (const NearTicket& near : found) ids.push_back(near.id);
    const auto tickets = InOrder(ids, SelectTickets(tx, ids));
    v1::FindDuplicatesResponse response;
    for (const Stored<Ticket>& stored : tickets) {
      v1::Duplicate* const duplicate = response.add_duplicates();
      *duplicate->mutable_ticket() = sight.Shown(stored);
      const auto near = std::find_if(found.begin(), found.end(), [&](const NearTicket& one) {
        return one.id == stored.value.id;
      });
      if (near->metres) duplicate->set_distance_metres(*near->metres);
    }
    return response;
  });
}

v1::Ticket TicketService::ClassifyTicket(const Call& call,
                                         const v1::ClassifyTicketRequest& request) {
  const auto id = ToId<TicketId>(request.ticket_id());
  const auto answers = ToAnswers(request.question_answers(), "question_answers");
  if (request.category_id().empty()) throw base::InvalidField("category_id", "is required");
  // What hangs on the ticket goes with it when it becomes a complaint.
  std::vector<Key> keys{{kTicketType, id.text}};
  parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    std::ranges::copy(FollowersOf(tx, id), std::back_inserter(keys));
  });
  return parts_.journal.Change<v1::Ticket>(
      call, request, keys,
      [&](Tx& tx, const Heads& heads) {
        Sight sight(tx, call, parts_);
        Ticket ticket = sight.FindKept(id).value;
        const Category* const category = OpenCategory(request.category_id(), sight.TheRules());
        RequireMayChange(ticket, sight);
        const Ticket before = ticket;
        if (request.has_place())
          ticket.place =
              ToPlace(request.place(), sight.Sharing(), parts_.boundaries, "place", before.place);
        PutInto(ticket, category, request.concerned_unit_id(), sight);
        ticket.question_answers = CheckAnswers(*category, answers, "question_answers");
        const Handling handling = HandlingOf(tx, ticket, sight.Sharing());
        if (ticket.state == TicketState::kRouted && !handling.is_open && !handling.is_answered) {
          Unroute(ticket, sight.StepBy(Actor::kKeeper));
        } else if (!handling.is_open) {
          AwaitKeeper(ticket, sight.StepBy(Actor::kKeeper));
        }
        UpsertTicket(tx, ticket);
        Changes changes = ListOf(Seen("TicketClassified", ticket, sight));
        FollowTicket(tx, before, ticket, heads, sight.Sharing(), changes,
                     sight.StepBy(Actor::kKeeper));
        return changes;
      },
      journal::Visibility::kAny);
}

v1::Ticket TicketService::JoinTicket(const Call& call, const v1::JoinTicketRequest& request) {
  const auto id = ToId<TicketId>(request.ticket_id());
  const auto into_id = ToId<TicketId>(request.into_ticket_id());
  std::vector<Key> keys{{kTicketType, id.text}, {kTicketType, into_id.text}};
  const auto reports = parts_.pool.Transact(
      call.deadline, [&](Tx& tx) { return SelectReportsOf(tx, id, "", kReportsMax); });
  for (const ReportId& report : reports) keys.push_back({kReportType, report.text});
  return parts_.journal.Change<v1::Ticket>(
      call, request, keys,
      [&](Tx& tx, const Heads& heads) {
        Sight sight(tx, call, parts_);
        Ticket ticket = sight.FindKept(id).value, into = sight.FindKept(into_id).value;
        if (!SelectJoined(tx, id).empty()) {
          throw base::Invalid("TICKETS_DIFFER", "ticket_id", "others are joined to it");
        }
        Join(ticket, into, sight.StepBy(Actor::kKeeper));
        UpsertTicket(tx, ticket), UpsertTicket(tx, into);
        Changes changes =
            ListOf(Seen("TicketJoined", ticket, sight), Seen("ReportJoined", into, sight));
        MoveReports(tx, SelectOwnReports(tx, id), into_id, heads, sight.Sharing(), changes);
        return changes;
      },
      journal::Visibility::kAny);
}

v1::Ticket TicketService::SeparateTicket(const Call& call,
                                         const v1::SeparateTicketRequest& request) {
  const auto id = ToId<TicketId>(request.ticket_id());
  std::vector<Key> keys{{kTicketType, id.text}};
  parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const auto joined = Sight(tx, call, parts_).FindKept(id).value.joined_ticket_id;
    if (joined) keys.push_back({kTicketType, joined->text});
    for (const ReportId& report : SelectOwnReports(tx, id)) {
      keys.push_back({kReportType, report.text});
    }
  });
  return parts_.journal.Change<v1::Ticket>(
      call, request, keys,
      [&](Tx& tx, const Heads& heads) {
        Sight sight(tx, call, parts_);
        Ticket ticket = sight.FindKept(id).value;
        RequireMayChange(ticket, sight);  // it may be none of what it was joined to
        if (!ticket.joined_ticket_id) {
          throw base::Transition("TICKET_STATE", "the ticket is not joined to another");
        }
        if (!heads.contains({kTicketType, ticket.joined_ticket_id->text})) {
          throw base::Aborted("CONCURRENT_CHANGE", "it was joined meanwhile; repeat");
        }
        Ticket from = TheOne(SelectTickets(tx, {*ticket.joined_ticket_id})).value;
        const auto reports = SelectOwnReports(tx, id);
        auto others = SelectJoined(tx, from.id);
        std::erase(others, id);
        Separate(ticket, from, static_cast<int>(reports.size()), TicketsOf(tx, others),
                 sight.StepBy(Actor::kKeeper));
        UpsertTicket(tx, ticket), UpsertTicket(tx, from);
        Changes changes =
            ListOf(Seen("TicketSeparated", ticket, sight), Seen("ReportSeparated", from, sight));
        MoveReports(tx, reports, id, heads, sight.Sharing(), changes);
        ClearRatings(tx, id), CountRatings(tx, from.id);
        QueueSeparated(tx, id, call.time);
        return changes;
      },
      journal::Visibility::kAny);
}

}  // namespace lienthong::hotline
