#pragma once

#include <string>
#include <utility>

#include "platform/base/error.hpp"
#include "portal/request.hpp"

namespace lienthong::portal::open311 {

/// All that is wrong with the arguments of a call, told at once: the standard's list of errors.
class Faults {
 public:
  void Add(std::string field, std::string description) {
    error_.violations.push_back({std::move(field), std::move(description)});
  }
  /// Throws FIELD_INVALID when there are any.
  void Check() const {
    if (!error_.violations.empty()) throw error_;
  }

 private:
  base::Error error_{base::ErrorKind::kInvalid, "FIELD_INVALID", "an argument is wrong"};
};

/// An argument that the standard has once.
inline void CheckOnce(const Values& values, const char* name, Faults& faults) {
  if (values.All(name).size() > 1) faults.Add(name, "is given more than once");
}

}  // namespace lienthong::portal::open311
