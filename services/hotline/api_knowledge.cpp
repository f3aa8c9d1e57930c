#include "hotline/api_knowledge.hpp"

#include <memory>

#include "lienthong/hotline/v1/knowledge.grpc.pb.h"

namespace lienthong::hotline {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class Served final : public v1::KnowledgeService::CallbackService {
  using Service = hotline::KnowledgeService;

 public:
  Served(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* SaveArticle(Context* context, const v1::SaveArticleRequest* request,
                       v1::Article* answer) override {
    return serve_.Run<&Service::SaveArticle>(service_, __func__, context, request, answer);
  }
  Reactor* PublishArticle(Context* context, const v1::PublishArticleRequest* request,
                          v1::Article* answer) override {
    return serve_.Run<&Service::PublishArticle>(service_, __func__, context, request, answer);
  }
  Reactor* RetireArticle(Context* context, const v1::RetireArticleRequest* request,
                         v1::Article* answer) override {
    return serve_.Run<&Service::RetireArticle>(service_, __func__, context, request, answer);
  }
  Reactor* GetArticle(Context* context, const v1::GetArticleRequest* request,
                      v1::Article* answer) override {
    return serve_.Run<&Service::GetArticle>(service_, __func__, context, request, answer);
  }
  Reactor* FindArticles(Context* context, const v1::FindArticlesRequest* request,
                        v1::FindArticlesResponse* answer) override {
    return serve_.Run<&Service::FindArticles>(service_, __func__, context, request, answer);
  }
  Reactor* SaveTemplate(Context* context, const v1::SaveTemplateRequest* request,
                        v1::AnswerTemplate* answer) override {
    return serve_.Run<&Service::SaveTemplate>(service_, __func__, context, request, answer);
  }
  Reactor* PublishTemplate(Context* context, const v1::PublishTemplateRequest* request,
                           v1::AnswerTemplate* answer) override {
    return serve_.Run<&Service::PublishTemplate>(service_, __func__, context, request, answer);
  }
  Reactor* RetireTemplate(Context* context, const v1::RetireTemplateRequest* request,
                          v1::AnswerTemplate* answer) override {
    return serve_.Run<&Service::RetireTemplate>(service_, __func__, context, request, answer);
  }
  Reactor* ListTemplates(Context* context, const v1::ListTemplatesRequest* request,
                         v1::ListTemplatesResponse* answer) override {
    return serve_.Run<&Service::ListTemplates>(service_, __func__, context, request, answer);
  }
  Reactor* RenderTemplate(Context* context, const v1::RenderTemplateRequest* request,
                          v1::RenderTemplateResponse* answer) override {
    return serve_.Run<&Service::RenderTemplate>(service_, __func__, context, request, answer);
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

}  // namespace

owner::Api KnowledgeApi(KnowledgeService& service) {
  return owner::ApiOf<Served, v1::SaveArticleRequest>(service);
}

}  // namespace lienthong::hotline
