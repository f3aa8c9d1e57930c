#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <mutex>

namespace lienthong::feed {

/// A bound on rows per second, shared by all who have the same one. Any thread.
class Pace {
 public:
  explicit Pace(std::size_t rows_per_second_max) : rows_per_second_max_(rows_per_second_max) {}

  /// May the next rows be read now?
  bool IsFree() const {
    const std::lock_guard lock(mutex_);
    return std::chrono::steady_clock::now() >= free_at_;
  }
  /// So many were read: the next ones have to wait for as long as these may take.
  void Spend(std::size_t rows) {
    const std::lock_guard lock(mutex_);
    const std::chrono::duration<double> time(static_cast<double>(rows) /
                                             static_cast<double>(rows_per_second_max_));
    free_at_ = std::max(free_at_, std::chrono::steady_clock::now()) +
               std::chrono::duration_cast<std::chrono::steady_clock::duration>(time);
  }

 private:
  const std::size_t rows_per_second_max_;
  mutable std::mutex mutex_;
  std::chrono::steady_clock::time_point free_at_{};
};

}  // namespace lienthong::feed
