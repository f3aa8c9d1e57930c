#include "document/schedule.hpp"

#include <stdexcept>
#include <string>

#include "document/records.hpp"
#include "document/schedule_files.hpp"
#include "document/store.hpp"
#include "document/store_files.hpp"

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
    ForgetPositions(from, heir->id(), file.readers);
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
  if (IsFileWork(item)) return DoFileWork(tx, item, now, *sharing);
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
