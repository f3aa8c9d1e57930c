#pragma once

#include <vector>

#include "platform/pg/migrate.hpp"

namespace lienthong::pg {

/// migrations/*.sql of this service, embedded by the build.
std::vector<Migration> MigrationsOf_directory();

}  // namespace lienthong::pg

namespace lienthong::directory {

/// Everything the directory's database needs.
inline std::vector<pg::Migration> Migrations() {
  std::vector<pg::Migration> migrations = pg::MigrationsOf_journal();
  for (const pg::Migration& own : pg::MigrationsOf_directory()) migrations.push_back(own);
  return migrations;
}

}  // namespace lienthong::directory
