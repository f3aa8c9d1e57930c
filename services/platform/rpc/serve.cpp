#include "platform/rpc/serve.hpp"

#include <algorithm>
#include <exception>
#include <typeinfo>

#include "platform/base/log.hpp"
#include "platform/pg/database.hpp"
#include "platform/rpc/fields.hpp"
#include "platform/rpc/status.hpp"
#include "platform/rpc/trace.hpp"

namespace lienthong::rpc {
namespace {

using std::chrono::milliseconds;

/// A waiting call is answered this long before its caller's deadline (at most a tenth of the whole
/// time), so that the answer still arrives.
constexpr milliseconds kAnswerMargin{500};

/// One unary call: on a worker, or in the waiting room. Deletes itself in OnDone.
class UnaryReactor final : public grpc::ServerUnaryReactor, public Waiter {
 public:
  using Body = std::function<bool(const Call&)>;

  UnaryReactor(std::shared_ptr<ServeCore> core, const char* method,
               grpc::CallbackServerContext* context, const google::protobuf::Message* request,
               Body body, std::function<base::Error()> late)
      : core_(std::move(core)),
        arrival_(*core_, method, context, core_->options.deadline_default,
                 core_->options.deadline_max),
        request_(request),
        body_(std::move(body)),
        late_(std::move(late)) {}

  void Begin() {
    if (!Post()) End(arrival_.Run([] { throw QueueFull(); }));
  }

  void OnCancel() override {
    arrival_.Cancel();
    if (core_->room.Leave(*this)) End(arrival_.Run([] { throw base::Cancelled(); }));
  }
  void OnDone() override { delete this; }

  bool Again() override { return Post(); }
  void Late() override {
    End(arrival_.Run([this] { throw late_(); }));
  }
  void Draining() override {
    End(arrival_.Run([] { throw ShuttingDown(); }));
  }

 private:
  bool Post() {
    return core_->workers.Post([this] { Work(); });
  }

  /// On a worker, until it is done or in the room.
  void Work() {
    bool done = false;
    bool waiting = false;
    grpc::Status status;
    while (status.ok() && !done && !waiting) {
      status = arrival_.Run([&] {
        const Call call = arrival_.Admit(first_);
        const WaitingRoom::Lane lane = WaitingRoom::LaneOf(call.caller);
        const std::uint64_t generation = core_->room.Generation(lane);
        if (first_) CheckFields(*request_);
        first_ = false;
        done = body_(call);
        if (!done) waiting = Wait(lane, generation);
      });
    }
    if (!waiting) End(status);
  }

  bool Wait(WaitingRoom::Lane lane, std::uint64_t generation) {
    WaitingRoom::Stay stay;
    const auto whole = arrival_.Deadline() - arrival_.ArrivedAt();
    stay.deadline = arrival_.Deadline() -
                    std::min<std::chrono::steady_clock::duration>(kAnswerMargin, whole / 10);
    stay.lane = lane;
    stay.generation = generation;
    return arrival_.Wait(*this, stay);
  }

  void End(const grpc::Status& status) {
    arrival_.Finished(status);
    Finish(status);
  }

  std::shared_ptr<ServeCore> core_;
  Arrival arrival_;
  const google::protobuf::Message* request_;
  Body body_;
  std::function<base::Error()> late_;
  bool first_ = true;
};

}  // namespace

Serve::Serve(const google::protobuf::ServiceDescriptor& service, std::string domain,
             const access::Gate& gate, Workers& workers, Workers& stream_workers,
             redis::Limiter* limiter, ServeOptions options)
    : core_(std::make_shared<ServeCore>(service, std::move(domain), gate, workers, stream_workers,
                                        limiter, options)) {}

grpc::Status Arrival::Run(const std::function<void()>& step) const {
  // The step may give the call away (Wait): nothing of it is touched after it has returned.
  try {
    step();
    return grpc::Status::OK;
  } catch (const base::Error& error) {
    return ToStatus(Told(error), core_.domain);
  } catch (const pqxx::sql_error& error) {
    // Its text quotes rows, and rows are personal.
    base::LogError("call failed", {{"rpc", method_.descriptor.full_name()},
                                   {"trace_id", TraceId(peer_.traceparent)},
                                   {"cause", "SQL error"},
                                   {"sqlstate", error.sqlstate()},
                                   {"statement", error.query()}});
  } catch (const std::exception& error) {
    base::LogError("call failed", {{"rpc", method_.descriptor.full_name()},
                                   {"trace_id", TraceId(peer_.traceparent)},
                                   {"type", typeid(error).name()},
                                   {"cause", pg::CauseOf(error)}});
  } catch (...) {
    base::LogError("call failed", {{"rpc", method_.descriptor.full_name()},
                                   {"trace_id", TraceId(peer_.traceparent)},
                                   {"cause", "not an exception of the standard library"}});
  }
  return InternalStatus(core_.domain, TraceId(peer_.traceparent));
}

grpc::ServerUnaryReactor* Serve::RunUnary(const char* method, grpc::CallbackServerContext* context,
                                          const google::protobuf::Message* request, Body body) {
  return RunWaiting(method, context, request, std::move(body), {});
}

grpc::ServerUnaryReactor* Serve::RunWaiting(const char* method,
                                            grpc::CallbackServerContext* context,
                                            const google::protobuf::Message* request, Body body,
                                            std::function<base::Error()> late) {
  auto* const reactor = new UnaryReactor(core_, method, context, request, std::move(body),
                                         std::move(late));  // deletes itself in OnDone
  reactor->Begin();
  return reactor;
}

void Serve::Notify(const std::string& caller) { core_->room.Notify(WaitingRoom::LaneOf(caller)); }

void Serve::Drain() {
  core_->draining = true;
  core_->room.Close();
}

}  // namespace lienthong::rpc
