#pragma once

#include "ops/calls.hpp"
#include "ops/command_line.hpp"
#include "ops/show.hpp"

namespace lienthong::ops {

/// What is parked at owners and in copies, or only of the unit or the owner that the options name;
/// a line each (kParkedList) or with all that is known (kParkedShow).
Result ShowParked(const Province& province, const Options& options, Deadline deadline,
                  const Look& look);

/// Has it tried again where something is parked. Owners record that themselves; what is done in
/// copies is recorded at the directory.
Result ReplayParked(const Province& province, const Options& options, Deadline deadline);

}  // namespace lienthong::ops
