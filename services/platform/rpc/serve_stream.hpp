#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include <grpcpp/grpcpp.h>

#include "platform/rpc/call.hpp"
#include "platform/rpc/fields.hpp"
#include "platform/rpc/serve_core.hpp"
#include "platform/rpc/waiting_room.hpp"

namespace lienthong::rpc {

/// One client stream. It is either with a worker (one message) or in the waiting room (a read is
/// under way), never both, so that memory stays flat and exactly one of them may finish it.
/// Deletes itself in OnDone.
template <class Request, class Answer, class Handler>
class StreamReactor final : public grpc::ServerReadReactor<Request>, public Waiter {
 public:
  StreamReactor(std::shared_ptr<ServeCore> core, const char* method,
                grpc::CallbackServerContext* context, Answer* answer, Handler chunk)
      : core_(std::move(core)),
        arrival_(*core_, method, context, core_->options.stream_max, core_->options.stream_max),
        answer_(answer),
        chunk_(std::move(chunk)) {}

  void Begin() {
    Post([this] { arrival_.Admit(/*first=*/true); });
  }

  void OnReadDone(bool ok) override {
    if (!core_->room.Leave(*this)) return;  // the room ended the stream
    if (ok) {
      Post([this] { Handle(); });
    } else {
      End(arrival_.Run([this] { CheckEnd(); }));
    }
  }
  void OnCancel() override { arrival_.Cancel(); }
  void OnDone() override {
    // Counted only here: a read may fail before gRPC says that the call was cancelled.
    const bool in_vain = status_.ok() && arrival_.IsCancelled();
    arrival_.Finished(in_vain ? grpc::Status::CANCELLED : status_);
    delete this;
  }

  bool Again() override { return false; }  // never asked: a stream waits for its client only
  void Late() override {
    End(arrival_.Run([] {
      throw base::Error(base::ErrorKind::kDeadline, "DEADLINE_EXCEEDED",
                        "the stream was open for too long");
    }));
  }
  void Draining() override {
    End(arrival_.Run([] { throw ShuttingDown(); }));
  }

 private:
  void Post(std::function<void()> step) {
    const bool posted = core_->stream_workers.Post([this, step = std::move(step)] { Step(step); });
    if (!posted) End(arrival_.Run([] { throw QueueFull(); }));
  }

  /// On a worker: one step, then the next read.
  void Step(const std::function<void()>& step) {
    bool reading = false;
    const grpc::Status status = arrival_.Run([&] {
      step();
      MarkUnread(&request_, Mark());
      WaitingRoom::Stay stay;
      stay.deadline = arrival_.Deadline();
      stay.start = [this] { this->StartRead(&request_); };
      reading = arrival_.Wait(*this, stay);
    });
    if (!reading) End(status);
  }

  void Handle() {
    const Call call = arrival_.Admit(/*first=*/false);
    CheckFields(request_);
    chunk_(call, request_, answer_);
  }

  /// No further message: was that the end?
  void CheckEnd() const {
    if (arrival_.IsCancelled()) throw base::Cancelled();
    if (!IsUnread(request_, Mark())) throw Malformed();
  }

  void End(const grpc::Status& status) {
    status_ = status;
    this->Finish(status);
  }

  /// No client can guess it.
  std::uint64_t Mark() const { return reinterpret_cast<std::uintptr_t>(this); }

  std::shared_ptr<ServeCore> core_;
  Arrival arrival_;
  Answer* answer_;
  Handler chunk_;
  Request request_;
  grpc::Status status_;
};

}  // namespace lienthong::rpc
