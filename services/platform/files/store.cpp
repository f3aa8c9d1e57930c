#include "platform/files/store.hpp"

namespace lienthong::files {
namespace {

constexpr pg::Statement kLockPending{
    "files_lock_pending", "SELECT pg_advisory_xact_lock(hashtextextended('uploads of ' || $1, 0))"};

constexpr pg::Statement kSelectPending{
    "files_select_pending",
    // What the service itself makes has its own id for a request id.
    "SELECT count(*), coalesce(sum(size_bytes), 0)::bigint FROM upload WHERE caller = $1"
    " AND request_id <> id::text"};

constexpr pg::Statement kInsertUpload{
    "files_insert_upload",
    "INSERT INTO upload VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL)"
    " ON CONFLICT (caller, request_id) DO NOTHING RETURNING 1"};

constexpr pg::Statement kSelectUpload{"files_select_upload",
                                      "SELECT * FROM upload_row WHERE id = $1"};

constexpr pg::Statement kSelectUploadByRequest{
    "files_select_upload_by_request",
    "SELECT * FROM upload_row WHERE caller = $1 AND request_id = $2"};

constexpr pg::Statement kFinishUpload{
    "files_finish_upload",
    "UPDATE upload SET sha256 = $2, media_type = $3, size_bytes = $4 WHERE id = $1"};

constexpr pg::Statement kUpsertFile{"files_upsert_file",
                                    "INSERT INTO file VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"};

constexpr pg::Statement kTakeUpload{
    "files_take_upload",
    "DELETE FROM upload WHERE id = $1 AND caller = $2 AND official = $3 AND ends_at > $4"
    " AND sha256 IS NOT NULL RETURNING id, caller, official, name, size_bytes,"
    " (extract(epoch FROM ends_at) * 1000000)::bigint AS ends_at, sha256, media_type"};

constexpr pg::Statement kSelectLostFiles{
    "files_select_lost",
    "SELECT DISTINCT u.sha256 FROM file_use u"
    " WHERE NOT EXISTS (SELECT FROM file f WHERE f.sha256 = u.sha256) LIMIT $1"};

constexpr pg::Statement kEndUpload{"files_end_upload",
                                   "UPDATE upload SET ends_at = $2 WHERE id = $1"};

constexpr pg::Statement kDeleteUpload{"files_delete_upload", "DELETE FROM upload WHERE id = $1"};

constexpr pg::Statement kDeleteUploads{"files_delete_uploads",
                                       "DELETE FROM upload WHERE id = ANY ($1::uuid[])"};

constexpr pg::Statement kDeleteOwnUploads{
    "files_delete_own_uploads",
    "DELETE FROM upload WHERE id = ANY ($1::uuid[]) AND caller = $2 AND official = $3"};

constexpr pg::Statement kDeleteEndedUpload{
    "files_delete_ended_upload", "DELETE FROM upload WHERE id = $1 AND ends_at <= $2 RETURNING 1"};

constexpr pg::Statement kSelectEndedUploads{"files_select_ended_uploads",
                                            "SELECT id FROM upload WHERE ends_at <= $1 LIMIT $2"};

constexpr pg::Statement kInsertUse{
    "files_insert_use", "INSERT INTO file_use VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"};

constexpr pg::Statement kHasUse{
    "files_has_use",
    "SELECT EXISTS (SELECT FROM file_use WHERE sha256 = $1 AND record_type = $2"
    " AND record_id = $3)"};

constexpr pg::Statement kDeleteUses{
    "files_delete_uses", "DELETE FROM file_use WHERE record_type = $1 AND record_id = $2"};

constexpr pg::Statement kLockFile{
    "files_lock_file", "SELECT pg_advisory_xact_lock(hashtextextended('file ' || $1, 0))"};

constexpr pg::Statement kSelectUnusedFiles{
    "files_select_unused",
    "SELECT sha256 FROM file f WHERE NOT EXISTS (SELECT FROM file_use u WHERE u.sha256 = f.sha256)"
    " AND NOT EXISTS (SELECT FROM upload l WHERE l.sha256 = f.sha256) LIMIT $1"};

constexpr pg::Statement kDeleteUnusedFile{
    "files_delete_unused",
    "DELETE FROM file f WHERE f.sha256 = $1"
    " AND NOT EXISTS (SELECT FROM file_use u WHERE u.sha256 = f.sha256)"
    " AND NOT EXISTS (SELECT FROM upload l WHERE l.sha256 = f.sha256) RETURNING 1"};

constexpr pg::Statement kSelectFile{"files_select_file", "SELECT * FROM file WHERE sha256 = $1"};

constexpr pg::Statement kSelectFiles{
    "files_select_files", "SELECT sha256 FROM file WHERE sha256 > $1 ORDER BY sha256 LIMIT $2"};

std::optional<UploadRow> ToUpload(const pg::Result& rows) {
  if (rows.empty()) return std::nullopt;
  const pg::Row row = rows[0];
  UploadRow upload;
  upload.id = row["id"].as<std::string>();
  upload.caller = row["caller"].as<std::string>();
  upload.official = row["official"].as<std::string>();
  upload.name = row["name"].as<std::string>();
  upload.size_bytes = row["size_bytes"].as<std::int64_t>();
  upload.ends_at = base::Time(std::chrono::microseconds(row["ends_at"].as<std::int64_t>()));
  if (!row["sha256"].is_null()) {
    upload.file = File{row["sha256"].as<std::string>(), upload.size_bytes,
                       row["media_type"].as<std::string>()};
  }
  return upload;
}

std::vector<std::string> TextsOf(const pg::Result& rows) {
  std::vector<std::string> texts;
  for (const auto& row : rows) texts.push_back(row[0].as<std::string>());
  return texts;
}

}  // namespace

Pending LockPending(pg::Tx& tx, const std::string& caller) {
  tx.Queue(kLockPending, caller);
  const auto row = tx.Exec(kSelectPending, caller)[0];
  return {row[0].as<std::int64_t>(), row[1].as<std::int64_t>()};
}

bool InsertUpload(pg::Tx& tx, const UploadRow& upload, const std::string& request_id) {
  return !tx.Exec(kInsertUpload, upload.id, upload.caller, upload.official, request_id, upload.name,
                  upload.size_bytes, base::FormatTime(upload.ends_at))
              .empty();
}

std::optional<UploadRow> SelectUpload(pg::Tx& tx, const std::string& id) {
  return ToUpload(tx.Exec(kSelectUpload, id));
}

std::optional<UploadRow> SelectUploadByRequest(pg::Tx& tx, const std::string& caller,
                                               const std::string& request_id) {
  return ToUpload(tx.Exec(kSelectUploadByRequest, caller, request_id));
}

void AnnounceFile(pg::Tx& tx, const File& file) {
  tx.Write(kUpsertFile, file.sha256, file.size_bytes, file.media_type);
}

void FinishUpload(pg::Tx& tx, const std::string& id, const File& file) {
  AnnounceFile(tx, file);  // it may have gone again
  tx.Write(kFinishUpload, id, file.sha256, file.media_type, file.size_bytes);
}

std::optional<UploadRow> TakeUpload(pg::Tx& tx, const std::string& id, const std::string& caller,
                                    const std::string& official, base::Time now) {
  return ToUpload(tx.Exec(kTakeUpload, id, caller, official, base::FormatTime(now)));
}

std::vector<std::string> SelectLostFiles(pg::Tx& tx, int limit) {
  return TextsOf(tx.Exec(kSelectLostFiles, limit));
}

void EndUpload(pg::Tx& tx, const std::string& id, base::Time now) {
  tx.Write(kEndUpload, id, base::FormatTime(now));
}

void DeleteUpload(pg::Tx& tx, const std::string& id) { tx.Write(kDeleteUpload, id); }

void DeleteUploads(pg::Tx& tx, const std::vector<std::string>& ids) {
  tx.Write(kDeleteUploads, pg::TextArray(ids));
}

void DeleteOwnUploads(pg::Tx& tx, const std::vector<std::string>& ids, const std::string& caller,
                      const std::string& official) {
  tx.Write(kDeleteOwnUploads, pg::TextArray(ids), caller, official);
}

std::vector<std::string> SelectEndedUploads(pg::Tx& tx, base::Time now, int limit) {
  return TextsOf(tx.Exec(kSelectEndedUploads, base::FormatTime(now), limit));
}

bool DeleteEndedUpload(pg::Tx& tx, const std::string& id, base::Time now) {
  return !tx.Exec(kDeleteEndedUpload, id, base::FormatTime(now)).empty();
}

bool HasUse(pg::Tx& tx, const std::string& sha256, const std::string& record_type,
            const std::string& record_id) {
  return tx.Exec(kHasUse, sha256, record_type, record_id)[0][0].as<bool>();
}

void InsertUse(pg::Tx& tx, const std::string& sha256, const std::string& record_type,
               const std::string& record_id) {
  tx.Write(kInsertUse, sha256, record_type, record_id);
}

void DeleteUses(pg::Tx& tx, const std::string& record_type, const std::string& record_id) {
  tx.Write(kDeleteUses, record_type, record_id);
}

void LockFile(pg::Tx& tx, const std::string& sha256) { tx.Exec(kLockFile, sha256); }

std::vector<std::string> SelectUnusedFiles(pg::Tx& tx, int limit) {
  return TextsOf(tx.Exec(kSelectUnusedFiles, limit));
}

bool DeleteUnusedFile(pg::Tx& tx, const std::string& sha256) {
  return !tx.Exec(kDeleteUnusedFile, sha256).empty();
}

std::optional<File> SelectFile(pg::Tx& tx, const std::string& sha256) {
  const auto rows = tx.Exec(kSelectFile, sha256);
  if (rows.empty()) return std::nullopt;
  return File{rows[0]["sha256"].as<std::string>(), rows[0]["size_bytes"].as<std::int64_t>(),
              rows[0]["media_type"].as<std::string>()};
}

std::vector<std::string> SelectFiles(pg::Tx& tx, const std::string& after, int limit) {
  return TextsOf(tx.Exec(kSelectFiles, after, limit));
}

}  // namespace lienthong::files
