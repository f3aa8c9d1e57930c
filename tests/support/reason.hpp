#pragma once

#include <string>

#include "platform/base/error.hpp"

namespace lienthong::support {

/// The reason of the error that `call` throws; "" when it throws none.
template <class Call>
std::string ReasonOf(const Call& call) {
  try {
    call();
  } catch (const base::Error& error) {
    return error.reason;
  }
  return "";
}

}  // namespace lienthong::support
