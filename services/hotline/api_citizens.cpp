#include "hotline/api_citizens.hpp"

#include <memory>

#include "lienthong/hotline/v1/api_keys.grpc.pb.h"
#include "lienthong/hotline/v1/citizens.grpc.pb.h"
#include "lienthong/hotline/v1/indicators.grpc.pb.h"

namespace lienthong::hotline {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class CitizenApi final : public v1::CitizenService::CallbackService {
  using Service = hotline::CitizenService;

 public:
  CitizenApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* SubmitReport(Context* context, const v1::SubmitReportRequest* request,
                        v1::SubmitReportResponse* answer) override {
    return serve_.Run<&Service::SubmitReport>(service_, __func__, context, request, answer);
  }
  Reactor* FollowReport(Context* context, const v1::FollowReportRequest* request,
                        v1::FollowedReport* answer) override {
    return serve_.Run<&Service::FollowReport>(service_, __func__, context, request, answer);
  }
  Reactor* RateReport(Context* context, const v1::RateReportRequest* request,
                      v1::FollowedReport* answer) override {
    return serve_.Run<&Service::RateReport>(service_, __func__, context, request, answer);
  }
  Reactor* ReopenReport(Context* context, const v1::ReopenReportRequest* request,
                        v1::FollowedReport* answer) override {
    return serve_.Run<&Service::ReopenReport>(service_, __func__, context, request, answer);
  }
  Reactor* ReplyToQuestion(Context* context, const v1::ReplyToQuestionRequest* request,
                           v1::FollowedReport* answer) override {
    return serve_.Run<&Service::ReplyToQuestion>(service_, __func__, context, request, answer);
  }
  Reactor* ListPublicTickets(Context* context, const v1::ListPublicTicketsRequest* request,
                             v1::ListPublicTicketsResponse* answer) override {
    return serve_.Run<&Service::ListPublicTickets>(service_, __func__, context, request, answer);
  }
  Reactor* GetPublicTicket(Context* context, const v1::GetPublicTicketRequest* request,
                           v1::PublicTicket* answer) override {
    return serve_.Run<&Service::GetPublicTicket>(service_, __func__, context, request, answer);
  }
  Reactor* GetPublicPhoto(Context* context, const v1::GetPublicPhotoRequest* request,
                          v1::PublicPhoto* answer) override {
    return serve_.Run<&Service::GetPublicPhoto>(service_, __func__, context, request, answer);
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

class ApiKeyApi final : public v1::ApiKeyService::CallbackService {
  using Service = hotline::ApiKeyService;

 public:
  ApiKeyApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* CreateApiKey(Context* context, const v1::CreateApiKeyRequest* request,
                        v1::CreateApiKeyResponse* answer) override {
    return serve_.Run<&Service::CreateApiKey>(service_, __func__, context, request, answer);
  }
  Reactor* RevokeApiKey(Context* context, const v1::RevokeApiKeyRequest* request,
                        v1::ApiKey* answer) override {
    return serve_.Run<&Service::RevokeApiKey>(service_, __func__, context, request, answer);
  }
  Reactor* ListApiKeys(Context* context, const v1::ListApiKeysRequest* request,
                       v1::ListApiKeysResponse* answer) override {
    return serve_.Run<&Service::ListApiKeys>(service_, __func__, context, request, answer);
  }
  Reactor* CheckApiKey(Context* context, const v1::CheckApiKeyRequest* request,
                       v1::ApiKey* answer) override {
    return serve_.Run<&Service::CheckApiKey>(service_, __func__, context, request, answer);
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

class IndicatorApi final : public v1::IndicatorService::CallbackService {
  using Service = hotline::IndicatorService;

 public:
  IndicatorApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* GetIndicators(Context* context, const v1::GetIndicatorsRequest* request,
                         v1::Indicators* answer) override {
    return serve_.Run<&Service::GetIndicators>(service_, __func__, context, request, answer);
  }
  Reactor* GetPublicIndicators(Context* context, const v1::GetPublicIndicatorsRequest* request,
                               v1::PublicIndicators* answer) override {
    return serve_.Run<&Service::GetPublicIndicators>(service_, __func__, context, request, answer);
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

}  // namespace

owner::Api ApiKeysApi(ApiKeyService& service) {
  return owner::ApiOf<ApiKeyApi, v1::CheckApiKeyRequest>(service);
}

owner::Api CitizensApi(CitizenService& service) {
  return owner::ApiOf<CitizenApi, v1::FollowReportRequest>(service);
}

owner::Api IndicatorsApi(IndicatorService& service) {
  return owner::ApiOf<IndicatorApi, v1::GetIndicatorsRequest>(service);
}

}  // namespace lienthong::hotline
