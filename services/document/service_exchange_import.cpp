#include <algorithm>
#include <cctype>
#include <set>

#include "document/packet_content.hpp"
#include "document/service_attachments.hpp"
#include "document/service_deadlines.hpp"
#include "document/service_exchange_incoming.hpp"
#include "document/service_requests.hpp"
#include "platform/base/text.hpp"

namespace lienthong::document {
namespace {

using edxml::Packet;
using journal::Heads;
using journal::Key;
using journal::ListOf;
using pg::Tx;

// Codes of the exchange.
constexpr const char* kAgainstStandard = "22";
constexpr const char* kUnknownReceiver = "18";
constexpr const char* kUnknownSender = "19";
constexpr const char* kClosedReceiver = "23";

constexpr const char* kBadFile = "10";
constexpr const char* kRecallRequested = "13";  // among the states
constexpr const char* kRefused = "16";

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
    if (!HasSystem(*unit)) {
      throw PacketError("PACKET_UNKNOWN_RECEIVER", kUnknownReceiver,
                        "the unit has no system of its own: send to its office");
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

/// Who is a unit with a system of its own sends by that system alone; a code of this province that
/// no unit has sends nothing.
void RequireSender(const Packet& packet, const Call& call, const access::Sharing& sharing) {
  const std::string& organ = packet.from.organ_id;
  const auto* const unit = sharing.Find(organ);
  if (unit == nullptr) {
    std::string root = organ.substr(0, organ.find('.'));
    for (char& c : root) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (sharing.Find(root) == nullptr) return;
    throw PacketError("PACKET_SENDER_REFUSED", kUnknownSender, "no unit has this code");
  }
  if (sharing.CarrierOf(unit->id()) == call.caller) return;
  throw PacketError("PACKET_SENDER_REFUSED", kUnknownSender,
                    "a unit with a system of its own sends by that system");
}

v1::ImportedPacket AnswerOf(v1::PacketKind kind, const DocumentId& id) {
  v1::ImportedPacket answer;
  answer.set_kind(kind);
  answer.set_document_id(id.text);
  return answer;
}

/// With what a call brings in, for its repeats.
void Note(Tx& tx, const Call& call, const v1::ImportPacketRequest& request, v1::PacketKind kind,
          const DocumentId& id) {
  InsertImportRequest(tx, {call.caller, request.request_id(), request.upload_id(), kind, id});
}

}  // namespace

v1::ImportedPacket ExchangeService::ImportPacket(const Call& call,
                                                 const v1::ImportPacketRequest& request) {
  try {
    return Import(call, request);
  } catch (base::Error& error) {
    // What other parts refuse of a packet is told in the words of the exchange too.
    if (error.reason.rfind("FILE_", 0) == 0) error.metadata.emplace("exchange_code", kBadFile);
    const bool is_refusal =
        error.kind == base::ErrorKind::kInvalid || error.kind == base::ErrorKind::kTransition;
    if (is_refusal) error.metadata.emplace("exchange_code", kAgainstStandard);
    throw;
  }
}

v1::ImportedPacket ExchangeService::Import(const Call& call,
                                           const v1::ImportPacketRequest& request) {
  if (auto made = MadeBefore(call, request)) return *made;
  Incoming incoming;
  incoming.upload = files_.WholeUpload(call, request.upload_id());
  const std::string& sha256 = incoming.upload.file.value().sha256;
  incoming.packet = Parse(call, sha256, [&](std::size_t at, std::string_view bytes) {
    if (at >= incoming.first_bytes.size()) incoming.first_bytes.resize(at + 1);
    std::string& first = incoming.first_bytes[at];
    first += bytes.substr(0, kFirstBytes - std::min(kFirstBytes, first.size()));
  });
  Packet& packet = incoming.packet;
  incoming.first_bytes.resize(packet.attachments.size());
  if (packet.status_code == kRecallRequested) {
    // Its own document back, in the other way that the exchange has for it.
    packet.business_document_id = packet.document_id = packet.responses.front().document_id;
    packet.business_reason = packet.description;
    packet.business = std::to_string(static_cast<int>(edxml::Business::kRecall));
  } else if (packet.IsStatus()) {
    return ImportStatus(call, request, incoming);
  }
  incoming.business =
      static_cast<edxml::Business>(NumberOf(packet.business, "BussinessDocType", 3));
  const bool is_recall = incoming.business == edxml::Business::kRecall;
  const auto known = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const auto sharing = parts_.sharing.Read(tx);
    RequireSender(packet, call, *sharing);
    // Before anything of it is stored.
    if (!is_recall) ReceiversOf(packet, *sharing, Today(call));
    return SelectImportedPacket(tx, packet.from.organ_id, packet.document_id,
                                static_cast<int>(incoming.business));
  });
  const auto kind = is_recall ? v1::PACKET_KIND_RECALL : v1::PACKET_KIND_DOCUMENT;
  if (known && known->sha256 == sha256) {
    parts_.pool.Transact(call.deadline, [&](Tx& tx) {
      files::DeleteUpload(tx, incoming.upload.id);
      Note(tx, call, request, kind, known->document_id);
    });
    v1::ImportedPacket answer = AnswerOf(kind, known->document_id);
    answer.set_repeated_packet(true);
    return answer;
  }
  if (known && !is_recall) {
    throw PacketError("PACKET_DIFFERS", kAgainstStandard,
                      "this packet of the sender came before with other content");
  }
  return is_recall ? ImportRecall(call, request, incoming)
                   : ImportDocument(call, request, incoming);
}

