#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/kafka/producer.hpp"

namespace lienthong::kafka {

/// A received message. Owns its bytes.
struct Message {
  std::string topic;
  int partition = 0;
  std::int64_t offset = 0;
  base::Time timestamp;  ///< log append time
  std::string key;
  std::optional<std::string> value;  ///< absent = tombstone
  std::vector<Header> headers;

  /// Empty when there is none.
  std::string_view Find(std::string_view header) const;
};

/// Reads assigned partitions from given offsets; the offsets are kept by the caller, in its own
/// database. No groups, no commits to Kafka. One thread calls it.
class Consumer {
 public:
  /// `kilobytes_max` bounds what is prefetched.
  Consumer(const ConnectOptions& options, const std::string& group, int kilobytes_max = 1024);
  ~Consumer();

  static constexpr std::int64_t kBeginning = -2;

  /// Reads partition 0 of each topic from its offset (kBeginning, or the next one to read).
  void Assign(const std::map<std::string, std::int64_t>& next_offsets);
  /// Up to `messages_max`, waiting at most `wait` for the first. Throws OffsetOutOfRange, or
  /// KafkaError for what does not pass by itself; connection losses are waited out.
  std::vector<Message> Poll(int messages_max, std::chrono::milliseconds wait);
  /// Low and high watermark of partition 0 as the broker says, each asked for `wait`; nullopt when
  /// it does not answer or there is no such topic. Throws KafkaError when the topic may not be
  /// read.
  std::optional<std::pair<std::int64_t, std::int64_t>> Watermarks(const std::string& topic,
                                                                  std::chrono::milliseconds wait);
  /// Offset of the first message of partition 0 that is not older than `time`; the high watermark
  /// when there is none. nullopt when the broker does not answer.
  std::optional<std::int64_t> OffsetOf(const std::string& topic, base::Time time,
                                       std::chrono::milliseconds wait);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The stored offset is not in the log any more (the topic was made anew, or the reader was away
/// for longer than the log is kept).
class OffsetOutOfRange : public KafkaError {
 public:
  OffsetOutOfRange(std::string topic, const std::string& text)
      : KafkaError(text), topic(std::move(topic)) {}
  std::string topic;
};

}  // namespace lienthong::kafka
