#pragma once

#include <map>
#include <string>

#include "support/any_rpc.hpp"
#include "support/document_owner.hpp"
#include "support/pdf.hpp"
#include "support/zip.hpp"

/// RPCs of the document service by their descriptors, and all that comes back of a call.
namespace lienthong::document {

using google::protobuf::MethodDescriptor;
using support::Reply;

inline std::string UnitOf(const std::string& official) {
  return official.substr(0, official.find('/'));
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
      // A narrow column breaks words.
      answer.text += support::WithoutSpaces(support::TextOfPdf(answer.data));
    }
    return answer;
  }

 private:
  support::AnyRpc rpc_;
  journal::Journal journal_;
};

}  // namespace lienthong::document
