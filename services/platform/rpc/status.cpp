#include "platform/rpc/status.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

namespace lienthong::rpc {
namespace {

// A client refuses trailers above 8 KiB, base64 takes a third more, so about 5 KiB are ours.
constexpr std::size_t kViolationsMax = 10;
constexpr std::size_t kMetadataMax = 10;
constexpr std::size_t kTextBytesMax = 200;

grpc::StatusCode CodeOf(base::ErrorKind kind) {
  switch (kind) {
    case base::ErrorKind::kInvalid:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case base::ErrorKind::kNotFound:
      return grpc::StatusCode::NOT_FOUND;
    case base::ErrorKind::kDenied:
      return grpc::StatusCode::PERMISSION_DENIED;
    case base::ErrorKind::kUnauthenticated:
      return grpc::StatusCode::UNAUTHENTICATED;
    case base::ErrorKind::kConflict:
      return grpc::StatusCode::ALREADY_EXISTS;
    case base::ErrorKind::kTransition:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case base::ErrorKind::kAborted:
      return grpc::StatusCode::ABORTED;
    case base::ErrorKind::kUnavailable:
      return grpc::StatusCode::UNAVAILABLE;
    case base::ErrorKind::kExhausted:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case base::ErrorKind::kDeadline:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    case base::ErrorKind::kCancelled:
      return grpc::StatusCode::CANCELLED;
  }
  return grpc::StatusCode::INTERNAL;
}

/// Cut without leaving half a UTF-8 character: a proto3 string must stay valid.
std::string Cut(const std::string& text) {
  if (text.size() <= kTextBytesMax) return text;
  std::size_t size = kTextBytesMax;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

grpc::Status Build(grpc::StatusCode code, const base::Error& error, const std::string& domain) {
  google::rpc::Status details;
  details.set_code(static_cast<int>(code));
  details.set_message(Cut(error.what()));

  google::rpc::ErrorInfo info;
  info.set_domain(domain);
  info.set_reason(error.reason);
  for (const auto& [key, value] : error.metadata) {
    if (static_cast<std::size_t>(info.metadata_size()) == kMetadataMax) break;
    (*info.mutable_metadata())[Cut(key)] = Cut(value);
  }
  details.add_details()->PackFrom(info);

  if (!error.violations.empty()) {
    google::rpc::BadRequest bad_request;
    const std::size_t count = std::min(error.violations.size(), kViolationsMax);
    for (std::size_t i = 0; i < count; ++i) {
      auto* const violation = bad_request.add_field_violations();
      violation->set_field(Cut(error.violations[i].field));
      violation->set_description(Cut(error.violations[i].description));
    }
    details.add_details()->PackFrom(bad_request);
  }
  if (error.retry_after.count() > 0) {
    google::rpc::RetryInfo retry;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(error.retry_after);
    const std::chrono::nanoseconds rest = error.retry_after - seconds;
    retry.mutable_retry_delay()->set_seconds(seconds.count());
    retry.mutable_retry_delay()->set_nanos(static_cast<int>(rest.count()));
    details.add_details()->PackFrom(retry);
  }
  return {code, details.message(), details.SerializeAsString()};
}

}  // namespace

grpc::Status ToStatus(const base::Error& error, const std::string& domain) {
  return Build(CodeOf(error.kind), error, domain);
}

grpc::Status InternalStatus(const std::string& domain, const std::string& trace_id) {
  // The kind is not used: no kind stands for a defect.
  const base::Error error =
      base::Error(base::ErrorKind::kUnavailable, "INTERNAL", "internal error; see trace_id")
          .With("trace_id", trace_id);
  return Build(grpc::StatusCode::INTERNAL, error, domain);
}

const char* NameOf(grpc::StatusCode code) {
  static constexpr std::array kNames = {
      "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
      "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
      "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
      "DataLoss", "Unauthenticated"};
  const auto at = static_cast<std::size_t>(code);
  return at < kNames.size() ? kNames[at] : "Unknown";
}

}  // namespace lienthong::rpc
