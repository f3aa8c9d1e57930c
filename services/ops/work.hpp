#pragma once

#include <functional>
#include <string>

#include "ops/calls.hpp"
#include "ops/command_line.hpp"
#include "ops/show.hpp"

namespace lienthong::ops {

/// Told how far something is that takes long.
using Progress = std::function<void(const std::string&)>;

/// Waits until every owner has confirmed what a copy holds: barriers that came since, and that
/// speak of all that the owners' journals held when it was asked. Changes nothing.
Result VerifyUnit(const Province& province, const std::string& code, Deadline deadline,
                  const Progress& progress);

/// Heals a copy (kRepairUnit) or reads it anew (kBootstrapUnit), and waits until it is equal.
/// Recorded at the directory before and after.
Result WorkOnUnit(const Province& province, const Options& options, Deadline deadline,
                  const Progress& progress);

}  // namespace lienthong::ops
