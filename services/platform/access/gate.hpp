#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <google/protobuf/descriptor.h>

#include "platform/access/snapshot.hpp"
#include "platform/base/clock.hpp"
#include "platform/kafka/catalogue.hpp"
#include "platform/rpc/call.hpp"

namespace lienthong::access {

struct GateOptions {
  std::chrono::seconds snapshot_age_max{3600};
  /// Directory reads its own tables: its snapshot is never stale.
  bool own_directory = false;
  /// A replica has no officials: calls come from systems.
  bool systems_only = false;
};

/// What the transport knows of a caller.
struct Peer {
  std::string common_name;  ///< empty = no client certificate
  std::string official;     ///< metadata `lienthong-official`
  std::string traceparent;
};

/// Decides who may call an RPC: certificate -> system -> unit; official holds a position now in
/// that unit or in one it carries; the position grants the permission that the RPC names
/// (lienthong.access.v1.access). Any thread.
class Gate {
 public:
  Gate(const kafka::Catalogue& catalogue, const SnapshotHolder& snapshots, const base::Clock& clock,
       GateOptions options);

  /// Fills who calls and the times. Throws kUnauthenticated SYSTEM_UNKNOWN, kDenied with the
  /// reasons of access/v1/reason.proto, kUnavailable DIRECTORY_STALE (only where the snapshot
  /// decides: systems of units; `ops` and services are told by their certificate). Denials are
  /// logged and counted.
  rpc::Call Admit(const Peer& peer, const google::protobuf::MethodDescriptor& method) const;

 private:
  void CheckUnit(const rpc::Call& call, const Peer& peer, const Snapshot& snapshot,
                 const std::string& unit) const;

  const kafka::Catalogue& catalogue_;
  const SnapshotHolder& snapshots_;
  const base::Clock& clock_;
  GateOptions options_;
};

}  // namespace lienthong::access
