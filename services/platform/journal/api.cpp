#include "platform/journal/api.hpp"

#include <utility>

#include "lienthong/journal/v1/journal.grpc.pb.h"

namespace lienthong::journal {
namespace {

class JournalApi final : public v1::JournalService::CallbackService {
  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;
  using Call = rpc::Call;

 public:
  JournalApi(rpc::Serve& serve, Queries& queries, Operations& operations, OwnerStatus& status,
             feed::ParkedEvents parked)
      : serve_(serve),
        queries_(queries),
        operations_(operations),
        status_(status),
        parked_(std::move(parked)) {}

  Reactor* ListRecordHistory(Context* context, const v1::ListRecordHistoryRequest* request,
                             v1::ListRecordHistoryResponse* answer) override {
    return serve_.Run<&Queries::ListRecordHistory>(queries_, __func__, context, request, answer);
  }
  Reactor* ListBucketDigests(Context* context, const v1::ListBucketDigestsRequest* request,
                             v1::ListBucketDigestsResponse* answer) override {
    return serve_.Run<&Queries::ListBucketDigests>(queries_, __func__, context, request, answer);
  }
  Reactor* ListBucket(Context* context, const v1::ListBucketRequest* request,
                      v1::ListBucketResponse* answer) override {
    return serve_.Run<&Queries::ListBucket>(queries_, __func__, context, request, answer);
  }
  Reactor* Republish(Context* context, const v1::RepublishRequest* request,
                     v1::RepublishResponse* answer) override {
    return serve_.Run<&Queries::Republish>(queries_, __func__, context, request, answer);
  }
  Reactor* VerifySeals(Context* context, const v1::VerifySealsRequest* request,
                       v1::VerifySealsResponse* answer) override {
    return serve_.Run<&Queries::VerifySeals>(queries_, __func__, context, request, answer);
  }
  Reactor* RaiseEpoch(Context* context, const v1::RaiseEpochRequest* request,
                      v1::RaiseEpochResponse* answer) override {
    return serve_.Run<&Operations::RaiseEpoch>(operations_, __func__, context, request, answer);
  }
  Reactor* ListParkedEvents(Context* context, const v1::ListParkedEventsRequest* request,
                            v1::ListParkedEventsResponse* answer) override {
    return serve_.Unary(__func__, context, request, answer,
                        [this](const Call& call, auto& r) { return parked_.List(call, r); });
  }
  Reactor* ReplayParkedEvents(Context* context, const v1::ReplayParkedEventsRequest* request,
                              v1::ReplayParkedEventsResponse* answer) override {
    return serve_.Unary(__func__, context, request, answer, [this](const Call& call, auto& r) {
      return operations_.ReplayParkedEvents(call, r, parked_.Replay);
    });
  }
  Reactor* GetOwnerStatus(Context* context, const v1::GetOwnerStatusRequest* request,
                          v1::OwnerStatus* answer) override {
    return serve_.Run<&OwnerStatus::GetOwnerStatus>(status_, __func__, context, request, answer);
  }
  Reactor* RecordOperation(Context* context, const v1::RecordOperationRequest* request,
                           v1::Operation* answer) override {
    return serve_.Run<&Operations::RecordOperation>(operations_, __func__, context, request,
                                                    answer);
  }
  Reactor* EndOperation(Context* context, const v1::EndOperationRequest* request,
                        v1::Operation* answer) override {
    return serve_.Run<&Operations::EndOperation>(operations_, __func__, context, request, answer);
  }
  Reactor* ListOperations(Context* context, const v1::ListOperationsRequest* request,
                          v1::ListOperationsResponse* answer) override {
    return serve_.Run<&Operations::ListOperations>(operations_, __func__, context, request, answer);
  }

 private:
  rpc::Serve& serve_;
  Queries& queries_;
  Operations& operations_;
  OwnerStatus& status_;
  feed::ParkedEvents parked_;
};

}  // namespace

const google::protobuf::ServiceDescriptor& ApiDescriptor() {
  return *v1::Change::descriptor()->file()->FindServiceByName("JournalService");
}

std::unique_ptr<grpc::Service> MakeApi(rpc::Serve& serve, Queries& queries, Operations& operations,
                                       OwnerStatus& status, feed::ParkedEvents parked) {
  return std::make_unique<JournalApi>(serve, queries, operations, status, std::move(parked));
}

}  // namespace lienthong::journal
