#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "platform/base/clock.hpp"

namespace lienthong::support {

/// A clock that only the test moves. Starts on Wednesday 10 July 2019, 07:30 in Vietnam.
class ManualClock final : public base::Clock {
 public:
  base::Time MachineNow() const override { return base::Time(std::chrono::microseconds(now_)); }
  base::Time BusinessNow() const override { return MachineNow(); }
  void Advance(std::chrono::microseconds by) { now_ += by.count(); }
  void Set(base::Time time) { now_ = time.time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> now_ = 1'562'718'600'000'000;
};

/// Waits for a condition, looking often; false when it did not come in time.
inline bool Eventually(std::chrono::milliseconds limit, const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    // A condition may be a query: leave the machine to those who make it come true.
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace lienthong::support
