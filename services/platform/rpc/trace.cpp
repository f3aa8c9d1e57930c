#include "platform/rpc/trace.hpp"

#include <algorithm>
#include <cstddef>

#include "platform/base/hash.hpp"
#include "platform/base/id.hpp"

namespace lienthong::rpc {
namespace {

// "00-" 32 digits "-" 16 digits "-" 2 digits
constexpr std::size_t kSize = 55;
constexpr std::size_t kTraceAt = 3, kTraceSize = 32;
constexpr std::size_t kParentAt = 36, kParentSize = 16;
constexpr std::size_t kFlagsAt = 53;

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

bool IsValid(std::string_view value) {
  if (value.size() < kSize) return false;
  const std::string_view version = value.substr(0, 2);
  if (!IsHex(version) || version == "ff") return false;
  // Later versions may append fields; version 00 has none.
  if (value.size() > kSize && (version == "00" || value[kSize] != '-')) return false;
  if (value[2] != '-' || value[kParentAt - 1] != '-' || value[kFlagsAt - 1] != '-') return false;
  const std::string_view trace = value.substr(kTraceAt, kTraceSize);
  const std::string_view parent = value.substr(kParentAt, kParentSize);
  return IsHex(trace) && !IsZero(trace) && IsHex(parent) && !IsZero(parent) &&
         IsHex(value.substr(kFlagsAt, 2));
}

}  // namespace

std::string AcceptTraceparent(std::string_view value) {
  if (IsValid(value)) return "00" + std::string(value.substr(2, kSize - 2));
  const std::string random = base::ToHex(base::RandomBytes((kTraceSize + kParentSize) / 2));
  return "00-" + random.substr(0, kTraceSize) + "-" + random.substr(kTraceSize) + "-00";
}

std::string TraceId(std::string_view traceparent) {
  return std::string(traceparent.substr(std::min(kTraceAt, traceparent.size()), kTraceSize));
}

}  // namespace lienthong::rpc
