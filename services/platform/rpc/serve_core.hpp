#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include "platform/access/gate.hpp"
#include "platform/base/error.hpp"
#include "platform/redis/limiter.hpp"
#include "platform/rpc/call.hpp"
#include "platform/rpc/metrics.hpp"
#include "platform/rpc/waiting_room.hpp"
#include "platform/rpc/workers.hpp"

namespace lienthong::rpc {

struct ServeOptions {
  std::chrono::milliseconds deadline_default{10'000};
  std::chrono::milliseconds deadline_max{30'000};
  /// Longest life of one import stream.
  std::chrono::milliseconds stream_max{3'600'000};
  /// Calls of one system, counted by its certificate; a stream counts once. 0 calls = no quota.
  redis::Limit quota{};
  /// Answers "that natural key is in use" to one system in an hour: each tells that a record exists
  /// which the caller may not be allowed to see.
  std::int64_t conflicts_per_hour_max = 1000;
  /// Calls that wait without a worker (for a version, or for the next message of their stream).
  std::size_t waiters_max = 10'000;
};

/// What the calls of one gRPC service share; made by Serve, kept by each reactor.
struct ServeCore {
  struct Method {
    Method(const google::protobuf::ServiceDescriptor& service,
           const google::protobuf::MethodDescriptor& descriptor);

    const google::protobuf::MethodDescriptor& descriptor;
    MethodMetrics metrics;
  };

  ServeCore(const google::protobuf::ServiceDescriptor& service, std::string domain,
            const access::Gate& gate, Workers& workers, Workers& stream_workers,
            redis::Limiter* limiter, ServeOptions options);

  std::string domain;
  const access::Gate& gate;
  Workers& workers;
  Workers& stream_workers;
  redis::Limiter* limiter;
  ServeOptions options;
  std::map<std::string, std::unique_ptr<Method>, std::less<>> methods;
  std::atomic<bool> draining{false};
  WaitingRoom room;  ///< last: its thread uses the calls, which use the rest
};

/// One call on its way through the process, from its arrival to its status. Owned by its reactor;
/// one thread at a time, but for Cancel.
class Arrival {
 public:
  /// `limit` holds when the caller names no deadline, `limit_max` when it names a later one.
  Arrival(ServeCore& core, const char* method, grpc::CallbackServerContext* context,
          std::chrono::milliseconds limit, std::chrono::milliseconds limit_max);

  /// Runs a step of the call; what it throws becomes a status, and a defect is logged.
  grpc::Status Run(const std::function<void()>& step) const;

  /// Still wanted (deadline, client, drain), allowed, and, for the first step, within the quota?
  /// Throws otherwise.
  Call Admit(bool first) const;
  /// Puts the waiter into the room. True = it is there, and not the caller's any more; false = what
  /// it waits for may have come: look again. Throws when it may not wait.
  bool Wait(Waiter& waiter, WaitingRoom::Stay stay) const;

  /// Counts the call; its status goes to the caller next.
  void Finished(const grpc::Status& status) const;
  void Cancel() const { cancelled_->store(true); }
  bool IsCancelled() const { return cancelled_->load(); }
  WaitingRoom::Deadline Deadline() const { return deadline_; }
  WaitingRoom::Deadline ArrivedAt() const { return arrived_at_; }

 private:
  /// What may be told of an error, which is in the log if it tells of a record.
  base::Error Told(const base::Error& error) const;

  ServeCore& core_;
  ServeCore::Method& method_;
  access::Peer peer_;
  WaitingRoom::Deadline arrived_at_;
  WaitingRoom::Deadline deadline_;
  std::shared_ptr<std::atomic<bool>> cancelled_;
};

base::Error QueueFull();
base::Error ShuttingDown();

/// gRPC reports the end of a stream and a message that cannot be parsed alike. Parsing clears the
/// message first, so a mark in it tells them apart: still there = nothing was read.
void MarkUnread(google::protobuf::Message* message, std::uint64_t mark);
bool IsUnread(const google::protobuf::Message& message, std::uint64_t mark);
/// A request that is not a message of its type, for example with text that is not UTF-8: the
/// parser refuses it before a field can be named.
base::Error Malformed();

}  // namespace lienthong::rpc
