#include "directory/api.hpp"
#include "directory/service_records.hpp"
#include "directory/service_snapshot.hpp"
#include "directory/settings.hpp"
#include "directory/schedule.hpp"
#include "platform/journal/api.hpp"
#include "platform/journal/measures.hpp"
#include "platform/journal/relay.hpp"
#include "platform/journal/sweeper.hpp"
#include "platform/rpc/rounds.hpp"

namespace {
using namespace lienthong;

void Serve(base::Config& config) {
  rpc::OwnerSettings settings = directory::ReadSettings(config);
  const kafka::ConnectOptions broker = settings.Kafka();
  const std::string& name = settings.service;
  const auto catalogue = kafka::Catalogue::Load(settings.catalogue);
  pg::RequireMigrated(settings.database, directory::Migrations());
  base::SystemClock clock(settings.business_offset);
  base::RandomIds ids;
  pg::Pool pool({settings.database, settings.connections});
  pool.Transact([&](pg::Tx& tx) { directory::UpdateServiceFeeds(tx, catalogue.ServiceFeeds()); });

  journal::Journal journal(pool, clock, ids, {name});
  journal::Relay relay({.service = name,
                        .conninfo = settings.database,
                        .kafka = broker,
                        .barrier_interval = settings.barrier_interval},
                       catalogue, clock, ids);
  access::SnapshotHolder snapshots;
  directory::OwnSnapshot own_snapshot(pool, snapshots);
  journal.OnCommit([&] { relay.Wake(), own_snapshot.RefreshNow(); });

  const rpc::PageTokens tokens(rpc::PageTokenSecret(settings));
  redis::Limiter limiter(settings.redis, name);
  directory::DirectoryService service(pool, journal, ids, tokens);
  const auto wake = [&] { relay.Wake(); };
  journal::Queries queries({name, broker, catalogue.RecordTypes(name), {}}, pool, clock, tokens,
                           &limiter, {}, wake);
  journal::Operations operations(journal, pool, tokens, ids);
  directory::DirectoryRecords records;
  journal::Sweeper sweeper({name}, journal, records, pool, clock);
  journal::OwnerStatus status(
      name, pool,
      {.relay = [&] { return relay.Status(); },
       .sweep = [&] { return sweeper.Status(); },
       .stale_audiences = [&](auto deadline) { return sweeper.CountStaleAudiences(deadline); },
       .directory_verified_at = [&] { return snapshots.VerifiedAt(); }});

  const access::Gate gate(catalogue, snapshots, clock, {.own_directory = true});
  rpc::Workers workers(settings.workers, settings.queue_calls_max);
  rpc::Workers streams(settings.stream_workers, settings.queue_calls_max);
  const auto serve_of = [&](const google::protobuf::ServiceDescriptor& descriptor) {
    return rpc::Serve(descriptor, name, gate, workers, streams, &limiter, settings.serve);
  };
  rpc::Serve serve = serve_of(directory::ApiDescriptor());
  rpc::Serve serve_journal = serve_of(journal::ApiDescriptor());
  const auto api = directory::MakeApi(serve, service);
  const auto journal_api =
      journal::MakeApi(serve_journal, queries, operations, status, feed::NoParkedEvents());
  settings.server.on_drain = [&] { serve.Drain(), serve_journal.Drain(); };
  rpc::Server server(settings.server, {api.get(), journal_api.get()}, [&] { return pool.Ping(); });

  directory::Schedule schedule;
  journal::Timer timer(pool, journal, clock, schedule);
  journal::Measures measures(name, pool, clock);
  rpc::Rounds rounds({{"of the owner", [&] { measures.Show(); }}});
  own_snapshot.Start(), relay.Start(), sweeper.Start(), timer.Start(), rounds.Start();
  server.Run();
}
}  // namespace

int main(int argc, char** argv) {
  return rpc::RunProcess("directory", argc, argv, Serve, [](base::Config& config) {
    pg::MigrateDatabase(config, directory::Migrations());
  });
}
