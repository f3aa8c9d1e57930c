#include <algorithm>

#include "document/service_documents.hpp"
#include "document/service_drafts.hpp"
#include "document/service_incoming.hpp"
#include "document/service_requests.hpp"

namespace lienthong::document {
namespace {

using journal::Heads;
using journal::Key;
using journal::ListOf;
using pg::Tx;

constexpr int kItemsDefault = 50, kItemsMax = 200;
constexpr int kChunksMax = 50;  ///< looked at by one call

v1::LeftBehind ToMessage(const OpenWork& work) {
  v1::LeftBehind item;
  item.set_record_type(work.type);
  item.set_record_id(work.id);
  item.set_unit_id(work.unit_id);
  item.set_official_id(work.official_id);
  return item;
}

/// Work of the own unit is left behind when its official holds no position there any more.
bool IsLeftBehind(const OpenWork& work, const Call& call, const Sight& sight) {
  if (work.unit_id != call.unit) return true;
  return !work.official_id.empty() &&
         !HoldsPosition(work.official_id, work.unit_id, sight.Directory(), call.time);
}

}  // namespace

v1::ListLeftBehindResponse IncomingService::ListLeftBehind(
    const Call& call, const v1::ListLeftBehindRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kItemsDefault, kItemsMax);
  WorkQuery query;
  query.limit = kItemsMax;
  // "<type> <id>" of the last one.
  if (const std::string position = parts_.tokens.Read(call, request); !position.empty()) {
    const std::size_t space = position.find(' ');
    query.after_type = position.substr(0, space);
    query.after_id = position.substr(space + 1);
  }
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const Sight sight(tx, call, parts_);
    WorkQuery chunk_query = query;
    chunk_query.units = sight.Rules().SplitInto(call.unit);
    chunk_query.own_unit = call.unit;
    std::vector<OpenWork> found;
    bool ended = false;
    for (int chunks = 0; chunks < kChunksMax && !ended; ++chunks) {
      const std::vector<OpenWork> chunk = SelectOpenWork(tx, chunk_query);
      for (const OpenWork& work : chunk) {
        if (IsLeftBehind(work, call, sight)) found.push_back(work);
      }
      ended = chunk.size() < kItemsMax || found.size() > static_cast<std::size_t>(size);
      if (chunk.empty()) break;
      chunk_query.after_type = chunk.back().type;
      chunk_query.after_id = chunk.back().id;
    }
    v1::ListLeftBehindResponse response;
    const auto go_on_behind = [&](const std::string& type, const std::string& id) {
      response.set_next_page_token(parts_.tokens.Make(call, request, type + " " + id));
    };
    // The time of one call ended before the list did: it goes on behind what was looked at.
    if (!ended) go_on_behind(chunk_query.after_type, chunk_query.after_id);
    FillPage(
        found, size, response.mutable_items(), [](const OpenWork& work) { return ToMessage(work); },
        [&](const OpenWork& last) { go_on_behind(last.type, last.id); });
    return response;
  });
}

v1::Delivery IncomingService::TakeOverDelivery(const Call& call,
                                               const v1::TakeOverDeliveryRequest& request) {
  const auto id = ToId<DeliveryId>(request.delivery_id());
  // The document of a delivery does not change.
  std::vector<TaskId> tasks;
  bool is_noticed = false;
  const Delivery known = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    tasks = SelectTaskIds(tx, id);
    is_noticed = !SelectDeadlineNotices(tx, {id}).empty();
    return TheOne(SelectDeliveries(tx, {id})).value;
  });
  std::vector<Key> keys{{kDeliveryType, id.text}, {kDocumentType, known.document_id.text}};
  if (known.arrival_code) keys.push_back({kIncomingType, id.text});
  if (is_noticed) keys.push_back({kDeadlineNoticeType, id.text});
  for (const TaskId& task : tasks) keys.push_back({kTaskType, task.text});
  return parts_.journal.Change<v1::Delivery>(
      call, request, keys,
      [&](Tx& tx, const Heads&) {
        const Sight sight(tx, call, parts_);
        Delivery delivery = TheOne(SelectDeliveries(tx, {id})).value;
        RequireSplitInto(delivery.holder_unit_id, call, sight.Rules());
        RequireUnfinished(delivery);
        auto notices = SelectDeadlineNotices(tx, {id});
        if (delivery.arrival_code.has_value() != known.arrival_code.has_value() ||
            SelectTaskIds(tx, id) != tasks || notices.empty() == is_noticed) {
          throw base::Aborted("CONCURRENT_CHANGE", "it was entered or assigned meanwhile; repeat");
        }
        const std::string from = delivery.holder_unit_id;
        delivery.holder_unit_id = call.unit;
        UpdateDelivery(tx, delivery);
        Document document = TheOne(SelectDocuments(tx, {delivery.document_id})).value;
        UpdateParties(tx, document);
        Changes changes = ListOf(Answer("DeliveryTakenOver", ToRecord(delivery, sight.Rules())),
                                 Reaudienced(ToRecord(document, sight.Rules())));
        for (auto& [incoming, version] : SelectIncoming(tx, {id})) {
          incoming.unit_id = call.unit;
          UpdateIncoming(tx, incoming);
          changes.push_back(Answer("ArrivalTakenOver", ToRecord(incoming, sight.Rules())));
        }
        for (DeadlineNotice& notice : notices) {
          notice.unit_id = call.unit;
          UpsertDeadlineNotice(tx, notice);
          changes.push_back(Answer("NoticeTakenOver", ToRecord(notice, sight.Rules())));
        }
        for (auto& [task, version] : SelectTasks(tx, tasks)) {
          if (task.unit_id != from) continue;
          task.unit_id = call.unit;
          UpdateTask(tx, task);
          changes.push_back(Answer("TaskTakenOver", ToRecord(task, sight.Rules())));
        }
        return changes;
      },
      journal::Visibility::kAny);
}

