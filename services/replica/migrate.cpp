#include "replica/migrate.hpp"

#include "replica/sql_views.hpp"

namespace lienthong::replica {

std::vector<pg::Migration> Migrations() {
  return pg::Joined({pg::MigrationsOf_feed(), pg::MigrationsOf_replica()});
}

void MigrateUnits(const Settings& settings) {
  for (const std::string& unit : settings.units) {
    const std::string conninfo = settings.Conninfo(unit);
    pg::Migrate(conninfo, Migrations());
    CreateSqlViews(conninfo, unit);
  }
}

void CheckMigrated(const Settings& settings) {
  for (const std::string& unit : settings.units) {
    pg::RequireMigrated(settings.Conninfo(unit), Migrations());
  }
}

}  // namespace lienthong::replica
