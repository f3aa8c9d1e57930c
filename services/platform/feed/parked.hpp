#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/feed/message.hpp"
#include "platform/kafka/consumer.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::feed {

/// A parked message as operators see it.
struct ParkedMessage {
  std::string topic;
  std::int64_t offset = 0;
  std::string key;  ///< readable
  std::string reason;
  base::Time parked_at{};
  std::string owner;       ///< empty when the message does not say
  std::int64_t epoch = 0;  ///< 0 = it does not say
  std::int64_t sequence = 0;
  base::Time message_time{};
  int attempts = 0;
  base::Time tried_at{};
};

/// Parked messages by topic and offset, those after (`topic`, `offset`). For ListParkedEvents of
/// every service with a feed.
std::vector<ParkedMessage> ListParked(pg::Tx& tx, const std::string& topic, std::int64_t offset,
                                      int rows_max);

/// How a key is stored and shown: itself, or "sha256:<hex>" when it is no text or very long.
std::string ReadableKey(const std::string& key);

/// Keeps a message that cannot be applied, in place of an older one of the same key.
void InsertParked(pg::Tx& tx, const kafka::Message& message, const Unreadable& why, base::Time now);
/// A newer message of these keys was applied: what was parked before waits no longer. Returns how
/// many that were.
std::size_t DeleteSuperseded(pg::Tx& tx, const std::string& topic,
                             const std::set<std::string>& keys);
/// Messages with these keys were tried again, in vain.
void NoteTried(pg::Tx& tx, const std::string& topic, const std::vector<std::string>& readable_keys,
               base::Time now);
void DeleteParked(pg::Tx& tx, const std::string& topic, const std::string& readable_key);
std::int64_t CountParked(pg::Tx& tx, const std::string& topic);
/// Readable keys, at most `rows_max`.
std::set<std::string> SelectParkedKeys(pg::Tx& tx, const std::string& topic, int rows_max);
/// The messages themselves, as they were received, by offset, with an offset above `after`.
std::vector<kafka::Message> SelectParked(pg::Tx& tx, const std::string& topic, std::int64_t after,
                                         int rows_max);

}  // namespace lienthong::feed
