#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <pqxx/pqxx>

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
/// the end of the test.
class TestDatabase {
 public:
  explicit TestDatabase(const std::vector<pg::Migration>& migrations) {
    std::string name = base::RandomIds().New();
    std::erase(name, '-');
    name_ = "test_" + name;
    Run("CREATE DATABASE " + name_);
    pqxx::connection connection(Conninfo());
    pqxx::nontransaction(connection)
        .exec("CREATE EXTENSION IF NOT EXISTS unaccent; CREATE EXTENSION IF NOT EXISTS pg_trgm");
    pg::Migrate(Conninfo(), migrations);
  }
  ~TestDatabase() { Run("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)"); }
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  std::string Conninfo() const { return Server() + " dbname=" + name_; }
  /// Ends every session: what a client sees when the server is restarted.
  void KillSessions() {
    Run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name_ + "'");
  }

 private:
  static std::string Server() { return Environment("LIENTHONG_TEST_DATABASE"); }
  static void Run(const std::string& sql) {
    pqxx::connection connection(Server() + " dbname=postgres");
    pqxx::nontransaction(connection).exec(sql);
  }

  std::string name_;
};

}  // namespace lienthong::support
