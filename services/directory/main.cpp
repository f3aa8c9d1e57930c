#include <iostream>
#include <string_view>

#include "directory/api.hpp"
#include "directory/migrations.hpp"
#include "directory/service_records.hpp"
#include "directory/service_snapshot.hpp"
#include "directory/settings.hpp"
#include "directory/store.hpp"
#include "directory/timer.hpp"
#include "platform/base/log.hpp"
#include "platform/journal/api.hpp"
#include "platform/journal/relay.hpp"
#include "platform/journal/sweeper.hpp"
#include "platform/redis/limiter.hpp"

namespace {

using namespace lienthong;

/// How long an answer waits for the caller's own change to reach the access snapshot.
constexpr std::chrono::milliseconds kSnapshotWaitMax{200};
constexpr int kStreamWorkers = 4;

void Serve(const directory::Settings& settings) {
  const std::string& name = settings.service;
  const auto catalogue = kafka::Catalogue::Load(settings.catalogue);
  if (!pg::IsMigrated(settings.database, directory::Migrations())) {
    throw std::runtime_error("the database has another schema: run `migrate` first");
  }
  base::SystemClock clock(settings.business_offset);
  base::RandomIds ids;
  pg::Pool pool({settings.database, settings.connections});
  pool.Transact([&](pg::Tx& tx) { directory::UpdateServiceFeeds(tx, catalogue.ServiceFeeds()); });

  journal::Journal journal(pool, clock, ids, {name});
  journal::Relay relay({name, settings.database, settings.kafka}, pool, catalogue, clock, ids);
  access::SnapshotHolder snapshots;
  directory::OwnSnapshot own_snapshot(pool, snapshots);
  journal.OnCommit([&] { relay.Wake(), own_snapshot.RefreshNow(kSnapshotWaitMax); });

  const rpc::PageTokens tokens(settings.page_token_secret);
  redis::Limiter limiter(settings.redis, name);
  directory::DirectoryService service(pool, journal, ids, tokens);
  journal::Queries queries({name, settings.kafka, {}}, pool, clock, tokens, &limiter, {},
                           [&] { relay.Wake(); });

  const access::Gate gate(catalogue, snapshots, clock, {.own_directory = true});
  rpc::Workers workers(settings.workers, settings.queue_calls_max);
  rpc::Workers stream_workers(kStreamWorkers, settings.queue_calls_max);
  rpc::Serve serve(directory::DirectoryApi::Descriptor(), name, gate, workers, stream_workers,
                   &limiter);
  rpc::Serve serve_journal(
      *journal::v1::Change::descriptor()->file()->FindServiceByName("JournalService"), name, gate,
      workers, stream_workers, &limiter);
  directory::DirectoryApi api(serve, service);
  journal::JournalApi journal_api(serve_journal, queries, feed::NoParkedEvents());
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
    if (argc > 1 && std::string_view(argv[1]) == "migrate") {
      const std::string database = config.Text("DATABASE");
      config.Check();
      pg::Migrate(database, directory::Migrations());
    } else {
      Serve(directory::ReadSettings(config));
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
