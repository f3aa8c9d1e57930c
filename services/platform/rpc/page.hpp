#pragma once

#include <cstdint>
#include <string>

#include <google/protobuf/message.h>

#include "platform/rpc/call.hpp"

namespace lienthong::rpc {

/// Rows of a page: 0 = `fallback`, above `max` = `max`; negative throws InvalidField("page_size").
std::int32_t PageSize(std::int32_t asked, std::int32_t fallback, std::int32_t max);

/// Opaque page tokens: where to go on, bound by HMAC to the RPC, the caller and all arguments but
/// page_size and page_token. They give no authority. Any thread.
class PageTokens {
 public:
  explicit PageTokens(std::string secret) : secret_(std::move(secret)) {}

  /// `position` is what the service needs to go on; never empty.
  std::string Make(const Call& call, const google::protobuf::Message& request,
                   const std::string& position) const;
  /// Position of the request's page_token; empty for the first page. Throws
  /// Invalid("PAGE_TOKEN_INVALID").
  std::string Read(const Call& call, const google::protobuf::Message& request) const;

 private:
  std::string secret_;
};

}  // namespace lienthong::rpc
