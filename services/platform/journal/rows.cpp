#include "platform/journal/rows.hpp"

#include <stdexcept>

#include "platform/base/hash.hpp"
#include "platform/base/id.hpp"
#include "platform/journal/digest.hpp"

namespace lienthong::journal {
namespace {

// The journal's INSERT locks the table and draws the ids inside this one statement, which is what
// the relay's fence relies on. An update of a head must be the next version of a locked one.
constexpr pg::Statement kWrite{
    "journal_write",
    "WITH input AS ("
    "  SELECT ordinality::int - 1 AS ordinal, t.* FROM unnest($1::text[], $2::text[], $3::bigint[],"
    "   $4::text[], $5::uuid[], $6::text[], $7::text[], $8::bytea[], $9::text[], $10::text[],"
    "   $11::text[], $12::text[], $13::text[], $14::smallint[], $15::bigint[], $16::bigint[])"
    "  WITH ORDINALITY AS t(type, id, version, event, event_id, views, states, salt, digests,"
    "   hashes, audience, hashes_before, audience_before, bucket, sharing, state_row)"
    "), rows AS ("
    "  INSERT INTO journal (ordinal, record_type, record_id, version, event, event_id, recorded_at,"
    "   effective_at, system, unit, official, caller, request_id, traceparent, epoch, state_row,"
    "   views, states, salt, state_digests, hashes, audience, hashes_before, audience_before)"
    "  SELECT ordinal, type, id, version, event, event_id, $17::timestamptz, $18::timestamptz, $19,"
    "   $20, $21, $22, $23, $24, (SELECT epoch FROM relay_state), nullif(state_row, 0),"
    "   views::text[], CASE WHEN state_row = 0 THEN states::text[] END,"
    "   CASE WHEN state_row = 0 THEN salt END, digests::bytea[], hashes, audience, hashes_before,"
    "   audience_before FROM input ORDER BY ordinal RETURNING id, ordinal"
    "), heads AS ("
    "  INSERT INTO head SELECT i.type, i.id, i.version, i.bucket, i.hashes, i.audience, r.id,"
    "   coalesce(nullif(i.state_row, 0), r.id), i.sharing FROM input i JOIN rows r USING (ordinal)"
    "  ON CONFLICT (record_type, record_id) DO UPDATE SET version = excluded.version,"
    "   hashes = excluded.hashes, audience = excluded.audience, journal_id = excluded.journal_id,"
    "   state_row = excluded.state_row, sharing_mark = excluded.sharing_mark"
    "  WHERE head.version = excluded.version -"
    "   CASE WHEN excluded.state_row = excluded.journal_id THEN 1 ELSE 0 END RETURNING 1"
    "), asked AS ("
    "  INSERT INTO request SELECT $22, $23, $25, r.id, (SELECT count(*) FROM input),"
    "   $17::timestamptz FROM rows r WHERE r.ordinal = 0 AND $23 <> ''"
    ") SELECT count(*) FROM heads"};

constexpr pg::Statement kWriteRequest{
    "journal_write_request", "INSERT INTO request VALUES ($1, $2, $3, 0, 0, $4::timestamptz)"};

}  // namespace

RowWriter::RowWriter(const rpc::Call& call, std::string request_id, std::string fingerprint,
                     base::Time recorded_at)
    : call_(call),
      request_id_(std::move(request_id)),
      fingerprint_(std::move(fingerprint)),
      recorded_at_(base::FormatTime(recorded_at)) {}

void RowWriter::AddCommon(const Record& record, const Head& before, const std::string& event,
                          const std::string& event_id, std::int64_t version) {
  types_.push_back(record.key.type);
  ids_.push_back(record.key.id);
  versions_.push_back(version);
  events_.push_back(event);
  event_ids_.push_back(event_id);
  audiences_.push_back(PairsToText(record.audience));
  hashes_before_.push_back(PairsToText(before.hashes));
  audiences_before_.push_back(PairsToText(before.audience));
  buckets_.push_back(BucketOf(record.key.Text()));
  sharing_marks_.push_back(record.sharing_mark);
}

void RowWriter::AddVersion(Changed& changed, const Head& before, const std::string& event_id) {
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
  AddCommon(record, before, changed.event, event_id, version);
  views_.push_back(pg::TextArray(names));
  states_.push_back(pg::TextArray(states));
  salts_.push_back(salt);
  digests_.push_back(pg::BytesArray(digests));
  hashes_.push_back(PairsToText(hashes));
  state_rows_.push_back(0);
}

void RowWriter::AddAudience(const Record& record, const Head& before, std::int64_t state_row,
                            const std::string& event_id) {
  AddCommon(record, before, "AudienceChanged", event_id, before.version);
  for (const auto& [member, view] : record.audience) {
    if (before.hashes.contains(view)) continue;
    throw std::logic_error("the stored version of " + record.key.Text() + " has no view " + view);
  }
  std::vector<std::string> names;
  for (const auto& [name, hash] : before.hashes) names.push_back(name);
  views_.push_back(pg::TextArray(names));
  states_.push_back("{}");
  salts_.push_back({});
  digests_.push_back("{}");
  hashes_.push_back(PairsToText(before.hashes));
  state_rows_.push_back(state_row);
}

void RowWriter::Write(pg::Tx& tx) {
  const auto result =
      tx.Exec(kWrite, pg::TextArray(types_), pg::TextArray(ids_), pg::NumberArray(versions_),
              pg::TextArray(events_), pg::TextArray(event_ids_), pg::TextArray(views_),
              pg::TextArray(states_), pg::BytesArray(salts_), pg::TextArray(digests_),
              pg::TextArray(hashes_), pg::TextArray(audiences_), pg::TextArray(hashes_before_),
              pg::TextArray(audiences_before_), pg::NumberArray(buckets_),
              pg::NumberArray(sharing_marks_), pg::NumberArray(state_rows_), recorded_at_,
              base::FormatTime(call_.time), call_.system, call_.unit, call_.official, call_.caller,
              request_id_, call_.traceparent, pg::BytesLiteral(fingerprint_));
  if (result[0][0].as<std::size_t>() != ids_.size()) {
    throw std::logic_error("a record changed that its change did not name");
  }
}

void RowWriter::WriteRequestOnly(pg::Tx& tx) {
  tx.Exec(kWriteRequest, call_.caller, request_id_, pg::BytesLiteral(fingerprint_), recorded_at_);
}

}  // namespace lienthong::journal
