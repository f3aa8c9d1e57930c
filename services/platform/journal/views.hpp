#pragma once

#include <optional>
#include <string>

#include "platform/journal/record.hpp"
#include "platform/pg/result.hpp"
#include "platform/rpc/call.hpp"

namespace lienthong::journal {

/// Name of the view that a call may be shown; `ops` sees every record of units in full.
std::optional<std::string> ViewFor(const Audience& audience, const rpc::Call& call);

/// The state in one view, out of the parallel columns `views` and `states`. Throws NotFound when it
/// was erased, or when the view is younger than this version.
std::string StateOf(const pg::Field& views, const pg::Field& states, const std::string& view);

}  // namespace lienthong::journal
