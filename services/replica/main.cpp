#include <malloc.h>

#include <iostream>
#include <string_view>

#include "platform/access/gate.hpp"
#include "platform/base/log.hpp"
#include "platform/rpc/server.hpp"
#include "replica/access_reporter.hpp"
#include "replica/api.hpp"
#include "replica/migrate.hpp"

namespace {

using namespace lienthong;

/// Dozens of threads that allocate little: few arenas keep the process small.
constexpr int kMallocArenas = 2;

void Serve(const replica::Settings& settings) {
  const auto catalogue = kafka::Catalogue::Load(settings.catalogue);
  replica::CheckRecordTypes(catalogue);
  replica::CheckMigrated(settings);
  base::SystemClock clock(settings.business_offset);
  replica::Units units(settings, clock);

  const rpc::PageTokens tokens(settings.page_token_secret);
  replica::ReplicaService service(units, tokens);
  const access::SnapshotHolder no_officials;
  const access::Gate gate(catalogue, no_officials, clock, {.systems_only = true});
  rpc::Workers workers(settings.workers, settings.queue_calls_max);
  rpc::Serve serve(replica::ReplicaApi::Descriptor(), settings.service, gate, workers, workers,
                   nullptr);
  replica::ReplicaApi api(serve, service);
  rpc::ServerOptions serving = settings.server;
  serving.on_drain = [&] { serve.Drain(); };
  rpc::Server server(serving, {&api}, [&] { return units.IsReady(); });

  const replica::Units::Running running(units, [&] { serve.Notify(); });
  const replica::AccessReporter reporter(units, settings.owners.at("registry"));
  server.Run();
}

}  // namespace

int main(int argc, char** argv) {
  mallopt(M_ARENA_MAX, kMallocArenas);
  rpc::Server::BlockSignals();
  base::SetLogService("replica");
  try {
    base::Config config;
    if (argc > 1 && std::string_view(argv[1]) == "migrate") {
      replica::MigrateUnits(replica::ReadMigrateSettings(config));
    } else {
      Serve(replica::ReadSettings(config));
    }
    return 0;
  } catch (const base::ConfigError& error) {
    std::cerr << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    base::LogError("the service stops", {{"error", error.what()}});
    return 1;
  }
}
