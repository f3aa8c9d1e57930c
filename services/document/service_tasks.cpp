#include <algorithm>
#include <set>

#include "document/service_incoming.hpp"
#include "document/service_requests.hpp"
#include "document/service_rights.hpp"
#include "platform/base/text.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::document {
namespace {

using journal::Heads;
using journal::Key;
using journal::ListOf;
using pg::Tx;

constexpr std::size_t kReportCharactersMax = 5000;
/// A tree deeper than that is a mistake in the data.
constexpr int kLevelsMax = 16;

/// Is `unit` below `above` in the tree (nhiệm vụ giao cho đơn vị trực thuộc)?
bool IsBelow(const std::string& unit, const std::string& above, const access::Sharing& sharing) {
  const auto* found = sharing.Find(unit);
  for (int i = 0; found != nullptr && i < kLevelsMax; ++i) {
    if (found->parent_id() == above) return true;
    found = sharing.Find(found->parent_id());
  }
  return false;
}

std::vector<Task> ToTasks(const v1::AssignDeliveryRequest& request) {
  const bool only_deadline = request.assignments_size() == 0 && request.has_deadline();
  if ((request.assignments_size() < 1 && !only_deadline) ||
      request.assignments_size() > static_cast<int>(kTasksAtOnceMax)) {
    throw base::InvalidField("assignments", "must be 1 to 50");
  }
  std::vector<Task> tasks;
  for (int i = 0; i < request.assignments_size(); ++i) {
    tasks.push_back(ToTask(request.assignments(i), "assignments[" + std::to_string(i) + "]"));
  }
  return tasks;
}

/// One leads, of all that are given and not taken back.
void RequireOneLead(const std::vector<Task>& asked, const std::vector<Stored<Task>>& given) {
  const auto leads = std::count_if(asked.begin(), asked.end(),
                                   [](const Task& task) { return task.role == TaskRole::kLead; });
  const bool has_lead = std::any_of(given.begin(), given.end(), [](const Stored<Task>& stored) {
    return stored.value.role == TaskRole::kLead && stored.value.state != TaskState::kWithdrawn;
  });
  if (leads > 1 || (leads == 0 && !has_lead)) {
    throw base::InvalidField("assignments", "exactly one leads (chủ trì)");
  }
  if (leads == 1 && has_lead) {
    throw base::Transition("LEAD_ASSIGNED", "somebody leads already (chủ trì)");
  }
  if (asked.size() + given.size() > kTasksOfDeliveryMax) {
    throw base::InvalidField("assignments", "more tasks than a document can have");
  }
}

void RequireToCome(base::Time deadline, const Call& call, const std::string& field) {
  if (deadline <= call.time) throw base::InvalidField(field, "must be a moment to come");
}

/// Officials who get work on a restricted document may read it: recorded, by unit.
void AddReaders(Tx& tx, const std::vector<Task>& tasks, const access::Sharing& sharing,
                const Heads& heads, Changes& changes) {
  std::map<std::string, std::vector<std::string>> officials;  // by unit
  for (const Task& task : tasks) {
    if (!task.restricted || task.assignee_official_id.empty()) continue;
    officials[task.assignee_unit_id].push_back(task.assignee_official_id);
  }
  for (const auto& [unit, come] : officials) {
    const ReadingRight right{tasks.front().document_id, unit, {}};
    if (!heads.contains({kReadingRightType, right.Id()})) {
      throw std::logic_error("a reading right that was not locked");
    }
    ChangeReaders(tx, right, {}, come, sharing, changes);
  }
}

/// Records that an assignment touches besides the delivery: its arrival, the document when other
/// units get to see it, the reading rights of a restricted one.
std::vector<Key> KeysOf(const Delivery& delivery, const std::vector<Task>& asked,
                        const Call& call) {
  std::vector<Key> keys{{kDeliveryType, delivery.id.text}};
  if (delivery.arrival_code) keys.push_back({kIncomingType, delivery.id.text});
  for (const Task& task : asked) {
    const std::string unit = task.assignee_unit_id.empty() ? call.unit : task.assignee_unit_id;
    if (unit != call.unit) keys.push_back({kDocumentType, delivery.document_id.text});
    if (delivery.restricted && !task.assignee_official_id.empty()) {
      const ReadingRight right{delivery.document_id, unit, {}};
      keys.push_back({kReadingRightType, right.Id(), true});
    }
  }
  return keys;
}

}  // namespace

