#pragma once

#include "directory/service.hpp"
#include "lienthong/directory/v1/directory.grpc.pb.h"
#include "platform/rpc/serve.hpp"

namespace lienthong::directory {

/// Which use case answers which RPC. Any thread; destroyed after the server has drained.
class DirectoryApi final : public v1::DirectoryService::CallbackService {
  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;
  using Service = directory::DirectoryService;

 public:
  DirectoryApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  static const google::protobuf::ServiceDescriptor& Descriptor() {
    return *v1::LoadDirectoryRequest::descriptor()->file()->FindServiceByName("DirectoryService");
  }

  Reactor* CreateUnit(Context* context, const v1::CreateUnitRequest* request,
                      v1::Unit* answer) override {
    return Run(__func__, context, request, answer, &Service::CreateUnit);
  }
  Reactor* RenameUnit(Context* context, const v1::RenameUnitRequest* request,
                      v1::Unit* answer) override {
    return Run(__func__, context, request, answer, &Service::RenameUnit);
  }
  Reactor* CloseUnit(Context* context, const v1::CloseUnitRequest* request,
                     v1::Unit* answer) override {
    return Run(__func__, context, request, answer, &Service::CloseUnit);
  }
  Reactor* GetUnit(Context* context, const v1::GetUnitRequest* request, v1::Unit* answer) override {
    return Run(__func__, context, request, answer, &Service::GetUnit);
  }
  Reactor* ListUnits(Context* context, const v1::ListUnitsRequest* request,
                     v1::ListUnitsResponse* answer) override {
    return Run(__func__, context, request, answer, &Service::ListUnits);
  }
  Reactor* CreateOfficial(Context* context, const v1::CreateOfficialRequest* request,
                          v1::Official* answer) override {
    return Run(__func__, context, request, answer, &Service::CreateOfficial);
  }
  Reactor* GetOfficial(Context* context, const v1::GetOfficialRequest* request,
                       v1::Official* answer) override {
    return Run(__func__, context, request, answer, &Service::GetOfficial);
  }
  Reactor* AppointOfficial(Context* context, const v1::AppointOfficialRequest* request,
                           v1::Official* answer) override {
    return Run(__func__, context, request, answer, &Service::AppointOfficial);
  }
  Reactor* EndAppointment(Context* context, const v1::EndAppointmentRequest* request,
                          v1::Official* answer) override {
    return Run(__func__, context, request, answer, &Service::EndAppointment);
  }
  Reactor* SetPosition(Context* context, const v1::SetPositionRequest* request,
                       v1::Position* answer) override {
    return Run(__func__, context, request, answer, &Service::SetPosition);
  }
  Reactor* CreateAgreement(Context* context, const v1::CreateAgreementRequest* request,
                           v1::Agreement* answer) override {
    return Run(__func__, context, request, answer, &Service::CreateAgreement);
  }
  Reactor* RevokeAgreement(Context* context, const v1::RevokeAgreementRequest* request,
                           v1::Agreement* answer) override {
    return Run(__func__, context, request, answer, &Service::RevokeAgreement);
  }
  Reactor* GetAgreement(Context* context, const v1::GetAgreementRequest* request,
                        v1::Agreement* answer) override {
    return Run(__func__, context, request, answer, &Service::GetAgreement);
  }
  Reactor* ListAgreements(Context* context, const v1::ListAgreementsRequest* request,
                          v1::ListAgreementsResponse* answer) override {
    return Run(__func__, context, request, answer, &Service::ListAgreements);
  }
  Reactor* SetCalendarDay(Context* context, const v1::SetCalendarDayRequest* request,
                          v1::CalendarDay* answer) override {
    return Run(__func__, context, request, answer, &Service::SetCalendarDay);
  }
  Reactor* ListCalendarDays(Context* context, const v1::ListCalendarDaysRequest* request,
                            v1::ListCalendarDaysResponse* answer) override {
    return Run(__func__, context, request, answer, &Service::ListCalendarDays);
  }
  grpc::ServerReadReactor<v1::LoadDirectoryRequest>* LoadDirectory(
      Context* context, v1::LoadDirectoryResponse* answer) override {
    return serve_.ClientStream<v1::LoadDirectoryRequest>(
        __func__, context, answer,
        [this](const rpc::Call& call, const v1::LoadDirectoryRequest& chunk,
               v1::LoadDirectoryResponse* sum) { service_.LoadDirectory(call, chunk, sum); });
  }

 private:
  template <class Request, class Answer>
  Reactor* Run(const char* method, Context* context, const Request* request, Answer* answer,
               Answer (Service::*use_case)(const rpc::Call&, const Request&)) {
    return serve_.Unary(method, context, request, answer,
                        [this, use_case](const rpc::Call& call, const Request& asked) {
                          return (service_.*use_case)(call, asked);
                        });
  }

  rpc::Serve& serve_;
  Service& service_;
};

}  // namespace lienthong::directory
