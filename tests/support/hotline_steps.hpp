#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lienthong/hotline/v1/citizens.grpc.pb.h"
#include "platform/journal/times.hpp"
#include "support/hotline_owner.hpp"

/// Steps of tickets that several tests take.
namespace lienthong::hotline {

inline const std::string kOperatorOfCentre = "H09.03/operator";
inline const std::string kApproverOfCentre = "H09.03/approver";
inline const std::string kTransportHandler = "H09.09/handler";
inline const std::string kTransportHead = "H09.09/head";

inline std::string At(const google::protobuf::Timestamp& time) {
  return base::FormatTime(journal::ToTime(time));
}

/// nullptr = it has no deadline of the kind.
template <class Message>
const v1::Deadline* DeadlineOf(const Message& message, v1::DeadlineKind kind) {
  for (const v1::Deadline& deadline : message.deadlines()) {
    if (deadline.kind() == kind) return &deadline;
  }
  return nullptr;
}

inline v1::Ticket TicketOf(HotlineOwner& owner, const std::string& id,
                           const std::string& official = kOperatorOfCentre) {
  v1::GetTicketRequest get;
  get.set_ticket_id(id);
  return owner.Do(&Tickets::GetTicket, get, official);
}

inline Outcome TryTicket(HotlineOwner& owner, const std::string& id, const std::string& official) {
  v1::GetTicketRequest get;
  get.set_ticket_id(id);
  return owner.Try(&Tickets::GetTicket, get, official);
}

inline v1::Assignment AssignmentBy(HotlineOwner& owner, const std::string& id,
                                   const std::string& official) {
  v1::GetAssignmentRequest get;
  get.set_assignment_id(id);
  return owner.Do(&Assignments::GetAssignment, get, official);
}

inline Outcome TryAssignment(HotlineOwner& owner, const std::string& id,
                             const std::string& official) {
  v1::GetAssignmentRequest get;
  get.set_assignment_id(id);
  return owner.Try(&Assignments::GetAssignment, get, official);
}

inline v1::Assignment Accepted(HotlineOwner& owner, const std::string& assignment_id,
                               const std::string& unit) {
  return owner.Step(&Assignments::AcceptAssignment, unit + "/handler",
                    [&](auto& request) { request.set_assignment_id(assignment_id); });
}

/// The unit's assignment of the ticket, accepted and answered.
inline v1::Assignment AnsweredBy(HotlineOwner& owner, const std::string& ticket_id,
                                 const std::string& unit, const std::string& text = "Đã xử lý.") {
  const std::string id = AssignmentOf(owner, ticket_id, unit).id();
  return owner.Step(&Assignments::AnswerAssignment, unit + "/handler", [&](auto& request) {
    request.set_assignment_id(id);
    request.set_answer(text);
  });
}

inline v1::Ticket Approved(HotlineOwner& owner, const std::string& ticket_id,
                           const std::string& official = kApproverOfCentre) {
  return owner.Step(&Tickets::ApproveTicket, official,
                    [&](auto& request) { request.set_ticket_id(ticket_id); });
}

inline v1::Ticket Published(HotlineOwner& owner, const std::string& ticket_id,
                            const std::string& text = "Ổ gà trên đường Hùng Vương",
                            const std::string& answer = "Đã sửa xong.") {
  return owner.Step(&Tickets::PublishTicket, kApproverOfCentre, [&](auto& request) {
    request.set_ticket_id(ticket_id);
    request.set_public_text(text);
    request.set_public_answer(answer);
  });
}

/// A report that went through the one unit of its category, and was approved.
inline std::string ApprovedTicket(HotlineOwner& owner, const v1::OpenTicketRequest& request) {
  const std::string id = Opened(owner, request).ticket().id();
  Routed(owner, id, {kTransport});
  AnsweredBy(owner, id, kTransport);
  Approved(owner, id);
  return id;
}

/// A complaint about the unit.
inline v1::OpenTicketRequest Complaint(HotlineOwner& owner, const std::string& concerned,
                                       const std::string& category = "CBCC.CHAMTRE") {
  auto request = Appeal(owner, category);
  request.set_concerned_unit_id(concerned);
  return request;
}

/// The portal, which calls for citizens.
class Portal {
 public:
  using Stub = v1::CitizenService::Stub;

