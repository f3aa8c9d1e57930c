#include "platform/access/portal.hpp"

#include "platform/base/error.hpp"

namespace lienthong::access {
namespace {

constexpr const char* kPortal = "service-portal";

}  // namespace

void RequirePortal(const rpc::Call& call) {
  if (call.system == kPortal) return;
  throw base::Denied("SYSTEM_NOT_ALLOWED", "only the portal calls for citizens");
}

}  // namespace lienthong::access
