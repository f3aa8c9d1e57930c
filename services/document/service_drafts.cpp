#include "document/service_drafts.hpp"

#include <algorithm>
#include <chrono>

#include "document/document_type.hpp"
#include "document/service_attachments.hpp"
#include "document/service_deadlines.hpp"
#include "document/service_numbers.hpp"
#include "document/service_requests.hpp"
#include "platform/base/text.hpp"

namespace lienthong::document {
namespace {

using journal::Heads;
using journal::Key;
using journal::ListOf;
using pg::Tx;

constexpr std::chrono::days kAfterwardsMax{366};
constexpr int kDraftsDefault = 50, kDraftsMax = 200;

/// What is updated or replaced is an issued document of the same unit that the official may read;
/// what it refers to the official may read too, and is called there as it is called.
void CompleteReferences(Tx& tx, Content& content, const Call& call, Sight& sight) {
  const auto find = [&](const DocumentId& id) {
    auto found = SelectDocuments(tx, {id});
    const bool is_seen = !found.empty() && sight.MaySee(found.front().value);
    return is_seen ? std::optional(std::move(found.front().value)) : std::nullopt;
  };
  for (std::size_t i = 0; i < content.response_for.size(); ++i) {
    Reference& reference = content.response_for[i];
    if (reference.document_id.empty()) continue;
    const auto document = find({reference.document_id});
    if (!document) {
      throw base::InvalidField("content.response_for[" + std::to_string(i) + "].document_id",
                               "no such document");
    }
    const Numbered& numbered = document->content.numbered.value();
    reference.code = numbered.code;
    reference.document_date = base::FormatDay(numbered.document_date);
    reference.organ_id =
        document->sender_unit_id.empty() ? document->sender_organ_id : document->sender_unit_id;
  }
  for (const DocumentId& id : content.changed_documents) {
    const auto changed = find(id);
    if (changed && IsOwn(changed->sender_unit_id, call, sight.Rules())) continue;
    throw base::Invalid("NOT_OF_UNIT", "content.changed_document_id",
                        "must be a document that the unit issued");
  }
}

void RequireOwnDraft(const Draft& draft, const Call& call, const Sight& sight) {
  RequireOwn(draft.unit_id, call, sight.Rules());
}

void RequireDecider(const Draft& draft, const Sight& sight) {
  if (MayDecide(sight.Official(), draft)) return;
  throw base::Denied("NOT_ASSIGNED", "only the author, the clerks and the leaders of the unit");
}

/// Who may be asked to sign for a unit: a head, deputy or acting head of it or of a unit of the
/// agency (TL.), or who has an authority of it (TUQ.).
bool MaySignFor(Tx& tx, const std::string& official_id, const std::string& unit_id,
                const Call& call, const access::Snapshot& snapshot) {
  const std::vector<Post> posts = PostsOf(official_id, snapshot, call.time);
  const bool near = std::any_of(posts.begin(), posts.end(), [&](const Post& post) {
    return IsOfAgency(post, unit_id) && !post.ranks.empty();
  });
  return near || (IsOfAgency(official_id, unit_id, snapshot, call.time) &&
                  HasAuthorisation(tx, unit_id, official_id, Today(call)));
}

/// What would stand in the way of its number and its issue: known before somebody signs.
void RequireToBecome(Tx& tx, const Draft& draft, const Call& call, const Sight& sight) {
  const std::optional<Series> series = FindSeries(tx, draft);
  if (!series) throw SeriesMissing();
  // Throws when it names no office that drafted it.
  DocumentCode(*series, draft.content, 1, "", static_cast<int>(Today(call).year()));
  const auto& recipients = draft.content.recipients;
  RequireMayLeave(draft.content, recipients, "content.recipients");
  for (std::size_t i = 0; i < recipients.size(); ++i) {
    if (recipients[i].unit_id.empty()) continue;
    RequireReceiver(recipients[i].unit_id, draft.unit_id, sight.Rules(), Today(call),
                    "content.recipients[" + std::to_string(i) + "].unit_id");
  }
}

SigningUnit SigningUnitOf(const std::string& id, const access::Snapshot& snapshot) {
  const auto* const unit = snapshot.FindUnit(id);
  if (unit == nullptr) throw base::NotFound();
  const auto kind = unit->kind();
  return {id, kind == directory::v1::UNIT_KIND_PROVINCE ||
                  kind == directory::v1::UNIT_KIND_DISTRICT ||
                  kind == directory::v1::UNIT_KIND_COMMUNE};
}

/// A document is dated on the day of its sign-off or later. One that is entered afterwards has a
/// number that was reserved or is inserted, and is a year old at most.
void RequireDate(const NumberWish& wish, const Draft& draft) {
  const auto signed_on =
      std::chrono::sys_days(base::DayInVietnam(draft.content.signer.value().signed_at));
  const bool afterwards = wish.reserved_number != 0 || wish.insert_after_number != 0;
  const auto earliest = afterwards ? signed_on - kAfterwardsMax : signed_on;
  if (std::chrono::sys_days(wish.document_date) < earliest) {
    throw base::InvalidField("document_date",
                             "before the sign-off only with a reserved or inserted number");
  }
}

/// Position and authority of the calling official for the signature it asks for.
Signer SignerFor(Tx& tx, const Call& call, const Draft& draft, const v1::SignDraftRequest& request,
                 const access::Snapshot& snapshot) {
  Signer signer;
  signer.authority = request.authority() == v1::SIGNING_AUTHORITY_UNSPECIFIED
                         ? SigningAuthority::kHead
                         : static_cast<SigningAuthority>(request.authority());
  signer.as_deputy = request.as_deputy();
  signer.official_id = call.official;
  signer.full_name = NameOfOfficial(call.official, snapshot).value_or("");
  signer.signed_at = call.time;
  const std::vector<Post> posts = PostsOf(call.official, snapshot, call.time);
  if (signer.authority == SigningAuthority::kAuthorised) {
    const auto id = ToId<AuthorisationId>(request.authorisation_id());
    const auto authorisation = TheOne(SelectAuthorisations(tx, {id})).value;
    RequireAuthorisation(authorisation, draft.unit_id, call.official, draft.content.type.name,
                         Today(call));
    // It ends with the office of who gave it.
    if (!IsHead(PostsOf(authorisation.from_official_id, snapshot, call.time), draft.unit_id)) {
      throw base::Denied("AUTHORISATION_INVALID", "who gave the authority is head no longer");
    }
    if (!IsOfAgency(call.official, draft.unit_id, snapshot, call.time)) {
      throw base::Denied("AUTHORISATION_INVALID", "who has the authority left the unit");
    }
    signer.authorisation_id = id;
    for (const Post& post : posts) {
      if (post.unit_id == call.unit) signer.position = post.position_name;
    }
    return signer;
  }
  const SigningUnit unit = SigningUnitOf(draft.unit_id, snapshot);
  signer.position =
      RequireAuthority(unit, posts, {signer.authority, signer.as_deputy}).position_name;
  return signer;
}

}  // namespace

v1::Draft DraftService::CreateDraft(const Call& call, const v1::CreateDraftRequest& request) {
  Draft draft;
  draft.id = {parts_.ids.New()};
  draft.content = ToContent(request.content(), "content");
  draft.content.id = draft.id.text;
  draft.readers = CheckReaders(
      {request.content().readers().begin(), request.content().readers().end()}, "content.readers");
  draft.unit_id = call.unit;
  draft.author_official_id = call.official;
  const auto attachments =
      ToAttachments(request.content().attachments(), false, "content.attachments");
  return parts_.journal.Change<v1::Draft>(call, request, {}, [&](Tx& tx, const Heads&) {
    Sight sight(tx, call, parts_);
    draft.content.type =
        ListedType(SelectDocumentTypes(tx, Today(call)), draft.content.type, "content.type");
    CompleteReferences(tx, draft.content, call, sight);
    RequireReaders(draft.readers, call, sight.Directory(), "content.readers");
    draft.content.attachments = TakeAttachments(tx, call, attachments, {},
                                                {kDraftType, draft.id.text}, "content.attachments");
    InsertDraft(tx, draft);
    return ListOf(Answer("DraftCreated", ToRecord(draft, sight.Rules())));
  });
}

v1::Draft DraftService::Step(const Call& call, const google::protobuf::Message& request,
                             const std::string& id, const char* event,
                             const std::function<void(pg::Tx&, Sight&, Draft&)>& step) {
  const auto draft_id = ToId<DraftId>(id);
  return parts_.journal.Change<v1::Draft>(
      call, request, {{kDraftType, draft_id.text}},
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Draft draft = sight.FindDraft(draft_id).value;
        step(tx, sight, draft);
        document::UpdateDraft(tx, draft);
        return ListOf(Answer(event, ToRecord(draft, sight.Rules())));
      },
      journal::Visibility::kAny);
}

