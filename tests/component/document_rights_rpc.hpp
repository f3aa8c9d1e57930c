#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include <google/protobuf/text_format.h>
#include <grpcpp/generic/generic_stub.h>

#include "platform/journal/api.hpp"
#include "support/document_owner.hpp"
#include "support/zip.hpp"

/// RPCs of the document service by their descriptors, and all that comes back of a call.
namespace lienthong::document {

using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

inline std::string UnitOf(const std::string& official) {
  return official.substr(0, official.find('/'));
}

/// What pdftotext reads in a PDF, without spaces: a narrow column breaks words.
inline std::string TextOfPdf(const std::string& pdf) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("lienthong-" + base::RandomIds().New() + ".pdf");
  std::ofstream(path, std::ios::binary) << pdf;
  FILE* const reader = ::popen(("pdftotext -raw " + path + " -").c_str(), "r");
  REQUIRE(reader != nullptr);
  std::string text;
  for (int c = std::fgetc(reader); c != EOF; c = std::fgetc(reader)) {
    if (c != ' ' && c != '\n') text += static_cast<char>(c);
  }
  REQUIRE(::pclose(reader) == 0);
  std::filesystem::remove(path);
  return text;
}

/// All that came back of a call.
struct Reply {
  Outcome outcome;
  std::string text;  ///< messages, status, details, metadata; files of it unpacked
};

/// Calls any RPC, of whatever kind, by its descriptor.
class AnyRpc {
 public:
  explicit AnyRpc(DocumentOwner& owner)
      : owner_(owner), journal_(owner.pool_, owner.clock_, owner.ids_, {"document"}) {
    // As main.cpp serves them; the journal is another one, so that the served one stays as it is.
    const Parts parts{owner.pool_,      journal_,      owner.sharing_,
                      owner.snapshots_, owner.tokens_, owner.ids_};
    Services services(parts, owner.AllFiles());
    for (const owner::Api& api : Apis(services)) Add(api.descriptor);
    Add(files::ApiOf(owner.AllFiles()).descriptor);
    Add(journal::ApiDescriptor());
  }

  /// By "<service>.<method>".
  const std::map<std::string, const MethodDescriptor*>& Methods() const { return methods_; }

  Reply Call(const std::string& name, const std::string& asked, const std::string& official) {
    const MethodDescriptor& method = *methods_.at(name);
    grpc::ClientContext context;
    context.AddMetadata("lienthong-official", official);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    grpc::CompletionQueue queue;
    const auto done = [&] {
      void* tag = nullptr;
      bool ok = false;
      REQUIRE(queue.Next(&tag, &ok));
      return ok;
    };
    const auto stream =
        StubOf(UnitOf(official))
            .PrepareCall(&context, "/" + method.service()->full_name() + "/" + method.name(),
                         &queue);
    stream->StartCall(nullptr);
    done();
    const grpc::Slice slice(RequestOf(method, asked)->SerializeAsString());
    stream->WriteLast(grpc::ByteBuffer(&slice, 1), {}, nullptr);
    done();
    Reply answer;
    std::string data;
    for (;;) {
      grpc::ByteBuffer buffer;
      stream->Read(&buffer, nullptr);
      if (!done()) break;
      grpc::Slice piece;
      REQUIRE(buffer.DumpToSingleSlice(&piece).ok());
      Take(method, std::string(piece.begin(), piece.end()), answer, data);
    }
    grpc::Status status;
    stream->Finish(&status, nullptr);
    done();
    answer.outcome = support::OutcomeOf(status);
    answer.text += status.error_message() + "\n" + status.error_details();
    for (const auto& [key, value] : context.GetServerTrailingMetadata()) {
      answer.text += "\n" + std::string(value.data(), value.size());
    }
    if (name == "WorkingFileService.ExportFile" && answer.outcome == kDone) {
      for (const auto& [path, bytes] : support::Unzipped(data)) answer.text += path + bytes;
    }
    if (data.starts_with("%PDF-") && name == "ReportService.ExportRegister") {
      answer.text += TextOfPdf(data);
    }
    return answer;
  }

 private:
  void Add(const google::protobuf::ServiceDescriptor& service) {
    for (int i = 0; i < service.method_count(); ++i) {
      methods_[service.name() + "." + service.method(i)->name()] = service.method(i);
    }
  }
  std::unique_ptr<Message> RequestOf(const MethodDescriptor& method, const std::string& asked) {
    std::unique_ptr<Message> request(
        MessageFactory::generated_factory()->GetPrototype(method.input_type())->New());
    INFO(method.full_name() << ": " << asked);
    REQUIRE(google::protobuf::TextFormat::ParseFromString(asked, request.get()));
    if (const auto* const id = method.input_type()->FindFieldByName("request_id")) {
      request->GetReflection()->SetString(request.get(), id, owner_.NewId());
    }
    return request;
  }
  /// `data`: the bytes that messages of a stream carry.
  static void Take(const MethodDescriptor& method, const std::string& bytes, Reply& answer,
                   std::string& data) {
    answer.text += bytes + "\n";
    const auto* const field = method.output_type()->FindFieldByName("data");
    if (field == nullptr) return;
    const std::unique_ptr<Message> message(
        MessageFactory::generated_factory()->GetPrototype(method.output_type())->New());
    REQUIRE(message->ParseFromString(bytes));
    data += message->GetReflection()->GetString(*message, field);
  }
  grpc::GenericStub& StubOf(const std::string& unit) {
    auto& stub = stubs_[unit];
    if (!stub) stub = std::make_unique<grpc::GenericStub>(owner_.Channel("unit-" + unit));
    return *stub;
  }

  DocumentOwner& owner_;
  journal::Journal journal_;
  std::map<std::string, const MethodDescriptor*> methods_;
  std::map<std::string, std::unique_ptr<grpc::GenericStub>> stubs_;
};

}  // namespace lienthong::document
