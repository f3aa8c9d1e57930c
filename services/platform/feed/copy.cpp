#include "platform/feed/copy.hpp"

#include <algorithm>

namespace lienthong::feed {

void Copy::Uncount(const RowKey& key, const Row& row) {
  if (row.hash) totals_[row.owner].types[key.type].Remove(*row.hash);
}

void Copy::Apply(const RecordMessage& message) {
  OwnerTotals& totals = totals_[message.owner];
  totals.seen = std::max(totals.seen, message.position);
  Row& row = rows_[message.key];
  if (row.owner.empty()) row.owner = message.owner;

  if (message.position < row.guard || message.position.epoch < totals.complete) {
    // A compacted log may keep this stale message as the key's last: the owner is asked again.
    if (!row.suspect) ++totals_[row.owner].suspects;
    row.suspect = row.marked = true;
    return;
  }
  if (row.suspect) --totals_[row.owner].suspects;
  Uncount(message.key, row);
  row.suspect = false;
  row.owner = message.owner;
  row.guard = message.position;
  row.version = message.version;
  row.view = message.view;
  row.value = message.value;
  row.applied = true;
  row.hash.reset();
  if (!message.value) return;
  row.hash = journal::ViewHash(message.key.Text(), message.version, *message.value);
  totals.types[message.key.type].Add(*row.hash);
}

void Copy::DropLoaded(const std::string& owner, std::int64_t complete, bool counted) {
  for (auto& [key, row] : rows_) {
    if (row.owner != owner || !row.hash || row.guard.epoch >= complete) continue;
    if (counted) Uncount(key, row);
    row.hash.reset();
    row.value.reset();
    row.applied = true;
  }
}

Copy::Comparison Copy::Apply(const Barrier& barrier, bool young, const DropOlder& drop_older) {
  OwnerTotals& totals = totals_[barrier.owner];
  if (barrier.complete > totals.complete) {
    totals.complete = barrier.complete;
    drop_older(barrier.owner, barrier.complete);
  }
  // After a crash the relay repeats itself; behind an old barrier messages that it counts may be
  // compacted away.
  if (barrier.position < totals.seen || !young) return {};
  return Compare(barrier);
}

Copy::Comparison Copy::Compare(const Barrier& barrier) {
  OwnerTotals& totals = totals_[barrier.owner];
  Comparison comparison;
  const auto compare = [&](const std::string& type) {
    const auto ours = totals.types.find(type);
    const auto theirs = barrier.types.find(type);
    const journal::SetDigest none;
    if ((ours == totals.types.end() ? none : ours->second) !=
        (theirs == barrier.types.end() ? none : theirs->second)) {
      comparison.types.insert(type);
    }
  };
  for (const auto& [type, total] : totals.types) compare(type);
  for (const auto& [type, total] : barrier.types) compare(type);

  totals.equal = comparison.types.empty();
  comparison.verdict = totals.equal ? Verdict::kMatched : Verdict::kDiffers;
  if (totals.equal) {
    totals.matched = barrier.position;
    totals.matched_time = barrier.time;
  }
  return comparison;
}

}  // namespace lienthong::feed
