#pragma once

#include <memory>

#include <grpcpp/impl/service_type.h>

#include "platform/rpc/serve.hpp"
#include "registry/service.hpp"

namespace lienthong::registry {

/// Of RegistryService, for its rpc::Serve.
const google::protobuf::ServiceDescriptor& ApiDescriptor();

/// RegistryService: which use case answers which RPC is in api.cpp. Any thread; ends after the
/// server has drained.
std::unique_ptr<grpc::Service> MakeApi(rpc::Serve& serve, RegistryService& service);

}  // namespace lienthong::registry
