#pragma once

#include <vector>

#include "platform/pg/migrate.hpp"

namespace lienthong::pg {

/// migrations/*.sql of this service, embedded by the build.
std::vector<Migration> MigrationsOf_registry();

}  // namespace lienthong::pg

namespace lienthong::registry {

/// Everything the registry's database needs.
inline std::vector<pg::Migration> Migrations() {
  std::vector<pg::Migration> migrations = pg::MigrationsOf_journal();
  for (const pg::Migration& feed : pg::MigrationsOf_feed()) migrations.push_back(feed);
  for (const pg::Migration& own : pg::MigrationsOf_registry()) migrations.push_back(own);
  return migrations;
}

}  // namespace lienthong::registry
