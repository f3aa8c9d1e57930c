#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lienthong/journal/v1/journal.pb.h"
#include "platform/base/clock.hpp"
#include "platform/journal/journal.hpp"
#include "platform/kafka/producer.hpp"
#include "platform/pg/database.hpp"
#include "platform/rpc/call.hpp"
#include "platform/rpc/page.hpp"

namespace lienthong::redis {
class Limiter;
}

namespace lienthong::journal {

struct QueriesOptions {
  std::string service;
  kafka::ConnectOptions kafka;  ///< for the last seal on the topic
  /// Record types this service owns: nothing else is listed or republished, so that nobody gets
  /// a tombstone published for another owner's record.
  std::vector<std::string> record_types;
  /// Record types whose reads need a purpose.
  std::vector<std::string> personal_types;
  /// Journal::ViewOfAnswers: in which view an official reads the history of a record.
  AnswerView view_of{};
  /// Journal::WorkInHistories.
  ShowsWorkOf shows_work_of{};
  std::int64_t republish_keys_per_minute_max = 20'000;  ///< per calling system
  /// Of them, keys of records that the caller does not see: each leaves a tombstone for ever.
  std::int64_t republish_unseen_keys_per_minute_max = 2'000;
  std::int64_t bucket_calls_per_minute_max = 600;  ///< per calling system; each reads heads
};

/// The use cases of JournalService, the same for every owner. Any thread; lives as long as the
/// service.
class Queries {
 public:
  Queries(QueriesOptions options, pg::Pool& pool, const base::Clock& clock,
          const rpc::PageTokens& tokens, redis::Limiter* limiter, OnRepeatedRead on_read,
          std::function<void()> wake_relay);

  v1::ListRecordHistoryResponse ListRecordHistory(const rpc::Call& call,
                                                  const v1::ListRecordHistoryRequest& request);
  v1::ListBucketDigestsResponse ListBucketDigests(const rpc::Call& call,
                                                  const v1::ListBucketDigestsRequest& request);
  v1::ListBucketResponse ListBucket(const rpc::Call& call, const v1::ListBucketRequest& request);
  v1::RepublishResponse Republish(const rpc::Call& call, const v1::RepublishRequest& request);
  v1::VerifySealsResponse VerifySeals(const rpc::Call& call, const v1::VerifySealsRequest& request);

 private:
  void CheckOwned(const std::string& record_type, const std::string& field) const;
  void TakeBucketCall(const rpc::Call& call);
  void TakeRepublish(const rpc::Call& call, const std::string& name, std::int64_t keys_max,
                     std::size_t keys);

  QueriesOptions options_;
  pg::Pool& pool_;
  const base::Clock& clock_;
  const rpc::PageTokens& tokens_;
  redis::Limiter* limiter_;
  OnRepeatedRead on_read_;
  std::function<void()> wake_relay_;
};

}  // namespace lienthong::journal
