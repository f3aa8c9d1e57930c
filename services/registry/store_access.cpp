#include "platform/base/clock.hpp"
#include "registry/store.hpp"

namespace lienthong::registry {
namespace {

constexpr pg::Statement kInsertAccess{
    "registry_insert_access",
    "INSERT INTO access_log (id, read_at, citizen_id, system, unit_id, official_id, purpose,"
    " source) SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[],"
    " $5::text[], $6::text[], $7::text[], $8::text[]) ON CONFLICT DO NOTHING"};

constexpr pg::Statement kSelectAccess{
    "registry_select_access",
    "SELECT id, (extract(epoch FROM read_at) * 1000000)::bigint, citizen_id, system, unit_id,"
    " official_id, purpose, source FROM access_log WHERE citizen_id = $1"
    " AND (read_at, id) < (to_timestamp(0) + $2::bigint * interval '1 microsecond', $3::uuid)"
    " ORDER BY read_at DESC, id DESC LIMIT $4"};

/// After every row: 9999-12-31.
const AccessPlace kEnd{253402214400000000, "ffffffff-ffff-ffff-ffff-ffffffffffff"};

}  // namespace

void InsertAccess(pg::Tx& tx, const std::vector<AccessRow>& rows) {
  if (rows.empty()) return;
  std::vector<std::string> ids, times, citizens, systems, units, officials, purposes, sources;
  for (const AccessRow& row : rows) {
    ids.push_back(row.id);
    times.push_back(base::FormatTime(row.read_at));
    citizens.push_back(row.citizen_id.text);
    systems.push_back(row.system);
    units.push_back(row.unit_id);
    officials.push_back(row.official_id);
    purposes.push_back(row.purpose);
    sources.push_back(row.source);
  }
  tx.Queue(kInsertAccess, pg::TextArray(ids), pg::TextArray(times), pg::TextArray(citizens),
           pg::TextArray(systems), pg::TextArray(units), pg::TextArray(officials),
           pg::TextArray(purposes), pg::TextArray(sources));
}

std::vector<AccessRow> SelectAccess(pg::Tx& tx, const CitizenId& citizen_id,
                                    const std::optional<AccessPlace>& after, int limit) {
  const AccessPlace place = after.value_or(kEnd);
  std::vector<AccessRow> entries;
  for (const auto& row :
       tx.Exec(kSelectAccess, citizen_id.text, place.read_at_us, place.id, limit)) {
    entries.push_back({row[0].as<std::string>(),
                       base::Time(std::chrono::microseconds(row[1].as<std::int64_t>())),
                       {row[2].as<std::string>()},
                       row[3].as<std::string>(),
                       row[4].as<std::string>(),
                       row[5].as<std::string>(),
                       row[6].as<std::string>(),
                       row[7].as<std::string>()});
  }
  return entries;
}

}  // namespace lienthong::registry
