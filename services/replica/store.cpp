#include "replica/store.hpp"

#include <chrono>

namespace lienthong::replica {
namespace {

constexpr pg::Statement kFindRecord{
    "replica_find_record",
    "SELECT record_id, version, view, value, CASE WHEN $5 = '' THEN record_id"
    "  ELSE coalesce(nullif(value::jsonb ->> $5, ''), record_id) END, suspect"
    " FROM feed_record"
    " WHERE topic IN ($1, $2) AND record_type = $3 AND record_id = $4"
    " ORDER BY value IS NULL, topic = $1 DESC LIMIT 1"};

// Each set is read in the order of its key, so that a page costs a page.
constexpr pg::Statement kSelectRecords{
    "replica_select_records",
    "SELECT record_id, version, view, value, CASE WHEN $6 = '' THEN record_id"
    "  ELSE coalesce(nullif(value::jsonb ->> $6, ''), record_id) END"
    " FROM ((SELECT record_id, version, view, value FROM feed_record"
    "   WHERE topic = $1 AND record_type = $3 AND record_id > $4 AND value IS NOT NULL"
    "   ORDER BY record_id LIMIT $5)"
    "  UNION ALL (SELECT record_id, version, view, value FROM feed_record a"
    "   WHERE topic = $2 AND record_type = $3 AND record_id > $4 AND value IS NOT NULL"
    "    AND NOT EXISTS (SELECT 1 FROM feed_record o WHERE o.topic = $1"
    "     AND o.record_type = a.record_type AND o.record_id = a.record_id"
    "     AND o.value IS NOT NULL)"
    "   ORDER BY record_id LIMIT $5)) AS both_sets"
    " ORDER BY record_id LIMIT $5"};

constexpr pg::Statement kInsertAccess{
    "replica_insert_access",
    "INSERT INTO access_log (read_at, record_type, record_id, citizen_id, system, unit_id, purpose,"
    "  source)"
    " SELECT $1::timestamptz, $2, r, c, $3, $4, $5, $6"
    " FROM unnest($7::text[], $8::text[]) AS u (r, c)"};

constexpr pg::Statement kSelectUnsentAccess{
    "replica_select_unsent_access",
    "SELECT id, (extract(epoch FROM read_at) * 1000000)::bigint, citizen_id, system, unit_id,"
    "  purpose, source FROM access_log WHERE sent_at IS NULL AND refused IS NULL"
    " ORDER BY read_at, id LIMIT $1"};

constexpr pg::Statement kMarkAccessSent{
    "replica_mark_access_sent",
    "UPDATE access_log SET sent_at = now() WHERE id = ANY ($1::uuid[])"};

constexpr pg::Statement kMarkAccessRefused{
    "replica_mark_access_refused", "UPDATE access_log SET refused = $2 WHERE id = $1::uuid"};

constexpr pg::Statement kDeleteSentAccess{
    "replica_delete_sent_access",
    "DELETE FROM access_log WHERE id IN (SELECT id FROM access_log"
    "  WHERE sent_at < now() - make_interval(days => $1::integer) LIMIT $2)"};
constexpr std::size_t kDeleteMax = 10'000;

StoredRecord RecordOf(const pg::Row& row) {
  return {row[0].as<std::string>(), row[1].as<std::int64_t>(), row[2].as<std::string>(),
          row[3].as<std::string>(), row[4].as<std::string>()};
}

}  // namespace

Found FindRecord(pg::Tx& tx, const Sets& sets, const std::string& type, const std::string& id,
                 const std::string& person_field) {
  const auto rows = tx.Exec(kFindRecord, sets.own_topic, sets.all_topic, type, id, person_field);
  if (rows.empty()) return {};
  const auto& row = rows[0];
  const auto version = row[1].as<std::int64_t>();
  // A suspect record has been asked for: what is known of it is about to come.
  if (row[3].is_null()) return {version, std::nullopt, version == 0 && !row[5].as<bool>()};
  return {version, RecordOf(row), false};
}

std::vector<StoredRecord> SelectRecords(pg::Tx& tx, const Sets& sets, const std::string& type,
                                        const std::string& after, int rows_max,
                                        const std::string& person_field) {
  std::vector<StoredRecord> records;
  for (const auto& row : tx.Exec(kSelectRecords, sets.own_topic, sets.all_topic, type, after,
                                 rows_max, person_field)) {
    records.push_back(RecordOf(row));
  }
  return records;
}

void InsertAccess(pg::Tx& tx, const Access& access, const std::vector<StoredRecord>& records) {
  if (records.empty()) return;
  std::vector<std::string> ids;
  std::vector<std::string> persons;
  for (const StoredRecord& record : records) {
    ids.push_back(record.id);
    persons.push_back(record.person_id);
  }
  tx.Exec(kInsertAccess, base::FormatTime(access.read_at), access.record_type, access.system,
          access.unit, access.purpose, access.source, pg::TextArray(ids), pg::TextArray(persons));
}

std::vector<UnsentAccess> SelectUnsentAccess(pg::Tx& tx, int rows_max) {
  std::vector<UnsentAccess> unsent;
  for (const auto& row : tx.Exec(kSelectUnsentAccess, rows_max)) {
    unsent.push_back({row[0].as<std::string>(),
                      base::Time(std::chrono::microseconds(row[1].as<std::int64_t>())),
                      row[2].as<std::string>(), row[3].as<std::string>(), row[4].as<std::string>(),
                      row[5].as<std::string>(), row[6].as<std::string>()});
  }
  return unsent;
}

void MarkAccessSent(pg::Tx& tx, const std::vector<UnsentAccess>& rows) {
  std::vector<std::string> ids;
  for (const UnsentAccess& row : rows) ids.push_back(row.id);
  tx.Exec(kMarkAccessSent, pg::TextArray(ids));
}

void MarkAccessRefused(pg::Tx& tx, const UnsentAccess& row, const std::string& reason) {
  tx.Exec(kMarkAccessRefused, row.id, reason);
}

bool DeleteSentAccess(pg::Tx& tx, int days) {
  return tx.Exec(kDeleteSentAccess, days, kDeleteMax).affected_rows() == kDeleteMax;
}

}  // namespace lienthong::replica
