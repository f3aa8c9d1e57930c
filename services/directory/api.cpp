#include "directory/api.hpp"

#include "lienthong/directory/v1/directory.grpc.pb.h"

namespace lienthong::directory {
namespace {

class DirectoryApi final : public v1::DirectoryService::CallbackService {
  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;
  using Service = directory::DirectoryService;

 public:
  DirectoryApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* CreateUnit(Context* context, const v1::CreateUnitRequest* request,
                      v1::Unit* answer) override {
    return serve_.Run<&Service::CreateUnit>(service_, __func__, context, request, answer);
  }
  Reactor* RenameUnit(Context* context, const v1::RenameUnitRequest* request,
                      v1::Unit* answer) override {
    return serve_.Run<&Service::RenameUnit>(service_, __func__, context, request, answer);
  }
  Reactor* SetCode102(Context* context, const v1::SetCode102Request* request,
                      v1::Unit* answer) override {
    return serve_.Run<&Service::SetCode102>(service_, __func__, context, request, answer);
  }
  Reactor* CloseUnit(Context* context, const v1::CloseUnitRequest* request,
                     v1::Unit* answer) override {
    return serve_.Run<&Service::CloseUnit>(service_, __func__, context, request, answer);
  }
  Reactor* GetUnit(Context* context, const v1::GetUnitRequest* request, v1::Unit* answer) override {
    return serve_.Run<&Service::GetUnit>(service_, __func__, context, request, answer);
  }
  Reactor* ListUnits(Context* context, const v1::ListUnitsRequest* request,
                     v1::ListUnitsResponse* answer) override {
    return serve_.Run<&Service::ListUnits>(service_, __func__, context, request, answer);
  }
  Reactor* CreateOfficial(Context* context, const v1::CreateOfficialRequest* request,
                          v1::Official* answer) override {
    return serve_.Run<&Service::CreateOfficial>(service_, __func__, context, request, answer);
  }
  Reactor* GetOfficial(Context* context, const v1::GetOfficialRequest* request,
                       v1::Official* answer) override {
    return serve_.Run<&Service::GetOfficial>(service_, __func__, context, request, answer);
  }
  Reactor* AppointOfficial(Context* context, const v1::AppointOfficialRequest* request,
                           v1::Official* answer) override {
    return serve_.Run<&Service::AppointOfficial>(service_, __func__, context, request, answer);
  }
  Reactor* EndAppointment(Context* context, const v1::EndAppointmentRequest* request,
                          v1::Official* answer) override {
    return serve_.Run<&Service::EndAppointment>(service_, __func__, context, request, answer);
  }
  Reactor* SetPosition(Context* context, const v1::SetPositionRequest* request,
                       v1::Position* answer) override {
    return serve_.Run<&Service::SetPosition>(service_, __func__, context, request, answer);
  }
  Reactor* CreateAgreement(Context* context, const v1::CreateAgreementRequest* request,
                           v1::Agreement* answer) override {
    return serve_.Run<&Service::CreateAgreement>(service_, __func__, context, request, answer);
  }
  Reactor* RevokeAgreement(Context* context, const v1::RevokeAgreementRequest* request,
                           v1::Agreement* answer) override {
    return serve_.Run<&Service::RevokeAgreement>(service_, __func__, context, request, answer);
  }
  Reactor* GetAgreement(Context* context, const v1::GetAgreementRequest* request,
                        v1::Agreement* answer) override {
    return serve_.Run<&Service::GetAgreement>(service_, __func__, context, request, answer);
  }
  Reactor* ListAgreements(Context* context, const v1::ListAgreementsRequest* request,
                          v1::ListAgreementsResponse* answer) override {
    return serve_.Run<&Service::ListAgreements>(service_, __func__, context, request, answer);
  }
  Reactor* SetCalendarDay(Context* context, const v1::SetCalendarDayRequest* request,
                          v1::CalendarDay* answer) override {
    return serve_.Run<&Service::SetCalendarDay>(service_, __func__, context, request, answer);
  }
  Reactor* ListCalendarDays(Context* context, const v1::ListCalendarDaysRequest* request,
                            v1::ListCalendarDaysResponse* answer) override {
    return serve_.Run<&Service::ListCalendarDays>(service_, __func__, context, request, answer);
  }
  grpc::ServerReadReactor<v1::LoadDirectoryRequest>* LoadDirectory(
      Context* context, v1::LoadDirectoryResponse* answer) override {
    return serve_.ClientStream<v1::LoadDirectoryRequest>(
        __func__, context, answer,
        [this](const rpc::Call& call, const v1::LoadDirectoryRequest& chunk,
               v1::LoadDirectoryResponse* sum) { service_.LoadDirectory(call, chunk, sum); });
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

}  // namespace

const google::protobuf::ServiceDescriptor& ApiDescriptor() {
  return *v1::LoadDirectoryRequest::descriptor()->file()->FindServiceByName("DirectoryService");
}

std::unique_ptr<grpc::Service> MakeApi(rpc::Serve& serve, DirectoryService& service) {
  return std::make_unique<DirectoryApi>(serve, service);
}

}  // namespace lienthong::directory
