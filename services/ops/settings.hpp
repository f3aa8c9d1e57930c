#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/config.hpp"
#include "platform/rpc/client.hpp"

namespace lienthong::ops {

/// Read when neither --config nor LIENTHONG_CONFIG names another; need not exist.
inline constexpr const char* kUsualConfigFile = "/etc/lienthong/ops.env";

/// Where the province's processes are, and who we are to them. What a command does not need may be
/// absent.
struct Settings {
  rpc::Identity identity;                       ///< the certificate of `ops`
  std::map<std::string, std::string> owners;    ///< name -> address
  std::map<std::string, std::string> replicas;  ///< unit -> address of the process with its copy
  std::string alertmanager;                     ///< URL without a slash at its end
};

/// What of the settings a command needs.
struct Needs {
  bool services = false;      ///< certificate, owners and replicas
  bool alertmanager = false;  ///< its URL
};

/// {NAME: value} of a file of lines NAME=value, comments (#) and empty lines; a value may stand in
/// single or double quotes, as in an EnvironmentFile of systemd. Throws base::ConfigError with the
/// number of a line that is none of these.
std::map<std::string, std::string> ParseVariables(const std::string& text, const std::string& file);

/// From the environment, and from `file` what is not set there. Throws base::ConfigError.
base::Config::Lookup LookupOf(const std::string& file);

/// Throws base::ConfigError that names every mistake, also a certificate that cannot be read.
Settings ReadSettings(base::Config::Lookup lookup, const Needs& needs);

}  // namespace lienthong::ops
