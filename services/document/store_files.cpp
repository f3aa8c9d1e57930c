#include "document/store_files.hpp"

#include "document/store_values.hpp"

namespace lienthong::document {
namespace {

constexpr EnumNames<FileState, 6> kFileStates{{{FileState::kPlanned, "PLANNED"},
                                               {FileState::kOpen, "OPEN"},
                                               {FileState::kClosed, "CLOSED"},
                                               {FileState::kArchived, "ARCHIVED"},
                                               {FileState::kDestroying, "DESTROYING"},
                                               {FileState::kDestroyed, "DESTROYED"}}};

constexpr pg::Statement kUpsertFile{
    "document_upsert_file",
    "INSERT INTO working_file (id, unit_id, items_unit, year, notation, title, permanent, years,"
    " construction, official_id, restricted, readers, state, start_date, end_date, last_ordinal,"
    " document_count, page_count, due_kind, due_at, due_soon_at, due_mark, due_look_at,"
    " kept_back_until, kept_back_reason, hold_official_id, hold_at, hold_reason, archived_at,"
    " archived_by_official_id, destruction_id, destroyed_at)"
    " VALUES ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, nullif($13, '')::date,"
    " nullif($14, '')::date, $15, $16, $17, nullif($18, 0), nullif($19, '')::timestamptz,"
    " nullif($20, '')::timestamptz, nullif($21, 0), nullif($22, '')::timestamptz,"
    " nullif($23, '')::date, $24, nullif($25, ''), nullif($26, '')::timestamptz, nullif($27, ''),"
    " nullif($28, '')::timestamptz, $29, $30, nullif($31, '')::timestamptz)"
    " ON CONFLICT (id) DO UPDATE SET unit_id = excluded.unit_id,"
    " items_unit = CASE WHEN excluded.last_ordinal = 0 THEN excluded.unit_id"
    "  ELSE working_file.items_unit END,"
    " title = excluded.title, permanent = excluded.permanent, years = excluded.years,"
    " construction = excluded.construction, official_id = excluded.official_id,"
    " restricted = excluded.restricted, readers = excluded.readers, state = excluded.state,"
    " start_date = excluded.start_date, end_date = excluded.end_date,"
    " last_ordinal = excluded.last_ordinal, document_count = excluded.document_count,"
    " page_count = excluded.page_count, due_kind = excluded.due_kind, due_at = excluded.due_at,"
    " due_soon_at = excluded.due_soon_at, due_mark = excluded.due_mark,"
    " due_look_at = excluded.due_look_at, kept_back_until = excluded.kept_back_until,"
    " kept_back_reason = excluded.kept_back_reason,"
    " hold_official_id = excluded.hold_official_id, hold_at = excluded.hold_at,"
    " hold_reason = excluded.hold_reason, archived_at = excluded.archived_at,"
    " archived_by_official_id = excluded.archived_by_official_id,"
    " destruction_id = excluded.destruction_id, destroyed_at = excluded.destroyed_at"};

constexpr pg::Statement kSelectFiles{"document_select_files",
                                     "SELECT * FROM working_file_record WHERE id = ANY ($1)"};

constexpr pg::Statement kSelectRules{"document_select_archive_rules", "SELECT * FROM archive_rule"};

// $1 units, $2 year, $3 state, $4 only the official's own, $5 official, $6 whether restricted ones
// are open, $7 names of the reader, $8 day of destruction, $9 mark, $10 and $11 place, $12 limit.
constexpr pg::Statement kFindFiles{
    "document_find_files",
    "SELECT f.id FROM working_file f WHERE f.unit_id = ANY ($1::text[])"
    " AND ($2 = 0 OR f.year = $2) AND ($3 = '' OR f.state = $3)"
    " AND (NOT $4::boolean OR f.official_id = $5)"
    " AND (NOT f.restricted OR $6::boolean OR f.official_id = $5 OR f.readers &&"
    "  CASE WHEN f.unit_id = ($1::text[])[1] THEN $7::text[] ELSE ($7::text[])[1:1] END)"
    " AND ($8 = '' OR (f.state IN ('CLOSED', 'ARCHIVED') AND NOT f.permanent"
    "  AND (f.state = 'ARCHIVED' OR EXISTS (SELECT FROM archive_rule r WHERE f.end_date"
    "   BETWEEN r.valid_from AND coalesce(r.valid_to, 'infinity')"
    "   AND f.years < r.retention_years_min))"
    "  AND f.hold_at IS NULL AND make_date((extract(year FROM f.end_date))::int + f.years, 12, 31)"
    "   < nullif($8, '')::date))"
    " AND ($9 = 0 OR f.due_mark = $9)"
    " AND ($10 = 0 OR f.year < $10 OR (f.year = $10 AND f.id > $11))"
    " ORDER BY f.year DESC, f.id LIMIT $12"};

constexpr pg::Statement kSelectErasures{
    "document_select_erasures",
    "SELECT * FROM ("
    " (SELECT 'file-item' AS type, i.id, i.file_id, i.unit_id, i.document_id, d.id AS draft_id,"
    "   d.unit_id AS draft_unit"
    "  FROM working_file f JOIN file_item i ON i.file_id = f.id AND i.state = 'FILED'"
    "  LEFT JOIN draft d ON d.document_id = i.document_id"
    "  WHERE f.state = 'DESTROYING' AND 'file-item/' || i.id <> ALL ($1::text[]) LIMIT $2::int)"
    " UNION ALL"
    " (SELECT 'file', f.id, f.id, f.unit_id, NULL, NULL, NULL FROM working_file f"
    "  WHERE f.state = 'DESTROYING' AND 'file/' || f.id <> ALL ($1::text[]) AND NOT EXISTS ("
    "   SELECT FROM file_item i WHERE i.file_id = f.id AND i.state = 'FILED') LIMIT $2::int)"
    ") w LIMIT $2::int"};

constexpr pg::Statement kSelectLagging{
    "document_select_lagging_items",
    "SELECT 'file-item', i.id, i.file_id, i.unit_id, i.document_id, NULL, NULL"
    " FROM working_file f JOIN file_item i ON i.file_id = f.id AND i.unit_id <> f.unit_id"
    " WHERE f.items_unit <> f.unit_id AND 'file-item/' || i.id <> ALL ($1::text[]) LIMIT $2::int"};

constexpr pg::Statement kSettleItems{
    "document_settle_items",
    "UPDATE working_file f SET items_unit = f.unit_id WHERE f.id = $1 AND NOT EXISTS ("
    " SELECT FROM file_item i WHERE i.file_id = f.id AND i.unit_id <> f.unit_id)"};

constexpr pg::Statement kInsertDestroyed{
    "document_insert_destroyed",
    "INSERT INTO destroyed_document SELECT $1::uuid, u FROM unnest($2::text[]) AS u"
    " ON CONFLICT DO NOTHING"};

constexpr pg::Statement kEraseContent{
    "document_erase_content",
    "WITH gone AS (UPDATE document SET erased = true, packet_sha256 = '', words = ''"
    "  WHERE id = $1 RETURNING content_id)"
    " UPDATE content c SET summary = '', attachment_files = '{}', attachment_names = '{}',"
    "  attachment_types = '{}', attachment_sizes = '{}', attachment_texts = '{}'"
    " FROM gone WHERE c.id = gone.content_id"};

constexpr pg::Statement kEraseDraft{
    "document_erase_draft",
    "UPDATE draft SET erased = true, opinion_officials = '{}', opinion_times = '{}',"
    " opinion_texts = '{}' WHERE id = $1"};

std::optional<Remark> HoldOf(const pg::Row& row) {
  if (row["hold_at"].is_null()) return std::nullopt;
  return Remark{row["hold_official_id"].as<std::string>(), pg::TimeOf(row["hold_at"]),
                row["hold_reason"].as<std::string>()};
}

Stored<WorkingFile> ToFile(const pg::Row& row) {
  WorkingFile file;
  file.id = {row["id"].as<std::string>()};
  file.unit_id = row["unit_id"].as<std::string>();
  file.year = row["year"].as<int>();
  file.notation = row["notation"].as<std::string>();
  file.title = row["title"].as<std::string>();
  file.retention = {row["permanent"].as<bool>(), row["years"].as<int>()};
  file.construction = row["construction"].as<bool>();
  file.official_id = row["official_id"].as<std::string>();
  file.restricted = row["restricted"].as<bool>();
  file.readers = pg::ParseTextArray(row["readers"]);
  file.state = ValueOf(kFileStates, row["state"].view());
  file.start_date = pg::OptionalDay(row["start_date"]);
  file.end_date = pg::OptionalDay(row["end_date"]);
  file.last_ordinal = row["last_ordinal"].as<int>();
  file.document_count = row["document_count"].as<int>();
  file.page_count = row["page_count"].as<int>();
  file.due = DueOf(row);
  file.kept_back_until = pg::OptionalDay(row["kept_back_until"]);
  file.kept_back_reason = row["kept_back_reason"].as<std::string>();
  file.hold = HoldOf(row);
  file.archived_at = pg::OptionalTime(row["archived_at"]);
  file.archived_by_official_id = row["archived_by_official_id"].as<std::string>();
  file.destruction_id = row["destruction_id"].as<std::string>();
  file.destroyed_at = pg::OptionalTime(row["destroyed_at"]);
  return {std::move(file), row["version"].as<std::int64_t>()};
}

FileWork ToWork(const pg::Row& row) {
  return {row[0].as<std::string>(),  row[1].as<std::string>(),   row[2].as<std::string>(),
          row[3].as<std::string>(),  row[4].as<std::string>(""), row[5].as<std::string>(""),
          row[6].as<std::string>("")};
}

std::vector<FileWork> SelectWork(pg::Tx& tx, const pg::Statement& statement,
                                 const std::vector<std::string>& passed_over, int limit) {
  std::vector<FileWork> work;
  for (const auto& row : tx.Exec(statement, pg::TextArray(passed_over), limit)) {
    work.push_back(ToWork(row));
  }
  return work;
}

}  // namespace

void UpsertFile(pg::Tx& tx, const WorkingFile& file) {
  const DueColumns due(file.due);
  const Remark hold = file.hold.value_or(Remark{});
  tx.Write(kUpsertFile, file.id.text, file.unit_id, file.year, file.notation, file.title,
           file.retention.permanent, file.retention.years, file.construction, file.official_id,
           file.restricted, pg::TextArray(file.readers), NameOf(kFileStates, file.state),
           pg::DayText(file.start_date), pg::DayText(file.end_date), file.last_ordinal,
           file.document_count, file.page_count, due.kind, due.at, due.soon_at, due.mark,
           due.look_at, pg::DayText(file.kept_back_until), file.kept_back_reason, hold.official_id,
           file.hold ? base::FormatTime(hold.at) : std::string(), hold.text,
           pg::TimeText(file.archived_at), file.archived_by_official_id, file.destruction_id,
           pg::TimeText(file.destroyed_at));
}

std::vector<Stored<WorkingFile>> SelectFiles(pg::Tx& tx, const std::vector<FileId>& ids) {
  std::vector<Stored<WorkingFile>> files;
  for (const auto& row : tx.Exec(kSelectFiles, pg::IdArray(ids))) files.push_back(ToFile(row));
  return files;
}

std::vector<ArchiveRule> SelectArchiveRules(pg::Tx& tx) {
  std::vector<ArchiveRule> rules;
  for (const auto& row : tx.Exec(kSelectRules)) {
    rules.push_back({row["months"].as<int>(), row["construction_months"].as<int>(),
                     row["kept_back_months"].as<int>(), row["retention_years_min"].as<int>(),
                     base::ParseDay(row["valid_from"].c_str()), pg::OptionalDay(row["valid_to"])});
  }
  return rules;
}

std::vector<FileId> FindFiles(pg::Tx& tx, const FileQuery& query) {
  const Reader& reader = query.reader;
  std::vector<FileId> ids;
  for (const auto& row :
       tx.Exec(kFindFiles, pg::TextArray(reader.units), query.year,
               query.state ? NameOf(kFileStates, *query.state) : "", query.mine, reader.official_id,
               reader.is_clerk || reader.is_leader, pg::TextArray(NamesOf(reader)),
               pg::DayText(query.expired_on), query.mark ? static_cast<int>(*query.mark) : 0,
               query.before_year, query.after_id.text, query.limit)) {
    ids.push_back({row[0].as<std::string>()});
  }
  return ids;
}

std::vector<FileWork> SelectErasures(pg::Tx& tx, const std::vector<std::string>& passed_over,
                                     int limit) {
  return SelectWork(tx, kSelectErasures, passed_over, limit);
}

std::vector<FileWork> SelectLaggingItems(pg::Tx& tx, const std::vector<std::string>& passed_over,
                                         int limit) {
  return SelectWork(tx, kSelectLagging, passed_over, limit);
}

void SettleItems(pg::Tx& tx, const FileId& id) { tx.Write(kSettleItems, id.text); }

void InsertDestroyed(pg::Tx& tx, const DocumentId& id, const std::vector<std::string>& units) {
  tx.Write(kInsertDestroyed, id.text, pg::TextArray(units));
}

void EraseContent(pg::Tx& tx, const DocumentId& id) { tx.Write(kEraseContent, id.text); }

void EraseDraft(pg::Tx& tx, const DraftId& id) { tx.Write(kEraseDraft, id.text); }

}  // namespace lienthong::document