void RequireAssignee(const Task& task, const Call& call, const access::Sharing& sharing) {
  const bool of_unit = IsOwn(task.assignee_unit_id, call, sharing);
  if (of_unit &&
      (task.assignee_official_id.empty() || task.assignee_official_id == call.official)) {
    return;
  }
  throw base::Denied("NOT_ASSIGNED", "the task is somebody else's");
}

std::vector<Task> IncomingService::MakeTasks(const Call& call, const std::vector<Task>& asked,
                                             const Delivery& delivery, const Sight& sight) {
  std::vector<Task> tasks = asked;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    Task& task = tasks[i];
    const std::string at = "assignments[" + std::to_string(i) + "]";
    if (task.assignee_unit_id.empty()) task.assignee_unit_id = call.unit;
    const bool own = task.assignee_unit_id == call.unit;
    if (!own && !IsBelow(task.assignee_unit_id, call.unit, sight.Rules())) {
      throw base::Invalid("UNIT_NOT_BELOW", at + ".unit_id", "must be a unit below the own one");
    }
    if (!own && !sight.Directory().IsActive(task.assignee_unit_id, call.time)) {
      throw base::Invalid("UNIT_CLOSED", at + ".unit_id", "the unit is not active");
    }
    if (!task.assignee_official_id.empty() &&
        !HoldsPosition(task.assignee_official_id, task.assignee_unit_id, sight.Directory(),
                       call.time)) {
      throw base::Invalid("OFFICIAL_NOT_OF_UNIT", at + ".official_id",
                          "must hold a position in the unit");
    }
    task.id = {parts_.ids.New()};
    task.delivery_id = delivery.id;
    task.document_id = delivery.document_id;
    task.restricted = delivery.restricted;
    task.unit_id = call.unit;
    task.assigned_by_official_id = call.official;
    task.assigned_at = call.time;
    if (task.deadline) {
      RequireToCome(*task.deadline, call, at + ".deadline");
      task.due = DeadlineAt(DeadlineKind::kTask, call.time, *task.deadline);
    }
  }
  return tasks;
}

v1::Delivery IncomingService::AssignDelivery(const Call& call,
                                             const v1::AssignDeliveryRequest& request) {
  const auto id = ToId<DeliveryId>(request.delivery_id());
  const std::string opinion =
      base::CheckText(request.opinion(), "opinion", kOpinionCharactersMax, false);
  const std::vector<Task> asked = ToTasks(request);
  std::optional<base::Time> deadline;
  if (request.has_deadline()) deadline = journal::CheckTime(request.deadline(), "deadline");
  // The document of a delivery does not change, nor that it is restricted.
  const Delivery known = parts_.pool.Transact(
      call.deadline, [&](Tx& tx) { return Sight(tx, call, parts_).FindArrived(id).value; });
  return parts_.journal.Change<v1::Delivery>(
      call, request, KeysOf(known, asked, call),
      [&](Tx& tx, const Heads& heads) {
        Sight sight(tx, call, parts_);
        Delivery delivery = sight.FindArrived(id).value;
        RequireEntered(delivery);
        if (deadline) RequireToCome(*deadline, call, "deadline");
        if (!heads.contains({kIncomingType, id.text})) {
          throw base::Aborted("CONCURRENT_CHANGE", "it was entered meanwhile; repeat");
        }
        RequireOneLead(asked, SelectTasksOf(tx, id));
        const std::vector<Task> tasks = MakeTasks(call, asked, delivery, sight);
        // Further tasks later do not move it back.
        if (delivery.state == DeliveryState::kEntered) {
          Assign(delivery, deadline, {call.official, call.time, ""});
        } else if (deadline) {
          SetDeadline(delivery, deadline, call.time);
        }
        UpdateDelivery(tx, delivery);
        InsertTasks(tx, tasks);
        Changes changes = ListOf(Answer("DeliveryAssigned", ToRecord(delivery, sight.Rules())));
        if (!opinion.empty()) {
          Incoming incoming = TheOne(SelectIncoming(tx, {id})).value;
          incoming.opinion = Remark{call.official, call.time, opinion};
          UpdateIncoming(tx, incoming);
          changes.push_back(Answer("OpinionGiven", ToRecord(incoming, sight.Rules())));
        }
        for (const Task& task : tasks) {
          changes.push_back(Answer("TaskAssigned", ToRecord(task, sight.Rules())));
        }
        if (heads.contains({kDocumentType, delivery.document_id.text})) {
          Document document = TheOne(SelectDocuments(tx, {delivery.document_id})).value;
          UpdateParties(tx, document);
          changes.push_back(Reaudienced(ToRecord(document, sight.Rules())));
        }
        AddReaders(tx, tasks, sight.Rules(), heads, changes);
        return changes;
      },
      journal::Visibility::kAny);
}

