#pragma once

#include "ops/command_line.hpp"
#include "ops/show.hpp"
#include "ops/work.hpp"

namespace lienthong::ops {

/// Does what the options ask for. Throws UsageError, base::ConfigError: then nothing was done.
Result Run(const Options& options, const Look& look, const Progress& progress);

/// One JSON document that ends with a line break.
std::string Print(const Json& json);

}  // namespace lienthong::ops
