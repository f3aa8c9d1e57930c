#pragma once

#include <string>
#include <vector>

#include "hotline/service_parts.hpp"
#include "platform/base/clock.hpp"
#include "platform/owner/unit_gauges.hpp"

namespace lienthong::hotline {

/// Shows lienthong_hotline_{received,on_time,late,overdue,returned,ratings,satisfaction_ratio}
/// {unit}: the assignments that units with a system, and those that they carry, were given in the
/// last 30 days (business time), by the rules of the indicators. One thread; for rpc::Rounds.
class Measures {
 public:
  /// `units`: those with a system, sorted.
  Measures(const Parts& parts, const base::Clock& clock, std::vector<std::string> units);

  /// Throws what the pool throws.
  void Show();

 private:
  const Parts parts_;
  const base::Clock& clock_;
  const std::vector<std::string> units_;
  owner::UnitGauges received_, on_time_, late_, overdue_, returned_, ratings_, satisfaction_;
};

}  // namespace lienthong::hotline