v1::Task IncomingService::TaskStep(const Call& call, const google::protobuf::Message& request,
                                   const std::string& id, const char* event,
                                   const std::function<void(Sight&, Task&)>& step) {
  const auto task_id = ToId<TaskId>(id);
  return parts_.journal.Change<v1::Task>(
      call, request, {{kTaskType, task_id.text}},
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Task task = sight.FindTask(task_id).value;
        step(sight, task);
        UpdateTask(tx, task);
        return ListOf(Answer(event, ToRecord(task, sight.Rules())));
      },
      journal::Visibility::kAny);
}

v1::Task IncomingService::StartTask(const Call& call, const v1::StartTaskRequest& request) {
  const auto id = ToId<TaskId>(request.task_id());
  // The delivery of a task does not change.
  const Task known = parts_.pool.Transact(
      call.deadline, [&](Tx& tx) { return Sight(tx, call, parts_).FindTask(id).value; });
  return parts_.journal.Change<v1::Task>(
      call, request, {{kTaskType, id.text}, {kDeliveryType, known.delivery_id.text}},
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Task task = sight.FindTask(id).value;
        RequireAssignee(task, call, sight.Rules());
        Start(task, call.official);
        UpdateTask(tx, task);
        Changes changes = ListOf(Answer("TaskStarted", ToRecord(task, sight.Rules())));
        Delivery delivery = TheOne(SelectDeliveries(tx, {known.delivery_id})).value;
        if (delivery.state == DeliveryState::kAssigned && task.role != TaskRole::kInform) {
          Process(delivery, {call.official, call.time, ""});
          UpdateDelivery(tx, delivery);
          changes.push_back(Answer("DeliveryProcessed", ToRecord(delivery, sight.Rules())));
        }
        return changes;
      },
      journal::Visibility::kAny);
}

v1::Task IncomingService::ReportTask(const Call& call, const v1::ReportTaskRequest& request) {
  const std::string text = base::CheckText(request.text(), "text", kReportCharactersMax, true);
  return TaskStep(call, request, request.task_id(), "TaskReported", [&](Sight& sight, Task& task) {
    RequireAssignee(task, call, sight.Rules());
    Report(task, {call.official, call.time, text});
  });
}

v1::Task IncomingService::CompleteTask(const Call& call, const v1::CompleteTaskRequest& request) {
  const std::string text = base::CheckText(request.text(), "text", kReportCharactersMax, false);
  return TaskStep(call, request, request.task_id(), "TaskCompleted", [&](Sight& sight, Task& task) {
    RequireAssignee(task, call, sight.Rules());
    Complete(task, {call.official, call.time, text});
  });
}

