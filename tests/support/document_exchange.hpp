#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <string>
#include <vector>

#include "document/edxml.hpp"
#include "support/document_files.hpp"

/// Packets of the national exchange, for tests of documents.
namespace lienthong::document {

inline const std::string kGateway = "H09.15/gateway";
inline const std::string kPdf = "%PDF-1.7\nnội dung";

/// A packet from the Government Office to units.
inline edxml::Packet PacketTo(const std::vector<std::string>& units) {
  edxml::Packet packet;
  packet.from = {"000.00.00.G22", "", "Văn phòng Chính phủ", "", "", "", "", ""};
  for (const std::string& unit : units)
    packet.to.push_back({unit, "", "Đơn vị", "", "", "", "", ""});
  packet.document_id = "000.00.00.G22,2019/07/01,7816/VPCP-TTĐT";
  packet.code_number = "7816";
  packet.code_notation = "VPCP-TTĐT";
  packet.promulgation_date = "2019/07/01";
  packet.type = "1";
  packet.type_name = "Công văn";
  packet.subject = "V/v kết nối, liên thông các hệ thống quản lý văn bản";
  packet.full_name = "Nguyễn Văn An";
  packet.competence = "KT.";
  packet.priority = "1";
  packet.business = "0";
  packet.attachments.push_back({"1", "cong van.pdf", "toàn văn", "application/pdf"});
  return packet;
}

inline std::string Written(const edxml::Packet& packet, const std::string& attachment = kPdf) {
  edxml::Writer writer(packet, [&](std::size_t, std::int64_t offset) {
    return offset == 0 ? attachment : std::string();
  });
  std::string text, piece;
  while (writer.Next(&piece)) text += piece;
  return text;
}

inline v1::ImportPacketRequest ImportRequest(DocumentOwner& owner, const std::string& text,
                                             const std::string& official = kGateway) {
  auto request = owner.New<v1::ImportPacketRequest>();
  request.set_upload_id(Uploaded(owner, "goi tin.edxml", text, official).id());
  return request;
}
inline v1::ImportedPacket Imported(DocumentOwner& owner, const edxml::Packet& packet) {
  return owner.Do(&Exchanges::ImportPacket, ImportRequest(owner, Written(packet)), kGateway);
}
inline Outcome Import(DocumentOwner& owner, const edxml::Packet& packet,
                      const std::string& official = kGateway) {
  return owner.Try(&Exchanges::ImportPacket, ImportRequest(owner, Written(packet), official),
                   official);
}

/// A ZIP archive with an entry per content, with Vietnamese names.
inline std::string Zipped(const std::vector<std::string>& contents) {
  const locale_t before = uselocale(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr));
  std::string bytes(1024 * 1024, '\0');
  std::size_t size = 0;
  archive* const zip = archive_write_new();
  archive_write_set_format_zip(zip);
  archive_write_open_memory(zip, bytes.data(), bytes.size(), &size);
  for (std::size_t i = 0; i < contents.size(); ++i) {
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, ("../Công văn " + std::to_string(i) + ".pdf").c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, static_cast<la_int64_t>(contents[i].size()));
    REQUIRE(archive_write_header(zip, entry) == ARCHIVE_OK);
    archive_write_data(zip, contents[i].data(), contents[i].size());
    archive_entry_free(entry);
  }
  REQUIRE(archive_write_free(zip) == ARCHIVE_OK);
  freelocale(uselocale(before));
  bytes.resize(size);
  return bytes;
}

inline std::vector<v1::OutgoingPacket> Waiting(DocumentOwner& owner) {
  const auto answer = owner.Do(&Exchanges::ListPackets, v1::ListPacketsRequest(), kGateway);
  return {answer.packets().begin(), answer.packets().end()};
}

/// What the gateway gets to send, read back.
inline edxml::Packet Exported(DocumentOwner& owner, const std::string& packet_id,
                              std::string* bytes) {
  v1::ExportPacketRequest request;
  request.set_packet_id(packet_id);
  grpc::ClientContext context;
  context.AddMetadata("lienthong-official", kGateway);
  const auto reader =
      owner.StubOf<Exchanges>(std::string("unit-") + kDepartment).ExportPacket(&context, request);
  edxml::Reader packet([&](std::size_t, std::string_view piece) { *bytes += piece; });
  v1::PacketChunk chunk;
  while (reader->Read(&chunk)) packet.Feed(chunk.data());
  REQUIRE(support::OutcomeOf(reader->Finish()) == kDone);
  return packet.Finish();
}

inline edxml::Packet StatusOf(const v1::Document& document, const std::string& code) {
  edxml::Packet packet;
  packet.from = {"000.00.00.G22", "", "Văn phòng Chính phủ", "", "", "", "", ""};
  packet.responses.push_back(
      {"H09.15", document.code(), "2019/07/10", "H09.15,2019/07/10," + document.code()});
  packet.status_code = code;
  packet.timestamp = "2019/07/10 09:00:00";
  return packet;
}

inline const Outcome kInvalidPacket{grpc::INVALID_ARGUMENT, "PACKET_INVALID"};

inline v1::Document DocumentOf(DocumentOwner& owner, const v1::ImportedPacket& imported) {
  return owner.Do(&Documents::GetDocument, GetRequest(imported.document_id()),
                  "H09.718.25747/clerk");
}

inline edxml::Packet RecallOf(const edxml::Packet& packet, const std::string& reason) {
  edxml::Packet recall = packet;
  recall.business = "1";
  recall.business_reason = reason;
  recall.attachments.clear();
  return recall;
}

/// A document of the department to the Government Office alone.
inline v1::DraftContent ContentOutside() {
  v1::DraftContent content = ContentTo({});
  v1::Recipient* const outside = content.add_recipients();
  outside->set_organ_id("000.00.00.G22");
  outside->set_name("Văn phòng Chính phủ");
  return content;
}

}  // namespace lienthong::document
