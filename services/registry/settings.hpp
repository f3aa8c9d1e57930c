#pragma once

#include <map>
#include <string>
#include <vector>

#include "platform/pg/migrate.hpp"
#include "platform/rpc/process.hpp"
#include "registry/service.hpp"

namespace lienthong::registry {

/// The configuration of the process; names in README.md.
struct Settings : rpc::OwnerSettings {
  std::map<std::string, std::string> owners;  ///< the directory alone: the feeds it reads
  ServiceOptions limits;
};

/// Throws base::ConfigError naming every mistake.
Settings ReadSettings(base::Config& config);

/// Everything the registry's database needs: journal, feed, sharing rules and its own tables.
std::vector<pg::Migration> Migrations();

}  // namespace lienthong::registry
