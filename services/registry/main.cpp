#include <iostream>
#include <string_view>

#include "platform/base/log.hpp"
#include "platform/feed/reader.hpp"
#include "platform/journal/api.hpp"
#include "platform/journal/relay.hpp"
#include "platform/journal/sweeper.hpp"
#include "platform/redis/limiter.hpp"
#include "registry/api.hpp"
#include "registry/service_source.hpp"
#include "registry/settings.hpp"

using namespace lienthong;

static void Serve(const registry::Settings& settings) {
  const std::string& name = settings.service;
  base::SystemClock clock(settings.business_offset);
  base::RandomIds ids;
  pg::Pool pool({settings.database, settings.connections});
  const auto catalogue = kafka::Catalogue::Load(settings.catalogue);
  access::SnapshotHolder snapshots;
  access::SharingReader sharing;
  journal::Journal journal(pool, clock, ids, {name});
  journal::Relay relay({name, settings.database, settings.kafka}, catalogue, clock, ids);
  journal.OnCommit([&] { relay.Wake(); });
  const auto on_applied = [&](const std::vector<feed::Applied>& applied) {
    snapshots.Update([&](access::Snapshot& picture) {
      for (const auto& [owner, type, id, value] : applied) picture.Set(type, id, value);
    });
  };
  const auto on_verified = [&](const std::string&, base::Time at) { snapshots.Verified(at); };
  feed::Reader reader({"service-" + name, settings.kafka, settings.owners}, pool, clock, on_applied,
                      on_verified);

  const rpc::PageTokens tokens(settings.page_token_secret);
  redis::Limiter limiter(settings.redis, name);
  registry::RegistryService service(pool, journal, sharing, limiter, tokens, ids, settings.limits);
  journal::Queries queries(
      {name, settings.kafka, catalogue.RecordTypes(name), registry::PersonalTypes()}, pool, clock,
      tokens, &limiter, [&](auto&... read) { service.OnJournalRead(read...); },
      [&] { relay.Wake(); });

  const access::Gate gate(catalogue, snapshots, clock, {});
  rpc::Workers workers(settings.workers, settings.queue_calls_max);
  rpc::Workers stream_workers(settings.stream_workers, settings.queue_calls_max);
  const auto make_serve = [&](const google::protobuf::FileDescriptor& file) {
    return rpc::Serve(*file.service(0), name, gate, workers, stream_workers, &limiter,
                      settings.serve);
  };
  rpc::Serve serve = make_serve(*registry::v1::GetCitizenRequest::descriptor()->file());
  rpc::Serve serve_journal = make_serve(*journal::v1::Change::descriptor()->file());
  registry::RegistryApi api(serve, service);
  journal::JournalApi journal_api(serve_journal, queries,
                                  feed::ParkedEventsOf(pool, reader, tokens));
  rpc::ServerOptions serving = settings.server;
  serving.on_drain = [&] { serve.Drain(), serve_journal.Drain(); };
  rpc::Server server(serving, {&api, &journal_api}, [&] { return pool.Ping(); });

  registry::Source source(sharing);
  journal::Sweeper sweeper({name}, journal, source, pool, clock);
  reader.Start(), relay.Start(), sweeper.Start();
  server.Run();
}

int main(int argc, char** argv) try {
  rpc::Server::BlockSignals();
  base::SetLogService("registry");
  base::Config config;
  if (argc > 1 && std::string_view(argv[1]) == "migrate") {
    registry::Migrate(config);
  } else {
    Serve(registry::ReadSettings(config));
  }
} catch (const base::ConfigError& error) {
  std::cerr << error.what() << '\n';
  return 2;
} catch (const std::exception& error) {
  base::LogError("the service stops", {{"error", error.what()}});
  return 1;
}
