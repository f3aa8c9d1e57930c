#include "directory/settings.hpp"

namespace lienthong::pg {

/// migrations/*.sql of this service, embedded by the build.
std::vector<Migration> MigrationsOf_directory();

}  // namespace lienthong::pg

namespace lienthong::directory {
namespace {

constexpr rpc::Defaults kDefaults{
    .service = "directory", .workers = 16, .calls_per_second_max = 2000};

}  // namespace

rpc::OwnerSettings ReadSettings(base::Config& config) {
  rpc::OwnerSettings settings = rpc::ReadOwnerSettings(config, kDefaults);
  config.Check();
  return settings;
}

std::vector<pg::Migration> Migrations() {
  return pg::Joined({pg::MigrationsOf_journal(), pg::MigrationsOf_directory()});
}

}  // namespace lienthong::directory
