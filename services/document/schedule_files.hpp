#pragma once

#include <string>
#include <vector>

#include "platform/access/sharing.hpp"
#include "platform/base/clock.hpp"
#include "platform/journal/timer.hpp"
#include "platform/pg/database.hpp"

/// What happens to working files by itself, item by item: erasure of what is destroyed, items that
/// follow their file into another unit. Part of Schedule.
namespace lienthong::document {

/// Of occasions on which a unit's work moves: "moved/<unit it leaves>".
inline constexpr const char* kMoved = "moved/";

/// Adds what is to be done, without what is in `passed_over`, up to `items_max` of each kind.
void AddFileWork(pg::Tx& tx, const std::vector<std::string>& passed_over, int items_max,
                 const access::Sharing& sharing, std::vector<journal::DueItem>& items);
bool IsFileWork(const journal::DueItem& item);
journal::Journal::Changes DoFileWork(pg::Tx& tx, const journal::DueItem& item, base::Time now,
                                     const access::Sharing& sharing);

}  // namespace lienthong::document
