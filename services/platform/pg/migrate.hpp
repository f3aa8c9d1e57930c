#pragma once

#include <string>
#include <string_view>
#include <vector>

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

/// Applies what is missing, each in its own transaction, under an advisory lock; forward only. Run
/// as a separate step before a service starts.
void Migrate(const std::string& conninfo, const std::vector<Migration>& migrations);

/// True when the database has every one of these: a service does not start on another schema.
bool IsMigrated(const std::string& conninfo, const std::vector<Migration>& migrations);

}  // namespace lienthong::pg
