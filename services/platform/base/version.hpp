#pragma once

namespace lienthong::base {

/// Version of the program, as CMakeLists.txt says it: "0.7.0".
const char* Version();

}  // namespace lienthong::base
