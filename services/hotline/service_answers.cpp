#include <algorithm>
#include <iterator>
#include <utility>

#include "hotline/service_knowledge.hpp"
#include "hotline/service_opening.hpp"
#include "hotline/service_ratings.hpp"
#include "hotline/service_replies.hpp"
#include "hotline/service_tickets.hpp"
#include "hotline/store_messages.hpp"
#include "platform/base/text.hpp"

namespace lienthong::hotline {
namespace {

using journal::Heads;
using journal::Key;
using journal::ListOf;
using pg::Tx;

/// Nothing of what must not be read by everybody.
void RequireNoPersonalData(const std::string& text, const std::vector<std::string>& names,
                           const Rules& rules, const std::string& field) {
  const std::string found = FindPersonalData(text, names, rules.TheCentre().public_contacts);
  if (found.empty()) return;
  throw base::Invalid("PERSONAL_DATA_FOUND", field, "holds personal data: " + found)
      .With("kind", found);
}

/// What came only with joined tickets of who wants no publication, or is not known, is for those
/// who handle it.
void RequireMayShow(Tx& tx, const Ticket& ticket, const std::vector<std::string>& photos) {
  const auto has = [](const std::vector<Attachment>& files, const std::string& sha256) {
    return std::ranges::count(files, sha256, &Attachment::sha256) > 0;
  };
  std::vector<std::string> joined;
  std::ranges::copy_if(photos, std::back_inserter(joined), [&](const std::string& sha256) {
    return !has(ticket.attachments, sha256) && !has(ticket.answer_attachments, sha256);
  });
  if (joined.empty()) return;
  const auto others = SelectTickets(tx, SelectJoined(tx, ticket.id));
  for (const std::string& sha256 : joined) {
    const bool may_show = std::ranges::any_of(others, [&](const auto& other) {
      return !other.value.anonymous && !other.value.confidential &&
             has(other.value.attachments, sha256);
    });
    if (may_show) continue;
    throw base::Transition("NOT_TO_PUBLISH",
                           "photos of anonymous and confidential reports are not published");
  }
}

void RequireNoneOpen(Tx& tx, const TicketId& id) {
  for (const auto& [assignment, version] : SelectAssignmentsOf(tx, id)) {
    if (!assignment.IsOpen()) continue;
    throw base::Transition("ASSIGNMENTS_OPEN", "units have not answered yet")
        .With("assignment_id", assignment.id.text);
  }
}

}  // namespace

TicketService::TicketService(const Parts& parts) : parts_(parts) {
  parts_.journal.OnAnswer(
      [this](Tx& tx, const Call& call, const Key& key, const journal::Audience&) {
        return Sight(tx, call, parts_).ViewOf(key);
      });
  parts_.journal.OnHistory(owner::OfOwnOfficials(parts_.sharing));
}

v1::Ticket TicketService::TicketStep(const Call& call, const google::protobuf::Message& request,
                                     const std::string& id, const char* event, const Apply& apply) {
  const auto ticket_id = ToId<TicketId>(id);
  return parts_.journal.Change<v1::Ticket>(
      call, request, {{kTicketType, ticket_id.text}},
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Ticket ticket = sight.FindKept(ticket_id).value;
        apply(tx, sight, ticket, sight.StepBy(Actor::kKeeper));
        UpsertTicket(tx, ticket);
        return ListOf(Seen(event, ticket, sight));
      },
      journal::Visibility::kAny);
}

v1::Ticket TicketService::AnswerTicket(const Call& call, const v1::AnswerTicketRequest& request) {
  const std::string answer = CheckLongText(request.answer(), "answer");
  const auto uploads = ToUploads(request.attachment_upload_ids(), "attachment_upload_ids");
  return TicketStep(
      call, request, request.ticket_id(), "TicketAnswered",
      [&](Tx& tx, Sight& sight, Ticket& ticket, const Step& step) {
        RequireNoneOpen(tx, ticket.id);
        auto attachments = TakeUploads(tx, call, uploads, {kTicketType, ticket.id.text});
        Answer(ticket, answer, std::move(attachments), step);
        ticket.answer_article = FindArticleSource(tx, request.article_id(), call, sight);
        ticket.answer_template = FindTemplateSource(tx, request.template_id(), sight);
      });
}

v1::Ticket TicketService::ApproveTicket(const Call& call, const v1::ApproveTicketRequest& request) {
  return TicketStep(call, request, request.ticket_id(), "TicketApproved",
                    [&](Tx&, Sight&, Ticket& ticket, const Step& step) { Approve(ticket, step); });
}

v1::Ticket TicketService::ReturnAnswer(const Call& call, const v1::ReturnAnswerRequest& request) {
  const std::string reason = CheckReason(request.reason());
  return TicketStep(call, request, request.ticket_id(), "AnswerReturned",
                    [&](Tx&, Sight&, Ticket& ticket, const Step& step) {
                      hotline::ReturnAnswer(ticket, reason, step);
                    });
}

