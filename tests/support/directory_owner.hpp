#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <google/protobuf/util/message_differencer.h>
#include <grpcpp/grpcpp.h>

#include "directory/api.hpp"
#include "directory/service_records.hpp"
#include "directory/service_snapshot.hpp"
#include "directory/settings.hpp"
#include "directory/schedule.hpp"
#include "lienthong/directory/v1/directory.grpc.pb.h"
#include "platform/journal/sweeper.hpp"
#include "platform/kafka/catalogue.hpp"
#include "platform/rpc/server.hpp"
#include "support/clock.hpp"
#include "support/database.hpp"
#include "support/client.hpp"

/// The directory as tests of its API see it.
namespace lienthong::directory {

using google::protobuf::util::MessageDifferencer;
using Stub = v1::DirectoryService::Stub;

inline constexpr const char* kDistrict = "H09.718";
inline constexpr const char* kOffice = "H09.718.01";
inline constexpr const char* kWard = "H09.718.25747";

using support::Outcome, support::OutcomeOf, support::kDone, support::kNotFound,
    support::kFieldInvalid;

/// The directory with its database, served in this process to the certificates of the stack.
class Directory {
 public:
  Directory()
      : database_(Migrations()),
        pool_({database_.Conninfo(), 16}),
        catalogue_(kafka::Catalogue::Load(LIENTHONG_DEPLOY "/kafka/topics.yaml")) {
    pool_.Transact([&](pg::Tx& tx) { UpdateServiceFeeds(tx, catalogue_.ServiceFeeds()); });
    own_snapshot_.Start();
    journal_.OnCommit([this] { own_snapshot_.RefreshNow(); });
    server_.Start();
  }
  ~Directory() { server_.Stop(); }

  std::unique_ptr<Stub> Connect(const std::string& system) const {
    return v1::DirectoryService::NewStub(support::Connect(pki_, system, server_.Port()));
  }

  /// Calls as `ops`, or as a unit's system for an official.
  template <class Request, class Answer>
  Outcome Call(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
               const Request& request, Answer* answer, const std::string& system = "ops",
               const std::string& official = "") {
    auto& stub = stubs_[system];
    if (!stub) stub = Connect(system);
    grpc::ClientContext context;
    if (!official.empty()) context.AddMetadata("lienthong-official", official);
    return OutcomeOf((stub.get()->*rpc)(&context, request, answer));
  }
  /// A call by `ops` that succeeds.
  template <class Request, class Answer>
  Answer Do(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
            const Request& request) {
    Answer answer;
    REQUIRE(Call(rpc, request, &answer) == Outcome{});
    return answer;
  }
  /// A call by `ops` that is refused.
  template <class Request, class Answer>
  Outcome Refused(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
                  const Request& request) {
    Answer answer;
    return Call(rpc, request, &answer);
  }

  Outcome Load(const std::vector<v1::LoadDirectoryRequest>& chunks,
               v1::LoadDirectoryResponse* answer, const std::string& system = "ops",
               const std::string& official = "") {
    const auto stub = Connect(system);
    grpc::ClientContext context;
    if (!official.empty()) context.AddMetadata("lienthong-official", official);
    const auto writer = stub->LoadDirectory(&context, answer);
    for (const auto& chunk : chunks) {
      if (!writer->Write(chunk)) break;
    }
    writer->WritesDone();
    return OutcomeOf(writer->Finish());
  }

