#include "directory/service_checks.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "platform/base/error.hpp"

namespace lienthong::directory {
namespace {

template <class Id>
std::vector<Id> Distinct(std::vector<Id> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

/// A unit, or nullptr.
const Unit* FindUnit(const std::map<UnitCode, Unit>& units, const UnitCode& code) {
  const auto found = units.find(code);
  return found == units.end() ? nullptr : &found->second;
}

base::Error UnitUnknown(const std::string& field) {
  return base::Invalid("UNIT_UNKNOWN", field, "no such unit");
}

}  // namespace

std::vector<Unit> PlaceUnits(pg::Tx& tx, std::vector<Unit> units,
                             const std::vector<std::string>& fields) {
  std::set<UnitCode> waiting;
  std::vector<UnitCode> named;
  for (const Unit& unit : units) {
    waiting.insert(unit.code);
    for (const UnitCode& code : {unit.parent, unit.carrier}) {
      if (!code.empty()) named.push_back(code);
    }
  }
  std::map<UnitCode, Unit> known = ShareUnits(tx, Distinct(std::move(named)));
  std::vector<Unit> placed;
  // Each round places at least one unit, or those left are above each other.
  while (placed.size() < units.size()) {
    const std::size_t before = placed.size();
    for (std::size_t i = 0; i < units.size(); ++i) {
      const Unit& unit = units[i];
      const bool too_early = waiting.contains(unit.parent) || waiting.contains(unit.carrier);
      if (!waiting.contains(unit.code) || too_early) continue;
      if (!unit.parent.empty()) {
        CheckAbove(unit, FindUnit(known, unit.parent), fields[i] + ".parent_id");
      }
      if (!unit.carrier.empty()) {
        CheckCarrier(unit, FindUnit(known, unit.carrier), fields[i] + ".carrier_id");
      }
      waiting.erase(unit.code);
      known.emplace(unit.code, unit);
      placed.push_back(unit);
    }
    if (placed.size() == before) {
      throw base::InvalidField(fields.front(), "units are above each other");
    }
  }
  return placed;
}

void CheckAppointments(pg::Tx& tx, const std::vector<Appointment>& appointments, base::Time now,
                       const std::string& field) {
  if (appointments.empty()) return;
  std::vector<UnitCode> codes;
  std::vector<PositionCode> wanted;
  for (const Appointment& appointment : appointments) {
    codes.push_back(appointment.unit);
    wanted.push_back(appointment.position);
  }
  const std::map<UnitCode, Unit> units = ShareUnits(tx, Distinct(std::move(codes)));
  std::set<PositionCode> positions;
  for (const Position& position : SelectPositions(tx, Distinct(std::move(wanted)))) {
    positions.insert(position.code);
  }
  for (const Appointment& appointment : appointments) {
    const Unit* unit = FindUnit(units, appointment.unit);
    if (unit == nullptr) throw UnitUnknown(field + ".unit_id");
    if (!appointment.ended) {
      RequireOpen(*unit, base::DayInVietnam(std::max(now, appointment.starts_at)));
    }
    if (!positions.contains(appointment.position)) {
      throw base::Invalid("POSITION_UNKNOWN", field + ".position_id", "no such position");
    }
  }
}

void CompleteAgreements(pg::Tx& tx, std::vector<Agreement>& agreements, Day today,
                        const std::string& field) {
  if (agreements.empty()) return;
  std::vector<UnitCode> codes;
  for (const Agreement& agreement : agreements) codes.push_back(agreement.consumer);
  const std::map<UnitCode, Unit> units = ShareUnits(tx, Distinct(std::move(codes)));
  const ViewFields fields = SelectViewFields(tx);
  for (Agreement& agreement : agreements) {
    const Unit* consumer = FindUnit(units, agreement.consumer);
    if (consumer == nullptr) throw UnitUnknown(field + ".consumer_unit_id");
    if (agreement.state != AgreementState::kEnded) RequireOpen(*consumer, today);
    const auto view = fields.find({agreement.record_type, agreement.view});
    if (view == fields.end()) {
      throw base::Invalid("VIEW_UNKNOWN", field + ".view",
                          "no such view of this record type is shared by agreement");
    }
    agreement.view_fields = view->second;
  }
}

}  // namespace lienthong::directory
