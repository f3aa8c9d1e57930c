#include "replica/settings.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <set>

#include "platform/base/hash.hpp"

namespace lienthong::replica {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kUnitsMax = 32;
constexpr std::int64_t kOffsetSecondsMax = 100LL * 366 * 86400;
constexpr milliseconds kScrubDefault{60'000};
constexpr milliseconds kScrubMin{100};
constexpr milliseconds kScrubMax{24 * 3600 * 1000};

/// All copies of the process have the same key file and must accept each other's page tokens; the
/// tokens give no authority.
std::string SecretOf(const std::string& key_file) {
  std::ifstream file(key_file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (bytes.empty()) throw base::ConfigError("LIENTHONG_TLS_KEY: the file cannot be read");
  return base::HmacSha256(bytes, "page tokens");
}

/// Codes become parts of SQL names, file names and topics.
bool IsUnitCode(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.';
  });
}

Settings ReadDatabases(base::Config& config) {
  Settings settings;
  settings.database = config.Text("DATABASE");
  settings.database_prefix = config.Text("DATABASE_PREFIX", "replica_");
  settings.catalogue = config.Text("CATALOGUE");
  settings.units = config.List("UNITS");
  return settings;
}

void CheckUnits(const Settings& settings) {
  const std::set<std::string> distinct(settings.units.begin(), settings.units.end());
  if (distinct.empty() || distinct.size() != settings.units.size() || distinct.size() > kUnitsMax ||
      !std::all_of(distinct.begin(), distinct.end(), IsUnitCode)) {
    throw base::ConfigError("LIENTHONG_UNITS: 1 to 32 different unit codes are needed");
  }
}

}  // namespace

std::string SqlNameOf(const std::string& unit) {
  std::string name = unit;
  for (char& c : name) {
    c = c == '.' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

std::string Settings::Conninfo(const std::string& unit) const {
  return database + " dbname=" + database_prefix + SqlNameOf(unit);
}

kafka::ConnectOptions Settings::Identity(const std::string& unit) const {
  const std::string stem = unit_tls_dir + "/unit-" + unit;
  return {kafka_brokers, server.ca, stem + ".crt", stem + ".key"};
}

Settings ReadMigrateSettings(base::Config& config) {
  Settings settings = ReadDatabases(config);
  config.Check();
  CheckUnits(settings);
  return settings;
}

Settings ReadSettings(base::Config& config) {
  Settings settings = ReadDatabases(config);
  settings.service = config.Text("SERVICE", "replica");
  settings.page_token_secret = config.Text("PAGE_TOKEN_SECRET", "");
  settings.kafka_brokers = config.Text("KAFKA_BROKERS");
  settings.unit_tls_dir = config.Text("UNIT_TLS_DIR");
  settings.owners = config.Map("OWNERS");
  settings.server.host = config.Text("HOST", settings.server.host);
  settings.server.port = static_cast<int>(config.Number("PORT", 1, 65535));
  settings.server.metrics_port = static_cast<int>(config.Number("METRICS_PORT", 1, 65535));
  settings.server.ca = config.Text("TLS_CA");
  settings.server.certificate = config.Text("TLS_CERT");
  settings.server.key = config.Text("TLS_KEY");
  settings.scrub_interval =
      config.Milliseconds("SCRUB_INTERVAL_MS", kScrubDefault, kScrubMin, kScrubMax);
  settings.business_offset = std::chrono::seconds(
      config.Number("BUSINESS_OFFSET_SECONDS", 0, -kOffsetSecondsMax, kOffsetSecondsMax));
  settings.workers = static_cast<int>(config.Number("WORKERS", 8, 1, 256));
  settings.queue_calls_max = static_cast<std::size_t>(config.Number("QUEUE", 1000, 1, 100'000));
  config.Check();
  CheckUnits(settings);
  if (!settings.owners.contains("registry")) {
    throw base::ConfigError("LIENTHONG_OWNERS: registry is missing");
  }
  if (settings.page_token_secret.empty()) {
    settings.page_token_secret = SecretOf(settings.server.key);
  }
  return settings;
}

}  // namespace lienthong::replica
