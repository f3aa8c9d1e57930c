#include "platform/access/gate.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <prometheus/counter.h>

#include "lienthong/access/v1/access.pb.h"
#include "platform/base/error.hpp"
#include "platform/base/log.hpp"
#include "platform/rpc/metrics.hpp"
#include "platform/rpc/trace.hpp"

namespace lienthong::access {
namespace {

using directory::v1::Appointment;
using directory::v1::Official;
using rpc::SystemKind;

constexpr std::string_view kUnitPrefix = "unit-";
constexpr std::string_view kServicePrefix = "service-";
constexpr std::string_view kOps = "ops";
constexpr std::string_view kFurther = "--";

/// nullopt: a known system that calls nothing (an integrator that only reads topics).
std::optional<SystemKind> KindOf(std::string_view common_name) {
  if (common_name.starts_with(kUnitPrefix)) return SystemKind::kUnit;
  if (common_name.starts_with(kServicePrefix)) return SystemKind::kService;
  if (common_name == kOps) return SystemKind::kOps;
  return std::nullopt;
}

v1::SystemKind ToProto(SystemKind kind) {
  switch (kind) {
    case SystemKind::kUnit:
      return v1::SYSTEM_KIND_UNIT;
    case SystemKind::kService:
      return v1::SYSTEM_KIND_SERVICE;
    case SystemKind::kOps:
      return v1::SYSTEM_KIND_OPS;
  }
  return v1::SYSTEM_KIND_UNSPECIFIED;
}

/// "H09.718" of "unit-H09.718--office".
std::string UnitOf(std::string_view common_name) {
  const std::string_view rest = common_name.substr(kUnitPrefix.size());
  return std::string(rest.substr(0, rest.find(kFurther)));
}

bool Grants(const Snapshot& snapshot, const Appointment& appointment,
            const std::string& permission) {
  const auto* const position = snapshot.FindPosition(appointment.position_id());
  if (position == nullptr) return false;
  const auto& permissions = position->permissions();
  return std::find(permissions.begin(), permissions.end(), permission) != permissions.end();
}

prometheus::Family<prometheus::Counter>& DeniedFamily() {
  static auto& family = prometheus::BuildCounter()
                            .Name("lienthong_access_denied_total")
                            .Help("Calls refused by the access checks, by reason.")
                            .Register(*rpc::MetricsRegistry());
  return family;
}

/// One call being checked.
struct Check {
  const Peer& peer;
  const rpc::Call& call;

  /// Logs and counts a refusal. Never the official: a person.
  base::Error Refuse(base::Error error) const {
    base::LogWarning("call denied", {{"rpc", call.rpc},
                                     {"system", peer.common_name},
                                     {"reason", error.reason},
                                     {"trace_id", rpc::TraceId(peer.traceparent)}});
    DeniedFamily().Add({{"reason", error.reason}}).Increment();
    return error;
  }
  base::Error Denied(const char* reason, const char* message) const {
    return Refuse(base::Denied(reason, message));
  }
};

/// The unit in which the official holds the position that grants the permission.
std::string GrantingUnit(const Check& check, const Snapshot& snapshot, const Official& official,
                         const std::string& permission) {
  bool holds_position = false;
  for (const Appointment& appointment : official.appointments()) {
    const std::string& unit = appointment.unit_id();
    if (!HoldsAt(appointment, check.call.time) || snapshot.CarrierOf(unit) != check.call.caller ||
        !snapshot.IsActive(unit, check.call.time)) {
      continue;
    }
    holds_position = true;
    if (Grants(snapshot, appointment, permission)) return unit;
  }
  if (!holds_position) {
    throw check.Denied("OFFICIAL_NOT_IN_UNIT",
                       "the official holds no position now in the calling unit");
  }
  throw check.Denied("PERMISSION_MISSING", "no position of the official grants the permission");
}

}  // namespace

Gate::Gate(const kafka::Catalogue& catalogue, const SnapshotHolder& snapshots,
           const base::Clock& clock, GateOptions options)
    : catalogue_(catalogue), snapshots_(snapshots), clock_(clock), options_(options) {}

rpc::Call Gate::Admit(const Peer& peer, const google::protobuf::MethodDescriptor& method) const {
  rpc::Call call;
  call.rpc = "/" + method.service()->full_name() + "/" + method.name();
  call.traceparent = peer.traceparent;
  call.machine_time = clock_.MachineNow();
  call.time = clock_.BusinessNow();
  const Check check{peer, call};

  if (peer.common_name.empty() || !catalogue_.KnowsSystem(peer.common_name)) {
    throw check.Refuse(base::Error(base::ErrorKind::kUnauthenticated, "SYSTEM_UNKNOWN",
                                   "no certificate of a known system"));
  }
  const std::optional<SystemKind> kind = KindOf(peer.common_name);
  const v1::Access& access = method.options().GetExtension(v1::access);
  const auto& systems = access.systems();
  const bool as_system =
      kind && std::find(systems.begin(), systems.end(), ToProto(*kind)) != systems.end();
  const bool as_bootstrap = kind == SystemKind::kOps && access.bootstrap() && peer.official.empty();
  const bool for_official =
      kind == SystemKind::kUnit && !access.permission().empty() && !options_.systems_only;
  if (!as_system && !as_bootstrap && !for_official) {
    throw check.Denied("SYSTEM_NOT_ALLOWED", "this kind of system may not call this RPC");
  }
  call.system = peer.common_name;
  call.system_kind = *kind;
  call.caller = peer.common_name;
  if (*kind != SystemKind::kUnit) return call;  // its certificate says it all

  const std::string unit = UnitOf(peer.common_name);
  const std::shared_ptr<const Snapshot> snapshot = snapshots_.Current();
  CheckUnit(call, peer, *snapshot, unit);
  call.caller = snapshot->CarrierOf(unit);
  if (as_system) return call;

  const Official* const official = snapshot->FindOfficial(peer.official);
  if (official == nullptr) {
    throw check.Denied("OFFICIAL_UNKNOWN",
                       "no `lienthong-official` in the metadata, or an unknown one");
  }
  call.unit = GrantingUnit(check, *snapshot, *official, access.permission());
  call.official = peer.official;
  return call;
}

void Gate::CheckUnit(const rpc::Call& call, const Peer& peer, const Snapshot& snapshot,
                     const std::string& unit) const {
  const Check check{peer, call};
  if (options_.systems_only) {
    // A replica answers from its copy even when the directory is away; it reports how old that is.
    if (!snapshot.HasUnits()) return;
  } else if (!options_.own_directory &&
             call.machine_time - snapshots_.VerifiedAt() > options_.snapshot_age_max) {
    throw check.Refuse(
        base::Unavailable("DIRECTORY_STALE", "the directory snapshot is older than allowed"));
  }
  if (!snapshot.IsActive(unit, call.time)) {
    throw check.Denied("UNIT_NOT_ACTIVE", "the unit of the calling system is not active");
  }
}

}  // namespace lienthong::access