v1::DraftPublicationResponse TicketService::DraftPublication(
    const Call& call, const v1::DraftPublicationRequest& request) {
  const auto id = ToId<TicketId>(request.ticket_id());
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    const Ticket ticket = sight.FindKept(id).value;
    RequireMayPublish(ticket);
    const Rules& rules = sight.TheRules();
    const int state = static_cast<int>(ticket.state);
    if (ticket.state != TicketState::kAnswered &&
        !rules.ticket_moves.Next("publish", state, Actor::kKeeper)) {
      throw base::Transition("TICKET_STATE", "there is no answer that can be published");
    }
    const auto names = SelectNames(tx, id);
    const auto drafted = [&](const std::string& text) {
      return WithoutPersonalData(text, names, rules.TheCentre().public_contacts);
    };
    v1::DraftPublicationResponse response;
    response.set_public_text(drafted(ticket.text));
    response.set_public_answer(drafted(ticket.answer));
    return response;
  });
}

v1::Ticket TicketService::PublishTicket(const Call& call, const v1::PublishTicketRequest& request) {
  const Publication publication{CheckLongText(request.public_text(), "public_text"),
                                CheckLongText(request.public_answer(), "public_answer"),
                                {request.public_photos().begin(), request.public_photos().end()}};
  return TicketStep(call, request, request.ticket_id(), "TicketPublished",
                    [&](Tx& tx, Sight&, Ticket& ticket, const Step& step) {
                      const bool is_told = ticket.state == TicketState::kPrivate;
                      Publish(ticket, publication, step);
                      RequireMayShow(tx, ticket, ticket.public_photos);
                      const auto names = SelectNames(tx, ticket.id);
                      RequireNoPersonalData(publication.text, names, step.rules, "public_text");
                      RequireNoPersonalData(publication.answer, names, step.rules, "public_answer");
                      if (is_told) return;  // when it was kept private, or published before
                      QueueMessages(tx, ticket.id, MessageKind::kAnswered, step.now);
                    });
}

v1::Ticket TicketService::WithdrawPublication(const Call& call,
                                              const v1::WithdrawPublicationRequest& request) {
  const std::string reason = CheckReason(request.reason());
  return TicketStep(call, request, request.ticket_id(), "PublicationWithdrawn",
                    [&](Tx&, Sight&, Ticket& ticket, const Step& step) {
                      hotline::WithdrawPublication(ticket, reason, step);
                    });
}

v1::Ticket TicketService::KeepPrivate(const Call& call, const v1::KeepPrivateRequest& request) {
  return TicketStep(call, request, request.ticket_id(), "TicketKeptPrivate",
                    [&](Tx& tx, Sight&, Ticket& ticket, const Step& step) {
                      hotline::KeepPrivate(ticket, step);
                      QueueMessages(tx, ticket.id, MessageKind::kAnswered, step.now);
                    });
}

v1::Ticket TicketService::RejectTicket(const Call& call, const v1::RejectTicketRequest& request) {
  const std::string reason = CheckReason(request.reason());
  return TicketStep(call, request, request.ticket_id(), "TicketRejected",
                    [&](Tx& tx, Sight&, Ticket& ticket, const Step& step) {
                      Reject(ticket, reason, step);
                      QueueMessages(tx, ticket.id, MessageKind::kRejected, step.now);
                    });
}

v1::Ticket TicketService::RateTicket(const Call& call, const v1::RateTicketRequest& request) {
  if (request.satisfaction() == v1::SATISFACTION_UNSPECIFIED) {
    throw base::InvalidField("satisfaction", "is required");
  }
  const auto satisfaction = static_cast<Satisfaction>(request.satisfaction());
  const std::string comment =
      base::CheckLines(request.comment(), "comment", kReasonCharactersMax, false);
  return TicketStep(call, request, request.ticket_id(), "TicketRated",
                    [&](Tx& tx, Sight&, Ticket& ticket, const Step& step) {
                      const ReportId report = RatedReport(tx, ticket, request.report_id());
                      TakeRating(tx, ticket, report, satisfaction, comment, step);
                    });
}

v1::Ticket TicketService::ReopenTicket(const Call& call, const v1::ReopenTicketRequest& request) {
  const std::string reason = CheckReason(request.reason());
  return TicketStep(call, request, request.ticket_id(), "TicketReopened",
                    [&](Tx& tx, Sight&, Ticket& ticket, const Step& step) {
                      Reopen(ticket, reason, step);
                      ClearRatings(tx, ticket.id);
                      QueueMessages(tx, ticket.id, MessageKind::kReopened, step.now);
                    });
}

v1::Ticket TicketService::RecordReply(const Call& call, const v1::RecordReplyRequest& request) {
  const auto id = ToId<TicketId>(request.ticket_id());
  const std::string text = base::CheckLines(request.text(), "text", kReasonCharactersMax, true);
  const auto keys =
      parts_.pool.Transact(call.deadline, [&](Tx& tx) { return KeysOfReply(tx, id); });
  return parts_.journal.Change<v1::Ticket>(
      call, request, keys,
      [&](Tx& tx, const journal::Heads& heads) {
        Sight sight(tx, call, parts_);
        sight.FindKept(id);
        return TakeReply(tx, id, text, heads, sight, sight.StepBy(Actor::kKeeper));
      },
      journal::Visibility::kAny);
}

}  // namespace lienthong::hotline
