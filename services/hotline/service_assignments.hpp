#pragma once

#include <functional>
#include <string>

#include "hotline/service_access.hpp"
#include "hotline/service_parts.hpp"
#include "lienthong/hotline/v1/assignments.pb.h"

namespace lienthong::hotline {

/// The use cases of AssignmentService, one method per RPC. Any thread; lives as long as the
/// process.
class AssignmentService {
 public:
  explicit AssignmentService(const Parts& parts) : parts_(parts) {}

  v1::Assignment AcceptAssignment(const Call& call, const v1::AcceptAssignmentRequest& request);
  v1::Assignment ReturnAssignment(const Call& call, const v1::ReturnAssignmentRequest& request);
  v1::Assignment StartAssignment(const Call& call, const v1::StartAssignmentRequest& request);
  v1::Assignment PauseAssignment(const Call& call, const v1::PauseAssignmentRequest& request);
  v1::Assignment ResumeAssignment(const Call& call, const v1::ResumeAssignmentRequest& request);
  v1::Assignment ExtendAssignment(const Call& call, const v1::ExtendAssignmentRequest& request);
  v1::Assignment AnswerAssignment(const Call& call, const v1::AnswerAssignmentRequest& request);
  v1::Assignment HandOverAssignment(const Call& call, const v1::HandOverAssignmentRequest& request);
  v1::Assignment GetAssignment(const Call& call, const v1::GetAssignmentRequest& request);
  v1::ListAssignmentsResponse ListAssignments(const Call& call,
                                              const v1::ListAssignmentsRequest& request);
  v1::ListLeftAssignmentsResponse ListLeftAssignments(
      const Call& call, const v1::ListLeftAssignmentsRequest& request);
  v1::Assignment TakeOverAssignment(const Call& call, const v1::TakeOverAssignmentRequest& request);

 private:
  /// What a step works on; the ticket is written when `ticket_event` is set.
  struct Work {
    pg::Tx& tx;
    Sight& sight;
    Assignment& assignment;
    Ticket& ticket;
    Step step;
    const char* ticket_event = nullptr;
  };
  using Apply = std::function<void(Work&)>;
  /// A step of one assignment of the unit, under the locks of the assignment and its ticket.
  v1::Assignment AssignmentStep(const Call& call, const google::protobuf::Message& request,
                                const std::string& id, const char* event, const Apply& apply);

  const Parts parts_;
};

}  // namespace lienthong::hotline
