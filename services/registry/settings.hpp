#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "platform/base/config.hpp"
#include "platform/kafka/producer.hpp"
#include "platform/rpc/server.hpp"

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
  std::map<std::string, std::string> owners;  ///< the directory alone: the feeds it reads
  std::chrono::seconds business_offset{0};
  int workers = 0;
  std::size_t queue_calls_max = 0;
  int connections = 0;
  std::int64_t take_overs_per_hour_max = 0;
};

/// Throws base::ConfigError naming every mistake.
Settings ReadSettings(base::Config& config);

}  // namespace lienthong::registry
