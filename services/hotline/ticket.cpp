#include "hotline/ticket.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "hotline/ticket_files.hpp"
#include "hotline/ticket_lateness.hpp"
#include "platform/base/error.hpp"

namespace lienthong::hotline {
namespace {

void Move(Ticket& ticket, const char* name, const Step& step) {
  const auto next = step.rules.ticket_moves.Next(name, static_cast<int>(ticket.state), step.actor);
  if (!next) {
    throw base::Transition("TICKET_STATE", "the ticket's state does not allow this step")
        .With("state", std::to_string(static_cast<int>(ticket.state)));
  }
  ticket.state = static_cast<TicketState>(*next);
}

/// Units have it, or it is answered: what counts is the first time.
void Forwarded(Ticket& ticket, base::Time now) {
  const auto in_time = Meet(ticket.deadlines, DeadlineKind::kForwarding, now);
  if (ticket.forwarded_at) return;
  ticket.forwarded_at = now;
  if (!ticket.forwarded_in_time) ticket.forwarded_in_time = in_time;  // what is late stays late
}

/// From now on the citizen can rate and reopen it.
void BeginClosing(Ticket& ticket, const Step& step) {
  const std::chrono::days window(step.rules.TheCentre().reopen_window_days);
  Set(ticket.deadlines, Moment(DeadlineKind::kClosing, step.now + window));
}

/// Unless somebody has it by then the shift is alarmed.
void BeginTransfer(Ticket& ticket, const Step& step) {
  const std::chrono::seconds alarm(step.rules.TheCentre().transfer_alarm_seconds);
  Set(ticket.deadlines, Moment(DeadlineKind::kTransfer, step.now + alarm));
}

/// Nobody has said yet whether it was taken.
bool IsTransferring(const Ticket& ticket) {
  return !ticket.transfers.empty() && !ticket.transfers.back().taken;
}

/// It is an emergency that nobody has: the clock runs, unless it does already.
void AwaitTransfer(Ticket& ticket, const Step& step) {
  const bool is_taken = !ticket.transfers.empty() && ticket.transfers.back().taken.value_or(false);
  if (is_taken || Find(ticket.deadlines, DeadlineKind::kTransfer) != nullptr) return;
  BeginTransfer(ticket, step);
}

void BeginForwarding(Ticket& ticket, base::Time begins, const Step& step) {
  if (ticket.kind == CategoryKind::kEmergency) return AwaitTransfer(ticket, step);
  Set(ticket.deadlines, DeadlineBy(DeadlineKind::kForwarding, step.rules.TheCentre().forwarding,
                                   begins, {}, step.calendar));
}

/// It waits to be routed: the clock runs, unless it does already.
void AwaitForwarding(Ticket& ticket, const Step& step) {
  if (Find(ticket.deadlines, DeadlineKind::kForwarding) != nullptr) return;
  BeginForwarding(ticket, step.now, step);
}

/// The time of who keeps it runs, once it is its turn: since `keeper_since`.
void AwaitAnswer(Ticket& ticket, const Step& step) {
  if (!ticket.keeper_since) return;
  const auto& limit = step.rules.TheCentre().answering;
  if (!limit || ticket.kind == CategoryKind::kEmergency) {
    Suspend(ticket.deadlines, ticket.past_deadlines, DeadlineKind::kAnswer);
    return;
  }
  Renew(ticket.deadlines, ticket.past_deadlines,
        DeadlineBy(DeadlineKind::kAnswer, *limit, *ticket.keeper_since, step.rules.Escalations(),
                   step.calendar));
}

void BeginAnswering(Ticket& ticket, const Step& step) {
  if (!ticket.keeper_since) ticket.keeper_since = step.now;
  AwaitAnswer(ticket, step);
}

/// Others have it again; what is late stays late.
void SuspendAnswering(Ticket& ticket, base::Time now) {
  const Deadline* const due = Find(ticket.deadlines, DeadlineKind::kAnswer);
  if (due != nullptr && now > due->at && !ticket.answered_in_time) ticket.answered_in_time = false;
  Suspend(ticket.deadlines, ticket.past_deadlines, DeadlineKind::kAnswer);
  ticket.keeper_since.reset();
}

/// The outcome is told: what counts is the first time.
void EndAnswering(Ticket& ticket, base::Time now) {
  const auto in_time = Meet(ticket.deadlines, DeadlineKind::kAnswer, now);
  if (!ticket.answered_in_time) ticket.answered_in_time = in_time;
  ticket.keeper_since.reset();
}

/// Units have it from now on; the first of a round begin it.
void GiveOut(Ticket& ticket, const char* move, const Step& step) {
  const bool is_another_round = ticket.state != TicketState::kRouted;
  Move(ticket, move, step);
  if (is_another_round) ticket.routed_at = step.now;
  if (!IsTransferring(ticket)) Remove(ticket.deadlines, DeadlineKind::kTransfer);
  Forwarded(ticket, step.now);
  SuspendAnswering(ticket, step.now);
  // Of an emergency that was transferred before: it does not end while units have it.
  Remove(ticket.deadlines, DeadlineKind::kClosing);
}

/// Nothing of it is for everybody any more.
void Unpublish(Ticket& ticket) {
  ticket.published_at.reset();
  ticket.public_text.clear(), ticket.public_answer.clear(), ticket.public_photos.clear();
}

}  // namespace

void Open(Ticket& ticket, const Step& step) { BeginForwarding(ticket, ticket.opened_at, step); }

void Classify(Ticket& ticket, const Category& category, const Step& step) {
  Move(ticket, "classify", step);
  ticket.category_id = category.id;
  ticket.kind = category.kind;
  ticket.restricted = category.restricted;
  ticket.classified_at = step.now;
  const bool is_emergency = category.kind == CategoryKind::kEmergency;
  Remove(ticket.deadlines, is_emergency ? DeadlineKind::kForwarding : DeadlineKind::kTransfer);
  if (ticket.state == TicketState::kClassified) AwaitForwarding(ticket, step);
  AwaitResponse(ticket, category, step);
  AwaitAnswer(ticket, step);
}

void Route(Ticket& ticket, const std::vector<std::string>& unit_ids, const Step& step) {
  GiveOut(ticket, "route", step);
  for (const std::string& unit : unit_ids) AddUnit(ticket, unit);
}

void Refer(Ticket& ticket, const std::string& unit_id, const Step& step) {
  GiveOut(ticket, "refer", step);
  AddUnit(ticket, unit_id);
}

void AddUnit(Ticket& ticket, const std::string& unit_id) {
  auto& units = ticket.unit_ids;
  const auto place = std::lower_bound(units.begin(), units.end(), unit_id);
  if (place == units.end() || *place != unit_id) units.insert(place, unit_id);
}

void Respond(Ticket& ticket, base::Time now) {
  if (ticket.responded_at) return;
  ticket.responded_at = now;
  ticket.responded_in_time = Meet(ticket.deadlines, DeadlineKind::kFirstResponse, now);
}

void Leave(Ticket& ticket, const std::string& unit_id) { std::erase(ticket.unit_ids, unit_id); }

void AwaitKeeper(Ticket& ticket, const Step& step) {
  if (ticket.state == TicketState::kRouted) BeginAnswering(ticket, step);
}

void Unroute(Ticket& ticket, const Step& step) {
  Move(ticket, "unroute", step);
  SuspendAnswering(ticket, step.now);
  BeginForwarding(ticket, step.now, step);
}

void StartTransfer(Ticket& ticket, const std::string& service, const std::string& official_id,
                   const Step& step) {
  if (ticket.kind != CategoryKind::kEmergency) {
    throw base::Invalid("NOT_AN_EMERGENCY", "ticket_id", "only emergencies are transferred");
  }
  Move(ticket, "transfer", step);
  if (IsTransferring(ticket)) {
    throw base::Transition("TICKET_STATE", "a transfer waits for its outcome");
  }
  if (ticket.transfers.size() >= kTransfersMax) {
    throw base::InvalidField("service", "it was tried as often as it can be");
  }
  ticket.transfers.push_back({service, step.now, official_id, std::nullopt, std::nullopt});
  BeginTransfer(ticket, step);
}

void EndTransfer(Ticket& ticket, bool taken, const Step& step) {
  if (!IsTransferring(ticket)) {
    throw base::Transition("TICKET_STATE", "no transfer is waiting for its outcome");
  }
  Transfer& last = ticket.transfers.back();
  last.taken = taken;
  // Not taken: the alarm stays while nobody has it.
  if (taken || ticket.state == TicketState::kRouted)
    Remove(ticket.deadlines, DeadlineKind::kTransfer);
  if (!taken) return;
  last.taken_at = step.now;
  Move(ticket, "transferred", step);
  Forwarded(ticket, step.now), Respond(ticket, step.now);
  if (ticket.state == TicketState::kTransferred) BeginClosing(ticket, step);
}

void Answer(Ticket& ticket, const std::string& answer, std::vector<Attachment> attachments,
            const Step& step) {
  Move(ticket, "answer", step);
  ticket.answer = answer;
  ticket.answer_attachments = std::move(attachments);
  ticket.answer_article = ticket.answer_template = {};
  ticket.answered_at = step.now;
  ticket.reason.clear();
  Remove(ticket.deadlines, DeadlineKind::kTransfer);
  Forwarded(ticket, step.now), Respond(ticket, step.now);
  BeginAnswering(ticket, step);
}

void ReturnAnswer(Ticket& ticket, const std::string& reason, const Step& step) {
  Move(ticket, "return_answer", step);
  ticket.reason = reason;
  ticket.answered_at.reset(), ticket.approved_at.reset();
  AwaitForwarding(ticket, step);
}

void Approve(Ticket& ticket, const Step& step) {
  Move(ticket, "approve", step);
  ticket.approved_at = step.now;
}

void RequireMayPublish(const Ticket& ticket) {
  if (!ticket.restricted && !ticket.anonymous && !ticket.confidential) return;
  throw base::Transition("NOT_TO_PUBLISH",
                         "restricted, anonymous and confidential tickets are not published");
}

void Publish(Ticket& ticket, const Publication& publication, const Step& step) {
  RequireMayPublish(ticket);
  Move(ticket, "publish", step);
  ticket.published_at = step.now;
  ticket.public_text = publication.text;
  ticket.public_answer = publication.answer;
  ticket.public_photos = ToPhotos(ticket, publication.photos);
  ticket.kept_private = false;
  EndAnswering(ticket, step.now);
  BeginClosing(ticket, step);
}

void KeepPrivate(Ticket& ticket, const Step& step) {
  Move(ticket, "keep_private", step);
  ticket.kept_private = true;
  EndAnswering(ticket, step.now);
  BeginClosing(ticket, step);
}

void WithdrawPublication(Ticket& ticket, const std::string& reason, const Step& step) {
  if (!ticket.published_at) throw base::Transition("TICKET_STATE", "it is not published");
  Move(ticket, "withdraw_publication", step);
  Unpublish(ticket);
  ticket.kept_private = true;
  ticket.reason = reason;
}

void Reject(Ticket& ticket, const std::string& reason, const Step& step) {
  Move(ticket, "reject", step);
  EndAnswering(ticket, step.now);
  ticket.reason = reason;
  ticket.closed_at = step.now;
  ticket.deadlines.clear();
}

void Rate(Ticket& ticket, Satisfaction satisfaction, const std::string& comment, const Step& step) {
  const Deadline* const closing = Find(ticket.deadlines, DeadlineKind::kClosing);
  if (closing != nullptr && step.now >= closing->at) {
    throw base::Transition("TICKET_STATE", "the time for that is over");
  }
  Move(ticket, "rate", step);
  ticket.satisfaction = satisfaction;
  ticket.satisfaction_comment = comment;
}

void Reopen(Ticket& ticket, const std::string& reason, const Step& step) {
  const Deadline* const closing = Find(ticket.deadlines, DeadlineKind::kClosing);
  const bool is_over = ticket.state == TicketState::kClosed ||
                       (closing != nullptr && step.now >= closing->at) ||
                       ticket.reopen_count >= step.rules.TheCentre().reopens_max;
  if (is_over) {
    throw base::Transition("REOPEN_OVER",
                           "the time for that is over, or it was reopened as often as it can be");
  }
  Move(ticket, "reopen", step);
  ++ticket.reopen_count;
  ticket.reopen_reason = reason;
  ticket.reopened_at = step.now;
  // What was said of the answer is not said of the next one.
  ticket.satisfaction = Satisfaction::kNone;
  ticket.satisfaction_comment.clear();
  Remove(ticket.deadlines, DeadlineKind::kClosing);
  // What everybody may read of it is out of sight until there is a new answer.
  Unpublish(ticket);
  ticket.approved_at.reset(), ticket.answered_at.reset(), ticket.closed_at.reset();
  BeginForwarding(ticket, step.now, step);
}

void Close(Ticket& ticket, const Step& step) {
  Move(ticket, "close", step);
  ticket.closed_at = step.now;
  ticket.deadlines.clear();
}

bool IsBeingHandled(const Ticket& ticket) {
  return ticket.state <= TicketState::kApproved || ticket.state == TicketState::kReopened;
}

void Join(Ticket& ticket, Ticket& into, const Step& step) {
  const auto is_emergency = [](const Ticket& one) { return one.kind == CategoryKind::kEmergency; };
  const bool takes = IsBeingHandled(into) || into.state == TicketState::kTransferred;
  const bool same = ticket.id != into.id && !into.joined_ticket_id && takes &&
                    is_emergency(ticket) == is_emergency(into) && !IsTransferring(ticket) &&
                    ticket.IsWithheld() == into.IsWithheld() &&
                    ticket.concerned_unit_id == into.concerned_unit_id &&
                    ticket.keeper_unit_id == into.keeper_unit_id;
  if (!same) {
    throw base::Invalid("TICKETS_DIFFER", "into_ticket_id",
                        "is not a ticket of the same kind that is being handled");
  }
  if (into.report_count + ticket.report_count > kReportsMax) {
    throw base::Invalid("TICKETS_DIFFER", "into_ticket_id", "has as many reports as one can have");
  }
  Move(ticket, "join", step);
  ticket.joined_ticket_id = into.id;
  ticket.own_classification = {ticket.category_id, ticket.kind, ticket.restricted,
                               ticket.concerned_unit_id, ticket.keeper_unit_id};
  for (const DeadlineKind kind : {DeadlineKind::kFirstResponse, DeadlineKind::kAnswer}) {
    Suspend(ticket.deadlines, ticket.past_deadlines, kind);
  }
  ticket.deadlines.clear();
  AddFiles(into, ticket);
  into.report_count += ticket.report_count;
  into.has_had_others = true;
}

void Separate(Ticket& ticket, Ticket& from, int own_reports, const std::vector<Ticket>& others,
              const Step& step) {
  Move(ticket, "separate", step);
  if (ticket.own_classification) {
    const Classification own = *std::exchange(ticket.own_classification, std::nullopt);
    ticket.category_id = own.category_id;
    ticket.kind = own.kind;
    ticket.restricted = own.restricted;
    ticket.concerned_unit_id = own.concerned_unit_id;
    ticket.keeper_unit_id = own.keeper_unit_id;
  }
  if (ticket.category_id.empty()) ticket.state = TicketState::kNew;
  ticket.joined_ticket_id.reset();
  ticket.report_count = own_reports;
  from.report_count -= own_reports;
  from.joined_attachments.clear();
  for (const Ticket& other : others) AddFiles(from, other);
  std::erase_if(from.public_photos,
                [&](const std::string& sha256) { return FindPicture(from, sha256) == nullptr; });
  AwaitForwarding(ticket, step);
  const auto category = step.rules.categories.find(ticket.category_id);
  if (category != step.rules.categories.end()) AwaitResponse(ticket, category->second, step);
  AwaitAnswer(ticket, step);
}

}  // namespace lienthong::hotline
