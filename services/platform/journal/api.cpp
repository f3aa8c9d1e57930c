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
  JournalApi(rpc::Serve& serve, Queries& queries, feed::ParkedEvents parked)
      : serve_(serve), queries_(queries), parked_(std::move(parked)) {}

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
    return serve_.Run<&Queries::RaiseEpoch>(queries_, __func__, context, request, answer);
  }
  Reactor* ListParkedEvents(Context* context, const v1::ListParkedEventsRequest* request,
                            v1::ListParkedEventsResponse* answer) override {
    return serve_.Unary(__func__, context, request, answer,
                        [this](const Call& call, auto& r) { return parked_.List(call, r); });
  }
  Reactor* ReplayParkedEvents(Context* context, const v1::ReplayParkedEventsRequest* request,
                              v1::ReplayParkedEventsResponse* answer) override {
    return serve_.Unary(__func__, context, request, answer,
                        [this](const Call& call, auto& r) { return parked_.Replay(call, r); });
  }

 private:
  rpc::Serve& serve_;
  Queries& queries_;
  feed::ParkedEvents parked_;
};

}  // namespace

const google::protobuf::ServiceDescriptor& ApiDescriptor() {
  return *v1::Change::descriptor()->file()->FindServiceByName("JournalService");
}

std::unique_ptr<grpc::Service> MakeApi(rpc::Serve& serve, Queries& queries,
                                       feed::ParkedEvents parked) {
  return std::make_unique<JournalApi>(serve, queries, std::move(parked));
}

}  // namespace lienthong::journal
