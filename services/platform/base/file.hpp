#pragma once

#include <optional>
#include <string>

namespace lienthong::base {

/// All of a file; nullopt when it cannot be read.
std::optional<std::string> ReadFile(const std::string& path);

}  // namespace lienthong::base
