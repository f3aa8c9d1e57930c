#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/pg/database.hpp"

/// All SQL of files.
namespace lienthong::files {

/// A file as a record has it.
struct File {
  std::string sha256;  ///< 64 lower-case hex digits
  std::int64_t size_bytes = 0;
  std::string media_type;
};

struct UploadRow {
  std::string id;
  std::string caller;
  std::string official;
  std::string name;
  std::int64_t size_bytes = 0;
  base::Time ends_at{};
  std::optional<File> file;  ///< once all bytes are there
};

struct Pending {
  std::int64_t uploads = 0;
  std::int64_t bytes = 0;
};

/// Of one caller, without what the service made itself; until the end of the transaction one after
/// the other.
Pending LockPending(pg::Tx& tx, const std::string& caller);
/// False when the caller has an upload of this request.
bool InsertUpload(pg::Tx& tx, const UploadRow& upload, const std::string& request_id);
std::optional<UploadRow> SelectUpload(pg::Tx& tx, const std::string& id);
std::optional<UploadRow> SelectUploadByRequest(pg::Tx& tx, const std::string& caller,
                                               const std::string& request_id);
/// Before its bytes are kept: what no upload names in the end goes again, and its bytes with it.
void AnnounceFile(pg::Tx& tx, const File& file);
/// All bytes are there: the upload names its file from now on.
void FinishUpload(pg::Tx& tx, const std::string& id, const File& file);
/// The one that gets it takes it: deletes a whole upload that has not ended, and returns it.
std::optional<UploadRow> TakeUpload(pg::Tx& tx, const std::string& id, const std::string& caller,
                                    const std::string& official, base::Time now);
/// Its time is over; it counts until its bytes are gone.
void EndUpload(pg::Tx& tx, const std::string& id, base::Time now);
void DeleteUpload(pg::Tx& tx, const std::string& id);
void DeleteUploads(pg::Tx& tx, const std::vector<std::string>& ids);
/// Only those of this caller and official.
void DeleteOwnUploads(pg::Tx& tx, const std::vector<std::string>& ids, const std::string& caller,
                      const std::string& official);
/// False when it is not there, or has not ended.
bool DeleteEndedUpload(pg::Tx& tx, const std::string& id, base::Time now);
std::vector<std::string> SelectEndedUploads(pg::Tx& tx, base::Time now, int limit);

void InsertUse(pg::Tx& tx, const std::string& sha256, const std::string& record_type,
               const std::string& record_id);
/// Has the record the file?
bool HasUse(pg::Tx& tx, const std::string& sha256, const std::string& record_type,
            const std::string& record_id);
void DeleteUses(pg::Tx& tx, const std::string& record_type, const std::string& record_id);

/// Nobody else adds or removes this file until the end of the transaction.
void LockFile(pg::Tx& tx, const std::string& sha256);
std::vector<std::string> SelectUnusedFiles(pg::Tx& tx, int limit);
/// False when it has a use or an upload after all.
bool DeleteUnusedFile(pg::Tx& tx, const std::string& sha256);
std::optional<File> SelectFile(pg::Tx& tx, const std::string& sha256);
/// Files that records have and that are not there.
std::vector<std::string> SelectLostFiles(pg::Tx& tx, int limit);
/// In order, behind `after`.
std::vector<std::string> SelectFiles(pg::Tx& tx, const std::string& after, int limit);

}  // namespace lienthong::files
