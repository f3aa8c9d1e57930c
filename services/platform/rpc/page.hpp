#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <google/protobuf/message.h>

#include "platform/rpc/call.hpp"

namespace lienthong::rpc {

/// Rows of a page: 0 = `fallback`, above `max` = `max`; negative throws InvalidField("page_size").
std::int32_t PageSize(std::int32_t asked, std::int32_t fallback, std::int32_t max);

/// Room on a page, in rows and in bytes: an answer stays below the 4 MiB that a client takes unless
/// it is told otherwise.
class PageRoom {
 public:
  explicit PageRoom(std::int32_t rows) : rows_(rows) {}

  /// Takes the room of a row of so many bytes; false = it belongs to the next page. The first row
  /// always has room.
  bool Take(std::size_t bytes);

 private:
  std::int32_t rows_;
  std::size_t bytes_ = 0;
};

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