std::optional<v1::ImportedPacket> ExchangeService::MadeBefore(
    const Call& call, const v1::ImportPacketRequest& request) const {
  const auto made = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    return SelectImportRequest(tx, call.caller, request.request_id());
  });
  if (!made) return std::nullopt;
  if (made->upload_id != request.upload_id()) {
    throw base::Invalid("REQUEST_ID_REUSED", "request_id",
                        "this request_id came before with other content");
  }
  return AnswerOf(static_cast<v1::PacketKind>(made->kind), made->document_id);
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
    delivery.deadline = AskedFor(document.content);
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
  if (made.content.numbered.value().document_date > Today(call)) {
    throw edxml::Refusal(kAgainstStandard, "PromulgationDate is to come");
  }
  made.content.id = parts_.ids.New();
  made.sender_organ_id = packet.from.organ_id;
  made.sender_name = TextOf(packet.from.name.empty() ? packet.from.organ_id : packet.from.name,
                            "From/OrganName", kNameCharactersMax, true);
  made.issued_at = call.time;
  made.packet_document_id = packet.document_id;
  made.packet_sha256 = sha256;
  made.packet_signed = packet.has_signature;
  // What it changes is known before anything is unpacked.
  parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Content named = made.content;
    NameChanged(tx, incoming.business, packet, named);
  });
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
        Note(tx, call, request, v1::PACKET_KIND_DOCUMENT, document.id);
        const auto due = Limits(tx, sight.Directory(), Today(call))
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
  return AnswerOf(v1::PACKET_KIND_DOCUMENT, {document.id()});
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
        Note(tx, call, request, v1::PACKET_KIND_RECALL, document.id);
        Changes changes = ListOf(Answer("DocumentRecalled", ToRecord(document, sight.Rules())));
        auto deliveries = SelectDeliveries(tx, known);
        if (std::none_of(deliveries.begin(), deliveries.end(),
                         [](const auto& one) { return IsRecallable(one.value); })) {
          throw base::Transition("RECALL_TOO_LATE", "no receiver can give it back any more")
              .With("exchange_code", kAgainstStandard);
        }
        for (auto& [delivery, version] : deliveries) {
          if (delivery.state == DeliveryState::kCompleted) {
            InsertStatusPacket(tx, delivery, packet.from.organ_id,
                               {kRefused, call.time, "Đã hoàn thành xử lý", ""});
          }
          if (!IsRecallable(delivery)) continue;
          RequestRecall(delivery, {"", call.time, reason});
          UpdateDelivery(tx, delivery);
          changes.push_back(Answer("RecallRequested", ToRecord(delivery, sight.Rules())));
        }
        return changes;
      },
      journal::Visibility::kAny);
  return AnswerOf(v1::PACKET_KIND_RECALL, *id);
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
        files::Files::Take(tx, call, incoming.upload.id, kDeliveryType, delivery.id.text);
        Note(tx, call, request, v1::PACKET_KIND_STATUS, *id);
        return ListOf(Answer("StatusReceived", ToRecord(delivery, sight.Rules()), kSenderView));
      },
      journal::Visibility::kAny);
  return AnswerOf(v1::PACKET_KIND_STATUS, *id);
}

}  // namespace lienthong::document
