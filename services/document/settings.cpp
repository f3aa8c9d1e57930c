#include "document/settings.hpp"

namespace lienthong::pg {

/// migrations/*.sql of this service, embedded by the build.
std::vector<Migration> MigrationsOf_document();

}  // namespace lienthong::pg

namespace lienthong::document {
namespace {

// More workers than connections: calls that wait for a shared commit hold a worker, not a
// connection.
constexpr rpc::Defaults kDefaults{
    .service = "document", .workers = 48, .calls_per_second_max = 5000};

}  // namespace

Settings ReadSettings(base::Config& config) {
  Settings settings;
  static_cast<owner::Settings&>(settings) = owner::ReadSettings(config, kDefaults);
  settings.files = config.Text("FILES_DIR");
  config.Check();
  return settings;
}

std::vector<pg::Migration> Migrations() {
  return owner::MigrationsWith(pg::Joined({pg::MigrationsOf_files(), pg::MigrationsOf_document()}));
}

}  // namespace lienthong::document
