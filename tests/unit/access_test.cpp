// Who may call what, and who sees what: gate, snapshot and sharing rules.
#include <catch2/catch.hpp>

#include "lienthong/directory/v1/directory.pb.h"
#include "lienthong/journal/v1/journal.pb.h"
#include "lienthong/registry/v1/registry.pb.h"
#include "lienthong/replica/v1/replica.pb.h"
#include "platform/access/gate.hpp"
#include "platform/access/sharing.hpp"
#include "platform/access/snapshot.hpp"
#include "platform/base/error.hpp"
#include "platform/rpc/metrics.hpp"
#include "support/clock.hpp"
#include "support/systems.hpp"

namespace lienthong::access {
namespace {

using namespace std::chrono_literals;
using rpc::SystemKind;

// 10 July 2019, 07:30 in Vietnam: where ManualClock starts.
constexpr const char* kStart = "2019-07-10T00:30:00Z";

std::string UnitJson(const std::string& id, const std::string& more = "") {
  return R"({"id":")" + id + R"(","version":"1","validFrom":"2019-01-01")" + more + "}";
}

std::string OfficialJson(const std::string& appointments) {
  return R"({"id":"o1","version":"1","fullName":"x","appointments":[)" + appointments + "]}";
}

std::string Appointment(const std::string& unit, const std::string& position,
                        const std::string& from = "2019-01-01T00:00:00Z",
                        const std::string& to = "") {
  return R"({"unitId":")" + unit + R"(","positionId":")" + position + R"(","startsAt":")" + from +
         '"' + (to.empty() ? "" : R"(,"endsAt":")" + to + '"') + "}";
}

/// A province with a district, an office that the district carries, and one official.
struct Stage {
  Stage() {
    Set("unit", "H09.718", UnitJson("H09.718"));
    Set("unit", "H09.718.01", UnitJson("H09.718.01", R"(,"carrierId":"H09.718")"));
    Set("unit", "H09.02", UnitJson("H09.02"));
    Set("position", "registrar",
        R"({"id":"registrar","version":"1","permissions":["citizen.read","citizen.register"]})");
    Set("position", "clerk", R"({"id":"clerk","version":"1"})");
    Set("official", "o1", OfficialJson(Appointment("H09.718", "registrar")));
    snapshots.Verified(clock.MachineNow());
  }

  void Set(const std::string& type, const std::string& id, const std::string& json) {
    snapshots.Update([&](Snapshot& snapshot) { snapshot.Set(type, id, json); });
  }

  const google::protobuf::MethodDescriptor& Method(const std::string& name) const {
    for (const auto* const file : {registry::v1::GetCitizenRequest::descriptor()->file(),
                                   journal::v1::Change::descriptor()->file()}) {
      const auto* const method = file->service(0)->FindMethodByName(name);
      if (method != nullptr) return *method;
    }
    throw std::logic_error("no RPC " + name);
  }

