#pragma once

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/journal/relay_store.hpp"
#include "platform/kafka/producer.hpp"

namespace lienthong::journal {

/// Headers of the messages of one owner (PROTOCOL, A message): CloudEvents 1.0, binary mode. Made
/// for one message at a time; what is returned holds until the next call, as long as what it was
/// made of.
class Envelope {
 public:
  using Headers = std::span<const kafka::HeaderView>;

  explicit Envelope(const std::string& service);
  Envelope(const Envelope&) = delete;  // what it returns points into it
  Envelope& operator=(const Envelope&) = delete;

  /// Of the record, for the calls after it. `sequence` and `epoch` are those of the sending; `key`
  /// is the feed key.
  void SetRow(const JournalRow& row, std::string_view key, std::int64_t epoch,
              std::int64_t sequence);
  /// Of a key that nobody knows, or that is none of the reader's business.
  void SetUnknown(std::string_view event_id, std::string_view time, std::string_view key,
                  std::int64_t epoch, std::int64_t sequence);
  Headers ForDomain();
  Headers ForFeed(std::string_view view);
  /// Neither content type nor view.
  Headers ForTombstone();

  Headers ForBarrier(const std::string& event_id, std::int64_t epoch, std::int64_t sequence,
                     const std::string& time);
  Headers ForSeal(const std::string& event_id, const std::string& time);

 private:
  /// A number as text.
  class Digits {
   public:
    std::string_view Set(std::int64_t number);

   private:
    std::array<char, 24> digits_{};
  };

  void SetCommon(std::string_view event, std::string_view event_id, std::string_view time,
                 std::string_view subject);
  void AddOrder(std::int64_t version, std::int64_t epoch, std::int64_t sequence);

  std::string service_;
  std::string source_;
  std::string type_prefix_;
  std::string type_;
  std::string barrier_subject_;
  Digits sequence_, version_, epoch_;
  std::vector<kafka::HeaderView> headers_;
  std::size_t of_row_ = 0;  ///< the first ones, which all messages of a row have
};

/// Value of a barrier message. `types` names every record type of the owner, also with count 0.
std::string BarrierValue(const std::string& owner, const RelayState& state, const std::string& time,
                         const TypeDigests& types);
/// Value of a message on the seal topic.
std::string SealValue(const std::string& service, const SealRow& seal);
/// Reads what SealValue wrote. Throws std::invalid_argument.
SealRow ParseSealValue(std::string_view value);

}  // namespace lienthong::journal
