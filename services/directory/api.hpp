#pragma once

#include <memory>

#include <grpcpp/impl/service_type.h>

#include "directory/service.hpp"
#include "platform/rpc/serve.hpp"

namespace lienthong::directory {

/// Of DirectoryService, for its rpc::Serve.
const google::protobuf::ServiceDescriptor& ApiDescriptor();

/// DirectoryService: which use case answers which RPC is in api.cpp. Any thread; ends after the
/// server has drained.
std::unique_ptr<grpc::Service> MakeApi(rpc::Serve& serve, DirectoryService& service);

}  // namespace lienthong::directory
