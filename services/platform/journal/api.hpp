#pragma once

#include <memory>

#include <grpcpp/impl/service_type.h>

#include "platform/feed/parked_api.hpp"
#include "platform/journal/operations.hpp"
#include "platform/journal/owner_status.hpp"
#include "platform/journal/queries.hpp"
#include "platform/rpc/serve.hpp"

namespace lienthong::journal {

/// Of JournalService, for its rpc::Serve.
const google::protobuf::ServiceDescriptor& ApiDescriptor();

/// JournalService of an owner: which use case answers which RPC is in api.cpp. `parked` lists and
/// replays what the service's feed reader could not apply; a service without a reader passes an
/// empty one. Any thread; ends after the server has drained.
std::unique_ptr<grpc::Service> MakeApi(rpc::Serve& serve, Queries& queries, Operations& operations,
                                       OwnerStatus& status, feed::ParkedEvents parked);

}  // namespace lienthong::journal
