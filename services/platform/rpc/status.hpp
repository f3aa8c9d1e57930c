#pragma once

#include <string>

#include <grpcpp/grpcpp.h>

#include "platform/base/error.hpp"

namespace lienthong::rpc {

/// The one error table (ARCHITECTURE 8): status code and google.rpc.Status details of an error:
/// one ErrorInfo with `domain` and the reason, BadRequest with the field violations, RetryInfo
/// where retrying helps. Details are bounded, so that they fit into a header block (8 KiB).
grpc::Status ToStatus(const base::Error& error, const std::string& domain);

/// For everything that is not a base::Error: INTERNAL with a fixed text; the cause is in the log
/// under `trace_id`.
grpc::Status InternalStatus(const std::string& domain, const std::string& trace_id);

/// The code as metrics name it: "OK", "NotFound", "Canceled".
const char* NameOf(grpc::StatusCode code);

}  // namespace lienthong::rpc
