#include <algorithm>
#include <set>

#include "document/packet_content.hpp"
#include "document/service_attachments.hpp"
#include "document/service_deadlines.hpp"
#include "document/service_exchange.hpp"
#include "document/service_requests.hpp"
#include "document/unzip.hpp"
#include "platform/base/text.hpp"
#include "platform/files/types.hpp"

namespace lienthong::document {
namespace {

using edxml::Packet;
using journal::Heads;
using journal::Key;
using journal::ListOf;
using pg::Tx;

// Codes of the exchange.
constexpr const char* kBadBytes = "21";
constexpr const char* kAgainstStandard = "22";
constexpr const char* kUnknownReceiver = "18";
constexpr const char* kUnknownSender = "19";
constexpr const char* kClosedReceiver = "23";

constexpr std::string_view kZipMagic = "PK\x03\x04";

base::Error PacketError(const char* reason, const char* exchange_code, const std::string& message) {
  return base::Invalid(reason, "upload_id", message).With("exchange_code", exchange_code);
}

/// Units of ours among the receivers. Throws PACKET_UNKNOWN_RECEIVER when there is none, or one
/// that has a code of this province and is unknown or closed.
std::vector<std::string> ReceiversOf(const Packet& packet, const access::Sharing& sharing,
                                     Day today) {
  std::set<std::string> receivers;
  const std::string day = base::FormatDay(today);
  for (const edxml::Organ& to : packet.to) {
    const auto* const unit = sharing.Find(to.organ_id);
    if (unit == nullptr) {
      const std::string root = to.organ_id.substr(0, to.organ_id.find('.'));
      if (sharing.Find(root) == nullptr) continue;  // of another province: not ours to deliver
      throw PacketError("PACKET_UNKNOWN_RECEIVER", kUnknownReceiver, "no unit has this code");
    }
    if (unit->closed() || (!unit->valid_to().empty() && unit->valid_to() < day)) {
      throw PacketError("PACKET_UNKNOWN_RECEIVER", kClosedReceiver, "the unit has been closed");
    }
    receivers.insert(unit->id());
  }
  if (receivers.empty()) {
    throw PacketError("PACKET_UNKNOWN_RECEIVER", kUnknownReceiver, "no receiver is a unit of ours");
  }
  return {receivers.begin(), receivers.end()};
}

/// Which document an update or a replacement speaks of.
void NameChanged(Tx& tx, edxml::Business business, const Packet& packet, Content& content) {
  if (business == edxml::Business::kNew) return;
  const std::string& earlier = packet.business_document_id.empty() && !packet.replacements.empty()
                                   ? packet.replacements.front().document_id
                                   : packet.business_document_id;
  content.changed_document_id = SelectDocumentByPacket(tx, earlier, packet.from.organ_id);
  if (!content.changed_document_id) {
    throw edxml::Refusal(kAgainstStandard, "the document that it changes is not known");
  }
  content.change_kind =
      business == edxml::Business::kUpdate ? ChangeKind::kUpdate : ChangeKind::kReplace;
}

/// Who is a unit with a system of its own sends by that system alone.
void RequireSender(const Packet& packet, const Call& call, const access::Sharing& sharing) {
  const auto* const unit = sharing.Find(packet.from.organ_id);
  if (unit == nullptr || sharing.CarrierOf(unit->id()) == call.caller) return;
  throw PacketError("PACKET_SENDER_REFUSED", kUnknownSender,
                    "a unit with a system of its own sends by that system");
}

}  // namespace

/// A packet on its way in.
struct ExchangeService::Incoming {
  Packet packet;
  std::vector<std::string> first_bytes;  ///< of its attachments
  files::UploadRow upload;
  edxml::Business business = edxml::Business::kNew;
};

edxml::Packet ExchangeService::Parse(const std::string& sha256, const edxml::OnBytes& on_bytes) {
  edxml::Reader reader(on_bytes);
  for (std::int64_t offset = 0;;) {
    const std::string piece = files_.ReadPiece(sha256, offset);
    if (piece.empty()) return reader.Finish();
    offset += static_cast<std::int64_t>(piece.size());
    reader.Feed(piece);
  }
}

std::vector<NewAttachment> ExchangeService::TakeIn(const Call& call, const Incoming& incoming) {
  const std::vector<edxml::PacketAttachment>& attachments = incoming.packet.attachments;
  std::vector<std::string> names;
  std::vector<bool> zipped;
  for (std::size_t i = 0; i < attachments.size(); ++i) {
    if (incoming.first_bytes.at(i).empty()) throw edxml::Refusal(kBadBytes, "no attachment bytes");
    const std::string name = files::CheckFileName(attachments[i].name, "upload_id");
    // Some senders zip an attachment and keep its name.
    zipped.push_back(incoming.first_bytes.at(i) == kZipMagic &&
                     !files::IsContentOf(name, "application/zip"));
    names.push_back(zipped.back() ? std::to_string(i + 1) + ".zip" : name);
  }
  std::map<std::size_t, std::unique_ptr<files::Files::Intake>> intakes;
  Parse(incoming.upload.file.value().sha256, [&](std::size_t at, std::string_view bytes) {
    auto& intake = intakes[at];
    if (!intake) intake = std::make_unique<files::Files::Intake>(files_, call, names.at(at));
    intake->Append(bytes);
  });
  std::vector<NewAttachment> taken;
  for (std::size_t i = 0; i < attachments.size(); ++i) {
    std::string upload_id = intakes.at(i)->Finish();
    if (zipped[i]) upload_id = Unzip(call, upload_id, attachments[i].name);
    taken.push_back(
        {std::move(upload_id), "",
         TextOf(attachments[i].description, "Description", kSubjectCharactersMax, false)});
  }
  return taken;
}

std::string ExchangeService::Unzip(const Call& call, const std::string& upload_id,
                                   const std::string& name) {
  const files::File archive = files_.WholeUpload(call, upload_id).file.value();
  files::Files::Intake intake(files_, call, name);
  UnzipOne(
      archive.size_bytes,
      [&](std::int64_t offset) { return files_.ReadPiece(archive.sha256, offset); },
      [&](std::string_view bytes) { intake.Append(bytes); });
  return intake.Finish();
}

v1::ImportedPacket ExchangeService::ImportPacket(const Call& call,
                                                 const v1::ImportPacketRequest& request) {
  Incoming incoming;
  incoming.upload = files_.WholeUpload(call, request.upload_id());
  const std::string& sha256 = incoming.upload.file.value().sha256;
  incoming.packet = Parse(sha256, [&](std::size_t at, std::string_view bytes) {
    if (at >= incoming.first_bytes.size()) incoming.first_bytes.resize(at + 1);
    std::string& first = incoming.first_bytes[at];
    first += bytes.substr(0, kZipMagic.size() - std::min(kZipMagic.size(), first.size()));
  });
  incoming.first_bytes.resize(incoming.packet.attachments.size());
  const Packet& packet = incoming.packet;
  if (packet.IsStatus()) return ImportStatus(call, request, incoming);
  incoming.business =
      static_cast<edxml::Business>(NumberOf(packet.business, "BussinessDocType", 3));
  const auto known = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    RequireSender(packet, call, *parts_.sharing.Read(tx));
    return SelectImportedPacket(tx, packet.from.organ_id, packet.document_id,
                                static_cast<int>(incoming.business));
  });
  if (known) {
    if (known->sha256 != sha256) {
      throw PacketError("PACKET_DIFFERS", kAgainstStandard,
                        "this packet of the sender came before with other content");
    }
    v1::ImportedPacket answer;
    answer.set_kind(incoming.business == edxml::Business::kRecall ? v1::PACKET_KIND_RECALL
                                                                  : v1::PACKET_KIND_DOCUMENT);
    answer.set_document_id(known->document_id.text);
    answer.set_repeated_packet(true);
    return answer;
  }
  return incoming.business == edxml::Business::kRecall ? ImportRecall(call, request, incoming)
                                                       : ImportDocument(call, request, incoming);
}

