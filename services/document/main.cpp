#include "document/api.hpp"
#include "document/service_source.hpp"
#include "document/settings.hpp"

using namespace lienthong;

static void Serve(base::Config& config) {
  const owner::Settings settings = document::ReadSettings(config);
  owner::Owner owner(settings, document::Migrations());
  document::Services services(
      {owner.pool, owner.journal, owner.sharing, owner.snapshots, owner.tokens, owner.ids});
  document::Source source(owner.sharing);
  owner.Run(source, document::Apis(services));
}

int main(int argc, char** argv) {
  return rpc::RunProcess("document", argc, argv, Serve, [](base::Config& config) {
    pg::MigrateDatabase(config, document::Migrations());
  });
}
