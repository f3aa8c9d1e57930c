#include "platform/rpc/process.hpp"

#include <malloc.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "platform/base/file.hpp"
#include "platform/base/hash.hpp"
#include "platform/base/log.hpp"

namespace lienthong::rpc {
namespace {

/// Dozens of threads that allocate little: few arenas keep a process small.
constexpr int kMallocArenas = 2;
/// For libpq, which otherwise waits without an end for a server that is there but hangs.
constexpr const char* kDatabaseConnectSeconds = "3";
constexpr std::int64_t kOffsetSecondsMax = 100LL * 366 * 86400;
/// glibc keeps what a burst of work has freed: 88 MB of the registry's 115 after an import.
constexpr std::chrono::seconds kTrimInterval{60};
constexpr std::chrono::milliseconds kBarrierMin{100};
constexpr std::chrono::milliseconds kBarrierMax{5000};

void TrimNowAndThen(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    never.wait_for(lock, stop, kTrimInterval, [] { return false; });
    malloc_trim(0);
  }
}

}  // namespace

kafka::ConnectOptions OwnerSettings::Kafka() const {
  return {kafka_brokers, server.ca, server.certificate, server.key};
}

ServerOptions ReadServerOptions(base::Config& config) {
  ServerOptions server;
  server.host = config.Text("HOST", server.host);
  server.port = static_cast<int>(config.Number("PORT", 1, 65535));
  server.metrics_port = static_cast<int>(config.Number("METRICS_PORT", 1, 65535));
  server.ca = config.Text("TLS_CA");
  server.certificate = config.Text("TLS_CERT");
  server.key = config.Text("TLS_KEY");
  return server;
}

ProcessSettings ReadProcessSettings(base::Config& config, const Defaults& defaults) {
  ProcessSettings settings;
  settings.service = config.Text("SERVICE", defaults.service);
  settings.catalogue = config.Text("CATALOGUE");
  settings.redis = config.Text("REDIS");
  settings.kafka_brokers = config.Text("KAFKA_BROKERS");
  settings.page_token_secret = config.Text("PAGE_TOKEN_SECRET", "");
  settings.server = ReadServerOptions(config);
  settings.business_offset = std::chrono::seconds(
      config.Number("BUSINESS_OFFSET_SECONDS", 0, -kOffsetSecondsMax, kOffsetSecondsMax));
  settings.workers = static_cast<int>(config.Number("WORKERS", defaults.workers, 1, 256));
  settings.queue_calls_max = static_cast<std::size_t>(config.Number("QUEUE", 1000, 1, 100'000));
  settings.serve.quota.calls_max =
      config.Number("QUOTA_CALLS_PER_SECOND", defaults.calls_per_second_max, 0, 1'000'000);
  return settings;
}

OwnerSettings ReadOwnerSettings(base::Config& config, const Defaults& defaults) {
  OwnerSettings settings;
  static_cast<ProcessSettings&>(settings) = ReadProcessSettings(config, defaults);
  settings.database = config.Text("DATABASE");
  settings.connections = static_cast<int>(config.Number("CONNECTIONS", 16, 2, 256));
  settings.stream_workers = static_cast<int>(config.Number("STREAM_WORKERS", 4, 1, 64));
  settings.snapshot_age_max =
      std::chrono::seconds(config.Number("SNAPSHOT_AGE_SECONDS", 3600, 1, 86'400));
  settings.barrier_interval =
      config.Milliseconds("BARRIER_INTERVAL_MS", kBarrierMax, kBarrierMin, kBarrierMax);
  return settings;
}

std::string PageTokenSecret(const ProcessSettings& settings) {
  if (!settings.page_token_secret.empty()) return settings.page_token_secret;
  return SecretOfKey(settings.server, "page tokens");
}

std::string SecretOfKey(const ServerOptions& server, const std::string& purpose) {
  const std::optional<std::string> bytes = base::ReadFile(server.key);
  if (!bytes || bytes->empty()) {
    throw base::ConfigError("LIENTHONG_TLS_KEY: the file cannot be read");
  }
  return base::HmacSha256(*bytes, purpose);
}

int RunProcess(const char* service, int argc, char** argv, const Step& serve, const Step& migrate) {
  try {
    mallopt(M_ARENA_MAX, kMallocArenas);
    ::setenv("PGCONNECT_TIMEOUT", kDatabaseConnectSeconds, /*overwrite=*/0);
    Server::BlockSignals();
    const std::jthread trimmer(TrimNowAndThen);
    base::SetLogService(service);
    base::Config config;
    const bool is_migration = argc > 1 && std::string_view(argv[1]) == "migrate";
    (is_migration ? migrate : serve)(config);
    return 0;
  } catch (const base::ConfigError& error) {
    std::cerr << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    base::LogError("the service stops", {{"error", error.what()}});
    return 1;
  }
}

}  // namespace lienthong::rpc
