#include "document/schedule_files.hpp"

#include <algorithm>
#include <utility>

#include "document/records.hpp"
#include "document/store.hpp"
#include "document/store_files.hpp"
#include "platform/files/files.hpp"
#include "platform/journal/erasure.hpp"

namespace lienthong::document {
namespace {

constexpr const char* kErased = "erased";

/// An item follows its file into another unit, and with it the document comes in sight there; both
/// are locked.
journal::Journal::Changes Follow(pg::Tx& tx, const FileItemId& id, const access::Sharing& sharing) {
  FileItem item = SelectFileItems(tx, {id}).at(0).value;
  item.unit_id = SelectFiles(tx, {item.file_id}).at(0).value.unit_id;
  UpsertFileItem(tx, item);
  SettleItems(tx, item.file_id);
  auto changes = journal::ListOf(journal::Changed{"WorkMoved", ToRecord(item, sharing)});
  if (item.document_id) {
    Document document = SelectDocuments(tx, {*item.document_id}).at(0).value;
    UpdateParties(tx, document);
    changes.push_back({"AudienceChanged", ToRecord(document, sharing), {}, true});
  }
  return changes;
}

/// The unit that has what an item's unit had, every closed one whose things it has, and the unit
/// that planned the file: what they had of a document is one unit's now.
std::vector<std::string> UnitsOf(const FileId& file_id, const std::string& unit_id,
                                 const access::Sharing& sharing) {
  const auto* const heir = sharing.HeirOf(unit_id);
  const std::string now = heir == nullptr ? unit_id : heir->id();
  std::vector<std::string> units{now, PlannerOf(file_id)};
  for (const auto& [closed, successor] : sharing.Successions()) {
    if (successor == now) units.push_back(closed);
  }
  return units;
}

/// The unit gives up a document: another file of it must not hold it.
void Destroy(pg::Tx& tx, const DocumentId& id, const std::vector<std::string>& units,
             const access::Sharing& sharing, journal::Journal::Changes& changes) {
  InsertDestroyed(tx, id, units);
  Document document = SelectDocuments(tx, {id}).at(0).value;
  UpdateParties(tx, document);
  if (!document.parties.empty()) {
    changes.push_back({"AudienceChanged", ToRecord(document, sharing), {}, true});
    return;
  }
  EraseContent(tx, id);
  files::DeleteUses(tx, kDocumentType, id.text);
  journal::AskErasure(tx, {kDocumentType, id.text});
  changes.push_back({"DocumentErased", ToRecord(SelectDocuments(tx, {id}).at(0).value, sharing)});
}

/// One item of a file that is destroyed.
journal::Journal::Changes Erase(pg::Tx& tx, const journal::DueItem& due,
                                const access::Sharing& sharing) {
  FileItem item = SelectFileItems(tx, {{due.key.id}}).at(0).value;
  if (item.state != FileItemState::kFiled) return {};
  item.state = FileItemState::kErased;
  if (item.attachment) {
    files::DeleteUses(tx, kFileItemType, item.id.text);
    journal::AskErasure(tx, due.key);
  }
  item.attachment.reset();
  UpsertFileItem(tx, item);
  auto changes = journal::ListOf(journal::Changed{"FileItemErased", ToRecord(item, sharing)});
  const auto units = UnitsOf(item.file_id, item.unit_id, sharing);
  if (!item.document_id || IsFiled(tx, *item.document_id, units)) return changes;
  Destroy(tx, *item.document_id, units, sharing, changes);
  for (const journal::Key& key : due.also) {
    if (key.type != kDraftType) continue;
    EraseDraft(tx, {key.id});
    files::DeleteUses(tx, kDraftType, key.id);
    journal::AskErasure(tx, key);
    changes.push_back({"DraftErased", ToRecord(SelectDrafts(tx, {{key.id}}).at(0).value, sharing)});
  }
  return changes;
}

/// All items of the file are erased.
journal::Journal::Changes EndDestruction(pg::Tx& tx, const FileId& id, base::Time now,
                                         const access::Sharing& sharing) {
  WorkingFile file = SelectFiles(tx, {id}).at(0).value;
  if (file.state != FileState::kDestroying) return {};
  file.state = FileState::kDestroyed;
  file.destroyed_at = now;
  UpsertFile(tx, file);
  return journal::ListOf(journal::Changed{"FileDestroyed", ToRecord(file, sharing)});
}

}  // namespace

void AddFileWork(pg::Tx& tx, const std::vector<std::string>& passed_over, int items_max,
                 const access::Sharing& sharing, std::vector<journal::DueItem>& items) {
  for (const FileWork& work : SelectErasures(tx, passed_over, items_max)) {
    journal::DueItem item{{work.type, work.id}, kErased, {}};
    if (!work.document_id.empty()) item.also.push_back({kDocumentType, work.document_id});
    const auto units = UnitsOf({work.file_id}, work.unit_id, sharing);
    if (std::find(units.begin(), units.end(), work.draft_unit) != units.end()) {
      item.also.push_back({kDraftType, work.draft_id});
    }
    items.push_back(std::move(item));
  }
  for (const FileWork& work : SelectLaggingItems(tx, passed_over, items_max)) {
    journal::DueItem item{{work.type, work.id}, kMoved + work.unit_id, {{kFileType, work.file_id}}};
    if (!work.document_id.empty()) item.also.push_back({kDocumentType, work.document_id});
    items.push_back(std::move(item));
  }
}

bool IsFileWork(const journal::DueItem& item) {
  return item.key.type == kFileItemType || item.occasion == kErased;
}

journal::Journal::Changes DoFileWork(pg::Tx& tx, const journal::DueItem& item, base::Time now,
                                     const access::Sharing& sharing) {
  if (item.occasion != kErased) return Follow(tx, {item.key.id}, sharing);
  if (item.key.type == kFileItemType) return Erase(tx, item, sharing);
  return EndDestruction(tx, {item.key.id}, now, sharing);
}

}  // namespace lienthong::document