  explicit Portal(HotlineOwner& owner)
      : owner_(owner), stub_(v1::CitizenService::NewStub(owner.Channel("service-portal"))) {}

  template <class Request, class Answer>
  Outcome Call(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
               const Request& request, Answer* answer) {
    return support::CallAs(*stub_, rpc, request, answer, "");
  }
  template <class Request, class Answer>
  Answer Do(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
            const Request& request) {
    Answer answer;
    REQUIRE(Call(rpc, request, &answer) == kDone);
    return answer;
  }
  template <class Request, class Answer>
  Outcome Try(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
              const Request& request) {
    Answer answer;
    return Call(rpc, request, &answer);
  }

  v1::SubmitReportRequest Report(const std::string& category = "HATANG.GIAOTHONG") {
    auto request = owner_.New<v1::SubmitReportRequest>();
    request.set_channel(v1::CHANNEL_WEB);
    request.mutable_caller()->set_full_name("Trần Thị Mẫu");
    request.mutable_caller()->set_phone("0987654321");
    request.set_text("Đèn tín hiệu không sáng");
    request.set_category_id(category);
    request.mutable_place()->set_commune_code("25747");
    return request;
  }
  v1::SubmitReportResponse Submitted(const v1::SubmitReportRequest& request) {
    return Do(&Stub::SubmitReport, request);
  }
  static v1::FollowReportRequest FollowRequest(const std::string& code,
                                               const std::string& contact) {
    v1::FollowReportRequest request;
    request.set_code(code);
    request.set_contact(contact);
    return request;
  }
  v1::FollowedReport Followed(const std::string& code, const std::string& contact) {
    return Do(&Stub::FollowReport, FollowRequest(code, contact));
  }
  Outcome TryFollow(const std::string& code, const std::string& contact) {
    return Try(&Stub::FollowReport, FollowRequest(code, contact));
  }
  Outcome TryPublic(const std::string& ticket_id) {
    v1::GetPublicTicketRequest request;
    request.set_ticket_id(ticket_id);
    return Try(&Stub::GetPublicTicket, request);
  }
  v1::PublicTicket Public(const std::string& ticket_id) {
    v1::GetPublicTicketRequest request;
    request.set_ticket_id(ticket_id);
    return Do(&Stub::GetPublicTicket, request);
  }

 private:
  HotlineOwner& owner_;
  std::unique_ptr<Stub> stub_;
};

inline Outcome Route(HotlineOwner& owner, const std::string& id,
                     const std::vector<std::string>& units,
                     const std::string& official = kOperatorOfCentre) {
  return owner.TryStep(&Tickets::RouteTicket, official, [&](auto& request) {
    request.set_ticket_id(id);
    for (const std::string& unit : units) request.add_routes()->set_unit_id(unit);
  });
}

inline Outcome Return(HotlineOwner& owner, const std::string& id, const std::string& unit,
                      const std::string& reason = "Không thuộc thẩm quyền") {
  return owner.TryStep(&Assignments::ReturnAssignment, unit + "/handler", [&](auto& request) {
    request.set_assignment_id(id);
    request.set_reason(reason);
  });
}

inline Outcome Answer(HotlineOwner& owner, const std::string& id, const std::string& unit,
                      const std::string& text = "Đã xử lý.") {
  return owner.TryStep(&Assignments::AnswerAssignment, unit + "/handler", [&](auto& request) {
    request.set_assignment_id(id);
    request.set_answer(text);
  });
}

}  // namespace lienthong::hotline