v1::Task IncomingService::HandOverTask(const Call& call, const v1::HandOverTaskRequest& request) {
  const auto id = ToId<TaskId>(request.task_id());
  // The document of a task does not change, nor that it is restricted.
  std::vector<Key> keys{{kTaskType, id.text}};
  parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    keys.resize(1);
    Sight sight(tx, call, parts_);
    const Task known = sight.FindTask(id).value;
    if (known.restricted) AddRightKeys(tx, known.document_id, call.unit, sight.Rules(), keys);
  });
  return parts_.journal.Change<v1::Task>(
      call, request, keys,
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Task task = sight.FindTask(id).value;
        if (!IsOwn(task.assignee_unit_id, call, sight.Rules()) || !sight.Official().is_leader) {
          RequireAssignee(task, call, sight.Rules());
        }
        if (!HoldsPosition(request.official_id(), call.unit, sight.Directory(), call.time)) {
          throw base::Invalid("OFFICIAL_NOT_OF_UNIT", "official_id",
                              "must hold a position in the unit");
        }
        const std::string from = task.assignee_official_id;
        HandOver(task, request.official_id());
        task.assignee_unit_id = call.unit;  // of a unit that this one continues, perhaps
        UpdateTask(tx, task);
        Changes changes = ListOf(Answer("TaskHandedOver", ToRecord(task, sight.Rules())));
        if (task.restricted) {
          ChangeReaders(tx, {task.document_id, task.assignee_unit_id, {}}, {from},
                        {task.assignee_official_id}, sight.Rules(), changes);
        }
        return changes;
      },
      journal::Visibility::kAny);
}

v1::Task IncomingService::SetTaskDeadline(const Call& call,
                                          const v1::SetTaskDeadlineRequest& request) {
  const std::string reason = CheckReason(request.reason());
  if (!request.has_deadline()) throw base::InvalidField("deadline", "is required");
  const base::Time deadline = journal::CheckTime(request.deadline(), "deadline");
  return TaskStep(call, request, request.task_id(), "TaskDeadlineSet",
                  [&](Sight& sight, Task& task) {
                    RequireOwn(task.unit_id, call, sight.Rules());
                    RequireToCome(deadline, call, "deadline");
                    SetDeadline(task, deadline, {call.official, call.time, reason});
                  });
}

v1::Task IncomingService::WithdrawTask(const Call& call, const v1::WithdrawTaskRequest& request) {
  const auto id = ToId<TaskId>(request.task_id());
  const std::string reason = CheckReason(request.reason());
  std::vector<Key> keys;
  const Task known = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    Task task = sight.FindTask(id).value;
    keys = {{kTaskType, id.text}, {kDocumentType, task.document_id.text}};
    if (task.restricted) {
      AddRightKeys(tx, task.document_id, task.assignee_unit_id, sight.Rules(), keys);
    }
    return task;
  });
  return parts_.journal.Change<v1::Task>(
      call, request, keys,
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Task task = sight.FindTask(id).value;
        RequireOwn(task.unit_id, call, sight.Rules());
        if (task.assignee_unit_id != known.assignee_unit_id) {
          throw base::Aborted("CONCURRENT_CHANGE", "it was handed over meanwhile; repeat");
        }
        if (task.assignee_unit_id != task.unit_id) {
          RequireNotHeld(tx, task.document_id, {task.assignee_unit_id});
        }
        Withdraw(task, {call.official, call.time, reason});
        UpdateTask(tx, task);
        Changes changes = ListOf(Answer("TaskWithdrawn", ToRecord(task, sight.Rules())));
        if (task.restricted) {
          ChangeReaders(tx, {task.document_id, task.assignee_unit_id, {}},
                        {task.assignee_official_id}, {}, sight.Rules(), changes);
        }
        Document document = TheOne(SelectDocuments(tx, {task.document_id})).value;
        UpdateParties(tx, document);
        changes.push_back(Reaudienced(ToRecord(document, sight.Rules())));
        return changes;
      },
      journal::Visibility::kAny);
}

}  // namespace lienthong::document
