#include "document/working_file.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "platform/base/error.hpp"

namespace lienthong::document {
namespace {

base::Error FileStateError() {
  return base::Transition("FILE_STATE", "the file's state does not allow this step");
}

void RequireState(const WorkingFile& file, FileState state) {
  if (file.state != state) throw FileStateError();
}

/// So many months later; the last day of a month when that has fewer days.
Day MonthsAfter(Day day, int months) {
  const Day later = day + std::chrono::months(months);
  return later.ok() ? later : later.year() / later.month() / std::chrono::last;
}

/// The end of a day in Vietnam.
base::Time EndOf(Day day) {
  return base::StartOfDay(std::chrono::sys_days(day) + std::chrono::days(1));
}

void RequireNoHold(const WorkingFile& file) {
  if (file.hold) throw base::Transition("FILE_ON_HOLD", "the file is on hold: " + file.id.text);
}

bool MustBeArchived(const WorkingFile& file, const ArchiveRule& rule) {
  return file.retention.permanent || file.retention.years >= rule.retention_years_min;
}

Day DueDay(const WorkingFile& file, const ArchiveRule& rule) {
  return MonthsAfter(file.end_date.value(),
                     file.construction ? rule.construction_months : rule.months);
}

/// Where it must go to the archive.
void SetDue(WorkingFile& file, const ArchiveRule& rule, base::Time now) {
  if (!MustBeArchived(file, rule)) return;
  file.due = DeadlineAt(DeadlineKind::kArchive, now, EndOf(DueDay(file, rule)));
}

}  // namespace

bool IsLonger(const Retention& one, const Retention& other) {
  if (other.permanent) return false;
  return one.permanent || one.years > other.years;
}

const ArchiveRule& ArchiveRuleOn(const std::vector<ArchiveRule>& rules, Day day) {
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const ArchiveRule& rule) {
    return rule.valid_from <= day && (!rule.valid_to || day <= *rule.valid_to);
  });
  if (found == rules.end()) throw std::logic_error("no rule of the archive on this day");
  return *found;
}

std::string FileIdText(const std::string& unit_id, int year, const std::string& notation) {
  return unit_id + ":" + std::to_string(year) + ":" + notation;
}

FileId FileOf(const FileItemId& id) { return {id.text.substr(0, id.text.rfind(':'))}; }

std::string PlannerOf(const FileId& id) { return id.text.substr(0, id.text.find(':')); }

void RequirePlanned(const WorkingFile& file) { RequireState(file, FileState::kPlanned); }

void Open(WorkingFile& file, const std::string& official_id, Day day) {
  RequirePlanned(file);
  file.state = FileState::kOpen;
  file.official_id = official_id;
  file.start_date = day;
}

void Add(WorkingFile& file, FileItem& item) {
  RequireState(file, FileState::kOpen);
  if (file.last_ordinal >= kItemsOfFileMax) {
    throw base::InvalidField("file_id", "the file holds as much as one can");
  }
  item.ordinal = ++file.last_ordinal;
  item.state = FileItemState::kFiled;
  item.removal_reason.clear();
  ++file.document_count;
  file.page_count += item.page_count;
}

void Remove(WorkingFile& file, FileItem& item, const std::string& reason) {
  RequireState(file, FileState::kOpen);
  RequireNoHold(file);
  if (item.state != FileItemState::kFiled) throw FileStateError();
  item.state = FileItemState::kRemoved;
  item.removal_reason = reason;
  --file.document_count;
  file.page_count -= item.page_count;
}

void Replan(WorkingFile& file, const WorkingFile& plan) {
  RequirePlanned(file);
  RequireNoHold(file);
  file.title = plan.title;
  file.retention = plan.retention;
  file.construction = plan.construction;
  file.official_id = plan.official_id;
  file.restricted = plan.restricted;
  if (!file.restricted) file.readers.clear();
}

void Close(WorkingFile& file, Day end_date, const std::vector<ArchiveRule>& rules, base::Time now) {
  RequireState(file, FileState::kOpen);
  if (end_date < file.start_date.value() || end_date > base::DayInVietnam(now)) {
    throw base::InvalidField("end_date", "must be between the start of the file and today");
  }
  file.state = FileState::kClosed;
  file.end_date = end_date;
  SetDue(file, ArchiveRuleOn(rules, end_date), now);
}

