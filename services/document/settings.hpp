#pragma once

#include <string>
#include <vector>

#include "platform/owner/owner.hpp"

namespace lienthong::document {

/// The configuration of the process; names in README.md.
struct Settings : owner::Settings {
  std::string files;  ///< directory of the attachments, shared by the copies of the service
};

/// Throws base::ConfigError naming every mistake.
Settings ReadSettings(base::Config& config);

/// Everything the database needs: journal, feed, sharing rules and its own tables.
std::vector<pg::Migration> Migrations();

}  // namespace lienthong::document
