#include "platform/access/gate.hpp"
#include "platform/redis/limiter.hpp"
#include "platform/rpc/clock_offset.hpp"
#include "platform/rpc/process.hpp"
#include "platform/rpc/rounds.hpp"
#include "replica/access_reporter.hpp"
#include "replica/api.hpp"
#include "replica/migrate.hpp"

namespace {

using namespace lienthong;

void Serve(base::Config& config) {
  const replica::Settings settings = replica::ReadSettings(config);
  const auto catalogue = kafka::Catalogue::Load(settings.catalogue);
  replica::CheckRecordTypes(catalogue);
  replica::CheckMigrated(settings);
  base::SystemClock clock(settings.business_offset);
  replica::Units units(settings, clock, catalogue.Services());

  const rpc::PageTokens tokens(rpc::PageTokenSecret(settings));
  redis::Limiter limiter(settings.redis, settings.service);
  replica::ReplicaService service(units, tokens);
  const access::SnapshotHolder no_officials;
  const access::Gate gate(catalogue, no_officials, clock, {.systems_only = true});
  rpc::Workers workers(settings.workers, settings.queue_calls_max);
  rpc::Serve serve(replica::ApiDescriptor(), settings.service, gate, workers, workers, &limiter,
                   settings.serve);
  const auto api = replica::MakeApi(serve, service);
  rpc::ServerOptions serving = settings.server;
  serving.on_drain = [&] { serve.Drain(); };
  rpc::Server server(serving, {api.get()}, [&] { return units.IsReady(); });

  const replica::Units::Running running(units,
                                        [&](const std::string& unit) { serve.Notify(unit); });
  rpc::DatabaseClock database_clock(*units.All().front().pool, clock);  // all are of one server
  rpc::Rounds rounds({{"of clocks", [&] { database_clock.Measure(); }}});
  rounds.Start();
  const replica::AccessReporter reporter(units, settings.owners.at("registry"));
  server.Run();
}

}  // namespace

int main(int argc, char** argv) {
  return rpc::RunProcess("replica", argc, argv, Serve, [](base::Config& config) {
    replica::MigrateUnits(replica::ReadMigrateSettings(config));
  });
}
