#pragma once

#include "document/content.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::document {

/// For the stores of drafts and documents: the content in a row of their view.
Content ToContent(const pg::Row& row);

}  // namespace lienthong::document
