#include "platform/feed/reader.hpp"
#include "platform/journal/api.hpp"
#include "platform/journal/relay.hpp"
#include "platform/journal/sweeper.hpp"
#include "platform/redis/limiter.hpp"
#include "registry/api.hpp"
#include "registry/service_source.hpp"
#include "registry/settings.hpp"

using namespace lienthong;

static void Serve(base::Config& config) {
  const registry::Settings settings = registry::ReadSettings(config);
  const kafka::ConnectOptions broker = settings.Kafka();
  pg::RequireMigrated(settings.database, registry::Migrations());
  const std::string& name = settings.service;
  base::SystemClock clock(settings.business_offset);
  base::RandomIds ids;
  pg::Pool pool({settings.database, settings.connections});
  const auto catalogue = kafka::Catalogue::Load(settings.catalogue);
  access::SnapshotHolder snapshots;
  access::SharingReader sharing;
  journal::Journal journal(pool, clock, ids, {name});
  journal::Relay relay({.service = name,
                        .conninfo = settings.database,
                        .kafka = broker,
                        .barrier_interval = settings.barrier_interval},
                       catalogue, clock, ids);
  journal.OnCommit([&] { relay.Wake(); });
  const auto on_applied = [&](const std::vector<feed::Applied>& applied) {
    snapshots.Update([&](access::Snapshot& picture) {
      for (const auto& [owner, type, id, value] : applied) picture.Set(type, id, value);
    });
  };
  const auto on_verified = [&](const std::string&, base::Time at) { snapshots.Verified(at); };
  feed::ReaderOptions reading{"service-" + name, broker, settings.owners};
  reading.check = access::CheckDirectoryValue;
  feed::Reader reader(reading, pool, clock, on_applied, on_verified);

  const rpc::PageTokens tokens(rpc::PageTokenSecret(settings));
  redis::Limiter limiter(settings.redis, name);
  registry::RegistryService service(pool, journal, sharing, limiter, tokens, ids, settings.limits);
  journal::Queries queries(
      {name, broker, catalogue.RecordTypes(name), registry::PersonalTypes()}, pool, clock, tokens,
      &limiter, [&](auto&... read) { service.OnJournalRead(read...); }, [&] { relay.Wake(); });

  const access::Gate gate(catalogue, snapshots, clock, {settings.snapshot_age_max});
  rpc::Workers workers(settings.workers, settings.queue_calls_max);
  rpc::Workers stream_workers(settings.stream_workers, settings.queue_calls_max);
  const auto serve_of = [&](const google::protobuf::ServiceDescriptor& descriptor) {
    return rpc::Serve(descriptor, name, gate, workers, stream_workers, &limiter, settings.serve);
  };
  rpc::Serve serve = serve_of(registry::ApiDescriptor());
  rpc::Serve serve_journal = serve_of(journal::ApiDescriptor());
  const auto api = registry::MakeApi(serve, service);
  const auto journal_api =
      journal::MakeApi(serve_journal, queries, feed::ParkedEventsOf(pool, reader, tokens));
  rpc::ServerOptions serving = settings.server;
  serving.on_drain = [&] { serve.Drain(), serve_journal.Drain(); };
  rpc::Server server(serving, {api.get(), journal_api.get()}, [&] { return pool.Ping(); });

  registry::Source source(sharing);
  journal::Sweeper sweeper({name}, journal, source, pool, clock);
  reader.Start(), relay.Start(), sweeper.Start();
  server.Run();
}

int main(int argc, char** argv) {
  return rpc::RunProcess("registry", argc, argv, Serve, [](base::Config& config) {
    pg::MigrateDatabase(config, registry::Migrations());
  });
}
