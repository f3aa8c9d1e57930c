#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lienthong/hotline/v1/indicators.grpc.pb.h"
#include "support/hotline_steps.hpp"
#include "support/province_files.hpp"

/// The hotline in the province as it was, and what the reorganisation of 2025 makes of it.
namespace lienthong::hotline {

using support::RowOf, support::Rows;

using Units = std::vector<std::string>;

inline const std::string kScience = "H09.15";          ///< continues the centre
inline const std::string kNewDepartment = "H09.NNMT";  ///< of two, in 2025
inline const std::string kDepartmentsChange = "2025-03-01T01:00:00Z";
inline const std::string kCommunesChange = "2025-07-01T01:00:00Z";

/// A unit that ends, and those that continue it: one, several (it is split) or none.
using Closings = std::map<std::string, Units>;

/// A commune of after 1 July 2025, by its code of the statistics office.
inline std::string NewCommune(const std::string& gso_code) { return "H09." + gso_code; }

/// Departments by the names of the data; what is new in them has a code of ours.
inline Closings ClosingDepartments() {
  Closings closings;
  for (const auto& row : Rows("reorganisation_2025.csv")) {
    if (row.at(0).empty()) continue;
    std::string successor = kNewDepartment;
    for (const auto& agency : Rows("agencies.csv")) {
      if (agency.at(1) == row.at(1)) successor = agency.at(0);
    }
    closings[RowOf("agencies.csv", 1, row.at(0)).at(0)] = {successor};
  }
  return closings;
}

/// Communes, and the districts above them, whose work the communes share; the offices of one of
/// them end. The data name one part of a commune that is split; which the other one is is not
/// certain, here it is the next in the list.
inline Closings ClosingCommunes() {
  std::vector<std::string> communes;
  for (const auto& row : Rows("communes_2025.csv")) communes.push_back(row.at(0));
  std::map<std::string, std::string> unit_of, district_of;
  for (const auto& row : Rows("agencies.csv")) {
    if (row.at(2) == "commune") unit_of[row.at(4)] = row.at(0), district_of[row.at(4)] = row.at(3);
  }
  Closings closings;
  std::map<std::string, std::set<std::string>> parts_of_district;
  for (const auto& row : Rows("commune_successors.csv")) {
    const auto place = std::find(communes.begin(), communes.end(), row.at(2));
    REQUIRE(place != communes.end());
    Units& parts = closings[unit_of.at(row.at(0))];
    parts.push_back(NewCommune(*place));
    if (row.at(4) == "true") {
      const bool is_last = std::next(place) == communes.end();
      parts.push_back(NewCommune(is_last ? communes.front() : *std::next(place)));
    }
    parts_of_district[district_of.at(row.at(0))].insert(parts.begin(), parts.end());
  }
  for (const auto& [district, parts] : parts_of_district) {
    closings[district] = {parts.begin(), parts.end()};
  }
  for (const auto& row : Rows("agencies.csv")) {
    if (row.at(3) == kDistrict && row.at(2) == "unit") closings[row.at(0)] = {};
  }
  return closings;
}

/// Departments, districts and communes of the data, each with officials; their rules of the data.
class Province2025 {
 public:
  Province2025() : owner(Systems()) {
    owner.MoveClockTo("2025-02-26T01:00:00Z");  // Wednesday, 08:00
    for (const auto& row : Rows("agencies.csv")) {
      const std::string& kind = row.at(2);
      if (kind == "department") Add(row.at(0), row.at(1), directory::v1::UNIT_KIND_DEPARTMENT);
      if (kind == "district") Add(row.at(0), row.at(1), directory::v1::UNIT_KIND_DISTRICT, row);
      if (kind == "commune") Add(row.at(0), row.at(1), directory::v1::UNIT_KIND_COMMUNE, row);
      if (kind == "unit" && row.at(3) == kDistrict) {
        Add(row.at(0), row.at(1), directory::v1::UNIT_KIND_OFFICE, row);
      }
    }
    for (const auto& row : Rows("hotline_categories.csv")) SetDefault(row);
  }

  /// All in one night, as the directory tells of it; new units begin, closed ones hold no office.
  void Reorganise(const Closings& closings, const std::string& time) {
    owner.MoveClockTo(time);
    for (const auto& [code, parts] : closings) {
      for (const std::string& part : parts) AddNew(part, time.substr(0, 10));
    }
    for (const auto& [code, parts] : closings) {
      directory::v1::Unit& unit = units_.at(code);
      unit.set_closed(true);
      for (const std::string& part : parts) unit.add_successor_ids(part);
      owner.Publish("unit", code, unit);
    }
  }
  /// The work moves first, or the audiences follow first: both happen.
  void Settle(bool sweeps_first = false) {
    if (sweeps_first) owner.Sweep();
    owner.RunClock();
    owner.Sweep();
  }

