#include "platform/journal/relay_store.hpp"

#include <algorithm>

#include "platform/base/sabotage.hpp"
#include "platform/journal/seal.hpp"

namespace lienthong::journal {
namespace {

constexpr const char* kSession =
    "SET timezone = 'UTC'; SET bytea_output = 'hex'; SET DateStyle = 'ISO';"
    "SET statement_timeout = 60000; SET application_name = 'relay'";
constexpr pg::Statement kTryLock{"relay_lock", "SELECT pg_try_advisory_lock(741002)"};
constexpr pg::Statement kLoadState{
    "relay_state", "SELECT epoch, complete, position, republished FROM relay_state"};
constexpr pg::Statement kLoadDigests{"relay_digests",
                                     "SELECT member, record_type, count, digest FROM relay_digest"};
constexpr pg::Statement kLoadBroken{"relay_broken", "SELECT member FROM broken_feed"};
constexpr pg::Statement kNewestId{
    "relay_newest", "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM journal_id_seq"};
constexpr pg::Statement kWriters{
    "relay_writers",
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted"
    " AND relation = 'journal'::regclass AND mode = 'RowExclusiveLock'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"};

// The first kSealedColumns columns are what a row's hash covers, in this order (README.md).
constexpr pg::Statement kLoadRows{"relay_rows",
                                  "SELECT " LIENTHONG_SEALED_COLUMNS
                                  ", j.states, s.views, s.states,"
                                  " to_char(j.recorded_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
                                  " FROM journal j LEFT JOIN journal s ON s.id = j.state_row"
                                  " WHERE j.id > $1 AND j.id <= $2 ORDER BY j.id LIMIT $3"};

constexpr pg::Statement kSavePosition{
    "relay_save_position",
    "UPDATE relay_state SET position = $1 WHERE position = $2 AND epoch = $3"};
constexpr pg::Statement kSaveDigests{"relay_save_digests",
                                     "INSERT INTO relay_digest SELECT * FROM"
                                     " unnest($1::text[], $2::text[], $3::bigint[], $4::text[])"
                                     " ON CONFLICT (member, record_type) DO UPDATE"
                                     " SET count = excluded.count, digest = excluded.digest"};
constexpr pg::Statement kInsertSeal{"relay_insert_seal",
                                    "INSERT INTO seal (from_id, to_id, rows, epoch, hash, previous)"
                                    " VALUES ($1, $2, $3, $4, $5, $6)"};
constexpr pg::Statement kUnpublishedSeals{
    "relay_unpublished_seals",
    "SELECT epoch, from_id, to_id, rows, hash, previous FROM seal WHERE NOT published"
    " ORDER BY from_id LIMIT $1"};
constexpr pg::Statement kMarkSeals{
    "relay_mark_seals", "UPDATE seal SET published = true WHERE NOT published AND from_id <= $1"};
constexpr pg::Statement kLastSeal{
    "relay_last_seal",
    "SELECT epoch, from_id, to_id, rows, hash, previous FROM seal ORDER BY from_id DESC LIMIT 1"};
constexpr pg::Statement kSealFrom{
    "relay_seal_from",
    "SELECT epoch, from_id, to_id, rows, hash, previous FROM seal WHERE from_id = $1"};

#define LIENTHONG_HEAD_COLUMNS                                                           \
  " h.record_type, h.record_id, h.version, h.journal_id, h.audience, h.hashes, s.views," \
  " s.states, n.event, n.event_id,"                                                      \
  " to_char(n.recorded_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), n.traceparent "

constexpr pg::Statement kRepublish{
    "relay_republish",
    "SELECT r.id, r.member, r.record_type, r.record_id," LIENTHONG_HEAD_COLUMNS
    "FROM (SELECT * FROM republish ORDER BY id LIMIT $1) r"
    " LEFT JOIN head h ON h.record_type = r.record_type AND h.record_id = r.record_id"
    "  AND h.version > 0"
    " LEFT JOIN journal s ON s.id = h.state_row LEFT JOIN journal n ON n.id = h.journal_id"
    " ORDER BY r.id"};
constexpr pg::Statement kDeleteRepublish{"relay_delete_republish",
                                         "DELETE FROM republish WHERE id = ANY($1::bigint[])"};
constexpr pg::Statement kLoadHeads{
    "relay_heads",
    "SELECT" LIENTHONG_HEAD_COLUMNS
    "FROM (SELECT * FROM head WHERE (record_type, record_id) > ($1, $2) AND version > 0"
    "  AND journal_id <= $3 ORDER BY record_type, record_id LIMIT $4) h"
    " JOIN journal s ON s.id = h.state_row JOIN journal n ON n.id = h.journal_id"
    " ORDER BY h.record_type, h.record_id"};
// The audience as text narrows the rows down before they are parsed: members are quoted names.
constexpr pg::Statement kLoadLost{
    "relay_lost",
    "SELECT" LIENTHONG_HEAD_COLUMNS
    "FROM (SELECT * FROM head WHERE (record_type, record_id) > ($1, $2) AND version > 0"
    "  AND strpos(audience, $4) = 0 AND (record_type, record_id) IN"
    "  (SELECT record_type, record_id FROM journal WHERE id <= $3 AND strpos(audience_before, $4) "
    "> 0"
    "    AND id > (SELECT position FROM broken_feed WHERE member = $5))"
    "  ORDER BY record_type, record_id LIMIT $6) h"
    " JOIN journal s ON s.id = h.state_row JOIN journal n ON n.id = h.journal_id"
    " ORDER BY h.record_type, h.record_id"};
constexpr pg::Statement kEpochProgress{
    "relay_epoch_progress",
    "UPDATE relay_state SET republished = $2, complete = CASE WHEN $3 THEN $1 ELSE complete END"
    " WHERE epoch = $1"};
constexpr pg::Statement kMarkBroken{
    "relay_mark_broken",
    "INSERT INTO broken_feed SELECT $1, $2, $3, position FROM relay_state"
    " ON CONFLICT (member) DO UPDATE SET reason = excluded.reason"};
constexpr pg::Statement kClearBroken{"relay_clear_broken",
                                     "DELETE FROM broken_feed WHERE member = $1"};

SealRow ToSeal(const pg::Row& row) {
  return {row[0].as<std::int64_t>(), row[1].as<std::int64_t>(), row[2].as<std::int64_t>(),
          row[3].as<std::int64_t>(), row[4].as<std::string>(),  row[5].as<std::string>()};
}

HeadRow ToHead(const pg::Row& row, int first) {
  HeadRow head;
  head.row.key = {row[first].as<std::string>(), row[first + 1].as<std::string>()};
  head.row.version = row[first + 2].as<std::int64_t>();
  head.row.id = row[first + 3].as<std::int64_t>();
  head.row.audience = PairsFromText(row[first + 4].as<std::string>());
  head.row.hashes = PairsFromText(row[first + 5].as<std::string>());
  head.row.views = pg::ParseTextArray(row[first + 6]);
  head.row.states = pg::ParseTextArray(row[first + 7]);
  head.row.event = row[first + 8].as<std::string>();
  head.row.event_id = row[first + 9].as<std::string>();
  head.row.time = row[first + 10].as<std::string>();
  head.row.traceparent = row[first + 11].as<std::string>();
  return head;
}

std::vector<HeadRow> ToHeads(const pg::Result& rows) {
  std::vector<HeadRow> heads;
  for (const auto& row : rows) heads.push_back(ToHead(row, 0));
  return heads;
}

JournalRow ToRow(const pg::Row& row) {
  constexpr int kStates = kSealedColumns, kReferredViews = kStates + 1;
  constexpr int kReferredStates = kStates + 2, kTime = kStates + 3;
  JournalRow result;
  result.id = row["id"].as<std::int64_t>();
  result.key = {row["record_type"].as<std::string>(), row["record_id"].as<std::string>()};
  result.version = row["version"].as<std::int64_t>();
  result.event = row["event"].as<std::string>();
  result.event_id = row["event_id"].as<std::string>();
  result.traceparent = row["traceparent"].as<std::string>();
  result.new_version = row["state_row"].is_null();
  result.views = pg::ParseTextArray(result.new_version ? row["views"] : row[kReferredViews]);
  result.states = pg::ParseTextArray(row[result.new_version ? kStates : kReferredStates]);
  result.hashes = PairsFromText(row["hashes"].as<std::string>());
  result.audience = PairsFromText(row["audience"].as<std::string>());
  result.hashes_before = PairsFromText(row["hashes_before"].as<std::string>());
  result.audience_before = PairsFromText(row["audience_before"].as<std::string>());
  result.time = row[kTime].as<std::string>();
  result.row_hash = RowHash(row);
  return result;
}

}  // namespace

const std::string* JournalRow::StateOf(const std::string& view) const {
  const auto found = std::find(views.begin(), views.end(), view);
  const auto index = static_cast<std::size_t>(found - views.begin());
  return index < states.size() ? &states[index] : nullptr;
}

RelayStore::RelayStore(const std::string& conninfo) : connection_(conninfo) {
  const pg::Connection::Limit limit(connection_, kAnswerLimit);
  connection_.ExecText(kSession);
}

bool RelayStore::TryLock() {
  return Query(kTryLock)[0][0].as<bool>() || base::Sabotaged("old-relay");
}

RelayState RelayStore::LoadState() {
  const auto row = Query(kLoadState)[0];
  return {row[0].as<std::int64_t>(), row[1].as<std::int64_t>(), row[2].as<std::int64_t>(),
          row[3].as<std::string>()};
}

FeedDigests RelayStore::LoadDigests() {
  FeedDigests digests;
  for (const auto& row : Query(kLoadDigests)) {
    digests[row[0].as<std::string>()][row[1].as<std::string>()] = {
        row[2].as<std::int64_t>(), Digest::FromHex(row[3].as<std::string>())};
  }
  return digests;
}

std::set<std::string> RelayStore::LoadBrokenFeeds() {
  std::set<std::string> broken;
  for (const auto& row : Query(kLoadBroken)) broken.insert(row[0].as<std::string>());
  return broken;
}

std::int64_t RelayStore::NewestId() { return Query(kNewestId)[0][0].as<std::int64_t>(); }

std::set<std::string> RelayStore::Writers() {
  std::set<std::string> writers;
  for (const auto& row : Query(kWriters)) writers.insert(row[0].as<std::string>());
  return writers;
}

std::vector<JournalRow> RelayStore::LoadRows(std::int64_t after, std::int64_t up_to, int rows_max) {
  std::vector<JournalRow> rows;
  for (const auto& row : Query(kLoadRows, after, up_to, rows_max)) rows.push_back(ToRow(row));
  return rows;
}

bool RelayStore::Save(const RelayState& state, std::int64_t position, const FeedDigests& digests,
                      const std::set<std::string>& changed_members,
                      const std::optional<SealRow>& seal) {
  std::vector<std::string> members, types, sums;
  std::vector<std::int64_t> counts;
  for (const std::string& member : changed_members) {
    for (const auto& [type, set] : digests.at(member)) {
      members.push_back(member);
      types.push_back(type);
      counts.push_back(set.count);
      sums.push_back(set.digest.Hex());
    }
  }
  const pg::Connection::Limit limit(connection_, kAnswerLimit);
  pg::Tx tx(connection_);
  if (tx.Exec(kSavePosition, position, state.position, state.epoch).affected_rows() != 1) {
    tx.RollBack();
    return false;
  }
  tx.Queue(kSaveDigests, pg::TextArray(members), pg::TextArray(types), pg::NumberArray(counts),
           pg::TextArray(sums));
  if (seal) {
    tx.Queue(kInsertSeal, seal->from, seal->to, seal->rows, seal->epoch, seal->hash,
             seal->previous);
  }
  tx.Commit();
  return true;
}

std::vector<SealRow> RelayStore::LoadUnpublishedSeals(int seals_max) {
  std::vector<SealRow> seals;
  for (const auto& row : Query(kUnpublishedSeals, seals_max)) seals.push_back(ToSeal(row));
  return seals;
}

void RelayStore::MarkSealsPublished(std::int64_t up_to_from_id) {
  Query(kMarkSeals, up_to_from_id);
}

std::optional<SealRow> RelayStore::LoadLastSeal() {
  const auto rows = Query(kLastSeal);
  return rows.empty() ? std::nullopt : std::optional(ToSeal(rows[0]));
}

std::optional<SealRow> RelayStore::LoadSeal(std::int64_t from) {
  const auto rows = Query(kSealFrom, from);
  return rows.empty() ? std::nullopt : std::optional(ToSeal(rows[0]));
}

std::vector<RepublishRequest> RelayStore::LoadRepublish(std::size_t requests_max) {
  std::vector<RepublishRequest> requests;
  for (const auto& row : Query(kRepublish, requests_max)) {
    RepublishRequest request{row[0].as<std::int64_t>(),
                             row[1].as<std::string>(),
                             {row[2].as<std::string>(), row[3].as<std::string>()},
                             {}};
    if (!row[4].is_null()) request.head = ToHead(row, 4);
    requests.push_back(std::move(request));
  }
  return requests;
}

void RelayStore::DeleteRepublish(const std::vector<std::int64_t>& ids) {
  Query(kDeleteRepublish, pg::NumberArray(ids));
}

std::vector<HeadRow> RelayStore::LoadHeads(const Key& after, std::int64_t position,
                                           std::size_t heads_max) {
  return ToHeads(Query(kLoadHeads, after.type, after.id, position, heads_max));
}

std::vector<HeadRow> RelayStore::LoadLost(const std::string& member, const Key& after,
                                          std::int64_t position, std::size_t heads_max) {
  return ToHeads(
      Query(kLoadLost, after.type, after.id, position, '"' + member + '"', member, heads_max));
}

void RelayStore::SaveEpochProgress(std::int64_t epoch, const std::string& last_key, bool complete) {
  Query(kEpochProgress, epoch, last_key, complete);
}

void RelayStore::MarkBroken(const std::string& member, const std::string& reason,
                            base::Time since) {
  Query(kMarkBroken, member, base::FormatTime(since), reason);
}

void RelayStore::ClearBroken(const std::string& member) { Query(kClearBroken, member); }

}  // namespace lienthong::journal
