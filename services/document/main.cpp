#include "document/api.hpp"
#include "document/measures.hpp"
#include "document/schedule.hpp"
#include "document/service_attachments.hpp"
#include "document/service_source.hpp"
#include "document/settings.hpp"
#include "platform/files/api.hpp"
#include "platform/files/keeper.hpp"

using namespace lienthong;

static void Serve(base::Config& config) {
  const document::Settings settings = document::ReadSettings(config);
  owner::Owner owner(settings, document::Migrations());
  const document::Parts parts{owner.pool,      owner.journal, owner.sharing,
                              owner.snapshots, owner.tokens,  owner.ids};
  const auto bytes = files::BytesInDirectory(settings.files);
  files::Files files({}, *bytes, owner.pool, owner.clock, owner.ids,
                     [&](pg::Tx& tx, const rpc::Call& call, const std::string& type,
                         const std::string& id, const std::string& sha256) {
                       return document::MayReadFile(tx, call, parts, {type, id}, sha256);
                     });
  document::Services services(parts, files);
  std::vector<owner::Api> apis = document::Apis(services);
  apis.push_back(files::ApiOf(files));
  document::Source source(owner.sharing);
  files::Keeper keeper({settings.service}, files);
  document::Schedule schedule(owner.sharing);
  journal::Timer timer(owner.pool, owner.journal, owner.clock, schedule);
  document::Measures measures(parts, owner.clock, owner::UnitsOf(owner.catalogue));
  owner.EveryMinute("of documents", [&] { measures.Show(); });
  keeper.Start(), timer.Start();
  owner.Run(source, apis);
}

int main(int argc, char** argv) {
  return rpc::RunProcess("document", argc, argv, Serve, [](base::Config& config) {
    pg::MigrateDatabase(config, document::Migrations());
  });
}
