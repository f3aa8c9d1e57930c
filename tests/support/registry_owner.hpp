#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <google/protobuf/util/message_differencer.h>
#include <grpcpp/grpcpp.h>

#include "lienthong/journal/v1/journal.grpc.pb.h"
#include "lienthong/registry/v1/registry.grpc.pb.h"
#include "platform/journal/api.hpp"
#include "platform/journal/sweeper.hpp"
#include "platform/redis/limiter.hpp"
#include "platform/rpc/server.hpp"
#include "registry/api.hpp"
#include "registry/service_source.hpp"
#include "registry/settings.hpp"
#include "support/certificates.hpp"
#include "support/clock.hpp"
#include "support/database.hpp"
#include "support/client.hpp"
#include "support/systems.hpp"

/// The registry as tests of its API see it.
namespace lienthong::registry {

using google::protobuf::util::MessageDifferencer;
using Stub = v1::RegistryService::Stub;

inline constexpr const char* kDistrict = "H09.718";
inline constexpr const char* kWard = "H09.718.25747";
inline constexpr const char* kOtherWard = "H09.718.25750";
inline constexpr const char* kFarDistrict = "H09.719";
inline constexpr const char* kFarWard = "H09.719.25816";
inline constexpr const char* kHealth = "H09.13";
inline constexpr const char* kJustice = "H09.16";
inline constexpr const char* kPurpose = "Giải quyết thủ tục hành chính";
inline constexpr int kTakeOversMax = 3;

using support::Outcome, support::OutcomeOf, support::kDone, support::kNotFound,
    support::kFieldInvalid;

/// The registry with its database, served in this process. Two districts, three wards, two
/// departments; in each unit the officials `<unit>/a` and `<unit>/b`, who may do everything.
class Registry {
 public:
  Registry() : database_(Migrations()), pool_({database_.Conninfo(), 24}) {
    certificates_.Make("server", "service-registry");
    FillDirectory();
    server_ = std::make_unique<rpc::Server>(
        Options(), std::vector<grpc::Service*>{api_.get(), journal_api_.get()},
        [] { return true; });
    server_->Start();
  }
  ~Registry() { server_->Stop(); }

  std::shared_ptr<grpc::Channel> Channel(const std::string& system) {
    certificates_.Make(system, system);
    return support::Connect(certificates_.Path(""), system, server_->Port());
  }
  Stub& StubOf(const std::string& system) {
    auto& stub = stubs_[system];
    if (!stub) stub = v1::RegistryService::NewStub(Channel(system));
    return *stub;
  }

  /// Calls as the unit's system for one of its officials.
  template <class Request, class Answer>
  Outcome Call(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
               const Request& request, Answer* answer, const std::string& unit,
               const std::string& official = "a") {
    grpc::ClientContext context;
    context.AddMetadata("lienthong-official", unit + "/" + official);
    return OutcomeOf((StubOf("unit-" + unit).*rpc)(&context, request, answer));
  }
  template <class Request, class Answer>
  Answer Do(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
            const Request& request, const std::string& unit = kWard,
            const std::string& official = "a") {
    Answer answer;
    REQUIRE(Call(rpc, request, &answer, unit, official) == kDone);
    return answer;
  }
  /// A call whatever comes of it.
  template <class Request, class Answer>
  Outcome Try(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
              const Request& request, const std::string& unit = kWard,
              const std::string& official = "a") {
    Answer answer;
    return Call(rpc, request, &answer, unit, official);
  }

