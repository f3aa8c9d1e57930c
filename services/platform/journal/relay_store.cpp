#include "platform/journal/relay_store.hpp"

#include <algorithm>
#include <stdexcept>

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
                                  ", coalesce(s.views, j.views), coalesce(s.states, j.states)"
                                  " FROM journal j LEFT JOIN journal s ON s.id = j.state_row"
                                  " WHERE j.id > $1 AND j.id <= $2 ORDER BY j.id LIMIT $3",
                                  /*binary=*/true};

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

#define LIENTHONG_HEAD_COLUMNS                                                    \
  " h.journal_id::text, h.record_type, h.record_id, h.version::text, h.audience," \
  " s.views, s.states, n.event, n.event_id::text, n.recorded_at::text, n.traceparent "

constexpr pg::Statement kRepublish{
    "relay_republish",
    "SELECT r.id::text, r.member, r.record_type, r.record_id," LIENTHONG_HEAD_COLUMNS
    "FROM (SELECT * FROM republish ORDER BY id LIMIT $1) r"
    " LEFT JOIN head h ON h.record_type = r.record_type AND h.record_id = r.record_id"
    "  AND h.version > 0"
    " LEFT JOIN journal s ON s.id = h.state_row LEFT JOIN journal n ON n.id = h.journal_id"
    " ORDER BY r.id",
    /*binary=*/true};
constexpr pg::Statement kDeleteRepublish{"relay_delete_republish",
                                         "DELETE FROM republish WHERE id = ANY($1::bigint[])"};
constexpr pg::Statement kLoadHeads{
    "relay_heads",
    "SELECT" LIENTHONG_HEAD_COLUMNS
    "FROM (SELECT * FROM head WHERE (record_type, record_id) > ($1, $2) AND version > 0"
    "  AND journal_id <= $3 ORDER BY record_type, record_id LIMIT $4) h"
    " JOIN journal s ON s.id = h.state_row JOIN journal n ON n.id = h.journal_id"
    " ORDER BY h.record_type, h.record_id",
    /*binary=*/true};
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
    " ORDER BY h.record_type, h.record_id",
    /*binary=*/true};
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

/// "2019-07-10 00:30:00.5+00", as PostgreSQL prints a time in UTC, in RFC 3339 with microseconds.
std::string TimeFrom(std::string_view text) {
  constexpr std::string_view kZone = "+00", kEmpty = "0000-00-00T00:00:00.000000";
  if (!text.ends_with(kZone)) throw std::invalid_argument("a time is not in UTC");
  text.remove_suffix(kZone.size());
  std::string time(kEmpty);
  if (text.size() > time.size()) throw std::invalid_argument("a time beyond the year 9999");
  std::copy(text.begin(), text.end(), time.begin());
  time[kEmpty.find('T')] = 'T';
  return time += 'Z';
}

/// From the column `first` on.
JournalRow ToHead(const pg::Row& row, int first) {
  enum {
    kId,
    kType,
    kRecord,
    kVersion,
    kAudience,
    kViews,
    kStates,
    kEvent,
    kEventId,
    kTime,
    kTrace
  };
  JournalRow head(row);
  head.id = row[first + kId].as<std::int64_t>();
  head.record_type = row[first + kType].view();
  head.record_id = row[first + kRecord].view();
  head.version = row[first + kVersion].as<std::int64_t>();
  head.audience = PairViewsFromText(row[first + kAudience].view());
  head.views = pg::TextArrayViews(row[first + kViews]);
  head.states = pg::TextArrayViews(row[first + kStates]);
  head.event = row[first + kEvent].view();
  head.event_id = row[first + kEventId].view();
  head.time = TimeFrom(row[first + kTime].view());
  head.traceparent = row[first + kTrace].view();
  return head;
}

std::vector<JournalRow> ToHeads(const pg::Result& rows) {
  std::vector<JournalRow> heads;
  for (const auto& row : rows) heads.push_back(ToHead(row, 0));
  return heads;
}

JournalRow ToRow(const pg::Row& row) {
  constexpr int kViews = kSealedColumns, kStates = kViews + 1;
  JournalRow result(row);
  result.id = row[Sealed::kId].as<std::int64_t>();
  result.record_type = row[Sealed::kRecordType].view();
  result.record_id = row[Sealed::kRecordId].view();
  result.version = row[Sealed::kVersion].as<std::int64_t>();
  result.event = row[Sealed::kEvent].view();
  result.event_id = row[Sealed::kEventId].view();
  result.traceparent = row[Sealed::kTraceparent].view();
  result.time = TimeFrom(row[Sealed::kRecordedAt].view());
  result.new_version = row[Sealed::kStateRow].is_null();
  result.views = pg::TextArrayViews(row[kViews]);
  result.states = pg::TextArrayViews(row[kStates]);
  result.hashes = PairViewsFromText(row[Sealed::kHashes].view());
  result.audience = PairViewsFromText(row[Sealed::kAudience].view());
  result.hashes_before = PairViewsFromText(row[Sealed::kHashesBefore].view());
  result.audience_before = PairViewsFromText(row[Sealed::kAudienceBefore].view());
  return result;
}

}  // namespace

std::optional<std::string_view> JournalRow::StateOf(std::string_view view) const {
  const auto found = std::find(views.begin(), views.end(), view);
  const auto index = static_cast<std::size_t>(found - views.begin());
  return index < states.size() ? std::optional(states[index]) : std::nullopt;
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

Members RelayStore::LoadBrokenFeeds() {
  Members broken;
  for (const auto& row : Query(kLoadBroken)) broken.insert(row[0].as<std::string>());
  return broken;
}

std::int64_t RelayStore::NewestId() { return Query(kNewestId)[0][0].as<std::int64_t>(); }

std::set<std::string> RelayStore::Writers() {
  std::set<std::string> writers;
  for (const auto& row : Query(kWriters)) writers.insert(row[0].as<std::string>());
  return writers;
}

void RelayStore::AskForRows(std::int64_t after, std::int64_t up_to, int rows_max) {
  // Rows of another question, or none, would pass for "nothing there".
  if (connection_.HasQueued()) throw std::logic_error("rows are on their way already");
  rows_.reset();
  connection_.Queue(kLoadRows, after, up_to, rows_max);
  connection_.Send();
}

void RelayStore::CollectRows() {
  if (!connection_.HasQueued()) return;
  const pg::Connection::Limit limit(connection_, kAnswerLimit);
  rows_ = connection_.Flush().back();
}

std::vector<JournalRow> RelayStore::TakeRows() {
  CollectRows();
  if (!rows_) throw std::logic_error("no rows were asked for");
  std::vector<JournalRow> rows;
  rows.reserve(rows_->size());
  for (const auto& row : *rows_) rows.push_back(ToRow(row));
  rows_.reset();
  return rows;
}

bool RelayStore::Save(const RelayState& state, std::int64_t position, const FeedDigests& changed,
                      const std::optional<SealRow>& seal) {
  CollectRows();
  std::vector<std::string> members, types, sums;
  std::vector<std::int64_t> counts;
  for (const auto& [member, sets] : changed) {
    for (const auto& [type, set] : sets) {
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

std::vector<JournalRow> RelayStore::LoadHeads(const Key& after, std::int64_t position,
                                              std::size_t heads_max) {
  return ToHeads(Query(kLoadHeads, after.type, after.id, position, heads_max));
}

std::vector<JournalRow> RelayStore::LoadLost(const std::string& member, const Key& after,
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