v1::Draft DraftService::UpdateDraft(const Call& call, const v1::UpdateDraftRequest& request) {
  const Content asked = ToContent(request.content(), "content");
  const std::vector<std::string> readers = CheckReaders(
      {request.content().readers().begin(), request.content().readers().end()}, "content.readers");
  const auto attachments =
      ToAttachments(request.content().attachments(), true, "content.attachments");
  return Step(
      call, request, request.draft_id(), "DraftUpdated", [&](Tx& tx, Sight& sight, Draft& draft) {
        RequireOwnDraft(draft, call, sight);
        RequireDecider(draft, sight);
        Content content = asked;
        content.type = ListedType(SelectDocumentTypes(tx, Today(call)), asked.type, "content.type");
        CompleteReferences(tx, content, call, sight);
        RequireReaders(readers, call, sight.Directory(), "content.readers");
        const auto before = draft.content.attachments;
        Update(draft, content, readers);
        draft.content.attachments = TakeAttachments(
            tx, call, attachments, before, {kDraftType, draft.id.text}, "content.attachments");
        UpdateContent(tx, draft.content);
      });
}

v1::Draft DraftService::GiveOpinion(const Call& call, const v1::GiveOpinionRequest& request) {
  const std::string text = base::CheckText(request.text(), "text", kOpinionCharactersMax, true);
  return Step(call, request, request.draft_id(), "OpinionGiven", [&](Tx&, Sight&, Draft& draft) {
    document::GiveOpinion(draft, {call.official, call.time, text});
  });
}

