#include "document/store_exchange.hpp"

#include "document/store_values.hpp"

namespace lienthong::document {
namespace {

constexpr EnumNames<TransportState, 4> kTransportStates{{{TransportState::kWaiting, "WAITING"},
                                                         {TransportState::kSent, "SENT"},
                                                         {TransportState::kFailed, "FAILED"},
                                                         {TransportState::kRetried, "RETRIED"}}};

constexpr pg::Statement kInsertImported{
    "document_insert_imported",
    "INSERT INTO imported_packet VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 1"};

constexpr pg::Statement kInsertRecall{
    "document_insert_imported_recall",
    "INSERT INTO imported_recall VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1"};

constexpr pg::Statement kInsertRequest{"document_insert_import_request",
                                       "INSERT INTO import_request VALUES ($1, $2, $3, $4, $5)"
                                       " ON CONFLICT DO NOTHING"};

constexpr pg::Statement kSelectRequest{
    "document_select_import_request",
    "SELECT * FROM import_request WHERE caller = $1 AND request_id = $2"};

constexpr pg::Statement kInsertStatus{
    "document_insert_status_packet",
    "INSERT INTO outgoing_packet (kind, document_id, delivery_id, receiver_organ_id, status_code,"
    " reason, status_at, state, exchange_code, attempts)"
    " VALUES (3, $1, $2, $3, $4, $5, $6, 'WAITING', '', 0)"};

constexpr pg::Statement kSelectImported{
    "document_select_imported",
    "SELECT * FROM imported_packet WHERE sender_organ_id = $1 AND packet_document_id = $2"
    " AND business <> 1"};

constexpr pg::Statement kSelectRecall{
    "document_select_imported_recall",
    "SELECT document_id FROM imported_recall"
    " WHERE sender_organ_id = $1 AND packet_document_id = $2 AND sha256 = $3"};

constexpr pg::Statement kSelectValue{
    "document_select_exchange_value",
    "SELECT value FROM exchange_value WHERE element = $1 AND of IN ($2, '')"
    " ORDER BY of DESC LIMIT 1"};

constexpr pg::Statement kSelectByPacket{
    "document_select_by_packet",
    "SELECT id FROM document WHERE packet_document_id = $1 AND sender_organ_id = $2"
    " AND packet_document_id <> ''"};

constexpr pg::Statement kSelectToOrgan{
    "document_select_delivery_to_organ",
    "SELECT id FROM delivery WHERE document_id = $1 AND receiver_organ_id = $2"
    " ORDER BY state = 'RECALLED', id DESC LIMIT 1"};

constexpr pg::Statement kSelectOutgoing{
    "document_select_outgoing_packet",
    "SELECT *, microseconds(status_at) AS status_us, microseconds(created_at) AS created_us,"
    " microseconds(state_changed_at) AS state_changed_us"
    " FROM outgoing_packet WHERE id = $1"};

constexpr pg::Statement kFindOutgoing{
    "document_find_outgoing_packets",
    "SELECT f.* FROM unnest($1::text[]) AS s (state) CROSS JOIN LATERAL ("
    " SELECT *, microseconds(status_at) AS status_us, microseconds(created_at) AS created_us,"
    " microseconds(state_changed_at) AS state_changed_us"
    " FROM outgoing_packet o WHERE o.state = s.state AND o.number > $2 ORDER BY o.number LIMIT $3"
    ") f ORDER BY f.number LIMIT $3"};

constexpr pg::Statement kSetTransport{
    "document_set_transport",
    "UPDATE outgoing_packet SET state = $2, exchange_code = $3, attempts = attempts + 1,"
    " state_changed_by = $4, state_changed_at = $5::timestamptz"
    " WHERE id = $1 AND state <> 'SENT' AND (state <> $2 OR exchange_code <> $3)"};

constexpr pg::Statement kFindOfDocument{
    "document_find_packets_of_document",
    "SELECT *, microseconds(status_at) AS status_us, microseconds(created_at) AS created_us,"
    " microseconds(state_changed_at) AS state_changed_us"
    " FROM outgoing_packet WHERE document_id = $1 AND kind <> $4 AND number > $2"
    " ORDER BY number LIMIT $3"};

OutgoingPacketRow ToPacket(const pg::Row& row) {
  OutgoingPacketRow packet;
  packet.id = row["id"].as<std::string>();
  packet.kind = static_cast<PacketKind>(row["kind"].as<int>());
  packet.document_id = {row["document_id"].as<std::string>()};
  packet.delivery_id = {row["delivery_id"].as<std::string>()};
  packet.receiver_organ_id = row["receiver_organ_id"].as<std::string>();
  packet.status_code = row["status_code"].as<std::string>();
  packet.reason = row["reason"].as<std::string>();
  packet.status_at = pg::TimeOf(row["status_us"]);
  packet.state = ValueOf(kTransportStates, row["state"].view());
  packet.exchange_code = row["exchange_code"].as<std::string>();
  packet.attempts = row["attempts"].as<int>();
  packet.created_at = pg::TimeOf(row["created_us"]);
  packet.state_changed_by = row["state_changed_by"].as<std::string>();
  packet.state_changed_at = pg::OptionalTime(row["state_changed_us"]);
  packet.number = row["number"].as<std::int64_t>();
  return packet;
}

}  // namespace

bool InsertImportedPacket(pg::Tx& tx, const ImportedPacketRow& packet) {
  return !tx.Exec(kInsertImported, packet.sender_organ_id, packet.packet_document_id,
                  packet.business, packet.sha256, packet.document_id.text)
              .empty();
}

bool InsertImportedRecall(pg::Tx& tx, const ImportedPacketRow& packet) {
  return !tx.Exec(kInsertRecall, packet.sender_organ_id, packet.packet_document_id, packet.sha256,
                  packet.document_id.text)
              .empty();
}

std::optional<DocumentId> SelectImportedRecall(pg::Tx& tx, const std::string& sender,
                                               const std::string& packet_document_id,
                                               const std::string& sha256) {
  const auto rows = tx.Exec(kSelectRecall, sender, packet_document_id, sha256);
  if (rows.empty()) return std::nullopt;
  return DocumentId{rows[0][0].as<std::string>()};
}

std::string SelectExchangeValue(pg::Tx& tx, const std::string& element, const std::string& of) {
  const auto rows = tx.Exec(kSelectValue, element, of);
  return rows.empty() ? std::string() : rows[0][0].as<std::string>();
}

void InsertImportRequest(pg::Tx& tx, const ImportRequestRow& request) {
  tx.Write(kInsertRequest, request.caller, request.request_id, request.upload_id, request.kind,
           request.document_id.text);
}

std::optional<ImportRequestRow> SelectImportRequest(pg::Tx& tx, const std::string& caller,
                                                    const std::string& request_id) {
  const auto rows = tx.Exec(kSelectRequest, caller, request_id);
  if (rows.empty()) return std::nullopt;
  const auto row = rows[0];
  return ImportRequestRow{row["caller"].as<std::string>(),
                          row["request_id"].as<std::string>(),
                          row["upload_id"].as<std::string>(),
                          row["kind"].as<int>(),
                          {row["document_id"].as<std::string>()}};
}

void InsertStatusPacket(pg::Tx& tx, const Delivery& delivery, const std::string& receiver_organ_id,
                        const Step& step) {
  tx.Write(kInsertStatus, delivery.document_id.text, delivery.id.text, receiver_organ_id, step.code,
           step.reason, base::FormatTime(step.at));
}

std::optional<ImportedPacketRow> SelectImportedPacket(pg::Tx& tx, const std::string& sender,
                                                      const std::string& packet_document_id) {
  const auto rows = tx.Exec(kSelectImported, sender, packet_document_id);
  if (rows.empty()) return std::nullopt;
  return ImportedPacketRow{sender,
                           packet_document_id,
                           rows[0]["business"].as<int>(),
                           rows[0]["sha256"].as<std::string>(),
                           {rows[0]["document_id"].as<std::string>()}};
}

std::optional<DocumentId> SelectDocumentByPacket(pg::Tx& tx, const std::string& packet_document_id,
                                                 const std::string& sender_organ_id) {
  const auto rows = tx.Exec(kSelectByPacket, packet_document_id, sender_organ_id);
  if (rows.empty()) return std::nullopt;
  return DocumentId{rows[0][0].as<std::string>()};
}

std::optional<DeliveryId> SelectDeliveryToOrgan(pg::Tx& tx, const DocumentId& id,
                                                const std::string& organ_id) {
  const auto rows = tx.Exec(kSelectToOrgan, id.text, organ_id);
  if (rows.empty()) return std::nullopt;
  return DeliveryId{rows[0][0].as<std::string>()};
}

std::optional<OutgoingPacketRow> SelectOutgoingPacket(pg::Tx& tx, const std::string& id) {
  const auto rows = tx.Exec(kSelectOutgoing, id);
  if (rows.empty()) return std::nullopt;
  return ToPacket(rows[0]);
}

std::vector<OutgoingPacketRow> FindOutgoingPackets(pg::Tx& tx,
                                                   const std::optional<TransportState>& state,
                                                   std::int64_t after, int limit) {
  std::vector<std::string> states;
  if (state) {
    states.emplace_back(NameOf(kTransportStates, *state));
  } else {
    states = {NameOf(kTransportStates, TransportState::kWaiting),
              NameOf(kTransportStates, TransportState::kRetried)};
  }
  std::vector<OutgoingPacketRow> packets;
  for (const auto& row : tx.Exec(kFindOutgoing, pg::TextArray(states), after, limit)) {
    packets.push_back(ToPacket(row));
  }
  return packets;
}

std::vector<OutgoingPacketRow> FindPacketsOf(pg::Tx& tx, const DocumentId& id, std::int64_t after,
                                             int limit) {
  std::vector<OutgoingPacketRow> packets;
  for (const auto& row :
       tx.Exec(kFindOfDocument, id.text, after, limit, static_cast<int>(PacketKind::kStatus))) {
    packets.push_back(ToPacket(row));
  }
  return packets;
}

void SetTransport(pg::Tx& tx, const std::string& id, const TransportChange& change) {
  tx.Write(kSetTransport, id, NameOf(kTransportStates, change.state), change.exchange_code,
           change.system, base::FormatTime(change.at));
}

}  // namespace lienthong::document
