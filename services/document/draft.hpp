#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "document/content.hpp"
#include "document/deadline.hpp"
#include "platform/base/clock.hpp"

namespace lienthong::document {

inline constexpr std::size_t kOpinionsMax = 200;
inline constexpr std::size_t kOpinionsBytesMax = 256 * 1024;  ///< a record has at most 768 KiB
inline constexpr std::size_t kOpinionCharactersMax = 5000;

/// UUID, lower case.
struct DraftId {
  std::string text;
  auto operator<=>(const DraftId&) const = default;
};

enum class DraftState { kDrafting = 1, kSubmitted, kSigned, kNumbered, kIssued, kWithdrawn };

/// Something an official said about a draft or a task.
struct Remark {
  std::string official_id;
  base::Time at{};
  std::string text;
};

/// Of a text as records are written, in JSON.
std::size_t BytesOf(const std::string& text);
/// Of their texts, likewise.
std::size_t BytesOf(const std::vector<Remark>& remarks);

/// A document in preparation (dự thảo). Its content has the same id.
struct Draft {
  DraftId id;
  std::string unit_id;
  std::string author_official_id;
  DraftState state = DraftState::kDrafting;
  Content content;
  std::vector<std::string> readers;
  std::vector<Remark> opinions;
  std::optional<std::string> submitted_to_official_id;
  std::optional<std::string> return_reason;
  std::optional<DocumentId> document_id;
  std::optional<Deadline> due;
  bool erased = false;  ///< the unit destroyed the document it became
};

/// Every step throws DRAFT_STATE (FAILED_PRECONDITION) when the state does not allow it.
void Update(Draft& draft, Content content, std::vector<std::string> readers);
/// Until it is signed. Throws FIELD_INVALID beyond kOpinionsMax.
void GiveOpinion(Draft& draft, Remark opinion);
void Submit(Draft& draft, const std::string& official_id);
/// Throws DRAFT_STATE unless it is submitted or signed off, and has no number.
void RequireUnnumbered(const Draft& draft);
/// Back to its author, without a sign-off; until it has a number.
void Return(Draft& draft, const std::string& reason);
void Sign(Draft& draft, Signer signer);
void Number(Draft& draft, Numbered numbered);
void Withdraw(Draft& draft, const std::string& reason);
/// Signed, with or without a number.
void RequireIssuable(const Draft& draft);
/// With a number.
void Issue(Draft& draft, const DocumentId& document_id);
/// Not yet submitted: what it says may change.
void RequireDrafting(const Draft& draft);
void RequireSubmitted(const Draft& draft);
/// Signed, without a number.
void RequireSigned(const Draft& draft);

}  // namespace lienthong::document
