#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <grpcpp/grpcpp.h>

#include "platform/rpc/call.hpp"
#include "platform/rpc/fields.hpp"
#include "platform/rpc/serve_core.hpp"
#include "platform/rpc/waiting_room.hpp"

namespace lienthong::rpc {

/// One server stream. It is either with a worker (making one message) or in the waiting room (the
/// message is on its way), never both: memory stays flat, and a slow client holds no worker.
/// `open(request)` makes the source of messages when the call has been admitted; `source(call,
/// answer)` fills one, false at the end. Deletes itself in OnDone.
template <class Request, class Answer, class Open>
class DownloadReactor final : public grpc::ServerWriteReactor<Answer>, public Waiter {
 public:
  DownloadReactor(std::shared_ptr<ServeCore> core, const char* method,
                  grpc::CallbackServerContext* context, const Request* request, Open open)
      : core_(std::move(core)),
        context_(context),
        arrival_(*core_, method, context, core_->options.stream_max, core_->options.stream_max),
        request_(request),
        open_(std::move(open)) {}

  void Begin() { Post(); }

  void OnWriteDone(bool ok) override {
    if (!core_->room.Leave(*this)) return;  // the room ended the stream
    if (ok) {
      Post();
    } else {
      End(arrival_.Run([] { throw base::Cancelled(); }));
    }
  }
  void OnCancel() override { arrival_.Cancel(); }
  void OnDone() override {
    arrival_.Finished(status_);
    delete this;
  }

  bool Again() override { return false; }  // never asked: a stream waits for its client only
  void Late() override {
    GiveUp([] {
      throw base::Error(base::ErrorKind::kDeadline, "DEADLINE_EXCEEDED",
                        "the stream was open for too long");
    });
  }
  void Draining() override {
    GiveUp([] { throw ShuttingDown(); });
  }

 private:
  void Post() {
    const bool posted = core_->stream_workers.Post([this] { Step(); });
    if (!posted) End(arrival_.Run([] { throw QueueFull(); }));
  }

  /// On a worker: one message, then its way to the client.
  void Step() {
    bool writing = false;
    const grpc::Status status = arrival_.Run([&] {
      const Call call = arrival_.Admit(/*first=*/source_ == nullptr);
      if (source_ == nullptr) {
        CheckFields(*request_);
        source_ = open_(*request_);
      }
      answer_.Clear();
      if (!source_(call, &answer_)) return;
      WaitingRoom::Stay stay;
      stay.deadline = arrival_.Deadline();
      stay.start = [this] { this->StartWrite(&answer_); };
      writing = arrival_.Wait(*this, stay);
    });
    if (!writing) End(status);
  }

  /// A message that the client does not take would hold up the status for ever.
  template <class Throw>
  void GiveUp(const Throw& why) {
    context_->TryCancel();
    End(arrival_.Run(why));
  }

  void End(const grpc::Status& status) {
    status_ = status;
    this->Finish(status);
  }

  std::shared_ptr<ServeCore> core_;
  grpc::CallbackServerContext* context_;
  Arrival arrival_;
  const Request* request_;
  Open open_;
  std::function<bool(const Call&, Answer*)> source_;
  Answer answer_;
  grpc::Status status_;
};

}  // namespace lienthong::rpc
