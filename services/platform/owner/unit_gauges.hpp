#pragma once

#include <map>
#include <string>
#include <vector>

#include <prometheus/family.h>
#include <prometheus/gauge.h>

#include "platform/access/sharing.hpp"
#include "platform/kafka/catalogue.hpp"

/// Figures of units as metrics, labelled with units that have a system: a bounded number.
namespace lienthong::owner {

/// Units with a system.
std::vector<std::string> UnitsOf(const kafka::Catalogue& catalogue);

/// Label of what belongs to a unit without a system that no unit with one carries.
inline constexpr const char* kOtherUnits = "other";

/// Under which of `units` (sorted) the figures of a unit are shown: its heir, or who carries that;
/// else kOtherUnits.
std::string ShownUnder(const std::string& unit, const access::Sharing& sharing,
                       const std::vector<std::string>& units);

/// One gauge of every unit. One thread.
class UnitGauges {
 public:
  /// What a unit without a number shows.
  enum class Without { kZero, kNothing };

  /// `units` show 0 from now on, with kZero.
  UnitGauges(const char* name, const char* help, const std::vector<std::string>& units,
             Without without = Without::kZero);

  /// All numbers as they are now.
  void Show(const std::map<std::string, double>& numbers);

 private:
  const Without without_;
  prometheus::Family<prometheus::Gauge>& family_;
  std::map<std::string, prometheus::Gauge*> gauges_;  ///< by unit
};

}  // namespace lienthong::owner
