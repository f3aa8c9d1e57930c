#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "document/service_exchange.hpp"

namespace lienthong::document {

inline constexpr std::size_t kFirstBytes = 4;  ///< of a file, that tell a ZIP

/// A packet on its way in.
struct ExchangeService::Incoming {
  edxml::Packet packet;
  std::vector<std::string> first_bytes;  ///< of its attachments
  files::UploadRow upload;
  edxml::Business business = edxml::Business::kNew;
};

}  // namespace lienthong::document
