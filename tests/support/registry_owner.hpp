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
#include "registry/api.hpp"
#include "registry/service_source.hpp"
#include "registry/settings.hpp"
#include "support/owner_stage.hpp"

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
class Registry final : public support::OwnerStage {
 public:
  Registry()
      : OwnerStage("registry", Migrations(),
                   "H09, H09.718, H09.719, H09.718.25747, H09.718.25750, H09.719.25816, H09.13,"
                   " H09.16") {
    FillDirectory();
    Serve({{ApiDescriptor(), [this](rpc::Serve& serve) { return MakeApi(serve, service_); }}},
          PersonalTypes(), [this](auto&... read) { service_.OnJournalRead(read...); });
  }
  ~Registry() override { StopServing(); }

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
    return support::CallAs(StubOf("unit-" + unit), rpc, request, answer, unit + "/" + official);
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

  /// An active agreement, as the directory would publish it.
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
  std::string AccessRows(const std::string& citizen_id) {
    return Value("SELECT count(*) FROM access_log WHERE citizen_id = '" + citizen_id + "'");
  }

 protected:
  journal::RecordSource& Source() override { return source_; }

 private:
  void FillDirectory() {
    AddPosition("reader", {"citizen.read"});
    AddPosition("all", {"citizen.access_log", "citizen.approve", "citizen.correct", "citizen.merge",
                        "citizen.read", "citizen.register", "citizen.take_over", "enterprise.read",
                        "enterprise.register", "journal.history", "registry.import"});
    AddUnit("H09", directory::v1::UNIT_KIND_PROVINCE, "", "74");
    AddUnit(kDistrict, directory::v1::UNIT_KIND_DISTRICT, "H09", "718");
    AddUnit(kFarDistrict, directory::v1::UNIT_KIND_DISTRICT, "H09", "719");
    AddUnit(kWard, directory::v1::UNIT_KIND_COMMUNE, kDistrict, "25747");
    AddUnit(kOtherWard, directory::v1::UNIT_KIND_COMMUNE, kDistrict, "25750");
    AddUnit(kFarWard, directory::v1::UNIT_KIND_COMMUNE, kFarDistrict, "25816");
    AddUnit(kHealth, directory::v1::UNIT_KIND_DEPARTMENT, "H09");
    AddUnit(kJustice, directory::v1::UNIT_KIND_DEPARTMENT, "H09");
    for (const char* unit :
         {"H09", kDistrict, kFarDistrict, kWard, kOtherWard, kFarWard, kHealth, kJustice}) {
      Appoint(unit, "a", "all"), Appoint(unit, "b", "all"), Appoint(unit, "reader", "reader");
    }
    VerifyDirectory();
  }

  RegistryService service_{pool_, journal_, sharing_, limiter_, tokens_, ids_, {kTakeOversMax}};
  registry::Source source_{sharing_};
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