std::vector<Delivery> ExchangeService::DeliveriesTo(const std::vector<std::string>& receivers,
                                                    const Document& document,
                                                    const std::optional<Deadline>& due,
                                                    const access::Sharing& sharing,
                                                    const Call& call) const {
  std::vector<Delivery> deliveries;
  for (const std::string& unit : receivers) {
    Delivery delivery;
    delivery.id = {parts_.ids.New()};
    delivery.document_id = document.id;
    delivery.receiver_unit_id = delivery.holder_unit_id = unit;
    delivery.receiver_name = sharing.Find(unit)->name();
    delivery.urgency = document.content.urgency;
    delivery.sent_at = call.time;
    Arrive(delivery, {"", call.time, ""});
    delivery.due = due;
    if (document.content.changed_document_id) {
      RequestChange(delivery, document.content.change_kind, {"", call.time, ""});
    }
    deliveries.push_back(std::move(delivery));
  }
  return deliveries;
}

v1::ImportedPacket ExchangeService::ImportDocument(const Call& call,
                                                   const v1::ImportPacketRequest& request,
                                                   const Incoming& incoming) {
  const Packet& packet = incoming.packet;
  const std::string& sha256 = incoming.upload.file.value().sha256;
  Document made;
  made.id = {parts_.ids.New()};
  made.content = ContentOf(packet);
  made.content.id = parts_.ids.New();
  made.sender_organ_id = packet.from.organ_id;
  made.sender_name = TextOf(packet.from.name.empty() ? packet.from.organ_id : packet.from.name,
                            "From/OrganName", kNameCharactersMax, true);
  made.issued_at = call.time;
  made.packet_document_id = packet.document_id;
  made.packet_sha256 = sha256;
  made.packet_signed = packet.has_signature;
  const std::vector<NewAttachment> intakes = TakeIn(call, incoming);
  const auto document = parts_.journal.Change<v1::Document>(
      call, request, {},
      [&](Tx& tx, const Heads&) {
        const Sight sight(tx, call, parts_);
        const std::vector<std::string> receivers = ReceiversOf(packet, sight.Rules(), Today(call));
        if (!InsertImportedPacket(tx, {packet.from.organ_id, packet.document_id,
                                       static_cast<int>(incoming.business), sha256, made.id})) {
          throw base::Aborted("CONCURRENT_CHANGE", "the packet is imported meanwhile; repeat");
        }
        Document document = made;
        NameChanged(tx, incoming.business, packet, document.content);
        document.content.attachments =
            TakeAttachments(tx, call, intakes, {}, {kDocumentType, document.id.text}, "upload_id");
        files::Files::Take(tx, call, incoming.upload.id, kDocumentType, document.id.text);
        const auto due = Limits(tx, sight.Directory())
                             .By(DeadlineKind::kReception, document.content.urgency, call.time);
        const std::vector<Delivery> deliveries =
            DeliveriesTo(receivers, document, due, sight.Rules(), call);
        document.parties = receivers;
        InsertContent(tx, document.content);
        UpdateSignature(tx, document.content);
        InsertDocument(tx, document);
        InsertDeliveries(tx, deliveries);
        Changes changes = ListOf(Answer("DocumentImported", ToRecord(document, sight.Rules())));
        for (const Delivery& delivery : deliveries) {
          changes.push_back(Answer("DocumentSent", ToRecord(delivery, sight.Rules())));
        }
        return changes;
      },
      journal::Visibility::kAny);
  v1::ImportedPacket answer;
  answer.set_kind(v1::PACKET_KIND_DOCUMENT);
  answer.set_document_id(document.id());
  return answer;
}

