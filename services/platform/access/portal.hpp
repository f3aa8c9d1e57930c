#pragma once

#include "platform/rpc/call.hpp"

namespace lienthong::access {

/// For what services call and only the portal may, which speaks for citizens. Throws
/// SYSTEM_NOT_ALLOWED (PERMISSION_DENIED) for any other system.
void RequirePortal(const rpc::Call& call);

}  // namespace lienthong::access
