#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <google/protobuf/descriptor.h>
#include <grpcpp/grpcpp.h>

#include "platform/access/gate.hpp"
#include "platform/base/error.hpp"
#include "platform/redis/limiter.hpp"
#include "platform/rpc/call.hpp"
#include "platform/rpc/serve_core.hpp"
#include "platform/rpc/serve_download.hpp"
#include "platform/rpc/serve_stream.hpp"
#include "platform/rpc/workers.hpp"

namespace lienthong::rpc {

/// Runs the handlers of one gRPC service: access, deadline, queue, metrics, and the one try/catch
/// that turns exceptions into statuses. Handlers are plain blocking code on a worker. Any thread.
///
/// In a service's api.cpp, which only lists its RPCs:
///   grpc::ServerUnaryReactor* GetCitizen(grpc::CallbackServerContext* context,
///       const GetCitizenRequest* request, Citizen* answer) override {
///     return serve_.Run<&Service::GetCitizen>(service_, __func__, context, request, answer);
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

  /// A unary RPC that is one method of a service: `Answer (Service::*)(const Call&, const
  /// Request&)`.
  template <auto kUseCase, class Service, class Request, class Answer>
  grpc::ServerUnaryReactor* Run(Service& service, const char* method,
                                grpc::CallbackServerContext* context, const Request* request,
                                Answer* answer) {
    return Unary(method, context, request, answer,
                 [&service](const Call& call, const Request& asked) {
                   return (service.*kUseCase)(call, asked);
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
  /// Runs the waiting handlers of a caller (rpc::Call) again. Does not block.
  void Notify(const std::string& caller);

  /// A client stream: `chunk(call, message, answer)` for each message in order, on the stream
  /// workers; the next message is read when it has returned. The first error ends the stream;
  /// every message is admitted anew and has the time of a call.
  template <class Request, class Answer, class Handler>
  grpc::ServerReadReactor<Request>* ClientStream(const char* method,
                                                 grpc::CallbackServerContext* context,
                                                 Answer* answer, Handler chunk) {
    auto* const reactor = new StreamReactor<Request, Answer, Handler>(
        core_, method, context, answer, std::move(chunk));  // deletes itself in OnDone
    reactor->Begin();
    return reactor;
  }

  /// A server stream: `open(request)` makes its source, `bool source(call, Answer*)`, which fills
  /// one message after the other on the stream workers; false at the end. Every message is admitted
  /// anew.
  template <class Request, class Answer, class Open>
  grpc::ServerWriteReactor<Answer>* ServerStream(const char* method,
                                                 grpc::CallbackServerContext* context,
                                                 const Request* request, Open open) {
    auto* const reactor = new DownloadReactor<Request, Answer, Open>(
        core_, method, context, request, std::move(open));  // deletes itself in OnDone
    reactor->Begin();
    return reactor;
  }

  /// The process shuts down: waiting calls and streams end with DRAINING, new ones are refused so.
  /// For ServerOptions::on_drain.
  void Drain();

 private:
  using Body = std::function<bool(const Call&)>;  ///< false = not yet
  grpc::ServerUnaryReactor* RunUnary(const char* method, grpc::CallbackServerContext* context,
                                     const google::protobuf::Message* request, Body body);
  grpc::ServerUnaryReactor* RunWaiting(const char* method, grpc::CallbackServerContext* context,
                                       const google::protobuf::Message* request, Body body,
                                       std::function<base::Error()> late);

  std::shared_ptr<ServeCore> core_;
};

}  // namespace lienthong::rpc
