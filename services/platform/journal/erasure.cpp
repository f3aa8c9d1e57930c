#include "platform/journal/erasure.hpp"

namespace lienthong::journal {
namespace {

constexpr pg::Statement kAsk{"journal_ask_erasure",
                             "INSERT INTO erasure VALUES ($1, $2) ON CONFLICT DO NOTHING"};

// A state that is not published yet must still go out: such records wait.
constexpr pg::Statement kErase{
    "journal_erase",
    "WITH asked AS (SELECT e.record_type, e.record_id, h.state_row FROM erasure e"
    "  JOIN head h USING (record_type, record_id)"
    "  WHERE h.journal_id <= (SELECT position FROM relay_state) LIMIT 100),"
    " erased AS (UPDATE journal j SET states = NULL, salt = NULL FROM asked a"
    "  WHERE j.record_type = a.record_type AND j.record_id = a.record_id"
    "  AND j.id <> a.state_row AND j.states IS NOT NULL)"
    " DELETE FROM erasure e USING asked a"
    " WHERE e.record_type = a.record_type AND e.record_id = a.record_id"};

}  // namespace

void AskErasure(pg::Tx& tx, const Key& key) { tx.Write(kAsk, key.type, key.id); }

std::size_t EraseSome(pg::Tx& tx) {
  return static_cast<std::size_t>(tx.Exec(kErase).affected_rows());
}

}  // namespace lienthong::journal
