#pragma once

#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>
#include <string>

#include <grpcpp/grpcpp.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace lienthong::support {

/// A channel to 127.0.0.1:`port` under the certificate `name` of a folder; empty = without
/// one.
inline std::shared_ptr<grpc::Channel> Connect(const std::string& folder, const std::string& name,
                                              int port) {
  const auto read = [&](const std::string& file) {
    std::ifstream stream(folder + "/" + file);
    return std::string((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  };
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = read("ca.crt");
  if (!name.empty()) {
    tls.pem_private_key = read(name + ".key");
    tls.pem_cert_chain = read(name + ".crt");
  }
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // one connection for each channel
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port), grpc::SslCredentials(tls),
                                   arguments);
}

/// Detail of one type in a status; empty when there is none.
template <class Detail>
Detail DetailOf(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  Detail detail;
  for (const auto& any : details.details()) {
    if (any.UnpackTo(&detail)) break;
  }
  return detail;
}
/// The first field at fault; empty when none is named.
inline std::string FieldOf(const grpc::Status& status) {
  const auto request = DetailOf<google::rpc::BadRequest>(status);
  return request.field_violations_size() > 0 ? request.field_violations(0).field() : "";
}
inline std::string ReasonOf(const grpc::Status& status) {
  return DetailOf<google::rpc::ErrorInfo>(status).reason();
}

/// Status of a call, with the reason of its ErrorInfo.
struct Outcome {
  grpc::StatusCode code = grpc::OK;
  std::string reason;

  friend bool operator==(const Outcome&, const Outcome&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
    return out << outcome.code << ' ' << outcome.reason;
  }
};

inline const Outcome kDone{};
inline const Outcome kNotFound{grpc::NOT_FOUND, "RECORD_NOT_FOUND"};
inline const Outcome kFieldInvalid{grpc::INVALID_ARGUMENT, "FIELD_INVALID"};

inline Outcome OutcomeOf(const grpc::Status& status) {
  return {status.error_code(), ReasonOf(status)};
}

}  // namespace lienthong::support
