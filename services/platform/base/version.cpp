#include "platform/base/version.hpp"

namespace lienthong::base {

const char* Version() { return LIENTHONG_VERSION; }

}  // namespace lienthong::base
