#include "replica/settings.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <set>

namespace lienthong::replica {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kUnitsMax = 32;
constexpr rpc::Defaults kDefaults{.service = "replica", .workers = 8, .calls_per_second_max = 5000};
constexpr milliseconds kScrubDefault{60'000};
constexpr milliseconds kScrubMin{100};
constexpr milliseconds kScrubMax{24 * 3600 * 1000};
constexpr std::int64_t kScrubRowsDefault = 10'000;
constexpr std::int64_t kScrubRowsMax = 10'000'000;

/// Codes become parts of SQL names, file names and topics.
bool IsUnitCode(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.';
  });
}

void ReadDatabases(base::Config& config, Settings& settings) {
  settings.database = config.Text("DATABASE");
  settings.database_prefix = config.Text("DATABASE_PREFIX", "replica_");
  settings.units = config.List("UNITS");
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
  Settings settings;
  ReadDatabases(config, settings);
  config.Check();
  CheckUnits(settings);
  return settings;
}

Settings ReadSettings(base::Config& config) {
  Settings settings;
  static_cast<rpc::ProcessSettings&>(settings) = rpc::ReadProcessSettings(config, kDefaults);
  ReadDatabases(config, settings);
  settings.unit_tls_dir = config.Text("UNIT_TLS_DIR");
  settings.owners = config.Map("OWNERS");
  settings.scrub_interval =
      config.Milliseconds("SCRUB_INTERVAL_MS", kScrubDefault, kScrubMin, kScrubMax);
  settings.scrub_rows_per_second_max = static_cast<std::size_t>(
      config.Number("SCRUB_ROWS_PER_SECOND", kScrubRowsDefault, 1, kScrubRowsMax));
  config.Check();
  CheckUnits(settings);
  if (!settings.owners.contains("registry")) {
    throw base::ConfigError("LIENTHONG_OWNERS: registry is missing");
  }
  return settings;
}

}  // namespace lienthong::replica
