#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "platform/feed/reader.hpp"
#include "platform/feed/repair.hpp"

namespace lienthong::feed {

/// Carries out repairs one after the other on a thread that lives only as long as there is one to
/// do, so that consuming goes on; backs off while differences stay. Also keeps what is known of
/// differences and alterations. Any thread; destroyed with its reader.
class Healing {
 public:
  Healing(const ReaderOptions& options, pg::Pool& pool, Repair::Hands hands);

  /// To be healed when its time has come; types of tasks for the same set and owner add up.
  void Ask(RepairTask task);
  /// A barrier matched: nothing of this owner differs in this set.
  void Matched(const std::string& topic, const std::string& owner);
  /// Rows that the scrub found altered.
  void NoteAltered(const std::string& topic, const std::vector<RowKey>& keys);
  /// A set starts from nothing: what differed in it is gone.
  void Forget(const std::string& topic);

  /// From here on records that differ are counted; what was asked for before is forgotten.
  void BeginCount();
  /// Compares whatever the barriers say, as soon as it can: operators asked for it.
  void Compare(const std::vector<RepairTask>& tasks);
  /// How many records differed since BeginCount, once all of Compare is done; nullopt = it goes on.
  std::optional<std::int64_t> Compared() const;

  /// Starts the next repair if one is due. The reader's thread.
  void Tick();
  /// True once after a repair found totals wrong though all rows are right.
  bool TakeRecount();

  struct Known {
    std::map<std::pair<std::string, std::string>, std::map<std::string, std::int64_t>> divergent;
    std::int64_t altered_records = 0;
    std::deque<std::string> altered_keys;  ///< newest last
  };
  Known State() const;

 private:
  using Name = std::pair<std::string, std::string>;  // topic, owner
  struct Backoff {
    int failures = 0;
    std::chrono::steady_clock::time_point next{};
  };

  /// Under the mutex.
  void Add(RepairTask task);
  std::optional<RepairTask> TakeDue();
  void RunTask(std::stop_token stop, RepairTask task);
  void Finish(const RepairTask& task, const RepairOutcome& outcome);
  void AddAltered(const std::string& topic, const RowKey& key);

  const ReaderOptions& options_;
  pg::Pool& pool_;
  Repair::Hands hands_;
  mutable std::mutex mutex_;
  std::map<Name, RepairTask> tasks_;
  std::map<Name, RepairTask> asked_;  ///< by operators; a barrier that matches does not end them
  bool asked_runs_ = false;           ///< one of them is at work
  /// Since BeginCount, by record type. A record may be looked at again before it has come, so that
  /// of several looks the largest number counts and not their sum.
  std::map<Name, std::map<std::string, std::int64_t>> differing_;
  std::map<Name, Backoff> backoffs_;
  Known known_;
  std::set<std::string> altered_open_;  ///< named already, not yet healed
  bool running_ = false;
  bool recount_ = false;
  std::jthread thread_;
};

}  // namespace lienthong::feed
