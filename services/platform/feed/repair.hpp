#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "platform/feed/check_store.hpp"
#include "platform/feed/owner_client.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::feed {

/// What is to be healed in one set of one owner.
struct RepairTask {
  std::string topic;
  std::string owner;
  std::set<std::string> types;  ///< whose digest differs
  /// Of `types`: found by the scrub, so a difference is an alteration by hand.
  std::set<std::string> scrubbed;
  /// Operators asked for it: nothing is known to differ, all is compared.
  bool asked = false;
};

struct RepairOutcome {
  std::map<std::string, std::int64_t> divergent;  ///< per type of the task: keys that differ
  std::vector<RowKey> altered;                    ///< differing keys of `scrubbed` types
  /// All buckets of a type were equal although its total was not: the total is to be recounted.
  bool totals_wrong = false;
};

/// Narrows a difference down to its keys by asking the owner, drops their guards and asks for them
/// again; asks for suspect keys too (PROTOCOL, Repair). Used by one thread, for one task.
class Repair {
 public:
  /// What it does to the copy; neither interleaves with the applying of batches.
  struct Hands {
    std::function<void(const std::function<void(pg::Tx&)>&)> transact;
    /// Takes records out that their owner never published in this set.
    std::function<void(const RepairTask&, const std::vector<RowKey>&)> remove;
  };

  Repair(RepairTask task, OwnerClient client, pg::Pool& pool, Hands hands, std::stop_token stop);

  /// Throws base::Error when the owner or the database is away, a limit of the owner is reached, or
  /// it was stopped; `outcome` then holds what was found before.
  void Run(RepairOutcome& outcome);

 private:
  struct Side {
    std::int64_t version = 0;
    std::string hash;  ///< bytes
    auto operator<=>(const Side&) const = default;
  };
  /// By id: what is here and what is there; nullopt = not at all.
  using Differences = std::map<std::string, std::pair<std::optional<Side>, std::optional<Side>>>;

  std::vector<int> DifferingBuckets(const std::string& type);
  Differences Compare(const std::string& type, const std::set<int>& buckets);
  Differences Confirm(const std::string& type, const std::set<int>& buckets);
  void Heal(const std::string& type, const Differences& differences, RepairOutcome& outcome);
  void AskForSuspects();
  /// Returns how many come.
  std::size_t AskFor(const std::vector<RowKey>& keys);
  void ForEachRow(const std::string& type, const std::function<void(const CheckedRow&, int)>& fn);

  RepairTask task_;
  OwnerClient client_;
  pg::Pool& pool_;
  Hands hands_;
  std::stop_token stop_;
};

}  // namespace lienthong::feed
