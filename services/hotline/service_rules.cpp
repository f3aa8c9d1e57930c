#include "hotline/service_rules.hpp"

#include <utility>
#include <vector>

#include "hotline/records.hpp"
#include "hotline/store.hpp"
#include "platform/base/error.hpp"

namespace lienthong::hotline {
namespace {

/// The first unit that goes on today and whose carrier may have the complaint.
std::optional<std::string> FirstWithout(const std::vector<std::string>& candidates,
                                        const std::string& concerned_unit_id,
                                        const access::Sharing& sharing) {
  for (const std::string& candidate : candidates) {
    const auto* const unit = sharing.HeirOf(candidate);
    if (unit == nullptr) continue;
    if (!Conflicts(sharing.CarrierOf(unit->id()), concerned_unit_id, sharing)) return unit->id();
  }
  return std::nullopt;
}

/// The one that was found.
std::string Required(const std::optional<std::string>& unit, const std::string& concerned_unit_id) {
  if (unit) return *unit;
  if (concerned_unit_id.empty()) {
    throw base::Invalid("UNIT_CLOSED", "category_id", "the unit that is named for it is closed");
  }
  throw base::Invalid("UNIT_CONCERNED", "concerned_unit_id",
                      "nobody is left who may have this complaint");
}

}  // namespace

std::shared_ptr<const Rules> RulesReader::Read(pg::Tx& tx) {
  return tx.Once<Rules>(this, [&] {
    const std::string mark = SelectRulesMark(tx);
    {
      const std::lock_guard lock(mutex_);
      if (mark == mark_) return last_;
    }
    auto rules = std::make_shared<const Rules>(SelectRules(tx));
    const std::lock_guard lock(mutex_);
    mark_ = mark;
    last_ = rules;
    return rules;
  });
}

calendar::Calendar CalendarOf(const Rules& rules, const access::Snapshot& snapshot) {
  return {calendar::RulesByDay(rules.hours), snapshot.Days()};
}

std::vector<std::string> CategoriesOf(const Rules& rules, const std::string& id) {
  if (id.empty()) return {};
  std::vector<std::string> ids{rules.TheCategory(id, "category_id").id};
  for (const auto& [child, category] : rules.categories) {
    if (category.parent_id == id) ids.push_back(child);
  }
  return ids;
}

std::optional<std::string> FindKeeper(const Rules& rules, const Category* category,
                                      const std::string& concerned_unit_id,
                                      const access::Sharing& sharing) {
  const Centre& centre = rules.TheCentre();
  std::vector<std::string> candidates{centre.unit_id};
  if (category != nullptr && category->restricted) {
    candidates.insert(candidates.end(),
                      {category->default_unit_id, centre.inspector_unit_id, centre.office_unit_id});
  }
  return FirstWithout(candidates, concerned_unit_id, sharing);
}

std::string KeeperOf(const Rules& rules, const Category* category,
                     const std::string& concerned_unit_id, const access::Sharing& sharing) {
  return Required(FindKeeper(rules, category, concerned_unit_id, sharing), concerned_unit_id);
}

std::string HandlerOf(const Rules& rules, const Category& category,
                      const std::string& concerned_unit_id, const access::Sharing& sharing) {
  const Centre& centre = rules.TheCentre();
  std::vector<std::string> candidates{category.default_unit_id};
  if (category.restricted) {
    candidates.insert(candidates.end(),
                      {centre.unit_id, centre.inspector_unit_id, centre.office_unit_id});
  }
  return Required(FirstWithout(candidates, concerned_unit_id, sharing), concerned_unit_id);
}

}  // namespace lienthong::hotline
