#include "document/document_type.hpp"
#include "document/service_drafts.hpp"
#include "document/service_requests.hpp"
#include "platform/base/text.hpp"

namespace lienthong::document {
namespace {

using journal::Heads;
using journal::ListOf;
using pg::Tx;

constexpr int kDefault = 50, kMax = 200;
constexpr std::size_t kContentCharactersMax = 2000;
constexpr int kTypesMax = 40;

Authorisation ToAuthorisation(const v1::GrantAuthorisationRequest& request, const Call& call) {
  Authorisation authorisation;
  authorisation.unit_id = call.unit;
  authorisation.from_official_id = call.official;
  authorisation.to_official_id = request.to_official_id();
  authorisation.content =
      base::CheckText(request.content(), "content", kContentCharactersMax, true);
  if (request.type_names_size() > kTypesMax) {
    throw base::InvalidField("type_names", "too many types");
  }
  for (const std::string& name : request.type_names()) {
    authorisation.type_names.push_back(
        base::CheckText(name, "type_names", kNameCharactersMax, true));
  }
  authorisation.valid_from = base::CheckDay(request.valid_from(), "valid_from");
  authorisation.valid_to = base::CheckDay(request.valid_to(), "valid_to");
  if (authorisation.valid_to < authorisation.valid_from || authorisation.valid_to < Today(call)) {
    throw base::InvalidField("valid_to", "must be a day to come, not before valid_from");
  }
  return authorisation;
}

}  // namespace

v1::Authorisation DraftService::GrantAuthorisation(const Call& call,
                                                   const v1::GrantAuthorisationRequest& request) {
  Authorisation authorisation = ToAuthorisation(request, call);
  authorisation.id = {parts_.ids.New()};
  return parts_.journal.Change<v1::Authorisation>(call, request, {}, [&](Tx& tx, const Heads&) {
    const Sight sight(tx, call, parts_);
    if (!IsHead(PostsOf(call.official, sight.Directory(), call.time), call.unit)) {
      throw base::Denied("AUTHORITY_MISSING", "only the head of the unit gives authority");
    }
    if (!IsOfAgency(authorisation.to_official_id, call.unit, sight.Directory(), call.time)) {
      throw base::Invalid("OFFICIAL_NOT_OF_UNIT", "to_official_id",
                          "must hold a position in the unit, or in one directly below it");
    }
    const auto listed = SelectDocumentTypes(tx, Today(call));
    for (std::string& name : authorisation.type_names) {
      name = ListedName(listed, name, "type_names");
    }
    InsertAuthorisation(tx, authorisation);
    return ListOf(Answer("AuthorisationGranted", ToRecord(authorisation, sight.Rules())));
  });
}

v1::Authorisation DraftService::RevokeAuthorisation(const Call& call,
                                                    const v1::RevokeAuthorisationRequest& request) {
  const auto id = ToId<AuthorisationId>(request.authorisation_id());
  return parts_.journal.Change<v1::Authorisation>(
      call, request, {{kAuthorisationType, id.text}},
      [&](Tx& tx, const Heads&) {
        const Sight sight(tx, call, parts_);
        Authorisation authorisation = TheOne(SelectAuthorisations(tx, {id})).value;
        RequireOwn(authorisation.unit_id, call, sight.Rules());
        const auto posts = PostsOf(call.official, sight.Directory(), call.time);
        if (authorisation.from_official_id != call.official && !IsHead(posts, call.unit)) {
          throw base::Denied("AUTHORITY_MISSING", "only who gave it, or the head of the unit");
        }
        authorisation.revoked = true;
        document::RevokeAuthorisation(tx, id);
        return ListOf(Answer("AuthorisationRevoked", ToRecord(authorisation, sight.Rules())));
      },
      journal::Visibility::kAny);
}

v1::ListAuthorisationsResponse DraftService::ListAuthorisations(
    const Call& call, const v1::ListAuthorisationsRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kDefault, kMax);
  const AuthorisationId before{parts_.tokens.Read(call, request)};
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const auto ids = FindAuthorisations(tx, call.unit, before, size + 1);
    const auto found = InOrder(ids, SelectAuthorisations(tx, ids));
    v1::ListAuthorisationsResponse response;
    FillPage(
        found, size, response.mutable_authorisations(),
        [](const auto& one) { return ToMessage(one.value, one.version); },
        [&](const auto& last) {
          response.set_next_page_token(parts_.tokens.Make(call, request, last.value.id.text));
        });
    return response;
  });
}

}  // namespace lienthong::document
