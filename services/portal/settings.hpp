#pragma once

#include <chrono>
#include <string>

#include "platform/base/config.hpp"
#include "platform/rpc/server.hpp"
#include "portal/backend.hpp"
#include "portal/http.hpp"
#include "portal/limits.hpp"
#include "portal/open311.hpp"
#include "portal/pages.hpp"

namespace lienthong::portal {

struct Settings {
  rpc::ServerOptions server;  ///< gRPC, for its health alone
  std::string redis;
  std::chrono::seconds business_offset{0};
  HttpOptions http;
  Backend::Options backend;
  Limits::Options limits;
  Open311::Options open311;
  Pages::Options pages;
  /// The same in all copies of the portal: of forms, and of the hashes that stand for addresses.
  std::string secret;
};

/// Throws base::ConfigError naming every mistake. The variables are in the README.
Settings ReadSettings(base::Config& config);

}  // namespace lienthong::portal
