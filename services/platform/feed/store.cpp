#include "platform/feed/store.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace lienthong::feed {
namespace {

constexpr pg::Statement kInsertOffset{
    "feed_insert_offset",
    "INSERT INTO feed_offset (topic, next) VALUES ($1, 0) ON CONFLICT (topic) DO NOTHING"};

constexpr pg::Statement kSelectOffset{
    "feed_select_offset",
    "SELECT next, (extract(epoch FROM applied_at) * 1000000)::bigint,"
    "  (SELECT count(*) FROM feed_parked WHERE topic = $1)"
    " FROM feed_offset WHERE topic = $1"};

constexpr pg::Statement kMoveOffset{
    "feed_move_offset",
    "UPDATE feed_offset SET next = $3, applied_at = $4::timestamptz"
    " WHERE topic = $1 AND next = $2 RETURNING set_config('synchronous_commit', 'off', true)"};

constexpr pg::Statement kHoldOffset{"feed_hold_offset",
                                    "SELECT next FROM feed_offset WHERE topic = $1 FOR UPDATE"};

constexpr pg::Statement kSelectOwners{
    "feed_select_owners",
    "SELECT owner, seen_epoch, seen_sequence, complete, matched_epoch, matched_sequence,"
    "  (extract(epoch FROM matched_time) * 1000000)::bigint, equal"
    " FROM feed_owner WHERE topic = $1"};

constexpr pg::Statement kSelectDigests{
    "feed_select_digests",
    "SELECT owner, record_type, count, digest FROM feed_digest WHERE topic = $1"};

constexpr pg::Statement kSelectSuspectsOf{
    "feed_select_suspect_counts",
    "SELECT owner, count(*) FROM feed_record WHERE topic = $1 AND suspect GROUP BY owner"};

constexpr pg::Statement kSelectRows{
    "feed_select_rows",
    "SELECT r.record_type, r.record_id, r.owner, r.epoch, r.sequence, r.version, r.view, r.hash,"
    "  r.suspect"
    " FROM unnest($2::text[], $3::text[]) AS k (record_type, record_id)"
    " CROSS JOIN LATERAL (SELECT * FROM feed_record WHERE topic = $1"
    "  AND record_type = k.record_type AND record_id = k.record_id LIMIT 1) AS r"};

// New rows cost half of what they cost with the statement below, and two round trips.
constexpr const char* kCopyRows =
    "COPY feed_record (topic, record_type, record_id, owner, epoch, sequence, version, view, value,"
    " hash, suspect) FROM STDIN (FORMAT binary)";
constexpr std::uint16_t kCopyColumns = 11;
constexpr std::ptrdiff_t kCopyRowsMin = 100;

// A value and a hash are never empty, so an empty one stands for NULL in the arrays.
constexpr pg::Statement kUpsertRows{
    "feed_upsert_rows",
    "INSERT INTO feed_record AS r (topic, record_type, record_id, owner, epoch, sequence, version,"
    "  view, value, hash, suspect)"
    " SELECT $1, t, i, o, e, s, n, w, nullif(v, ''), nullif(h, ''::bytea), q"
    " FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],"
    "  $8::text[], $9::text[], $10::bytea[], $11::boolean[]) AS u (t, i, o, e, s, n, w, v, h, q)"
    " ON CONFLICT (topic, record_type, record_id) DO UPDATE SET owner = EXCLUDED.owner,"
    "  epoch = EXCLUDED.epoch, sequence = EXCLUDED.sequence, version = EXCLUDED.version,"
    "  view = EXCLUDED.view, value = EXCLUDED.value, hash = EXCLUDED.hash,"
    "  suspect = EXCLUDED.suspect"};

constexpr pg::Statement kMarkSuspect{
    "feed_mark_suspect",
    "INSERT INTO feed_record (topic, record_type, record_id, owner, epoch, sequence, version, view,"
    "  suspect)"
    " SELECT $1, t, i, o, 0, 0, 0, '', true"
    " FROM unnest($2::text[], $3::text[], $4::text[]) AS u (t, i, o)"
    " ON CONFLICT (topic, record_type, record_id) DO UPDATE SET suspect = true"};

constexpr pg::Statement kUpsertDigests{
    "feed_upsert_digests",
    "INSERT INTO feed_digest (topic, owner, record_type, count, digest)"
    " SELECT $1, o, t, c, d FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[])"
    "  AS u (o, t, c, d)"
    " ON CONFLICT (topic, owner, record_type)"
    " DO UPDATE SET count = EXCLUDED.count, digest = EXCLUDED.digest"};

constexpr pg::Statement kUpsertOwner{
    "feed_upsert_owner",
    "INSERT INTO feed_owner (topic, owner, seen_epoch, seen_sequence, complete, matched_epoch,"
    "  matched_sequence, matched_time, equal)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, nullif($8, '')::timestamptz, $9)"
    " ON CONFLICT (topic, owner) DO UPDATE SET seen_epoch = EXCLUDED.seen_epoch,"
    "  seen_sequence = EXCLUDED.seen_sequence, complete = EXCLUDED.complete,"
    "  matched_epoch = EXCLUDED.matched_epoch, matched_sequence = EXCLUDED.matched_sequence,"
    "  matched_time = EXCLUDED.matched_time, equal = EXCLUDED.equal"};

constexpr pg::Statement kDeleteOlderRows{
    "feed_delete_older_rows",
    "WITH older AS (SELECT record_type, record_id, hash FROM feed_record"
    "  WHERE topic = $1 AND owner = $2 AND epoch < $3"
    "   AND (value IS NOT NULL OR hash IS NOT NULL) LIMIT $4)"
    " UPDATE feed_record r SET value = NULL, hash = NULL FROM older"
    " WHERE r.topic = $1 AND r.record_type = older.record_type AND r.record_id = older.record_id"
    " RETURNING r.record_type, r.record_id, r.owner, older.hash"};

constexpr pg::Statement kClearRecords{
    "feed_clear_records",
    "WITH gone AS (DELETE FROM feed_record WHERE topic = $1"
    "  RETURNING record_type, record_id, value)"
    " SELECT record_type, record_id FROM gone WHERE value IS NOT NULL"};
constexpr pg::Statement kClearDigests{"feed_clear_digests",
                                      "DELETE FROM feed_digest WHERE topic = $1"};
constexpr pg::Statement kClearOwners{"feed_clear_owners",
                                     "DELETE FROM feed_owner WHERE topic = $1"};
constexpr pg::Statement kClearParked{"feed_clear_parked",
                                     "DELETE FROM feed_parked WHERE topic = $1"};
constexpr pg::Statement kClearOffset{
    "feed_clear_offset", "UPDATE feed_offset SET next = 0, applied_at = NULL WHERE topic = $1"};

// The sum before each row bounds the bytes: single values may be large.
constexpr pg::Statement kSelectLive{
    "feed_select_live",
    "SELECT record_type, record_id, owner, value FROM ("
    "  SELECT *, sum(octet_length(value)) OVER (ORDER BY record_type, record_id)"
    "   - octet_length(value) AS bytes_before"
    "  FROM (SELECT record_type, record_id, owner, value FROM feed_record"
    "   WHERE topic = $1 AND (record_type, record_id) > ($2, $3) AND value IS NOT NULL"
    "   ORDER BY record_type, record_id LIMIT $4) AS chunk) AS summed"
    " WHERE bytes_before <= $5 ORDER BY record_type, record_id"};

constexpr pg::Statement kSelectLiveOf{
    "feed_select_live_of",
    "SELECT r.record_type, r.record_id, r.owner, r.value"
    " FROM unnest($2::text[], $3::text[]) AS k (record_type, record_id)"
    " CROSS JOIN LATERAL (SELECT * FROM feed_record WHERE topic = $1"
    "  AND record_type = k.record_type AND record_id = k.record_id LIMIT 1) AS r"
    " WHERE r.value IS NOT NULL"};

std::optional<base::Time> OptionalTimeOf(const pg::Field& field) {
  if (field.is_null()) return std::nullopt;
  return base::Time(std::chrono::microseconds(field.as<std::int64_t>()));
}

std::optional<journal::Digest> HashOf(const pg::Field& field) {
  if (field.is_null()) return std::nullopt;
  const std::string bytes = pg::ParseBytes(field);
  // A hash of another length was written by hand: it counts as another number, not as none.
  if (bytes.size() != 16) return journal::Digest{~0ULL, ~0ULL};
  return journal::Digest::FromBytes(bytes);
}

struct KeyArrays {
  explicit KeyArrays(const std::set<RowKey>& keys)
      : types(pg::BinaryTexts(keys, [](const RowKey& key) { return std::string_view(key.type); })),
        ids(pg::BinaryTexts(keys, [](const RowKey& key) { return std::string_view(key.id); })) {}
  pg::BinaryArray types, ids;
};

void QueueSelectRows(pg::Tx& tx, const std::string& topic, const std::set<RowKey>& keys) {
  const KeyArrays arrays(keys);
  tx.Queue(kSelectRows, topic, arrays.types, arrays.ids);
}

Rows RowsOf(const pg::Result& result) {
  Rows rows;
  for (const auto& found : result) {
    Row& row = rows[{found[0].c_str(), found[1].c_str()}];
    row.owner = row.owner_before = found[2].c_str();
    row.guard = {found[3].as<std::int64_t>(), found[4].as<std::int64_t>()};
    row.version = found[5].as<std::int64_t>();
    row.view = found[6].c_str();
    row.hash = row.hash_before = HashOf(found[7]);
    row.suspect = found[8].as<bool>();
    row.is_stored = true;
  }
  return rows;
}

std::vector<LiveRow> LiveRowsOf(const pg::Result& result) {
  std::vector<LiveRow> rows;
  rows.reserve(result.size());
  for (const auto& row : result) {
    rows.push_back({{row[0].c_str(), row[1].c_str()}, row[2].c_str(), row[3].as<std::string>()});
  }
  return rows;
}

/// Rows that are not stored yet; false when they are so few that they had better go with the
/// others.
bool CopyNew(pg::Tx& tx, const std::string& topic, const Rows& rows) {
  const auto is_new = [](const auto& item) {
    return item.second.applied && !item.second.is_stored;
  };
  if (std::count_if(rows.begin(), rows.end(), is_new) < kCopyRowsMin) return false;
  pg::CopyRows copy;
  for (const auto& item : rows) {
    if (!is_new(item)) continue;
    const auto& [key, row] = item;
    copy.BeginRow(kCopyColumns);
    copy.Add(topic);
    copy.Add(key.type);
    copy.Add(key.id);
    copy.Add(row.owner);
    copy.Add(row.guard.epoch);
    copy.Add(row.guard.sequence);
    copy.Add(row.version);
    copy.Add(row.view);
    row.value ? copy.Add(*row.value) : copy.AddNull();
    row.hash ? copy.Add(row.hash->Bytes()) : copy.AddNull();
    copy.Add(row.suspect);
  }
  tx.Copy(kCopyRows, copy);
  return true;
}

void UpsertApplied(pg::Tx& tx, const std::string& topic, const Rows& rows) {
  const bool new_are_copied = CopyNew(tx, topic, rows);
  using Array = pg::BinaryArray;
  Array types(Array::Of::kText), ids(Array::Of::kText), owners(Array::Of::kText);
  Array epochs(Array::Of::kNumbers), sequences(Array::Of::kNumbers);
  Array versions(Array::Of::kNumbers), views(Array::Of::kText), values(Array::Of::kText);
  Array hashes(Array::Of::kBytes);
  std::string suspects;
  for (const auto& [key, row] : rows) {
    if (!row.applied || (new_are_copied && !row.is_stored)) continue;
    types.Add(key.type);
    ids.Add(key.id);
    owners.Add(row.owner);
    epochs.Add(row.guard.epoch);
    sequences.Add(row.guard.sequence);
    versions.Add(row.version);
    views.Add(row.view);
    values.Add(row.value.value_or(std::string_view()));
    hashes.Add(row.hash ? row.hash->Bytes() : std::string());
    suspects += suspects.empty() ? "{" : ",";
    suspects += row.suspect ? "t" : "f";
  }
  if (suspects.empty()) return;
  tx.Queue(kUpsertRows, topic, types, ids, owners, epochs, sequences, versions, views, values,
           hashes, suspects + "}");
}

void UpsertMarked(pg::Tx& tx, const std::string& topic, const Rows& rows) {
  std::vector<std::string> types, ids, owners;
  for (const auto& [key, row] : rows) {
    if (row.applied || !row.marked) continue;
    types.push_back(key.type);
    ids.push_back(key.id);
    owners.push_back(row.owner);
  }
  if (types.empty()) return;
  tx.Queue(kMarkSuspect, topic, pg::TextArray(types), pg::TextArray(ids), pg::TextArray(owners));
}

}  // namespace

