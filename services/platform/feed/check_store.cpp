#include "platform/feed/check_store.hpp"

#include "platform/feed/store.hpp"

namespace lienthong::feed {
namespace {

constexpr pg::Statement kSelectScrubRows{
    "feed_select_scrub_rows",
    "SELECT record_type, record_id, owner, epoch, sequence, version, hash, value FROM ("
    "  SELECT *, sum(coalesce(octet_length(value), 0)) OVER (ORDER BY record_type, record_id)"
    "   - coalesce(octet_length(value), 0) AS bytes_before"
    "  FROM (SELECT record_type, record_id, owner, epoch, sequence, version, hash, value"
    "   FROM feed_record WHERE topic = $1 AND (record_type, record_id) > ($2, $3)"
    "   ORDER BY record_type, record_id LIMIT $4) AS chunk) AS summed"
    " WHERE bytes_before <= $5 ORDER BY record_type, record_id"};

constexpr pg::Statement kSetScrubbedHash{
    "feed_set_scrubbed_hash",
    "UPDATE feed_record SET hash = nullif($4::bytea, ''::bytea), epoch = 0, sequence = 0"
    " WHERE topic = $1 AND record_type = $2 AND record_id = $3"};

constexpr pg::Statement kSelectHashes{
    "feed_select_hashes",
    "SELECT record_id, owner, epoch, sequence, version, hash FROM feed_record"
    " WHERE topic = $1 AND record_type = $2 AND record_id > $3 AND hash IS NOT NULL"
    " ORDER BY record_id LIMIT $4"};

constexpr pg::Statement kResetGuards{
    "feed_reset_guards",
    "UPDATE feed_record r SET epoch = 0, sequence = 0"
    " FROM unnest($2::text[], $3::text[]) AS k (record_type, record_id)"
    " WHERE r.topic = $1 AND r.record_type = k.record_type AND r.record_id = k.record_id"};

constexpr pg::Statement kSelectSuspects{
    "feed_select_suspects",
    "SELECT record_type, record_id FROM feed_record WHERE topic = $1 AND owner = $2 AND suspect"
    " LIMIT $3"};

std::optional<std::string> BytesOf(const pg::Field& field) {
  if (field.is_null()) return std::nullopt;
  return pg::ParseBytes(field);
}

}  // namespace

std::vector<CheckedRow> SelectScrubRows(pg::Tx& tx, const std::string& topic, const RowKey& after,
                                        int rows_max, std::int64_t bytes_max) {
  std::vector<CheckedRow> rows;
  for (const auto& found :
       tx.Exec(kSelectScrubRows, topic, after.type, after.id, rows_max, bytes_max)) {
    CheckedRow& row = rows.emplace_back();
    row.key = {found[0].as<std::string>(), found[1].as<std::string>()};
    row.owner = found[2].as<std::string>();
    row.guard = {found[3].as<std::int64_t>(), found[4].as<std::int64_t>()};
    row.version = found[5].as<std::int64_t>();
    row.hash = BytesOf(found[6]);
    if (!found[7].is_null()) row.value = found[7].as<std::string>();
  }
  return rows;
}

void SetScrubbedHash(pg::Tx& tx, const std::string& topic, const RowKey& key,
                     const std::optional<journal::Digest>& hash) {
  tx.Exec(kSetScrubbedHash, topic, key.type, key.id,
          pg::BytesLiteral(hash ? hash->Bytes() : std::string()));
}

std::vector<CheckedRow> SelectHashes(pg::Tx& tx, const std::string& topic, const std::string& type,
                                     const std::string& after, int rows_max) {
  std::vector<CheckedRow> rows;
  for (const auto& found : tx.Exec(kSelectHashes, topic, type, after, rows_max)) {
    CheckedRow& row = rows.emplace_back();
    row.key = {type, found[0].as<std::string>()};
    row.owner = found[1].as<std::string>();
    row.guard = {found[2].as<std::int64_t>(), found[3].as<std::int64_t>()};
    row.version = found[4].as<std::int64_t>();
    row.hash = BytesOf(found[5]);
  }
  return rows;
}

void ResetGuards(pg::Tx& tx, const std::string& topic, const std::vector<RowKey>& keys) {
  std::vector<std::string> types;
  std::vector<std::string> ids;
  for (const RowKey& key : keys) {
    types.push_back(key.type);
    ids.push_back(key.id);
  }
  if (!keys.empty()) tx.Exec(kResetGuards, topic, pg::TextArray(types), pg::TextArray(ids));
}

std::vector<RowKey> SelectSuspects(pg::Tx& tx, const std::string& topic, const std::string& owner,
                                   int rows_max) {
  std::vector<RowKey> keys;
  for (const auto& row : tx.Exec(kSelectSuspects, topic, owner, rows_max)) {
    keys.push_back({row[0].as<std::string>(), row[1].as<std::string>()});
  }
  return keys;
}

}  // namespace lienthong::feed
