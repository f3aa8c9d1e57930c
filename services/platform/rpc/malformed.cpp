#include "platform/rpc/malformed.hpp"

#include <chrono>
#include <string>
#include <string_view>

#include "platform/base/log.hpp"
#include "platform/rpc/metrics.hpp"
#include "platform/rpc/serve_core.hpp"
#include "platform/rpc/status.hpp"

namespace lienthong::rpc {
namespace {

using grpc::experimental::InterceptionHookPoints;

constexpr std::string_view kOurs = "/lienthong.";

/// The service's name in "/lienthong.registry.v1.RegistryService/GetCitizen".
std::string DomainOf(std::string_view path) {
  const std::string_view rest = path.substr(kOurs.size());
  return std::string(rest.substr(0, rest.find('.')));
}

/// One call's; gRPC owns it and runs it on one thread at a time.
class Malformedness final : public grpc::experimental::Interceptor {
 public:
  explicit Malformedness(std::string_view path) : path_(path) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE) &&
        methods->GetRecvMessage() == nullptr) {
      found_ = true;
    }
    if (found_ && methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      methods->ModifySendStatus(Answer());
    }
    methods->Proceed();
  }

 private:
  grpc::Status Answer() const {
    const grpc::Status status = ToStatus(Malformed(), DomainOf(path_));
    const std::size_t slash = path_.find('/', 1);
    MethodMetrics metrics(std::string(path_.substr(1, slash - 1)),
                          std::string(path_.substr(slash + 1)), "unary");
    metrics.Started();
    metrics.Handled(status.error_code(), std::chrono::steady_clock::duration::zero());
    base::LogWarning("request cannot be parsed", {{"rpc", std::string(path_)}});
    return status;
  }

  std::string_view path_;  ///< of the registered method
  bool found_ = false;
};

}  // namespace

grpc::experimental::Interceptor* MalformedFactory::CreateServerInterceptor(
    grpc::experimental::ServerRpcInfo* info) {
  const std::string_view path = info->method();
  if (info->type() != grpc::experimental::ServerRpcInfo::Type::UNARY || !path.starts_with(kOurs)) {
    return nullptr;
  }
  return new Malformedness(path);
}

}  // namespace lienthong::rpc
