#include "registry/settings.hpp"

namespace lienthong::pg {

/// migrations/*.sql of this service, embedded by the build.
std::vector<Migration> MigrationsOf_registry();

}  // namespace lienthong::pg

namespace lienthong::registry {
namespace {

// More workers than connections: calls that wait for a shared commit hold a worker, not a
// connection.
constexpr rpc::Defaults kDefaults{
    .service = "registry", .workers = 48, .calls_per_second_max = 5000};
constexpr const char* kDirectory = "directory";

}  // namespace

Settings ReadSettings(base::Config& config) {
  Settings settings;
  static_cast<rpc::OwnerSettings&>(settings) = rpc::ReadOwnerSettings(config, kDefaults);
  const std::map<std::string, std::string> owners = config.Map("OWNERS");
  settings.limits.take_overs_per_hour_max = config.Number("TAKE_OVER_PER_HOUR", 60, 1, 1'000'000);
  config.Check();
  const auto directory = owners.find(kDirectory);
  if (directory == owners.end()) {
    throw base::ConfigError("LIENTHONG_OWNERS: the address of the directory is missing");
  }
  settings.owners.insert(*directory);
  return settings;
}

std::vector<pg::Migration> Migrations() {
  return pg::Joined({pg::MigrationsOf_journal(), pg::MigrationsOf_feed(), pg::MigrationsOf_access(),
                     pg::MigrationsOf_registry()});
}

}  // namespace lienthong::registry
