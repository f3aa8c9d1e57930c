#include "registry/api.hpp"

#include "lienthong/registry/v1/registry.grpc.pb.h"

namespace lienthong::registry {
namespace {

class RegistryApi final : public v1::RegistryService::CallbackService {
  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;
  using Service = registry::RegistryService;

 public:
  RegistryApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* RegisterCitizen(Context* context, const v1::RegisterCitizenRequest* request,
                           v1::Citizen* answer) override {
    return serve_.Run<&Service::RegisterCitizen>(service_, __func__, context, request, answer);
  }
  Reactor* GetCitizen(Context* context, const v1::GetCitizenRequest* request,
                      v1::Citizen* answer) override {
    return serve_.Run<&Service::GetCitizen>(service_, __func__, context, request, answer);
  }
  Reactor* TakeOverCitizen(Context* context, const v1::TakeOverCitizenRequest* request,
                           v1::Citizen* answer) override {
    return serve_.Run<&Service::TakeOverCitizen>(service_, __func__, context, request, answer);
  }
  Reactor* FindCitizens(Context* context, const v1::FindCitizensRequest* request,
                        v1::FindCitizensResponse* answer) override {
    return serve_.Run<&Service::FindCitizens>(service_, __func__, context, request, answer);
  }
  Reactor* MoveCitizen(Context* context, const v1::MoveCitizenRequest* request,
                       v1::Citizen* answer) override {
    return serve_.Run<&Service::MoveCitizen>(service_, __func__, context, request, answer);
  }
  Reactor* RequestCorrection(Context* context, const v1::RequestCorrectionRequest* request,
                             v1::Correction* answer) override {
    return serve_.Run<&Service::RequestCorrection>(service_, __func__, context, request, answer);
  }
  Reactor* ApproveCorrection(Context* context, const v1::DecideCorrectionRequest* request,
                             v1::Correction* answer) override {
    return serve_.Run<&Service::ApproveCorrection>(service_, __func__, context, request, answer);
  }
  Reactor* RejectCorrection(Context* context, const v1::DecideCorrectionRequest* request,
                            v1::Correction* answer) override {
    return serve_.Run<&Service::RejectCorrection>(service_, __func__, context, request, answer);
  }
  Reactor* FindDuplicates(Context* context, const v1::FindDuplicatesRequest* request,
                          v1::FindDuplicatesResponse* answer) override {
    return serve_.Run<&Service::FindDuplicates>(service_, __func__, context, request, answer);
  }
  Reactor* MergeCitizens(Context* context, const v1::MergeCitizensRequest* request,
                         v1::Citizen* answer) override {
    return serve_.Run<&Service::MergeCitizens>(service_, __func__, context, request, answer);
  }
  Reactor* RecordDeath(Context* context, const v1::RecordDeathRequest* request,
                       v1::Citizen* answer) override {
    return serve_.Run<&Service::RecordDeath>(service_, __func__, context, request, answer);
  }
  Reactor* ListAccess(Context* context, const v1::ListAccessRequest* request,
                      v1::ListAccessResponse* answer) override {
    return serve_.Run<&Service::ListAccess>(service_, __func__, context, request, answer);
  }
  Reactor* ReportAccess(Context* context, const v1::ReportAccessRequest* request,
                        google::protobuf::Empty* answer) override {
    return serve_.Run<&Service::ReportAccess>(service_, __func__, context, request, answer);
  }
  Reactor* RegisterEnterprise(Context* context, const v1::RegisterEnterpriseRequest* request,
                              v1::Enterprise* answer) override {
    return serve_.Run<&Service::RegisterEnterprise>(service_, __func__, context, request, answer);
  }
  Reactor* GetEnterprise(Context* context, const v1::GetEnterpriseRequest* request,
                         v1::Enterprise* answer) override {
    return serve_.Run<&Service::GetEnterprise>(service_, __func__, context, request, answer);
  }
  Reactor* FindEnterprises(Context* context, const v1::FindEnterprisesRequest* request,
                           v1::FindEnterprisesResponse* answer) override {
    return serve_.Run<&Service::FindEnterprises>(service_, __func__, context, request, answer);
  }
  Reactor* TakeOverEnterprise(Context* context, const v1::TakeOverEnterpriseRequest* request,
                              v1::Enterprise* answer) override {
    return serve_.Run<&Service::TakeOverEnterprise>(service_, __func__, context, request, answer);
  }
  Reactor* MoveEnterprise(Context* context, const v1::MoveEnterpriseRequest* request,
                          v1::Enterprise* answer) override {
    return serve_.Run<&Service::MoveEnterprise>(service_, __func__, context, request, answer);
  }
  Reactor* DissolveEnterprise(Context* context, const v1::DissolveEnterpriseRequest* request,
                              v1::Enterprise* answer) override {
    return serve_.Run<&Service::DissolveEnterprise>(service_, __func__, context, request, answer);
  }
  grpc::ServerReadReactor<v1::ImportCitizensRequest>* ImportCitizens(
      Context* context, v1::ImportResponse* answer) override {
    return serve_.ClientStream<v1::ImportCitizensRequest>(
        __func__, context, answer,
        [this](const rpc::Call& call, const v1::ImportCitizensRequest& chunk,
               v1::ImportResponse* sum) { service_.ImportCitizens(call, chunk, sum); });
  }
  grpc::ServerReadReactor<v1::ImportEnterprisesRequest>* ImportEnterprises(
      Context* context, v1::ImportResponse* answer) override {
    return serve_.ClientStream<v1::ImportEnterprisesRequest>(
        __func__, context, answer,
        [this](const rpc::Call& call, const v1::ImportEnterprisesRequest& chunk,
               v1::ImportResponse* sum) { service_.ImportEnterprises(call, chunk, sum); });
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

}  // namespace

const google::protobuf::ServiceDescriptor& ApiDescriptor() {
  return *v1::GetCitizenRequest::descriptor()->file()->FindServiceByName("RegistryService");
}

std::unique_ptr<grpc::Service> MakeApi(rpc::Serve& serve, RegistryService& service) {
  return std::make_unique<RegistryApi>(serve, service);
}

}  // namespace lienthong::registry
