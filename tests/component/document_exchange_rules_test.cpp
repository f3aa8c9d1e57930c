// What senders do beside the usual, through the generated stubs, on a real PostgreSQL.
#include "support/document_exchange.hpp"

namespace lienthong::document {
TEST_CASE("exchange: a call whose answer was lost gets it when it is repeated") {
  DocumentOwner owner;
  auto request = ImportRequest(owner, Written(PacketTo({kWard})));
  const auto first = owner.Do(&Exchanges::ImportPacket, request, kGateway);
  CHECK(owner.Do(&Exchanges::ImportPacket, request, kGateway).document_id() == first.document_id());
  // The same packet in another call, and that one again.
  auto again = ImportRequest(owner, Written(PacketTo({kWard})));
  CHECK(owner.Do(&Exchanges::ImportPacket, again, kGateway).repeated_packet());
  CHECK(owner.Do(&Exchanges::ImportPacket, again, kGateway).document_id() == first.document_id());
  again.set_upload_id(request.upload_id());
  CHECK(owner.Try(&Exchanges::ImportPacket, again, kGateway) ==
        Outcome{grpc::INVALID_ARGUMENT, "REQUEST_ID_REUSED"});
  // Nothing of it is left behind as an upload.
  CHECK(owner.Count("upload") == "0");
  CHECK(owner.Count("document") == "1");
}

TEST_CASE("exchange: packets that are refused leave the unit its uploads") {
  DocumentOwner owner;
  edxml::Packet packet = PacketTo({kWard});
  for (int i = 2; i <= 30; ++i) {
    packet.attachments.push_back({std::to_string(i), "a.exe", "", "application/pdf"});
  }
  for (int i = 0; i < 3; ++i) {
    CHECK(Import(owner, packet) == Outcome{grpc::INVALID_ARGUMENT, "FILE_TYPE_REFUSED"});
  }
  // Three packets, which the gateway may cancel: what the service made of them does not count.
  for (int i = 3; i < kPendingUploadsMax; ++i) Announced(owner, "a.pdf", 10);
  CHECK(owner.Try(&FileStub::CreateUpload, CreateRequest(owner, "a.pdf", 10), kExpert) ==
        Outcome{grpc::RESOURCE_EXHAUSTED, "UPLOAD_QUOTA"});
}

TEST_CASE("exchange: who has a code of this province and is no unit sends nothing") {
  DocumentOwner owner;
  for (const char* organ : {"H09.999", "h09.15", "H09.15.999"}) {
    edxml::Packet packet = PacketTo({kWard});
    packet.from.organ_id = organ;
    CHECK(Import(owner, packet) == Outcome{grpc::INVALID_ARGUMENT, "PACKET_SENDER_REFUSED"});
  }
  edxml::Packet future = PacketTo({kWard});
  future.promulgation_date = "2019/07/11";
  CHECK(Import(owner, future) == kInvalidPacket);
  edxml::Packet control = PacketTo({kWard});
  control.subject =
      "a\xE2\x80\xAE"
      "b";  // turns the direction of what follows
  const auto request = ImportRequest(owner, Written(control));
  grpc::ClientContext context;
  context.AddMetadata("lienthong-official", kGateway);
  v1::ImportedPacket answer;
  const grpc::Status status =
      owner.StubOf<Exchanges>("unit-H09.15").ImportPacket(&context, request, &answer);
  CHECK(status.error_code() == grpc::INVALID_ARGUMENT);
  CHECK(status.error_details().find("exchange_code") != std::string::npos);
  CHECK(owner.Count("document") == "0");
}

TEST_CASE("exchange: updates and replacements come in with the document that they name") {
  DocumentOwner owner;
  const v1::ImportedPacket first = Imported(owner, PacketTo({kWard}));
  edxml::Packet update = PacketTo({kWard});
  update.business = "2";
  // The same id for another document: no.
  CHECK(Import(owner, update) == Outcome{grpc::INVALID_ARGUMENT, "PACKET_DIFFERS"});
  update.document_id = "000.00.00.G22,2019/07/02,7817/VPCP-TTĐT";
  CHECK(Import(owner, update) == kInvalidPacket);  // of what?
  update.business_document_id = PacketTo({kWard}).document_id;
  const v1::Document updating = DocumentOf(owner, Imported(owner, update));
  CHECK(updating.changed_document_id() == first.document_id());
  CHECK(updating.change_kind() == v1::CHANGE_KIND_UPDATE);
  edxml::Packet replacement = PacketTo({kWard});
  replacement.business = "3";
  replacement.document_id = "000.00.00.G22,2019/07/03,7818/VPCP-TTĐT";
  replacement.replacements.push_back({PacketTo({kWard}).document_id, {kWard}});
  const v1::Document replacing = DocumentOf(owner, Imported(owner, replacement));
  CHECK(replacing.changed_document_id() == first.document_id());
  owner.Step(&Incomings::AnswerChange, "H09.718.25747/clerk", [&](auto& request) {
    request.set_delivery_id(DeliveryTo(owner, replacing, kWard).id());
    request.set_accept(true);
  });
  std::string bytes;
  CHECK(Exported(owner, Waiting(owner).back().id(), &bytes).status_code == "15");
  CHECK(owner.Defects().empty());
}

TEST_CASE("exchange: a recall comes as a packet or as a state, once and again, not after 06") {
  DocumentOwner owner;
  const v1::Document document = DocumentOf(owner, Imported(owner, PacketTo({kWard, kOtherWard})));
  const v1::Delivery entered = Entered(owner, document, kWard);
  owner.Step(&Incomings::CompleteDelivery, "H09.718.25747/clerk",
             [&](auto& request) { request.set_delivery_id(entered.id()); });
  // One has completed it and says 16, the other one is asked.
  CHECK(Imported(owner, RecallOf(PacketTo({kWard}), "Nhầm")).kind() == v1::PACKET_KIND_RECALL);
  std::string bytes;
  CHECK(Exported(owner, Waiting(owner).back().id(), &bytes).status_code == "16");
  const auto answer = [&](bool accept) {
    owner.Step(&Incomings::AnswerChange, "H09.718.25750/clerk", [&](auto& request) {
      request.set_delivery_id(DeliveryTo(owner, document, kOtherWard).id());
      request.set_accept(accept);
      request.set_reason("Đã triển khai");
    });
  };
  const Outcome too_late{grpc::FAILED_PRECONDITION, "RECALL_TOO_LATE"};
  CHECK(Import(owner, RecallOf(PacketTo({kWard}), "Vẫn nhầm")) == too_late);  // one waits
  answer(false);
  edxml::Packet state = StatusOf(document, "13");
  state.responses[0].document_id = PacketTo({kWard}).document_id;
  state.description = "Xin lại văn bản";
  CHECK(Imported(owner, state).kind() == v1::PACKET_KIND_RECALL);
  answer(true);
  CHECK(Exported(owner, Waiting(owner).back().id(), &bytes).status_code == "15");
  CHECK(Import(owner, RecallOf(PacketTo({kWard}), "Nữa")) == too_late);
  CHECK(owner.Defects().empty());
}

TEST_CASE("exchange: what goes out names what it changes and what it answers, and is kept") {
  DocumentOwner owner;
  const v1::Document first = Issued(owner, ContentOutside());
  v1::DraftContent update = ContentOutside();
  update.set_change_kind(v1::CHANGE_KIND_UPDATE);
  update.set_changed_document_id(first.id());
  v1::DocumentReference* const reference = update.add_response_for();
  reference->set_code("7816/VPCP-TTĐT");
  reference->set_document_date("2019-07-01");
  reference->set_organ_id("000.00.00.G22");
  Issued(owner, update);
  v1::DraftContent replacement = ContentOutside();
  replacement.set_change_kind(v1::CHANGE_KIND_REPLACE);
  replacement.set_changed_document_id(first.id());
  Issued(owner, replacement);
  const auto waiting = Waiting(owner);
  REQUIRE(waiting.size() == 3);
  std::string bytes;
  const edxml::Packet updating = Exported(owner, waiting[1].id(), &bytes);
  CHECK(updating.business == "2");
  CHECK(updating.business_document_id == "H09.15,2019/07/10,01/QĐ-STTTT");
  REQUIRE(updating.responses.size() == 1);
  CHECK(updating.responses[0].code == "7816/VPCP-TTĐT");
  CHECK(updating.responses[0].promulgation_date == "2019/07/01");
  const edxml::Packet replacing = Exported(owner, waiting[2].id(), &bytes);
  CHECK(replacing.business == "3");
  REQUIRE(replacing.replacements.size() == 1);
  CHECK(replacing.replacements[0].document_id == "H09.15,2019/07/10,01/QĐ-STTTT");

  v1::RecallDocumentRequest recall = owner.New<v1::RecallDocumentRequest>();
  recall.set_document_id(first.id());
  recall.set_reason("Nhầm");
  owner.Do(&Documents::RecallDocument, recall, "H09.15/clerk");
  const edxml::Packet back = Exported(owner, Waiting(owner).back().id(), &bytes);
  CHECK(back.business == "1");
  CHECK(back.business_document_id == "H09.15,2019/07/10,01/QĐ-STTTT");

  // A state is kept as received, a file of the delivery; 14 is another word for 15.
  const std::string text = Written(StatusOf(first, "14"));
  const auto request = ImportRequest(owner, text);
  owner.Do(&Exchanges::ImportPacket, request, kGateway);
  const v1::Delivery delivery = DeliveriesOf(owner, first.id(), "H09.15/clerk").at("");
  CHECK(delivery.state() == v1::DELIVERY_STATE_RECALLED);
  const std::string sha256 =
      owner.Value("SELECT sha256 FROM file_use WHERE record_type = 'delivery' AND record_id = '" +
                  delivery.id() + "'");
  std::string received;
  CHECK(Download(owner, DownloadRequest("delivery", delivery.id(), sha256), "H09.15/clerk",
                 &received) == kDone);
  CHECK(received == text);
  CHECK(Download(owner, DownloadRequest("delivery", delivery.id(), sha256), "H09.718.25747/clerk",
                 &received) == kNotFound);
  CHECK(owner.Count("upload") == "0");
}

TEST_CASE("exchange: transport fails, is tried again and succeeds, apart from the states") {
  DocumentOwner owner;
  const v1::Document document = Issued(owner, ContentOutside());
  const std::string id = Waiting(owner).at(0).id();
  v1::SetPacketStateRequest set;
  set.set_packet_id(id);
  set.set_exchange_code("20");
  set.set_state(v1::TRANSPORT_STATE_RETRIED);
  CHECK(owner.Do(&Exchanges::SetPacketState, set, kGateway).attempts() == 1);
  CHECK(owner.Do(&Exchanges::SetPacketState, set, kGateway).attempts() == 1);  // a repeat
  set.set_exchange_code("21");
  CHECK(owner.Do(&Exchanges::SetPacketState, set, kGateway).exchange_code() == "21");
  CHECK(Waiting(owner).size() == 1);
  set.set_state(v1::TRANSPORT_STATE_FAILED);
  set.set_exchange_code("18");
  CHECK(owner.Do(&Exchanges::SetPacketState, set, kGateway).attempts() == 3);
  CHECK(Waiting(owner).empty());
  v1::ListPacketsRequest failed;
  failed.set_state(v1::TRANSPORT_STATE_FAILED);
  CHECK(owner.Do(&Exchanges::ListPackets, failed, kGateway).packets(0).exchange_code() == "18");
  // Who sent the document sees that too, nobody else.
  v1::ListDocumentPacketsRequest list;
  list.set_document_id(document.id());
  const auto seen = owner.Do(&Exchanges::ListDocumentPackets, list, "H09.15/guest");
  REQUIRE(seen.packets_size() == 1);
  CHECK(seen.packets(0).state() == v1::TRANSPORT_STATE_FAILED);
  CHECK(seen.packets(0).exchange_code() == "18");
  CHECK(owner.Try(&Exchanges::ListDocumentPackets, list, "H09.13/clerk") == kNotFound);
  // What has been sent is not sent again.
  set.set_state(v1::TRANSPORT_STATE_RETRIED);
  CHECK(owner.Try(&Exchanges::SetPacketState, set, kGateway) == kDone);
  set.set_state(v1::TRANSPORT_STATE_SENT);
  CHECK(owner.Try(&Exchanges::SetPacketState, set, kGateway) == kDone);
  set.set_state(v1::TRANSPORT_STATE_RETRIED);
  CHECK(owner.Try(&Exchanges::SetPacketState, set, kGateway) ==
        Outcome{grpc::FAILED_PRECONDITION, "PACKET_STATE"});
}

}  // namespace lienthong::document
