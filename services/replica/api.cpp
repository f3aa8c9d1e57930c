#include "replica/api.hpp"

#include "lienthong/replica/v1/replica.grpc.pb.h"

namespace lienthong::replica {
namespace {

class ReplicaApi final : public v1::ReplicaService::CallbackService {
  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;
  using Service = replica::ReplicaService;

 public:
  ReplicaApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* GetRecord(Context* context, const v1::GetRecordRequest* request,
                     v1::Record* answer) override {
    return serve_.Waiting(
        __func__, context, request, answer,
        [this](const rpc::Call& call, const v1::GetRecordRequest& asked) {
          return service_.GetRecord(call, asked);
        },
        Service::VersionNotReached);
  }
  Reactor* ListRecords(Context* context, const v1::ListRecordsRequest* request,
                       v1::ListRecordsResponse* answer) override {
    return serve_.Run<&Service::ListRecords>(service_, __func__, context, request, answer);
  }
  Reactor* GetConsistency(Context* context, const v1::GetConsistencyRequest* request,
                          v1::GetConsistencyResponse* answer) override {
    return serve_.Run<&Service::GetConsistency>(service_, __func__, context, request, answer);
  }
  Reactor* ListConsistency(Context* context, const v1::ListConsistencyRequest* request,
                           v1::ListConsistencyResponse* answer) override {
    return serve_.Run<&Service::ListConsistency>(service_, __func__, context, request, answer);
  }
  Reactor* ListParkedEvents(Context* context, const journal::v1::ListParkedEventsRequest* request,
                            journal::v1::ListParkedEventsResponse* answer) override {
    return serve_.Run<&Service::ListParkedEvents>(service_, __func__, context, request, answer);
  }
  Reactor* ReplayParkedEvents(Context* context,
                              const journal::v1::ReplayParkedEventsRequest* request,
                              journal::v1::ReplayParkedEventsResponse* answer) override {
    return serve_.Run<&Service::ReplayParkedEvents>(service_, __func__, context, request, answer);
  }
  Reactor* RepairUnit(Context* context, const v1::RepairUnitRequest* request,
                      v1::UnitWork* answer) override {
    return serve_.Run<&Service::RepairUnit>(service_, __func__, context, request, answer);
  }
  Reactor* BootstrapUnit(Context* context, const v1::BootstrapUnitRequest* request,
                         v1::UnitWork* answer) override {
    return serve_.Run<&Service::BootstrapUnit>(service_, __func__, context, request, answer);
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

}  // namespace

const google::protobuf::ServiceDescriptor& ApiDescriptor() {
  return *v1::GetRecordRequest::descriptor()->file()->FindServiceByName("ReplicaService");
}

std::unique_ptr<grpc::Service> MakeApi(rpc::Serve& serve, ReplicaService& service) {
  return std::make_unique<ReplicaApi>(serve, service);
}

}  // namespace lienthong::replica