TopicState LoadTopic(pg::Tx& tx, const std::string& topic) {
  TopicState state;
  state.topic = topic;
  tx.Exec(kInsertOffset, topic);
  const auto offset = tx.Exec(kSelectOffset, topic);
  state.next = offset[0][0].as<std::int64_t>();
  state.applied_at = OptionalTimeOf(offset[0][1]);
  state.parked = offset[0][2].as<std::int64_t>();
  for (const auto& row : tx.Exec(kSelectOwners, topic)) {
    OwnerTotals& totals = state.owners[row[0].as<std::string>()];
    totals.seen = {row[1].as<std::int64_t>(), row[2].as<std::int64_t>()};
    totals.complete = row[3].as<std::int64_t>();
    totals.matched = {row[4].as<std::int64_t>(), row[5].as<std::int64_t>()};
    totals.matched_time = OptionalTimeOf(row[6]);
    totals.equal = row[7].as<bool>();
  }
  for (const auto& row : tx.Exec(kSelectDigests, topic)) {
    state.owners[row[0].as<std::string>()].types[row[1].as<std::string>()] = {
        row[2].as<std::int64_t>(), journal::Digest::FromHex(row[3].as<std::string>())};
  }
  for (const auto& row : tx.Exec(kSelectSuspectsOf, topic)) {
    state.owners[row[0].as<std::string>()].suspects = row[1].as<std::int64_t>();
  }
  return state;
}

