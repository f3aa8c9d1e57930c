#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/id.hpp"
#include "platform/journal/envelope.hpp"
#include "platform/journal/relay_store.hpp"
#include "platform/journal/traffic.hpp"
#include "platform/kafka/catalogue.hpp"
#include "platform/kafka/producer.hpp"

namespace lienthong::journal {

/// A topic that cannot be written.
struct TopicFailure {
  std::string topic;
  std::string error;
};

/// Turns journal rows into messages and watches their acknowledgements. One thread: the relay's.
class Publisher {
 public:
  Publisher(std::string service, const kafka::ConnectOptions& options, base::Ids& ids,
            std::chrono::milliseconds broken_feed_after);

  /// A row: the domain topic for a new version, and every feed it concerns except `skipped`.
  /// `resend`: also where the view of a member did not change, because the heads that stand for
  /// earlier rows are being published again and pass over what is still to come.
  void SendRow(const JournalRow& row, std::int64_t epoch, const Members& skipped, bool resend);
  /// The newest state of a record to one feed: its view, or SendUnknown when the member may not
  /// see it. `position` is the relay's.
  void SendHead(const JournalRow& head, std::int64_t epoch, std::int64_t position,
                const std::string& member, base::Time now);
  /// A tombstone that tells nothing but the key.
  void SendUnknown(const Key& key, std::int64_t epoch, std::int64_t position,
                   const std::string& member, base::Time now);
  void SendBarrier(const std::string& member, const RelayState& state, base::Time fence_time,
                   const TypeDigests& types);
  void SendSeal(const SealRow& seal, base::Time now);

  /// What the broker's clock showed as it took a message.
  void TellAppended(kafka::Producer::OnAppended on_appended) {
    producer_.TellAppended(std::move(on_appended));
  }
  /// Learns where the domain topic of a record type lives: its first message need not wait then.
  void Learn(std::string_view record_type) { DomainOf(record_type); }

  /// Asked while a message waits for a place in the queue.
  void StopWhen(std::function<bool()> stop) { stop_ = std::move(stop); }
  void Poll(std::chrono::milliseconds wait) { producer_.Poll(wait); }
  /// Sends everything at once and waits for acknowledgements, at most for `limit`.
  void SendNow(std::chrono::milliseconds limit) {
    if (pending_total_ > 0) producer_.Flush(limit);
  }
  /// Messages ever given to the producer.
  std::int64_t Sent() const { return sent_; }
  /// Waits until everything is acknowledged. False when a topic failed (see Failure) or `stop`
  /// says so.
  bool WaitForAll(const std::function<bool()>& stop);
  /// A message that failed for good, or a topic silent for too long while others are acknowledged.
  std::optional<TopicFailure> Failure();

 private:
  struct Pending_ {
    std::int64_t messages = 0;
    std::chrono::steady_clock::time_point since;  ///< of the oldest progress that is awaited
    std::optional<Traffic> traffic{};             ///< from the first message on
  };

  using TopicId = kafka::Producer::TopicId;
  using TopicIds = std::map<std::string, TopicId, std::less<>>;

  void Send(TopicId topic, std::string_view key, const std::optional<std::string_view>& value,
            Envelope::Headers headers);
  void OnDelivery(TopicId topic, std::uint64_t bytes, kafka::Delivery delivery,
                  const std::string& error);
  TopicId FeedOf(std::string_view member);
  TopicId DomainOf(std::string_view record_type);

  std::string service_;
  Envelope envelope_;
  base::Ids& ids_;
  std::chrono::milliseconds broken_feed_after_;
  std::vector<Pending_> pending_;  ///< by TopicId
  std::size_t pending_total_ = 0;
  std::int64_t sent_ = 0;
  TopicIds feeds_;    ///< by member
  TopicIds domains_;  ///< by record type
  std::chrono::steady_clock::time_point last_acknowledged_;
  std::optional<TopicFailure> failure_;
  std::function<bool()> stop_;
  kafka::Producer producer_;  ///< last: its reports use the members above
};

}  // namespace lienthong::journal
