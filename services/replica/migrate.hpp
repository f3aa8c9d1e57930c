#pragma once

#include <vector>

#include "platform/pg/migrate.hpp"
#include "replica/settings.hpp"

namespace lienthong::pg {

/// migrations/*.sql of this service, embedded by the build.
std::vector<Migration> MigrationsOf_replica();

}  // namespace lienthong::pg

namespace lienthong::replica {

/// Everything a unit's database needs.
std::vector<pg::Migration> Migrations();

/// Brings the databases of all units of this process up to date, SQL views included.
void MigrateUnits(const Settings& settings);

/// Throws std::runtime_error unless every unit's database has the schema of this build.
void CheckMigrated(const Settings& settings);

}  // namespace lienthong::replica