bool MoveOffset(pg::Tx& tx, const std::string& topic, std::int64_t from, std::int64_t to,
                base::Time now) {
  return !tx.Exec(kMoveOffset, topic, from, to, base::FormatTime(now)).empty();
}

bool HoldOffset(pg::Tx& tx, const std::string& topic, std::int64_t next) {
  const auto rows = tx.Exec(kHoldOffset, topic);
  return !rows.empty() && rows[0][0].as<std::int64_t>() == next;
}

Rows SelectRows(pg::Tx& tx, const std::string& topic, const std::set<RowKey>& keys) {
  if (keys.empty()) return {};
  QueueSelectRows(tx, topic, keys);
  return RowsOf(tx.Flush().back());
}

std::optional<Rows> MoveOffsetAndSelectRows(pg::Tx& tx, const std::string& topic, std::int64_t from,
                                            std::int64_t to, base::Time now,
                                            const std::set<RowKey>& keys) {
  tx.Queue(kMoveOffset, topic, from, to, base::FormatTime(now));
  if (!keys.empty()) QueueSelectRows(tx, topic, keys);
  const std::vector<pg::Result> results = tx.Flush();
  const std::size_t moved = results.size() - 1 - (keys.empty() ? 0 : 1);
  if (results[moved].empty()) return std::nullopt;
  return keys.empty() ? Rows() : RowsOf(results.back());
}

