#include "document/service_documents.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "document/edxml.hpp"
#include "platform/base/search_words.hpp"
#include "document/service_attachments.hpp"
#include "document/service_numbers.hpp"
#include "document/service_requests.hpp"
#include "document/service_rights.hpp"
#include "platform/base/text.hpp"

namespace lienthong::document {
namespace {

using journal::Heads;
using journal::Key;
using journal::ListOf;
using pg::Tx;

constexpr int kFoundDefault = 20, kFoundMax = 100;
constexpr int kDeliveriesDefault = 100, kDeliveriesMax = 500;

/// A document of the unit of the call.
Document FindSent(Sight& sight, const Call& call, const DocumentId& id) {
  Document document = sight.FindDocument(id).value;
  RequireOwn(document.sender_unit_id, call, sight.Rules());
  return document;
}

void RequireNotRecalled(const Document& document) {
  if (!document.recalled) return;
  throw base::Transition("DOCUMENT_RECALLED", "the document was recalled");
}

base::Error SentMeanwhile() {
  return base::Aborted("CONCURRENT_CHANGE", "it was sent to others meanwhile; repeat");
}

/// None of the new deliveries goes to who has the document; who gave it back may get it again.
void RequireUnsent(const std::vector<Stored<Delivery>>& sent, const std::vector<Delivery>& asked) {
  using Receiver = std::tuple<std::string, std::string, std::string>;
  const auto receiver_of = [](const Delivery& one) {
    return Receiver(one.receiver_unit_id, one.receiver_organ_id, one.receiver_name);
  };
  std::set<Receiver> have;
  for (const auto& [delivery, version] : sent) {
    if (delivery.state != DeliveryState::kRecalled) have.insert(receiver_of(delivery));
  }
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (!have.contains(receiver_of(asked[i]))) continue;
    throw base::Conflict("ALREADY_SENT", "the recipient has the document")
        .Field("recipients[" + std::to_string(i) + "]", "has the document");
  }
}

/// What the draft becomes.
Document DocumentOf(const Draft& draft, const DocumentId& id, const Call& call,
                    const access::Sharing& sharing) {
  Document document;
  document.id = id;
  document.content = draft.content;
  document.sender_unit_id = draft.unit_id;
  const auto* const unit = sharing.Find(draft.unit_id);
  document.sender_name = unit == nullptr ? draft.unit_id : unit->name();
  document.issued_at = call.time;
  return document;
}

std::vector<std::string> PartiesOf(const Document& document,
                                   const std::vector<Delivery>& deliveries) {
  std::set<std::string> parties{document.sender_unit_id};
  for (const Delivery& delivery : deliveries) parties.insert(delivery.receiver_unit_id);
  parties.erase("");
  return {parties.begin(), parties.end()};
}

}  // namespace

DocumentService::DocumentService(const Parts& parts) : parts_(parts) {
  parts_.journal.OnAnswer(
      [this](Tx& tx, const Call& call, const Key& key, const journal::Audience&) {
        return Sight(tx, call, parts_).ViewOf(key);
      });
  parts_.journal.OnHistory(owner::OfOwnOfficials(parts_.sharing));
}

std::vector<Delivery> DocumentService::MakeDeliveries(const Call& call, const Document& document,
                                                      std::vector<Recipient>& recipients,
                                                      const Sight& sight, const Limits& limits,
                                                      const std::string& field) {
  std::vector<Delivery> deliveries;
  RequireMayLeave(document.content, recipients, field);
  const auto due = limits.By(DeadlineKind::kReception, document.content.urgency, call.time);
  for (std::size_t i = 0; i < recipients.size(); ++i) {
    Recipient& recipient = recipients[i];
    const std::string at = field + "[" + std::to_string(i) + "].unit_id";
    if (!recipient.unit_id.empty()) {
      recipient.name = RequireReceiver(recipient.unit_id, document.sender_unit_id, sight.Rules(),
                                       Today(call), at);
    }
    Delivery delivery;
    delivery.id = {parts_.ids.New()};
    delivery.document_id = document.id;
    delivery.sender_unit_id = document.sender_unit_id;
    delivery.receiver_unit_id = recipient.unit_id;
    delivery.receiver_organ_id = recipient.organ_id;
    delivery.receiver_name = recipient.name;
    delivery.holder_unit_id = recipient.unit_id;
    delivery.for_information = recipient.for_information;
    delivery.restricted = document.content.restricted;
    delivery.urgency = document.content.urgency;
    delivery.sent_at = call.time;
    // In this system it arrives with the commit.
    if (!recipient.unit_id.empty()) {
      Arrive(delivery, {"", call.time, ""});
      delivery.due = due;
      delivery.deadline = AskedFor(document.content);
    }
    if (!document.content.changed_documents.empty()) {
      RequestChange(delivery, document.content.change_kind, {"", call.time, ""});
    }
    deliveries.push_back(std::move(delivery));
  }
  return deliveries;
}

