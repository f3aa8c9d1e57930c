#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "platform/feed/apply.hpp"
#include "platform/feed/check_store.hpp"

namespace lienthong::feed {

/// Re-hashes the stored rows of one set, a chunk at a time between batches, and finds what was
/// altered by hand: bytes that do not give their hash, guards beyond anything received, sums that
/// are not those kept. The reader's thread.
class Scrub {
 public:
  struct Finding {
    std::vector<RowKey> altered;                             ///< rows, by name
    std::map<std::string, std::set<std::string>> differing;  ///< owner -> types with wrong totals
    std::size_t rows = 0;                                    ///< looked at in this step
    bool finished = false;                                   ///< all rows were looked at
  };

  explicit Scrub(std::string topic) : topic_(std::move(topic)) {}

  const std::string& topic() const { return topic_; }

  /// Looks at the next rows, in the caller's transaction; repairs hashes and guards of altered
  /// rows, and totals, in the database and in `state`. Does not change the scrub, so that the
  /// transaction may be repeated: Advance with what it returned once it is committed.
  struct Step;
  Step Run(pg::Tx& tx, TopicState state) const;
  Finding Advance(Step step);

  /// A batch changed these rows meanwhile.
  void Note(const std::vector<HashChange>& changes);

 private:
  using Sums = std::map<std::pair<std::string, std::string>, journal::SetDigest>;  // owner, type

  std::string topic_;
  RowKey cursor_;  ///< rows up to here are in `sums_`
  Sums sums_;
};

struct Scrub::Step {
  TopicState state;
  Finding finding;
  RowKey cursor;
  Sums sums;
};

}  // namespace lienthong::feed
