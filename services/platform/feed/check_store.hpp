#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "platform/feed/message.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::feed {

/// A row as the scrub and the repair look at it.
struct CheckedRow {
  RowKey key;
  std::string owner;
  Position guard;
  std::int64_t version = 0;
  std::optional<std::string> value;  ///< only with ScrubRows
  std::optional<std::string> hash;   ///< the stored bytes, whatever their length
};

/// All rows after `after` with their bytes, in key order; at most `rows_max` and not many more
/// bytes than `bytes_max`.
std::vector<CheckedRow> SelectScrubRows(pg::Tx& tx, const std::string& topic, const RowKey& after,
                                        int rows_max, std::int64_t bytes_max);
/// Stores the hash that the bytes of a row really have (nullopt = no bytes) and drops its guard.
void SetScrubbedHash(pg::Tx& tx, const std::string& topic, const RowKey& key,
                     const std::optional<journal::Digest>& hash);

/// Live rows of one type with an id after `after`, without bytes, in id order.
std::vector<CheckedRow> SelectHashes(pg::Tx& tx, const std::string& topic, const std::string& type,
                                     const std::string& after, int rows_max);
/// Drops the guards of these keys: they believe any answer.
void ResetGuards(pg::Tx& tx, const std::string& topic, const std::vector<RowKey>& keys);
/// Keys of suspect rows of an owner.
std::vector<RowKey> SelectSuspects(pg::Tx& tx, const std::string& topic, const std::string& owner,
                                   int rows_max);

}  // namespace lienthong::feed