void UpsertRows(pg::Tx& tx, const std::string& topic, Rows& rows) {
  UpsertApplied(tx, topic, rows);
  UpsertMarked(tx, topic, rows);
  for (auto& [key, row] : rows) {
    row.is_stored |= row.applied || row.marked;
    row.applied = row.marked = false;
  }
}

void UpsertTotals(pg::Tx& tx, const std::string& topic, const Totals& totals,
                  const std::set<std::string>& owners) {
  std::vector<std::string> digest_owners, types, digests;
  std::vector<std::int64_t> counts;
  for (const std::string& owner : owners) {
    const auto found = totals.find(owner);
    if (found == totals.end()) continue;
    const OwnerTotals& total = found->second;
    for (const auto& [type, sum] : total.types) {
      digest_owners.push_back(owner);
      types.push_back(type);
      counts.push_back(sum.count);
      digests.push_back(sum.digest.Hex());
    }
    tx.Queue(kUpsertOwner, topic, owner, total.seen.epoch, total.seen.sequence, total.complete,
             total.matched.epoch, total.matched.sequence,
             total.matched_time ? base::FormatTime(*total.matched_time) : std::string(),
             total.equal);
  }
  if (types.empty()) return;
  tx.Queue(kUpsertDigests, topic, pg::TextArray(digest_owners), pg::TextArray(types),
           pg::NumberArray(counts), pg::TextArray(digests));
}

std::vector<DroppedRow> DeleteOlderRows(pg::Tx& tx, const std::string& topic,
                                        const std::string& owner, std::int64_t complete,
                                        int rows_max) {
  std::vector<DroppedRow> dropped;
  for (const auto& row : tx.Exec(kDeleteOlderRows, topic, owner, complete, rows_max)) {
    dropped.push_back({{row[0].c_str(), row[1].c_str()}, row[2].c_str(), HashOf(row[3])});
  }
  return dropped;
}

std::vector<RowKey> ClearTopic(pg::Tx& tx, const std::string& topic) {
  std::vector<RowKey> keys;
  for (const auto& row : tx.Exec(kClearRecords, topic)) {
    keys.push_back({row[0].c_str(), row[1].c_str()});
  }
  tx.Exec(kClearDigests, topic);
  tx.Exec(kClearOwners, topic);
  tx.Exec(kClearParked, topic);
  tx.Exec(kClearOffset, topic);
  return keys;
}

std::vector<LiveRow> SelectLive(pg::Tx& tx, const std::string& topic, const RowKey& after,
                                int rows_max, std::int64_t bytes_max) {
  return LiveRowsOf(tx.Exec(kSelectLive, topic, after.type, after.id, rows_max, bytes_max));
}

std::vector<LiveRow> SelectLiveOf(pg::Tx& tx, const std::string& topic,
                                  const std::set<RowKey>& keys) {
  if (keys.empty()) return {};
  const KeyArrays arrays(keys);
  return LiveRowsOf(tx.Exec(kSelectLiveOf, topic, arrays.types, arrays.ids));
}

}  // namespace lienthong::feed
