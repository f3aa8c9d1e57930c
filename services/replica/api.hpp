#pragma once

#include <memory>

#include <grpcpp/impl/service_type.h>

#include "platform/rpc/serve.hpp"
#include "replica/service.hpp"

namespace lienthong::replica {

/// Of ReplicaService, for its rpc::Serve.
const google::protobuf::ServiceDescriptor& ApiDescriptor();

/// ReplicaService: which use case answers which RPC is in api.cpp. Any thread; ends after the
/// server has drained.
std::unique_ptr<grpc::Service> MakeApi(rpc::Serve& serve, ReplicaService& service);

}  // namespace lienthong::replica
