#pragma once

#include "ops/calls.hpp"
#include "ops/command_line.hpp"
#include "ops/show.hpp"

namespace lienthong::ops {

/// Silences all alerts of a unit for the hours that the options say. Recorded at the directory; it
/// is made also while the directory does not answer, and that is said.
Result SilenceUnit(const Settings& settings, const Province& province, const Options& options,
                   Deadline deadline);

Result ListSilences(const Settings& settings, Deadline deadline, const Look& look);

/// Ends a silence; one that has ended stays so.
Result EndSilence(const Settings& settings, const Province& province, const Options& options,
                  Deadline deadline);

}  // namespace lienthong::ops
