#pragma once

#include <cstddef>

#include "platform/journal/record.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::journal {

/// With the change that erases what a record said: its earlier states go from the journal too, as
/// soon as everything of the record is published. Rows, versions and digests stay, so seals hold.
void AskErasure(pg::Tx& tx, const Key& key);

/// Carries out some of what was asked for; returns how many records are done.
std::size_t EraseSome(pg::Tx& tx);

}  // namespace lienthong::journal
