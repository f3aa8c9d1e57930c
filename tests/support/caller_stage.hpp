#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <typeindex>
#include <utility>

#include <catch2/catch.hpp>
#include <grpcpp/grpcpp.h>

#include "support/owner_stage.hpp"

namespace lienthong::support {

/// A stage whose tests call for many officials: "H09.15/clerk" through the system of the unit that
/// carries H09.15; as `ops` without one. Tests call from several threads.
class CallerStage : public OwnerStage {
 public:
  using OwnerStage::OwnerStage;

  /// A call whatever comes of it.
  template <class Stub, class Request, class Answer>
  Outcome Call(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
               const Request& request, Answer* answer, const std::string& official) {
    std::string unit = official.substr(0, official.find('/'));
    if (const auto carrier = carriers_.find(unit); carrier != carriers_.end()) {
      unit = carrier->second;
    }
    return CallAs(StubOf<Stub>(unit.empty() ? "ops" : "unit-" + unit), rpc, request, answer,
                  official);
  }
  /// The same without its answer.
  template <class Stub, class Request, class Answer>
  Outcome Try(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
              const Request& request, const std::string& official) {
    Answer answer;
    return Call(rpc, request, &answer, official);
  }
  /// A call that must succeed.
  template <class Stub, class Request, class Answer>
  Answer Do(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
            const Request& request, const std::string& official) {
    Answer answer;
    REQUIRE(Call(rpc, request, &answer, official) == kDone);
    return answer;
  }

  /// A request with a new id.
  template <class Request>
  Request New() {
    Request request;
    request.set_request_id(NewId());
    return request;
  }
  /// Do(), of a new request that `set` fills.
  template <class Stub, class Request, class Answer, class Set>
  Answer Step(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
              const std::string& official, const Set& set) {
    Request request = New<Request>();
    set(request);
    return Do(rpc, request, official);
  }
  /// Try(), likewise.
  template <class Stub, class Request, class Answer, class Set>
  Outcome TryStep(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
                  const std::string& official, const Set& set) {
    Request request = New<Request>();
    set(request);
    return Try(rpc, request, official);
  }

  template <class Stub>
  Stub& StubOf(const std::string& system) {
    const std::lock_guard lock(stubs_mutex_);
    auto& stub = stubs_[{std::type_index(typeid(Stub)), system}];
    if (!stub) stub = std::make_shared<Stub>(Channel(system));
    return *static_cast<Stub*>(stub.get());
  }
  /// Officials of `unit` call through the system of `carrier`.
  void Carry(const std::string& unit, const std::string& carrier) { carriers_[unit] = carrier; }

 private:
  std::map<std::string, std::string> carriers_;
  std::mutex stubs_mutex_;
  std::map<std::pair<std::type_index, std::string>, std::shared_ptr<void>> stubs_;
};

}  // namespace lienthong::support
