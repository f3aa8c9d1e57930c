#include <algorithm>

#include "directory/records.hpp"
#include "directory/service.hpp"
#include "directory/service_checks.hpp"
#include "directory/service_requests.hpp"
#include "directory/store.hpp"
#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace lienthong::directory {
namespace {

journal::Key KeyOf(const UnitCode& code) { return {kUnitType, code.text}; }

std::vector<UnitCode> ToSuccessors(const v1::CloseUnitRequest& request) {
  if (static_cast<std::size_t>(request.successor_ids_size()) > kSuccessorsMax) {
    throw base::InvalidField("successor_ids", "has too many items");
  }
  std::vector<UnitCode> codes;
  for (const std::string& id : request.successor_ids()) {
    codes.push_back(ParseUnitCode(id, "successor_ids"));
  }
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

std::vector<Unit> FindSuccessors(pg::Tx& tx, const std::vector<UnitCode>& codes) {
  std::vector<Unit> successors;
  if (codes.empty()) return successors;
  for (auto& [code, unit] : ShareUnits(tx, codes)) successors.push_back(std::move(unit));
  if (successors.size() != codes.size()) {
    throw base::Invalid("UNIT_UNKNOWN", "successor_ids", "no such unit");
  }
  return successors;
}

}  // namespace

v1::Unit DirectoryService::CreateUnit(const rpc::Call& call, const v1::CreateUnitRequest& request) {
  const Unit unit = ToUnit(request.unit(), base::DayInVietnam(call.time), "unit");
  const journal::Key key{kUnitType, unit.code.text, true};
  return journal_.Change<v1::Unit>(
      call, request, {key}, [&](pg::Tx& tx, const journal::Heads& heads) {
        if (heads.at(key).version > 0) {
          throw base::Conflict("UNIT_EXISTS", "this code has been given to a unit");
        }
        InsertUnits(tx, PlaceUnits(tx, {unit}, {"unit"}));
        return Only("UnitCreated", ToRecord(unit));
      });
}

v1::Unit DirectoryService::RenameUnit(const rpc::Call& call, const v1::RenameUnitRequest& request) {
  const UnitCode code = ParseUnitCode(request.unit_id(), "unit_id");
  const std::string name = base::CheckText(request.name(), "name", kUnitNameLengthMax, true);
  const Day today = base::DayInVietnam(call.time);
  return journal_.Change<v1::Unit>(call, request, {KeyOf(code)},
                                   [&](pg::Tx& tx, const journal::Heads&) {
                                     Unit unit = LockUnit(tx, code).value();
                                     Rename(unit, name, today);
                                     UpdateUnit(tx, unit);
                                     // A unit that is not valid yet will never have borne its first
                                     // name.
                                     UpsertUnitName(tx, unit, std::max(today, unit.valid_from));
                                     return Only("UnitRenamed", ToRecord(unit));
                                   });
}

v1::Unit DirectoryService::SetCode102(const rpc::Call& call, const v1::SetCode102Request& request) {
  const UnitCode code = ParseUnitCode(request.unit_id(), "unit_id");
  const std::string code102 = ParseCode102(request.code102(), "code102");
  return journal_.Change<v1::Unit>(
      call, request, {KeyOf(code)}, [&](pg::Tx& tx, const journal::Heads&) {
        Unit unit = LockUnit(tx, code).value();
        directory::SetCode102(unit, code102, base::DayInVietnam(call.time));
        UpdateUnit(tx, unit);
        return Only("UnitCode102Set", ToRecord(unit));
      });
}

v1::Unit DirectoryService::CloseUnit(const rpc::Call& call, const v1::CloseUnitRequest& request) {
  const UnitCode code = ParseUnitCode(request.unit_id(), "unit_id");
  const Day last_day = base::CheckDay(request.last_day(), "last_day");
  const std::vector<UnitCode> successors = ToSuccessors(request);
  const Day today = base::DayInVietnam(call.time);
  return journal_.Change<v1::Unit>(
      call, request, {KeyOf(code)}, [&](pg::Tx& tx, const journal::Heads&) {
        Unit unit = LockUnit(tx, code).value();
        PlanClosure(unit, last_day, FindSuccessors(tx, successors), today);
        if (HasUnitsAfter(tx, code, last_day)) {
          throw base::Transition("UNIT_HAS_CHILDREN",
                                 "units below it or carried by it exist after this day");
        }
        UpdateUnit(tx, unit);
        ReplaceSuccessors(tx, unit);
        return Only("UnitClosurePlanned", ToRecord(unit));
      });
}

v1::Unit DirectoryService::GetUnit(const rpc::Call& call, const v1::GetUnitRequest& request) {
  return Read<v1::Unit>(call, KeyOf(ParseUnitCode(request.unit_id(), "unit_id")));
}

v1::ListUnitsResponse DirectoryService::ListUnits(const rpc::Call& call,
                                                  const v1::ListUnitsRequest& request) {
  UnitFilter filter;
  if (!request.parent_id().empty()) {
    filter.parent = ParseUnitCode(request.parent_id(), "parent_id");
  }
  filter.kind = ToUnitKind(request.kind(), "kind");
  filter.valid_on = request.valid_on().empty() ? base::DayInVietnam(call.time)
                                               : base::CheckDay(request.valid_on(), "valid_on");
  const int page = rpc::PageSize(request.page_size(), kPageSizeDefault, kPageSizeMax);
  filter.rows_max = page + 1;  // one more shows whether there is a next page
  // "2019-07-10/H09.718": the day of the first page holds for all pages.
  const std::string position = tokens_.Read(call, request);
  if (!position.empty()) {
    const std::size_t slash = position.find('/');
    filter.valid_on = base::ParseDay(position.substr(0, slash));
    filter.after = {position.substr(slash + 1)};
  }
  const auto listed =
      pool_.Transact(call.deadline, [&](pg::Tx& tx) { return directory::ListUnits(tx, filter); });

  v1::ListUnitsResponse response;
  for (const ListedUnit& item : listed) {
    if (response.units_size() == page) {
      const std::string next =
          base::FormatDay(filter.valid_on) + "/" + response.units(page - 1).id();
      response.set_next_page_token(tokens_.Make(call, request, next));
      break;
    }
    *response.add_units() = ToMessage(item.unit, item.version);
  }
  return response;
}

}  // namespace lienthong::directory