  std::string Value(const std::string& sql) {
    return pool_.Transact([&](pg::Tx& tx) {
      const auto rows = tx.ExecText(sql);
      return rows.empty() ? std::string() : rows[0][0].as<std::string>("");
    });
  }
  /// Events of one record, oldest first, joined by spaces.
  std::string Events(const std::string& type, const std::string& id) {
    return Value("SELECT string_agg(event, ' ' ORDER BY id) FROM journal WHERE record_type = '" +
                 type + "' AND record_id = '" + id + "'");
  }
  std::string AudienceOf(const std::string& official) {
    return Value("SELECT audience FROM head WHERE record_type = 'official' AND record_id = '" +
                 official + "'");
  }
  /// Keys whose business rows do not give the head.
  std::vector<std::string> Defects() {
    std::vector<std::string> defects;
    for (const std::string& type : records_.Types()) {
      std::string last;
      const auto chunk = journal::Sweeper::Scrub(pool_, records_, type, last, 10'000);
      defects.insert(defects.end(), chunk.defective.begin(), chunk.defective.end());
    }
    return defects;
  }
  std::string NewId() { return ids_.New(); }

  support::ManualClock clock_;
  support::TestDatabase database_;
  pg::Pool pool_;
  base::RandomIds ids_;
  journal::Journal journal_{pool_, clock_, ids_, {"directory"}};
  DirectoryRecords records_;
  Schedule schedule_;
  journal::Timer timer_{pool_, journal_, clock_, schedule_};

 private:
  rpc::ServerOptions Options() const {
    rpc::ServerOptions options;
    options.ca = pki_ + "/ca.crt";
    options.certificate = pki_ + "/service-directory.crt";
    options.key = pki_ + "/service-directory.key";
    options.drain_grace = std::chrono::milliseconds(0);
    return options;
  }

  const std::string pki_ = support::Environment("LIENTHONG_TEST_PKI");
  kafka::Catalogue catalogue_;
  access::SnapshotHolder snapshots_;
  OwnSnapshot own_snapshot_{pool_, snapshots_};
  rpc::PageTokens tokens_{"secret of the test"};
  DirectoryService service_{pool_, journal_, ids_, tokens_};
  access::Gate gate_{catalogue_, snapshots_, clock_, {.own_directory = true}};
  rpc::Workers workers_{8, 100};
  rpc::Workers streams_{2, 100};
  rpc::Serve serve_{ApiDescriptor(), "directory", gate_, workers_, streams_, nullptr};
  std::unique_ptr<grpc::Service> api_ = MakeApi(serve_, service_);
  rpc::Server server_{Options(), {api_.get()}, [] { return true; }};
  std::map<std::string, std::unique_ptr<Stub>> stubs_;
};

inline v1::Unit UnitMessage(const std::string& code, v1::UnitKind kind, const std::string& parent) {
  v1::Unit unit;
  unit.set_id(code);
  unit.set_name("Đơn vị " + code);
  unit.set_kind(kind);
  unit.set_parent_id(parent);
  unit.set_valid_from("2019-01-01");
  return unit;
}

inline v1::Unit OfficeMessage() {
  v1::Unit unit = UnitMessage(kOffice, v1::UNIT_KIND_OFFICE, kDistrict);
  unit.set_carrier_id(kDistrict);
  return unit;
}

inline v1::CreateUnitRequest CreateRequest(Directory& directory, const v1::Unit& unit) {
  v1::CreateUnitRequest request;
  request.set_request_id(directory.NewId());
  *request.mutable_unit() = unit;
  return request;
}

/// Province, a district, a ward directly below the province (as from 01/07/2025), an office carried
/// by the district, and two positions.
inline v1::LoadDirectoryRequest Province(Directory& directory) {
  v1::LoadDirectoryRequest chunk;
  chunk.set_request_id(directory.NewId());
  // Below before above: the order within a chunk is free.
  *chunk.add_units() = OfficeMessage();
  *chunk.add_units() = UnitMessage(kDistrict, v1::UNIT_KIND_DISTRICT, "H09");
  *chunk.add_units() = UnitMessage(kWard, v1::UNIT_KIND_COMMUNE, "H09");
  *chunk.add_units() = UnitMessage("H09", v1::UNIT_KIND_PROVINCE, "");
  v1::Position* manager = chunk.add_positions();
  manager->set_id("manager");
  manager->set_name("Quản trị danh bạ");
  for (const char* permission : {"unit.manage", "official.read", "directory.read"}) {
    manager->add_permissions(permission);
  }
  v1::Position* clerk = chunk.add_positions();
  clerk->set_id("clerk");
  clerk->set_name("Văn thư");
  clerk->add_permissions("directory.read");
  return chunk;
}

inline void LoadProvince(Directory& directory) {
  v1::LoadDirectoryResponse answer;
  REQUIRE(directory.Load({Province(directory)}, &answer) == Outcome{});
  REQUIRE(answer.created() == 6);
}

inline v1::CreateOfficialRequest OfficialRequest(Directory& directory, const std::string& unit,
                                                 const std::string& position) {
  v1::CreateOfficialRequest request;
  request.set_request_id(directory.NewId());
  request.mutable_official()->set_full_name("Nguyễn Thị Đào");
  v1::Appointment* appointment = request.mutable_official()->add_appointments();
  appointment->set_unit_id(unit);
  appointment->set_position_id(position);
  return request;
}

inline v1::Official Appointed(Directory& directory, const std::string& unit,
                              const std::string& position) {
  return directory.Do(&Stub::CreateOfficial, OfficialRequest(directory, unit, position));
}

inline google::protobuf::Timestamp Timestamp(base::Time time) {
  google::protobuf::Timestamp timestamp;
  const auto microseconds = time.time_since_epoch().count();
  timestamp.set_seconds(microseconds / 1'000'000);
  timestamp.set_nanos(static_cast<int>(microseconds % 1'000'000 * 1000));
  return timestamp;
}

inline v1::CreateAgreementRequest AgreementRequest(Directory& directory) {
  v1::CreateAgreementRequest request;
  request.set_request_id(directory.NewId());
  v1::Agreement* agreement = request.mutable_agreement();
  agreement->set_consumer_unit_id(kWard);
  agreement->set_record_type("citizen");
  agreement->set_view("limited");
  agreement->set_purpose("Quản lý tiêm chủng");
  agreement->set_legal_basis("NĐ 47/2020/NĐ-CP");
  return request;
}

inline v1::CloseUnitRequest CloseRequest(Directory& directory, const std::string& unit,
                                         const std::string& last_day) {
  v1::CloseUnitRequest request;
  request.set_request_id(directory.NewId());
  request.set_unit_id(unit);
  request.set_last_day(last_day);
  return request;
}

inline v1::Unit Get(Directory& directory, const std::string& unit) {
  v1::GetUnitRequest request;
  request.set_unit_id(unit);
  return directory.Do(&Stub::GetUnit, request);
}

inline std::vector<std::string> CodesOf(const v1::ListUnitsResponse& response) {
  std::vector<std::string> codes;
  for (const v1::Unit& unit : response.units()) codes.push_back(unit.id());
  return codes;
}

inline constexpr std::chrono::microseconds kTick{1};
inline constexpr std::chrono::hours kHour{1};

}  // namespace lienthong::directory
