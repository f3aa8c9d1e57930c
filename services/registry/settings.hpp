#pragma once

#include <string>
#include <vector>

#include "platform/owner/owner.hpp"
#include "registry/service.hpp"

namespace lienthong::registry {

/// The configuration of the process; names in README.md.
struct Settings : owner::Settings {
  ServiceOptions limits;
};

/// Throws base::ConfigError naming every mistake.
Settings ReadSettings(base::Config& config);

/// Everything the registry's database needs: journal, feed, sharing rules and its own tables.
std::vector<pg::Migration> Migrations();

}  // namespace lienthong::registry
