#include "hotline/service_citizens.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "hotline/service_opening.hpp"
#include "hotline/service_public.hpp"
#include "hotline/service_ratings.hpp"
#include "hotline/service_replies.hpp"
#include "hotline/store_api_keys.hpp"
#include "hotline/store_messages.hpp"
#include "platform/base/hash.hpp"
#include "platform/base/search_words.hpp"
#include "platform/base/text.hpp"
#include "platform/files/files.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::hotline {
namespace {

using journal::Heads;
using pg::Tx;

constexpr int kPublicDefault = 50, kPublicMax = 1000;
constexpr std::size_t kChosenCategoriesMax = 100;

/// For who reported, with the contact given then.
void Tell(const Ticket& ticket, const Reporter& reporter,
          const std::vector<Stored<Assignment>>& assignments, const Step& step,
          const access::Sharing& sharing, v1::FollowedReport& message) {
  message.set_category_id(ticket.category_id);
  message.set_text(reporter.text);
  std::optional<base::Time> due;
  for (const auto& [assignment, version] : assignments) {
    if (!assignment.IsOpen()) continue;
    if (assignment.due_at && (!due || *due < *assignment.due_at)) due = assignment.due_at;
  }
  if (const std::string questions = QuestionsOf(assignments, sharing); !questions.empty()) {
    message.set_standing(v1::REPORT_STANDING_WAITING);
    message.set_question(questions);
  }
  // While it waits for the citizen the clock stands still.
  if (due && message.standing() != v1::REPORT_STANDING_WAITING) {
    journal::SetTime(message.mutable_due_at(), *due);
  }
  if (ticket.approved_at) {
    message.set_answer(ticket.answer);
    if (ticket.answered_at) {
      journal::SetTime(message.mutable_answered_at(), *ticket.answered_at);
    }
  }
  if (ticket.state == TicketState::kRejected) message.set_answer(ticket.reason);
  message.set_satisfaction(static_cast<v1::Satisfaction>(static_cast<int>(reporter.satisfaction)));
  const int state = static_cast<int>(ticket.state);
  const Deadline* const closing = Find(ticket.deadlines, DeadlineKind::kClosing);
  const bool is_within = closing != nullptr && step.now < closing->at;
  const auto can = [&](const char* name) {
    return is_within && step.rules.ticket_moves.Next(name, state, Actor::kCitizen).has_value();
  };
  message.set_can_rate(can("rate") && reporter.rating_count < step.rules.TheCentre().ratings_max);
  message.set_can_reopen(can("reopen") && ticket.reopen_count < step.rules.TheCentre().reopens_max);
  if (is_within) journal::SetTime(message.mutable_open_until(), closing->at);
}

/// Of a partner whose key is good; empty stays.
std::string UsableKey(Tx& tx, const std::string& id) {
  if (id.empty()) return id;
  const auto found =
      base::IsRecordId(id) ? SelectApiKeys(tx, {{id}}) : std::vector<Stored<ApiKey>>();
  if (found.empty() || found.front().value.revoked_at) {
    throw base::InvalidField("api_key_id", "is not the id of a key that is good");
  }
  return id;
}

/// Compares in the same time whatever differs.
bool IsSame(const std::string& a, const std::string& b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  }
  return difference == 0;
}

/// Under the lock of the ticket. Throws CONCURRENT_CHANGE (ABORTED) when the report is handled in
/// another one by now.
void RequireSameTicket(Tx& tx, const CodeOwner& owner) {
  if (TheOne(SelectReports(tx, {owner.report_id})).value.ticket_id == owner.ticket_id) return;
  throw base::Aborted("CONCURRENT_CHANGE", "it was joined or separated meanwhile; repeat");
}

/// As it is kept; what cannot be one stays as it was typed, and belongs to nobody.
std::string NormalContact(const std::string& contact) {
  if (contact.find('@') != std::string::npos) return base::ToLower(contact);
  return NormalPhone(contact).value_or(contact);
}

}  // namespace

v1::SubmitReportResponse CitizenService::SubmitReport(const Call& call,
                                                      const v1::SubmitReportRequest& request) {
  RequirePortal(call);
  const Intake intake = ToIntake(request);
  if (intake.channel != Channel::kWeb && intake.channel != Channel::kApp &&
      intake.channel != Channel::kOpen311) {
    throw base::InvalidField("channel", "must be the page, the application or Open311");
  }
  std::string made;  // by this call; an equal one may have been quicker
  const auto opened = parts_.journal.Change<v1::Ticket>(
      call, request, {},
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Opening opening = NewOpening(tx, call, intake, sight, parts_);
        opening.report.api_key_id = UsableKey(tx, request.api_key_id());
        made = opening.ticket.id.text;
        return StoreOpening(tx, opening, sight);
      },
      journal::Visibility::kAny);
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    v1::SubmitReportResponse response;
    response.set_ticket_id(opened.id());
    response.set_repeated(opened.id() != made);
    if (response.repeated()) {
      UsableKey(tx, request.api_key_id());
      // The photos came again; the ticket has those of the first time.
      files::Files::GiveUp(tx, call, intake.photos);
    }
    const auto reports = SelectOwnReports(tx, {opened.id()});
    response.set_code(ShownCode(SelectReporter(tx, reports.front()).value().code));
    return response;
  });
}

