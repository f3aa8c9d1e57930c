#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ops/calls.hpp"
#include "ops/show.hpp"
#include "platform/base/clock.hpp"

namespace lienthong::ops {

/// What the process with a unit's copy says of it.
Asked<replica::v1::UnitConsistency> AskUnit(const ReplicaProcess& process, const std::string& code,
                                            Deadline deadline);

/// One unit's copy: each owner's part of its two feeds, and what operators asked for last.
Result ShowUnit(const ReplicaProcess& process, const std::string& code,
                const Asked<replica::v1::UnitConsistency>& asked, base::Time now, const Look& look);

/// A barrier of one set (an owner's part of a feed).
struct Mark {
  std::optional<base::Time> verified_at;
  std::int64_t epoch = 0;
  std::int64_t sequence = 0;
};
/// By topic and owner.
using Marks = std::map<std::pair<std::string, std::string>, Mark>;

Marks MarksOf(const replica::v1::UnitConsistency& unit);

/// Sets whose newest barrier matched, came after the mark and speaks of no less than the mark; of
/// how many.
struct Confirmed {
  int sets = 0;
  int all = 0;
  std::vector<std::string> open;  ///< "registry in the own feed"

  bool IsWhole() const { return all > 0 && sets == all; }
};
/// By the owners' times alone: the clocks of owners and copies need not agree.
Confirmed ConfirmedAfter(const replica::v1::UnitConsistency& unit, const Marks& marks);

}  // namespace lienthong::ops