v1::Document DocumentService::IssueDocument(const Call& call,
                                            const v1::IssueDocumentRequest& request) {
  const auto draft_id = ToId<DraftId>(request.draft_id());
  const DocumentId id{parts_.ids.New()};
  const NumberWish wish{Today(call)};
  std::vector<Key> keys{{kDraftType, draft_id.text}};
  std::optional<Series> known;
  parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const Draft draft = Sight(tx, call, parts_).FindDraft(draft_id).value;
    keys.resize(1);
    if (draft.content.numbered) {
      keys.push_back({kBookType, draft.content.numbered->book_id});
    } else if ((known = FindSeries(tx, draft))) {
      const int year = static_cast<int>(wish.document_date.year());
      keys.push_back(BookKey(known->unit_id, year, known->code));
    }
  });
  return parts_.journal.Change<v1::Document>(
      call, request, keys,
      [&](Tx& tx, const Heads& heads) {
        Sight sight(tx, call, parts_);
        Draft draft = sight.FindDraft(draft_id).value;
        RequireOwn(draft.unit_id, call, sight.Rules());
        RequireIssuable(draft);
        Document document = DocumentOf(draft, id, call, sight.Rules());
        const Limits limits(tx, sight.Directory(), Today(call));
        const std::vector<Delivery> deliveries = MakeDeliveries(
            call, document, draft.content.recipients, sight, limits, "draft.recipients");
        std::optional<Book> book;
        if (draft.content.numbered) {
          if (!heads.contains({kBookType, draft.content.numbered->book_id})) {
            throw base::Aborted("CONCURRENT_CHANGE", "the draft got a number meanwhile; repeat");
          }
        } else {
          const Series series = RequireSeries(tx, draft, known);
          book = LoadBook(tx, heads, series, static_cast<int>(wish.document_date.year()));
          NumberDraft(tx, draft, *book, series, wish, call.official);
        }
        Issue(draft, id);
        document.content = draft.content;
        document.parties = PartiesOf(document, deliveries);
        document.packet_document_id =
            edxml::DocumentIdOf(draft.unit_id, *document.content.numbered);
        UpdateContent(tx, draft.content);  // the names of its recipients
        NumberIsDocument(tx, draft, id, call.official);
        document::UpdateDraft(tx, draft);
        InsertDocument(tx, document);
        ShareAttachments(tx, document.content, id);
        InsertDeliveries(tx, deliveries);
        Changes changes = ListOf(Answer("DocumentIssued", ToRecord(document, sight.Rules())),
                                 Answer("DraftIssued", ToRecord(draft, sight.Rules())));
        if (book) changes.push_back(Answer("NumberGiven", ToRecord(*book, sight.Rules())));
        if (document.content.restricted) {
          ReadingRight right{id, draft.unit_id, draft.readers};
          right.readers.push_back("official/" + draft.author_official_id);
          std::sort(right.readers.begin(), right.readers.end());
          UpsertReadingRight(tx, right);
          changes.push_back(Answer("ReadersSet", ToRecord(right, sight.Rules())));
        }
        for (const Delivery& delivery : deliveries) {
          changes.push_back(Answer("DocumentSent", ToRecord(delivery, sight.Rules())));
        }
        return changes;
      },
      journal::Visibility::kAny);
}

