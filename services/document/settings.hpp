#pragma once

#include <vector>

#include "platform/owner/owner.hpp"

namespace lienthong::document {

/// The configuration of the process; names in README.md. Throws base::ConfigError naming every
/// mistake.
owner::Settings ReadSettings(base::Config& config);

/// Everything the database needs: journal, feed, sharing rules and its own tables.
std::vector<pg::Migration> Migrations();

}  // namespace lienthong::document
