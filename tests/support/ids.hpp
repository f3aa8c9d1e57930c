#pragma once

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <string>

#include "platform/base/id.hpp"

namespace lienthong::support {

/// Ids that a test can foretell: 019a0000-0000-7000-8000-000000000001, ...2, in order.
class CountingIds final : public base::Ids {
 public:
  std::string New() override {
    char text[37];
    std::snprintf(text, sizeof text, "019a0000-0000-7000-8000-%012llx",
                  static_cast<unsigned long long>(++last_));
    return text;
  }

 private:
  std::atomic<std::uint64_t> last_ = 0;
};

}  // namespace lienthong::support
