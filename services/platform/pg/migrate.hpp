#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/base/config.hpp"

namespace lienthong::pg {

/// One migration: `services/<part>/migrations/NNNN_name.sql`, embedded into the binary.
struct Migration {
  std::string_view part;  ///< "journal", "feed", "registry": each counts on its own
  int number;
  std::string_view name;
  std::string_view sql;
};

/// The embedded migrations of the platform's parts; a service's own are MigrationsOf_<service>().
std::vector<Migration> MigrationsOf_journal();
std::vector<Migration> MigrationsOf_feed();
std::vector<Migration> MigrationsOf_access();
std::vector<Migration> MigrationsOf_files();

/// One list, in this order.
std::vector<Migration> Joined(const std::vector<std::vector<Migration>>& parts);

/// Applies what is missing, each in its own transaction, under an advisory lock; forward only. Run
/// as a separate step before a service starts.
void Migrate(const std::string& conninfo, const std::vector<Migration>& migrations);

/// Migrate the database that the configuration names (DATABASE). Throws base::ConfigError.
void MigrateDatabase(base::Config& config, const std::vector<Migration>& migrations);

/// A service does not start on another schema. Throws std::runtime_error, with the name of the
/// database, unless it has every one of these.
void RequireMigrated(const std::string& conninfo, const std::vector<Migration>& migrations);

}  // namespace lienthong::pg
