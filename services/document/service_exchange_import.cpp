#include <algorithm>

#include "document/packet_content.hpp"
#include "document/service_attachments.hpp"
#include "document/service_changes.hpp"
#include "document/service_deadlines.hpp"
#include "document/service_exchange_incoming.hpp"
#include "document/service_exchange_parties.hpp"
#include "document/service_requests.hpp"
#include "platform/base/text.hpp"

namespace lienthong::document {
namespace {

using edxml::Packet;
using journal::Heads;
using journal::Key;
using journal::ListOf;
using pg::Tx;

constexpr const char* kRecallRequested = "13";  // among the states
constexpr const char* kRefused = "16";

/// Which documents an update or a replacement speaks of: those that have come here.
void NameChanged(Tx& tx, edxml::Business business, const Packet& packet, Content& content) {
  if (business == edxml::Business::kNew) return;
  std::vector<std::string> named;
  if (!packet.business_document_id.empty()) named.push_back(packet.business_document_id);
  for (const edxml::Replacement& one : packet.replacements) named.push_back(one.document_id);
  auto& known = content.changed_documents;
  for (const std::string& name : named) {
    const auto id = SelectDocumentByPacket(tx, name, packet.from.organ_id);
    if (id && std::find(known.begin(), known.end(), *id) == known.end()) known.push_back(*id);
  }
  if (known.empty()) {
    throw edxml::Refusal(edxml::kAgainstStandard, "the document that it changes is not known");
  }
  if (known.size() > kChangedMax) {
    throw edxml::Refusal(edxml::kAgainstStandard, "it changes too many documents");
  }
  content.change_kind =
      business == edxml::Business::kUpdate ? ChangeKind::kUpdate : ChangeKind::kReplace;
}

/// Deliveries of the documents that an update changes, to units that it takes them from.
std::vector<DeliveryId> DeliveriesTakenFrom(Tx& tx, const Content& content,
                                            const std::vector<std::string>& units) {
  std::vector<DeliveryId> taken;
  for (const std::string& unit : units) {
    Delivery to;
    to.receiver_unit_id = to.holder_unit_id = unit;
    const std::vector<DeliveryId> earlier = EarlierOf(tx, content, to);
    taken.insert(taken.end(), earlier.begin(), earlier.end());
  }
  return taken;
}

/// Asks for deliveries back; of those that cannot be given back the sender hears at once.
void RequestBack(Tx& tx, const std::vector<DeliveryId>& ids, const std::string& sender,
                 const Act& act, const access::Sharing& sharing, Changes& changes) {
  for (auto& [delivery, version] : SelectDeliveries(tx, ids)) {
    if (delivery.state == DeliveryState::kCompleted) {
      InsertStatusPacket(tx, delivery, sender, {kRefused, act.at, "Đã hoàn thành xử lý", ""});
    }
    if (!IsRecallable(delivery)) continue;
    RequestRecall(delivery, act);
    UpdateDelivery(tx, delivery);
    changes.push_back(Answer("RecallRequested", ToRecord(delivery, sharing)));
  }
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
    if (is_refusal) error.metadata.emplace("exchange_code", edxml::kAgainstStandard);
    throw;
  }
}

v1::ImportedPacket ExchangeService::Import(const Call& call,
                                           const v1::ImportPacketRequest& request) {
  if (auto made = MadeBefore(call, request)) return *made;
  Incoming incoming;
  const auto upload = FindUpload(call, request);
  if (!upload) return *MadeBefore(call, request);
  incoming.upload = *upload;
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
  const int business = static_cast<int>(incoming.business);
  std::optional<ImportedPacketRow> known;
  parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const auto sharing = parts_.sharing.Read(tx);
    RequireSender(packet, call, *sharing);
    // Before anything of it is stored.
    if (!is_recall) ReceiversOf(packet, incoming.business, *sharing, Today(call));
    known = SelectImportedPacket(tx, packet.from.organ_id, packet.document_id);
    if (!is_recall) return;
    const auto recalled =
        SelectImportedRecall(tx, packet.from.organ_id, packet.document_id, sha256);
    known.reset();
    if (recalled) known = {packet.from.organ_id, packet.document_id, business, sha256, *recalled};
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
  if (known) {
    throw PacketError("PACKET_DIFFERS", edxml::kAgainstStandard,
                      "this packet of the sender came before with other content");
  }
  return is_recall ? ImportRecall(call, request, incoming)
                   : ImportDocument(call, request, incoming);
}

std::optional<files::UploadRow> ExchangeService::FindUpload(
    const Call& call, const v1::ImportPacketRequest& request) {
  try {
    return files_.WholeUpload(call, request.upload_id());
  } catch (const base::Error& error) {
    // An equal call may have taken it since this one looked for its answer.
    if (error.kind == base::ErrorKind::kNotFound && MadeBefore(call, request)) return std::nullopt;
    throw;
  }
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
    if (!document.content.changed_documents.empty()) {
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
    throw edxml::Refusal(edxml::kAgainstStandard, "PromulgationDate is to come");
  }
  made.content.id = parts_.ids.New();
  made.sender_organ_id = packet.from.organ_id;
  made.sender_name = TextOf(packet.from.name.empty() ? packet.from.organ_id : packet.from.name,
                            "From/OrganName", kNameCharactersMax, true);
  made.issued_at = call.time;
  made.packet_document_id = packet.document_id;
  made.packet_sha256 = sha256;
  made.packet_signed = packet.has_signature;
  const std::string reason =
      TextOf(packet.business_reason, "BussinessDocReason", kReasonCharactersMax, false);
  // What it changes is known before anything is unpacked.
  const auto taken_from = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Content named = made.content;
    NameChanged(tx, incoming.business, packet, named);
    const auto sharing = parts_.sharing.Read(tx);
    const auto units = ReceiversOf(packet, incoming.business, *sharing, Today(call)).removed;
    return DeliveriesTakenFrom(tx, named, units);
  });
  files::Files::Intakes made_uploads(files_);
  const std::vector<NewAttachment> intakes = TakeIn(call, incoming, made_uploads);
  std::vector<Key> keys;
  for (const DeliveryId& taken : taken_from) keys.push_back({kDeliveryType, taken.text});
  const auto document = parts_.journal.Change<v1::Document>(
      call, request, keys,
      [&](Tx& tx, const Heads&) {
        const Sight sight(tx, call, parts_);
        const std::vector<std::string> receivers =
            ReceiversOf(packet, incoming.business, sight.Rules(), Today(call)).units;
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
        RequestBack(tx, taken_from, packet.from.organ_id, {"", call.time, reason}, sight.Rules(),
                    changes);
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
  if (!id)
    throw edxml::Refusal(edxml::kAgainstStandard, "the document that it recalls is not known");
  std::vector<Key> keys{{kDocumentType, id->text}};
  for (const DeliveryId& delivery : known) keys.push_back({kDeliveryType, delivery.text});
  const std::string reason =
      TextOf(packet.business_reason, "BussinessDocReason", kReasonCharactersMax, false);
  parts_.journal.Change<v1::Document>(
      call, request, keys,
      [&](Tx& tx, const Heads&) {
        const Sight sight(tx, call, parts_);
        if (!InsertImportedRecall(tx, {packet.from.organ_id, packet.document_id,
                                       static_cast<int>(edxml::Business::kRecall), sha256, *id})) {
          throw base::Aborted("CONCURRENT_CHANGE", "the packet is imported meanwhile; repeat");
        }
        Document document = TheOne(SelectDocuments(tx, {*id})).value;
        document.recalled = true;
        if (!reason.empty()) document.recall_reason = reason;
        UpdateDocument(tx, document);
        files::Files::Take(tx, call, incoming.upload.id, kDocumentType, document.id.text);
        Note(tx, call, request, v1::PACKET_KIND_RECALL, document.id);
        Changes changes = ListOf(Answer("DocumentRecalled", ToRecord(document, sight.Rules())));
        const auto deliveries = SelectDeliveries(tx, known);
        if (std::none_of(deliveries.begin(), deliveries.end(),
                         [](const auto& one) { return IsRecallable(one.value); })) {
          throw base::Transition("RECALL_TOO_LATE", "no receiver can give it back any more")
              .With("exchange_code", edxml::kAgainstStandard);
        }
        RequestBack(tx, known, packet.from.organ_id, {"", call.time, reason}, sight.Rules(),
                    changes);
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
  Content content;
  std::vector<DeliveryId> earlier;  // that the document updates or replaces
  const auto delivery_id = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    RequireSender(packet, call, *parts_.sharing.Read(tx));
    id = SelectDocumentByPacket(tx, about, "");
    const auto to = id ? SelectDeliveryToOrgan(tx, *id, packet.from.organ_id) : std::nullopt;
    if (!to) throw edxml::Refusal(edxml::kAgainstStandard, "it speaks of no document sent there");
    content = TheOne(SelectDocuments(tx, {*id})).value.content;
    earlier = EarlierOf(tx, content, TheOne(SelectDeliveries(tx, {*to})).value);
    return *to;
  });
  const Act act{"", edxml::ToTime(packet.timestamp, "Timestamp"),
                TextOf(packet.description, "Description", kReasonCharactersMax, false)};
  std::vector<Key> keys{{kDeliveryType, delivery_id.text}};
  for (const DeliveryId& one : earlier) keys.push_back({kDeliveryType, one.text});
  parts_.journal.Change<v1::Delivery>(
      call, request, keys,
      [&](Tx& tx, const Heads&) {
        const Sight sight(tx, call, parts_);
        Delivery delivery = TheOne(SelectDeliveries(tx, {delivery_id})).value;
        const ChangeKind asked = delivery.change ? delivery.change->kind : ChangeKind::kNone;
        const bool accepts = TakeStatus(delivery, packet.status_code, content.change_kind, act);
        UpdateDelivery(tx, delivery);
        files::Files::Take(tx, call, incoming.upload.id, kDeliveryType, delivery.id.text);
        Note(tx, call, request, v1::PACKET_KIND_STATUS, *id);
        Changes changes =
            ListOf(Answer("StatusReceived", ToRecord(delivery, sight.Rules()), kSenderView));
        if (accepts) SettleEarlier(tx, delivery, asked, earlier, call.time, sight.Rules(), changes);
        return changes;
      },
      journal::Visibility::kAny);
  return AnswerOf(v1::PACKET_KIND_STATUS, *id);
}

}  // namespace lienthong::document
