#include "ops/calls.hpp"

#include <csignal>
#include <map>

#include "platform/base/error.hpp"

namespace lienthong::ops {
namespace {

Exit ExitOf(base::ErrorKind kind) {
  switch (kind) {
    case base::ErrorKind::kUnavailable:
    case base::ErrorKind::kDeadline:
    case base::ErrorKind::kCancelled:
      return Exit::kUnreachable;
    case base::ErrorKind::kInvalid:
    case base::ErrorKind::kDenied:           // the certificate is not that of `ops`
    case base::ErrorKind::kUnauthenticated:  // or none that they know
      return Exit::kUsage;
    case base::ErrorKind::kNotFound:
    case base::ErrorKind::kConflict:
    case base::ErrorKind::kTransition:
    case base::ErrorKind::kAborted:
    case base::ErrorKind::kExhausted:
      return Exit::kWrong;
  }
  return Exit::kWrong;
}

constexpr std::chrono::milliseconds kLookAtInterrupt{50};

/// The signal may come in any thread, and several look at it.
std::atomic<bool> interrupt_came{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void KeepInterrupt(int) { interrupt_came = true; }

}  // namespace

void Interrupt::Catch() {
  struct sigaction action {};
  action.sa_handler = KeepInterrupt;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool Interrupt::Happened() { return interrupt_came; }

bool Interrupt::Wait(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!Happened() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(kLookAtInterrupt);
  }
  return !Happened();
}

Fault FaultOf(const grpc::Status& status) {
  const base::Error error = rpc::ErrorOf(status);
  Fault fault;
  fault.exit = ExitOf(error.kind);
  fault.reason = error.reason;
  fault.is_open = fault.exit == Exit::kUnreachable;
  if (error.reason == "BACKEND_UNAVAILABLE") {
    fault.text = "does not answer";
    fault.detail = status.error_message();
  } else if (error.kind == base::ErrorKind::kDeadline) {
    fault.text = "no answer in time";
    fault.detail = status.error_message();
  } else {
    fault.text = error.reason + ": " + error.what();
  }
  return fault;
}

Json ToJson(const Fault& fault) {
  Json json{{"reason", fault.reason}, {"text", fault.text}};
  if (!fault.detail.empty()) json["detail"] = fault.detail;
  return json;
}

const Owner& Province::FindOwner(const std::string& name) const {
  for (const Owner& owner : owners) {
    if (owner.name == name) return owner;
  }
  std::string known;
  for (const Owner& owner : owners) known += (known.empty() ? "" : ", ") + owner.name;
  throw UsageError("no owner " + name + ": LIENTHONG_OWNERS names " + known);
}

const ReplicaProcess& Province::FindUnit(const std::string& code) const {
  for (const ReplicaProcess& process : replicas) {
    if (std::ranges::find(process.units, code) != process.units.end()) return process;
  }
  throw UsageError("no copy of a unit " + code + ": LIENTHONG_REPLICAS does not name it");
}

Province Connect(const Settings& settings) {
  Province province;
  for (const auto& [name, address] : settings.owners) {
    province.owners.push_back(
        {name, address,
         journal::v1::JournalService::NewStub(rpc::OpenChannel(address, settings.identity))});
  }
  std::map<std::string, std::vector<std::string>> processes;
  for (const auto& [unit, address] : settings.replicas) processes[address].push_back(unit);
  for (auto& [address, units] : processes) {
    province.replicas.push_back(
        {address, std::move(units),
         replica::v1::ReplicaService::NewStub(rpc::OpenChannel(address, settings.identity))});
  }
  return province;
}

}  // namespace lienthong::ops
