#pragma once

#include <string>
#include <vector>

#include "ops/calls.hpp"
#include "ops/show.hpp"

namespace lienthong::ops {

/// Has owners compute their seals again, stretch by stretch, each within the time of one call; all
/// owners when none is named. Throws UsageError for one that is not known.
Result VerifySeals(const Province& province, const std::vector<std::string>& names,
                   Deadline deadline, const Look& look);

}  // namespace lienthong::ops
