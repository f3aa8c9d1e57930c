#include "hotline/store.hpp"
#include "hotline/store_values.hpp"

namespace lienthong::hotline {
namespace {

constexpr pg::Statement kSelectDue{
    "hotline_select_due",
    "SELECT type, id, deadlines, waits, ticket_id, (SELECT version FROM head"
    "  WHERE record_type = d.type AND record_id = d.id) AS version FROM ("
    " (SELECT 'ticket' AS type, id::text, deadlines, look_at, false AS waits,"
    "  id::text AS ticket_id FROM ticket"
    "  WHERE look_at <= $1::timestamptz AND 'ticket/' || id <> ALL ($2::text[])"
    "  ORDER BY look_at LIMIT $3::int)"
    " UNION ALL"
    " (SELECT 'assignment', id::text, deadlines, look_at, waiting_since IS NOT NULL,"
    "  ticket_id::text"
    "  FROM assignment WHERE look_at <= $1::timestamptz"
    "  AND 'assignment/' || id <> ALL ($2::text[]) ORDER BY look_at LIMIT $3::int)"
    ") d ORDER BY look_at, id LIMIT $3::int"};
constexpr pg::Statement kSelectNext{
    "hotline_select_next_due",
    "SELECT microseconds(least((SELECT min(look_at) FROM ticket WHERE look_at > $1::timestamptz),"
    " (SELECT min(look_at) FROM assignment WHERE look_at > $1::timestamptz)))"};
// Kind and mark as in the index: emergency, passed.
constexpr pg::Statement kCountLateTransfers{
    "hotline_count_late_transfers",
    "SELECT count(*) FROM ticket WHERE kind = 4 AND mark = 3 AND state IN (1, 2, 3, 9)"};
constexpr pg::Statement kSelectComplaints{
    "hotline_select_complaints",
    "SELECT DISTINCT concerned_unit_id, keeper_unit_id, category_id FROM ticket"
    " WHERE concerned_unit_id <> '' AND state NOT IN (10, 11)"};
constexpr pg::Statement kCountComplaints{
    "hotline_count_complaints",
    "SELECT count(*) FROM unnest($1::text[], $2::text[], $3::text[]) AS c (concerned, keeper,"
    "  category) JOIN ticket ON concerned_unit_id = c.concerned AND keeper_unit_id = c.keeper"
    "  AND category_id = c.category AND concerned_unit_id <> '' AND state NOT IN (10, 11)"};
// $1 units that one continues, $2 passed over, $3 limit, $4 keepers, $5, $6 and $10 complaints:
// concerned, keeper, category; $7, $8 and $9 those that stay.
#define LIENTHONG_MOVES                                                          \
  " AND NOT EXISTS (SELECT FROM unnest($7::text[], $8::text[], $9::text[]) AS s" \
  "  (concerned, keeper, category) WHERE s.concerned = concerned_unit_id"        \
  "  AND s.keeper = keeper_unit_id AND s.category = category_id)"
constexpr pg::Statement kSelectOpenWork{
    "hotline_select_open_work",
    "SELECT type, id, unit_id, ticket_id, (SELECT version FROM head"
    "  WHERE record_type = w.type AND record_id = w.id) AS version FROM ("
    " (SELECT 'ticket' AS type, id::text, keeper_unit_id AS unit_id, id::text AS ticket_id"
    "  FROM ticket WHERE keeper_unit_id = ANY ($4::text[]) AND state NOT IN (10, 11)"
    "  AND 'ticket/' || id <> ALL ($2::text[])" LIENTHONG_MOVES
    "  ORDER BY keeper_unit_id, opened_at LIMIT $3::int)"
    " UNION ALL"
    " (SELECT 'ticket', id::text, concerned_unit_id, id::text FROM ticket"
    "  WHERE concerned_unit_id = ANY ($1::text[]) AND concerned_unit_id <> ''"
    "  AND state NOT IN (10, 11) AND 'ticket/' || id <> ALL ($2::text[])" LIENTHONG_MOVES
    "  LIMIT $3::int)"
    " UNION ALL"
    " (SELECT 'ticket', t.id::text, t.keeper_unit_id, t.id::text"
    "  FROM unnest($5::text[], $6::text[], $10::text[]) AS c (concerned, keeper, category)"
    "  CROSS JOIN LATERAL"
    "  (SELECT id, keeper_unit_id FROM ticket WHERE concerned_unit_id = c.concerned"
    "   AND keeper_unit_id = c.keeper AND category_id = c.category AND concerned_unit_id <> ''"
    "   AND state NOT IN (10, 11)"
    "   AND 'ticket/' || id <> ALL ($2::text[]) LIMIT $3::int) t LIMIT $3::int)"
    " UNION ALL"
    " (SELECT 'article', id::text, unit_id, NULL FROM article"
    "  WHERE unit_id = ANY ($1::text[]) AND 'article/' || id <> ALL ($2::text[]) LIMIT $3::int)"
    " UNION ALL"
    " (SELECT 'article', id::text, keeper_unit_id, NULL FROM article"
    "  WHERE keeper_unit_id = ANY ($4::text[]) AND 'article/' || id <> ALL ($2::text[])"
    "  LIMIT $3::int)"
    " UNION ALL"
    " (SELECT 'answer-template', id::text, keeper_unit_id, NULL FROM answer_template"
    "  WHERE keeper_unit_id = ANY ($4::text[]) AND 'answer-template/' || id <> ALL ($2::text[])"
    "  LIMIT $3::int)"
    " UNION ALL"
    " (SELECT 'api-key', k.id::text, k.keeper_unit_id, NULL FROM api_key k, centre c"
    "  WHERE k.keeper_unit_id <> c.unit_id AND c.unit_id <> ALL ($1::text[])"
    "  AND 'api-key/' || k.id <> ALL ($2::text[]) LIMIT $3::int)"
    " UNION ALL"
    " (SELECT 'category', id, default_unit_id, NULL FROM category"
    "  WHERE default_unit_id = ANY ($1::text[]) AND 'category/' || id <> ALL ($2::text[])"
    "  LIMIT $3::int)"
    " UNION ALL"
    " (SELECT 'centre', id, (ARRAY(SELECT u FROM unnest($1::text[]) u WHERE u = ANY ("
    "   ARRAY[unit_id, inspector_unit_id, office_unit_id] || escalation_unit_ids)))[1], NULL"
    "  FROM centre WHERE ARRAY[unit_id, inspector_unit_id, office_unit_id] || escalation_unit_ids"
    "   && $1::text[] AND 'centre/' || id <> ALL ($2::text[]))"
    " UNION ALL"
    " (SELECT 'assignment', id::text, unit_id, ticket_id::text FROM assignment"
    "  WHERE unit_id = ANY ($1::text[]) AND state IN (1, 2, 4, 5, 6)"
    "  AND 'assignment/' || id <> ALL ($2::text[])" LIENTHONG_MOVES
    "  LIMIT $3::int)) w LIMIT $3::int"};
#undef LIENTHONG_MOVES

std::string ColumnOf(const std::vector<Complaint>& complaints, std::string Complaint::*field) {
  return pg::TextArray(complaints, [&](const Complaint& complaint) { return complaint.*field; });
}

}  // namespace

std::vector<DueRecord> SelectDue(pg::Tx& tx, base::Time now,
                                 const std::vector<std::string>& passed_over, int limit) {
  std::vector<DueRecord> records;
  for (const auto& row :
       tx.Exec(kSelectDue, base::FormatTime(now), pg::TextArray(passed_over), limit)) {
    records.push_back({row["type"].as<std::string>(),
                       row["id"].as<std::string>(),
                       DeadlinesOf(row["deadlines"]),
                       row["waits"].as<bool>(),
                       {row["ticket_id"].as<std::string>()},
                       row["version"].as<std::int64_t>()});
  }
  return records;
}

std::optional<base::Time> SelectNextLook(pg::Tx& tx, base::Time now) {
  return pg::OptionalTime(tx.Exec(kSelectNext, base::FormatTime(now))[0][0]);
}

std::int64_t CountLateTransfers(pg::Tx& tx) {
  return tx.Exec(kCountLateTransfers)[0][0].as<std::int64_t>();
}

std::vector<Complaint> SelectComplaints(pg::Tx& tx) {
  std::vector<Complaint> complaints;
  for (const auto& row : tx.Exec(kSelectComplaints)) {
    complaints.push_back(
        {row[0].as<std::string>(), row[1].as<std::string>(), row[2].as<std::string>()});
  }
  return complaints;
}

std::int64_t CountComplaints(pg::Tx& tx, const std::vector<Complaint>& complaints) {
  if (complaints.empty()) return 0;
  return tx
      .Exec(kCountComplaints, ColumnOf(complaints, &Complaint::concerned_unit_id),
            ColumnOf(complaints, &Complaint::keeper_unit_id),
            ColumnOf(complaints, &Complaint::category_id))[0][0]
      .as<std::int64_t>();
}

std::vector<OpenWork> SelectOpenWork(pg::Tx& tx, const Leavers& of,
                                     const std::vector<std::string>& passed_over, int limit) {
  std::vector<OpenWork> work;
  for (const auto& row :
       tx.Exec(kSelectOpenWork, pg::TextArray(of.continued), pg::TextArray(passed_over), limit,
               pg::TextArray(of.keepers), ColumnOf(of.complaints, &Complaint::concerned_unit_id),
               ColumnOf(of.complaints, &Complaint::keeper_unit_id),
               ColumnOf(of.unkept, &Complaint::concerned_unit_id),
               ColumnOf(of.unkept, &Complaint::keeper_unit_id),
               ColumnOf(of.unkept, &Complaint::category_id),
               ColumnOf(of.complaints, &Complaint::category_id))) {
    work.push_back({row["type"].as<std::string>(),
                    row["id"].as<std::string>(),
                    row["unit_id"].as<std::string>(),
                    {row["ticket_id"].as<std::string>("")},
                    row["version"].as<std::int64_t>()});
  }
  return work;
}

}  // namespace lienthong::hotline
