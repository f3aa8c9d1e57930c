#pragma once

#include <deque>
#include <optional>
#include <string>

#include "platform/base/clock.hpp"
#include "platform/journal/seal.hpp"
#include "platform/kafka/consumer.hpp"

namespace lienthong::journal {

/// The seal topic of an owner, one seal after another. Throws base::Error kUnavailable
/// TOPIC_UNAVAILABLE when it does not answer: then nothing is proved. One thread.
class PublishedSeals {
 public:
  /// Begins with the first seal published at `since` or later; nullopt = at the beginning.
  PublishedSeals(const kafka::ConnectOptions& options, const std::string& service,
                 std::optional<base::Time> since);

  /// nullopt = there is none yet.
  std::optional<SealRow> Next();

  /// The newest one; nullopt = the topic is empty.
  static std::optional<SealRow> Last(const kafka::ConnectOptions& options,
                                     const std::string& service);

 private:
  PublishedSeals(const kafka::ConnectOptions& options, const std::string& service);
  void ReadFrom(std::int64_t offset);
  bool HasMore();

  kafka::Consumer consumer_;
  std::string topic_;
  std::int64_t low_ = 0, next_ = 0, end_ = 0;  ///< offsets
  std::deque<kafka::Message> read_;
};

}  // namespace lienthong::journal