void KeepBack(WorkingFile& file, Day until, const std::string& reason, const ArchiveRule& rule,
              base::Time now) {
  RequireState(file, FileState::kClosed);
  if (!file.due) throw FileStateError();
  const Day due = DueDay(file, rule);
  const Day after = std::max({due, base::DayInVietnam(now), file.kept_back_until.value_or(due)});
  if (until <= after || until > MonthsAfter(due, rule.kept_back_months)) {
    throw base::InvalidField("until", "must be after " + base::FormatDay(after) + ", at most " +
                                          base::FormatDay(MonthsAfter(due, rule.kept_back_months)));
  }
  file.kept_back_until = until;
  file.kept_back_reason = reason;
  file.due = DeadlineAt(DeadlineKind::kArchive, now, EndOf(until));
}

void Archive(WorkingFile& file, const std::string& official_id, base::Time now) {
  RequireState(file, FileState::kClosed);
  file.state = FileState::kArchived;
  file.archived_at = now;
  file.archived_by_official_id = official_id;
  file.due.reset();
}

void ExtendRetention(WorkingFile& file, const Retention& retention,
                     const std::vector<ArchiveRule>& rules, base::Time now) {
  if (file.state == FileState::kDestroying || file.state == FileState::kDestroyed) {
    throw FileStateError();
  }
  if (!IsLonger(retention, file.retention)) {
    throw base::Invalid("RETENTION_SHORTER", "retention", "retention only grows");
  }
  file.retention = retention;
  if (file.state == FileState::kClosed && !file.due) {
    SetDue(file, ArchiveRuleOn(rules, file.end_date.value()), now);
  }
}

void Hold(WorkingFile& file, Remark hold) {
  if (file.state == FileState::kDestroying || file.state == FileState::kDestroyed || file.hold) {
    throw FileStateError();
  }
  file.hold = std::move(hold);
}

void Release(WorkingFile& file) {
  if (!file.hold) throw FileStateError();
  file.hold.reset();
}

void RequireKept(const WorkingFile& file) {
  if (file.state > FileState::kClosed) throw FileStateError();
}

std::optional<Day> KeptUntil(const WorkingFile& file) {
  if (file.retention.permanent || !file.end_date) return std::nullopt;
  return (file.end_date->year() + std::chrono::years(file.retention.years)) /
         std::chrono::December / std::chrono::day(31);
}

void RequireDestroyable(const WorkingFile& file, const std::vector<ArchiveRule>& rules, Day today) {
  if (file.state != FileState::kClosed && file.state != FileState::kArchived) {
    throw base::Transition("FILE_STATE",
                           "the file is neither closed nor archived: " + file.id.text);
  }
  RequireNoHold(file);
  const std::optional<Day> until = KeptUntil(file);
  if (!until || *until >= today) {
    throw base::Transition("FILE_NOT_EXPIRED",
                           "the retention of the file has not ended: " + file.id.text)
        .With("retention_ends_on", until ? base::FormatDay(*until) : "never");
  }
  const ArchiveRule& rule = ArchiveRuleOn(rules, file.end_date.value());
  if (file.state == FileState::kClosed && MustBeArchived(file, rule)) {
    throw base::Transition("FILE_NOT_ARCHIVED",
                           "the file has to go to the archive first: " + file.id.text);
  }
}

void Decide(Destruction& destruction, bool approve, const Act& act) {
  if (destruction.state != DestructionState::kProposed) {
    throw base::Transition("DESTRUCTION_STATE", "it is decided already");
  }
  if (destruction.proposed_by_official_id == act.official_id) {
    throw base::Denied("SAME_OFFICIAL", "somebody else has to decide");
  }
  destruction.state = approve ? DestructionState::kApproved : DestructionState::kRefused;
  destruction.decided_by_official_id = act.official_id;
  destruction.decided_at = act.at;
  destruction.decision_reason = act.reason;
}

}  // namespace lienthong::document