CodeOwner CitizenService::FindOwner(const Call& call, const std::string& code,
                                    const std::string& contact) {
  RequirePortal(call);
  const std::string typed = ReadCode(code).value_or("");
  const std::string normal =
      NormalContact(base::CheckText(contact, "contact", kEmailCharactersMax, false));
  const auto found =
      parts_.pool.Transact(call.deadline, [&](Tx& tx) { return SelectByCode(tx, typed); });
  const auto matches = [&](const CodeOwner& owner) {
    if (owner.anonymous && owner.phone.empty() && owner.email.empty()) return true;
    return (!owner.phone.empty() && IsSame(owner.phone, normal)) ||
           (!owner.email.empty() && IsSame(owner.email, normal));
  };
  const auto take = [&](const std::string& what, std::int64_t tries, std::int64_t tries_max) {
    const std::string name = base::ToHex(base::HmacSha256(options_.address_key, what));
    const auto verdict = limiter_.Take("follow/" + name, {tries_max, options_.tries_window}, tries);
    if (verdict.allowed) return;
    throw base::Exhausted("TRIES_USED_UP", "too many wrong tries", verdict.retry_after);
  };
  // Only wrong ones are counted. Who has a code and guesses the contact does not learn which one is
  // right; a contact that others try codes with goes on with its own.
  const std::string of_code = "code/" + (typed.empty() ? code : typed);
  take(of_code, 0, options_.tries_max - 1);
  if (found && matches(*found)) return *found;
  take(of_code, 1, options_.tries_max);
  if (!normal.empty()) take("contact/" + normal, 1, options_.tries_max);
  throw base::NotFound();
}

v1::FollowedReport CitizenService::Followed(const Call& call, const CodeOwner& owner) {
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    const Report report = TheOne(SelectReports(tx, {owner.report_id})).value;
    const Ticket ticket = TheOne(SelectTickets(tx, {report.ticket_id})).value;
    v1::FollowedReport message;
    message.set_standing(StandingOf(ticket));
    journal::SetTime(message.mutable_received_at(), report.received_at);
    if (owner.phone.empty() && owner.email.empty()) return message;
    const Reporter reporter = SelectReporter(tx, owner.report_id).value();
    Tell(ticket, reporter, SelectAssignmentsOf(tx, ticket.id), sight.StepBy(Actor::kCitizen),
         sight.Sharing(), message);
    HideOthers(tx, ticket, reporter, sight.TheRules(), message);
    return message;
  });
}

v1::FollowedReport CitizenService::FollowReport(const Call& call,
                                                const v1::FollowReportRequest& request) {
  return Followed(call, FindOwner(call, request.code(), request.contact()));
}

v1::FollowedReport CitizenService::CitizenStep(const Call& call,
                                               const google::protobuf::Message& request,
                                               const CodeOwner& owner, const char* event,
                                               const Apply& apply) {
  if (owner.phone.empty() && owner.email.empty()) throw base::NotFound();
  parts_.journal.Change<v1::Ticket>(
      call, request, {{kTicketType, owner.ticket_id.text}},
      [&](Tx& tx, const Heads&) {
        RequireSameTicket(tx, owner);
        Sight sight(tx, call, parts_);
        Ticket ticket = TheOne(SelectTickets(tx, {owner.ticket_id})).value;
        apply(tx, ticket, sight.StepBy(Actor::kCitizen));
        UpsertTicket(tx, ticket);
        return journal::ListOf(Seen(event, ticket, sight));
      },
      journal::Visibility::kAny);
  return Followed(call, owner);
}

v1::FollowedReport CitizenService::RateReport(const Call& call,
                                              const v1::RateReportRequest& request) {
  RequirePortal(call);
  if (request.satisfaction() == v1::SATISFACTION_UNSPECIFIED) {
    throw base::InvalidField("satisfaction", "is required");
  }
  const auto satisfaction = static_cast<Satisfaction>(request.satisfaction());
  const std::string comment =
      base::CheckLines(request.comment(), "comment", kReasonCharactersMax, false);
  const CodeOwner owner = FindOwner(call, request.code(), request.contact());
  return CitizenStep(call, request, owner, "TicketRated",
                     [&](Tx& tx, Ticket& ticket, const Step& step) {
                       TakeRating(tx, ticket, owner.report_id, satisfaction, comment, step);
                     });
}

