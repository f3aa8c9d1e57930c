#include "document/service_exchange.hpp"

#include <algorithm>

#include "document/service_requests.hpp"
#include "platform/base/text.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::document {
namespace {

using pg::Tx;

constexpr int kPacketsDefault = 50, kPacketsMax = 200;
constexpr std::size_t kExchangeCodeMax = 10;

v1::OutgoingPacket ToMessage(const OutgoingPacketRow& row) {
  v1::OutgoingPacket message;
  message.set_id(row.id);
  message.set_kind(static_cast<v1::PacketKind>(static_cast<int>(row.kind)));
  message.set_document_id(row.document_id.text);
  message.set_receiver_organ_id(row.receiver_organ_id);
  message.set_state(static_cast<v1::TransportState>(static_cast<int>(row.state)));
  message.set_exchange_code(row.exchange_code);
  message.set_attempts(row.attempts);
  message.set_state_changed_by(row.state_changed_by);
  if (row.state_changed_at) {
    journal::SetTime(message.mutable_state_changed_at(), *row.state_changed_at);
  }
  journal::SetTime(message.mutable_created_at(), row.created_at);
  return message;
}

const char* MarkOf(const Signer& signer) {
  switch (signer.authority) {
    case SigningAuthority::kCollective:
      return signer.as_deputy ? "TM. KT." : "TM.";
    case SigningAuthority::kDeputy:
      return "KT.";
    case SigningAuthority::kByOrder:
      return signer.as_deputy ? "TL. KT." : "TL.";
    case SigningAuthority::kAuthorised:
      return "TUQ.";
    case SigningAuthority::kActing:
      return "Q.";
    case SigningAuthority::kHead:
      break;
  }
  return "";
}

/// "15" and "QĐ-UBND" of "15/QĐ-UBND".
void SplitCode(const std::string& code, edxml::Packet& packet) {
  const std::size_t slash = code.find('/');
  packet.code_number = code.substr(0, slash);
  if (slash != std::string::npos) packet.code_notation = code.substr(slash + 1);
}

/// What the exchange calls what a document speaks of; empty = unknown there.
struct ExchangeNames {
  std::string type;   ///< DocumentType/Type
  std::string paper;  ///< Bussiness/Paper
  std::vector<std::string> changed;
  std::vector<std::string> references;  ///< of `response_for`
};

ExchangeNames NamesFor(Tx& tx, const Content& content) {
  const auto name_of = [&](const DocumentId& id) {
    const auto found = SelectDocuments(tx, {id});
    return found.empty() ? std::string() : found.front().value.packet_document_id;
  };
  ExchangeNames names;
  names.type = SelectExchangeValue(tx, "DocumentType/Type", content.type.name);
  names.paper = SelectExchangeValue(tx, "Bussiness/Paper", "");
  for (const DocumentId& id : content.changed_documents) names.changed.push_back(name_of(id));
  for (const Reference& reference : content.response_for) {
    names.references.push_back(reference.document_id.empty() ? std::string()
                                                             : name_of({reference.document_id}));
  }
  return names;
}

edxml::Packet DocumentPacket(const OutgoingPacketRow& row, const Document& document,
                             const Delivery& delivery, const ExchangeNames& names) {
  const Content& content = document.content;
  const Numbered& numbered = content.numbered.value();
  edxml::Packet packet;
  packet.from.organ_id = document.sender_unit_id;
  packet.from.name = document.sender_name;
  packet.to.push_back({});
  packet.to.back().organ_id = row.receiver_organ_id;
  packet.to.back().name = delivery.receiver_name;
  packet.document_id = document.packet_document_id;
  SplitCode(numbered.code, packet);
  packet.place = content.place;
  packet.promulgation_date = edxml::FromDay(numbered.document_date);
  packet.type = names.type;
  packet.type_name = content.type.name;
  packet.subject = content.subject;
  packet.content = content.summary;
  if (content.signer) {
    packet.competence = MarkOf(*content.signer);
    packet.position = content.signer->position;
    packet.full_name = content.signer->full_name;
  }
  if (content.due_date) packet.due_date = edxml::FromDay(*content.due_date);
  for (const Recipient& recipient : content.recipients) packet.to_places.push_back(recipient.name);
  packet.priority = std::to_string(static_cast<int>(content.urgency) - 1);
  packet.promulgation_amount = std::to_string(content.copy_count);
  packet.page_amount = std::to_string(content.page_count);
  packet.steering_type = std::to_string(content.steering_type);
  packet.traces.push_back({document.sender_unit_id, edxml::FromTime(document.issued_at)});
  packet.business = std::to_string(static_cast<int>(content.change_kind));
  packet.paper = names.paper;
  if (row.kind == PacketKind::kRecall) {
    packet.business = std::to_string(static_cast<int>(edxml::Business::kRecall));
    packet.business_reason = row.reason;
    packet.business_document_id = document.packet_document_id;
    return packet;
  }
  for (const std::string& changed : names.changed) {
    if (content.change_kind == ChangeKind::kUpdate && packet.business_document_id.empty()) {
      packet.business_document_id = changed;
    } else {
      packet.replacements.push_back({changed, {row.receiver_organ_id}});
    }
  }
  for (std::size_t i = 0; i < content.response_for.size(); ++i) {
    const Reference& reference = content.response_for[i];
    packet.responses.push_back({reference.organ_id, reference.code,
                                reference.document_date.empty()
                                    ? std::string()
                                    : edxml::FromDay(base::ParseDay(reference.document_date)),
                                names.references[i]});
  }
  for (std::size_t i = 0; i < content.attachments.size(); ++i) {
    const Attachment& attachment = content.attachments[i];
    packet.attachments.push_back(
        {std::to_string(i + 1), attachment.name, attachment.description, attachment.media_type});
  }
  return packet;
}

edxml::Packet StatusPacket(const OutgoingPacketRow& row, const Document& document,
                           const Delivery& delivery) {
  const Numbered& numbered = document.content.numbered.value();
  edxml::Packet packet;
  packet.from.organ_id = delivery.receiver_unit_id;
  packet.from.name = delivery.receiver_name;
  packet.responses.push_back({document.sender_organ_id, numbered.code,
                              edxml::FromDay(numbered.document_date), document.packet_document_id});
  packet.status_code = row.status_code;
  packet.description = row.reason;
  packet.timestamp = edxml::FromTime(row.status_at);
  return packet;
}

/// `token_behind(last row on the page)`.
template <class TokenBehind>
v1::ListPacketsResponse PageOf(const std::vector<OutgoingPacketRow>& rows, int size,
                               const TokenBehind& token_behind) {
  v1::ListPacketsResponse response;
  FillPage(
      rows, size, response.mutable_packets(),
      [](const OutgoingPacketRow& row) { return ToMessage(row); },
      [&](const OutgoingPacketRow& last) { response.set_next_page_token(token_behind(last)); });
  return response;
}

}  // namespace

