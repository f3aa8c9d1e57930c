#include "document/store_files.hpp"
#include "document/store_values.hpp"

namespace lienthong::document {
namespace {

constexpr EnumNames<FileItemState, 3> kItemStates{{{FileItemState::kFiled, "FILED"},
                                                   {FileItemState::kRemoved, "REMOVED"},
                                                   {FileItemState::kErased, "ERASED"}}};
constexpr EnumNames<DestructionState, 3> kDestructionStates{
    {{DestructionState::kProposed, "PROPOSED"},
     {DestructionState::kApproved, "APPROVED"},
     {DestructionState::kRefused, "REFUSED"}}};

constexpr pg::Statement kUpsertItem{
    "document_upsert_file_item",
    "INSERT INTO file_item (id, file_id, unit_id, restricted, ordinal, state, document_id, title,"
    " date, page_count, attachment_file, attachment_name, attachment_type, attachment_size,"
    " added_by_official_id, added_at, removal_reason)"
    " VALUES ($1, $2, $3, $4, $5, $6, nullif($7, '')::uuid, $8, nullif($9, '')::date, $10, $11,"
    " $12, $13, $14, $15, $16::timestamptz, $17)"
    " ON CONFLICT (id) DO UPDATE SET unit_id = excluded.unit_id, restricted = excluded.restricted,"
    " ordinal = excluded.ordinal, state = excluded.state, title = excluded.title,"
    " date = excluded.date, page_count = excluded.page_count,"
    " attachment_file = excluded.attachment_file, attachment_name = excluded.attachment_name,"
    " attachment_type = excluded.attachment_type, attachment_size = excluded.attachment_size,"
    " added_by_official_id = excluded.added_by_official_id, added_at = excluded.added_at,"
    " removal_reason = excluded.removal_reason"};

constexpr pg::Statement kSelectItems{"document_select_file_items",
                                     "SELECT * FROM file_item_record WHERE id = ANY ($1)"};

constexpr pg::Statement kFindItems{
    "document_find_file_items",
    "SELECT id FROM file_item WHERE file_id = $1 AND ordinal > $2 AND state <> 'REMOVED'"
    " ORDER BY ordinal LIMIT $3"};

constexpr pg::Statement kIsFiled{
    "document_is_filed",
    "SELECT EXISTS (SELECT FROM file_item i JOIN working_file f ON f.id = i.file_id"
    " WHERE i.document_id = $1 AND i.state = 'FILED' AND f.unit_id = ANY ($2::text[])"
    " AND f.state NOT IN ('DESTROYING', 'DESTROYED'))"};

constexpr pg::Statement kIsHeld{
    "document_is_held",
    "SELECT EXISTS (SELECT FROM file_item i JOIN working_file f ON f.id = i.file_id"
    " WHERE i.document_id = $1 AND i.state = 'FILED' AND f.unit_id = ANY ($2::text[])"
    " AND f.hold_at IS NOT NULL)"};

constexpr pg::Statement kInsertDestruction{
    "document_insert_destruction",
    "INSERT INTO destruction VALUES ($1, $2, $3, $4, $5, $6, $7, '', NULL, '', $8)"};

constexpr pg::Statement kUpdateDestruction{
    "document_update_destruction",
    "UPDATE destruction SET state = $2, decided_by_official_id = $3,"
    " decided_at = nullif($4, '')::timestamptz, decision_reason = $5 WHERE id = $1"};

constexpr pg::Statement kSelectDestructions{
    "document_select_destructions", "SELECT * FROM destruction_record WHERE id = ANY ($1::uuid[])"};

constexpr pg::Statement kIsProposed{
    "document_is_proposed",
    "SELECT EXISTS (SELECT FROM destruction WHERE state = 'PROPOSED' AND file_ids @> ARRAY[$1])"};

constexpr pg::Statement kFindDestructions{
    "document_find_destructions",
    "SELECT id FROM destruction WHERE unit_id = ANY ($1::text[])"
    " AND ($2 = '' OR id < nullif($2, '')::uuid)"
    " AND (NOT restricted OR $4::boolean OR proposed_by_official_id = $5)"
    " ORDER BY id DESC LIMIT $3"};

Stored<FileItem> ToItem(const pg::Row& row) {
  FileItem item;
  item.id = {row["id"].as<std::string>()};
  item.file_id = {row["file_id"].as<std::string>()};
  item.unit_id = row["unit_id"].as<std::string>();
  item.restricted = row["restricted"].as<bool>();
  item.ordinal = row["ordinal"].as<int>();
  item.state = ValueOf(kItemStates, row["state"].view());
  item.document_id = pg::OptionalId<DocumentId>(row["document_id"]);
  item.title = row["title"].as<std::string>();
  item.date = pg::OptionalDay(row["date"]);
  item.page_count = row["page_count"].as<int>();
  if (const auto sha256 = row["attachment_file"].as<std::string>(); !sha256.empty()) {
    item.attachment = Attachment{sha256,
                                 row["attachment_name"].as<std::string>(),
                                 row["attachment_type"].as<std::string>(),
                                 row["attachment_size"].as<std::int64_t>(),
                                 {}};
  }
  item.added_by_official_id = row["added_by_official_id"].as<std::string>();
  item.added_at = pg::TimeOf(row["added_at"]);
  item.removal_reason = row["removal_reason"].as<std::string>();
  return {std::move(item), row["version"].as<std::int64_t>()};
}

Stored<Destruction> ToDestruction(const pg::Row& row) {
  Destruction destruction;
  destruction.id = {row["id"].as<std::string>()};
  destruction.unit_id = row["unit_id"].as<std::string>();
  for (const std::string& id : pg::ParseTextArray(row["file_ids"])) {
    destruction.file_ids.push_back({id});
  }
  destruction.reason = row["reason"].as<std::string>();
  destruction.proposed_by_official_id = row["proposed_by_official_id"].as<std::string>();
  destruction.proposed_at = pg::TimeOf(row["proposed_at"]);
  destruction.state = ValueOf(kDestructionStates, row["state"].view());
  destruction.decided_by_official_id = row["decided_by_official_id"].as<std::string>();
  destruction.decided_at = pg::OptionalTime(row["decided_at"]);
  destruction.decision_reason = row["decision_reason"].as<std::string>();
  destruction.restricted = row["restricted"].as<bool>();
  return {std::move(destruction), row["version"].as<std::int64_t>()};
}

}  // namespace

void UpsertFileItem(pg::Tx& tx, const FileItem& item) {
  const Attachment attachment = item.attachment.value_or(Attachment{});
  tx.Write(kUpsertItem, item.id.text, item.file_id.text, item.unit_id, item.restricted,
           item.ordinal, NameOf(kItemStates, item.state), pg::IdText(item.document_id), item.title,
           pg::DayText(item.date), item.page_count, attachment.sha256, attachment.name,
           attachment.media_type, attachment.size_bytes, item.added_by_official_id,
           base::FormatTime(item.added_at), item.removal_reason);
}

std::vector<Stored<FileItem>> SelectFileItems(pg::Tx& tx, const std::vector<FileItemId>& ids) {
  std::vector<Stored<FileItem>> items;
  for (const auto& row : tx.Exec(kSelectItems, pg::IdArray(ids))) items.push_back(ToItem(row));
  return items;
}

std::vector<FileItemId> FindFileItems(pg::Tx& tx, const FileId& id, int after_ordinal, int limit) {
  std::vector<FileItemId> ids;
  for (const auto& row : tx.Exec(kFindItems, id.text, after_ordinal, limit)) {
    ids.push_back({row[0].as<std::string>()});
  }
  return ids;
}

bool IsHeld(pg::Tx& tx, const DocumentId& id, const std::vector<std::string>& units) {
  return tx.Exec(kIsHeld, id.text, pg::TextArray(units))[0][0].as<bool>();
}

bool IsFiled(pg::Tx& tx, const DocumentId& id, const std::vector<std::string>& units) {
  return tx.Exec(kIsFiled, id.text, pg::TextArray(units))[0][0].as<bool>();
}

void InsertDestruction(pg::Tx& tx, const Destruction& destruction) {
  tx.Write(kInsertDestruction, destruction.id.text, destruction.unit_id,
           pg::IdArray(destruction.file_ids), destruction.reason,
           destruction.proposed_by_official_id, base::FormatTime(destruction.proposed_at),
           NameOf(kDestructionStates, destruction.state), destruction.restricted);
}

void UpdateDestruction(pg::Tx& tx, const Destruction& destruction) {
  tx.Write(kUpdateDestruction, destruction.id.text, NameOf(kDestructionStates, destruction.state),
           destruction.decided_by_official_id, pg::TimeText(destruction.decided_at),
           destruction.decision_reason);
}

std::vector<Stored<Destruction>> SelectDestructions(pg::Tx& tx,
                                                    const std::vector<DestructionId>& ids) {
  std::vector<Stored<Destruction>> destructions;
  for (const auto& row : tx.Exec(kSelectDestructions, pg::IdArray(ids))) {
    destructions.push_back(ToDestruction(row));
  }
  return destructions;
}

bool IsProposed(pg::Tx& tx, const FileId& id) {
  return tx.Exec(kIsProposed, id.text)[0][0].as<bool>();
}

std::vector<DestructionId> FindDestructions(pg::Tx& tx, const Reader& reader,
                                            const DestructionId& before, int limit) {
  std::vector<DestructionId> ids;
  for (const auto& row : tx.Exec(kFindDestructions, pg::TextArray(reader.units), before.text, limit,
                                 reader.is_clerk || reader.is_leader, reader.official_id)) {
    ids.push_back({row[0].as<std::string>()});
  }
  return ids;
}

}  // namespace lienthong::document
