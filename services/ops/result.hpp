#pragma once

#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

namespace lienthong::ops {

/// Keys stay in the order in which they are written.
using Json = nlohmann::ordered_json;

/// The exit code of the command; of several the last in this list that applies.
enum class Exit {
  kWell = 0,         ///< looked, and everything is as it should be
  kWrong = 1,        ///< looked, and something is not, or was refused
  kUsage = 2,        ///< wrong usage or configuration: nothing was done
  kUnreachable = 3,  ///< something could not be reached, so nothing can be said of it
};

/// The worse of two looks. A process that cannot be reached outweighs one that is known to be
/// wrong: what it would have said may be worse still.
inline Exit Worse(Exit one, Exit other) { return one < other ? other : one; }

/// What a command has to say: as text for a terminal and as one JSON document.
struct Result {
  std::string text;
  Json json;
  Exit exit = Exit::kWell;
};

/// The command was asked for something that it cannot do; told on standard error, exit 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace lienthong::ops
