#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "lienthong/journal/v1/journal.grpc.pb.h"
#include "lienthong/replica/v1/replica.grpc.pb.h"
#include "ops/result.hpp"
#include "ops/settings.hpp"

namespace lienthong::ops {

using JournalStub = journal::v1::JournalService::StubInterface;
using ReplicaStub = replica::v1::ReplicaService::StubInterface;
using Deadline = std::chrono::system_clock::time_point;

/// How long one call may take; what a command may take in all is its own limit.
inline constexpr std::chrono::seconds kCallLimit{10};
/// Between two tries of a call, and two looks at what goes on.
inline constexpr std::chrono::milliseconds kPause{500};
/// Calls at once. A province with a process for each unit has 120 of them: those that hang must not
/// use up the time of the others, which would be shown as unreachable.
inline constexpr std::size_t kCallsAtOnce = 128;

/// Why there is no answer.
struct Fault {
  Exit exit = Exit::kUnreachable;
  std::string reason;    ///< stable: "BACKEND_UNAVAILABLE"
  std::string text;      ///< for a person
  std::string detail;    ///< what the transport says, if that is where it ended
  bool is_open = false;  ///< the call may have been carried out although no answer came
};

Fault FaultOf(const grpc::Status& status);
Json ToJson(const Fault& fault);

/// What was answered; if nothing was, why.
template <class Answer>
struct Asked {
  std::optional<Answer> answer;
  Fault fault;
};

/// One call, until `deadline` and not longer than `limit`.
template <class Stub, class Request, class Response>
Asked<Response> Ask(std::type_identity_t<Stub>& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Deadline deadline,
                    std::chrono::seconds limit = kCallLimit) {
  grpc::ClientContext context;
  context.set_deadline(std::min<Deadline>(deadline, std::chrono::system_clock::now() + limit));
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return {std::nullopt, FaultOf(status)};
  return {std::move(response), {}};
}

/// Until Ctrl-C, or for so long.
class Interrupt {
 public:
  /// From now on Ctrl-C ends waiting, not the process.
  static void Catch();
  static bool Happened();
  /// False when Ctrl-C came.
  static bool Wait(std::chrono::milliseconds time);
};

/// The same call, which has a request id, again and again while it may have been carried out or
/// not: until `deadline`.
template <class Stub, class Request, class Response>
Asked<Response> AskAgain(std::type_identity_t<Stub>& stub,
                         grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                      Response*),
                         const Request& request, Deadline deadline) {
  for (;;) {
    auto asked = Ask(stub, method, request, deadline);
    const bool has_time = std::chrono::system_clock::now() + kPause < deadline;
    if (asked.answer || !asked.fault.is_open || !has_time || !Interrupt::Wait(kPause)) return asked;
  }
}

/// The process of an owner; of several copies the one that its address leads to.
struct Owner {
  std::string name;
  std::string address;
  std::unique_ptr<JournalStub> journal;
};

/// A process that holds units' copies.
struct ReplicaProcess {
  std::string address;
  std::vector<std::string> units;  ///< in order of their codes
  std::unique_ptr<ReplicaStub> replica;
};

/// All processes that the settings name; connects when they are asked.
struct Province {
  std::vector<Owner> owners;
  std::vector<ReplicaProcess> replicas;

  /// Throws UsageError: LIENTHONG_OWNERS does not name it.
  const Owner& FindOwner(const std::string& name) const;
  /// Throws UsageError: LIENTHONG_REPLICAS does not name it.
  const ReplicaProcess& FindUnit(const std::string& code) const;
};

Province Connect(const Settings& settings);

/// `work(item)` for each item, some at once; the answers in the order of the items. `work` does not
/// throw.
template <class Item, class Work>
auto ForEach(const std::vector<Item>& items, const Work& work) {
  std::vector<decltype(work(items.front()))> answers(items.size());
  std::atomic<std::size_t> next{0};
  const auto take = [&] {
    for (std::size_t i = next++; i < items.size(); i = next++) answers[i] = work(items[i]);
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < std::min(items.size(), kCallsAtOnce); ++i) {
      threads.emplace_back(take);
    }
  }
  return answers;
}

}  // namespace lienthong::ops