  rpc::Call Admit(const std::string& system, const std::string& official,
                  const std::string& method) const {
    const Gate gate(catalogue, snapshots, clock, options);
    return gate.Admit({system, official, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"},
                      Method(method));
  }

  /// Reason of the refusal; empty = admitted.
  std::string Refusal(const std::string& system, const std::string& official,
                      const std::string& method) const {
    try {
      Admit(system, official, method);
      return {};
    } catch (const base::Error& error) {
      return error.reason;
    }
  }

  kafka::Catalogue catalogue = support::MakeCatalogue(
      "H09.718, H09.02, H09.99", "{name: unit-H09.718--office}, {name: integrator-statistics}");
  SnapshotHolder snapshots;
  support::ManualClock clock;
  GateOptions options;
};

double DeniedCount(const std::string& reason) {
  for (const auto& family : rpc::MetricsRegistry()->Collect()) {
    if (family.name != "lienthong_access_denied_total") continue;
    for (const auto& metric : family.metric) {
      if (metric.label.at(0).value == reason) return metric.counter.value;
    }
  }
  return 0;
}

TEST_CASE("an official of the calling unit is admitted where the position permits") {
  const Stage stage;
  const rpc::Call call = stage.Admit("unit-H09.718", "o1", "GetCitizen");
  CHECK(call.rpc == "/lienthong.registry.v1.RegistryService/GetCitizen");
  CHECK(call.system == "unit-H09.718");
  CHECK(call.system_kind == SystemKind::kUnit);
  CHECK(call.caller == "H09.718");
  CHECK(call.unit == "H09.718");
  CHECK(call.official == "o1");
  CHECK(call.time == base::ParseTime(kStart));
  CHECK(call.machine_time == stage.clock.MachineNow());
}

TEST_CASE("a further system of a unit calls for that unit") {
  const Stage stage;
  const rpc::Call call = stage.Admit("unit-H09.718--office", "o1", "GetCitizen");
  CHECK(call.system == "unit-H09.718--office");
  CHECK(call.caller == "H09.718");
}

TEST_CASE("an official of an office without a system acts through its carrier") {
  Stage stage;
  stage.Set("official", "o1", OfficialJson(Appointment("H09.718.01", "registrar")));
  const rpc::Call call = stage.Admit("unit-H09.718", "o1", "GetCitizen");
  CHECK(call.caller == "H09.718");
  CHECK(call.unit == "H09.718.01");
  CHECK(stage.Refusal("unit-H09.02", "o1", "GetCitizen") == "OFFICIAL_NOT_IN_UNIT");
}

TEST_CASE("the unit of a call is that of the appointment which grants the permission") {
  Stage stage;
  stage.Set(
      "official", "o1",
      OfficialJson(Appointment("H09.718", "clerk") + "," + Appointment("H09.718.01", "registrar")));
  CHECK(stage.Admit("unit-H09.718", "o1", "GetCitizen").unit == "H09.718.01");
}

TEST_CASE("unknown systems are not authenticated") {
  const Stage stage;
  for (const char* const system : {"", "unit-H09.77", "unit-H09.718--other", "stranger"}) {
    try {
      stage.Admit(system, "o1", "GetCitizen");
      FAIL("admitted");
    } catch (const base::Error& error) {
      CHECK(error.kind == base::ErrorKind::kUnauthenticated);
      CHECK(error.reason == "SYSTEM_UNKNOWN");
    }
  }
}

TEST_CASE("a kind of system that an RPC does not name is not allowed") {
  const Stage stage;
  CHECK(stage.Refusal("service-registry", "", "GetCitizen") == "SYSTEM_NOT_ALLOWED");
  CHECK(stage.Refusal("ops", "", "GetCitizen") == "SYSTEM_NOT_ALLOWED");
  CHECK(stage.Refusal("ops", "o1", "GetCitizen") == "SYSTEM_NOT_ALLOWED");
  CHECK(stage.Refusal("ops", "", "ListBucket") == "SYSTEM_NOT_ALLOWED");
  CHECK(stage.Refusal("unit-H09.718", "o1", "VerifySeals") == "SYSTEM_NOT_ALLOWED");
  CHECK(stage.Refusal("integrator-statistics", "", "ListBucket") == "SYSTEM_NOT_ALLOWED");
}

TEST_CASE("ops bootstraps without an official, and speaks for none") {
  const Stage stage;
  const rpc::Call call = stage.Admit("ops", "", "ImportCitizens");
  CHECK(call.caller == "ops");
  CHECK(call.system_kind == SystemKind::kOps);
  CHECK(call.unit.empty());
  CHECK(call.official.empty());
  CHECK(stage.Refusal("ops", "o1", "ImportCitizens") == "SYSTEM_NOT_ALLOWED");
}

TEST_CASE("an RPC of systems needs no official and believes none") {
  const Stage stage;
  const rpc::Call unit = stage.Admit("unit-H09.718", "o1", "ListBucket");
  CHECK(unit.caller == "H09.718");
  CHECK(unit.official.empty());
  CHECK(stage.Admit("service-registry", "", "ListBucket").caller == "service-registry");
  CHECK(stage.Admit("ops", "", "VerifySeals").caller == "ops");
}

TEST_CASE("a call without an official or with an unknown one is refused") {
  const Stage stage;
  CHECK(stage.Refusal("unit-H09.718", "", "GetCitizen") == "OFFICIAL_UNKNOWN");
  CHECK(stage.Refusal("unit-H09.718", "o2", "GetCitizen") == "OFFICIAL_UNKNOWN");
}

TEST_CASE("an official of another unit is refused") {
  const Stage stage;
  CHECK(stage.Refusal("unit-H09.02", "o1", "GetCitizen") == "OFFICIAL_NOT_IN_UNIT");
}

TEST_CASE("an appointment counts from its start and until just before its end") {
  Stage stage;
  const auto refusal = [&](const std::string& from, const std::string& to) {
    stage.Set("official", "o1", OfficialJson(Appointment("H09.718", "registrar", from, to)));
    return stage.Refusal("unit-H09.718", "o1", "GetCitizen");
  };
  CHECK(refusal(kStart, "").empty());
  CHECK(refusal(kStart, "2019-07-10T00:30:00.000001Z").empty());
  CHECK(refusal("2019-07-10T00:30:00.000001Z", "") == "OFFICIAL_NOT_IN_UNIT");
  CHECK(refusal("2019-01-01T00:00:00Z", kStart) == "OFFICIAL_NOT_IN_UNIT");
}

TEST_CASE("a position that does not grant the permission is refused") {
  Stage stage;
  CHECK(stage.Refusal("unit-H09.718", "o1", "ApproveCorrection") == "PERMISSION_MISSING");
  stage.Set("official", "o1", OfficialJson(Appointment("H09.718", "unknown-position")));
  CHECK(stage.Refusal("unit-H09.718", "o1", "GetCitizen") == "PERMISSION_MISSING");
}

TEST_CASE("a unit calls on its days of validity only, both included, by Vietnamese days") {
  Stage stage;
  const auto refusal = [&](const std::string& more) {
    stage.Set("unit", "H09.718", UnitJson("H09.718", more));
    return stage.Refusal("unit-H09.718", "o1", "GetCitizen");
  };
  CHECK(refusal(R"(,"validTo":"2019-07-10")").empty());
  CHECK(refusal(R"(,"validTo":"2019-07-09")") == "UNIT_NOT_ACTIVE");
  CHECK(refusal(R"(,"closed":true)") == "UNIT_NOT_ACTIVE");
  // 23:59 in Vietnam is still the 10th, a minute later is not.
  stage.clock.Set(base::ParseTime("2019-07-10T16:59:59Z"));
  stage.snapshots.Verified(stage.clock.MachineNow());
  CHECK(refusal(R"(,"validTo":"2019-07-10")").empty());
  stage.clock.Advance(1s);
  CHECK(refusal(R"(,"validTo":"2019-07-10")") == "UNIT_NOT_ACTIVE");
  stage.clock.Set(base::ParseTime("2018-12-31T16:59:59Z"));
  CHECK(refusal("") == "UNIT_NOT_ACTIVE");
  stage.clock.Advance(1s);
  CHECK(stage.Refusal("unit-H09.718", "", "ListBucket").empty());
}

TEST_CASE("a unit that the snapshot does not know is not active") {
  const Stage stage;
  CHECK(stage.Refusal("unit-H09.99", "o1", "GetCitizen") == "UNIT_NOT_ACTIVE");
  CHECK(stage.Refusal("unit-H09.99", "", "ListBucket") == "UNIT_NOT_ACTIVE");
}

TEST_CASE("a snapshot past its age refuses units, not ops and not the directory itself") {
  Stage stage;
  stage.clock.Advance(1h);
  CHECK(stage.Refusal("unit-H09.718", "o1", "GetCitizen").empty());
  stage.clock.Advance(1us);
  CHECK(stage.Refusal("unit-H09.718", "o1", "GetCitizen") == "DIRECTORY_STALE");
  CHECK(stage.Refusal("unit-H09.718", "", "ListBucket") == "DIRECTORY_STALE");
  CHECK(stage.Refusal("ops", "", "VerifySeals").empty());
  stage.options.own_directory = true;
  CHECK(stage.Refusal("unit-H09.718", "o1", "GetCitizen").empty());
}

TEST_CASE("a snapshot that is read anew refuses nobody for what it does not know yet") {
  Stage stage;
  stage.snapshots.Verified({});  // the copy of the directory starts over
  stage.snapshots.Update([](Snapshot& snapshot) { snapshot = Snapshot(); });
  CHECK(stage.Refusal("unit-H09.718", "o1", "GetCitizen") == "DIRECTORY_STALE");
  CHECK(stage.Refusal("unit-H09.718", "", "ListBucket") == "DIRECTORY_STALE");
}

TEST_CASE("a replica admits systems only, and asks the snapshot only when it has units") {
  Stage stage;
  stage.options.systems_only = true;
  CHECK(stage.Refusal("unit-H09.718", "o1", "GetCitizen") == "SYSTEM_NOT_ALLOWED");
  CHECK(stage.Refusal("unit-H09.99", "", "ListBucket") == "UNIT_NOT_ACTIVE");
  stage.clock.Advance(2h);  // it answers from its copy, however old
  CHECK(stage.Refusal("unit-H09.718", "", "ListBucket").empty());
  stage.snapshots.Update([](Snapshot& snapshot) { snapshot = Snapshot(); });
  CHECK(stage.Refusal("unit-H09.99", "", "ListBucket").empty());
}

TEST_CASE("denials are counted by reason") {
  const Stage stage;
  const double before = DeniedCount("OFFICIAL_NOT_IN_UNIT");
  stage.Refusal("unit-H09.02", "o1", "GetCitizen");
  CHECK(DeniedCount("OFFICIAL_NOT_IN_UNIT") == before + 1);
}

TEST_CASE("every RPC says who may call it") {
  for (const auto* const file : {directory::v1::GetUnitRequest::descriptor()->file(),
                                 registry::v1::GetCitizenRequest::descriptor()->file(),
                                 replica::v1::GetRecordRequest::descriptor()->file(),
                                 journal::v1::Change::descriptor()->file()}) {
    REQUIRE(file->service_count() == 1);
    for (int i = 0; i < file->service(0)->method_count(); ++i) {
      const auto& options = file->service(0)->method(i)->options();
      const v1::Access& access = options.GetExtension(v1::access);
      INFO(file->service(0)->method(i)->full_name());
      // Officials, systems, or both.
      CHECK((!access.permission().empty() || access.systems_size() > 0));
    }
  }
}

TEST_CASE("a snapshot forgets what is removed, passes over other types, refuses broken values") {
  Snapshot snapshot;
  snapshot.Set("unit", "H09.718", UnitJson("H09.718"));
  const Snapshot before = snapshot;
  snapshot.Set("unit", "H09.718", std::nullopt);
  CHECK(snapshot.FindUnit("H09.718") == nullptr);
  CHECK(before.FindUnit("H09.718") != nullptr);  // a picture handed out does not change
  snapshot.Set("citizen", "c", "not looked at");
  CHECK_THROWS_AS(snapshot.Set("unit", "H09.1", "{"), std::invalid_argument);
  CHECK(snapshot.CarrierOf("H09.77") == "H09.77");
}

TEST_CASE("the time of verification does not go back") {
  SnapshotHolder holder;
  const base::Time time = base::ParseTime(kStart);
  holder.Verified(time);
  holder.Verified(time - 1s);
  CHECK(holder.VerifiedAt() == time);
  holder.Verified({});  // but for a copy that starts over
  CHECK(holder.VerifiedAt() == base::Time{});
}

}  // namespace
}  // namespace lienthong::access
