#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/feed/copy.hpp"
#include "platform/feed/message.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::feed {

/// One set as it is stored.
struct TopicState {
  std::string topic;
  std::int64_t next = 0;  ///< offset of the next message; 0 = from the start of the log
  std::optional<base::Time> applied_at;
  Totals owners;
  std::int64_t parked = 0;
};

/// What a set holds of `topic`; makes its offset row when there is none.
TopicState LoadTopic(pg::Tx& tx, const std::string& topic);
/// Compare-and-swap of the offset; false = another reader moved it. The commit of this transaction
/// need not reach the disk at once: what a crash takes back is read from the feed again.
bool MoveOffset(pg::Tx& tx, const std::string& topic, std::int64_t from, std::int64_t to,
                base::Time now);

/// Locks the offset until the transaction ends; false = another reader moved it, so what this one
/// knows of the set is of the past.
bool HoldOffset(pg::Tx& tx, const std::string& topic, std::int64_t next);

/// Rows of these keys, without values.
Rows SelectRows(pg::Tx& tx, const std::string& topic, const std::set<RowKey>& keys);
/// MoveOffset and SelectRows in one round trip; nullopt where MoveOffset is false.
std::optional<Rows> MoveOffsetAndSelectRows(pg::Tx& tx, const std::string& topic, std::int64_t from,
                                            std::int64_t to, base::Time now,
                                            const std::set<RowKey>& keys);
/// Writes what a batch did to rows and takes its marks off.
void UpsertRows(pg::Tx& tx, const std::string& topic, Rows& rows);
void UpsertTotals(pg::Tx& tx, const std::string& topic, const Totals& totals,
                  const std::set<std::string>& owners);

/// A live record that was taken out of a set.
struct DroppedRow {
  RowKey key;
  std::string owner;
  std::optional<journal::Digest> hash;
};
/// Deletes up to `rows_max` live rows of an owner with a guard of an epoch below `complete`.
std::vector<DroppedRow> DeleteOlderRows(pg::Tx& tx, const std::string& topic,
                                        const std::string& owner, std::int64_t complete,
                                        int rows_max);
/// Forgets everything of a set; its live keys are returned.
std::vector<RowKey> ClearTopic(pg::Tx& tx, const std::string& topic);

/// A live record with its bytes.
struct LiveRow {
  RowKey key;
  std::string owner;
  std::string value;
};
/// Live rows after `after`, at most `rows_max` and not many more bytes than `bytes_max`.
std::vector<LiveRow> SelectLive(pg::Tx& tx, const std::string& topic, const RowKey& after,
                                int rows_max, std::int64_t bytes_max);
/// Live rows among these keys.
std::vector<LiveRow> SelectLiveOf(pg::Tx& tx, const std::string& topic,
                                  const std::set<RowKey>& keys);

}  // namespace lienthong::feed
