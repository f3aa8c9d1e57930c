#pragma once

#include <string>
#include <string_view>

namespace lienthong::rpc {

/// The caller's `traceparent` (W3C Trace Context, level 1) where it is valid, as version 00;
/// otherwise a new one. Its flag "sampled" is off: no spans are recorded here.
std::string AcceptTraceparent(std::string_view value);

/// The 32 hex digits under which a call is found in the logs.
std::string TraceId(std::string_view traceparent);

}  // namespace lienthong::rpc
