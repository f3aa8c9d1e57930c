#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "platform/journal/journal.hpp"

namespace prometheus {
class Gauge;
}

namespace lienthong::journal {

struct SweeperOptions {
  std::string service;
  std::chrono::milliseconds interval{300};
  std::size_t sweep_heads_max = 500;
  /// The owner's scrub: heads re-checked against the business tables per second.
  std::size_t scrub_heads_per_second_max = 1000;
  /// Between the end of one scrub of everything and the next.
  std::chrono::milliseconds scrub_pause{60'000};
  /// Request ids are remembered this long; older ones go, some at a time.
  std::chrono::hours requests_kept{24 * 400};
  std::chrono::milliseconds forget_interval{600'000};
};

/// How far the sweep and the scrub of this process are.
struct SweepStatus {
  std::optional<base::Time> swept_at;     ///< end of the last sweep that left nothing
  std::optional<base::Time> scrubbed_at;  ///< end of the last whole scrub
  std::int64_t scrub_defects = 0;         ///< of that one
};

/// Background work of an owner: the audience sweep after a directory change (metric
/// lienthong_sweep_timestamp_seconds), partitions of the journal ahead of need, old request ids,
/// states to be erased, and the scrub, which derives every record again from the business tables
/// and compares hashes and audience with the head (metrics lienthong_scrub_defective_records,
/// lienthong_scrub_completed_timestamp_seconds). What fails of it does not stop the rest. One
/// thread; destroyed before the journal.
class Sweeper {
 public:
  Sweeper(SweeperOptions options, Journal& journal, RecordSource& source, pg::Pool& pool,
          const base::Clock& clock);
  ~Sweeper();

  void Start();

  SweepStatus Status() const;
  /// Records whose audience other sharing rules gave, at most `kStaleMax`.
  std::int64_t CountStaleAudiences(std::chrono::steady_clock::time_point deadline) const;
  static constexpr std::int64_t kStaleMax = 100'000;

  struct ScrubChunk {
    std::size_t checked = 0;
    std::vector<std::string> defective;  ///< keys
  };
  /// The next heads of `type` after `last_id`; moves `last_id`, empty again at the end.
  static ScrubChunk Scrub(pg::Pool& pool, RecordSource& source, const std::string& type,
                          std::string& last_id, std::size_t heads_max);

 private:
  /// A part of the work that may fail by itself.
  struct Job {
    const char* name;
    std::function<void()> run;
    std::string failure;  ///< the same one is told once
  };
  static void Attempt(Job& job);
  void Loop(std::stop_token stop);
  void SweepAll(const std::stop_token& stop);
  void ScrubSome();
  void ForgetRequests();
  void AddPartitions();

  SweeperOptions options_;
  Journal& journal_;
  RecordSource& source_;
  pg::Pool& pool_;
  const base::Clock& clock_;
  prometheus::Gauge& swept_;
  std::size_t scrub_type_ = 0;
  std::string scrub_last_id_;
  std::chrono::steady_clock::time_point scrub_at_{};
  std::chrono::steady_clock::time_point partitions_at_{};
  std::size_t defective_in_round_ = 0;
  std::chrono::steady_clock::time_point forgot_at_{};
  mutable std::mutex status_mutex_;
  SweepStatus status_;
  std::jthread thread_;
};

}  // namespace lienthong::journal
