#pragma once

#include <cstdlib>
#include <string_view>

namespace lienthong::base {

/// Is this fault built in on purpose, to prove that the checks find it (tools/faults --sabotage)?
/// Only the binaries of the target `sabotaged` know the faults, and heed only the one named in
/// the environment variable LIENTHONG_SABOTAGE; in all others this is false at compile time.
inline bool Sabotaged([[maybe_unused]] std::string_view name) {
#ifdef LIENTHONG_SABOTAGE
  static const char* const chosen = std::getenv("LIENTHONG_SABOTAGE");
  return chosen != nullptr && name == chosen;
#else
  return false;
#endif
}

}  // namespace lienthong::base
