#include "platform/rpc/serve_core.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "lienthong/access/v1/access.pb.h"
#include "platform/base/error.hpp"
#include "platform/base/log.hpp"
#include "platform/rpc/trace.hpp"

namespace lienthong::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr milliseconds kRetryAfter{200};
/// In the range that protobuf reserves for itself: no message has such a field.
constexpr int kUnreadField = 19'000;

std::string MetadataOf(const grpc::CallbackServerContext& context, const char* name) {
  const auto& metadata = context.client_metadata();
  const auto at = metadata.find(name);
  return at == metadata.end() ? std::string() : std::string(at->second.data(), at->second.size());
}

access::Peer PeerOf(const grpc::CallbackServerContext& context) {
  access::Peer peer;
  const auto names = context.auth_context()->FindPropertyValues("x509_common_name");
  // Two names would be two callers: nobody then.
  if (names.size() == 1) peer.common_name.assign(names[0].data(), names[0].size());
  peer.official = MetadataOf(context, "lienthong-official");
  peer.traceparent = AcceptTraceparent(MetadataOf(context, "traceparent"));
  return peer;
}

milliseconds TimeLeft(const grpc::CallbackServerContext& context, milliseconds limit,
                      milliseconds limit_max) {
  const auto deadline = context.deadline();
  if (deadline == system_clock::time_point::max()) return limit;
  const auto now = system_clock::now();  // the clock gRPC converts its deadline to
  // Compared as time points: a far deadline would overflow as a duration of nanoseconds.
  if (deadline >= now + limit_max) return limit_max;
  return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(deadline - now));
}

ServeCore::Method& FindMethod(ServeCore& core, const char* name) {
  const auto at = core.methods.find(std::string_view(name));
  if (at == core.methods.end()) {
    throw std::logic_error(std::string("no RPC of this service: ") + name);
  }
  return *at->second;
}

}  // namespace

ServeCore::Method::Method(const google::protobuf::ServiceDescriptor& service,
                          const google::protobuf::MethodDescriptor& descriptor)
    : descriptor(descriptor),
      metrics(service.full_name(), descriptor.name(),
              descriptor.client_streaming()   ? "client_stream"
              : descriptor.server_streaming() ? "server_stream"
                                              : "unary") {}

ServeCore::ServeCore(const google::protobuf::ServiceDescriptor& service, std::string domain,
                     const access::Gate& gate, Workers& workers, Workers& stream_workers,
                     redis::Limiter* limiter, ServeOptions options)
    : domain(std::move(domain)),
      gate(gate),
      workers(workers),
      stream_workers(stream_workers),
      limiter(limiter),
      options(options),
      room(options.waiters_max) {
  for (int i = 0; i < service.method_count(); ++i) {
    const auto* const method = service.method(i);
    if (!method->options().HasExtension(access::v1::access)) {
      throw std::logic_error(method->full_name() + " does not say who may call it");
    }
    methods.emplace(method->name(), std::make_unique<Method>(service, *method));
  }
}

Arrival::Arrival(ServeCore& core, const char* method, grpc::CallbackServerContext* context,
                 milliseconds limit, milliseconds limit_max)
    : core_(core),
      method_(FindMethod(core, method)),
      peer_(PeerOf(*context)),
      arrived_at_(steady_clock::now()),
      deadline_(arrived_at_ + TimeLeft(*context, limit, limit_max)),
      cancelled_(std::make_shared<std::atomic<bool>>(false)) {
  method_.metrics.Started();
}

Call Arrival::Admit(bool first) const {
  const auto now = steady_clock::now();
  if (now >= deadline_) {
    throw base::Error(base::ErrorKind::kDeadline, "DEADLINE_EXCEEDED",
                      "the deadline passed before the call was started");
  }
  if (IsCancelled()) throw base::Cancelled();
  if (core_.draining) throw ShuttingDown();
  Call call = core_.gate.Admit(peer_, method_.descriptor);
  call.cancelled = cancelled_;
  // One message of a long stream has no more time than a call.
  call.deadline = std::min(deadline_, now + core_.options.deadline_max);
  if (first && core_.limiter != nullptr && core_.options.quota.calls_max > 0) {
    const auto verdict = core_.limiter->Take(call.system, core_.options.quota);
    if (!verdict.allowed) {
      throw base::Exhausted("QUOTA_EXCEEDED", "the quota of the calling system is used up",
                            std::max(verdict.retry_after, milliseconds(1)));
    }
  }
  return call;
}

base::Error Arrival::Told(const base::Error& error) const {
  if (error.kind != base::ErrorKind::kConflict) return error;
  base::LogWarning("a natural key is in use", {{"rpc", method_.descriptor.full_name()},
                                               {"system", peer_.common_name},
                                               {"reason", error.reason},
                                               {"trace_id", TraceId(peer_.traceparent)}});
  if (core_.limiter == nullptr) return error;
  const auto verdict =
      core_.limiter->Take("conflict/" + peer_.common_name,
                          {core_.options.conflicts_per_hour_max, std::chrono::hours(1)});
  if (verdict.allowed) return error;
  return base::Exhausted("QUOTA_EXCEEDED", "too many keys that are in use",
                         std::max(verdict.retry_after, milliseconds(1)));
}

bool Arrival::Wait(Waiter& waiter, WaitingRoom::Stay stay) const {
  stay.cancelled = cancelled_.get();
  switch (core_.room.Enter(waiter, stay)) {
    case WaitingRoom::Entry::kIn:
      return true;
    case WaitingRoom::Entry::kNotified:
      return false;
    case WaitingRoom::Entry::kCancelled:
      throw base::Cancelled();
    case WaitingRoom::Entry::kFull:
      throw QueueFull();
    case WaitingRoom::Entry::kDraining:
      throw ShuttingDown();
  }
  throw std::logic_error("no such way to enter the waiting room");
}

void Arrival::Finished(const grpc::Status& status) const {
  method_.metrics.Handled(status.error_code(), steady_clock::now() - arrived_at_);
}

base::Error QueueFull() {
  return base::Exhausted("QUEUE_FULL", "too many calls wait", kRetryAfter);
}

base::Error ShuttingDown() {
  return base::Unavailable("DRAINING", "the service is shutting down", kRetryAfter);
}

void MarkUnread(google::protobuf::Message* message, std::uint64_t mark) {
  message->Clear();
  message->GetReflection()->MutableUnknownFields(message)->AddVarint(kUnreadField, mark);
}

bool IsUnread(const google::protobuf::Message& message, std::uint64_t mark) {
  const auto& unknown = message.GetReflection()->GetUnknownFields(message);
  return unknown.field_count() == 1 && unknown.field(0).number() == kUnreadField &&
         unknown.field(0).type() == google::protobuf::UnknownField::TYPE_VARINT &&
         unknown.field(0).varint() == mark;
}

base::Error Malformed() {
  return base::InvalidField("*",
                            "not a message of the expected type, or a text in it is not UTF-8");
}

}  // namespace lienthong::rpc
