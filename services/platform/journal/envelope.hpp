#pragma once

#include <map>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/journal/relay_store.hpp"
#include "platform/kafka/producer.hpp"

namespace lienthong::journal {

/// Headers of the messages of one owner (PROTOCOL, A message): CloudEvents 1.0, binary mode.
class Envelope {
 public:
  explicit Envelope(std::string service);

  /// On a feed. `sequence` and `epoch` are those of the sending; a tombstone has no content type
  /// and no view.
  std::vector<kafka::Header> ForFeed(const JournalRow& row, std::int64_t epoch,
                                     std::int64_t sequence, const std::string& view) const;
  std::vector<kafka::Header> ForTombstone(const JournalRow& row, std::int64_t epoch,
                                          std::int64_t sequence) const;
  std::vector<kafka::Header> ForDomain(const JournalRow& row, std::int64_t epoch) const;
  std::vector<kafka::Header> ForBarrier(const std::string& event_id, std::int64_t epoch,
                                        std::int64_t sequence, const std::string& time) const;
  std::vector<kafka::Header> ForSeal(const std::string& event_id, const std::string& time) const;

 private:
  std::vector<kafka::Header> Common(const std::string& event, const std::string& event_id,
                                    const std::string& time, const std::string& subject) const;
  std::string service_;
};

/// Value of a barrier message. `types` names every record type of the owner, also with count 0.
std::string BarrierValue(const std::string& owner, const RelayState& state, const std::string& time,
                         const std::map<std::string, SetDigest>& types);
/// Value of a message on the seal topic.
std::string SealValue(const std::string& service, const SealRow& seal);
/// Reads what SealValue wrote. Throws std::invalid_argument.
SealRow ParseSealValue(std::string_view value);

}  // namespace lienthong::journal
