#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

namespace lienthong::rpc {

/// gRPC answers a unary request that it cannot parse (text that is not UTF-8, broken bytes) with
/// UNIMPLEMENTED and no text, before any code of ours runs. This makes it INVALID_ARGUMENT with
/// FIELD_INVALID, and counts the call. Streams see to it themselves (serve_stream.hpp).
class MalformedFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override;
};

}  // namespace lienthong::rpc
