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

}  // namespace

Settings ReadSettings(base::Config& config) {
  Settings settings;
  static_cast<owner::Settings&>(settings) = owner::ReadSettings(config, kDefaults);
  settings.limits.take_overs_per_hour_max = config.Number("TAKE_OVER_PER_HOUR", 60, 1, 1'000'000);
  config.Check();
  return settings;
}

std::vector<pg::Migration> Migrations() {
  return owner::MigrationsWith(pg::MigrationsOf_registry());
}

}  // namespace lienthong::registry
