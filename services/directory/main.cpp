#include <iostream>
#include <string_view>

#include "directory/api.hpp"
#include "directory/service_records.hpp"
#include "directory/service_snapshot.hpp"
#include "directory/settings.hpp"
#include "directory/timer.hpp"
#include "platform/base/log.hpp"
#include "platform/journal/api.hpp"
#include "platform/journal/relay.hpp"
#include "platform/journal/sweeper.hpp"

namespace {
using namespace lienthong;

void Serve(directory::Settings settings) {
  const std::string& name = settings.service;
  const auto catalogue = kafka::Catalogue::Load(settings.catalogue);
  directory::RequireMigrated(settings.database);
  base::SystemClock clock(settings.business_offset);
  base::RandomIds ids;
  pg::Pool pool({settings.database, settings.connections});
  pool.Transact([&](pg::Tx& tx) { directory::UpdateServiceFeeds(tx, catalogue.ServiceFeeds()); });

  journal::Journal journal(pool, clock, ids, {name});
  journal::Relay relay({name, settings.database, settings.kafka}, catalogue, clock, ids);
  access::SnapshotHolder snapshots;
  directory::OwnSnapshot own_snapshot(pool, snapshots);
  journal.OnCommit([&] { relay.Wake(), own_snapshot.RefreshNow(); });

  const rpc::PageTokens tokens(settings.page_token_secret);
  redis::Limiter limiter(settings.redis, name);
  directory::DirectoryService service(pool, journal, ids, tokens);
  const auto wake = [&] { relay.Wake(); };
  journal::Queries queries({name, settings.kafka, catalogue.RecordTypes(name), {}}, pool, clock,
                           tokens, &limiter, {}, wake);

  const access::Gate gate(catalogue, snapshots, clock, {.own_directory = true});
  rpc::Workers workers(settings.workers, settings.queue_calls_max);
  rpc::Workers streams(settings.stream_workers, settings.queue_calls_max);
  const auto serve_of = [&](const google::protobuf::ServiceDescriptor& descriptor) {
    return rpc::Serve(descriptor, name, gate, workers, streams, &limiter, settings.serve);
  };
  rpc::Serve serve = serve_of(directory::DirectoryApi::Descriptor());
  rpc::Serve serve_journal =
      serve_of(*journal::v1::Change::descriptor()->file()->FindServiceByName("JournalService"));
  directory::DirectoryApi api(serve, service);
  journal::JournalApi journal_api(serve_journal, queries, feed::NoParkedEvents());
  settings.server.on_drain = [&] { serve.Drain(), serve_journal.Drain(); };
  rpc::Server server(settings.server, {&api, &journal_api}, [&] { return pool.Ping(); });

  directory::DirectoryRecords records;
  journal::Sweeper sweeper({name}, journal, records, pool, clock);
  directory::Timer timer(pool, journal, clock);
  own_snapshot.Start(), relay.Start(), sweeper.Start(), timer.Start();
  server.Run();
}
}  // namespace

int main(int argc, char** argv) {
  rpc::Server::BlockSignals();
  base::SetLogService("directory");
  try {
    base::Config config;
    const bool migrate = argc > 1 && std::string_view(argv[1]) == "migrate";
    if (migrate)
      directory::MigrateDatabase(config);
    else
      Serve(directory::ReadSettings(config));
    return 0;
  } catch (const base::ConfigError& error) {
    std::cerr << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    base::LogError("the service stops", {{"error", error.what()}});
    return 1;
  }
}
