#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "platform/base/config.hpp"
#include "platform/kafka/producer.hpp"
#include "platform/pg/migrate.hpp"
#include "platform/rpc/serve.hpp"
#include "platform/rpc/server.hpp"

namespace lienthong::directory {

/// The configuration of the process; names in README.md.
struct Settings {
  std::string service;
  std::string database;
  std::string catalogue;
  std::string redis;
  std::string page_token_secret;
  kafka::ConnectOptions kafka;
  rpc::ServerOptions server;
  rpc::ServeOptions serve;
  std::chrono::seconds business_offset{0};
  int workers = 0;
  int stream_workers = 0;
  std::size_t queue_calls_max = 0;
  int connections = 0;
};

/// Throws base::ConfigError naming every mistake.
Settings ReadSettings(base::Config& config);

/// Everything the database needs.
std::vector<pg::Migration> Migrations();
/// The step before a start: brings the schema of DATABASE up to date.
void MigrateDatabase(base::Config& config);
/// Throws std::runtime_error when the database has another schema than this build.
void RequireMigrated(const std::string& database);

}  // namespace lienthong::directory
