#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <google/protobuf/descriptor.h>
#include <grpcpp/grpcpp.h>

#include "platform/access/gate.hpp"
#include "platform/rpc/call.hpp"
#include "platform/rpc/workers.hpp"

namespace lienthong::redis {
class Limiter;
}

namespace lienthong::rpc {

struct ServeOptions {
  std::chrono::milliseconds deadline_default{10'000};
  std::chrono::milliseconds deadline_max{30'000};
  /// Longest life of one import stream.
  std::chrono::milliseconds stream_max{3'600'000};
};

/// Runs the handlers of one gRPC service: access, deadline, queue, metrics, and the one try/catch
/// that turns exceptions into statuses. Handlers are plain blocking code on a worker. Any thread.
///
/// In a service's api.hpp, which only lists its RPCs:
///   grpc::ServerUnaryReactor* GetCitizen(grpc::CallbackServerContext* context,
///       const GetCitizenRequest* request, Citizen* answer) override {
///     return serve_.Unary(__func__, context, request, answer,
///         [this](const Call& call, const GetCitizenRequest& r) { return service_.GetCitizen(call, r); });
///   }
class Serve {
 public:
  /// `service` is the descriptor of the gRPC service; ErrorInfo's domain is `domain` ("registry").
  Serve(const google::protobuf::ServiceDescriptor& service, std::string domain,
        const access::Gate& gate, Workers& workers, Workers& stream_workers,
        redis::Limiter* limiter, ServeOptions options = {});

  template <class Request, class Answer, class Handler>
  grpc::ServerUnaryReactor* Unary(const char* method, grpc::CallbackServerContext* context,
                                  const Request* request, Answer* answer, Handler handler) {
    return RunUnary(method, context, request, [request, answer, handler](const Call& call) {
      *answer = handler(call, *request);
      return true;
    });
  }

  /// The handler returns std::optional<Answer>: nullopt = not yet. It is run again, without holding
  /// a worker in between, when `Notify` is called, until the deadline; then `late()` is thrown.
  template <class Request, class Answer, class Handler, class Late>
  grpc::ServerUnaryReactor* Waiting(const char* method, grpc::CallbackServerContext* context,
                                    const Request* request, Answer* answer, Handler handler,
                                    Late late) {
    return RunWaiting(
        method, context, request,
        [request, answer, handler](const Call& call) {
          std::optional<Answer> result = handler(call, *request);
          if (!result) return false;
          *answer = std::move(*result);
          return true;
        },
        late);
  }
  /// Runs waiting handlers again.
  void Notify();

  /// A client stream: `chunk(call, message, answer)` for each message in order, on the stream
  /// workers.
  template <class Request, class Answer, class Handler>
  grpc::ServerReadReactor<Request>* ClientStream(const char* method,
                                                 grpc::CallbackServerContext* context,
                                                 Answer* answer, Handler chunk);

 private:
  struct Impl;
  using Body = std::function<bool(const Call&)>;  ///< false = not yet
  grpc::ServerUnaryReactor* RunUnary(const char* method, grpc::CallbackServerContext* context,
                                     const google::protobuf::Message* request, Body body);
  grpc::ServerUnaryReactor* RunWaiting(const char* method, grpc::CallbackServerContext* context,
                                       const google::protobuf::Message* request, Body body,
                                       std::function<base::Error()> late);

  std::shared_ptr<Impl> impl_;
};

}  // namespace lienthong::rpc
