#include "document/signing.hpp"

#include <algorithm>

#include "platform/base/error.hpp"

namespace lienthong::document {
namespace {

base::Error Missing(const char* message) { return base::Denied("AUTHORITY_MISSING", message); }

const Post* FindPost(const std::vector<Post>& posts, const std::string& unit_id, Rank rank) {
  const auto at = std::find_if(posts.begin(), posts.end(), [&](const Post& post) {
    return post.unit_id == unit_id && post.ranks.contains(rank);
  });
  return at == posts.end() ? nullptr : &*at;
}

const Post* FindPostBelow(const std::vector<Post>& posts, const std::string& unit_id, Rank rank) {
  const auto at = std::find_if(posts.begin(), posts.end(), [&](const Post& post) {
    return post.unit_parent_id == unit_id && !post.is_of_committee && post.ranks.contains(rank);
  });
  return at == posts.end() ? nullptr : &*at;
}

/// A deputy, or the head or who acts as the head (Q.).
template <class Find>
const Post* Either(const Find& find, const std::vector<Post>& posts, const std::string& unit_id,
                   bool as_deputy) {
  if (as_deputy) return find(posts, unit_id, Rank::kDeputy);
  const Post* const head = find(posts, unit_id, Rank::kHead);
  return head != nullptr ? head : find(posts, unit_id, Rank::kActing);
}

const Post& Require(const Post* post, const char* message) {
  if (post == nullptr) throw Missing(message);
  return *post;
}

}  // namespace

const Post& RequireAuthority(const SigningUnit& unit, const std::vector<Post>& posts,
                             const SigningRequest& request) {
  const auto [authority, as_deputy] = request;
  if (as_deputy && authority != SigningAuthority::kCollective &&
      authority != SigningAuthority::kByOrder) {
    throw base::InvalidField("as_deputy", "goes with TM. and TL. only");
  }
  switch (authority) {
    case SigningAuthority::kHead:
      return Require(FindPost(posts, unit.id, Rank::kHead), "only the head of the unit");
    case SigningAuthority::kCollective:
      if (!unit.is_collective) throw Missing("TM.: the unit is not a collective body");
      return Require(Either(FindPost, posts, unit.id, as_deputy),
                     "TM.: only the head of the body, who acts as it, or a deputy");
    case SigningAuthority::kDeputy:
      return Require(FindPost(posts, unit.id, Rank::kDeputy), "KT.: only a deputy of the head");
    case SigningAuthority::kByOrder:
      return Require(Either(FindPostBelow, posts, unit.id, as_deputy),
                     "TL.: only the head of a unit of the agency, who acts as it, or a deputy");
    case SigningAuthority::kActing:
      return Require(FindPost(posts, unit.id, Rank::kActing), "Q.: only an acting head");
    case SigningAuthority::kAuthorised:
      break;
  }
  throw Missing("TUQ.: only under a stored authorisation");
}

void RequireAuthorisation(const Authorisation& authorisation, const std::string& unit_id,
                          const std::string& official_id, const std::string& type_name,
                          std::chrono::year_month_day day) {
  const auto& types = authorisation.type_names;
  const bool covers =
      types.empty() || std::find(types.begin(), types.end(), type_name) != types.end();
  if (authorisation.unit_id != unit_id || authorisation.to_official_id != official_id ||
      authorisation.revoked || day < authorisation.valid_from || authorisation.valid_to < day ||
      !covers) {
    throw base::Denied("AUTHORISATION_INVALID", "the authorisation does not cover this document");
  }
}

bool IsHead(const std::vector<Post>& posts, const std::string& unit_id) {
  return FindPost(posts, unit_id, Rank::kHead) != nullptr;
}

}  // namespace lienthong::document
