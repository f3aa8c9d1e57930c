#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "platform/base/config.hpp"
#include "platform/kafka/producer.hpp"
#include "platform/pg/migrate.hpp"
#include "platform/rpc/serve.hpp"
#include "platform/rpc/server.hpp"
#include "registry/service.hpp"

namespace lienthong::registry {

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
  std::map<std::string, std::string> owners;  ///< the directory alone: the feeds it reads
  std::chrono::seconds business_offset{0};
  int workers = 0;
  int stream_workers = 0;
  std::size_t queue_calls_max = 0;
  int connections = 0;
  ServiceOptions limits;
};

/// Throws base::ConfigError naming every mistake, std::runtime_error when the database has not the
/// schema of this release.
Settings ReadSettings(base::Config& config);

/// Everything the registry's database needs: journal, feed and its own tables.
std::vector<pg::Migration> Migrations();

/// Brings the database up to date. Throws base::ConfigError.
void Migrate(base::Config& config);

}  // namespace lienthong::registry
