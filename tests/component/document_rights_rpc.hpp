#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "support/any_rpc.hpp"
#include "support/document_owner.hpp"
#include "support/zip.hpp"

/// RPCs of the document service by their descriptors, and all that comes back of a call.
namespace lienthong::document {

using google::protobuf::MethodDescriptor;
using support::Reply;

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

/// Calls any RPC, of whatever kind, by its descriptor, as an official through its unit's system.
class AnyRpc {
 public:
  explicit AnyRpc(DocumentOwner& owner)
      : rpc_(owner), journal_(owner.pool_, owner.clock_, owner.ids_, {"document"}) {
    // As main.cpp serves them; the journal is another one, so that the served one stays as it is.
    const Parts parts{owner.pool_,      journal_,      owner.sharing_,
                      owner.snapshots_, owner.tokens_, owner.ids_};
    Services services(parts, owner.AllFiles());
    for (const owner::Api& api : Apis(services)) rpc_.Add(api.descriptor);
    rpc_.Add(files::ApiOf(owner.AllFiles()).descriptor);
  }

  /// By "<service>.<method>".
  const std::map<std::string, const MethodDescriptor*>& Methods() const { return rpc_.Methods(); }

  /// Files of the answer are unpacked.
  Reply Call(const std::string& name, const std::string& asked, const std::string& official) {
    Reply answer = rpc_.Call("unit-" + UnitOf(official), name, asked, official);
    if (name == "WorkingFileService.ExportFile" && answer.outcome == kDone) {
      for (const auto& [path, bytes] : support::Unzipped(answer.data)) answer.text += path + bytes;
    }
    if (answer.data.starts_with("%PDF-") && name == "ReportService.ExportRegister") {
      answer.text += TextOfPdf(answer.data);
    }
    return answer;
  }

 private:
  support::AnyRpc rpc_;
  journal::Journal journal_;
};

}  // namespace lienthong::document
