#include "document/task.hpp"

#include <utility>

#include "platform/base/error.hpp"

namespace lienthong::document {
namespace {

base::Error TaskStateError() {
  return base::Transition("TASK_STATE", "the task's state does not allow this step");
}

/// Room for one more; what ends a task is written whatever its size.
void RequireRoom(const Task& task, const Remark& report) {
  if (task.reports.size() >= kReportsMax ||
      BytesOf(task.reports) + BytesOf(report.text) > kReportsBytesMax) {
    throw base::InvalidField("text", "the task has as many reports as one can have");
  }
}

}  // namespace

void RequireOpen(const Task& task) {
  if (task.state == TaskState::kAssigned || task.state == TaskState::kInProgress) return;
  throw TaskStateError();
}

void Start(Task& task, const std::string& official_id) {
  if (task.state != TaskState::kAssigned) throw TaskStateError();
  task.state = TaskState::kInProgress;
  if (task.assignee_official_id.empty()) task.assignee_official_id = official_id;
}

void Report(Task& task, Remark report) {
  if (task.state != TaskState::kInProgress) throw TaskStateError();
  RequireRoom(task, report);
  task.reports.push_back(std::move(report));
}

void Complete(Task& task, Remark report) {
  RequireOpen(task);
  // To know of something is done once it is read; work is begun first.
  if (task.state == TaskState::kAssigned && task.role != TaskRole::kInform) throw TaskStateError();
  task.completed_at = report.at;
  if (!report.text.empty()) RequireRoom(task, report);
  if (!report.text.empty()) task.reports.push_back(std::move(report));
  task.state = TaskState::kCompleted;
  task.due.reset();
}

void HandOver(Task& task, const std::string& official_id) {
  RequireOpen(task);
  task.assignee_official_id = official_id;
}

void SetDeadline(Task& task, base::Time deadline, Remark reason) {
  RequireOpen(task);
  RequireRoom(task, reason);
  const bool is_as_before = task.deadline == deadline && task.due;  // and told of, perhaps
  task.deadline = deadline;
  if (!is_as_before) task.due = DeadlineAt(DeadlineKind::kTask, reason.at, deadline);
  task.reports.push_back(std::move(reason));
}

void Withdraw(Task& task, Remark reason) {
  RequireOpen(task);
  task.reports.push_back(std::move(reason));
  task.state = TaskState::kWithdrawn;
  task.due.reset();
}

}  // namespace lienthong::document
