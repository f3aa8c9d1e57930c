#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/impl/service_type.h>

#include "platform/access/sharing.hpp"
#include "platform/access/snapshot.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/id.hpp"
#include "platform/feed/reader.hpp"
#include "platform/journal/journal.hpp"
#include "platform/journal/queries.hpp"
#include "platform/journal/relay.hpp"
#include "platform/journal/sweeper.hpp"
#include "platform/kafka/catalogue.hpp"
#include "platform/pg/database.hpp"
#include "platform/pg/migrate.hpp"
#include "platform/redis/limiter.hpp"
#include "platform/rpc/page.hpp"
#include "platform/rpc/process.hpp"
#include "platform/rpc/rounds.hpp"
#include "platform/rpc/serve.hpp"

/// The process of a service that owns records and follows the directory: everything but its use
/// cases. Such a service's main.cpp makes an Owner, its use cases from the parts, and runs it.
namespace lienthong::owner {

/// Configuration of such a process.
struct Settings : rpc::OwnerSettings {
  std::map<std::string, std::string> owners;  ///< whose records it reads -> address, for repair
};

/// Mistakes are kept in `config`, but for a missing address of the directory, which throws
/// base::ConfigError: call its Check() when everything has been read.
Settings ReadSettings(base::Config& config, const rpc::Defaults& defaults);

/// Everything the database of such a service needs: journal, feed, sharing rules and `own`.
std::vector<pg::Migration> MigrationsWith(std::vector<pg::Migration> own);

/// One gRPC service of the process.
struct Api {
  const google::protobuf::ServiceDescriptor& descriptor;
  std::function<std::unique_ptr<grpc::Service>(rpc::Serve&)> make;
};

/// The gRPC service of `Request`'s file, the only one there, as `Made` serves it. `service`
/// outlives the result.
template <class Made, class Request, class Service>
Api ApiOf(Service& service) {
  return {*Request::descriptor()->file()->service(0),
          [&service](rpc::Serve& serve) { return std::make_unique<Made>(serve, service); }};
}

/// What such a process consists of. Built and run by main's thread; lives as long as the process.
class Owner {
 public:
  /// `settings` outlive it. Throws what its parts throw: a database that is not migrated, a
  /// catalogue that cannot be read.
  Owner(const Settings& settings, const std::vector<pg::Migration>& migrations);

  base::SystemClock clock;
  base::RandomIds ids;
  pg::Pool pool;
  const kafka::Catalogue catalogue;
  access::SnapshotHolder snapshots;  ///< of the directory
  access::SharingReader sharing;
  journal::Journal journal;
  const rpc::PageTokens tokens;
  redis::Limiter limiter;

  /// From Run on `run` is called once a minute, beside the calls (rpc::Rounds); it outlives Run.
  void EveryMinute(std::string name, std::function<void()> run) {
    looks_.push_back({std::move(name), std::move(run)});
  }

  /// Serves the service's own APIs and JournalService, with relay, feed reader, audience sweep and
  /// scrub beside them, until the process is told to end. `personal_types`: record types whose
  /// reads need a purpose; `on_read` leaves their access rows.
  void Run(journal::RecordSource& source, const std::vector<Api>& apis,
           std::vector<std::string> personal_types = {}, journal::OnRepeatedRead on_read = {});

 private:
  const Settings& settings_;
  journal::Relay relay_;
  feed::Reader reader_;
  std::vector<rpc::Rounds::Look> looks_;
};

}  // namespace lienthong::owner
