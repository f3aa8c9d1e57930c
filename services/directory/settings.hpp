#pragma once

#include <vector>

#include "platform/pg/migrate.hpp"
#include "platform/rpc/process.hpp"

namespace lienthong::directory {

/// The configuration of the process; names in README.md. Throws base::ConfigError naming every
/// mistake.
rpc::OwnerSettings ReadSettings(base::Config& config);

/// Everything the database needs: journal and its own tables.
std::vector<pg::Migration> Migrations();

}  // namespace lienthong::directory
