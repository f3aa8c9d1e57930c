#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <google/protobuf/text_format.h>
#include <grpcpp/generic/generic_stub.h>

#include "support/owner_stage.hpp"

/// RPCs of a service by their descriptors, and all that comes back of a call.
namespace lienthong::support {

/// All that came back of a call.
struct Reply {
  Outcome outcome;
  std::string text;  ///< messages, status, details, metadata
  std::string data;  ///< the bytes that messages of a stream carry
};

/// Calls any RPC of an owner, of whatever kind, by its descriptor.
class AnyRpc {
 public:
  using Method = google::protobuf::MethodDescriptor;

  explicit AnyRpc(OwnerStage& owner) : owner_(owner) { Add(journal::ApiDescriptor()); }

  void Add(const google::protobuf::ServiceDescriptor& service) {
    for (int i = 0; i < service.method_count(); ++i) {
      methods_[service.name() + "." + service.method(i)->name()] = service.method(i);
    }
  }
  /// By "<service>.<method>".
  const std::map<std::string, const Method*>& Methods() const { return methods_; }

  /// `asked`: the request in protobuf's text format; it gets an id where it has one. `official`:
  /// empty for a system that knows none.
  Reply Call(const std::string& system, const std::string& name, const std::string& asked,
             const std::string& official) {
    const Method& method = *methods_.at(name);
    grpc::ClientContext context;
    if (!official.empty()) context.AddMetadata("lienthong-official", official);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    grpc::CompletionQueue queue;
    const auto done = [&] {
      void* tag = nullptr;
      bool ok = false;
      REQUIRE(queue.Next(&tag, &ok));
      return ok;
    };
    const auto stream = StubOf(system).PrepareCall(
        &context, "/" + method.service()->full_name() + "/" + method.name(), &queue);
    stream->StartCall(nullptr);
    done();
    const grpc::Slice slice(RequestOf(method, asked)->SerializeAsString());
    stream->WriteLast(grpc::ByteBuffer(&slice, 1), {}, nullptr);
    done();
    Reply answer;
    for (;;) {
      grpc::ByteBuffer buffer;
      stream->Read(&buffer, nullptr);
      if (!done()) break;
      grpc::Slice piece;
      REQUIRE(buffer.DumpToSingleSlice(&piece).ok());
      Take(method, std::string(piece.begin(), piece.end()), answer);
    }
    grpc::Status status;
    stream->Finish(&status, nullptr);
    done();
    answer.outcome = OutcomeOf(status);
    answer.text += status.error_message() + "\n" + status.error_details();
    for (const auto& [key, value] : context.GetServerTrailingMetadata()) {
      answer.text += "\n" + std::string(value.data(), value.size());
    }
    return answer;
  }

 private:
  using Message = google::protobuf::Message;

  std::unique_ptr<Message> RequestOf(const Method& method, const std::string& asked) {
    std::unique_ptr<Message> request(google::protobuf::MessageFactory::generated_factory()
                                         ->GetPrototype(method.input_type())
                                         ->New());
    INFO(method.full_name() << ": " << asked);
    REQUIRE(google::protobuf::TextFormat::ParseFromString(asked, request.get()));
    if (const auto* const id = method.input_type()->FindFieldByName("request_id")) {
      request->GetReflection()->SetString(request.get(), id, owner_.NewId());
    }
    return request;
  }
  static void Take(const Method& method, const std::string& bytes, Reply& answer) {
    answer.text += bytes + "\n";
    const auto* const field = method.output_type()->FindFieldByName("data");
    if (field == nullptr) return;
    const std::unique_ptr<Message> message(google::protobuf::MessageFactory::generated_factory()
                                               ->GetPrototype(method.output_type())
                                               ->New());
    REQUIRE(message->ParseFromString(bytes));
    answer.data += message->GetReflection()->GetString(*message, field);
  }
  grpc::GenericStub& StubOf(const std::string& system) {
    auto& stub = stubs_[system];
    if (!stub) stub = std::make_unique<grpc::GenericStub>(owner_.Channel(system));
    return *stub;
  }

  OwnerStage& owner_;
  std::map<std::string, const Method*> methods_;
  std::map<std::string, std::unique_ptr<grpc::GenericStub>> stubs_;
};

/// What "$name" stands for, round by round.
using Values = std::map<std::string, std::vector<std::string>>;

/// The request with each "$name" replaced by the round's value of that name.
inline std::string Filled(std::string request, const Values& values, std::size_t round) {
  for (auto name = values.rbegin(); name != values.rend(); ++name) {  // longer names first
    const std::string mark = "$" + name->first;
    for (std::size_t at = 0; (at = request.find(mark, at)) != std::string::npos;) {
      const std::string& value = name->second[round % name->second.size()];
      request.replace(at, mark.size(), value);
      at += value.size();
    }
  }
  return request;
}

}  // namespace lienthong::support
