#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <grpcpp/grpcpp.h>

#include "platform/access/gate.hpp"
#include "platform/feed/parked_api.hpp"
#include "platform/journal/api.hpp"
#include "platform/journal/sweeper.hpp"
#include "platform/owner/owner.hpp"
#include "platform/rpc/server.hpp"
#include "platform/rpc/workers.hpp"
#include "support/certificates.hpp"
#include "support/client.hpp"
#include "support/clock.hpp"
#include "support/database.hpp"
#include "support/systems.hpp"

/// A service that owns records and follows the directory, as tests of its API see it: with its
/// database, served in this process; the directory's records are put into its feed tables.
namespace lienthong::support {

class OwnerStage {
 public:
  /// `units`: those with a system, "H09, H09.718"; `systems`: further ones, "{name: service-x}".
  OwnerStage(const std::string& service, const std::vector<pg::Migration>& migrations,
             const std::string& units, const std::string& systems = "")
      : database_(migrations),
        pool_({database_.Conninfo(), 24}),
        journal_(pool_, clock_, ids_, {service}),
        service_(service),
        catalogue_(MakeCatalogue(units, systems)) {
    certificates_.Make("server", "service-" + service);
  }
  virtual ~OwnerStage() {
    if (server_) server_->Stop();
  }

  std::shared_ptr<grpc::Channel> Channel(const std::string& system) {
    certificates_.Make(system, system);
    return Connect(certificates_.Path(""), system, server_->Port());
  }

  // The directory.

  void Publish(const std::string& type, const std::string& id,
               const google::protobuf::Message& message) {
    const std::string json = journal::ToJson(message);
    snapshots_.Update([&](access::Snapshot& snapshot) { snapshot.Set(type, id, json); });
    pool_.Transact([&](pg::Tx& tx) {
      static constexpr pg::Statement kPublish{
          "test_publish",
          "INSERT INTO feed_record (topic, record_type, record_id, owner, epoch, sequence, version,"
          " view, value) VALUES ('lienthong.feed.all', $1, $2, 'directory', 1, $3, 1, 'full', $4)"
          " ON CONFLICT (topic, record_type, record_id) DO UPDATE"
          " SET sequence = excluded.sequence, value = excluded.value"};
      tx.Exec(kPublish, type, id, ++sequence_, json);
    });
  }
  void AddUnit(const std::string& code, directory::v1::UnitKind kind, const std::string& parent,
               const std::string& gso_code = "", const std::string& carrier = "",
               const std::string& name = "") {
    directory::v1::Unit unit;
    unit.set_id(code);
    unit.set_name(name.empty() ? "Đơn vị " + code : name);
    unit.set_kind(kind);
    unit.set_parent_id(parent);
    unit.set_carrier_id(carrier);
    unit.set_gso_code(gso_code);
    unit.set_valid_from("2019-01-01");
    units_[code] = unit;
    Publish("unit", code, unit);
  }
  void AddPosition(const std::string& id, const std::vector<std::string>& permissions) {
    directory::v1::Position position;
    position.set_id(id);
    position.set_name("Chức vụ " + id);
    for (const std::string& permission : permissions) position.add_permissions(permission);
    Publish("position", id, position);
  }
  /// The official `<unit>/<name>`.
  void Appoint(const std::string& unit, const std::string& name, const std::string& position) {
    directory::v1::Official official;
    official.set_id(unit + "/" + name);
    official.set_full_name("Cán bộ " + name);
    directory::v1::Appointment* const appointment = official.add_appointments();
    appointment->set_unit_id(unit);
    appointment->set_position_id(position);
    appointment->mutable_starts_at()->set_seconds(1);
    Publish("official", official.id(), official);
  }
  void CloseUnit(const std::string& code, const std::vector<std::string>& successors) {
    directory::v1::Unit unit = units_.at(code);
    unit.set_closed(true);
    for (const std::string& successor : successors) unit.add_successor_ids(successor);
    Publish("unit", code, unit);
    Sweep();
  }
  /// As after the first barrier that matched.
  void VerifyDirectory() {
    snapshots_.Verified(clock_.MachineNow());
    Value(
        "INSERT INTO feed_owner VALUES ('lienthong.feed.all', 'directory', 1, 1, 1, 1, 1, now(),"
        " true) RETURNING owner");
  }

  /// The directory stays known.
  void MoveClockTo(std::string_view time) {
    clock_.Set(base::ParseTime(time));
    snapshots_.Verified(clock_.MachineNow());
  }

  // What is stored.

