#include "platform/rpc/client.hpp"

#include <chrono>
#include <optional>

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include "platform/base/file.hpp"
#include "platform/rpc/host_metrics.hpp"

namespace lienthong::rpc {
namespace {

/// Between two attempts: who was away for long is found again soon (gRPC's own: 2 minutes).
constexpr int kRetryMillisecondsMax = 2000;

std::string ReadCertificate(const std::string& path) {
  std::optional<std::string> text = base::ReadFile(path);
  if (!text || text->empty()) {
    throw base::Unavailable("CERTIFICATE_UNREADABLE", "certificate file cannot be read: " + path);
  }
  return *std::move(text);
}

std::optional<base::ErrorKind> KindOf(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::INVALID_ARGUMENT:
      return base::ErrorKind::kInvalid;
    case grpc::StatusCode::NOT_FOUND:
      return base::ErrorKind::kNotFound;
    case grpc::StatusCode::PERMISSION_DENIED:
      return base::ErrorKind::kDenied;
    case grpc::StatusCode::UNAUTHENTICATED:
      return base::ErrorKind::kUnauthenticated;
    case grpc::StatusCode::ALREADY_EXISTS:
      return base::ErrorKind::kConflict;
    case grpc::StatusCode::FAILED_PRECONDITION:
      return base::ErrorKind::kTransition;
    case grpc::StatusCode::ABORTED:
      return base::ErrorKind::kAborted;
    case grpc::StatusCode::UNAVAILABLE:
      return base::ErrorKind::kUnavailable;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return base::ErrorKind::kExhausted;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return base::ErrorKind::kDeadline;
    case grpc::StatusCode::CANCELLED:
      return base::ErrorKind::kCancelled;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::shared_ptr<grpc::Channel> OpenChannel(const std::string& address, const Identity& identity) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = ReadCertificate(identity.ca);
  tls.pem_cert_chain = ReadCertificate(identity.certificate);
  tls.pem_private_key = ReadCertificate(identity.key);
  ShowCertificate(identity.certificate);
  ShowAuthority(identity.ca);
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kRetryMillisecondsMax);
  return grpc::CreateCustomChannel(address, grpc::SslCredentials(tls), arguments);
}

base::Error ErrorOf(const grpc::Status& status) {
  const std::optional<base::ErrorKind> kind = KindOf(status.error_code());
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  bool is_ours = false;
  if (kind && details.ParseFromString(status.error_details())) {
    for (const auto& detail : details.details()) is_ours = is_ours || detail.UnpackTo(&info);
  }
  if (!is_ours) {
    if (kind == base::ErrorKind::kDeadline) {
      return {base::ErrorKind::kDeadline, "DEADLINE_EXCEEDED", "the deadline has passed"};
    }
    if (kind == base::ErrorKind::kCancelled) return base::Cancelled();
    return base::Unavailable("BACKEND_UNAVAILABLE", "a service does not answer");
  }
  base::Error error(*kind, info.reason(), status.error_message());
  error.metadata.insert(info.metadata().begin(), info.metadata().end());
  google::rpc::BadRequest request;
  google::rpc::RetryInfo retry;
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&request)) {
      for (const auto& violation : request.field_violations()) {
        error.violations.push_back({violation.field(), violation.description()});
      }
    } else if (detail.UnpackTo(&retry)) {
      error.retry_after = std::chrono::seconds(retry.retry_delay().seconds()) +
                          std::chrono::milliseconds(retry.retry_delay().nanos() / 1'000'000);
    }
  }
  return error;
}

}  // namespace lienthong::rpc
