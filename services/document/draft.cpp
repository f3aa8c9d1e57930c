#include "document/draft.hpp"

#include <utility>

#include "platform/base/error.hpp"

namespace lienthong::document {
namespace {

constexpr std::size_t kEscapeBytes = 6;  ///< "\u003c"

void RequireState(const Draft& draft, DraftState state) {
  if (draft.state == state) return;
  throw base::Transition("DRAFT_STATE", "the draft is in another state");
}

}  // namespace

std::size_t BytesOf(const std::string& text) {
  std::size_t bytes = 0;
  for (const char c : text) {
    const bool is_long = static_cast<unsigned char>(c) < ' ' || c == '<' || c == '>' || c == '\x7f';
    bytes += is_long ? kEscapeBytes : c == '"' || c == '\\' ? 2 : 1;
  }
  return bytes;
}

std::size_t BytesOf(const std::vector<Remark>& remarks) {
  std::size_t bytes = 0;
  for (const Remark& remark : remarks) bytes += BytesOf(remark.text);
  return bytes;
}

void RequireDrafting(const Draft& draft) { RequireState(draft, DraftState::kDrafting); }
void RequireSubmitted(const Draft& draft) { RequireState(draft, DraftState::kSubmitted); }
void RequireSigned(const Draft& draft) { RequireState(draft, DraftState::kSigned); }

void Update(Draft& draft, Content content, std::vector<std::string> readers) {
  RequireDrafting(draft);
  content.id = draft.id.text;
  draft.content = std::move(content);
  draft.readers = std::move(readers);
}

void GiveOpinion(Draft& draft, Remark opinion) {
  if (draft.state != DraftState::kDrafting) RequireSubmitted(draft);
  if (draft.opinions.size() >= kOpinionsMax ||
      BytesOf(draft.opinions) + BytesOf(opinion.text) > kOpinionsBytesMax) {
    throw base::InvalidField("text", "the draft has as many opinions as one can have");
  }
  draft.opinions.push_back(std::move(opinion));
}

void Submit(Draft& draft, const std::string& official_id) {
  RequireDrafting(draft);
  draft.state = DraftState::kSubmitted;
  draft.submitted_to_official_id = official_id;
  draft.return_reason.reset();
}

void RequireUnnumbered(const Draft& draft) {
  if (draft.state != DraftState::kSigned) RequireSubmitted(draft);
}

void Return(Draft& draft, const std::string& reason) {
  RequireUnnumbered(draft);
  draft.state = DraftState::kDrafting;
  draft.submitted_to_official_id.reset();
  draft.content.signer.reset();
  draft.due.reset();
  draft.return_reason = reason;
}

void Sign(Draft& draft, Signer signer) {
  RequireSubmitted(draft);
  draft.state = DraftState::kSigned;
  draft.content.signer = std::move(signer);
}

void Number(Draft& draft, Numbered numbered) {
  RequireSigned(draft);
  draft.state = DraftState::kNumbered;
  draft.content.numbered = std::move(numbered);
}

void Withdraw(Draft& draft, const std::string& reason) {
  if (draft.state == DraftState::kIssued || draft.state == DraftState::kWithdrawn) {
    throw base::Transition("DRAFT_STATE", "the draft has ended");
  }
  draft.state = DraftState::kWithdrawn;
  draft.due.reset();
  draft.return_reason = reason;
}

void RequireIssuable(const Draft& draft) {
  if (draft.state != DraftState::kNumbered) RequireSigned(draft);
}

void Issue(Draft& draft, const DocumentId& document_id) {
  RequireState(draft, DraftState::kNumbered);
  draft.state = DraftState::kIssued;
  draft.due.reset();
  draft.document_id = document_id;
}

}  // namespace lienthong::document
