#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "platform/feed/copy.hpp"
#include "platform/feed/reader.hpp"
#include "platform/feed/store.hpp"

namespace lienthong::feed {

/// A message and what it says.
struct Decoded {
  const kafka::Message* message;
  Content content;
};

/// What a transaction did to the hash of one key; lets a scrub go on while batches are applied.
struct HashChange {
  RowKey key;
  std::string owner_before;
  std::optional<journal::Digest> before;
  std::string owner_after;
  std::optional<journal::Digest> after;
};

/// A barrier that was compared.
struct Compared {
  std::string topic;
  std::string owner;
  base::Time time{};
  Copy::Comparison comparison;
};

/// What became of the messages of one set.
struct SetOutcome {
  TopicState state;  ///< holds once the transaction is committed
  std::vector<Compared> compared;
  std::vector<HashChange> changes;
  bool older_dropped = false;  ///< `complete` rose: more changed than `changes` says
};

struct ApplyOptions {
  base::Time now{};  ///< machine time
  std::chrono::milliseconds compaction_lag{0};
  std::string own_topic;
  std::string all_topic;
  bool wants_values = true;  ///< fill `applied`
};

struct BatchOutcome {
  std::vector<SetOutcome> sets;
  std::vector<Applied> applied;
};

/// Another reader moved the stored offset: throw the batch away and load again.
class OffsetMoved : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// For what changes a set without moving its offset: totals are written as this reader knows them,
/// so nobody else may have written any. Throws OffsetMoved.
void RequireOffset(pg::Tx& tx, const TopicState& state);

/// Applies a batch, messages of one topic in order, in the caller's transaction: offset, rows,
/// totals, parked messages. No effect outside `tx`. Throws OffsetMoved.
BatchOutcome ApplyBatch(pg::Tx& tx, const std::map<std::string, TopicState>& states,
                        const std::vector<Decoded>& batch, const ApplyOptions& options);

/// Applies messages of one set that do not come from its log now: parked ones that can be read,
/// tombstones made here; the offset stays. Throws OffsetMoved.
BatchOutcome ApplyParked(pg::Tx& tx, const TopicState& state, const std::vector<Decoded>& messages,
                         const ApplyOptions& options);

}  // namespace lienthong::feed
