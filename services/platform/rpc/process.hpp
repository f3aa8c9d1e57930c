#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "platform/base/config.hpp"
#include "platform/kafka/producer.hpp"
#include "platform/rpc/serve.hpp"
#include "platform/rpc/server.hpp"

namespace lienthong::rpc {

/// What a process does without being told.
struct Defaults {
  const char* service;
  int workers;
  std::int64_t calls_per_second_max;  ///< of one calling system
};

/// Configuration that every process has; the names of the variables are in the services' READMEs.
struct ProcessSettings {
  std::string service;
  std::string catalogue;
  std::string redis;
  std::string kafka_brokers;
  std::string page_token_secret;  ///< empty = made from the key file, see PageTokenSecret
  ServerOptions server;
  ServeOptions serve;
  std::chrono::seconds business_offset{0};
  int workers = 0;
  std::size_t queue_calls_max = 0;
};

/// Of a service that owns records.
struct OwnerSettings : ProcessSettings {
  std::string database;
  int connections = 0;
  int stream_workers = 0;
  /// How old what it knows of the directory may be: access::GateOptions. Directory itself does not
  /// use it.
  std::chrono::seconds snapshot_age_max{0};
  /// Between two barriers on a feed that is written to: journal::RelayOptions.
  std::chrono::milliseconds barrier_interval{0};

  /// Under the certificate of the service.
  kafka::ConnectOptions Kafka() const;
};

/// Mistakes are kept in `config`: call its Check() when everything has been read.
/// Of the gRPC server alone.
ServerOptions ReadServerOptions(base::Config& config);
ProcessSettings ReadProcessSettings(base::Config& config, const Defaults& defaults);
OwnerSettings ReadOwnerSettings(base::Config& config, const Defaults& defaults);

/// The one that was given, or one from the key file: all copies of a service have the same and must
/// accept each other's page tokens, which give no authority. Throws base::ConfigError when the file
/// cannot be read.
std::string PageTokenSecret(const ProcessSettings& settings);
/// One of the key file for a purpose: the same in all copies of a service. Throws
/// base::ConfigError when the file cannot be read.
std::string SecretOfKey(const ServerOptions& server, const std::string& purpose);

/// Of a part of a process's work.
using Step = std::function<void(base::Config&)>;

/// The body of every main: `migrate` with the argument "migrate", otherwise `serve`. The exit code:
/// 0, 2 for a wrong configuration (told on standard error), 1 for any other error (in the log).
int RunProcess(const char* service, int argc, char** argv, const Step& serve, const Step& migrate);

}  // namespace lienthong::rpc