  void Sweep() {
    for (const std::string& type : Source().Types()) journal_.Sweep(Source(), type, 100);
  }
  std::string Value(const std::string& sql) {
    return pool_.Transact([&](pg::Tx& tx) {
      const auto rows = tx.ExecText(sql);
      return rows.empty() ? std::string() : rows[0][0].as<std::string>("");
    });
  }
  std::string Count(const std::string& table) { return Value("SELECT count(*) FROM " + table); }
  /// Events of one record, oldest first, joined by spaces.
  std::string Events(const std::string& id) {
    return Value("SELECT string_agg(event, ' ' ORDER BY id) FROM journal WHERE record_id = '" + id +
                 "'");
  }
  /// "H09.718 H09.718.25747"
  std::string SeenBy(const std::string& id) {
    return Value(
        "SELECT string_agg(k, ' ' ORDER BY k COLLATE \"C\") FROM head,"
        " json_object_keys(audience::json) k WHERE record_id = '" +
        id + "'");
  }
  /// Keys whose business rows do not give the head.
  std::vector<std::string> Defects() {
    std::vector<std::string> defects;
    for (const std::string& type : Source().Types()) {
      std::string last;
      const auto chunk = journal::Sweeper::Scrub(pool_, Source(), type, last, 10'000);
      defects.insert(defects.end(), chunk.defective.begin(), chunk.defective.end());
    }
    return defects;
  }
  std::string NewId() { return ids_.New(); }

  ManualClock clock_;
  TestDatabase database_;
  Certificates certificates_;
  pg::Pool pool_;
  base::RandomIds ids_;
  access::SharingReader sharing_;
  journal::Journal journal_;
  access::SnapshotHolder snapshots_;
  rpc::PageTokens tokens_{"secret of the test"};
  redis::Limiter limiter_{"127.0.0.1:1", "test"};  ///< nothing answers there: it counts here
  journal::RelayStatus relay_status_;  ///< what GetOwnerStatus is told: no relay runs here
  journal::SweepStatus sweep_status_;

 protected:
  virtual journal::RecordSource& Source() = 0;

  /// At the end of the constructor of the service's own stage.
  void Serve(const std::vector<owner::Api>& apis, std::vector<std::string> personal_types = {},
             journal::OnRepeatedRead on_read = {}) {
    queries_ = std::make_unique<journal::Queries>(
        journal::QueriesOptions{service_,
                                {},
                                Source().Types(),
                                std::move(personal_types),
                                journal_.ViewOfAnswers(),
                                journal_.WorkInHistories()},
        pool_, clock_, tokens_, nullptr, std::move(on_read), [] {});
    status_ = std::make_unique<journal::OwnerStatus>(
        service_, pool_,
        journal::StatusSources{
            .relay = [this] { return relay_status_; },
            .sweep = [this] { return sweep_status_; },
            .stale_audiences = [](auto) { return 0; },
            .directory_verified_at = [this] { return snapshots_.VerifiedAt(); }});
    const auto add = [&](const google::protobuf::ServiceDescriptor& descriptor, const auto& make) {
      serves_.push_back(
          std::make_unique<rpc::Serve>(descriptor, service_, gate_, workers_, streams_, nullptr));
      apis_.push_back(make(*serves_.back()));
    };
    for (const owner::Api& api : apis) add(api.descriptor, api.make);
    add(journal::ApiDescriptor(), [&](rpc::Serve& serve) {
      return journal::MakeApi(serve, *queries_, operations_, *status_, feed::NoParkedEvents());
    });
    std::vector<grpc::Service*> served;
    for (const auto& api : apis_) served.push_back(api.get());
    server_ = std::make_unique<rpc::Server>(Options(), served, [] { return true; });
    server_->Start();
  }
  /// First thing in the destructor of the service's own stage: its use cases go before this.
  void StopServing() { server_->Stop(); }

 private:
  rpc::ServerOptions Options() const {
    rpc::ServerOptions options;
    options.ca = certificates_.Path("ca.crt");
    options.certificate = certificates_.Path("server.crt");
    options.key = certificates_.Path("server.key");
    options.drain_grace = std::chrono::milliseconds(0);
    return options;
  }

  std::string service_;
  kafka::Catalogue catalogue_;
  std::map<std::string, directory::v1::Unit> units_;
  std::int64_t sequence_ = 0;
  std::unique_ptr<journal::Queries> queries_;
  journal::Operations operations_{journal_, pool_, tokens_, ids_};
  std::unique_ptr<journal::OwnerStatus> status_;
  access::Gate gate_{catalogue_, snapshots_, clock_, {}};
  rpc::Workers workers_{20, 100};
  rpc::Workers streams_{2, 100};
  std::vector<std::unique_ptr<rpc::Serve>> serves_;
  std::vector<std::unique_ptr<grpc::Service>> apis_;
  std::unique_ptr<rpc::Server> server_;
};

/// Calls an RPC of a stub as the unit's system for one of its officials (`<unit>/<official>`).
template <class Stub, class Request, class Answer>
Outcome CallAs(Stub& stub, grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
               const Request& request, Answer* answer, const std::string& official) {
  grpc::ClientContext context;
  if (!official.empty()) context.AddMetadata("lienthong-official", official);
  return OutcomeOf((stub.*rpc)(&context, request, answer));
}

}  // namespace lienthong::support
