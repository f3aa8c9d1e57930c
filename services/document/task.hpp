#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "document/delivery.hpp"
#include "document/draft.hpp"

namespace lienthong::document {

inline constexpr std::size_t kTasksAtOnceMax = 50;
inline constexpr std::size_t kTasksOfDeliveryMax = 200;
inline constexpr std::size_t kReportsMax = 200;
inline constexpr std::size_t kReportsBytesMax = 256 * 1024;  ///< a record has at most 768 KiB
inline constexpr std::size_t kInstructionCharactersMax = 2000;

/// UUID, lower case.
struct TaskId {
  std::string text;
  auto operator<=>(const TaskId&) const = default;
};

enum class TaskRole { kLead = 1, kCoordinate, kInform };
enum class TaskState { kAssigned = 1, kInProgress, kCompleted, kWithdrawn };

/// Part of handling an arrived document (phân công xử lý).
struct Task {
  TaskId id;
  DeliveryId delivery_id;
  DocumentId document_id;
  bool restricted = false;  ///< of the document
  std::string unit_id;
  std::string assigned_by_official_id;
  std::string assignee_unit_id;
  std::string assignee_official_id;  ///< empty = nobody yet
  TaskRole role = TaskRole::kLead;
  TaskState state = TaskState::kAssigned;
  std::optional<base::Time> deadline;
  std::optional<Deadline> due;  ///< the same, while the task is open
  base::Time assigned_at{};
  std::optional<base::Time> completed_at;
  std::string instruction;
  std::vector<Remark> reports;
};

/// An arrived document in the receiving unit's book (văn bản đến). Its id is the delivery's.
struct Incoming {
  DeliveryId id;
  DocumentId document_id;
  std::string unit_id;
  std::string book_id;
  int arrival_number = 0;
  std::string arrival_code;
  Day arrival_date;
  std::string entered_by_official_id;
  std::optional<Remark> opinion;  ///< ý kiến chỉ đạo
  bool restricted = false;        ///< of the document
};

/// Neither completed nor withdrawn. Throws TASK_STATE (FAILED_PRECONDITION).
void RequireOpen(const Task& task);
/// Each throws TASK_STATE (FAILED_PRECONDITION) when the state does not allow it.
void Start(Task& task, const std::string& official_id);
/// Throws FIELD_INVALID beyond kReportsMax.
void Report(Task& task, Remark report);
void Complete(Task& task, Remark report);
void HandOver(Task& task, const std::string& official_id);
/// Counts from the time of the reason on.
void SetDeadline(Task& task, base::Time deadline, Remark reason);
void Withdraw(Task& task, Remark reason);

}  // namespace lienthong::document
