#include "platform/journal/views.hpp"

#include <algorithm>

#include "platform/base/error.hpp"
#include "platform/pg/values.hpp"

namespace lienthong::journal {

std::optional<std::string> ViewFor(const Audience& audience, const rpc::Call& call) {
  if (call.system_kind == rpc::SystemKind::kOps && !audience.empty()) return "full";
  return ViewOf(audience, call.caller);
}

std::string StateOf(const pg::Field& views, const pg::Field& states, const std::string& view) {
  if (states.is_null()) throw base::NotFound();
  const std::vector<std::string> names = pg::ParseTextArray(views);
  const auto found = std::find(names.begin(), names.end(), view);
  if (found == names.end()) throw base::NotFound();
  return pg::ParseTextArray(states).at(static_cast<std::size_t>(found - names.begin()));
}

}  // namespace lienthong::journal
