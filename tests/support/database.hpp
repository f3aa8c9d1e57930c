#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <pqxx/pqxx>

#include "platform/base/hash.hpp"
#include "platform/base/id.hpp"
#include "platform/pg/migrate.hpp"

namespace lienthong::support {

/// A variable that tools/test sets; a test without it fails.
inline std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set: use tools/test");
  return value;
}

/// A fresh database with these migrations, on the server of LIENTHONG_TEST_DATABASE; dropped at
/// the end of the test. Copied from a template, which the first one with these migrations makes.
class TestDatabase {
 public:
  explicit TestDatabase(const std::vector<pg::Migration>& migrations) {
    std::string name = base::RandomIds().New();
    std::erase(name, '-');
    name_ = "test_" + name;
    Run("CREATE DATABASE " + name_ + " TEMPLATE " + Template(migrations));
  }
  ~TestDatabase() { Run("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)"); }
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  std::string Conninfo() const { return In(name_); }
  /// Ends every session: what a client sees when the server is restarted.
  void KillSessions() {
    Run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name_ + "'");
  }

 private:
  static std::string Server() { return Environment("LIENTHONG_TEST_DATABASE"); }
  static std::string In(const std::string& database) { return Server() + " dbname=" + database; }
  static void Run(const std::string& sql) {
    pqxx::connection connection(In("postgres"));
    pqxx::nontransaction(connection).exec(sql);
  }

  static std::string Template(const std::vector<pg::Migration>& migrations) {
    std::string text;
    for (const auto& migration : migrations) text.append(migration.part).append(migration.sql);
    const std::string name = "template_" + base::ToHex(base::Sha256Of(text)).substr(0, 32);

    pqxx::connection connection(In("postgres"));
    pqxx::nontransaction session(connection);
    session.exec("SELECT pg_advisory_lock(hashtext('templates'))");  // until the session ends
    const auto made = session.exec("SELECT FROM pg_database WHERE datname = '" + name + "'");
    if (!made.empty()) return name;
    const std::string unfinished = name + "_unfinished";
    session.exec("DROP DATABASE IF EXISTS " + unfinished);
    session.exec("CREATE DATABASE " + unfinished);
    {
      pqxx::connection inside(In(unfinished));
      pqxx::nontransaction(inside).exec("CREATE EXTENSION unaccent; CREATE EXTENSION pg_trgm");
    }
    pg::Migrate(In(unfinished), migrations);
    session.exec("ALTER DATABASE " + unfinished + " RENAME TO " + name);
    return name;
  }

  std::string name_;
};

}  // namespace lienthong::support
