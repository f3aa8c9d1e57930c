#pragma once

#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>

#include "platform/base/error.hpp"

namespace lienthong::rpc {

/// Paths of the files that say who we are to others.
struct Identity {
  std::string ca;
  std::string certificate;
  std::string key;
};

/// A mutual TLS channel to `address`; connects when it is used. Throws base::Error kUnavailable
/// CERTIFICATE_UNREADABLE when a file cannot be read.
std::shared_ptr<grpc::Channel> OpenChannel(const std::string& address, const Identity& identity);

/// What a service answered instead of an answer, as the error that it threw there: kind, reason,
/// violations, metadata, time to retry. A status without ErrorInfo (no connection, a limit of gRPC,
/// an unexpected code) is kUnavailable BACKEND_UNAVAILABLE, kDeadline or kCancelled.
base::Error ErrorOf(const grpc::Status& status);

}  // namespace lienthong::rpc
