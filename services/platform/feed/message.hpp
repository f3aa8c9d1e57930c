#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "platform/base/clock.hpp"
#include "platform/journal/digest.hpp"
#include "platform/kafka/consumer.hpp"

namespace lienthong::feed {

/// Place of a message in its owner's journal: the epoch first, then the row. {0, 0} is below all.
struct Position {
  std::int64_t epoch = 0;
  std::int64_t sequence = 0;
  auto operator<=>(const Position&) const = default;
};

/// Names a record inside a feed; sorted by bytes, type first.
struct RowKey {
  std::string type;
  std::string id;
  auto operator<=>(const RowKey&) const = default;
  /// The feed key.
  std::string Text() const { return type + "/" + id; }
};

/// A record or its tombstone, as its owner sent it.
struct RecordMessage {
  std::string owner;  ///< "registry"
  RowKey key;
  Position position;
  std::int64_t version = 0;               ///< 0 on tombstones of records nobody knows
  std::string view;                       ///< empty on tombstones
  std::optional<std::string_view> value;  ///< JSON; points into the message; absent = tombstone
};

/// What the live records of an owner in a feed must be at a position (PROTOCOL, Barrier).
struct Barrier {
  std::string owner;
  Position position;
  std::int64_t complete = 0;
  base::Time time{};
  std::map<std::string, journal::SetDigest> types;
};

/// A message that cannot be applied; it is parked.
struct Unreadable {
  std::string owner;   ///< empty when the message does not say
  std::string reason;  ///< English, without personal data
};

using Content = std::variant<RecordMessage, Barrier, Unreadable>;

/// Reads a record or a barrier. Throws std::invalid_argument with the reason when key, headers or
/// value are not what PROTOCOL says; a value is a JSON object that PostgreSQL's jsonb takes too.
Content Parse(const kafka::Message& message);

/// Service named by `ce_source` ("/lienthong/registry"); empty when there is none.
std::string OwnerOf(const kafka::Message& message);

/// Splits a feed key; nullopt when it does not name a record.
std::optional<RowKey> ParseKey(std::string_view key);

}  // namespace lienthong::feed
