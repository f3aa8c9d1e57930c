#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "lienthong/journal/v1/journal.grpc.pb.h"
#include "platform/feed/message.hpp"
#include "platform/journal/digest.hpp"
#include "platform/kafka/producer.hpp"

namespace lienthong::feed {

/// JournalService of one owner, asked about one set of the caller. Blocking, 5 s a call, 30 s for
/// the digests; throws base::Error kUnavailable OWNER_UNAVAILABLE when it does not answer well. One
/// thread.
class OwnerClient {
 public:
  OwnerClient(const std::string& address, const kafka::ConnectOptions& identity,
              journal::v1::Feed feed, std::stop_token stop);

  struct Entry {
    std::string id;
    std::int64_t version = 0;
    journal::Digest hash;
    auto operator<=>(const Entry&) const = default;
  };
  /// 256 entries, bucket 0 first.
  std::vector<journal::SetDigest> ListBucketDigests(const std::string& type);
  std::vector<Entry> ListBucket(const std::string& type, int bucket);
  struct Asked {
    std::size_t accepted = 0;
    std::vector<RowKey> never_published;  ///< no message of them will come
  };
  /// Asks in pieces of 1000.
  Asked Republish(const std::vector<RowKey>& keys);

 private:
  template <class Request, class Answer, class Method>
  Answer Call(const char* name, const Request& request, Method method, std::chrono::seconds limit);

  std::unique_ptr<journal::v1::JournalService::Stub> stub_;
  journal::v1::Feed feed_;
  std::stop_token stop_;
};

}  // namespace lienthong::feed
