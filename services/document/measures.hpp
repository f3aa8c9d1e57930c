#pragma once

#include <string>
#include <vector>

#include "document/service_parts.hpp"
#include "platform/base/clock.hpp"
#include "platform/owner/unit_gauges.hpp"

namespace lienthong::document {

/// Shows lienthong_document_{received,on_time,late,overdue,returned}{unit}: what units with a
/// system, and those that they carry, have had to do with in the last 30 days (business time), by
/// the rules of the reports. One thread; for rpc::Rounds.
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
  owner::UnitGauges received_, on_time_, late_, overdue_, returned_;
};

}  // namespace lienthong::document
