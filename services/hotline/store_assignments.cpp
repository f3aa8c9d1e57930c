#include "hotline/store.hpp"
#include "hotline/store_values.hpp"

namespace lienthong::hotline {
namespace {

constexpr pg::Statement kUpsertAssignment{
    "hotline_upsert_assignment",
    "INSERT INTO assignment (id, ticket_id, unit_id, keeper_unit_id, concerned_unit_id, role,"
    " state, restricted, category_id, assigned_at, assigned_by_official_id, instruction,"
    " official_id, accepted_at, ended_at, due_at, answered_in_time, deadlines, mark, look_at,"
    " reason, waiting_since, pause_count, extension_count, answer, answer_attachments,"
    " escalated_unit_ids, reply, past_deadlines, extension, waits, is_public)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
    "$9, "
    "$10, $11, $12, $13,"
    " nullif($14, '')::timestamptz, nullif($15, '')::timestamptz, nullif($16,"
    " '')::timestamptz, nullif($17, '')::boolean, $18, $19, nullif($20, '')::timestamptz, $21,"
    " nullif($22, '')::timestamptz, $23, $24, $25, $26, $27, $28,"
    " $29, $30, $31,"
    " (SELECT is_public FROM ticket WHERE id = $2))"
    " ON CONFLICT (id) DO UPDATE SET"
    " unit_id = excluded.unit_id, keeper_unit_id = excluded.keeper_unit_id, concerned_unit_id"
    " = excluded.concerned_unit_id, state = excluded.state, restricted = excluded.restricted,"
    " category_id = excluded.category_id, official_id = excluded.official_id, accepted_at ="
    " excluded.accepted_at, ended_at = excluded.ended_at, due_at = excluded.due_at,"
    " answered_in_time = excluded.answered_in_time, deadlines = excluded.deadlines, mark ="
    " excluded.mark, look_at = excluded.look_at, reason = excluded.reason, waiting_since ="
    " excluded.waiting_since, pause_count = excluded.pause_count, extension_count ="
    " excluded.extension_count, answer = excluded.answer, answer_attachments ="
    " excluded.answer_attachments, escalated_unit_ids = excluded.escalated_unit_ids, reply ="
    " excluded.reply, past_deadlines = excluded.past_deadlines, extension = excluded.extension,"
    " waits = excluded.waits"};

constexpr pg::Statement kSelectAssignments{
    "hotline_select_assignments", "SELECT * FROM assignment_record WHERE id = ANY ($1::uuid[])"};
constexpr pg::Statement kSelectAssignmentsOf{
    "hotline_select_assignments_of",
    "SELECT * FROM assignment_record WHERE ticket_id = $1 ORDER BY id"};

// Whose ($1): the units', those of tickets that they keep, those that went up to them. $2 states
// ('{}' = open ones), $3 unit, $4 categories, $5 mark (0 = all), behind $6 due ('' = none) and $7
// id; one without a deadline counts as infinitely late. In the order of an index, one place of it
// after the other.
#define LIENTHONG_OPEN "1, 2, 4, 5, 6"
#define LIENTHONG_ASSIGNMENTS(from, whose)                                           \
  "SELECT id, coalesce(due_at, 'infinity') AS due FROM " from " WHERE " whose        \
  " AND ($2::int[] = '{}' OR state = ANY ($2::int[])) AND ($3 = '' OR unit_id = $3)" \
  " AND ($4::text[] = '{}' OR category_id = ANY ($4::text[])) AND mark >= $5"        \
  " AND (coalesce(due_at, 'infinity'), id) > (CASE WHEN $7 = '' THEN '-infinity'"    \
  "  ELSE coalesce(nullif($6, '')::timestamptz, 'infinity') END,"                    \
  "  coalesce(nullif($7, '')::uuid, '00000000-0000-0000-0000-000000000000'))"        \
  " ORDER BY coalesce(due_at, 'infinity'), id LIMIT $8"
#define LIENTHONG_MERGED(from, places, whose) \
  "SELECT a.id FROM unnest($1::text[]) AS u (unit) CROSS JOIN " places \
  " LATERAL (" LIENTHONG_ASSIGNMENTS(from, whose) ") a"                \
  " GROUP BY a.due, a.id ORDER BY a.due, a.id LIMIT $8"
#define LIENTHONG_STATES(without_any)                                      \
  "(SELECT DISTINCT unnest(CASE WHEN $2::int[] = '{}' THEN '{" without_any \
  "}' ELSE $2 END)"                                                        \
  " AS state) s CROSS JOIN"
constexpr pg::Statement kFindOwn{"hotline_find_own",
                                 LIENTHONG_MERGED("assignment", LIENTHONG_STATES(LIENTHONG_OPEN),
                                                  "unit_id = u.unit AND state = s.state")};
constexpr pg::Statement kFindKeptOpen{
    "hotline_find_kept_open",
    LIENTHONG_MERGED("assignment", "",
                     "keeper_unit_id = u.unit AND state IN (" LIENTHONG_OPEN ")")};
constexpr pg::Statement kFindEscalated{
    "hotline_find_escalated",
    LIENTHONG_MERGED("escalated_assignment", LIENTHONG_STATES("1, 2, 3, 4, 5, 6, 7, 8"),
                     "escalated_unit_id = u.unit AND state = s.state")};
// $9 officials, each a place of its own in the index.
constexpr pg::Statement kFindOfOfficials{
    "hotline_find_of_officials",
    LIENTHONG_MERGED(
        "assignment",
        LIENTHONG_STATES(LIENTHONG_OPEN) " unnest($9::text[]) AS o (official) CROSS JOIN",
        "unit_id = u.unit AND state = s.state AND official_id = o.official"
        " AND official_id <> ''")};
constexpr pg::Statement kSelectHandlers{
    "hotline_select_handlers",
    "SELECT DISTINCT official_id FROM assignment WHERE unit_id = $1 AND official_id <> ''"
    " AND state IN (" LIENTHONG_OPEN ")"};
#undef LIENTHONG_STATES
#undef LIENTHONG_MERGED
#undef LIENTHONG_OPEN
#undef LIENTHONG_ASSIGNMENTS

/// Of tickets that a unit keeps only open ones are listed.
const pg::Statement& StatementOf(const AssignmentQuery& query) {
  switch (query.of) {
    case AssignmentQuery::Of::kKeepers:
      return kFindKeptOpen;
    case AssignmentQuery::Of::kEscalated:
      return kFindEscalated;
    case AssignmentQuery::Of::kUnits:
      break;
  }
  return kFindOwn;
}

/// Beginning and end of one after the other, in microseconds since the epoch.
std::string WaitArray(const std::vector<Wait>& waits) {
  std::vector<std::int64_t> numbers;
  for (const Wait& wait : waits) {
    numbers.push_back(wait.since.time_since_epoch().count());
    numbers.push_back(wait.until.time_since_epoch().count());
  }
  return pg::NumberArray(numbers);
}

std::vector<Wait> WaitsOf(const pg::Field& field) {
  std::vector<base::Time> times;
  for (const std::string& number : pg::ParseTextArray(field)) {
    times.emplace_back(std::chrono::microseconds(std::stoll(number)));
  }
  std::vector<Wait> waits;
  for (std::size_t i = 0; i + 1 < times.size(); i += 2) waits.push_back({times[i], times[i + 1]});
  return waits;
}

Stored<Assignment> ToAssignment(const pg::Row& row) {
  Assignment assignment;
  assignment.id = {row["id"].as<std::string>()};
  assignment.ticket_id = {row["ticket_id"].as<std::string>()};
  assignment.unit_id = row["unit_id"].as<std::string>();
  assignment.keeper_unit_id = row["keeper_unit_id"].as<std::string>();
  assignment.concerned_unit_id = row["concerned_unit_id"].as<std::string>();
  assignment.role = static_cast<AssignmentRole>(row["role"].as<int>());
  assignment.state = static_cast<AssignmentState>(row["state"].as<int>());
  assignment.restricted = row["restricted"].as<bool>();
  assignment.category_id = row["category_id"].as<std::string>();
  assignment.assigned_at = pg::TimeOf(row["assigned_at"]);
  assignment.assigned_by_official_id = row["assigned_by_official_id"].as<std::string>();
  assignment.instruction = row["instruction"].as<std::string>();
  assignment.official_id = row["official_id"].as<std::string>();
  assignment.accepted_at = pg::OptionalTime(row["accepted_at"]);
  assignment.ended_at = pg::OptionalTime(row["ended_at"]);
  assignment.due_at = pg::OptionalTime(row["due_at"]);
  assignment.answered_in_time = OptionalFlag(row["answered_in_time"]);
  assignment.deadlines = DeadlinesOf(row["deadlines"]);
  assignment.past_deadlines = DeadlinesOf(row["past_deadlines"]);
  const Deadlines extension = DeadlinesOf(row["extension"]);
  if (!extension.empty()) assignment.extension = extension.front();
  assignment.waits = WaitsOf(row["waits"]);
  assignment.reason = row["reason"].as<std::string>();
  assignment.waiting_since = pg::OptionalTime(row["waiting_since"]);
  assignment.pause_count = row["pause_count"].as<int>();
  assignment.extension_count = row["extension_count"].as<int>();
  assignment.reply = row["reply"].as<std::string>();
  assignment.answer = row["answer"].as<std::string>();
  assignment.answer_attachments = AttachmentsOf(row["answer_attachments"]);
  assignment.escalated_unit_ids = pg::ParseTextArray(row["escalated_unit_ids"]);
  return {std::move(assignment), row["version"].as<std::int64_t>()};
}

std::vector<Stored<Assignment>> AssignmentsOf(const pg::Result& rows) {
  std::vector<Stored<Assignment>> assignments;
  for (const auto& row : rows) assignments.push_back(ToAssignment(row));
  return assignments;
}

}  // namespace

void UpsertAssignment(pg::Tx& tx, const Assignment& assignment) {
  tx.Write(
      kUpsertAssignment, assignment.id.text, assignment.ticket_id.text, assignment.unit_id,
      assignment.keeper_unit_id, assignment.concerned_unit_id, static_cast<int>(assignment.role),
      static_cast<int>(assignment.state), assignment.restricted, assignment.category_id,
      base::FormatTime(assignment.assigned_at), assignment.assigned_by_official_id,
      assignment.instruction, assignment.official_id, pg::TimeText(assignment.accepted_at),
      pg::TimeText(assignment.ended_at), pg::TimeText(assignment.due_at),
      FlagText(assignment.answered_in_time), DeadlineArray(assignment.deadlines),
      MarkOf(assignment.deadlines), pg::TimeText(NextLook(assignment)), assignment.reason,
      pg::TimeText(assignment.waiting_since), assignment.pause_count, assignment.extension_count,
      assignment.answer, AttachmentArray(assignment.answer_attachments),
      pg::TextArray(assignment.escalated_unit_ids), assignment.reply,
      DeadlineArray(assignment.past_deadlines),
      DeadlineArray(assignment.extension ? Deadlines{*assignment.extension} : Deadlines{}),
      WaitArray(assignment.waits));
}

std::vector<Stored<Assignment>> SelectAssignments(pg::Tx& tx,
                                                  const std::vector<AssignmentId>& ids) {
  return AssignmentsOf(tx.Exec(kSelectAssignments, pg::IdArray(ids)));
}

std::vector<Stored<Assignment>> SelectAssignmentsOf(pg::Tx& tx, const TicketId& id) {
  return AssignmentsOf(tx.Exec(kSelectAssignmentsOf, id.text));
}

std::vector<AssignmentId> FindAssignments(pg::Tx& tx, const AssignmentQuery& query) {
  const auto find = [&](const pg::Statement& statement, const auto&... further) {
    return IdsOf<AssignmentId>(tx.Exec(statement, pg::TextArray(query.units),
                                       pg::NumberArray({query.states.begin(), query.states.end()}),
                                       query.unit_id, pg::TextArray(query.category_ids), query.mark,
                                       pg::TimeText(query.after_due), query.after_id, query.limit,
                                       further...));
  };
  if (query.official_ids.empty()) return find(StatementOf(query));
  return find(kFindOfOfficials, pg::TextArray(query.official_ids));
}

std::vector<std::string> SelectHandlers(pg::Tx& tx, const std::string& unit_id) {
  std::vector<std::string> officials;
  for (const auto& row : tx.Exec(kSelectHandlers, unit_id)) {
    officials.push_back(row[0].as<std::string>());
  }
  return officials;
}

}  // namespace lienthong::hotline
