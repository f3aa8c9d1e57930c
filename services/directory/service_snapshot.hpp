#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "directory/store.hpp"
#include "platform/access/snapshot.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::directory {

/// Keeps the directory's own access snapshot: other services fill theirs from the feed, the
/// directory from its own tables. One thread refreshes, after each commit of this process and
/// regularly for those of other copies. Owned by main; destroyed before the pool and the holder.
class OwnSnapshot {
 public:
  /// Loads everything. Throws what pg::Pool::Transact throws.
  OwnSnapshot(pg::Pool& pool, access::SnapshotHolder& holder);

  void Start();
  /// After a commit: waits for a refresh that began after this call, so that who created an
  /// official can use it at once; gives up soon. Never throws. Any thread.
  void RefreshNow();
  /// One refresh. One thread at a time; for tests without Start.
  void Refresh();

 private:
  void Loop(std::stop_token stop);
  void Apply(const std::vector<RecordState>& states);

  pg::Pool& pool_;
  access::SnapshotHolder& holder_;
  std::int64_t cursor_ = 0;  ///< everything up to here is in the snapshot
  /// Journal id of what the snapshot holds, of records above the cursor.
  std::map<std::pair<std::string, std::string>, std::int64_t> applied_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t asked_ = 0;
  std::uint64_t done_ = 0;
  std::jthread thread_;
};

}  // namespace lienthong::directory
