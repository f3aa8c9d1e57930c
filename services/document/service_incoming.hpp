#pragma once

#include <functional>
#include <vector>

#include "document/service_access.hpp"
#include "document/service_parts.hpp"
#include "lienthong/document/v1/incoming.pb.h"

namespace lienthong::document {

/// The use cases of IncomingService, one method per RPC. Any thread; lives as long as the process.
class IncomingService {
 public:
  explicit IncomingService(const Parts& parts) : parts_(parts) {}

  v1::Delivery RefuseDelivery(const Call& call, const v1::RefuseDeliveryRequest& request);
  v1::Delivery EnterDelivery(const Call& call, const v1::EnterDeliveryRequest& request);
  v1::Delivery RegisterIncoming(const Call& call, const v1::RegisterIncomingRequest& request);
  v1::Delivery AssignDelivery(const Call& call, const v1::AssignDeliveryRequest& request);
  v1::Delivery ProcessDelivery(const Call& call, const v1::ProcessDeliveryRequest& request);
  v1::Delivery CompleteDelivery(const Call& call, const v1::CompleteDeliveryRequest& request);
  v1::Delivery AnswerChange(const Call& call, const v1::AnswerChangeRequest& request);
  v1::IncomingDocument GetIncoming(const Call& call, const v1::GetIncomingRequest& request);
  v1::ListIncomingResponse ListIncoming(const Call& call, const v1::ListIncomingRequest& request);

  // service_successions.cpp
  v1::ListLeftBehindResponse ListLeftBehind(const Call& call,
                                            const v1::ListLeftBehindRequest& request);
  v1::Delivery TakeOverDelivery(const Call& call, const v1::TakeOverDeliveryRequest& request);
  v1::Task TakeOverTask(const Call& call, const v1::TakeOverTaskRequest& request);

  // service_tasks.cpp, service_work.cpp
  v1::Task StartTask(const Call& call, const v1::StartTaskRequest& request);
  v1::Task ReportTask(const Call& call, const v1::ReportTaskRequest& request);
  v1::Task CompleteTask(const Call& call, const v1::CompleteTaskRequest& request);
  v1::Task HandOverTask(const Call& call, const v1::HandOverTaskRequest& request);
  v1::Task SetTaskDeadline(const Call& call, const v1::SetTaskDeadlineRequest& request);
  v1::Task WithdrawTask(const Call& call, const v1::WithdrawTaskRequest& request);
  v1::ListDeadlinesResponse ListDeadlines(const Call& call,
                                          const v1::ListDeadlinesRequest& request);
  v1::ListTasksResponse ListTasks(const Call& call, const v1::ListTasksRequest& request);

 private:
  /// One step of a delivery to the official's unit, and nothing else.
  v1::Delivery Step(const Call& call, const google::protobuf::Message& request,
                    const std::string& id, const char* event,
                    const std::function<void(pg::Tx&, Sight&, Delivery&)>& step);
  /// The same of a task.
  v1::Task TaskStep(const Call& call, const google::protobuf::Message& request,
                    const std::string& id, const char* event,
                    const std::function<void(Sight&, Task&)>& step);
  /// Tasks with ids, of this delivery, for units and officials that may have them.
  std::vector<Task> MakeTasks(const Call& call, const std::vector<Task>& asked,
                              const Delivery& delivery, const Sight& sight);

  Parts parts_;
};

/// Throws FILE_ON_HOLD while a file of these units that is on hold holds the document.
void RequireNotHeld(pg::Tx& tx, const DocumentId& id, const std::vector<std::string>& units);
/// The official may work on the task: named for it, or of its unit when nobody is. Throws
/// PERMISSION_DENIED NOT_ASSIGNED.
void RequireAssignee(const Task& task, const Call& call, const access::Sharing& sharing);

}  // namespace lienthong::document
