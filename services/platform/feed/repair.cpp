#include "platform/feed/repair.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "platform/base/error.hpp"
#include "platform/base/log.hpp"
#include "platform/feed/parked.hpp"
#include "platform/journal/digest.hpp"

namespace lienthong::feed {
namespace {

/// Buckets compared together: bounds memory, at a pass over the type's keys for each.
constexpr std::size_t kBucketsAtOnce = 32;
constexpr int kRowsAtOnce = 2000;
constexpr int kSuspectsMax = 10'000;
constexpr int kParkedMax = 10'000;
/// A difference that is still the same after this is none of a change on its way.
constexpr std::chrono::milliseconds kSettleTime{1000};

}  // namespace

Repair::Repair(RepairTask task, OwnerClient client, pg::Pool& pool, Hands hands,
               std::stop_token stop)
    : task_(std::move(task)),
      client_(std::move(client)),
      pool_(pool),
      hands_(std::move(hands)),
      stop_(std::move(stop)) {}

void Repair::Run(RepairOutcome& outcome) {
  AskForSuspects();
  for (const std::string& type : task_.types) {
    outcome.divergent[type] = 0;
    const std::vector<int> differing = DifferingBuckets(type);
    if (differing.empty() && !task_.asked) outcome.totals_wrong = true;
    for (std::size_t first = 0; first < differing.size(); first += kBucketsAtOnce) {
      const std::size_t end = std::min(differing.size(), first + kBucketsAtOnce);
      const std::set<int> buckets(differing.begin() + static_cast<std::ptrdiff_t>(first),
                                  differing.begin() + static_cast<std::ptrdiff_t>(end));
      Heal(type, Confirm(type, buckets), outcome);
    }
  }
}

void Repair::ForEachRow(const std::string& type,
                        const std::function<void(const CheckedRow&, int)>& fn) {
  std::string after;
  for (;;) {
    if (stop_.stop_requested()) throw base::Unavailable("STOPPED", "the reader is stopping");
    const auto rows = pool_.Transact(
        [&](pg::Tx& tx) { return SelectHashes(tx, task_.topic, type, after, kRowsAtOnce); });
    for (const CheckedRow& row : rows) fn(row, journal::BucketOf(row.key.Text()));
    if (rows.size() < static_cast<std::size_t>(kRowsAtOnce)) return;
    after = rows.back().key.id;
  }
}

std::vector<int> Repair::DifferingBuckets(const std::string& type) {
  const auto theirs = client_.ListBucketDigests(type);
  std::vector<journal::SetDigest> ours(journal::kBuckets);
  ForEachRow(type, [&](const CheckedRow& row, int bucket) {
    auto& sum = ours[static_cast<std::size_t>(bucket)];
    // A hash of another length was written by hand; it counts, so that its bucket differs.
    if (row.hash->size() == 16) {
      sum.Add(journal::Digest::FromBytes(*row.hash));
    } else {
      ++sum.count;
    }
  });
  std::vector<int> differing;
  for (int bucket = 0; bucket < journal::kBuckets; ++bucket) {
    const auto index = static_cast<std::size_t>(bucket);
    if (ours[index] != theirs[index]) differing.push_back(bucket);
  }
  return differing;
}

Repair::Differences Repair::Compare(const std::string& type, const std::set<int>& buckets) {
  Differences sides;
  for (const int bucket : buckets) {
    for (const OwnerClient::Entry& entry : client_.ListBucket(type, bucket)) {
      sides[entry.id].second = Side{entry.version, entry.hash.Bytes()};
    }
  }
  ForEachRow(type, [&](const CheckedRow& row, int bucket) {
    if (buckets.contains(bucket)) sides[row.key.id].first = Side{row.version, *row.hash};
  });
  std::erase_if(sides, [](const auto& item) { return item.second.first == item.second.second; });
  return sides;
}

Repair::Differences Repair::Confirm(const std::string& type, const std::set<int>& buckets) {
  const Differences first = Compare(type, buckets);
  if (first.empty()) return first;
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop_, kSettleTime, [] { return false; });
  Differences second = Compare(type, buckets);
  std::erase_if(second, [&](const auto& item) {
    const auto found = first.find(item.first);
    return found == first.end() || found->second != item.second;
  });
  return second;
}

void Repair::Heal(const std::string& type, const Differences& differences, RepairOutcome& outcome) {
  outcome.divergent[type] += static_cast<std::int64_t>(differences.size());
  const auto parked =
      pool_.Transact([&](pg::Tx& tx) { return SelectParkedKeys(tx, task_.topic, kParkedMax); });
  std::vector<RowKey> keys;
  for (const auto& [id, sides] : differences) {
    RowKey key{type, id};
    // An older version is a message still on its way, not a hand at work.
    const auto& [ours, theirs] = sides;
    const bool behind = ours && theirs && ours->version < theirs->version;
    if (task_.scrubbed.contains(type) && !behind) outcome.altered.push_back(key);
    // What was parked would come again and be parked again: it waits for the replay.
    if (!parked.contains(key.Text())) keys.push_back(std::move(key));
  }
  if (keys.empty()) return;
  hands_.transact([&](pg::Tx& tx) { ResetGuards(tx, task_.topic, keys); });
  const std::size_t accepted = AskFor(keys);
  base::LogWarning("copy differs from its owner: asked for records again",
                   {{"topic", task_.topic},
                    {"owner", task_.owner},
                    {"type", type},
                    {"records", std::to_string(keys.size())},
                    {"accepted", std::to_string(accepted)}});
}

std::size_t Repair::AskFor(const std::vector<RowKey>& keys) {
  const OwnerClient::Asked asked = client_.Republish(keys);
  if (!asked.never_published.empty()) hands_.remove(task_, asked.never_published);
  return asked.accepted;
}

void Repair::AskForSuspects() {
  const auto suspects = pool_.Transact(
      [&](pg::Tx& tx) { return SelectSuspects(tx, task_.topic, task_.owner, kSuspectsMax); });
  if (suspects.empty()) return;
  const std::size_t accepted = AskFor(suspects);
  base::LogInfo("asked for suspect records again", {{"topic", task_.topic},
                                                    {"owner", task_.owner},
                                                    {"records", std::to_string(suspects.size())},
                                                    {"accepted", std::to_string(accepted)}});
}

}  // namespace lienthong::feed
