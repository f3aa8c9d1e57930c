#include "registry/settings.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "platform/base/hash.hpp"

namespace lienthong::pg {

/// migrations/*.sql of this service, embedded by the build.
std::vector<Migration> MigrationsOf_registry();

}  // namespace lienthong::pg

namespace lienthong::registry {
namespace {

constexpr std::int64_t kOffsetSecondsMax = 100LL * 366 * 86400;
constexpr const char* kDirectory = "directory";

/// All copies of a service have the same key file and must accept each other's page tokens; the
/// tokens give no authority.
std::string SecretOf(const std::string& key_file) {
  std::ifstream file(key_file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (bytes.empty()) throw base::ConfigError("LIENTHONG_TLS_KEY: the file cannot be read");
  return base::HmacSha256(bytes, "page tokens");
}

}  // namespace

Settings ReadSettings(base::Config& config) {
  Settings settings;
  settings.service = config.Text("SERVICE", "registry");
  settings.database = config.Text("DATABASE");
  settings.catalogue = config.Text("CATALOGUE");
  settings.redis = config.Text("REDIS");
  settings.page_token_secret = config.Text("PAGE_TOKEN_SECRET", "");
  settings.server.host = config.Text("HOST", settings.server.host);
  settings.server.port = static_cast<int>(config.Number("PORT", 1, 65535));
  settings.server.metrics_port = static_cast<int>(config.Number("METRICS_PORT", 1, 65535));
  settings.server.ca = config.Text("TLS_CA");
  settings.server.certificate = config.Text("TLS_CERT");
  settings.server.key = config.Text("TLS_KEY");
  settings.kafka = {config.Text("KAFKA_BROKERS"), settings.server.ca, settings.server.certificate,
                    settings.server.key};
  const std::map<std::string, std::string> owners = config.Map("OWNERS");
  settings.business_offset = std::chrono::seconds(
      config.Number("BUSINESS_OFFSET_SECONDS", 0, -kOffsetSecondsMax, kOffsetSecondsMax));
  settings.serve.quota.calls_max = config.Number("QUOTA_CALLS_PER_SECOND", 5000, 0, 1'000'000);
  settings.workers = static_cast<int>(config.Number("WORKERS", 16, 1, 256));
  settings.queue_calls_max = static_cast<std::size_t>(config.Number("QUEUE", 1000, 1, 100'000));
  settings.connections = static_cast<int>(config.Number("CONNECTIONS", 16, 2, 256));
  settings.stream_workers = static_cast<int>(config.Number("STREAM_WORKERS", 4, 1, 64));
  settings.limits.take_overs_per_hour_max = config.Number("TAKE_OVER_PER_HOUR", 60, 1, 1'000'000);
  config.Check();
  const auto directory = owners.find(kDirectory);
  if (directory == owners.end()) {
    throw base::ConfigError("LIENTHONG_OWNERS: the address of the directory is missing");
  }
  settings.owners.insert(*directory);
  if (settings.page_token_secret.empty()) {
    settings.page_token_secret = SecretOf(settings.server.key);
  }
  if (!pg::IsMigrated(settings.database, Migrations())) {
    throw std::runtime_error("the database has another schema: run `migrate` first");
  }
  return settings;
}

std::vector<pg::Migration> Migrations() {
  std::vector<pg::Migration> migrations = pg::MigrationsOf_journal();
  for (const pg::Migration& feed : pg::MigrationsOf_feed()) migrations.push_back(feed);
  for (const pg::Migration& own : pg::MigrationsOf_registry()) migrations.push_back(own);
  return migrations;
}

void Migrate(base::Config& config) {
  const std::string database = config.Text("DATABASE");
  config.Check();
  pg::Migrate(database, Migrations());
}

}  // namespace lienthong::registry
