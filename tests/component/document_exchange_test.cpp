// Packets of the national exchange through the generated stubs, on a real PostgreSQL.
#include "support/document_exchange.hpp"

namespace lienthong::document {

TEST_CASE("exchange: a packet becomes a document with deliveries, attachments and its bytes") {
  DocumentOwner owner;
  const v1::ImportedPacket imported = Imported(owner, PacketTo({kWard, kOtherWard, "H30.1"}));
  CHECK(imported.kind() == v1::PACKET_KIND_DOCUMENT);
  CHECK_FALSE(imported.repeated_packet());
  const v1::Document document =
      owner.Do(&Documents::GetDocument, GetRequest(imported.document_id()), "H09.718.25747/guest");
  CHECK(document.code() == "7816/VPCP-TTĐT");
  CHECK(document.sender_name() == "Văn phòng Chính phủ");
  CHECK(document.urgency() == v1::URGENCY_URGENT);
  CHECK(document.signer().authority() == v1::SIGNING_AUTHORITY_DEPUTY);
  CHECK(document.packet_signature() == v1::PACKET_SIGNATURE_NONE);
  REQUIRE(document.attachments_size() == 1);
  CHECK(document.attachments(0).name() == "cong van.pdf");
  CHECK(document.attachments(0).size_bytes() == static_cast<std::int64_t>(kPdf.size()));
  CHECK(owner.SeenBy(document.id()) == "H09.718.25747 H09.718.25750");
  CHECK(CodesOf(DeliveryTo(owner, document, kWard)) == "01");
  CHECK(owner.Value("SELECT count(*) FROM file_use WHERE record_id = '" + document.id() + "'") ==
        "2");  // the attachment, and the packet as received

  // The same packet again: the same answer. Another one of that id: no.
  const v1::ImportedPacket again = Imported(owner, PacketTo({kWard, kOtherWard, "H30.1"}));
  CHECK(again.repeated_packet());
  CHECK(again.document_id() == document.id());
  edxml::Packet other = PacketTo({kWard});
  other.subject = "Khác";
  CHECK(Import(owner, other) == Outcome{grpc::INVALID_ARGUMENT, "PACKET_DIFFERS"});
  CHECK(owner.Count("document") == "1");
  CHECK(owner.Defects().empty());
}

TEST_CASE("exchange: unknown receivers, foreign senders and broken packets are refused") {
  DocumentOwner owner;
  const Outcome kUnknown{grpc::INVALID_ARGUMENT, "PACKET_UNKNOWN_RECEIVER"};
  CHECK(Import(owner, PacketTo({"H30.1"})) == kUnknown);
  CHECK(Import(owner, PacketTo({kWard, "H09.999"})) == kUnknown);
  owner.CloseUnit(kOtherWard, {kWard});
  CHECK(Import(owner, PacketTo({kOtherWard})) == kUnknown);
  // A unit with a system of its own sends by that system alone.
  edxml::Packet own = PacketTo({kWard});
  own.from.organ_id = kOtherDepartment;
  CHECK(Import(owner, own) == Outcome{grpc::INVALID_ARGUMENT, "PACKET_SENDER_REFUSED"});
  CHECK(Import(owner, own, "H09.13/gateway") == kDone);
  CHECK(owner.Try(&Exchanges::ImportPacket, ImportRequest(owner, "<edXML>"), kGateway) ==
        Outcome{grpc::INVALID_ARGUMENT, "PACKET_INVALID"});
  edxml::Packet dated = PacketTo({kWard});
  dated.promulgation_date = "01/07/2019";
  CHECK(Import(owner, dated) == Outcome{grpc::INVALID_ARGUMENT, "PACKET_INVALID"});
  edxml::Packet script = PacketTo({kWard});
  script.attachments[0].name = "x.exe";
  CHECK(Import(owner, script) == Outcome{grpc::INVALID_ARGUMENT, "FILE_TYPE_REFUSED"});
  // Who is no gateway imports nothing.
  CHECK(owner.Try(&Exchanges::ImportPacket, ImportRequest(owner, "<edXML>", kExpert), kExpert) ==
        Outcome{grpc::PERMISSION_DENIED, "PERMISSION_MISSING"});
  CHECK(owner.Count("document") == "1");
}

TEST_CASE("exchange: an attachment that is zipped under its own name is unzipped") {
  DocumentOwner owner;
  const auto try_import = [&](const std::string& attachment) {
    return owner.Try(&Exchanges::ImportPacket,
                     ImportRequest(owner, Written(PacketTo({kWard}), attachment)), kGateway);
  };
  const Outcome kInvalid{grpc::INVALID_ARGUMENT, "PACKET_INVALID"};
  CHECK(try_import(Zipped({kPdf, kPdf})) == kInvalid);
  const std::string zip = Zipped({kPdf});
  CHECK(try_import(zip.substr(0, zip.size() - 30)) == kInvalid);
  CHECK(try_import(Zipped({"no PDF"})) == Outcome{grpc::INVALID_ARGUMENT, "FILE_TYPE_MISMATCH"});
  CHECK(owner.Count("document") == "0");

  const auto imported =
      owner.Do(&Exchanges::ImportPacket,
               ImportRequest(owner, Written(PacketTo({kWard}), Zipped({kPdf}))), kGateway);
  const v1::Document document =
      owner.Do(&Documents::GetDocument, GetRequest(imported.document_id()), "H09.718.25747/clerk");
  REQUIRE(document.attachments_size() == 1);
  CHECK(document.attachments(0).name() == "cong van.pdf");
  CHECK(document.attachments(0).media_type() == "application/pdf");
  CHECK(document.attachments(0).size_bytes() == static_cast<std::int64_t>(kPdf.size()));
}

TEST_CASE("exchange: what is done with a document from outside waits as states for the gateway") {
  DocumentOwner owner;
  const v1::ImportedPacket imported = Imported(owner, PacketTo({kWard}));
  const v1::Document document =
      owner.Do(&Documents::GetDocument, GetRequest(imported.document_id()), "H09.718.25747/clerk");
  Entered(owner, document, kWard);
  const auto waiting = Waiting(owner);
  REQUIRE(waiting.size() == 2);
  CHECK(waiting[1].kind() == v1::PACKET_KIND_STATUS);
  CHECK(waiting[1].receiver_organ_id() == "000.00.00.G22");
  std::string bytes;
  const edxml::Packet status = Exported(owner, waiting[1].id(), &bytes);
  CHECK(status.status_code == "03");
  CHECK(status.from.organ_id == kWard);
  CHECK(status.responses[0].document_id == "000.00.00.G22,2019/07/01,7816/VPCP-TTĐT");

  v1::SetPacketStateRequest set;
  set.set_packet_id(waiting[0].id());
  set.set_state(v1::TRANSPORT_STATE_SENT);
  set.set_exchange_code("0");
  CHECK(owner.Do(&Exchanges::SetPacketState, set, kGateway).attempts() == 1);
  CHECK(owner.Do(&Exchanges::SetPacketState, set, kGateway).attempts() == 1);
  CHECK(Waiting(owner).size() == 1);

  // The sender takes it back: asked for an answer, which goes out again.
  edxml::Packet recall = PacketTo({kWard});
  recall.business = "1";
  recall.business_reason = "Ban hành nhầm";
  recall.attachments.clear();
  CHECK(Imported(owner, recall).kind() == v1::PACKET_KIND_RECALL);
  owner.Step(&Incomings::AnswerChange, "H09.718.25747/clerk", [&](auto& request) {
    request.set_delivery_id(DeliveryTo(owner, document, kWard).id());
    request.set_accept(true);
  });
  CHECK(Exported(owner, Waiting(owner).back().id(), &bytes).status_code == "15");
  CHECK(owner.Defects().empty());
}

TEST_CASE("exchange: a document to an organisation outside goes out and its states come back") {
  DocumentOwner owner;
  v1::DraftContent content = ContentTo({kWard});
  v1::Recipient* const outside = content.add_recipients();
  outside->set_organ_id("000.00.00.G22");
  outside->set_name("Văn phòng Chính phủ");
  content.add_attachments()->set_upload_id(Uploaded(owner, "a.pdf", kPdf).id());
  const v1::Document document = Issued(owner, content);
  const auto waiting = Waiting(owner);
  REQUIRE(waiting.size() == 1);
  std::string bytes;
  const edxml::Packet packet = Exported(owner, waiting[0].id(), &bytes);
  CHECK(packet.document_id == "H09.15,2019/07/10,01/QĐ-STTTT");
  CHECK(packet.to[0].organ_id == "000.00.00.G22");
  CHECK(packet.subject == document.subject());
  CHECK(bytes == kPdf);

  const auto state = [&] {
    return DeliveriesOf(owner, document.id(), "H09.15/clerk").at("").state();
  };
  CHECK(Imported(owner, StatusOf(document, "03")).kind() == v1::PACKET_KIND_STATUS);
  CHECK(state() == v1::DELIVERY_STATE_ENTERED);
  Imported(owner, StatusOf(document, "01"));  // late
  Imported(owner, StatusOf(document, "03"));  // again
  CHECK(state() == v1::DELIVERY_STATE_ENTERED);
  Imported(owner, StatusOf(document, "06"));
  CHECK(state() == v1::DELIVERY_STATE_COMPLETED);
  CHECK(Import(owner, StatusOf(document, "99")) ==
        Outcome{grpc::INVALID_ARGUMENT, "PACKET_INVALID"});
  edxml::Packet stranger = StatusOf(document, "02");
  stranger.from.organ_id = "H30.1";
  CHECK(Import(owner, stranger) == Outcome{grpc::INVALID_ARGUMENT, "PACKET_INVALID"});
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::document
