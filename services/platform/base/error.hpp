#pragma once

#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lienthong::base {

/// What went wrong, as a client sees it; rpc/status maps each to one gRPC status.
enum class ErrorKind {
  kInvalid,          ///< INVALID_ARGUMENT
  kNotFound,         ///< NOT_FOUND: absent, or not visible to the caller
  kDenied,           ///< PERMISSION_DENIED
  kUnauthenticated,  ///< UNAUTHENTICATED
  kConflict,         ///< ALREADY_EXISTS: a natural key is taken
  kTransition,       ///< FAILED_PRECONDITION: the state of the record does not allow it
  kAborted,          ///< ABORTED: stale version or a concurrent change
  kUnavailable,      ///< UNAVAILABLE: repeat with the same request id
  kExhausted,        ///< RESOURCE_EXHAUSTED
  kDeadline,         ///< DEADLINE_EXCEEDED
  kCancelled,        ///< CANCELLED
};

struct FieldViolation {
  std::string field;        ///< path of the field in the request: "citizen.birth_date"
  std::string description;  ///< English, without personal data
};

/// The one exception of business code. Never holds personal data or text of a driver.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string reason, const std::string& message)
      : std::runtime_error(message), kind(kind), reason(std::move(reason)) {}

  Error&& Field(std::string field, std::string description) && {
    violations.push_back({std::move(field), std::move(description)});
    return std::move(*this);
  }
  Error&& With(std::string key, std::string value) && {
    metadata.emplace(std::move(key), std::move(value));
    return std::move(*this);
  }
  Error&& RetryAfter(std::chrono::milliseconds delay) && {
    retry_after = delay;
    return std::move(*this);
  }

  ErrorKind kind;
  std::string reason;  ///< stable, an enum value of a proto without its prefix: "VERSION_STALE"
  std::vector<FieldViolation> violations;
  std::map<std::string, std::string> metadata;
  std::chrono::milliseconds retry_after{0};  ///< 0 = retrying does not help
};

inline Error Invalid(std::string reason, std::string field, const std::string& description) {
  return Error(ErrorKind::kInvalid, std::move(reason),
               field.empty() ? description : field + ": " + description)
      .Field(std::move(field), description);
}
/// A field is at fault: reason FIELD_INVALID.
inline Error InvalidField(std::string field, const std::string& description) {
  return Invalid("FIELD_INVALID", std::move(field), description);
}
inline Error NotFound() { return {ErrorKind::kNotFound, "RECORD_NOT_FOUND", "no such record"}; }
inline Error Denied(std::string reason, const std::string& message) {
  return {ErrorKind::kDenied, std::move(reason), message};
}
inline Error Conflict(std::string reason, const std::string& message) {
  return {ErrorKind::kConflict, std::move(reason), message};
}
inline Error Transition(std::string reason, const std::string& message) {
  return {ErrorKind::kTransition, std::move(reason), message};
}
inline Error Aborted(std::string reason, const std::string& message) {
  return {ErrorKind::kAborted, std::move(reason), message};
}
inline Error Cancelled() { return {ErrorKind::kCancelled, "CANCELLED", "cancelled by the caller"}; }
inline Error Unavailable(std::string reason, const std::string& message,
                         std::chrono::milliseconds retry_after = std::chrono::milliseconds(200)) {
  return Error(ErrorKind::kUnavailable, std::move(reason), message).RetryAfter(retry_after);
}
inline Error Exhausted(std::string reason, const std::string& message,
                       std::chrono::milliseconds retry_after) {
  return Error(ErrorKind::kExhausted, std::move(reason), message).RetryAfter(retry_after);
}

}  // namespace lienthong::base