  std::string Open(const v1::OpenTicketRequest& request) {
    return owner.Do(&Tickets::OpenTicket, request, centre + "/operator").ticket().id();
  }
  void RouteTo(const std::string& id, const Units& units) {
    REQUIRE(Route(owner, id, units, centre + "/operator") == kDone);
  }
  /// A report from the commune, routed to the unit, or to the category's own without one, and
  /// accepted; the id of the assignment.
  std::string Given(const std::string& category, const std::string& unit,
                    const std::string& commune = "25747") {
    auto request = Appeal(owner, category);
    request.mutable_place()->set_commune_code(commune);
    const std::string id = Open(request);
    RouteTo(id, unit.empty() ? Units() : Units{unit});
    const std::string assignment = AssignmentIn(id);
    Accepted(owner, assignment, UnitOf(assignment));
    return assignment;
  }
  /// The only one of a ticket.
  std::string AssignmentIn(const std::string& ticket) {
    return owner.Value("SELECT id::text FROM assignment WHERE ticket_id = '" + ticket + "'");
  }
  std::string TicketFor(const std::string& assignment) { return Of(assignment, "ticket_id::text"); }
  std::string UnitOf(const std::string& assignment) { return Of(assignment, "unit_id"); }
  /// What must not change when its unit does.
  std::string TimesOf(const std::string& assignment) {
    return Of(assignment, "concat_ws(' ', state, deadlines, due_at, look_at, waiting_since)");
  }
  /// Everything that closed units would have to do something with.
  std::string OpenAt(const std::string& unit) {
    const std::string is_unit = " = '" + unit + "'";
    return owner.Value("SELECT (SELECT count(*) FROM assignment WHERE unit_id" + is_unit +
                       " AND state IN (1, 2, 4, 5, 6)) + (SELECT count(*) FROM ticket WHERE"
                       " (keeper_unit_id" +
                       is_unit + " OR concerned_unit_id" + is_unit +
                       ") AND state NOT IN (10, 11)) + (SELECT count(*) FROM category WHERE"
                       " default_unit_id" +
                       is_unit + ") + (SELECT count(*) FROM centre WHERE '" + unit +
                       "' = ANY (ARRAY[unit_id, inspector_unit_id, office_unit_id] ||"
                       " escalation_unit_ids))");
  }
  v1::Indicators Figures(const std::string& unit) {
    const auto stub = v1::IndicatorService::NewStub(owner.Channel("unit-" + unit));
    v1::GetIndicatorsRequest request;
    journal::SetTime(request.mutable_from(), base::ParseTime("2025-01-01T00:00:00Z"));
    journal::SetTime(request.mutable_to(), base::ParseTime("2026-01-01T00:00:00Z"));
    v1::Indicators answer;
    REQUIRE(support::CallAs(*stub, &v1::IndicatorService::Stub::GetIndicators, request, &answer,
                            unit + "/guest") == kDone);
    return answer;
  }

  HotlineOwner owner;
  std::string centre = kCentreUnit;  ///< whose officials keep tickets now

 private:
  static std::string Systems() {
    std::set<std::string> systems{kNewDepartment};
    for (const auto& row : Rows("agencies.csv")) {
      if (row.at(2) != "unit") systems.insert(row.at(0));
    }
    for (const auto& row : Rows("communes_2025.csv")) systems.insert(NewCommune(row.at(0)));
    for (const char* known : {"H09", "H09.01", "H09.02", "H09.03", "H09.08", "H09.09", "H09.18",
                              "H09.718", "H09.718.25747"}) {
      systems.erase(known);
    }
    std::string list;
    for (const std::string& system : systems) list += ", " + system;
    return list;
  }
  void Add(const std::string& code, const std::string& name, directory::v1::UnitKind kind,
           const std::vector<std::string>& row = {}, const std::string& valid_from = "2019-01-01") {
    directory::v1::Unit& unit = units_[code];
    unit.set_id(code);
    unit.set_name(name);
    unit.set_kind(kind);
    unit.set_parent_id(row.empty() ? "H09" : row.at(3));
    if (!row.empty()) unit.set_gso_code(row.at(4));
    unit.set_valid_from(valid_from);
    if (kind == directory::v1::UNIT_KIND_OFFICE) {
      unit.set_carrier_id(row.at(3));
      owner.Carry(code, row.at(3));
    }
    owner.Publish("unit", code, unit);
    if (kind == directory::v1::UNIT_KIND_DEPARTMENT) return owner.Staff(code);
    for (const char* name_of : {"handler", "head", "guest"}) owner.Appoint(code, name_of, name_of);
  }
  void AddNew(const std::string& code, const std::string& day) {
    if (units_.contains(code)) return;
    const std::string gso_code = code.substr(4);
    if (code == kNewDepartment) {
      return Add(code, "Sở Nông nghiệp và Môi trường", directory::v1::UNIT_KIND_DEPARTMENT, {},
                 day);
    }
    const auto row = RowOf("communes_2025.csv", 0, gso_code);
    Add(code, "Ủy ban nhân dân " + row.at(2) + " " + row.at(1), directory::v1::UNIT_KIND_COMMUNE,
        {"", "", "", "H09", gso_code}, day);
  }
  void SetDefault(const std::vector<std::string>& row) {
    const std::map<std::string, v1::CategoryKind> kinds{
        {"PROCEDURE_QUESTION", v1::CATEGORY_KIND_PROCEDURE_QUESTION},
        {"CONDUCT", v1::CATEGORY_KIND_CONDUCT},
        {"INCIDENT", v1::CATEGORY_KIND_INCIDENT},
        {"EMERGENCY", v1::CATEGORY_KIND_EMERGENCY},
        {"PETITION", v1::CATEGORY_KIND_PETITION}};
    owner.SetCategory(HotlineOwner::NewCategory(row.at(0), kinds.at(row.at(4)), 7, row.at(12)));
  }
  std::string Of(const std::string& assignment, const std::string& columns) {
    return owner.Value("SELECT " + columns + " FROM assignment WHERE id = '" + assignment + "'");
  }

  std::map<std::string, directory::v1::Unit> units_;
};

}  // namespace lienthong::hotline
