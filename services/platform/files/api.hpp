#pragma once

#include "platform/files/files.hpp"
#include "platform/owner/owner.hpp"

namespace lienthong::files {

/// FileService, for owner::Owner::Run; `files` outlive the result.
owner::Api ApiOf(Files& files);

}  // namespace lienthong::files
