#include "platform/owner/owner.hpp"
#include "registry/api.hpp"
#include "registry/service_source.hpp"
#include "registry/settings.hpp"

using namespace lienthong;

static void Serve(base::Config& config) {
  const registry::Settings settings = registry::ReadSettings(config);
  owner::Owner owner(settings, registry::Migrations());
  registry::RegistryService service(owner.pool, owner.journal, owner.sharing, owner.limiter,
                                    owner.tokens, owner.ids, settings.limits);
  registry::Source source(owner.sharing);
  owner.Run(source,
            {{registry::ApiDescriptor(),
              [&](rpc::Serve& serve) { return registry::MakeApi(serve, service); }}},
            registry::PersonalTypes(), [&](auto&... read) { service.OnJournalRead(read...); });
}

int main(int argc, char** argv) {
  return rpc::RunProcess("registry", argc, argv, Serve, [](base::Config& config) {
    pg::MigrateDatabase(config, registry::Migrations());
  });
}