v1::Document DocumentService::SendDocument(const Call& call,
                                           const v1::SendDocumentRequest& request) {
  const auto id = ToId<DocumentId>(request.document_id());
  const std::vector<Recipient> asked = ToRecipients(request.recipients(), "recipients");
  if (asked.empty()) throw base::InvalidField("recipients", "at least one is required");
  return parts_.journal.Change<v1::Document>(
      call, request, {KeyOf(id)},
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Document document = FindSent(sight, call, id);
        RequireNotRecalled(document);
        const std::vector<DeliveryId> sent = SelectDeliveryIds(tx, id);
        if (sent.size() + asked.size() > kRecipientsMax) {
          throw base::Invalid("TOO_MANY_RECIPIENTS", "recipients",
                              "a document has at most 450 recipients");
        }
        std::vector<Recipient> recipients = asked;
        const std::vector<Delivery> deliveries =
            MakeDeliveries(call, document, recipients, sight,
                           Limits(tx, sight.Directory(), Today(call)), "recipients");
        RequireUnsent(SelectDeliveries(tx, sent), deliveries);
        InsertDeliveries(tx, deliveries);
        UpdateParties(tx, document);
        Changes changes = ListOf(Answer("DocumentForwarded", ToRecord(document, sight.Rules())));
        for (const Delivery& delivery : deliveries) {
          changes.push_back(Answer("DocumentSent", ToRecord(delivery, sight.Rules())));
        }
        return changes;
      },
      journal::Visibility::kAny);
}

v1::Document DocumentService::RecallDocument(const Call& call,
                                             const v1::RecallDocumentRequest& request) {
  const auto id = ToId<DocumentId>(request.document_id());
  const std::string reason = CheckReason(request.reason());
  if (request.delivery_ids_size() > static_cast<int>(kRecipientsMax)) {
    throw base::InvalidField("delivery_ids", "more than a document can have");
  }
  std::set<DeliveryId> named;
  for (const std::string& text : request.delivery_ids()) named.insert(ToId<DeliveryId>(text));
  const std::vector<DeliveryId> known = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    FindSent(sight, call, id);
    return SelectDeliveryIds(tx, id);
  });
  std::vector<Key> keys{KeyOf(id)};
  for (const DeliveryId& delivery : known) keys.push_back(KeyOf(delivery));
  return parts_.journal.Change<v1::Document>(
      call, request, keys,
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Document document = FindSent(sight, call, id);
        if (SelectDeliveryIds(tx, id) != known) throw SentMeanwhile();
        std::vector<Delivery> recalled;
        std::size_t found = 0;
        for (auto& [delivery, version] : InOrder(known, SelectDeliveries(tx, known))) {
          const bool is_named = named.contains(delivery.id);
          if (is_named) ++found;
          if (!named.empty() && !is_named) continue;
          if (IsRecallable(delivery)) {
            recalled.push_back(std::move(delivery));
          } else if (is_named) {
            throw base::Transition("RECALL_TOO_LATE", "a receiver has dealt with it");
          }
        }
        if (found != named.size()) throw base::NotFound();
        if (recalled.empty() && !known.empty()) {
          throw base::Transition("RECALL_TOO_LATE", "all receivers have dealt with it");
        }
        if (named.empty()) {
          document.recalled = true;
          document.recall_reason = reason;
          UpdateDocument(tx, document);
        }
        Changes changes = ListOf(Answer(named.empty() ? "DocumentRecalled" : "RecallRequested",
                                        ToRecord(document, sight.Rules())));
        for (Delivery& delivery : recalled) {
          // Who of the sender asks for it is not the receiver's to know; the journal has it.
          RequestRecall(delivery, {"", call.time, reason});
          UpdateDelivery(tx, delivery);
          changes.push_back(Answer("RecallRequested", ToRecord(delivery, sight.Rules())));
        }
        return changes;
      },
      journal::Visibility::kAny);
}

