#include "document/schedule.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "document/records.hpp"
#include "document/store.hpp"
#include "document/store_files.hpp"
#include "platform/files/files.hpp"
#include "platform/journal/erasure.hpp"

namespace lienthong::document {
namespace {

const char* EventOf(const Deadline& due) {
  return due.mark == DeadlineMark::kOverdue ? "DeadlinePassed" : "DeadlineNear";
}

/// Marks the deadline of a record that is locked; `update` stores it.
template <class Value, class Update>
journal::Journal::Changes Mark(std::vector<Stored<Value>> stored, base::Time now,
                               const access::Sharing& sharing, const Update& update) {
  if (stored.empty()) return {};
  Value& value = stored.front().value;
  if (!value.due || !Advance(*value.due, now)) return {};
  update(value);
  return journal::ListOf(journal::Changed{EventOf(*value.due), ToRecord(value, sharing)});
}

/// The same of a delivery: told by a notice to who handles it.
journal::Journal::Changes MarkDelivery(pg::Tx& tx, const DeliveryId& id, base::Time now,
                                       const access::Sharing& sharing) {
  Delivery delivery = SelectDeliveries(tx, {id}).at(0).value;
  if (!delivery.due || !Advance(*delivery.due, now)) return {};
  UpdateDelivery(tx, delivery);
  const DeadlineNotice notice{id, delivery.holder_unit_id, *delivery.due};
  UpsertDeadlineNotice(tx, notice);
  return journal::ListOf(journal::Changed{EventOf(*delivery.due), ToRecord(notice, sharing)});
}

constexpr const char* kMoved = "moved/";
constexpr const char* kErased = "erased";

/// Work of a closed unit goes to `heir`.
journal::Journal::Changes Move(pg::Tx& tx, const journal::Key& key, const std::string& from,
                               const access::Sharing& sharing) {
  const auto* const heir = sharing.HeirOf(from);
  if (heir == nullptr || heir->id() == from) return {};
  if (key.type == kDeliveryType) {
    Delivery delivery = SelectDeliveries(tx, {{key.id}}).at(0).value;
    if (delivery.holder_unit_id != from) return {};
    delivery.holder_unit_id = heir->id();
    UpdateDelivery(tx, delivery);
    return journal::ListOf(journal::Changed{"WorkMoved", ToRecord(delivery, sharing)});
  }
  if (key.type == kFileType) {
    WorkingFile file = SelectFiles(tx, {{key.id}}).at(0).value;
    if (file.unit_id != from) return {};
    file.unit_id = heir->id();
    UpsertFile(tx, file);
    return journal::ListOf(journal::Changed{"WorkMoved", ToRecord(file, sharing)});
  }
  Task task = SelectTasks(tx, {{key.id}}).at(0).value;
  if (task.assignee_unit_id != from) return {};
  task.assignee_unit_id = heir->id();
  UpdateTask(tx, task);
  return journal::ListOf(journal::Changed{"WorkMoved", ToRecord(task, sharing)});
}

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
  std::vector<std::string> units{now, file_id.text.substr(0, file_id.text.find(':'))};
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

}  // namespace

std::vector<journal::DueItem> Schedule::SelectDue(pg::Tx& tx, base::Time now,
                                                  const std::vector<std::string>& passed_over,
                                                  int items_max) {
  std::vector<journal::DueItem> items;
  for (const DueRecord& record : SelectDueRecords(tx, now, passed_over, items_max)) {
    const journal::Key key{record.type, record.id};
    const std::string occasion = "deadline/" + record.occasion;
    if (record.type == kDeliveryType) {
      items.push_back({{kDeadlineNoticeType, record.id, true}, occasion, {key}});
    } else {
      items.push_back({key, occasion, {}});
    }
  }
  WorkQuery query;
  const auto sharing = sharing_.Read(tx);
  for (const auto& [closed, heir] : sharing->Successions()) query.units.push_back(closed);
  query.passed_over = passed_over;
  query.limit = items_max;
  for (const OpenWork& work : SelectOpenWork(tx, query)) {
    items.push_back({{work.type, work.id}, kMoved + work.unit_id, {}});
  }
  AddFileWork(tx, passed_over, items_max, *sharing, items);
  return items;
}

std::optional<base::Time> Schedule::SelectNext(pg::Tx& tx, base::Time now) {
  return SelectNextLook(tx, now);
}

journal::Journal::Changes Schedule::Change(pg::Tx& tx, const journal::DueItem& item,
                                           base::Time now) {
  const auto sharing = sharing_.Read(tx);
  const auto& [type, id, create] = item.key;
  if (item.occasion == kErased) {
    return type == kFileItemType ? Erase(tx, item, *sharing)
                                 : EndDestruction(tx, {id}, now, *sharing);
  }
  if (type == kFileItemType) return Follow(tx, {id}, *sharing);
  if (item.occasion.rfind(kMoved, 0) == 0) {
    return Move(tx, item.key, item.occasion.substr(std::string(kMoved).size()), *sharing);
  }
  if (type == kDraftType) {
    return Mark(SelectDrafts(tx, {{id}}), now, *sharing,
                [&](const Draft& draft) { UpdateDraft(tx, draft); });
  }
  if (type == kDeadlineNoticeType) return MarkDelivery(tx, {id}, now, *sharing);
  if (type == kFileType) {
    return Mark(SelectFiles(tx, {{id}}), now, *sharing,
                [&](const WorkingFile& file) { UpsertFile(tx, file); });
  }
  if (type == kTaskType) {
    return Mark(SelectTasks(tx, {{id}}), now, *sharing,
                [&](const Task& task) { UpdateTask(tx, task); });
  }
  throw std::logic_error("nothing is ever due for " + type);
}

}  // namespace lienthong::document