v1::FollowedReport CitizenService::ReopenReport(const Call& call,
                                                const v1::ReopenReportRequest& request) {
  RequirePortal(call);
  const std::string reason = CheckReason(request.reason());
  const CodeOwner owner = FindOwner(call, request.code(), request.contact());
  return CitizenStep(call, request, owner, "TicketReopened",
                     [&](Tx& tx, Ticket& ticket, const Step& step) {
                       Reopen(ticket, reason, step);
                       ClearRatings(tx, ticket.id);
                       QueueMessages(tx, ticket.id, MessageKind::kReopened, step.now);
                     });
}

v1::FollowedReport CitizenService::ReplyToQuestion(const Call& call,
                                                   const v1::ReplyToQuestionRequest& request) {
  RequirePortal(call);
  const std::string text = base::CheckLines(request.text(), "text", kReasonCharactersMax, true);
  const CodeOwner owner = FindOwner(call, request.code(), request.contact());
  if (owner.phone.empty() && owner.email.empty()) throw base::NotFound();
  const auto keys =
      parts_.pool.Transact(call.deadline, [&](Tx& tx) { return KeysOfReply(tx, owner.ticket_id); });
  parts_.journal.Change<v1::Ticket>(
      call, request, keys,
      [&](Tx& tx, const Heads& heads) {
        RequireSameTicket(tx, owner);
        Sight sight(tx, call, parts_);
        return TakeReply(tx, owner.ticket_id, text, heads, sight, sight.StepBy(Actor::kCitizen));
      },
      journal::Visibility::kAny);
  return Followed(call, owner);
}

v1::ListPublicTicketsResponse CitizenService::ListPublicTickets(
    const Call& call, const v1::ListPublicTicketsRequest& request) {
  RequirePortal(call);
  const int size = rpc::PageSize(request.page_size(), kPublicDefault, kPublicMax);
  if (request.category_ids_size() > static_cast<int>(kChosenCategoriesMax)) {
    throw base::InvalidField("category_ids", "too many");
  }
  PublicQuery query;
  query.category_ids.assign(request.category_ids().begin(), request.category_ids().end());
  if (request.has_opened_from()) {
    query.from = journal::CheckTime(request.opened_from(), "opened_from");
  }
  if (request.has_opened_to()) query.to = journal::CheckTime(request.opened_to(), "opened_to");
  if (request.has_answered()) query.answered = request.answered();
  query.words = base::SearchQuery(request.text(), "text");
  query.published = request.published() || !query.words.empty();
  query.limit = size + 1;
  // "<time> <id>" of the last one.
  if (const std::string position = parts_.tokens.Read(call, request); !position.empty()) {
    const std::size_t space = position.find(' ');
    query.after = {base::ParseTime(position.substr(0, space)), position.substr(space + 1)};
  }
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const auto sharing = parts_.sharing.Read(tx);
    query.communes = ToCommunes(request.commune_code(), *sharing);
    const auto ids = FindPublicTickets(tx, query);
    v1::ListPublicTicketsResponse response;
    FillPage(
        InOrder(ids, SelectTickets(tx, ids)), size, response.mutable_tickets(),
        [&](const auto& stored) { return ToPublic(stored.value, *sharing); },
        [&](const auto& last) {
          response.set_next_page_token(parts_.tokens.Make(
              call, request, base::FormatTime(last.value.opened_at) + " " + last.value.id.text));
        });
    return response;
  });
}

v1::PublicTicket CitizenService::GetPublicTicket(const Call& call,
                                                 const v1::GetPublicTicketRequest& request) {
  RequirePortal(call);
  const auto id = ToId<TicketId>(request.ticket_id());
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    return ToPublic(FindPublic(tx, id), *parts_.sharing.Read(tx));
  });
}

v1::PublicPhoto CitizenService::GetPublicPhoto(const Call& call,
                                               const v1::GetPublicPhotoRequest& request) {
  RequirePortal(call);
  const auto id = ToId<TicketId>(request.ticket_id());
  const Attachment photo = parts_.pool.Transact(
      call.deadline, [&](Tx& tx) { return FindPhoto(FindPublic(tx, id), request.number()); });
  // Read and encoded outside the transaction: it takes long.
  v1::PublicPhoto message;
  message.set_jpeg(photos_.Jpeg(photo.sha256, photo.media_type, call.deadline));
  return message;
}

}  // namespace lienthong::hotline