v1::ReadingRight DocumentService::SetReaders(const Call& call,
                                             const v1::SetReadersRequest& request) {
  ReadingRight right;
  right.document_id = ToId<DocumentId>(request.document_id());
  right.unit_id = call.unit;
  right.readers = CheckReaders({request.readers().begin(), request.readers().end()}, "readers");
  std::vector<Key> keys;
  parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    keys.clear();
    const Sight sight(tx, call, parts_);
    AddRightKeys(tx, right.document_id, call.unit, sight.Rules(), keys);
  });
  return parts_.journal.Change<v1::ReadingRight>(
      call, request, keys,
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        if (!sight.FindDocument(right.document_id).value.content.restricted) {
          throw base::Transition("NOT_RESTRICTED", "everyone of the unit may read it");
        }
        RequireReaders(right.readers, call, sight.Directory(), "readers");
        Changes changes;
        document::SetReaders(tx, right, sight.Rules(), changes);
        return changes;
      },
      journal::Visibility::kAny);
}

v1::Document DocumentService::GetDocument(const Call& call, const v1::GetDocumentRequest& request) {
  const auto id = ToId<DocumentId>(request.document_id());
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const auto document = Sight(tx, call, parts_).FindDocument(id);
    return ToMessage(document.value, document.version, kFullView);
  });
}

v1::FindDocumentsResponse DocumentService::FindDocuments(const Call& call,
                                                         const v1::FindDocumentsRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kFoundDefault, kFoundMax);
  DocumentQuery query;
  query.words = base::SearchQuery(request.text(), "text");
  query.from = ToOptionalDay(request.date_from(), "date_from");
  query.to = ToOptionalDay(request.date_to(), "date_to");
  if (query.from && query.to && *query.to < *query.from) {
    throw base::InvalidField("date_to", "must not be before date_from");
  }
  if (request.direction() == v1::BOOK_DIRECTION_OUTGOING) query.direction = "OUTGOING";
  if (request.direction() == v1::BOOK_DIRECTION_INCOMING) query.direction = "INCOMING";
  if (request.delivery_state() != v1::DELIVERY_STATE_UNSPECIFIED) {
    query.delivery_state = static_cast<DeliveryState>(request.delivery_state());
  }
  query.deadline_from = ToOptionalDay(request.deadline_from(), "deadline_from");
  query.deadline_to = ToOptionalDay(request.deadline_to(), "deadline_to");
  query.book_id = base::CheckText(request.book_id(), "book_id", kBookIdCharactersMax, false);
  query.limit = size + 1;
  // "<day> <id>" of the last one.
  if (const std::string position = parts_.tokens.Read(call, request); !position.empty()) {
    const std::size_t space = position.find(' ');
    query.after = {position.substr(0, space), position.substr(space + 1)};
  }
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    query.reader = sight.Official();
    if (!query.book_id.empty()) RequireOwnBook(query.book_id, call, sight.Rules());
    std::vector<DocumentId> ids;
    for (const auto& place : document::FindDocuments(tx, query)) ids.push_back({place.id});
    const auto found = InOrder(ids, SelectDocuments(tx, ids));
    v1::FindDocumentsResponse response;
    FillPage(
        found, size, response.mutable_documents(),
        [](const auto& stored) { return ToMessage(stored.value, stored.version, kFullView); },
        [&](const auto& last) {
          const Numbered& numbered = last.value.content.numbered.value();
          response.set_next_page_token(parts_.tokens.Make(
              call, request, base::FormatDay(numbered.document_date) + " " + last.value.id.text));
        });
    return response;
  });
}

v1::ListDeliveriesResponse DocumentService::ListDeliveries(
    const Call& call, const v1::ListDeliveriesRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kDeliveriesDefault, kDeliveriesMax);
  const auto id = ToId<DocumentId>(request.document_id());
  const DeliveryId after{parts_.tokens.Read(call, request)};
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    const Document document = sight.FindDocument(id).value;
    const bool sent = IsOwn(document.sender_unit_id, call, sight.Rules());
    const auto ids = FindDeliveries(
        tx, id, sent ? std::vector<std::string>() : sight.Official().units, after, size + 1);
    const auto deliveries = InOrder(ids, SelectDeliveries(tx, ids));
    v1::ListDeliveriesResponse response;
    FillPage(
        deliveries, size, response.mutable_deliveries(),
        [&](const auto& stored) {
          return ToMessage(stored.value, stored.version,
                           sight.ViewOf(stored.value).value_or(kSenderView));
        },
        [&](const auto& last) {
          response.set_next_page_token(parts_.tokens.Make(call, request, last.value.id.text));
        });
    return response;
  });
}

}  // namespace lienthong::document