v1::ListPacketsResponse ExchangeService::ListPackets(const Call& call,
                                                     const v1::ListPacketsRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kPacketsDefault, kPacketsMax);
  std::optional<TransportState> state;
  if (request.state() != v1::TRANSPORT_STATE_UNSPECIFIED) {
    state = static_cast<TransportState>(request.state());
  }
  const std::string position = parts_.tokens.Read(call, request);
  const std::int64_t after = position.empty() ? 0 : std::stoll(position);
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    return PageOf(FindOutgoingPackets(tx, state, after, size + 1), size, [&](const auto& last) {
      return parts_.tokens.Make(call, request, std::to_string(last.number));
    });
  });
}

v1::ListPacketsResponse ExchangeService::ListDocumentPackets(
    const Call& call, const v1::ListDocumentPacketsRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kPacketsDefault, kPacketsMax);
  const auto id = ToId<DocumentId>(request.document_id());
  const std::string position = parts_.tokens.Read(call, request);
  const std::int64_t after = position.empty() ? 0 : std::stoll(position);
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    RequireOwn(sight.FindDocument(id).value.sender_unit_id, call, sight.Rules());
    return PageOf(FindPacketsOf(tx, id, after, size + 1), size, [&](const auto& last) {
      return parts_.tokens.Make(call, request, std::to_string(last.number));
    });
  });
}

v1::OutgoingPacket ExchangeService::SetPacketState(const Call& call,
                                                   const v1::SetPacketStateRequest& request) {
  if (!base::IsRecordId(request.packet_id())) throw base::NotFound();
  if (request.state() == v1::TRANSPORT_STATE_UNSPECIFIED ||
      request.state() == v1::TRANSPORT_STATE_WAITING) {
    throw base::InvalidField("state", "must be SENT, FAILED or RETRIED");
  }
  const std::string code =
      base::CheckText(request.exchange_code(), "exchange_code", kExchangeCodeMax, false);
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const auto state = static_cast<TransportState>(request.state());
    SetTransport(tx, request.packet_id(), {state, code, call.system, call.machine_time});
    const auto packet = SelectOutgoingPacket(tx, request.packet_id());
    if (!packet) throw base::NotFound();
    if (packet->state != state) throw base::Transition("PACKET_STATE", "the packet has been sent");
    return ToMessage(*packet);
  });
}

ExchangeService::Export::Export(const Parts& parts, files::Files& files,
                                const v1::ExportPacketRequest& request)
    : parts_(parts), files_(files), id_(request.packet_id()) {
  if (!base::IsRecordId(id_)) throw base::NotFound();
}

edxml::Packet ExchangeService::Export::Make(const Call& call) {
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const auto row = SelectOutgoingPacket(tx, id_);
    if (!row) throw base::NotFound();
    const Document document = TheOne(SelectDocuments(tx, {row->document_id})).value;
    const Delivery delivery = TheOne(SelectDeliveries(tx, {row->delivery_id})).value;
    hashes_.clear();
    for (const Attachment& attachment : document.content.attachments) {
      hashes_.push_back(attachment.sha256);
    }
    return row->kind == PacketKind::kStatus
               ? StatusPacket(*row, document, delivery)
               : DocumentPacket(*row, document, delivery, NamesFor(tx, document.content));
  });
}

bool ExchangeService::Export::Next(const Call& call, v1::PacketChunk* chunk) {
  if (!writer_) {
    writer_ = std::make_unique<edxml::Writer>(
        Make(call), [this](std::size_t attachment, std::int64_t offset) {
          return files_.ReadPiece(hashes_.at(attachment), offset);
        });
  }
  return writer_->Next(chunk->mutable_data());
}

}  // namespace lienthong::document
