#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hotline/service_access.hpp"
#include "hotline/service_parts.hpp"
#include "lienthong/hotline/v1/tickets.pb.h"

namespace lienthong::hotline {

/// The use cases of TicketService, one method per RPC. Any thread; lives as long as the process.
class TicketService {
 public:
  /// Also tells the journal which view of a record an official sees.
  explicit TicketService(const Parts& parts);

  // service_intake.cpp
  v1::OpenTicketResponse OpenTicket(const Call& call, const v1::OpenTicketRequest& request);
  v1::FindDuplicatesResponse FindDuplicates(const Call& call,
                                            const v1::FindDuplicatesRequest& request);
  v1::Ticket ClassifyTicket(const Call& call, const v1::ClassifyTicketRequest& request);
  v1::Ticket JoinTicket(const Call& call, const v1::JoinTicketRequest& request);
  v1::Ticket SeparateTicket(const Call& call, const v1::SeparateTicketRequest& request);

  // service_routing.cpp
  v1::Ticket RouteTicket(const Call& call, const v1::RouteTicketRequest& request);
  v1::Ticket ReferTicket(const Call& call, const v1::ReferTicketRequest& request);
  v1::Ticket StartTransfer(const Call& call, const v1::StartTransferRequest& request);
  v1::Ticket EndTransfer(const Call& call, const v1::EndTransferRequest& request);
  v1::Assignment WithdrawAssignment(const Call& call, const v1::WithdrawAssignmentRequest& request);

  // service_answers.cpp
  v1::Ticket AnswerTicket(const Call& call, const v1::AnswerTicketRequest& request);
  v1::Ticket ApproveTicket(const Call& call, const v1::ApproveTicketRequest& request);
  v1::Ticket ReturnAnswer(const Call& call, const v1::ReturnAnswerRequest& request);
  v1::DraftPublicationResponse DraftPublication(const Call& call,
                                                const v1::DraftPublicationRequest& request);
  v1::Ticket PublishTicket(const Call& call, const v1::PublishTicketRequest& request);
  v1::Ticket WithdrawPublication(const Call& call, const v1::WithdrawPublicationRequest& request);
  v1::Ticket KeepPrivate(const Call& call, const v1::KeepPrivateRequest& request);
  v1::Ticket RejectTicket(const Call& call, const v1::RejectTicketRequest& request);
  v1::Ticket RateTicket(const Call& call, const v1::RateTicketRequest& request);
  v1::Ticket ReopenTicket(const Call& call, const v1::ReopenTicketRequest& request);
  v1::Ticket RecordReply(const Call& call, const v1::RecordReplyRequest& request);

  // service_lists.cpp
  v1::Ticket GetTicket(const Call& call, const v1::GetTicketRequest& request);
  v1::ListTicketsResponse ListTickets(const Call& call, const v1::ListTicketsRequest& request);
  v1::ListReportsResponse ListReports(const Call& call, const v1::ListReportsRequest& request);
  v1::Reporter GetReporter(const Call& call, const v1::GetReporterRequest& request);
  v1::ListReporterAccessResponse ListReporterAccess(const Call& call,
                                                    const v1::ListReporterAccessRequest& request);

 private:
  using Apply = std::function<void(pg::Tx&, Sight&, Ticket&, const Step&)>;
  /// A step of one ticket that the unit keeps.
  v1::Ticket TicketStep(const Call& call, const google::protobuf::Message& request,
                        const std::string& id, const char* event, const Apply& apply);

  const Parts parts_;
};

}  // namespace lienthong::hotline
