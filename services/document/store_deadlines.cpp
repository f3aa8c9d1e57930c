#include "document/store.hpp"
#include "document/store_values.hpp"

namespace lienthong::document {
namespace {

using calendar::LimitUnit;
constexpr EnumNames<LimitUnit, 3> kUnits{{{LimitUnit::kWorkingDays, "WORKING_DAYS"},
                                          {LimitUnit::kWorkingMinutes, "WORKING_MINUTES"},
                                          {LimitUnit::kClockMinutes, "CLOCK_MINUTES"}}};

// Rules, and office hours (without a kind) from a day on, in their order of the day: one
// statement, as most changes need both.
constexpr pg::Statement kSelectLimits{
    "document_select_limits",
    "SELECT kind, urgent, amount, unit, soon_percent, valid_from, valid_to,"
    " NULL::int AS starts, NULL::int AS ends FROM deadline_rule"
    " UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, valid_from, valid_to,"
    "  (extract(epoch FROM starts) / 60)::int, (extract(epoch FROM ends) / 60)::int"
    " FROM office_hours WHERE valid_to IS NULL OR $1 <= valid_to"
    " ORDER BY starts"};

constexpr pg::Statement kSelectDue{
    "document_select_due",
    "SELECT type, id, kind || '/' || microseconds(soon_at) || '/' || microseconds(at) || '/'"
    " || CASE WHEN at <= $1::timestamptz THEN 'passed' ELSE 'near' END FROM ("
    " (SELECT 'draft' AS type, id::text, due_look_at AS look_at, due_kind AS kind, due_at AS at,"
    "   due_soon_at AS soon_at"
    "  FROM draft"
    "  WHERE due_look_at <= $1::timestamptz AND 'draft/' || id <> ALL ($2::text[])"
    "  ORDER BY due_look_at LIMIT $3::int)"
    " UNION ALL"
    " (SELECT 'delivery', id::text, due_look_at, due_kind, due_at, due_soon_at FROM delivery"
    "  WHERE due_look_at <= $1::timestamptz AND 'deadline-notice/' || id <> ALL ($2::text[])"
    "  ORDER BY due_look_at LIMIT $3::int)"
    " UNION ALL"
    " (SELECT 'task', id::text, due_look_at, due_kind, due_at, due_soon_at FROM task"
    "  WHERE due_look_at <= $1::timestamptz AND 'task/' || id <> ALL ($2::text[])"
    "  ORDER BY due_look_at LIMIT $3::int)"
    " UNION ALL"
    " (SELECT 'file', id, due_look_at, due_kind, due_at, due_soon_at FROM working_file"
    "  WHERE due_look_at <= $1::timestamptz AND 'file/' || id <> ALL ($2::text[])"
    "  ORDER BY due_look_at LIMIT $3::int)"
    ") d ORDER BY look_at, id LIMIT $3::int"};

constexpr pg::Statement kSelectNext{
    "document_select_next_due",
    "SELECT microseconds(least("
    " (SELECT min(due_look_at) FROM draft WHERE due_look_at > $1::timestamptz),"
    " (SELECT min(due_look_at) FROM delivery WHERE due_look_at > $1::timestamptz),"
    " (SELECT min(due_look_at) FROM task WHERE due_look_at > $1::timestamptz),"
    " (SELECT min(due_look_at) FROM working_file WHERE due_look_at > $1::timestamptz)))"};

// $1 the unit and those it continues, $2 mark (0 = all), $3 only what this official has ('' = all),
// $4 the reader, $5 and $6 place, $7 limit, $8 whether restricted ones are open, $9 names of the
// reader.
constexpr pg::Statement kFindDeadlines{
    "document_find_deadlines",
    "SELECT * FROM ("
    " SELECT 'draft' AS type, d.id::text, d.due_kind, microseconds(d.due_at) AS due_at,"
    "  microseconds(d.due_soon_at) AS due_soon_at, d.due_mark,"
    "  d.author_official_id AS official"
    "  FROM draft d JOIN content c ON c.id = d.id"
    "  WHERE d.unit_id = ANY ($1::text[]) AND d.due_at IS NOT NULL"
    "  AND (NOT c.restricted OR $8::boolean OR d.author_official_id = $4"
    "   OR d.readers && CASE WHEN d.unit_id = ($1::text[])[1] THEN $9::text[]"
    "    ELSE ($9::text[])[1:1] END)"
    " UNION ALL"
    " SELECT 'delivery', y.id::text, y.due_kind, microseconds(y.due_at),"
    "  microseconds(y.due_soon_at), y.due_mark, ''"
    "  FROM delivery y WHERE y.holder_unit_id = ANY ($1::text[]) AND y.due_at IS NOT NULL"
    "  AND (NOT y.restricted OR $8::boolean OR is_reader(y.document_id, $1::text[],"
    "   $9::text[]))"
    " UNION ALL"
    " SELECT 'task', t.id::text, t.due_kind, microseconds(t.due_at),"
    "  microseconds(t.due_soon_at), t.due_mark, t.assignee_official_id"
    "  FROM task t WHERE t.assignee_unit_id = ANY ($1::text[]) AND t.due_at IS NOT NULL"
    "  AND (NOT t.restricted OR $8::boolean OR is_reader(t.document_id, $1::text[],"
    "   $9::text[]))"
    " UNION ALL"
    " SELECT 'file', f.id, f.due_kind, microseconds(f.due_at), microseconds(f.due_soon_at),"
    "  f.due_mark, f.official_id FROM working_file f"
    "  WHERE f.unit_id = ANY ($1::text[]) AND f.due_at IS NOT NULL"
    "  AND (NOT f.restricted OR $8::boolean OR f.official_id = $4 OR f.readers &&"
    "   CASE WHEN f.unit_id = ($1::text[])[1] THEN $9::text[] ELSE ($9::text[])[1:1] END)"
    ") d WHERE ($2 = 0 OR due_mark = $2) AND ($3 = '' OR official = $3)"
    " AND ($5::bigint = 0 OR (due_at, id) > ($5::bigint, $6)) ORDER BY due_at, id LIMIT $7"};

constexpr pg::Statement kUpsertNotice{
    "document_upsert_deadline_notice",
    "INSERT INTO deadline_notice VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (delivery_id)"
    " DO UPDATE SET unit_id = excluded.unit_id, due_kind = excluded.due_kind,"
    " due_at = excluded.due_at, due_soon_at = excluded.due_soon_at, due_mark = excluded.due_mark"};

constexpr pg::Statement kSelectNotices{
    "document_select_deadline_notices",
    "SELECT delivery_id, unit_id, due_kind, microseconds(due_at) AS due_at,"
    " microseconds(due_soon_at) AS due_soon_at, due_mark FROM deadline_notice"
    " WHERE delivery_id = ANY ($1::uuid[])"};

DeadlineRule ToRule(const pg::Row& row) {
  DeadlineRule rule;
  rule.kind = static_cast<DeadlineKind>(row["kind"].as<int>());
  rule.urgent = row["urgent"].as<bool>();
  rule.limit = {row["amount"].as<int>(), ValueOf(kUnits, row["unit"].view())};
  rule.soon_percent = row["soon_percent"].as<int>();
  rule.valid_from = base::ParseDay(row["valid_from"].c_str());
  rule.valid_to = pg::OptionalDay(row["valid_to"]);
  return rule;
}

}  // namespace

LimitData SelectLimits(pg::Tx& tx, Day day) {
  LimitData limits;
  for (const auto& row : tx.Exec(kSelectLimits, base::FormatDay(day))) {
    if (!row["kind"].is_null()) {
      limits.rules.push_back(ToRule(row));
      continue;
    }
    limits.hours.push_back({base::ParseDay(row["valid_from"].c_str()),
                            pg::OptionalDay(row["valid_to"]),
                            {std::chrono::minutes(row["starts"].as<int>()),
                             std::chrono::minutes(row["ends"].as<int>())}});
  }
  return limits;
}

std::vector<DueRecord> SelectDueRecords(pg::Tx& tx, base::Time now,
                                        const std::vector<std::string>& passed_over, int limit) {
  std::vector<DueRecord> records;
  for (const auto& row :
       tx.Exec(kSelectDue, base::FormatTime(now), pg::TextArray(passed_over), limit)) {
    records.push_back(
        {row[0].as<std::string>(), row[1].as<std::string>(), row[2].as<std::string>()});
  }
  return records;
}

void UpsertDeadlineNotice(pg::Tx& tx, const DeadlineNotice& notice) {
  const DueColumns due(notice.due);
  tx.Write(kUpsertNotice, notice.delivery_id.text, notice.unit_id, due.kind, due.at, due.soon_at,
           due.mark);
}

std::vector<DeadlineNotice> SelectDeadlineNotices(pg::Tx& tx, const std::vector<DeliveryId>& ids) {
  std::vector<DeadlineNotice> notices;
  for (const auto& row : tx.Exec(kSelectNotices, pg::IdArray(ids))) {
    notices.push_back({{row["delivery_id"].as<std::string>()},
                       row["unit_id"].as<std::string>(),
                       DueOf(row).value()});
  }
  return notices;
}

std::optional<base::Time> SelectNextLook(pg::Tx& tx, base::Time now) {
  return pg::OptionalTime(tx.Exec(kSelectNext, base::FormatTime(now))[0][0]);
}

std::vector<DueLine> FindDeadlines(pg::Tx& tx, const DueQuery& query) {
  const Reader& reader = query.reader;
  const std::int64_t after =
      query.after_at ? query.after_at->time_since_epoch().count() : std::int64_t{0};
  std::vector<DueLine> lines;
  for (const auto& row :
       tx.Exec(kFindDeadlines, pg::TextArray(reader.units),
               query.mark ? static_cast<int>(*query.mark) : 0, query.official_id,
               reader.official_id, after, query.after_id, query.limit,
               reader.is_clerk || reader.is_leader, pg::TextArray(NamesOf(reader)))) {
    lines.push_back({row[0].as<std::string>(), row[1].as<std::string>(), DueOf(row).value(),
                     row["official"].as<std::string>()});
  }
  return lines;
}

}  // namespace lienthong::document