v1::Draft DraftService::SubmitDraft(const Call& call, const v1::SubmitDraftRequest& request) {
  return Step(
      call, request, request.draft_id(), "DraftSubmitted", [&](Tx& tx, Sight& sight, Draft& draft) {
        RequireOwnDraft(draft, call, sight);
        RequireDecider(draft, sight);
        if (!MaySignFor(tx, request.official_id(), draft.unit_id, call, sight.Directory())) {
          throw base::Invalid("OFFICIAL_NOT_OF_UNIT", "official_id",
                              "must be an official who may sign for the unit");
        }
        RequireToBecome(tx, draft, call, sight);
        Submit(draft, request.official_id());
      });
}

v1::Draft DraftService::ReturnDraft(const Call& call, const v1::ReturnDraftRequest& request) {
  const std::string reason = CheckReason(request.reason());
  return Step(call, request, request.draft_id(), "DraftReturned",
              [&](Tx& tx, Sight&, Draft& draft) {
                RequireUnnumbered(draft);
                if (draft.submitted_to_official_id != call.official) {
                  throw base::Denied("AUTHORITY_MISSING", "it was submitted to somebody else");
                }
                Return(draft, reason);
                UpdateSignature(tx, draft.content);
              });
}

v1::Draft DraftService::ReopenDraft(const Call& call, const v1::ReopenDraftRequest& request) {
  const std::string reason = CheckReason(request.reason());
  return Step(call, request, request.draft_id(), "DraftReopened",
              [&](Tx& tx, Sight& sight, Draft& draft) {
                RequireOwnDraft(draft, call, sight);
                RequireDecider(draft, sight);
                Return(draft, reason);
                UpdateSignature(tx, draft.content);
              });
}

v1::Draft DraftService::SignDraft(const Call& call, const v1::SignDraftRequest& request) {
  return Step(call, request, request.draft_id(), "DraftSigned",
              [&](Tx& tx, Sight& sight, Draft& draft) {
                RequireSubmitted(draft);
                if (draft.submitted_to_official_id != call.official) {
                  throw base::Denied("AUTHORITY_MISSING", "it was submitted to somebody else");
                }
                Sign(draft, SignerFor(tx, call, draft, request, sight.Directory()));
                draft.due = Limits(tx, sight.Directory(), Today(call))
                                .By(DeadlineKind::kIssue, draft.content.urgency, call.time);
                UpdateSignature(tx, draft.content);
              });
}

