#pragma once

#include <chrono>
#include <compare>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"

namespace lienthong::document {

/// In whose place a person signs (thẩm quyền ký, NĐ 30/2020/NĐ-CP, art. 13).
enum class SigningAuthority {
  kHead = 1,    ///< the head, in its own name
  kCollective,  ///< TM.
  kDeputy,      ///< KT.
  kByOrder,     ///< TL.
  kAuthorised,  ///< TUQ.
  kActing,      ///< Q.
};

/// UUID, lower case.
struct AuthorisationId {
  std::string text;
  auto operator<=>(const AuthorisationId&) const = default;
};

/// A written authority to sign (giấy ủy quyền): limited in time and content, not passed on.
struct Authorisation {
  AuthorisationId id;
  std::string unit_id;
  std::string from_official_id;
  std::string to_official_id;
  std::string content;
  std::vector<std::string> type_names;  ///< none = all types
  std::chrono::year_month_day valid_from;
  std::chrono::year_month_day valid_to;
  bool revoked = false;
};

/// Who signed a document off, as it was then.
struct Signer {
  SigningAuthority authority = SigningAuthority::kHead;
  bool as_deputy = false;
  std::string official_id;
  std::string full_name;
  std::string position;
  std::optional<AuthorisationId> authorisation_id;
  base::Time signed_at{};
};

/// What a position is to the signature of its unit.
enum class Rank { kHead, kDeputy, kActing };

/// Posts that an official holds at a moment.
struct Post {
  std::string unit_id;
  std::string unit_parent_id;  ///< unit directly above
  std::set<Rank> ranks;
  std::string position_name;     ///< "Phó Giám đốc"
  bool is_of_committee = false;  ///< of a People's Committee, which is no part of another agency
};

/// The unit that a document is of.
struct SigningUnit {
  std::string id;
  bool is_collective = false;  ///< a People's Committee; its head may sign alone too
};

/// What the signer asks for.
struct SigningRequest {
  SigningAuthority authority = SigningAuthority::kHead;
  bool as_deputy = false;
};

/// The post by which an official may sign for `unit` in this way. Throws AUTHORITY_MISSING
/// (PERMISSION_DENIED) when there is none, FIELD_INVALID when `as_deputy` does not go with the
/// authority. kAuthorised is RequireAuthorisation's.
const Post& RequireAuthority(const SigningUnit& unit, const std::vector<Post>& posts,
                             const SigningRequest& request);

/// Throws AUTHORISATION_INVALID (PERMISSION_DENIED) unless `authorisation` lets the official sign
/// this type of document for the unit on `day`.
void RequireAuthorisation(const Authorisation& authorisation, const std::string& unit_id,
                          const std::string& official_id, const std::string& type_name,
                          std::chrono::year_month_day day);

/// Does the official hold the post of head there? Acting heads do not pass authority on.
bool IsHead(const std::vector<Post>& posts, const std::string& unit_id);

}  // namespace lienthong::document