v1::ImportedPacket ExchangeService::ImportRecall(const Call& call,
                                                 const v1::ImportPacketRequest& request,
                                                 const Incoming& incoming) {
  const Packet& packet = incoming.packet;
  const std::string& sha256 = incoming.upload.file.value().sha256;
  const std::string& recalled =
      packet.business_document_id.empty() ? packet.document_id : packet.business_document_id;
  std::vector<DeliveryId> known;
  const auto id = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const auto found = SelectDocumentByPacket(tx, recalled, packet.from.organ_id);
    known = found ? SelectDeliveryIds(tx, *found) : std::vector<DeliveryId>();
    return found;
  });
  if (!id) throw edxml::Refusal(kAgainstStandard, "the document that it recalls is not known");
  std::vector<Key> keys{{kDocumentType, id->text}};
  for (const DeliveryId& delivery : known) keys.push_back({kDeliveryType, delivery.text});
  const std::string reason =
      TextOf(packet.business_reason, "BussinessDocReason", kReasonCharactersMax, false);
  parts_.journal.Change<v1::Document>(
      call, request, keys,
      [&](Tx& tx, const Heads&) {
        const Sight sight(tx, call, parts_);
        if (!InsertImportedPacket(tx, {packet.from.organ_id, packet.document_id,
                                       static_cast<int>(edxml::Business::kRecall), sha256, *id})) {
          throw base::Aborted("CONCURRENT_CHANGE", "the packet is imported meanwhile; repeat");
        }
        Document document = TheOne(SelectDocuments(tx, {*id})).value;
        document.recalled = true;
        document.recall_reason = reason;
        UpdateDocument(tx, document);
        files::Files::Take(tx, call, incoming.upload.id, kDocumentType, document.id.text);
        Changes changes = ListOf(Answer("DocumentRecalled", ToRecord(document, sight.Rules())));
        for (auto& [delivery, version] : SelectDeliveries(tx, known)) {
          if (!IsRecallable(delivery)) continue;
          RequestRecall(delivery, {"", call.time, reason});
          UpdateDelivery(tx, delivery);
          changes.push_back(Answer("RecallRequested", ToRecord(delivery, sight.Rules())));
        }
        return changes;
      },
      journal::Visibility::kAny);
  v1::ImportedPacket answer;
  answer.set_kind(v1::PACKET_KIND_RECALL);
  answer.set_document_id(id->text);
  return answer;
}

