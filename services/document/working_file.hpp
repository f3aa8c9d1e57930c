#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "document/content.hpp"
#include "document/deadline.hpp"
#include "document/delivery.hpp"
#include "document/draft.hpp"
#include "platform/base/clock.hpp"

/// Working files (hồ sơ công việc; NĐ 30/2020/NĐ-CP, art. 28 to 31).
namespace lienthong::document {

inline constexpr int kItemsOfFileMax = 9999;  ///< App. VI: DocTotal N4
inline constexpr int kRetentionYearsMax = 999;
inline constexpr std::size_t kNotationCharactersMax = 20;  ///< App. VI: FileNotation S20
inline constexpr std::size_t kFilesOfDestructionMax = 100;

/// "<unit>:<year>:<notation>" of the unit that planned it.
struct FileId {
  std::string text;
  auto operator<=>(const FileId&) const = default;
};
/// "<file>:<document>", or "<file>:<UUID>" of other material.
struct FileItemId {
  std::string text;
  auto operator<=>(const FileItemId&) const = default;
};
/// UUID, lower case.
struct DestructionId {
  std::string text;
  auto operator<=>(const DestructionId&) const = default;
};

enum class FileState { kPlanned = 1, kOpen, kClosed, kArchived, kDestroying, kDestroyed };

/// Thời hạn bảo quản, from the end of the year in which the work ended.
struct Retention {
  bool permanent = false;
  int years = 0;
};
bool IsLonger(const Retention& one, const Retention& other);

struct WorkingFile {
  FileId id;
  std::string unit_id;  ///< who has it now
  int year = 0;
  std::string notation;
  std::string title;
  Retention retention;
  bool construction = false;
  std::string official_id;  ///< who keeps it; empty = nobody yet
  bool restricted = false;
  std::vector<std::string> readers;
  FileState state = FileState::kPlanned;
  std::optional<Day> start_date;
  std::optional<Day> end_date;
  int last_ordinal = 0;
  int document_count = 0;
  int page_count = 0;
  std::optional<Deadline> due;  ///< for the archive
  std::optional<Day> kept_back_until;
  std::string kept_back_reason;
  std::optional<Remark> hold;
  std::optional<base::Time> archived_at;
  std::string archived_by_official_id;
  std::string destruction_id;  ///< that was approved
  std::optional<base::Time> destroyed_at;
};

enum class FileItemState { kFiled = 1, kRemoved, kErased };

/// What a file holds: a document, or other material with a file of its own.
struct FileItem {
  FileItemId id;
  FileId file_id;
  std::string unit_id;
  bool restricted = false;  ///< of the file
  int ordinal = 0;
  FileItemState state = FileItemState::kFiled;
  std::optional<DocumentId> document_id;
  std::string title;
  std::optional<Day> date;
  int page_count = 0;
  std::optional<Attachment> attachment;
  std::string added_by_official_id;
  base::Time added_at{};
  std::string removal_reason;
};

enum class DestructionState { kProposed = 1, kApproved, kRefused };

/// Files to be destroyed, by two officials.
struct Destruction {
  DestructionId id;
  std::string unit_id;
  std::vector<FileId> file_ids;
  std::string reason;
  std::string proposed_by_official_id;
  base::Time proposed_at{};
  DestructionState state = DestructionState::kProposed;
  std::string decided_by_official_id;
  std::optional<base::Time> decided_at;
  std::string decision_reason;
  bool restricted = false;  ///< of restricted files, among others
};

/// Limits of the day on which a file was closed, as dated data.
struct ArchiveRule {
  int months = 0;               ///< until it is due for the archive
  int construction_months = 0;  ///< the same of construction
  int kept_back_months = 0;     ///< how much later it may be at most
  int retention_years_min = 0;  ///< shorter ones need not go there
  Day valid_from;
  std::optional<Day> valid_to;
};
/// The one that is valid on a day. Throws std::logic_error when there is none.
const ArchiveRule& ArchiveRuleOn(const std::vector<ArchiveRule>& rules, Day day);

std::string FileIdText(const std::string& unit_id, int year, const std::string& notation);
/// The file of an item, and the unit that planned a file: both stand in front of the id.
FileId FileOf(const FileItemId& id);
std::string PlannerOf(const FileId& id);

/// Steps of a file. Each throws FILE_STATE (FAILED_PRECONDITION) when the state does not allow it.

void RequirePlanned(const WorkingFile& file);
/// What the list says of it, corrected. Throws FILE_ON_HOLD.
void Replan(WorkingFile& file, const WorkingFile& plan);
void Open(WorkingFile& file, const std::string& official_id, Day day);
/// Its next item. Throws FIELD_INVALID when it is full.
void Add(WorkingFile& file, FileItem& item);
/// Throws FILE_ON_HOLD.
void Remove(WorkingFile& file, FileItem& item, const std::string& reason);
/// Due for the archive from now on, where it must go there.
void Close(WorkingFile& file, Day end_date, const std::vector<ArchiveRule>& rules, base::Time now);
/// Throws FIELD_INVALID unless `until` is to come, later than it is due now, and within the rule.
void KeepBack(WorkingFile& file, Day until, const std::string& reason, const ArchiveRule& rule,
              base::Time now);
void Archive(WorkingFile& file, const std::string& official_id, base::Time now);
/// Until its destruction is approved; one that is closed may have to go to the archive now. Throws
/// RETENTION_SHORTER (INVALID_ARGUMENT).
void ExtendRetention(WorkingFile& file, const Retention& retention,
                     const std::vector<ArchiveRule>& rules, base::Time now);
void Hold(WorkingFile& file, Remark hold);
void Release(WorkingFile& file);
/// Planned, open or closed: somebody keeps it.
void RequireKept(const WorkingFile& file);

/// Last day on which it is kept; nullopt = always, or its work goes on.
std::optional<Day> KeptUntil(const WorkingFile& file);
/// Throws FILE_STATE, FILE_NOT_EXPIRED or FILE_ON_HOLD (FAILED_PRECONDITION), FILE_NOT_ARCHIVED
/// for one that must have gone to the archive.
void RequireDestroyable(const WorkingFile& file, const std::vector<ArchiveRule>& rules, Day today);
void Decide(Destruction& destruction, bool approve, const Act& act);

}  // namespace lienthong::document
