#include "platform/owner/owner.hpp"

#include <deque>
#include <utility>

#include "platform/access/gate.hpp"
#include "platform/feed/parked_api.hpp"
#include "platform/journal/api.hpp"
#include "platform/journal/measures.hpp"
#include "platform/rpc/server.hpp"
#include "platform/rpc/workers.hpp"

namespace lienthong::owner {
namespace {

constexpr const char* kDirectory = "directory";

feed::ReaderOptions ReadingOf(const Settings& settings) {
  feed::ReaderOptions options{"service-" + settings.service, settings.Kafka(), settings.owners};
  options.check = access::CheckDirectoryValue;
  return options;
}

}  // namespace

Settings ReadSettings(base::Config& config, const rpc::Defaults& defaults) {
  Settings settings;
  static_cast<rpc::OwnerSettings&>(settings) = rpc::ReadOwnerSettings(config, defaults);
  const std::map<std::string, std::string> owners = config.Map("OWNERS");
  const auto directory = owners.find(kDirectory);
  if (directory != owners.end()) {
    settings.owners.insert(*directory);
    return settings;
  }
  config.Check();
  throw base::ConfigError("LIENTHONG_OWNERS: the address of the directory is missing");
}

std::vector<pg::Migration> MigrationsWith(std::vector<pg::Migration> own) {
  return pg::Joined({pg::MigrationsOf_journal(), pg::MigrationsOf_feed(), pg::MigrationsOf_access(),
                     std::move(own)});
}

Owner::Owner(const Settings& settings, const std::vector<pg::Migration>& migrations)
    : clock(settings.business_offset),
      pool([&] {
        pg::RequireMigrated(settings.database, migrations);
        return pg::PoolOptions{settings.database, settings.connections};
      }()),
      catalogue(kafka::Catalogue::Load(settings.catalogue)),
      journal(pool, clock, ids, {settings.service}),
      tokens(rpc::PageTokenSecret(settings)),
      limiter(settings.redis, settings.service),
      settings_(settings),
      relay_({.service = settings.service,
              .conninfo = settings.database,
              .kafka = settings.Kafka(),
              .barrier_interval = settings.barrier_interval},
             catalogue, clock, ids),
      reader_(
          ReadingOf(settings), pool, clock,
          [this](const std::vector<feed::Applied>& applied) {
            snapshots.Update([&](access::Snapshot& picture) {
              for (const auto& [owner, type, id, value] : applied) picture.Set(type, id, value);
            });
          },
          [this](const std::string&, base::Time at) { snapshots.Verified(at); }) {
  journal.OnCommit([this] { relay_.Wake(); });
}

void Owner::Run(journal::RecordSource& source, const std::vector<Api>& apis,
                std::vector<std::string> personal_types, journal::OnRepeatedRead on_read) {
  const std::string& name = settings_.service;
  journal::Queries queries(
      {name, settings_.Kafka(), catalogue.RecordTypes(name), std::move(personal_types),
       journal.ViewOfAnswers(), journal.WorkInHistories()},
      pool, clock, tokens, &limiter, std::move(on_read), [this] { relay_.Wake(); });
  journal::Operations operations(journal, pool, tokens, ids);
  journal::Sweeper sweeper({name}, journal, source, pool, clock);
  journal::OwnerStatus status(
      name, pool,
      {.relay = [this] { return relay_.Status(); },
       .sweep = [&] { return sweeper.Status(); },
       .stale_audiences = [&](auto deadline) { return sweeper.CountStaleAudiences(deadline); },
       .parked = [this] { return reader_.State().parked; },
       .directory_verified_at = [this] { return snapshots.VerifiedAt(); }});
  const access::Gate gate(catalogue, snapshots, clock, {settings_.snapshot_age_max});
  rpc::Workers workers(settings_.workers, settings_.queue_calls_max);
  rpc::Workers stream_workers(settings_.stream_workers, settings_.queue_calls_max);
  std::deque<rpc::Serve> serves;  // each stays where it is
  std::vector<std::unique_ptr<grpc::Service>> services;
  std::vector<grpc::Service*> served;
  const auto add = [&](const google::protobuf::ServiceDescriptor& descriptor, const auto& make) {
    serves.emplace_back(descriptor, name, gate, workers, stream_workers, &limiter, settings_.serve);
    services.push_back(make(serves.back()));
    served.push_back(services.back().get());
  };
  for (const Api& api : apis) add(api.descriptor, api.make);
  add(journal::ApiDescriptor(), [&](rpc::Serve& serve) {
    return journal::MakeApi(serve, queries, operations, status,
                            feed::ParkedEventsOf(pool, reader_, tokens));
  });
  rpc::ServerOptions serving = settings_.server;
  serving.on_drain = [&] {
    for (rpc::Serve& serve : serves) serve.Drain();
  };
  rpc::Server server(serving, served, [this] { return pool.Ping(); });
  journal::Measures measures(name, pool, clock);
  EveryMinute("of the owner", [&] { measures.Show(); });
  rpc::Rounds rounds(looks_);
  reader_.Start(), relay_.Start(), sweeper.Start(), rounds.Start();
  server.Run();
}

}  // namespace lienthong::owner
