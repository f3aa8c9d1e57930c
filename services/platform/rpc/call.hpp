#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "platform/base/clock.hpp"

namespace lienthong::rpc {

/// Kinds of calling systems.
enum class SystemKind { kUnit, kService, kOps };

/// Who calls, for whom, until when: made by rpc::Serve after all access checks have passed.
struct Call {
  std::string rpc;     ///< "/lienthong.registry.v1.RegistryService/RegisterCitizen"
  std::string system;  ///< CN of the certificate: "unit-H09.718--office", "service-registry"
  SystemKind system_kind = SystemKind::kUnit;
  /// The unit (carrier) or service the call comes from, whatever certificate it used: "H09.718",
  /// "service-registry", "ops". Scope of request ids, and the member of audiences.
  std::string caller;
  std::string unit;         ///< unit in which the official holds the position; empty without one
  std::string official;     ///< empty without one
  std::string traceparent;  ///< W3C; made here when the caller sent none
  base::Time time;          ///< business time of the call
  base::Time machine_time;  ///< machine time of the call
  std::chrono::steady_clock::time_point deadline;
  std::shared_ptr<std::atomic<bool>> cancelled;  ///< set when the client went away
};

}  // namespace lienthong::rpc
