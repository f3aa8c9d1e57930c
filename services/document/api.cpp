#include "document/api.hpp"

#include <memory>

#include "lienthong/document/v1/books.grpc.pb.h"
#include "lienthong/document/v1/drafts.grpc.pb.h"
#include "lienthong/document/v1/documents.grpc.pb.h"
#include "lienthong/document/v1/exchange.grpc.pb.h"
#include "lienthong/document/v1/incoming.grpc.pb.h"
#include "lienthong/document/v1/reports.grpc.pb.h"

namespace lienthong::document {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class BookApi final : public v1::BookService::CallbackService {
  using Service = document::BookService;

 public:
  BookApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* SetSeries(Context* context, const v1::SetSeriesRequest* request,
                     v1::Series* answer) override {
    return serve_.Run<&Service::SetSeries>(service_, __func__, context, request, answer);
  }
  Reactor* ListDocumentTypes(Context* context, const v1::ListDocumentTypesRequest* request,
                             v1::ListDocumentTypesResponse* answer) override {
    return serve_.Run<&Service::ListDocumentTypes>(service_, __func__, context, request, answer);
  }
  Reactor* ReserveNumbers(Context* context, const v1::ReserveNumbersRequest* request,
                          v1::Book* answer) override {
    return serve_.Run<&Service::ReserveNumbers>(service_, __func__, context, request, answer);
  }
  Reactor* VoidNumber(Context* context, const v1::VoidNumberRequest* request,
                      v1::Book* answer) override {
    return serve_.Run<&Service::VoidNumber>(service_, __func__, context, request, answer);
  }
  Reactor* ListBooks(Context* context, const v1::ListBooksRequest* request,
                     v1::ListBooksResponse* answer) override {
    return serve_.Run<&Service::ListBooks>(service_, __func__, context, request, answer);
  }
  Reactor* ListNumbers(Context* context, const v1::ListNumbersRequest* request,
                       v1::ListNumbersResponse* answer) override {
    return serve_.Run<&Service::ListNumbers>(service_, __func__, context, request, answer);
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

class DraftApi final : public v1::DraftService::CallbackService {
  using Service = document::DraftService;

 public:
  DraftApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* CreateDraft(Context* context, const v1::CreateDraftRequest* request,
                       v1::Draft* answer) override {
    return serve_.Run<&Service::CreateDraft>(service_, __func__, context, request, answer);
  }
  Reactor* UpdateDraft(Context* context, const v1::UpdateDraftRequest* request,
                       v1::Draft* answer) override {
    return serve_.Run<&Service::UpdateDraft>(service_, __func__, context, request, answer);
  }
  Reactor* GiveOpinion(Context* context, const v1::GiveOpinionRequest* request,
                       v1::Draft* answer) override {
    return serve_.Run<&Service::GiveOpinion>(service_, __func__, context, request, answer);
  }
  Reactor* SubmitDraft(Context* context, const v1::SubmitDraftRequest* request,
                       v1::Draft* answer) override {
    return serve_.Run<&Service::SubmitDraft>(service_, __func__, context, request, answer);
  }
  Reactor* ReturnDraft(Context* context, const v1::ReturnDraftRequest* request,
                       v1::Draft* answer) override {
    return serve_.Run<&Service::ReturnDraft>(service_, __func__, context, request, answer);
  }
  Reactor* ReopenDraft(Context* context, const v1::ReopenDraftRequest* request,
                       v1::Draft* answer) override {
    return serve_.Run<&Service::ReopenDraft>(service_, __func__, context, request, answer);
  }
  Reactor* SignDraft(Context* context, const v1::SignDraftRequest* request,
                     v1::Draft* answer) override {
    return serve_.Run<&Service::SignDraft>(service_, __func__, context, request, answer);
  }
  Reactor* NumberDraft(Context* context, const v1::NumberDraftRequest* request,
                       v1::Draft* answer) override {
    return serve_.Run<&Service::NumberDraft>(service_, __func__, context, request, answer);
  }
  Reactor* WithdrawDraft(Context* context, const v1::WithdrawDraftRequest* request,
                         v1::Draft* answer) override {
    return serve_.Run<&Service::WithdrawDraft>(service_, __func__, context, request, answer);
  }
  Reactor* TakeOverDraft(Context* context, const v1::TakeOverDraftRequest* request,
                         v1::Draft* answer) override {
    return serve_.Run<&Service::TakeOverDraft>(service_, __func__, context, request, answer);
  }
  Reactor* GetDraft(Context* context, const v1::GetDraftRequest* request,
                    v1::Draft* answer) override {
    return serve_.Run<&Service::GetDraft>(service_, __func__, context, request, answer);
  }
  Reactor* ListDrafts(Context* context, const v1::ListDraftsRequest* request,
                      v1::ListDraftsResponse* answer) override {
    return serve_.Run<&Service::ListDrafts>(service_, __func__, context, request, answer);
  }
  Reactor* GrantAuthorisation(Context* context, const v1::GrantAuthorisationRequest* request,
                              v1::Authorisation* answer) override {
    return serve_.Run<&Service::GrantAuthorisation>(service_, __func__, context, request, answer);
  }
  Reactor* RevokeAuthorisation(Context* context, const v1::RevokeAuthorisationRequest* request,
                               v1::Authorisation* answer) override {
    return serve_.Run<&Service::RevokeAuthorisation>(service_, __func__, context, request, answer);
  }
  Reactor* ListAuthorisations(Context* context, const v1::ListAuthorisationsRequest* request,
                              v1::ListAuthorisationsResponse* answer) override {
    return serve_.Run<&Service::ListAuthorisations>(service_, __func__, context, request, answer);
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

class DocumentApi final : public v1::DocumentService::CallbackService {
  using Service = document::DocumentService;

 public:
  DocumentApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* IssueDocument(Context* context, const v1::IssueDocumentRequest* request,
                         v1::Document* answer) override {
    return serve_.Run<&Service::IssueDocument>(service_, __func__, context, request, answer);
  }
  Reactor* SendDocument(Context* context, const v1::SendDocumentRequest* request,
                        v1::Document* answer) override {
    return serve_.Run<&Service::SendDocument>(service_, __func__, context, request, answer);
  }
  Reactor* RecallDocument(Context* context, const v1::RecallDocumentRequest* request,
                          v1::Document* answer) override {
    return serve_.Run<&Service::RecallDocument>(service_, __func__, context, request, answer);
  }
  Reactor* SetReaders(Context* context, const v1::SetReadersRequest* request,
                      v1::ReadingRight* answer) override {
    return serve_.Run<&Service::SetReaders>(service_, __func__, context, request, answer);
  }
  Reactor* TakeOverDocument(Context* context, const v1::TakeOverDocumentRequest* request,
                            v1::Document* answer) override {
    return serve_.Run<&Service::TakeOverDocument>(service_, __func__, context, request, answer);
  }
  Reactor* GetDocument(Context* context, const v1::GetDocumentRequest* request,
                       v1::Document* answer) override {
    return serve_.Run<&Service::GetDocument>(service_, __func__, context, request, answer);
  }
  Reactor* FindDocuments(Context* context, const v1::FindDocumentsRequest* request,
                         v1::FindDocumentsResponse* answer) override {
    return serve_.Run<&Service::FindDocuments>(service_, __func__, context, request, answer);
  }
  Reactor* ListDeliveries(Context* context, const v1::ListDeliveriesRequest* request,
                          v1::ListDeliveriesResponse* answer) override {
    return serve_.Run<&Service::ListDeliveries>(service_, __func__, context, request, answer);
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

class IncomingApi final : public v1::IncomingService::CallbackService {
  using Service = document::IncomingService;

 public:
  IncomingApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* RefuseDelivery(Context* context, const v1::RefuseDeliveryRequest* request,
                          v1::Delivery* answer) override {
    return serve_.Run<&Service::RefuseDelivery>(service_, __func__, context, request, answer);
  }
  Reactor* EnterDelivery(Context* context, const v1::EnterDeliveryRequest* request,
                         v1::Delivery* answer) override {
    return serve_.Run<&Service::EnterDelivery>(service_, __func__, context, request, answer);
  }
  Reactor* RegisterIncoming(Context* context, const v1::RegisterIncomingRequest* request,
                            v1::Delivery* answer) override {
    return serve_.Run<&Service::RegisterIncoming>(service_, __func__, context, request, answer);
  }
  Reactor* AssignDelivery(Context* context, const v1::AssignDeliveryRequest* request,
                          v1::Delivery* answer) override {
    return serve_.Run<&Service::AssignDelivery>(service_, __func__, context, request, answer);
  }
  Reactor* ProcessDelivery(Context* context, const v1::ProcessDeliveryRequest* request,
                           v1::Delivery* answer) override {
    return serve_.Run<&Service::ProcessDelivery>(service_, __func__, context, request, answer);
  }
  Reactor* CompleteDelivery(Context* context, const v1::CompleteDeliveryRequest* request,
                            v1::Delivery* answer) override {
    return serve_.Run<&Service::CompleteDelivery>(service_, __func__, context, request, answer);
  }
  Reactor* AnswerChange(Context* context, const v1::AnswerChangeRequest* request,
                        v1::Delivery* answer) override {
    return serve_.Run<&Service::AnswerChange>(service_, __func__, context, request, answer);
  }
  Reactor* GetIncoming(Context* context, const v1::GetIncomingRequest* request,
                       v1::IncomingDocument* answer) override {
    return serve_.Run<&Service::GetIncoming>(service_, __func__, context, request, answer);
  }
  Reactor* ListIncoming(Context* context, const v1::ListIncomingRequest* request,
                        v1::ListIncomingResponse* answer) override {
    return serve_.Run<&Service::ListIncoming>(service_, __func__, context, request, answer);
  }
  Reactor* StartTask(Context* context, const v1::StartTaskRequest* request,
                     v1::Task* answer) override {
    return serve_.Run<&Service::StartTask>(service_, __func__, context, request, answer);
  }
  Reactor* ReportTask(Context* context, const v1::ReportTaskRequest* request,
                      v1::Task* answer) override {
    return serve_.Run<&Service::ReportTask>(service_, __func__, context, request, answer);
  }
  Reactor* CompleteTask(Context* context, const v1::CompleteTaskRequest* request,
                        v1::Task* answer) override {
    return serve_.Run<&Service::CompleteTask>(service_, __func__, context, request, answer);
  }
  Reactor* HandOverTask(Context* context, const v1::HandOverTaskRequest* request,
                        v1::Task* answer) override {
    return serve_.Run<&Service::HandOverTask>(service_, __func__, context, request, answer);
  }
  Reactor* SetTaskDeadline(Context* context, const v1::SetTaskDeadlineRequest* request,
                           v1::Task* answer) override {
    return serve_.Run<&Service::SetTaskDeadline>(service_, __func__, context, request, answer);
  }
  Reactor* WithdrawTask(Context* context, const v1::WithdrawTaskRequest* request,
                        v1::Task* answer) override {
    return serve_.Run<&Service::WithdrawTask>(service_, __func__, context, request, answer);
  }
  Reactor* ListLeftBehind(Context* context, const v1::ListLeftBehindRequest* request,
                          v1::ListLeftBehindResponse* answer) override {
    return serve_.Run<&Service::ListLeftBehind>(service_, __func__, context, request, answer);
  }
  Reactor* TakeOverDelivery(Context* context, const v1::TakeOverDeliveryRequest* request,
                            v1::Delivery* answer) override {
    return serve_.Run<&Service::TakeOverDelivery>(service_, __func__, context, request, answer);
  }
  Reactor* TakeOverTask(Context* context, const v1::TakeOverTaskRequest* request,
                        v1::Task* answer) override {
    return serve_.Run<&Service::TakeOverTask>(service_, __func__, context, request, answer);
  }
  Reactor* ListDeadlines(Context* context, const v1::ListDeadlinesRequest* request,
                         v1::ListDeadlinesResponse* answer) override {
    return serve_.Run<&Service::ListDeadlines>(service_, __func__, context, request, answer);
  }
  Reactor* ListTasks(Context* context, const v1::ListTasksRequest* request,
                     v1::ListTasksResponse* answer) override {
    return serve_.Run<&Service::ListTasks>(service_, __func__, context, request, answer);
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

class ReportApi final : public v1::ReportService::CallbackService {
  using Service = document::ReportService;

 public:
  ReportApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  grpc::ServerWriteReactor<v1::ReportChunk>* ExportRegister(
      Context* context, const v1::ExportRegisterRequest* request) override {
    return serve_.ServerStream<v1::ExportRegisterRequest, v1::ReportChunk>(
        __func__, context, request, [this](const v1::ExportRegisterRequest& asked) {
          return [made = std::make_shared<Service::Export>(service_.ExportRegister(asked))](
                     const Call& call, v1::ReportChunk* chunk) { return made->Next(call, chunk); };
        });
  }
  Reactor* GetStatusReport(Context* context, const v1::GetStatusReportRequest* request,
                           v1::StatusReport* answer) override {
    return serve_.Run<&Service::GetStatusReport>(service_, __func__, context, request, answer);
  }
  Reactor* GetIndicators(Context* context, const v1::GetIndicatorsRequest* request,
                         v1::GetIndicatorsResponse* answer) override {
    return serve_.Run<&Service::GetIndicators>(service_, __func__, context, request, answer);
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

class ExchangeApi final : public v1::ExchangeService::CallbackService {
  using Service = document::ExchangeService;

 public:
  ExchangeApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* ImportPacket(Context* context, const v1::ImportPacketRequest* request,
                        v1::ImportedPacket* answer) override {
    return serve_.Run<&Service::ImportPacket>(service_, __func__, context, request, answer);
  }
  Reactor* ListPackets(Context* context, const v1::ListPacketsRequest* request,
                       v1::ListPacketsResponse* answer) override {
    return serve_.Run<&Service::ListPackets>(service_, __func__, context, request, answer);
  }
  Reactor* ListDocumentPackets(Context* context, const v1::ListDocumentPacketsRequest* request,
                               v1::ListPacketsResponse* answer) override {
    return serve_.Run<&Service::ListDocumentPackets>(service_, __func__, context, request, answer);
  }
  grpc::ServerWriteReactor<v1::PacketChunk>* ExportPacket(
      Context* context, const v1::ExportPacketRequest* request) override {
    return serve_.ServerStream<v1::ExportPacketRequest, v1::PacketChunk>(
        __func__, context, request, [this](const v1::ExportPacketRequest& asked) {
          return [made = std::make_shared<Service::Export>(service_.ExportPacket(asked))](
                     const Call& call, v1::PacketChunk* chunk) { return made->Next(call, chunk); };
        });
  }
  Reactor* SetPacketState(Context* context, const v1::SetPacketStateRequest* request,
                          v1::OutgoingPacket* answer) override {
    return serve_.Run<&Service::SetPacketState>(service_, __func__, context, request, answer);
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

}  // namespace

Services::Services(const Parts& parts, files::Files& files)
    : books(parts),
      drafts(parts),
      documents(parts),
      incoming(parts),
      reports(parts),
      exchange(parts, files),
      working_files(parts, files) {}

std::vector<owner::Api> Apis(Services& services) {
  return {owner::ApiOf<BookApi, v1::SetSeriesRequest>(services.books),
          owner::ApiOf<DraftApi, v1::GetDraftRequest>(services.drafts),
          owner::ApiOf<DocumentApi, v1::GetDocumentRequest>(services.documents),
          owner::ApiOf<IncomingApi, v1::GetIncomingRequest>(services.incoming),
          owner::ApiOf<ReportApi, v1::GetIndicatorsRequest>(services.reports),
          owner::ApiOf<ExchangeApi, v1::ImportPacketRequest>(services.exchange),
          ApiOf(services.working_files)};
}

}  // namespace lienthong::document
