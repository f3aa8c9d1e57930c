#pragma once

#include <chrono>
#include <optional>

#include <prometheus/gauge.h>

#include "platform/base/clock.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::rpc {

/// Somebody else's clock showed `theirs` at a moment between two readings of ours: the least
/// difference that explains it, 0 when none is needed. Positive = theirs is ahead.
std::chrono::microseconds ClockOffset(base::Time before, base::Time theirs, base::Time after);

/// lienthong_clock_offset_seconds{peer}; 0 until something was seen. One thread.
class ClockGauge {
 public:
  /// "postgres" or "kafka".
  explicit ClockGauge(const char* peer);

  /// What was seen in machine time. Of a minute the shortest exchange counts, since it says most.
  void Note(base::Time before, base::Time theirs, base::Time after);

 private:
  struct Exchange {
    base::Time after;
    std::chrono::microseconds took;
  };

  prometheus::Gauge& gauge_;
  std::optional<Exchange> counts_;
};

/// The clock of the database against that of this machine. One thread; destroyed before the pool.
class DatabaseClock {
 public:
  DatabaseClock(pg::Pool& pool, const base::Clock& clock) : pool_(pool), clock_(clock) {}

  /// Asks and shows. Throws what the pool throws.
  void Measure();

 private:
  pg::Pool& pool_;
  const base::Clock& clock_;
  ClockGauge gauge_{"postgres"};
};

}  // namespace lienthong::rpc
