#include "platform/rpc/page.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>

#include "platform/base/error.hpp"
#include "platform/base/hash.hpp"

namespace lienthong::rpc {
namespace {

/// 128 bits of the HMAC, as base64 without padding; the position follows.
constexpr std::size_t kMacBytes = 16;
constexpr std::size_t kMacText = 22;
constexpr std::size_t kTokenBytesMax = 4096;
constexpr std::size_t kPageBytesMax = 3 * 1024 * 1024;
constexpr const char* kTokenField = "page_token";
constexpr const char* kSizeField = "page_size";

void AppendPiece(std::string& text, std::string_view piece) {
  text += std::to_string(piece.size());
  text += ':';
  text += piece;
}

/// Every argument but the page's own.
std::string ArgumentsOf(const google::protobuf::Message& request) {
  const std::unique_ptr<google::protobuf::Message> copy(request.New());
  copy->CopyFrom(request);
  for (const char* const name : {kTokenField, kSizeField}) {
    const auto* const field = copy->GetDescriptor()->FindFieldByName(name);
    if (field != nullptr) copy->GetReflection()->ClearField(copy.get(), field);
  }
  return copy->SerializeAsString();  // records and requests have no maps: one encoding only
}

std::string MacOf(const std::string& secret, const Call& call,
                  const google::protobuf::Message& request, std::string_view position_text) {
  std::string bound;
  AppendPiece(bound, call.rpc);
  AppendPiece(bound, call.caller);
  AppendPiece(bound, ArgumentsOf(request));
  AppendPiece(bound, position_text);
  return base::ToBase64Url(base::HmacSha256(secret, bound).substr(0, kMacBytes));
}

/// Takes the same time wherever the difference lies.
bool IsEqual(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

base::Error BadToken() {
  return base::Invalid("PAGE_TOKEN_INVALID", kTokenField,
                       "not a page token of this caller and these arguments");
}

}  // namespace

std::int32_t PageSize(std::int32_t asked, std::int32_t fallback, std::int32_t max) {
  if (asked < 0) throw base::InvalidField(kSizeField, "must not be negative");
  return asked == 0 ? fallback : std::min(asked, max);
}

bool PageRoom::Take(std::size_t bytes) {
  if (rows_ == 0 || (bytes_ > 0 && bytes_ + bytes > kPageBytesMax)) return false;
  --rows_;
  bytes_ += bytes;
  return true;
}

std::string PageTokens::Make(const Call& call, const google::protobuf::Message& request,
                             const std::string& position) const {
  const std::string text = base::ToBase64Url(position);
  return MacOf(secret_, call, request, text) + text;
}

std::string PageTokens::Read(const Call& call, const google::protobuf::Message& request) const {
  const auto* const field = request.GetDescriptor()->FindFieldByName(kTokenField);
  if (field == nullptr) return {};
  const std::string token = request.GetReflection()->GetString(request, field);
  if (token.empty()) return {};
  if (token.size() <= kMacText || token.size() > kTokenBytesMax) throw BadToken();
  const std::string_view text = std::string_view(token).substr(kMacText);
  if (!IsEqual(std::string_view(token).substr(0, kMacText), MacOf(secret_, call, request, text))) {
    throw BadToken();
  }
  return base::FromBase64Url(text);  // ours, so it can be read
}

}  // namespace lienthong::rpc
