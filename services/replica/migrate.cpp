#include "replica/migrate.hpp"

#include <stdexcept>

#include "replica/sql_views.hpp"

namespace lienthong::replica {

std::vector<pg::Migration> Migrations() {
  std::vector<pg::Migration> migrations = pg::MigrationsOf_feed();
  for (const pg::Migration& own : pg::MigrationsOf_replica()) migrations.push_back(own);
  return migrations;
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
    if (pg::IsMigrated(settings.Conninfo(unit), Migrations())) continue;
    throw std::runtime_error("the database of " + unit +
                             " has another schema: run `migrate` first");
  }
}

}  // namespace lienthong::replica
