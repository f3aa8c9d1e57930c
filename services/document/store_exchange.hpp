#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "document/delivery.hpp"
#include "platform/pg/database.hpp"

/// SQL of the exchange.
namespace lienthong::document {

/// A packet that came in.
struct ImportedPacketRow {
  std::string sender_organ_id;
  std::string packet_document_id;
  int business = 0;
  std::string sha256;
  DocumentId document_id;
};
/// A document, whatever it does to an earlier one. False when the sender's of this id is there.
bool InsertImportedPacket(pg::Tx& tx, const ImportedPacketRow& packet);
std::optional<ImportedPacketRow> SelectImportedPacket(pg::Tx& tx, const std::string& sender,
                                                      const std::string& packet_document_id);
/// A recall. False when the same one is there.
bool InsertImportedRecall(pg::Tx& tx, const ImportedPacketRow& packet);
/// The document that it recalled.
std::optional<DocumentId> SelectImportedRecall(pg::Tx& tx, const std::string& sender,
                                               const std::string& packet_document_id,
                                               const std::string& sha256);
/// What an element is given where the sources of the standard disagree, of a thing or of all.
std::string SelectExchangeValue(pg::Tx& tx, const std::string& element, const std::string& of);
/// What a call of a system brought in.
struct ImportRequestRow {
  std::string caller;
  std::string request_id;
  std::string upload_id;
  int kind = 0;
  DocumentId document_id;
};
void InsertImportRequest(pg::Tx& tx, const ImportRequestRow& request);
std::optional<ImportRequestRow> SelectImportRequest(pg::Tx& tx, const std::string& caller,
                                                    const std::string& request_id);

/// A document by its sender's id: `sender_organ_id` empty = of a unit of the province.
std::optional<DocumentId> SelectDocumentByPacket(pg::Tx& tx, const std::string& packet_document_id,
                                                 const std::string& sender_organ_id);
/// Of a document, to an organisation outside.
std::optional<DeliveryId> SelectDeliveryToOrgan(pg::Tx& tx, const DocumentId& id,
                                                const std::string& organ_id);

enum class PacketKind { kDocument = 1, kRecall, kStatus };
enum class TransportState { kWaiting = 1, kSent, kFailed, kRetried };

struct OutgoingPacketRow {
  std::string id;
  PacketKind kind = PacketKind::kDocument;
  DocumentId document_id;
  DeliveryId delivery_id;
  std::string receiver_organ_id;
  std::string status_code;
  std::string reason;
  base::Time status_at{};
  TransportState state = TransportState::kWaiting;
  std::string exchange_code;
  int attempts = 0;
  base::Time created_at{};
  std::string state_changed_by;  ///< CN of the system; empty = nobody yet
  std::optional<base::Time> state_changed_at;
  std::int64_t number = 0;  ///< rises in the order in which they came to be
};
std::optional<OutgoingPacketRow> SelectOutgoingPacket(pg::Tx& tx, const std::string& id);
/// A state that is told to the sender of a document beside the steps of its delivery.
void InsertStatusPacket(pg::Tx& tx, const Delivery& delivery, const std::string& receiver_organ_id,
                        const Step& step);
/// Oldest first, behind `after`; nullopt = those to be sent (waiting and retried).
std::vector<OutgoingPacketRow> FindOutgoingPackets(pg::Tx& tx,
                                                   const std::optional<TransportState>& state,
                                                   std::int64_t after, int limit);
/// Packets with a document and its recalls, behind a number.
std::vector<OutgoingPacketRow> FindPacketsOf(pg::Tx& tx, const DocumentId& id, std::int64_t after,
                                             int limit);
struct TransportChange {
  TransportState state = TransportState::kSent;
  std::string exchange_code;
  std::string system;  ///< that made it
  base::Time at{};
};
/// One attempt more, unless it is in this state already or was sent.
void SetTransport(pg::Tx& tx, const std::string& id, const TransportChange& change);

}  // namespace lienthong::document
