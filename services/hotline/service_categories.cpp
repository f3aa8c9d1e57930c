#include "hotline/service_categories.hpp"

#include "hotline/service_access.hpp"
#include "hotline/service_requests.hpp"

namespace lienthong::hotline {
namespace {

constexpr int kCategoriesDefault = 200, kCategoriesMax = 500;

/// Once there is a centre it decides, and who loads the province.
void RequireCentreIfSet(const Sight& sight) {
  if (!sight.TheRules().centre || sight.IsCentre()) return;
  throw base::Denied("NOT_THE_CENTRE", "for the unit that runs the hotline alone");
}

}  // namespace

v1::Category CategoryService::SetCategory(const Call& call, const v1::SetCategoryRequest& request) {
  const Category category = ToCategory(request.category(), "category");
  return parts_.journal.Change<v1::Category>(
      call, request, {{kCategoryType, category.id, true}}, [&](pg::Tx& tx, const journal::Heads&) {
        const Sight sight(tx, call, parts_);
        RequireCentreIfSet(sight);
        RequireActive(category.default_unit_id, call, sight.Sharing(), sight.Directory(),
                      "category.default_unit_id");
        if (!category.parent_id.empty()) {
          const auto parents = SelectCategories(tx, {category.parent_id});
          if (parents.empty() || !parents.front().value.parent_id.empty()) {
            throw base::Invalid("CATEGORY_UNKNOWN", "category.parent_id", "is no group");
          }
        }
        UpsertCategory(tx, category);
        return journal::ListOf(
            journal::Changed{"CategorySet", ToRecord(category, sight.Sharing())});
      });
}

v1::Centre CategoryService::SetCentre(const Call& call, const v1::SetCentreRequest& request) {
  const Centre centre = ToCentre(request.centre(), "centre");
  return parts_.journal.Change<v1::Centre>(
      call, request, {{kCentreType, kCentreId, true}}, [&](pg::Tx& tx, const journal::Heads&) {
        const Sight sight(tx, call, parts_);
        RequireCentreIfSet(sight);
        const auto require = [&](const std::string& unit, const std::string& field) {
          RequireActive(unit, call, sight.Sharing(), sight.Directory(), "centre." + field);
        };
        require(centre.unit_id, "unit_id");
        require(centre.inspector_unit_id, "inspector_unit_id");
        require(centre.office_unit_id, "office_unit_id");
        for (std::size_t i = 0; i < centre.escalations.size(); ++i) {
          const std::string& unit = centre.escalations[i].unit_id;
          if (!unit.empty()) require(unit, "escalations[" + std::to_string(i) + "].unit_id");
        }
        UpsertCentre(tx, centre);
        return journal::ListOf(journal::Changed{"CentreSet", ToRecord(centre, sight.Sharing())});
      });
}

v1::ListCategoriesResponse CategoryService::ListCategories(
    const Call& call, const v1::ListCategoriesRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kCategoriesDefault, kCategoriesMax);
  const std::string after = parts_.tokens.Read(call, request);
  return parts_.pool.Transact(call.deadline, [&](pg::Tx& tx) {
    v1::ListCategoriesResponse response;
    FillPage(
        SelectCategoriesBehind(tx, after, size + 1), size, response.mutable_categories(),
        [](const auto& stored) { return ToMessage(stored.value, stored.version); },
        [&](const auto& last) {
          response.set_next_page_token(parts_.tokens.Make(call, request, last.value.id));
        });
    return response;
  });
}

v1::Centre CategoryService::GetCentre(const Call& call, const v1::GetCentreRequest&) {
  return parts_.pool.Transact(call.deadline, [&](pg::Tx& tx) {
    const auto centre = SelectCentre(tx);
    if (!centre) throw base::NotFound();
    return ToMessage(centre->value, centre->version);
  });
}

}  // namespace lienthong::hotline
