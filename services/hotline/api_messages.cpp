#include "hotline/api_messages.hpp"

#include <memory>

#include "lienthong/hotline/v1/messages.grpc.pb.h"

namespace lienthong::hotline {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class MessageApi final : public v1::MessageService::CallbackService {
  using Service = hotline::MessageService;

 public:
  MessageApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* ListMessages(Context* context, const v1::ListMessagesRequest* request,
                        v1::ListMessagesResponse* answer) override {
    return serve_.Run<&Service::ListMessages>(service_, __func__, context, request, answer);
  }
  Reactor* RetryMessage(Context* context, const v1::RetryMessageRequest* request,
                        v1::Message* answer) override {
    return serve_.Run<&Service::RetryMessage>(service_, __func__, context, request, answer);
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

}  // namespace

owner::Api MessagesApi(MessageService& service) {
  return owner::ApiOf<MessageApi, v1::ListMessagesRequest>(service);
}

}  // namespace lienthong::hotline
