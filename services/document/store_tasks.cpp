#include "document/store.hpp"
#include "document/store_values.hpp"

namespace lienthong::document {
namespace {

constexpr EnumNames<TaskState, 4> kTaskStates{{{TaskState::kAssigned, "ASSIGNED"},
                                               {TaskState::kInProgress, "IN_PROGRESS"},
                                               {TaskState::kCompleted, "COMPLETED"},
                                               {TaskState::kWithdrawn, "WITHDRAWN"}}};

constexpr pg::Statement kInsertTasks{
    "document_insert_tasks",
    "INSERT INTO task (id, delivery_id, document_id, restricted, unit_id,"
    " assigned_by_official_id, assignee_unit_id, assignee_official_id, role, state, deadline,"
    " assigned_at, instruction, due_kind, due_at, due_soon_at, due_mark, due_look_at,"
    " report_officials, report_times, report_texts)"
    " SELECT i, y, d, r, u, b, a, o, k, 'ASSIGNED', nullif(l, '')::timestamptz, t, n, nullif(q, 0),"
    "  nullif(e, '')::timestamptz, nullif(s, '')::timestamptz, CASE WHEN q > 0 THEN 1 END,"
    "  nullif(s, '')::timestamptz, '{}', '{}', '{}'"
    " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[], $5::text[], $6::text[],"
    "  $7::text[], $8::text[], $9::bigint[], $10::text[], $11::timestamptz[], $12::text[],"
    "  $13::bigint[], $14::text[], $15::text[])"
    " AS v (i, y, d, r, u, b, a, o, k, l, t, n, q, e, s)"};

constexpr pg::Statement kUpdateTask{
    "document_update_task",
    "UPDATE task SET assignee_official_id = $2, state = $3,"
    " completed_at = nullif($4, '')::timestamptz, report_officials = $5, report_times = $6,"
    " report_texts = $7, due_kind = nullif($8, 0), due_at = nullif($9, '')::timestamptz,"
    " due_soon_at = nullif($10, '')::timestamptz, due_mark = nullif($11, 0),"
    " due_look_at = nullif($12, '')::timestamptz, assignee_unit_id = $13, unit_id = $14,"
    " deadline = nullif($15, '')::timestamptz WHERE id = $1"};

constexpr pg::Statement kSelectTasks{"document_select_tasks",
                                     "SELECT * FROM task_record WHERE id = ANY($1::uuid[])"};

constexpr pg::Statement kSelectTasksOf{
    "document_select_tasks_of", "SELECT * FROM task_record WHERE delivery_id = $1 ORDER BY id"};

constexpr pg::Statement kSelectTaskIds{"document_select_task_ids",
                                       "SELECT id FROM task WHERE delivery_id = $1 ORDER BY id"};

// Open or done.
constexpr pg::Statement kHasTask{"document_has_task",
                                 "SELECT FROM task WHERE document_id = $1 AND assignee_unit_id = $2"
                                 " AND assignee_official_id = $3 AND state <> 'WITHDRAWN' LIMIT 1"};

// Of a restricted document for clerks, leaders and who is named.
constexpr pg::Statement kFindTasks{
    "document_find_tasks",
    "SELECT t.id FROM task t WHERE (t.assignee_unit_id = ANY ($1::text[])"
    "  OR ($8 <> '' AND t.unit_id = ANY ($1::text[])))"
    " AND ($8 = '' OR t.delivery_id = nullif($8, '')::uuid)"
    " AND ($2 = '' OR t.assignee_official_id = $2)"
    " AND (NOT $3::boolean OR t.state IN ('ASSIGNED', 'IN_PROGRESS'))"
    " AND ($4 = '' OR t.id > nullif($4, '')::uuid)"
    " AND ($8 <> '' OR t.state <> 'WITHDRAWN') AND (NOT t.restricted OR $6::boolean"
    "  OR is_reader(t.document_id, $1::text[], $7::text[])) ORDER BY t.id LIMIT $5"};

Stored<Task> ToTask(const pg::Row& row) {
  Task task;
  task.id = {row["id"].as<std::string>()};
  task.delivery_id = {row["delivery_id"].as<std::string>()};
  task.document_id = {row["document_id"].as<std::string>()};
  task.restricted = row["restricted"].as<bool>();
  task.unit_id = row["unit_id"].as<std::string>();
  task.assigned_by_official_id = row["assigned_by_official_id"].as<std::string>();
  task.assignee_unit_id = row["assignee_unit_id"].as<std::string>();
  task.assignee_official_id = row["assignee_official_id"].as<std::string>();
  task.role = static_cast<TaskRole>(row["role"].as<int>());
  task.state = ValueOf(kTaskStates, row["state"].view());
  task.deadline = pg::OptionalTime(row["deadline"]);
  task.due = DueOf(row);
  task.assigned_at = pg::TimeOf(row["assigned_at"]);
  task.completed_at = pg::OptionalTime(row["completed_at"]);
  task.instruction = row["instruction"].as<std::string>();
  task.reports = RemarksOf(row["report_officials"], row["report_times"], row["report_texts"]);
  return {std::move(task), row["version"].as<std::int64_t>()};
}

std::vector<TaskId> TaskIdsOf(const pg::Result& rows) {
  std::vector<TaskId> ids;
  for (const auto& row : rows) ids.push_back({row[0].as<std::string>()});
  return ids;
}

}  // namespace

void InsertTasks(pg::Tx& tx, const std::vector<Task>& tasks) {
  std::vector<std::int64_t> roles, kinds;
  for (const Task& task : tasks) {
    roles.push_back(static_cast<int>(task.role));
    kinds.push_back(DueColumns(task.due).kind);
  }
  const auto column = [&](const auto& text_of) { return pg::TextArray(tasks, text_of); };
  tx.Write(kInsertTasks, column([](const Task& t) { return t.id.text; }),
           column([](const Task& t) { return t.delivery_id.text; }),
           column([](const Task& t) { return t.document_id.text; }),
           column([](const Task& t) { return t.restricted ? "t" : "f"; }),
           column([](const Task& t) { return t.unit_id; }),
           column([](const Task& t) { return t.assigned_by_official_id; }),
           column([](const Task& t) { return t.assignee_unit_id; }),
           column([](const Task& t) { return t.assignee_official_id; }), pg::NumberArray(roles),
           column([](const Task& t) { return pg::TimeText(t.deadline); }),
           column([](const Task& t) { return base::FormatTime(t.assigned_at); }),
           column([](const Task& t) { return t.instruction; }), pg::NumberArray(kinds),
           column([](const Task& t) { return DueColumns(t.due).at; }),
           column([](const Task& t) { return DueColumns(t.due).soon_at; }));
}

void UpdateTask(pg::Tx& tx, const Task& task) {
  const RemarkArrays reports(task.reports);
  const DueColumns due(task.due);
  tx.Write(kUpdateTask, task.id.text, task.assignee_official_id, NameOf(kTaskStates, task.state),
           pg::TimeText(task.completed_at), reports.officials, reports.times, reports.texts,
           due.kind, due.at, due.soon_at, due.mark, due.look_at, task.assignee_unit_id,
           task.unit_id, pg::TimeText(task.deadline));
}

std::vector<Stored<Task>> SelectTasks(pg::Tx& tx, const std::vector<TaskId>& ids) {
  std::vector<Stored<Task>> tasks;
  for (const auto& row : tx.Exec(kSelectTasks, pg::IdArray(ids))) tasks.push_back(ToTask(row));
  return tasks;
}

std::vector<Stored<Task>> SelectTasksOf(pg::Tx& tx, const DeliveryId& id) {
  std::vector<Stored<Task>> tasks;
  for (const auto& row : tx.Exec(kSelectTasksOf, id.text)) tasks.push_back(ToTask(row));
  return tasks;
}

std::vector<TaskId> SelectTaskIds(pg::Tx& tx, const DeliveryId& id) {
  return TaskIdsOf(tx.Exec(kSelectTaskIds, id.text));
}

bool HasTask(pg::Tx& tx, const DocumentId& id, const std::string& unit_id,
             const std::string& official_id) {
  return !tx.Exec(kHasTask, id.text, unit_id, official_id).empty();
}

std::vector<TaskId> FindTasks(pg::Tx& tx, const TaskQuery& query) {
  const Reader& reader = query.reader;
  return TaskIdsOf(tx.Exec(kFindTasks, pg::TextArray(reader.units), query.official_id, query.open,
                           query.after.text, query.limit, reader.is_clerk || reader.is_leader,
                           pg::TextArray(NamesOf(reader)), pg::IdText(query.delivery_id)));
}

}  // namespace lienthong::document
