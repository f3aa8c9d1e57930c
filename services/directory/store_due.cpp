#include "directory/store.hpp"
#include "platform/pg/columns.hpp"

namespace lienthong::directory {
namespace {

// A unit is due when its last day has passed, from the first moment of the next day (+07:00) on;
// units below close before the units above them. An agreement whose start and end have both passed
// only ends. $4 names items to pass over, `type/id`.
constexpr pg::Statement kSelectDue{
    "directory_select_due",
    "SELECT type, id, what, (extract(epoch FROM due) * 1000000)::bigint FROM ("
    " (SELECT 'agreement' AS type, id, 'started' AS what, starts_at AS due, '' AS code"
    "  FROM agreement WHERE state = 1 AND starts_at <= $1::timestamptz"
    "  AND (ends_at IS NULL OR ends_at > $1::timestamptz)"
    "  AND 'agreement/' || id <> ALL ($4::text[]) ORDER BY starts_at LIMIT $3::int)"
    " UNION ALL"
    " (SELECT 'agreement', id, 'ended', ends_at, '' FROM agreement"
    "  WHERE state <> 3 AND ends_at <= $1::timestamptz"
    "  AND 'agreement/' || id <> ALL ($4::text[]) ORDER BY ends_at LIMIT $3::int)"
    " UNION ALL"
    " (SELECT 'official', official_id, 'appointment-ended', min(ends_at), '' FROM appointment"
    "  WHERE NOT ended AND ends_at <= $1::timestamptz"
    "  AND 'official/' || official_id <> ALL ($4::text[]) GROUP BY official_id"
    "  ORDER BY min(ends_at) LIMIT $3::int)"
    " UNION ALL"
    " (SELECT 'unit', code, 'closed',"
    "  (valid_to + 1)::timestamp AT TIME ZONE interval '7 hours', code FROM unit"
    "  WHERE NOT closed AND valid_to < $2::date"
    "  AND 'unit/' || code <> ALL ($4::text[]) ORDER BY valid_to, code DESC"
    "  LIMIT $3::int)"
    ") items ORDER BY due, code DESC, id LIMIT $3::int"};

constexpr pg::Statement kSelectNextDue{
    "directory_select_next_due",
    "SELECT (extract(epoch FROM least("
    " (SELECT min(starts_at) FROM agreement WHERE state = 1 AND starts_at > $1::timestamptz),"
    " (SELECT min(ends_at) FROM agreement WHERE state <> 3 AND ends_at > $1::timestamptz),"
    " (SELECT min(ends_at) FROM appointment WHERE NOT ended AND ends_at > $1::timestamptz),"
    " (SELECT (min(valid_to) + 1)::timestamp AT TIME ZONE interval '7 hours' FROM unit"
    "  WHERE NOT closed AND valid_to >= $2::date))) * 1000000)::bigint"};

}  // namespace

std::vector<DueItem> SelectDueItems(pg::Tx& tx, base::Time now, Day today,
                                    const std::vector<std::string>& passed_over, int rows_max) {
  std::vector<DueItem> items;
  for (const auto& row : tx.Exec(kSelectDue, base::FormatTime(now), base::FormatDay(today),
                                 rows_max, pg::TextArray(passed_over))) {
    items.push_back({row[0].as<std::string>(), row[1].as<std::string>(),
                     row[2].as<std::string>() + "/" + base::FormatTime(pg::TimeOf(row[3]))});
  }
  return items;
}

std::optional<base::Time> SelectNextDue(pg::Tx& tx, base::Time now, Day today) {
  return pg::OptionalTime(
      tx.Exec(kSelectNextDue, base::FormatTime(now), base::FormatDay(today))[0][0]);
}

}  // namespace lienthong::directory
