#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "platform/base/clock.hpp"

namespace lienthong::kafka {

/// How to reach the cluster. Certificates are file paths.
struct ConnectOptions {
  std::string brokers;
  std::string ca;
  std::string certificate;
  std::string key;
};

using Header = std::pair<std::string, std::string>;
/// Name and value of a header, as long as what they point to.
using HeaderView = std::pair<std::string_view, std::string_view>;

/// What became of a message.
enum class Delivery { kAcknowledged, kFailed };

/// An idempotent producer (acks=all, no message timeout, murmur2 partitioner, lz4): order per
/// partition is kept, and what fails shows. One thread calls it.
class Producer {
 public:
  /// Numbers the topics of a producer from 0, in the order in which they were asked for.
  using TopicId = std::size_t;
  struct Message {
    TopicId topic;
    std::string_view key;
    std::optional<std::string_view> value;  ///< absent = tombstone
    std::span<const HeaderView> headers;
    std::uint64_t ticket;  ///< given back with the delivery report
  };
  /// Called from Poll and Flush. `error` is for the log.
  using OnDelivery =
      std::function<void(TopicId, std::uint64_t ticket, Delivery, const std::string& error)>;

  /// Called before OnDelivery of a message that its topic stamps with the broker's clock
  /// (LogAppendTime): what that clock showed, in milliseconds, and how long ago the message was
  /// given to Produce.
  using OnAppended = std::function<void(base::Time broker, std::chrono::microseconds ago)>;

  /// `queue_kilobytes_max` counts values only, as librdkafka does: keys and headers come on top,
  /// and are bounded by the number.
  Producer(const ConnectOptions& options, OnDelivery on_delivery, int queue_messages_max = 20'000,
           int queue_kilobytes_max = 16 * 1024);
  ~Producer();

  /// Of the messages that are reported at once the last one is told.
  void TellAppended(OnAppended on_appended);
  /// Throws KafkaError when the client refuses the name; others fail with their messages.
  TopicId Topic(const std::string& name);
  const std::string& NameOf(TopicId topic) const;
  /// Copies the message into the queue, where it waits for company; false when the queue is full
  /// (Poll and try again).
  /// A message or topic that is at fault by itself (too large, denied, unknown) is reported as
  /// kFailed; throws KafkaError on anything else, and always once the producer is fatal.
  bool Produce(const Message& message);
  /// Serves delivery reports for up to `wait`.
  void Poll(std::chrono::milliseconds wait);
  /// Sends everything without waiting for company and until it is acknowledged; false after
  /// `limit`.
  bool Flush(std::chrono::milliseconds limit);
  int Queued() const;
  /// The producer must be made anew: a message was lost for good.
  bool IsFatal() const;
  /// Forgets everything that is queued (their reports come as kFailed), for a relay that stops.
  void Purge();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class KafkaError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace lienthong::kafka