v1::Task IncomingService::TakeOverTask(const Call& call, const v1::TakeOverTaskRequest& request) {
  const auto id = ToId<TaskId>(request.task_id());
  const Task known = parts_.pool.Transact(
      call.deadline, [&](Tx& tx) { return TheOne(SelectTasks(tx, {id})).value; });
  return parts_.journal.Change<v1::Task>(
      call, request, {{kTaskType, id.text}, {kDocumentType, known.document_id.text}},
      [&](Tx& tx, const Heads&) {
        const Sight sight(tx, call, parts_);
        Task task = TheOne(SelectTasks(tx, {id})).value;
        RequireSplitInto(task.assignee_unit_id, call, sight.Rules());
        RequireOpen(task);
        task.assignee_unit_id = call.unit;
        task.assignee_official_id.clear();
        UpdateTask(tx, task);
        Document document = TheOne(SelectDocuments(tx, {task.document_id})).value;
        UpdateParties(tx, document);
        return ListOf(Answer("TaskTakenOver", ToRecord(task, sight.Rules())),
                      Reaudienced(ToRecord(document, sight.Rules())));
      },
      journal::Visibility::kAny);
}

v1::Draft DraftService::TakeOverDraft(const Call& call, const v1::TakeOverDraftRequest& request) {
  const auto id = ToId<DraftId>(request.draft_id());
  return parts_.journal.Change<v1::Draft>(
      call, request, {{kDraftType, id.text}},
      [&](Tx& tx, const Heads&) {
        const Sight sight(tx, call, parts_);
        Draft draft = TheOne(SelectDrafts(tx, {id})).value;
        RequireSplitInto(draft.unit_id, call, sight.Rules());
        if (draft.document_id || draft.state == DraftState::kWithdrawn) {
          throw base::Transition("DRAFT_STATE", "the draft has ended");
        }
        ForgetPositions(draft.unit_id, call.unit, draft.readers);
        draft.unit_id = call.unit;
        document::UpdateDraft(tx, draft);
        return ListOf(Answer("DraftTakenOver", ToRecord(draft, sight.Rules())));
      },
      journal::Visibility::kAny);
}

v1::Document DocumentService::TakeOverDocument(const Call& call,
                                               const v1::TakeOverDocumentRequest& request) {
  const auto id = ToId<DocumentId>(request.document_id());
  const auto deliveries =
      parts_.pool.Transact(call.deadline, [&](Tx& tx) { return SelectDeliveryIds(tx, id); });
  std::vector<Key> keys{{kDocumentType, id.text}};
  for (const DeliveryId& delivery : deliveries) keys.push_back({kDeliveryType, delivery.text});
  return parts_.journal.Change<v1::Document>(
      call, request, keys,
      [&](Tx& tx, const Heads&) {
        const Sight sight(tx, call, parts_);
        Document document = TheOne(SelectDocuments(tx, {id})).value;
        RequireSplitInto(document.sender_unit_id, call, sight.Rules());
        if (SelectDeliveryIds(tx, id) != deliveries) {
          throw base::Aborted("CONCURRENT_CHANGE", "it was sent to others meanwhile; repeat");
        }
        document.sender_unit_id = call.unit;
        UpdateDocument(tx, document);
        UpdateParties(tx, document);
        Changes changes = ListOf(Answer("DocumentTakenOver", ToRecord(document, sight.Rules())));
        for (auto& [delivery, version] : SelectDeliveries(tx, deliveries)) {
          delivery.sender_unit_id = call.unit;
          UpdateDelivery(tx, delivery);
          changes.push_back(Answer("SenderChanged", ToRecord(delivery, sight.Rules())));
        }
        return changes;
      },
      journal::Visibility::kAny);
}

}  // namespace lienthong::document