v1::Draft DraftService::NumberDraft(const Call& call, const v1::NumberDraftRequest& request) {
  const auto id = ToId<DraftId>(request.draft_id());
  NumberWish wish;
  wish.document_date = request.document_date().empty()
                           ? Today(call)
                           : base::CheckDay(request.document_date(), "document_date");
  if (wish.document_date > Today(call)) {
    throw base::InvalidField("document_date", "must not be in the future");
  }
  wish.reserved_number = request.reserved_number();
  wish.insert_after_number = request.insert_after_number();
  if (wish.reserved_number < 0 || wish.insert_after_number < 0 ||
      (wish.reserved_number != 0 && wish.insert_after_number != 0)) {
    throw base::InvalidField("reserved_number", "either a reserved number or an inserted one");
  }
  const int year = static_cast<int>(wish.document_date.year());
  const std::optional<Series> known = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    return FindSeries(tx, Sight(tx, call, parts_).FindDraft(id).value);
  });
  std::vector<Key> keys{{kDraftType, id.text}};
  if (known) keys.push_back(BookKey(known->unit_id, year, known->code));
  return parts_.journal.Change<v1::Draft>(
      call, request, keys,
      [&](Tx& tx, const Heads& heads) {
        Sight sight(tx, call, parts_);
        Draft draft = sight.FindDraft(id).value;
        RequireOwnDraft(draft, call, sight);
        RequireSigned(draft);
        RequireDate(wish, draft);
        const Series series = RequireSeries(tx, draft, known);
        Book book = LoadBook(tx, heads, series, year);
        document::NumberDraft(tx, draft, book, series, wish, call.official);
        document::UpdateDraft(tx, draft);
        return ListOf(Answer("DraftNumbered", ToRecord(draft, sight.Rules())),
                      Answer("NumberGiven", ToRecord(book, sight.Rules())));
      },
      journal::Visibility::kAny);
}

v1::Draft DraftService::WithdrawDraft(const Call& call, const v1::WithdrawDraftRequest& request) {
  const auto id = ToId<DraftId>(request.draft_id());
  const std::string reason = CheckReason(request.reason());
  const auto numbered = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    return Sight(tx, call, parts_).FindDraft(id).value.content.numbered;
  });
  std::vector<Key> keys{{kDraftType, id.text}};
  if (numbered) keys.push_back({kBookType, numbered->book_id});
  return parts_.journal.Change<v1::Draft>(
      call, request, keys,
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Draft draft = sight.FindDraft(id).value;
        RequireOwnDraft(draft, call, sight);
        RequireDecider(draft, sight);
        if (draft.content.numbered.has_value() != numbered.has_value()) {
          throw base::Aborted("CONCURRENT_CHANGE", "the draft got a number meanwhile; repeat");
        }
        Withdraw(draft, reason);
        document::UpdateDraft(tx, draft);
        Changes changes = ListOf(Answer("DraftWithdrawn", ToRecord(draft, sight.Rules())));
        if (!numbered) return changes;
        Book book = TheOne(SelectBooks(tx, {numbered->book_id})).value;
        VoidNumberOf(tx, draft, book, reason, call.official);
        changes.push_back(Answer("NumberVoided", ToRecord(book, sight.Rules())));
        return changes;
      },
      journal::Visibility::kAny);
}

v1::Draft DraftService::GetDraft(const Call& call, const v1::GetDraftRequest& request) {
  const auto id = ToId<DraftId>(request.draft_id());
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const auto draft = Sight(tx, call, parts_).FindDraft(id);
    return ToMessage(draft.value, draft.version, kFullView);
  });
}

v1::ListDraftsResponse DraftService::ListDrafts(const Call& call,
                                                const v1::ListDraftsRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kDraftsDefault, kDraftsMax);
  DraftQuery query;
  query.before = {parts_.tokens.Read(call, request)};
  query.limit = size + 1;
  if (request.state() != v1::DRAFT_STATE_UNSPECIFIED) {
    query.state = static_cast<DraftState>(request.state());
  }
  query.submitted_to_reader = request.submitted_to_me();
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const Sight sight(tx, call, parts_);
    query.reader = sight.Official();
    const auto ids = document::FindDrafts(tx, query);
    const auto drafts = InOrder(ids, SelectDrafts(tx, ids));
    v1::ListDraftsResponse response;
    FillPage(
        drafts, size, response.mutable_drafts(),
        [&](const auto& draft) { return ToMessage(draft.value, draft.version, kFullView); },
        [&](const auto& last) {
          response.set_next_page_token(parts_.tokens.Make(call, request, last.value.id.text));
        });
    return response;
  });
}

}  // namespace lienthong::document
