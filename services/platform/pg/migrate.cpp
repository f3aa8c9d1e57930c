#include "platform/pg/migrate.hpp"

#include <stdexcept>

#include <pqxx/pqxx>

#include "platform/base/log.hpp"

namespace lienthong::pg {
namespace {

/// Any number that nothing else of ours locks.
constexpr const char* kLock = "SELECT pg_advisory_xact_lock(741001)";
constexpr const char* kTable =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    "part text NOT NULL, number integer NOT NULL, name text NOT NULL,"
    "applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (part, number))";

bool IsApplied(pqxx::transaction_base& tx, const Migration& migration) {
  const auto rows = tx.exec_params("SELECT 1 FROM schema_migration WHERE part = $1 AND number = $2",
                                   std::string(migration.part), migration.number);
  return !rows.empty();
}

}  // namespace

void Migrate(const std::string& conninfo, const std::vector<Migration>& migrations) {
  pqxx::connection connection(conninfo);
  for (const Migration& migration : migrations) {
    pqxx::work tx(connection);
    tx.exec(kLock);
    tx.exec("SET LOCAL client_min_messages = warning");
    tx.exec(kTable);
    if (IsApplied(tx, migration)) continue;
    tx.exec(std::string(migration.sql));
    tx.exec_params("INSERT INTO schema_migration (part, number, name) VALUES ($1, $2, $3)",
                   std::string(migration.part), migration.number, std::string(migration.name));
    tx.commit();
    base::LogInfo("migration applied",
                  {{"part", std::string(migration.part)}, {"name", std::string(migration.name)}});
  }
}

void MigrateDatabase(base::Config& config, const std::vector<Migration>& migrations) {
  const std::string database = config.Text("DATABASE");
  config.Check();
  Migrate(database, migrations);
}

void RequireMigrated(const std::string& conninfo, const std::vector<Migration>& migrations) {
  pqxx::connection connection(conninfo);
  pqxx::work tx(connection);
  const bool none = tx.exec("SELECT to_regclass('schema_migration') IS NULL")[0][0].as<bool>();
  for (const Migration& migration : migrations) {
    if (!none && IsApplied(tx, migration)) continue;
    throw std::runtime_error("database " + std::string(connection.dbname()) +
                             " has another schema: run `migrate` first");
  }
}

std::vector<Migration> Joined(const std::vector<std::vector<Migration>>& parts) {
  std::vector<Migration> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace lienthong::pg
