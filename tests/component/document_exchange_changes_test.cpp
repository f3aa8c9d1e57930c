// What packets change in documents that came or went before, through the generated stubs, on a real
// PostgreSQL.
#include <future>

#include "support/document_exchange.hpp"

namespace lienthong::document {
namespace {

constexpr const char* kTownClerk = "H09.718.25747/clerk";
constexpr const char* kOtherClerk = "H09.718.25750/clerk";

edxml::Packet Later(const std::string& business, int number) {
  edxml::Packet packet = PacketTo({kWard});
  packet.business = business;
  packet.code_number = std::to_string(number);
  packet.document_id = "000.00.00.G22,2019/07/02," + packet.code_number + "/VPCP-TTĐT";
  return packet;
}

Outcome Answers(DocumentOwner& owner, const std::string& delivery, bool accept,
                const std::string& clerk) {
  auto request = owner.New<v1::AnswerChangeRequest>();
  request.set_delivery_id(delivery);
  request.set_accept(accept);
  request.set_reason("Đã xem");
  return owner.Try(&Incomings::AnswerChange, request, clerk);
}

v1::Delivery DeliveryOutside(DocumentOwner& owner, const v1::Document& document) {
  return DeliveriesOf(owner, document.id(), "H09.15/clerk").at("");
}

}  // namespace

TEST_CASE("exchange: units are known by their code of QCVN 102 too") {
  DocumentOwner owner;
  directory::v1::Unit ward;
  ward.set_id(kWard);
  ward.set_name("Đơn vị");
  ward.set_kind(directory::v1::UNIT_KIND_COMMUNE);
  ward.set_parent_id(kDistrict);
  ward.set_valid_from("2019-01-01");
  ward.set_code102("000.28.22.H09");
  owner.Publish("unit", kWard, ward);
  const Outcome unknown{grpc::INVALID_ARGUMENT, "PACKET_UNKNOWN_RECEIVER"};
  const v1::Document document = DocumentOf(owner, Imported(owner, PacketTo({"000.28.22.H09"})));
  CHECK(DeliveryTo(owner, document, kWard).state() == v1::DELIVERY_STATE_ARRIVED);
  // A short form leaves the outermost levels out.
  edxml::Packet brief = Later("0", 2);
  brief.to[0].organ_id = "28.22.H09";
  CHECK(Import(owner, brief) == kDone);
  // Beside a receiver that is known, one of this province that is not is no silence.
  edxml::Packet both = Later("0", 3);
  both.to.push_back({"000.99.22.H09", "", "Đơn vị", "", "", "", "", ""});
  CHECK(Import(owner, both) == unknown);
  // Who is a unit with a system sends by it, whatever it calls itself.
  edxml::Packet as_unit = Later("0", 4);
  as_unit.to[0].organ_id = kOtherWard;
  as_unit.from.organ_id = "000.28.22.H09";
  const Outcome refused{grpc::INVALID_ARGUMENT, "PACKET_SENDER_REFUSED"};
  CHECK(Import(owner, as_unit) == refused);
  as_unit.from.organ_id = "000.99.22.H09";
  CHECK(Import(owner, as_unit) == refused);
  // One that does not exist yet.
  ward.set_valid_from("2019-07-11");
  owner.Publish("unit", kWard, ward);
  CHECK(Import(owner, Later("0", 5)) == unknown);
}

TEST_CASE("exchange: an update adds receivers and takes the earlier document from others") {
  DocumentOwner owner;
  const v1::Document first = DocumentOf(owner, Imported(owner, PacketTo({kWard, kOtherWard})));
  edxml::Packet update = Later("2", 7817);
  update.business_document_id = PacketTo({kWard}).document_id;
  update.business_reason = "Không còn là nơi nhận";
  update.receivers_changed = "1";
  update.receiver_changes = {{kOtherWard, "0"}, {kDistrict, "1"}};
  edxml::Packet wrong = update;
  wrong.receiver_changes[0].type = "2";
  CHECK(Import(owner, wrong) == kInvalidPacket);
  const auto imported = Imported(owner, update);
  const v1::Document updating = DocumentOf(owner, imported);
  const auto deliveries = owner.Value(
      "SELECT string_agg(receiver_unit_id, ' ' ORDER BY receiver_unit_id) FROM delivery"
      " WHERE document_id = '" +
      imported.document_id() + "'");
  CHECK(deliveries == std::string(kDistrict) + " " + kWard);
  const v1::Delivery taken = DeliveryTo(owner, first, kOtherWard);
  CHECK(taken.change().kind() == v1::CHANGE_KIND_RECALL);
  CHECK(taken.change().reason() == "Không còn là nơi nhận");
  CHECK_FALSE(DeliveryTo(owner, first, kWard).has_change());
  CHECK(Answers(owner, taken.id(), true, kOtherClerk) == kDone);
  CHECK(owner.SeenBy(first.id()) == kWard);
  CHECK(owner.Defects().empty());
}

TEST_CASE("exchange: a document replaces several, and is written as it came") {
  DocumentOwner owner;
  const v1::Document first = DocumentOf(owner, Imported(owner, PacketTo({kWard})));
  const v1::Document second = DocumentOf(owner, Imported(owner, Later("0", 2)));
  edxml::Packet replacement = Later("3", 3);
  replacement.place = "Hà Nội";
  replacement.replacements = {{PacketTo({kWard}).document_id, {kWard}},
                              {Later("0", 2).document_id, {kWard}},
                              {"000.00.00.G22,2019/01/01,1/VPCP", {"000.00.00.H29"}}};
  const v1::Document replacing = DocumentOf(owner, Imported(owner, replacement));
  CHECK(replacing.place() == "Hà Nội");
  CHECK(replacing.changed_document_id() == first.id());
  REQUIRE(replacing.also_changed_document_ids_size() == 1);
  CHECK(replacing.also_changed_document_ids(0) == second.id());
  const std::string id = DeliveryTo(owner, replacing, kWard).id();
  CHECK(Answers(owner, id, true, kTownClerk) == kDone);
  CHECK(DeliveryTo(owner, first, kWard).replaced_by_delivery_id() == id);
  CHECK(DeliveryTo(owner, second, kWard).replaced_by_delivery_id() == id);

  // The same of the own unit's, on its way out.
  v1::DraftContent content = ContentOutside();
  const v1::Document own = Issued(owner, content), further = Issued(owner, content);
  content.set_place("Bình Dương");
  content.set_change_kind(v1::CHANGE_KIND_REPLACE);
  content.add_also_changed_document_ids(further.id());
  auto create = owner.New<v1::CreateDraftRequest>();
  *create.mutable_content() = content;
  CHECK(owner.Try(&Drafts::CreateDraft, create, kExpert) == kFieldInvalid);  // which is the first?
  content.set_changed_document_id(own.id());
  Issued(owner, content);
  std::string bytes;
  const edxml::Packet packet = Exported(owner, Waiting(owner).back().id(), &bytes);
  CHECK(packet.place == "Bình Dương");
  REQUIRE(packet.replacements.size() == 2);
  CHECK(packet.replacements[1].document_id == "H09.15,2019/07/10,02/QĐ-STTTT");
  CHECK(owner.Defects().empty());
}

TEST_CASE(
    "exchange: who is outside accepts a replacement, or refuses a recall that waits before it") {
  DocumentOwner owner;
  const v1::Document earlier = Issued(owner, ContentOutside());
  v1::DraftContent content = ContentOutside();
  content.set_change_kind(v1::CHANGE_KIND_REPLACE);
  content.set_changed_document_id(earlier.id());
  const v1::Document later = Issued(owner, content);
  owner.Step(&Documents::RecallDocument, "H09.15/clerk", [&](auto& request) {
    request.set_document_id(later.id());
    request.set_reason("Nhầm");
  });
  CHECK(DeliveryOutside(owner, later).change().kind() == v1::CHANGE_KIND_RECALL);
  CHECK(Imported(owner, StatusOf(later, "16")).kind() == v1::PACKET_KIND_STATUS);
  // The replacement waits for its answer again.
  const v1::Delivery waiting = DeliveryOutside(owner, later);
  CHECK(waiting.change().kind() == v1::CHANGE_KIND_REPLACE);
  CHECK(waiting.change().answer() == v1::CHANGE_ANSWER_PENDING);
  edxml::Packet accepts = StatusOf(later, "15");
  accepts.timestamp = "2019/07/10 09:30:00";
  Imported(owner, accepts);
  CHECK(DeliveryOutside(owner, earlier).replaced_by_delivery_id() == waiting.id());
  CHECK(owner.Defects().empty());
}

TEST_CASE("exchange: a new document and an update under one id at once become one") {
  DocumentOwner owner;
  Imported(owner, PacketTo({kWard}));
  edxml::Packet as_new = Later("0", 2), as_update = Later("2", 2);
  as_update.business_document_id = PacketTo({kWard}).document_id;
  for (int round = 0; round < 5; ++round) {
    as_new.document_id = as_update.document_id = "một-mã-" + std::to_string(round);
    const auto one = ImportRequest(owner, Written(as_new));
    const auto other = ImportRequest(owner, Written(as_update));
    auto first = std::async(std::launch::async,
                            [&] { return owner.Try(&Exchanges::ImportPacket, one, kGateway); });
    const Outcome second = owner.Try(&Exchanges::ImportPacket, other, kGateway);
    CHECK((first.get() == kDone) != (second == kDone));
  }
  CHECK(owner.Count("document") == "6");
  CHECK(owner.Defects().empty());
}

TEST_CASE("exchange: each recall packet asks once, also after others came") {
  DocumentOwner owner;
  const v1::Document document = DocumentOf(owner, Imported(owner, PacketTo({kWard})));
  const std::string delivery = DeliveryTo(owner, document, kWard).id();
  const edxml::Packet first = RecallOf(PacketTo({kWard}), "Nhầm số");
  const edxml::Packet second = RecallOf(PacketTo({kWard}), "");  // without a word
  Imported(owner, first);
  CHECK(Answers(owner, delivery, false, kTownClerk) == kDone);
  Imported(owner, second);
  CHECK(Answers(owner, delivery, false, kTownClerk) == kDone);
  CHECK(Imported(owner, first).repeated_packet());
  CHECK(DeliveryTo(owner, document, kWard).change().answer() == v1::CHANGE_ANSWER_REFUSED);
  CHECK(owner.Defects().empty());
}

TEST_CASE("exchange: what the sources disagree about is data, and who sent a packet is known") {
  DocumentOwner owner;
  owner.Value(
      "INSERT INTO exchange_value VALUES ('DocumentType/Type', 'Quyết định', '2', false)"
      " RETURNING 1");
  owner.Value(
      "UPDATE exchange_value SET value = '1' WHERE element = 'Bussiness/Paper' RETURNING 1");
  Issued(owner, ContentOutside());
  const v1::OutgoingPacket waiting = Waiting(owner).at(0);
  CHECK_FALSE(waiting.has_state_changed_at());
  std::string bytes;
  const edxml::Packet packet = Exported(owner, waiting.id(), &bytes);
  CHECK(packet.type == "2");
  CHECK(packet.paper == "1");
  v1::SetPacketStateRequest set;
  set.set_packet_id(waiting.id());
  set.set_state(v1::TRANSPORT_STATE_SENT);
  const v1::OutgoingPacket sent = owner.Do(&Exchanges::SetPacketState, set, kGateway);
  CHECK(sent.state_changed_by() == "unit-H09.15");
  CHECK(sent.state_changed_at().seconds() == 1562718600);  // the clock of the test

  // No date that nobody lives to see.
  edxml::Packet never = PacketTo({kWard});
  never.due_date = "9999/12/31";
  CHECK(Import(owner, never) == kInvalidPacket);
  // A reference is called as the document is.
  v1::DraftContent answer = ContentOutside();
  answer.add_response_for()->set_document_id(owner.Value("SELECT id::text FROM document LIMIT 1"));
  const v1::Document answering = Issued(owner, answer);
  CHECK(answering.response_for(0).code() == "01/QĐ-STTTT");
  CHECK(answering.response_for(0).document_date() == "2019-07-10");
  CHECK(answering.response_for(0).organ_id() == "H09.15");
}

}  // namespace lienthong::document
