#pragma once

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"

namespace lienthong::directory {

using Day = std::chrono::year_month_day;

/// Code of a unit (mã định danh cơ quan, QĐ 20/2020/QĐ-TTg art. 4): "H09.718.25747".
struct UnitCode {
  std::string text;

  bool empty() const { return text.empty(); }
  auto operator<=>(const UnitCode&) const = default;
};

/// The numbers are those of records.proto and of the table.
enum class UnitKind { kProvince = 1, kDepartment, kDistrict, kCommune, kOffice };

/// An agency (cơ quan, đơn vị) and the days on which it exists.
struct Unit {
  UnitCode code;
  std::string name;
  UnitKind kind = UnitKind::kOffice;
  UnitCode parent;   ///< empty = the province
  UnitCode carrier;  ///< empty = itself
  std::string gso_code;
  std::string code102;  ///< by QCVN 102:2016/BTTTT; empty = none known
  Day valid_from;
  std::optional<Day> valid_to;  ///< inclusive; absent = open
  std::vector<UnitCode> successors;
  bool synthetic = false;
  bool closed = false;

  /// The unit whose feed carries this unit's records.
  const UnitCode& Carrier() const { return carrier.empty() ? code : carrier; }
  bool IsValidOn(Day day) const;
};

inline constexpr std::size_t kUnitCodeLengthMax = 35;
inline constexpr std::size_t kUnitNameLengthMax = 300;
inline constexpr std::size_t kSuccessorsMax = 50;

/// `^[A-Y]\d{2}(\.[0-9A-Z]+)*$`, at most 35 characters. Throws InvalidField(`field`).
UnitCode ParseUnitCode(const std::string& text, const std::string& field);

/// `^\d{3}\.\d{2}\.\d{2}\.[A-Y]\d{2}$` (QCVN 102:2016/BTTTT), or empty. Throws
/// InvalidField(`field`).
std::string ParseCode102(const std::string& text, const std::string& field);

/// What can be said of a new unit by itself: a parent unless it is the province, a GSO code of the
/// length of its kind, days in order. Throws InvalidField on a field below `field` ("unit").
void CheckUnit(const Unit& unit, const std::string& field);

/// The unit a new one names as parent or carrier: nullptr = unknown. It exists on the first day of
/// the new unit, and unless the new one ends with it is not closed. Throws UNIT_UNKNOWN,
/// UNIT_CLOSED.
void CheckAbove(const Unit& unit, const Unit* above, const std::string& field);
/// The same for the carrier, which carries itself.
void CheckCarrier(const Unit& unit, const Unit* carrier, const std::string& field);

/// Throws UNIT_CLOSED when the unit has ended before `day`, closed by the timer or not yet.
void RequireOpen(const Unit& unit, Day day);

/// A new name from `today` on; older documents keep the old one. Throws UNIT_CLOSED.
void Rename(Unit& unit, std::string name, Day today);

/// The code by which the national exchange knows it too. Throws UNIT_CLOSED.
void SetCode102(Unit& unit, std::string code, Day today);

/// Plans the end: the timer closes the unit when `last_day` has passed. `successors` continue it
/// and exist on the day after. Throws UNIT_CLOSED, InvalidField.
void PlanClosure(Unit& unit, Day last_day, const std::vector<Unit>& successors, Day today);

/// Has the last day passed, and nothing was done about it?
bool IsClosureDue(const Unit& unit, Day today);

Day DayAfter(Day day);

}  // namespace lienthong::directory
