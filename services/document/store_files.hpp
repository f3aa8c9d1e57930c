#pragma once

#include <optional>
#include <string>
#include <vector>

#include "document/reading.hpp"
#include "document/store.hpp"
#include "document/working_file.hpp"
#include "platform/pg/database.hpp"

/// SQL of working files. Rows of a record change only under the lock of its head.
namespace lienthong::document {

void UpsertFile(pg::Tx& tx, const WorkingFile& file);
std::vector<Stored<WorkingFile>> SelectFiles(pg::Tx& tx, const std::vector<FileId>& ids);
std::vector<ArchiveRule> SelectArchiveRules(pg::Tx& tx);

/// Files of a unit that an official may read: newest year first, then by notation.
struct FileQuery {
  Reader reader;
  int year = 0;  ///< 0 = all
  std::optional<FileState> state;
  bool mine = false;
  std::optional<Day> expired_on;  ///< only those whose retention ended before this day
  std::optional<DeadlineMark> mark;
  int before_year = 0;  ///< with `after_id` the place of the last one; 0 = from the first
  FileId after_id;
  int limit = 0;
};
std::vector<FileId> FindFiles(pg::Tx& tx, const FileQuery& query);

void UpsertFileItem(pg::Tx& tx, const FileItem& item);
std::vector<Stored<FileItem>> SelectFileItems(pg::Tx& tx, const std::vector<FileItemId>& ids);
/// Without what was removed, behind an ordinal.
std::vector<FileItemId> FindFileItems(pg::Tx& tx, const FileId& id, int after_ordinal, int limit);
/// Is a document in a file on hold of these units?
bool IsHeld(pg::Tx& tx, const DocumentId& id, const std::vector<std::string>& units);
/// Is the document in a file of these units that is not being destroyed?
bool IsFiled(pg::Tx& tx, const DocumentId& id, const std::vector<std::string>& units);

void InsertDestruction(pg::Tx& tx, const Destruction& destruction);
void UpdateDestruction(pg::Tx& tx, const Destruction& destruction);
std::vector<Stored<Destruction>> SelectDestructions(pg::Tx& tx,
                                                    const std::vector<DestructionId>& ids);
/// Is the file in a destruction that nobody has decided?
bool IsProposed(pg::Tx& tx, const FileId& id);
std::vector<DestructionId> FindDestructions(pg::Tx& tx, const Reader& reader,
                                            const DestructionId& before, int limit);

/// Work that follows from the state of a file, item by item.
struct FileWork {
  std::string type;  ///< of the record: "file-item", and "file" when all items are done
  std::string id;
  std::string file_id;
  std::string unit_id;      ///< in which the item still is
  std::string document_id;  ///< empty = other material
  std::string draft_id;     ///< that became the document
  std::string draft_unit;
};
/// What is to be erased; without those of `passed_over` ("file-item/<id>").
std::vector<FileWork> SelectErasures(pg::Tx& tx, const std::vector<std::string>& passed_over,
                                     int limit);
/// Items that have not followed their file to another unit.
std::vector<FileWork> SelectLaggingItems(pg::Tx& tx, const std::vector<std::string>& passed_over,
                                         int limit);
/// The file and all its items are in one unit again, if they are.
void SettleItems(pg::Tx& tx, const FileId& id);

/// The units are no parties of the document any more, whatever else says so.
void InsertDestroyed(pg::Tx& tx, const DocumentId& id, const std::vector<std::string>& units);
/// What nobody has any more: summary and files.
void EraseContent(pg::Tx& tx, const DocumentId& id);
void EraseDraft(pg::Tx& tx, const DraftId& id);

}  // namespace lienthong::document