v1::ImportedPacket ExchangeService::ImportStatus(const Call& call,
                                                 const v1::ImportPacketRequest& request,
                                                 const Incoming& incoming) {
  const Packet& packet = incoming.packet;
  const std::string& about = packet.responses.front().document_id;
  std::optional<DocumentId> id;
  const auto delivery_id = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    RequireSender(packet, call, *parts_.sharing.Read(tx));
    id = SelectDocumentByPacket(tx, about, "");
    return id ? SelectDeliveryToOrgan(tx, *id, packet.from.organ_id) : std::nullopt;
  });
  if (!delivery_id) throw edxml::Refusal(kAgainstStandard, "it speaks of no document sent there");
  const Act act{"", edxml::ToTime(packet.timestamp, "Timestamp"),
                TextOf(packet.description, "Description", kReasonCharactersMax, false)};
  parts_.journal.Change<v1::Delivery>(
      call, request, {{kDeliveryType, delivery_id->text}},
      [&](Tx& tx, const Heads&) {
        const Sight sight(tx, call, parts_);
        Delivery delivery = TheOne(SelectDeliveries(tx, {*delivery_id})).value;
        TakeStatus(delivery, packet.status_code, act);
        UpdateDelivery(tx, delivery);
        return ListOf(Answer("StatusReceived", ToRecord(delivery, sight.Rules()), kSenderView));
      },
      journal::Visibility::kAny);
  v1::ImportedPacket answer;
  answer.set_kind(v1::PACKET_KIND_STATUS);
  answer.set_document_id(id->text);
  return answer;
}

}  // namespace lienthong::document
