#include <iostream>
#include <string_view>

#include "platform/base/log.hpp"
#include "platform/feed/parked_api.hpp"
#include "platform/feed/reader.hpp"
#include "platform/journal/api.hpp"
#include "platform/journal/relay.hpp"
#include "platform/journal/sweeper.hpp"
#include "platform/redis/limiter.hpp"
#include "registry/api.hpp"
#include "registry/migrations.hpp"
#include "registry/service_source.hpp"
#include "registry/settings.hpp"

namespace {

using namespace lienthong;

constexpr int kStreamWorkers = 4;

void UpdateSnapshot(const std::vector<feed::Applied>& applied, access::SnapshotHolder& snapshots) {
  snapshots.Update([&](access::Snapshot& snapshot) {
    for (const auto& [owner, type, id, value] : applied) snapshot.Set(type, id, value);
  });
}

void Serve(const registry::Settings& settings) {
  const std::string& name = settings.service;
  if (!pg::IsMigrated(settings.database, registry::Migrations())) {
    throw std::runtime_error("the database has another schema: run `migrate` first");
  }
  base::SystemClock clock(settings.business_offset);
  base::RandomIds ids;
  pg::Pool pool({settings.database, settings.connections});
  const auto catalogue = kafka::Catalogue::Load(settings.catalogue);
  access::SnapshotHolder snapshots;
  access::SharingReader sharing;
  journal::Journal journal(pool, clock, ids, {name});
  journal::Relay relay({name, settings.database, settings.kafka}, catalogue, clock, ids);
  journal.OnCommit([&] { relay.Wake(); });
  feed::Reader reader(
      {.member = "service-" + name, .kafka = settings.kafka, .owners = settings.owners}, pool,
      clock, [&](const auto& applied) { UpdateSnapshot(applied, snapshots); },
      [&](const std::string&, base::Time time) { snapshots.Verified(time); });

  const rpc::PageTokens tokens(settings.page_token_secret);
  redis::Limiter limiter(settings.redis, name);
  registry::RegistryService service(pool, journal, sharing, limiter, tokens, ids,
                                    {settings.take_overs_per_hour_max});
  journal::Queries queries(
      {name, settings.kafka, registry::PersonalTypes()}, pool, clock, tokens, &limiter,
      [&](auto&... read) { service.OnJournalRead(read...); }, [&] { relay.Wake(); });

  const access::Gate gate(catalogue, snapshots, clock, {});
  rpc::Workers workers(settings.workers, settings.queue_calls_max);
  rpc::Workers stream_workers(kStreamWorkers, settings.queue_calls_max);
  const auto make_serve = [&](const google::protobuf::FileDescriptor& file) {
    return rpc::Serve(*file.service(0), name, gate, workers, stream_workers, &limiter);
  };
  rpc::Serve serve = make_serve(*registry::v1::GetCitizenRequest::descriptor()->file());
  rpc::Serve serve_journal = make_serve(*journal::v1::Change::descriptor()->file());
  registry::RegistryApi api(serve, service);
  auto parked = feed::ParkedEventsOf(pool, reader, tokens);
  journal::JournalApi journal_api(serve_journal, queries, parked);
  rpc::Server server(settings.server, {&api, &journal_api}, [&] { return pool.Ping(); });

  registry::Source source(sharing);
  journal::Sweeper sweeper({name}, journal, source, pool, clock);
  reader.Start(), relay.Start(), sweeper.Start();
  server.Run();
}

}  // namespace

int main(int argc, char** argv) {
  rpc::Server::BlockSignals();
  base::SetLogService("registry");
  try {
    base::Config config;
    if (argc > 1 && std::string_view(argv[1]) == "migrate") {
      const std::string database = config.Text("DATABASE");
      config.Check();
      pg::Migrate(database, registry::Migrations());
    } else {
      Serve(registry::ReadSettings(config));
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