  /// An active agreement, as the directory would publish it; the sweep follows by hand.
  void Share(const std::string& consumer, const std::string& type, const std::string& view,
             bool active = true) {
    directory::v1::Agreement agreement;
    agreement.set_id(consumer + "-" + type);
    agreement.set_consumer_unit_id(consumer);
    agreement.set_record_type(type);
    agreement.set_view(view);
    agreement.set_state(active ? directory::v1::AGREEMENT_STATE_ACTIVE
                               : directory::v1::AGREEMENT_STATE_ENDED);
    Publish("agreement", agreement.id(), agreement);
    Sweep();
  }
  void CloseUnit(const std::string& code, const std::string& successor) {
    directory::v1::Unit unit = units_.at(code);
    unit.set_closed(true);
    unit.add_successor_ids(successor);
    Publish("unit", code, unit);
    Sweep();
  }
  void Sweep() {
    for (const std::string& type : source_.Types()) {
      journal_.Sweep(source_, type, 100);
    }
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
  std::string AccessRows(const std::string& citizen_id) {
    return Value("SELECT count(*) FROM access_log WHERE citizen_id = '" + citizen_id + "'");
  }
  /// Keys whose business rows do not give the head.
  std::vector<std::string> Defects() {
    std::vector<std::string> defects;
    for (const std::string& type : source_.Types()) {
      std::string last;
      const auto chunk = journal::Sweeper::Scrub(pool_, source_, type, last, 10'000);
      defects.insert(defects.end(), chunk.defective.begin(), chunk.defective.end());
    }
    return defects;
  }
  std::string NewId() { return ids_.New(); }

  support::ManualClock clock_;
  support::TestDatabase database_;
  support::Certificates certificates_;
  pg::Pool pool_;
  base::RandomIds ids_;
  access::SharingReader sharing_;
  journal::Journal journal_{pool_, clock_, ids_, {"registry"}};
  Source source_{sharing_};

 private:
  rpc::ServerOptions Options() const {
    rpc::ServerOptions options;
    options.ca = certificates_.Path("ca.crt");
    options.certificate = certificates_.Path("server.crt");
    options.key = certificates_.Path("server.key");
    options.drain_grace = std::chrono::milliseconds(0);
    return options;
  }

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
               const std::string& gso_code) {
    directory::v1::Unit unit;
    unit.set_id(code);
    unit.set_name("Đơn vị " + code);
    unit.set_kind(kind);
    unit.set_parent_id(parent);
    unit.set_gso_code(gso_code);
    unit.set_valid_from("2019-01-01");
    units_[code] = unit;
    Publish("unit", code, unit);
    for (const char* name : {"/a", "/b", "/reader"}) {
      directory::v1::Official official;
      official.set_id(code + name);
      official.set_full_name("Cán bộ");
      directory::v1::Appointment* appointment = official.add_appointments();
      appointment->set_unit_id(code);
      appointment->set_position_id(std::string(name) == "/reader" ? "reader" : "all");
      appointment->mutable_starts_at()->set_seconds(1);
      Publish("official", official.id(), official);
    }
  }

  void FillDirectory() {
    directory::v1::Position reader, all;
    reader.set_id("reader");
    reader.add_permissions("citizen.read");
    Publish("position", "reader", reader);
    all.set_id("all");
    for (const char* permission :
         {"citizen.access_log", "citizen.approve", "citizen.correct", "citizen.merge",
          "citizen.read", "citizen.register", "citizen.take_over", "enterprise.read",
          "enterprise.register", "journal.history", "registry.import"}) {
      all.add_permissions(permission);
    }
    Publish("position", "all", all);
    AddUnit("H09", directory::v1::UNIT_KIND_PROVINCE, "", "74");
    AddUnit(kDistrict, directory::v1::UNIT_KIND_DISTRICT, "H09", "718");
    AddUnit(kFarDistrict, directory::v1::UNIT_KIND_DISTRICT, "H09", "719");
    AddUnit(kWard, directory::v1::UNIT_KIND_COMMUNE, kDistrict, "25747");
    AddUnit(kOtherWard, directory::v1::UNIT_KIND_COMMUNE, kDistrict, "25750");
    AddUnit(kFarWard, directory::v1::UNIT_KIND_COMMUNE, kFarDistrict, "25816");
    AddUnit(kHealth, directory::v1::UNIT_KIND_DEPARTMENT, "H09", "");
    AddUnit(kJustice, directory::v1::UNIT_KIND_DEPARTMENT, "H09", "");
    snapshots_.Verified(clock_.MachineNow());
    // As after the first barrier that matched.
    Value(
        "INSERT INTO feed_owner VALUES ('lienthong.feed.all', 'directory', 1, 1, 1, 1, 1, now(),"
        " true) RETURNING owner");
  }

  kafka::Catalogue catalogue_ = support::MakeCatalogue(
      "H09, H09.718, H09.719, H09.718.25747, H09.718.25750, H09.719.25816, H09.13, H09.16");
  access::SnapshotHolder snapshots_;
  std::map<std::string, directory::v1::Unit> units_;
  std::int64_t sequence_ = 0;
  rpc::PageTokens tokens_{"secret of the test"};
  redis::Limiter limiter_{"127.0.0.1:1", "registry"};  ///< nothing answers there: it counts here
  RegistryService service_{pool_, journal_, sharing_, limiter_, tokens_, ids_, {kTakeOversMax}};
  journal::Queries queries_{
      {"registry", {}, {"citizen", "enterprise", "correction"}, PersonalTypes()},
      pool_,
      clock_,
      tokens_,
      nullptr,
      [this](auto&... read) { service_.OnJournalRead(read...); },
      [] {}};
  access::Gate gate_{catalogue_, snapshots_, clock_, {}};
  rpc::Workers workers_{20, 100};
  rpc::Workers streams_{2, 100};
  rpc::Serve serve_{ApiDescriptor(), "registry", gate_, workers_, streams_, nullptr};
  rpc::Serve serve_journal_{
      journal::ApiDescriptor(), "registry", gate_, workers_, streams_, nullptr};
  std::unique_ptr<grpc::Service> api_ = MakeApi(serve_, service_);
  std::unique_ptr<grpc::Service> journal_api_ =
      journal::MakeApi(serve_journal_, queries_, feed::NoParkedEvents());
  std::unique_ptr<rpc::Server> server_;
  std::map<std::string, std::unique_ptr<Stub>> stubs_;
};

inline v1::Address AddressIn(const std::string& commune_code) {
  v1::Address address;
  address.set_text("Số 1, đường Lê Lợi");
  address.set_commune_code(commune_code);
  return address;
}

inline v1::RegisterCitizenRequest RegisterRequest(Registry& registry,
                                                  const std::string& name = "Nguyễn Thị Đào",
                                                  const std::string& number = "",
                                                  const std::string& commune_code = "25747") {
  v1::RegisterCitizenRequest request;
  request.set_request_id(registry.NewId());
  v1::Citizen* citizen = request.mutable_citizen();
  citizen->set_full_name(name);
  citizen->set_birth_date("1985-03-02");
  citizen->set_sex(v1::SEX_FEMALE);
  if (!number.empty()) citizen->set_identity_number(number);
  *citizen->mutable_address() = AddressIn(commune_code);
  return request;
}

/// A registered person of the ward 25747, or of another commune by its own ward.
inline v1::Citizen Registered(Registry& registry, const std::string& name = "Nguyễn Thị Đào",
                              const std::string& number = "", const std::string& unit = kWard) {
  const std::string code = unit.substr(unit.rfind('.') + 1);
  return registry.Do(&Stub::RegisterCitizen, RegisterRequest(registry, name, number, code), unit);
}

inline v1::GetCitizenRequest GetRequest(const std::string& id) {
  v1::GetCitizenRequest request;
  request.set_citizen_id(id);
  request.set_purpose(kPurpose);
  return request;
}

inline v1::MoveCitizenRequest MoveRequest(Registry& registry, const std::string& id,
                                          const std::string& commune_code,
                                          std::int64_t expected_version = 0) {
  v1::MoveCitizenRequest request;
  request.set_request_id(registry.NewId());
  request.set_citizen_id(id);
  request.set_expected_version(expected_version);
  *request.mutable_address() = AddressIn(commune_code);
  return request;
}

inline v1::RecordDeathRequest DeathRequest(Registry& registry, const std::string& id) {
  v1::RecordDeathRequest request;
  request.set_request_id(registry.NewId());
  request.set_citizen_id(id);
  request.set_death_date("2019-07-01");
  return request;
}

inline v1::MergeCitizensRequest MergeRequest(Registry& registry, const std::string& survivor,
                                             const std::string& duplicate) {
  v1::MergeCitizensRequest request;
  request.set_request_id(registry.NewId());
  request.set_citizen_id(survivor);
  request.set_duplicate_id(duplicate);
  request.set_reason("Cùng một người");
  return request;
}

inline v1::RequestCorrectionRequest CorrectionRequest(Registry& registry, const std::string& id) {
  v1::RequestCorrectionRequest request;
  request.set_request_id(registry.NewId());
  request.set_citizen_id(id);
  request.set_full_name("Nguyễn Thị Đao");
  request.set_reason("Giấy khai sinh bản gốc");
  return request;
}

inline v1::DecideCorrectionRequest DecideRequest(Registry& registry, const std::string& id) {
  v1::DecideCorrectionRequest request;
  request.set_request_id(registry.NewId());
  request.set_correction_id(id);
  request.set_reason("Theo sổ gốc");
  return request;
}

inline v1::RegisterEnterpriseRequest FirmRequest(Registry& registry,
                                                 const std::string& number = "3700145020",
                                                 const std::string& name = "Công ty Gạo Sài Gòn") {
  v1::RegisterEnterpriseRequest request;
  request.set_request_id(registry.NewId());
  v1::Enterprise* enterprise = request.mutable_enterprise();
  enterprise->set_name(name);
  enterprise->set_tax_number(number);
  enterprise->set_representative_name("Trần Hòa");
  *enterprise->mutable_address() = AddressIn("25747");
  return request;
}

}  // namespace lienthong::registry
