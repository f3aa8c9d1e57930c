#include "directory/store.hpp"

namespace lienthong::directory {
namespace {

constexpr pg::Statement kSelectStates{"directory_select_states",
                                      "SELECT h.record_type, h.record_id, h.journal_id, j.states[1]"
                                      " FROM head h JOIN journal j ON j.id = h.state_row"
                                      " WHERE h.version > 0 AND h.record_type = ANY($1::text[])"};

// Through the journal's primary key; a row that is not the newest of its record has no head.
constexpr pg::Statement kSelectStatesAfter{
    "directory_select_states_after",
    "SELECT h.record_type, h.record_id, h.journal_id, j.states[1]"
    " FROM journal r JOIN head h ON h.record_type = r.record_type AND h.record_id = r.record_id"
    "  AND h.journal_id = r.id"
    " JOIN journal j ON j.id = h.state_row"
    " WHERE r.id > $1 AND h.record_type = ANY($2::text[])"};

constexpr pg::Statement kSelectNewestId{
    "directory_select_newest_id",
    "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM journal_id_seq"};

constexpr pg::Statement kSelectWriters{
    "directory_select_writers",
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'relation' AND granted"
    " AND relation = 'journal'::regclass AND mode = 'RowExclusiveLock'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"};

std::vector<RecordState> ToStates(const pg::Result& rows) {
  std::vector<RecordState> states;
  for (const auto& row : rows) {
    RecordState state{row[0].as<std::string>(), row[1].as<std::string>(), row[2].as<std::int64_t>(),
                      std::nullopt};
    if (!row[3].is_null()) state.json = row[3].as<std::string>();
    states.push_back(std::move(state));
  }
  return states;
}

}  // namespace

std::vector<RecordState> SelectStates(pg::Tx& tx, const std::vector<std::string>& types) {
  return ToStates(tx.Exec(kSelectStates, pg::TextArray(types)));
}

std::vector<RecordState> SelectStatesAfter(pg::Tx& tx, std::int64_t journal_id,
                                           const std::vector<std::string>& types) {
  return ToStates(tx.Exec(kSelectStatesAfter, journal_id, pg::TextArray(types)));
}

std::optional<std::int64_t> SelectFence(pg::Tx& tx) {
  // The order matters: who draws an id holds the lock before it and until after the commit is
  // visible, so without a holder now every id drawn before is decided.
  const auto newest = tx.Exec(kSelectNewestId)[0][0].as<std::int64_t>();
  if (tx.Exec(kSelectWriters)[0][0].as<bool>()) return std::nullopt;
  return newest;
}

}  // namespace lienthong::directory
