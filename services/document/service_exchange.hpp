#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "document/edxml.hpp"
#include "document/service_access.hpp"
#include "document/service_parts.hpp"
#include "document/store_exchange.hpp"
#include "lienthong/document/v1/exchange.pb.h"
#include "platform/files/files.hpp"

namespace lienthong::document {

/// The use cases of ExchangeService. Any thread; lives as long as the process.
class ExchangeService {
 public:
  ExchangeService(const Parts& parts, files::Files& files) : parts_(parts), files_(files) {}

  // service_exchange_import.cpp
  v1::ImportedPacket ImportPacket(const Call& call, const v1::ImportPacketRequest& request);

  v1::ListPacketsResponse ListPackets(const Call& call, const v1::ListPacketsRequest& request);
  v1::ListPacketsResponse ListDocumentPackets(const Call& call,
                                              const v1::ListDocumentPacketsRequest& request);
  v1::OutgoingPacket SetPacketState(const Call& call, const v1::SetPacketStateRequest& request);
  /// Writes an outgoing packet, piece by piece.
  class Export {
   public:
    Export(const Parts& parts, files::Files& files, const v1::ExportPacketRequest& request);
    bool Next(const Call& call, v1::PacketChunk* chunk);

   private:
    /// The packet as it is now. Throws NotFound.
    edxml::Packet Make(const Call& call);

    Parts parts_;
    files::Files& files_;
    std::string id_;
    std::vector<std::string> hashes_;  ///< of its attachments
    std::unique_ptr<edxml::Writer> writer_;
  };
  Export ExportPacket(const v1::ExportPacketRequest& request) const {
    return {parts_, files_, request};
  }

 private:
  struct Incoming;
  v1::ImportedPacket Import(const Call& call, const v1::ImportPacketRequest& request);
  /// The answer to a repeated call: its upload is taken.
  std::optional<v1::ImportedPacket> MadeBefore(const Call& call,
                                               const v1::ImportPacketRequest& request) const;
  /// nullopt = an equal call has taken it meanwhile. Throws NotFound, UPLOAD_UNFINISHED.
  std::optional<files::UploadRow> FindUpload(const Call& call,
                                             const v1::ImportPacketRequest& request);
  v1::ImportedPacket ImportDocument(const Call& call, const v1::ImportPacketRequest& request,
                                    const Incoming& incoming);
  v1::ImportedPacket ImportRecall(const Call& call, const v1::ImportPacketRequest& request,
                                  const Incoming& incoming);
  v1::ImportedPacket ImportStatus(const Call& call, const v1::ImportPacketRequest& request,
                                  const Incoming& incoming);
  std::vector<Delivery> DeliveriesTo(const std::vector<std::string>& receivers,
                                     const Document& document, const std::optional<Deadline>& due,
                                     const access::Sharing& sharing, const Call& call) const;
  /// Reads a packet through.
  edxml::Packet Parse(const Call& call, const std::string& sha256, const edxml::OnBytes& on_bytes);
  /// The attachments of a packet as uploads, in a second reading: their names are known then.
  std::vector<NewAttachment> TakeIn(const Call& call, const Incoming& incoming,
                                    files::Files::Intakes& intakes);
  /// The one entry of an upload that is an archive, as an upload.
  std::string Unzip(const Call& call, const std::string& upload_id, const std::string& name,
                    files::Files::Intakes& intakes);

  Parts parts_;
  files::Files& files_;
};

}  // namespace lienthong::document
