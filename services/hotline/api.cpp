#include "hotline/api.hpp"

#include <memory>

#include "hotline/api_citizens.hpp"
#include "hotline/api_knowledge.hpp"
#include "hotline/api_messages.hpp"
#include "lienthong/hotline/v1/assignments.grpc.pb.h"
#include "lienthong/hotline/v1/categories.grpc.pb.h"
#include "lienthong/hotline/v1/tickets.grpc.pb.h"

namespace lienthong::hotline {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class CategoryApi final : public v1::CategoryService::CallbackService {
  using Service = hotline::CategoryService;

 public:
  CategoryApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* SetCategory(Context* context, const v1::SetCategoryRequest* request,
                       v1::Category* answer) override {
    return serve_.Run<&Service::SetCategory>(service_, __func__, context, request, answer);
  }
  Reactor* SetCentre(Context* context, const v1::SetCentreRequest* request,
                     v1::Centre* answer) override {
    return serve_.Run<&Service::SetCentre>(service_, __func__, context, request, answer);
  }
  Reactor* ListCategories(Context* context, const v1::ListCategoriesRequest* request,
                          v1::ListCategoriesResponse* answer) override {
    return serve_.Run<&Service::ListCategories>(service_, __func__, context, request, answer);
  }
  Reactor* GetCentre(Context* context, const v1::GetCentreRequest* request,
                     v1::Centre* answer) override {
    return serve_.Run<&Service::GetCentre>(service_, __func__, context, request, answer);
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

class TicketApi final : public v1::TicketService::CallbackService {
  using Service = hotline::TicketService;

 public:
  TicketApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* OpenTicket(Context* context, const v1::OpenTicketRequest* request,
                      v1::OpenTicketResponse* answer) override {
    return serve_.Run<&Service::OpenTicket>(service_, __func__, context, request, answer);
  }
  Reactor* FindDuplicates(Context* context, const v1::FindDuplicatesRequest* request,
                          v1::FindDuplicatesResponse* answer) override {
    return serve_.Run<&Service::FindDuplicates>(service_, __func__, context, request, answer);
  }
  Reactor* ClassifyTicket(Context* context, const v1::ClassifyTicketRequest* request,
                          v1::Ticket* answer) override {
    return serve_.Run<&Service::ClassifyTicket>(service_, __func__, context, request, answer);
  }
  Reactor* JoinTicket(Context* context, const v1::JoinTicketRequest* request,
                      v1::Ticket* answer) override {
    return serve_.Run<&Service::JoinTicket>(service_, __func__, context, request, answer);
  }
  Reactor* SeparateTicket(Context* context, const v1::SeparateTicketRequest* request,
                          v1::Ticket* answer) override {
    return serve_.Run<&Service::SeparateTicket>(service_, __func__, context, request, answer);
  }
  Reactor* RouteTicket(Context* context, const v1::RouteTicketRequest* request,
                       v1::Ticket* answer) override {
    return serve_.Run<&Service::RouteTicket>(service_, __func__, context, request, answer);
  }
  Reactor* ReferTicket(Context* context, const v1::ReferTicketRequest* request,
                       v1::Ticket* answer) override {
    return serve_.Run<&Service::ReferTicket>(service_, __func__, context, request, answer);
  }
  Reactor* StartTransfer(Context* context, const v1::StartTransferRequest* request,
                         v1::Ticket* answer) override {
    return serve_.Run<&Service::StartTransfer>(service_, __func__, context, request, answer);
  }
  Reactor* EndTransfer(Context* context, const v1::EndTransferRequest* request,
                       v1::Ticket* answer) override {
    return serve_.Run<&Service::EndTransfer>(service_, __func__, context, request, answer);
  }
  Reactor* AnswerTicket(Context* context, const v1::AnswerTicketRequest* request,
                        v1::Ticket* answer) override {
    return serve_.Run<&Service::AnswerTicket>(service_, __func__, context, request, answer);
  }
  Reactor* ApproveTicket(Context* context, const v1::ApproveTicketRequest* request,
                         v1::Ticket* answer) override {
    return serve_.Run<&Service::ApproveTicket>(service_, __func__, context, request, answer);
  }
  Reactor* ReturnAnswer(Context* context, const v1::ReturnAnswerRequest* request,
                        v1::Ticket* answer) override {
    return serve_.Run<&Service::ReturnAnswer>(service_, __func__, context, request, answer);
  }
  Reactor* DraftPublication(Context* context, const v1::DraftPublicationRequest* request,
                            v1::DraftPublicationResponse* answer) override {
    return serve_.Run<&Service::DraftPublication>(service_, __func__, context, request, answer);
  }
  Reactor* PublishTicket(Context* context, const v1::PublishTicketRequest* request,
                         v1::Ticket* answer) override {
    return serve_.Run<&Service::PublishTicket>(service_, __func__, context, request, answer);
  }
  Reactor* WithdrawPublication(Context* context, const v1::WithdrawPublicationRequest* request,
                               v1::Ticket* answer) override {
    return serve_.Run<&Service::WithdrawPublication>(service_, __func__, context, request, answer);
  }
  Reactor* KeepPrivate(Context* context, const v1::KeepPrivateRequest* request,
                       v1::Ticket* answer) override {
    return serve_.Run<&Service::KeepPrivate>(service_, __func__, context, request, answer);
  }
  Reactor* RejectTicket(Context* context, const v1::RejectTicketRequest* request,
                        v1::Ticket* answer) override {
    return serve_.Run<&Service::RejectTicket>(service_, __func__, context, request, answer);
  }
  Reactor* WithdrawAssignment(Context* context, const v1::WithdrawAssignmentRequest* request,
                              v1::Assignment* answer) override {
    return serve_.Run<&Service::WithdrawAssignment>(service_, __func__, context, request, answer);
  }
  Reactor* RateTicket(Context* context, const v1::RateTicketRequest* request,
                      v1::Ticket* answer) override {
    return serve_.Run<&Service::RateTicket>(service_, __func__, context, request, answer);
  }
  Reactor* ReopenTicket(Context* context, const v1::ReopenTicketRequest* request,
                        v1::Ticket* answer) override {
    return serve_.Run<&Service::ReopenTicket>(service_, __func__, context, request, answer);
  }
  Reactor* RecordReply(Context* context, const v1::RecordReplyRequest* request,
                       v1::Ticket* answer) override {
    return serve_.Run<&Service::RecordReply>(service_, __func__, context, request, answer);
  }
  Reactor* GetTicket(Context* context, const v1::GetTicketRequest* request,
                     v1::Ticket* answer) override {
    return serve_.Run<&Service::GetTicket>(service_, __func__, context, request, answer);
  }
  Reactor* ListTickets(Context* context, const v1::ListTicketsRequest* request,
                       v1::ListTicketsResponse* answer) override {
    return serve_.Run<&Service::ListTickets>(service_, __func__, context, request, answer);
  }
  Reactor* ListReports(Context* context, const v1::ListReportsRequest* request,
                       v1::ListReportsResponse* answer) override {
    return serve_.Run<&Service::ListReports>(service_, __func__, context, request, answer);
  }
  Reactor* GetReporter(Context* context, const v1::GetReporterRequest* request,
                       v1::Reporter* answer) override {
    return serve_.Run<&Service::GetReporter>(service_, __func__, context, request, answer);
  }
  Reactor* ListReporterAccess(Context* context, const v1::ListReporterAccessRequest* request,
                              v1::ListReporterAccessResponse* answer) override {
    return serve_.Run<&Service::ListReporterAccess>(service_, __func__, context, request, answer);
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

class AssignmentApi final : public v1::AssignmentService::CallbackService {
  using Service = hotline::AssignmentService;

 public:
  AssignmentApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* AcceptAssignment(Context* context, const v1::AcceptAssignmentRequest* request,
                            v1::Assignment* answer) override {
    return serve_.Run<&Service::AcceptAssignment>(service_, __func__, context, request, answer);
  }
  Reactor* ReturnAssignment(Context* context, const v1::ReturnAssignmentRequest* request,
                            v1::Assignment* answer) override {
    return serve_.Run<&Service::ReturnAssignment>(service_, __func__, context, request, answer);
  }
  Reactor* StartAssignment(Context* context, const v1::StartAssignmentRequest* request,
                           v1::Assignment* answer) override {
    return serve_.Run<&Service::StartAssignment>(service_, __func__, context, request, answer);
  }
  Reactor* PauseAssignment(Context* context, const v1::PauseAssignmentRequest* request,
                           v1::Assignment* answer) override {
    return serve_.Run<&Service::PauseAssignment>(service_, __func__, context, request, answer);
  }
  Reactor* ResumeAssignment(Context* context, const v1::ResumeAssignmentRequest* request,
                            v1::Assignment* answer) override {
    return serve_.Run<&Service::ResumeAssignment>(service_, __func__, context, request, answer);
  }
  Reactor* ExtendAssignment(Context* context, const v1::ExtendAssignmentRequest* request,
                            v1::Assignment* answer) override {
    return serve_.Run<&Service::ExtendAssignment>(service_, __func__, context, request, answer);
  }
  Reactor* AnswerAssignment(Context* context, const v1::AnswerAssignmentRequest* request,
                            v1::Assignment* answer) override {
    return serve_.Run<&Service::AnswerAssignment>(service_, __func__, context, request, answer);
  }
  Reactor* HandOverAssignment(Context* context, const v1::HandOverAssignmentRequest* request,
                              v1::Assignment* answer) override {
    return serve_.Run<&Service::HandOverAssignment>(service_, __func__, context, request, answer);
  }
  Reactor* GetAssignment(Context* context, const v1::GetAssignmentRequest* request,
                         v1::Assignment* answer) override {
    return serve_.Run<&Service::GetAssignment>(service_, __func__, context, request, answer);
  }
  Reactor* ListAssignments(Context* context, const v1::ListAssignmentsRequest* request,
                           v1::ListAssignmentsResponse* answer) override {
    return serve_.Run<&Service::ListAssignments>(service_, __func__, context, request, answer);
  }
  Reactor* ListLeftAssignments(Context* context, const v1::ListLeftAssignmentsRequest* request,
                               v1::ListLeftAssignmentsResponse* answer) override {
    return serve_.Run<&Service::ListLeftAssignments>(service_, __func__, context, request, answer);
  }
  Reactor* TakeOverAssignment(Context* context, const v1::TakeOverAssignmentRequest* request,
                              v1::Assignment* answer) override {
    return serve_.Run<&Service::TakeOverAssignment>(service_, __func__, context, request, answer);
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

}  // namespace

Services::Services(const Parts& parts, redis::Limiter& limiter, ReadPiece read,
                   CitizenOptions options)
    : categories(parts),
      tickets(parts),
      assignments(parts),
      api_keys(parts, limiter, options.address_key),
      citizens(parts, limiter, std::move(read), std::move(options)),
      indicators(parts),
      messages(parts),
      knowledge(parts) {}

std::vector<owner::Api> Apis(Services& services) {
  return {owner::ApiOf<CategoryApi, v1::SetCategoryRequest>(services.categories),
          owner::ApiOf<TicketApi, v1::GetTicketRequest>(services.tickets),
          owner::ApiOf<AssignmentApi, v1::GetAssignmentRequest>(services.assignments),
          ApiKeysApi(services.api_keys),
          CitizensApi(services.citizens),
          IndicatorsApi(services.indicators),
          MessagesApi(services.messages),
          KnowledgeApi(services.knowledge)};
}

}  // namespace lienthong::hotline
