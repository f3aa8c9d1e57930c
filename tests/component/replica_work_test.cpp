// Operators have a unit's copy repaired, or emptied and read anew: through the generated stub.
#include "replica/sql_views.hpp"
#include "support/replica_copy.hpp"

namespace lienthong::replica {
namespace {

using namespace std::chrono_literals;
using support::Eventually, support::Outcome, support::kFieldInvalid;
using WorkStub = v1::ReplicaService::Stub;

constexpr const char* kRequestId = "01a20f1a-7f0d-78b5-8bb6-000000000001";
constexpr const char* kOperationId = "01a20f1a-7f0d-78b5-8bb6-0000000000aa";

template <class Request>
Request WorkOf(const std::string& unit, const std::string& request_id = kRequestId,
               const std::string& operation_id = "") {
  Request request;
  request.set_request_id(request_id);
  request.set_unit_id(unit);
  request.set_operation_id(operation_id);
  return request;
}

v1::UnitConsistency StateOfUnit(ReplicaProcess& process, const std::string& unit = kUnit) {
  v1::GetConsistencyRequest request;
  request.set_unit_id(unit);
  return process.Do(&WorkStub::GetConsistency, request, "ops").units(0);
}

/// Refusals of one of the two RPCs.
template <class Request>
void CheckRefusals(ReplicaProcess& process,
                   grpc::Status (WorkStub::*rpc)(grpc::ClientContext*, const Request&,
                                                 v1::UnitWork*)) {
  for (const char* system : {"unit-H09.718", "service-registry", "service-portal"}) {
    CHECK(process.Try(rpc, WorkOf<Request>(kUnit), system) ==
          Outcome{grpc::PERMISSION_DENIED, "SYSTEM_NOT_ALLOWED"});
  }
  for (const char* unit : {kUnservedUnit, "", "H09"}) {
    CHECK(process.Try(rpc, WorkOf<Request>(unit), "ops") ==
          Outcome{grpc::NOT_FOUND, "UNIT_NOT_SERVED"});
  }
  for (const char* id : {"", "1", "01a20f1a-7f0d-78b5-8bb6-00000000000"}) {
    CHECK(process.Try(rpc, WorkOf<Request>(kUnit, id), "ops") ==
          Outcome{grpc::INVALID_ARGUMENT, "REQUEST_ID_INVALID"});
  }
  CHECK(process.Try(rpc, WorkOf<Request>(kUnit, kRequestId, "x"), "ops") == kFieldInvalid);
  CHECK(process.copies.Value("SELECT count(*) FROM feed_work") == "0");
}

}  // namespace

TEST_CASE("operators alone have a copy repaired or read anew, of a unit that is served here",
          "[replica_work]") {
  ReplicaProcess process;
  CheckRefusals(process, &WorkStub::RepairUnit);
  CheckRefusals(process, &WorkStub::BootstrapUnit);
}

TEST_CASE("a repeated request for a repair is the first, with another operation it is refused",
          "[replica_work]") {
  ReplicaProcess process;
  const auto request = WorkOf<v1::RepairUnitRequest>(kUnit, kRequestId, kOperationId);
  const auto first = process.Do(&WorkStub::RepairUnit, request, "ops");
  CHECK(first.request_id() == kRequestId);
  CHECK(first.operation_id() == kOperationId);
  CHECK(first.has_requested_at());
  CHECK_FALSE(first.has_completed_at());
  auto upper = request;
  upper.set_request_id("01A20F1A-7F0D-78B5-8BB6-000000000001");
  CHECK(process.Do(&WorkStub::RepairUnit, upper, "ops").SerializeAsString() ==
        first.SerializeAsString());
  CHECK(process.copies.Value("SELECT count(*) FROM feed_work") == "1");
  CHECK(process.Try(&WorkStub::RepairUnit, WorkOf<v1::RepairUnitRequest>(kUnit), "ops") ==
        Outcome{grpc::INVALID_ARGUMENT, "REQUEST_ID_REUSED"});
  CHECK(StateOfUnit(process).last_repair().operation_id() == kOperationId);
  CHECK_FALSE(StateOfUnit(process).has_last_bootstrap());
  CHECK_FALSE(StateOfUnit(process, kOtherUnit).has_last_repair());
}

TEST_CASE("a bootstrap empties one unit's copy; SQL views, access rows and other units' stay",
          "[replica_work]") {
  ReplicaProcess process;
  for (const char* unit : {kUnit, kOtherUnit}) {
    const std::string topic = std::string("lienthong.feed.") + unit;
    process.copies.Apply(unit, topic,
                         {feed::RecordMessageOf("registry", "citizen/c1", {1, 1}, 1, "{}")});
  }
  process.Do(&WorkStub::GetRecord, GetRequest("citizen", "c1", "household register"));
  CreateSqlViews(process.copies.settings.Conninfo(kUnit), kUnit);
  const std::string views = "SELECT count(*) FROM pg_views WHERE viewname = 'enterprises'";
  REQUIRE(process.copies.Value(views) == "1");
  process.Run();
  process.Do(&WorkStub::BootstrapUnit, WorkOf<v1::BootstrapUnitRequest>(kUnit), "ops");
  REQUIRE(Eventually(
      30s, [&] { return process.copies.Value("SELECT count(*) FROM feed_record") == "0"; }));
  CHECK(process.copies.Value(
            "SELECT next FROM feed_offset WHERE topic = 'lienthong.feed.H09.718'") == "0");
  CHECK(process.copies.Accessed() == "c1");
  CHECK(process.copies.Value("SELECT count(*) FROM access_log WHERE sent_at IS NULL") == "1");
  CHECK(process.copies.Value(views) == "1");
  CHECK(process.copies.Value("SELECT count(*) FROM feed_record", kOtherUnit) == "1");
  CHECK_FALSE(StateOfUnit(process).equal());
  CHECK_FALSE(StateOfUnit(process).last_bootstrap().has_completed_at());
}

TEST_CASE("parked events are listed and replayed of one unit when it is named", "[replica_work]") {
  ReplicaProcess process;
  process.copies.Apply(kUnit, kOwnTopic, {Broken("citizen/c1")});
  process.copies.Apply(kOtherUnit, kOtherTopic, {Broken("citizen/c2")});
  process.Run();
  journal::v1::ListParkedEventsRequest list;
  list.set_unit_id(kOtherUnit);
  const auto page = process.Do(&WorkStub::ListParkedEvents, list, "ops");
  REQUIRE(KeysOf(page) == "H09.719 citizen/c2,");
  const auto& event = page.events(0);
  CHECK(event.owner() == "registry");
  CHECK(event.record_type() == "citizen");
  CHECK(event.epoch() == 1);
  CHECK(event.sequence() == 1);
  CHECK(event.attempts() == 1);
  journal::v1::ReplayParkedEventsRequest replay;
  replay.set_unit_id(kOtherUnit);
  CHECK(process.Do(&WorkStub::ReplayParkedEvents, replay, "ops").still_parked() == 1);
  CHECK(process.Do(&WorkStub::ListParkedEvents, list, "ops").events(0).attempts() == 2);
  list.set_unit_id(kUnit);
  CHECK(process.Do(&WorkStub::ListParkedEvents, list, "ops").events(0).attempts() == 1);
  list.set_unit_id(kUnservedUnit);
  CHECK(process.Try(&WorkStub::ListParkedEvents, list, "ops") ==
        Outcome{grpc::NOT_FOUND, "UNIT_NOT_SERVED"});
}

}  // namespace lienthong::replica
