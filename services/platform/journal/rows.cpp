#include "platform/journal/rows.hpp"

#include <stdexcept>

#include "platform/base/hash.hpp"
#include "platform/base/id.hpp"
#include "platform/journal/digest.hpp"

namespace lienthong::journal {
namespace {

// The journal's INSERT locks the table and draws the ids inside this one statement, which is what
// the relay's fence relies on. An update of a head must be the next version of a locked one: if not
// as many heads as rows were written, the division by zero ends the transaction, without a round
// trip to look.
constexpr pg::Statement kWrite{
    "journal_write",
    "WITH calls AS ("
    "  SELECT * FROM unnest($19::text[], $20::text[], $21::text[], $22::text[], $23::text[],"
    "   $24::text[], $25::bytea[], $26::timestamptz[], $27::bigint[])"
    "  WITH ORDINALITY AS c(system, unit, official, caller, request_id, traceparent, fingerprint,"
    "   effective_at, row_count, call)"
    "), input AS ("
    "  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::uuid[],"
    "   $6::text[], $7::text[], $8::bytea[], $9::text[], $10::text[], $11::text[], $12::text[],"
    "   $13::text[], $14::smallint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::int[])"
    "  WITH ORDINALITY AS t(type, id, version, event, event_id, views, states, salt, digests,"
    "   hashes, audience, hashes_before, audience_before, bucket, sharing, state_row, call, "
    "ordinal,"
    "   position)"
    "), rows AS ("
    "  INSERT INTO journal (ordinal, record_type, record_id, version, event, event_id, recorded_at,"
    "   effective_at, system, unit, official, caller, request_id, traceparent, epoch, state_row,"
    "   views, states, salt, state_digests, hashes, audience, hashes_before, audience_before)"
    "  SELECT i.ordinal, i.type, i.id, i.version, i.event, i.event_id, $28::timestamptz,"
    "   c.effective_at, c.system, c.unit, c.official, c.caller, c.request_id, c.traceparent,"
    "   (SELECT epoch FROM relay_state), nullif(i.state_row, 0), i.views::text[],"
    "   CASE WHEN i.state_row = 0 THEN i.states::text[] END,"
    "   CASE WHEN i.state_row = 0 THEN i.salt END, i.digests::bytea[], i.hashes, i.audience,"
    "   i.hashes_before, i.audience_before FROM input i JOIN calls c USING (call)"
    "  ORDER BY i.position RETURNING id, event_id"
    "), heads AS ("
    "  INSERT INTO head SELECT i.type, i.id, i.version, i.bucket, i.hashes, i.audience, r.id,"
    "   coalesce(nullif(i.state_row, 0), r.id), i.sharing FROM input i JOIN rows r USING (event_id)"
    "  ON CONFLICT (record_type, record_id) DO UPDATE SET version = excluded.version,"
    "   hashes = excluded.hashes, audience = excluded.audience, journal_id = excluded.journal_id,"
    "   state_row = excluded.state_row, sharing_mark = excluded.sharing_mark"
    "  WHERE head.version = excluded.version -"
    "   CASE WHEN excluded.state_row = excluded.journal_id THEN 1 ELSE 0 END RETURNING 1"
    "), asked AS ("
    "  INSERT INTO request SELECT c.caller, c.request_id, c.fingerprint, coalesce(r.id, 0),"
    "   c.row_count, $28::timestamptz FROM calls c"
    "  LEFT JOIN input i ON i.call = c.call AND i.ordinal = 0 LEFT JOIN rows r USING (event_id)"
    "  WHERE c.request_id <> ''"
    ") SELECT 1 / (count(*) = (SELECT count(*) FROM input))::int FROM heads"};

}  // namespace

CallRows::Row& CallRows::Add(const Record& record, const Head& before, const std::string& event,
                             const std::string& event_id, std::int64_t version) {
  Row& row = rows_.emplace_back();
  row.type = record.key.type;
  row.id = record.key.id;
  row.version = version;
  row.event = event;
  row.event_id = event_id;
  row.audience = PairsToText(record.audience);
  row.hashes_before = PairsToText(before.hashes);
  row.audience_before = PairsToText(before.audience);
  row.bucket = BucketOf(record.key.Text());
  row.sharing_mark = record.sharing_mark;
  return row;
}

void CallRows::AddVersion(Changed& changed, const Head& before, const std::string& event_id) {
  Record& record = changed.record;
  const std::int64_t version = before.version + 1;
  const std::string key = record.key.Text();
  const std::string salt = base::RandomBytes(16);
  std::vector<std::string> names, states, digests;
  std::map<std::string, std::string> hashes;
  for (Record::View& view : record.views) {
    const auto* field = view.message->GetDescriptor()->FindFieldByName("version");
    view.message->GetReflection()->SetInt64(view.message.get(), field, version);
    names.push_back(view.name);
    states.push_back(ToJson(*view.message));
    digests.push_back(base::Sha256Of(salt + states.back()));
    hashes.emplace(view.name, ViewHash(key, version, states.back()).Hex());
  }
  Row& row = Add(record, before, changed.event, event_id, version);
  row.views = pg::TextArray(names);
  row.states = pg::TextArray(states);
  row.salt = salt;
  row.digests = pg::BytesArray(digests);
  row.hashes = PairsToText(hashes);
}

void CallRows::AddAudience(const Record& record, const Head& before, std::int64_t state_row,
                           const std::string& event_id) {
  for (const auto& [member, view] : record.audience) {
    if (before.hashes.contains(view)) continue;
    throw std::logic_error("the stored version of " + record.key.Text() + " has no view " + view);
  }
  Row& row = Add(record, before, "AudienceChanged", event_id, before.version);
  std::vector<std::string> names;
  for (const auto& [name, hash] : before.hashes) names.push_back(name);
  row.views = pg::TextArray(names);
  row.states = "{}";
  row.digests = "{}";
  row.hashes = row.hashes_before;
  row.state_row = state_row;
}

void WriteRows(pg::Tx& tx, const std::vector<CallRows>& calls, base::Time recorded_at) {
  using Row = CallRows::Row;
  std::vector<const Row*> rows;
  std::vector<std::int64_t> call_numbers, ordinals, row_counts;
  for (const CallRows& call : calls) {
    row_counts.push_back(static_cast<std::int64_t>(call.rows_.size()));
    for (const Row& row : call.rows_) {
      ordinals.push_back(&row - call.rows_.data());
      call_numbers.push_back(&call - calls.data() + 1);
      rows.push_back(&row);
    }
  }
  const auto texts = [&](std::string Row::*column) {
    return pg::BinaryTexts(rows,
                           [&](const Row* row) -> const std::string& { return row->*column; });
  };
  const auto numbers = [&](std::int64_t Row::*column) {
    std::vector<std::int64_t> values;
    for (const Row* row : rows) values.push_back(row->*column);
    return pg::NumberArray(values);
  };
  const auto of_calls = [&](std::string rpc::Call::*column) {
    return pg::TextArray(
        calls, [&](const CallRows& call) -> const std::string& { return call.call_->*column; });
  };
  std::vector<std::string> salts, fingerprints, times;
  for (const Row* row : rows) salts.push_back(row->salt);
  for (const CallRows& call : calls) {
    fingerprints.push_back(call.fingerprint_);
    times.push_back(base::FormatTime(call.call_->time));
  }
  const std::string event_ids =
      pg::TextArray(rows, [](const Row* row) -> const std::string& { return row->event_id; });
  tx.Queue(kWrite, texts(&Row::type), texts(&Row::id), numbers(&Row::version), texts(&Row::event),
           event_ids, texts(&Row::views), texts(&Row::states), pg::BytesArray(salts),
           texts(&Row::digests), texts(&Row::hashes), texts(&Row::audience),
           texts(&Row::hashes_before), texts(&Row::audience_before), numbers(&Row::bucket),
           numbers(&Row::sharing_mark), numbers(&Row::state_row), pg::NumberArray(call_numbers),
           pg::NumberArray(ordinals), of_calls(&rpc::Call::system), of_calls(&rpc::Call::unit),
           of_calls(&rpc::Call::official), of_calls(&rpc::Call::caller),
           pg::TextArray(
               calls, [](const CallRows& call) -> const std::string& { return call.request_id_; }),
           of_calls(&rpc::Call::traceparent), pg::BytesArray(fingerprints), pg::TextArray(times),
           pg::NumberArray(row_counts), base::FormatTime(recorded_at));
}

}  // namespace lienthong::journal
