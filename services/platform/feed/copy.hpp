#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "platform/base/clock.hpp"
#include "platform/feed/message.hpp"
#include "platform/journal/digest.hpp"

namespace lienthong::feed {

/// What a set (one topic) holds of one owner; kept with every batch.
struct OwnerTotals {
  Position seen;              ///< highest position of a record message
  std::int64_t complete = 0;  ///< messages of older epochs are passed over
  Position matched;           ///< barrier that matched last
  std::optional<base::Time> matched_time;
  bool equal = false;  ///< did the last barrier that was compared match?
  std::map<std::string, journal::SetDigest> types;
  std::int64_t suspects = 0;
};
using Totals = std::map<std::string, OwnerTotals>;  ///< by owner

/// A key of a set: the record while it is live, its guard always.
struct Row {
  std::string owner;
  Position guard;
  std::int64_t version = 0;
  std::string view;
  std::optional<journal::Digest> hash;  ///< of the live message
  bool suspect = false;

  // Before the batch, and what the batch did.
  bool is_stored = false;
  std::string owner_before;
  std::optional<journal::Digest> hash_before;
  bool applied = false;                   ///< everything is to be written
  bool marked = false;                    ///< `suspect` is to be written
  std::optional<std::string_view> value;  ///< of the message applied last; points into the batch
};
using Rows = std::map<RowKey, Row>;

/// One set while a batch is applied to it, by the rules of PROTOCOL, Reading a feed well. Pure:
/// knows the rows of the keys in the batch and the totals of all.
class Copy {
 public:
  /// Rows of an owner of epochs below `complete` go, those in memory and all others; totals too.
  using DropOlder = std::function<void(const std::string& owner, std::int64_t complete)>;

  enum class Verdict { kPassedOver, kMatched, kDiffers };
  struct Comparison {
    Verdict verdict = Verdict::kPassedOver;
    std::set<std::string> types;  ///< that differ
  };

  Copy(Totals totals, Rows rows) : totals_(std::move(totals)), rows_(std::move(rows)) {}

  /// By guard: what is not older than the key's guard is applied, anything else makes it suspect.
  void Apply(const RecordMessage& message);
  /// `young` = the message is younger than `min.compaction.lag.ms`.
  Comparison Apply(const Barrier& barrier, bool young, const DropOlder& drop_older);

  /// For DropOlder: deletes older rows that are in memory. `counted` = they are still in the
  /// totals.
  void DropLoaded(const std::string& owner, std::int64_t complete, bool counted);

  Totals& totals() { return totals_; }
  Rows& rows() { return rows_; }

 private:
  Comparison Compare(const Barrier& barrier);
  void Uncount(const RowKey& key, const Row& row);

  Totals totals_;
  Rows rows_;
};

}  // namespace lienthong::feed
