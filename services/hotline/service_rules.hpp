#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "hotline/rules.hpp"
#include "hotline/ticket.hpp"
#include "platform/access/sharing.hpp"
#include "platform/access/snapshot.hpp"
#include "platform/pg/database.hpp"

/// What the province decided, for the use cases and the clock.
namespace lienthong::hotline {

/// Reads the rules inside the transaction and once in it; parses them again only when they changed.
/// Any thread; lives as long as the process.
class RulesReader {
 public:
  std::shared_ptr<const Rules> Read(pg::Tx& tx);

 private:
  std::mutex mutex_;
  std::string mark_;
  std::shared_ptr<const Rules> last_;
};

/// The working calendar, with the office hours of each day.
calendar::Calendar CalendarOf(const Rules& rules, const access::Snapshot& snapshot);

/// What a list is of that names a category: that one, or all of a group; none for "". Throws
/// CATEGORY_UNKNOWN for `category_id`.
std::vector<std::string> CategoriesOf(const Rules& rules, const std::string& id);

/// As KeeperOf; nullopt = nobody is left.
std::optional<std::string> FindKeeper(const Rules& rules, const Category* category,
                                      const std::string& concerned_unit_id,
                                      const access::Sharing& sharing);
/// Who keeps a ticket: the centre; of a conduct complaint the first of centre, the category's unit,
/// inspector and office whose feed does not show it to the unit it is about. Throws UNIT_CONCERNED
/// when there is none, UNIT_CLOSED when that is not because of a complaint.
std::string KeeperOf(const Rules& rules, const Category* category,
                     const std::string& concerned_unit_id, const access::Sharing& sharing);
/// Who handles it when nobody else is named: the category's unit; of a conduct complaint the first
/// of that, centre, inspector and office.
std::string HandlerOf(const Rules& rules, const Category& category,
                      const std::string& concerned_unit_id, const access::Sharing& sharing);

}  // namespace lienthong::hotline
