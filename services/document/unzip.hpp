#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace lienthong::document {

/// The bytes of the one entry of a ZIP archive, in flat memory. `read` gives bytes of the archive
/// from an offset on, none at its end; `write` may throw, for example once it has too many. Throws
/// PACKET_INVALID (21) when it is no archive, has not exactly one entry, or a password.
void UnzipOne(std::int64_t size_bytes, const std::function<std::string(std::int64_t offset)>& read,
              const std::function<void(std::string_view)>& write);

}  // namespace lienthong::document
