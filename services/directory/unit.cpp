#include "directory/unit.hpp"

#include <algorithm>
#include <stdexcept>

#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace lienthong::directory {
namespace {

bool IsUnitCode(std::string_view text) {
  if (text.size() < 3 || text.size() > kUnitCodeLengthMax) return false;
  if (text[0] < 'A' || text[0] > 'Y' || !base::IsDigit(text[1]) || !base::IsDigit(text[2]))
    return false;
  if (text.size() > 3 && text[3] != '.') return false;
  bool group_is_empty = false;
  for (const char c : text.substr(3)) {
    if (c == '.') {
      if (group_is_empty) return false;
      group_is_empty = true;
    } else if (base::IsDigit(c) || (c >= 'A' && c <= 'Z')) {
      group_is_empty = false;
    } else {
      return false;
    }
  }
  return !group_is_empty;
}

/// Digits of the statistics office's code for a kind; 0 = has none.
std::size_t GsoLength(UnitKind kind) {
  switch (kind) {
    case UnitKind::kProvince:
      return 2;
    case UnitKind::kDistrict:
      return 3;
    case UnitKind::kCommune:
      return 5;
    case UnitKind::kDepartment:
    case UnitKind::kOffice:
      return 0;
  }
  throw std::logic_error("unknown kind of unit");
}

base::Error UnitClosed() { return base::Transition("UNIT_CLOSED", "the unit is closed"); }

}  // namespace

UnitCode ParseUnitCode(const std::string& text, const std::string& field) {
  if (!IsUnitCode(text)) {
    throw base::InvalidField(field, "must be a unit code (QD 20/2020/QD-TTg, article 4)");
  }
  return {text};
}

std::string ParseCode102(const std::string& text, const std::string& field) {
  constexpr std::string_view kShape = "000.00.00.A00";
  bool fits = text.empty() || text.size() == kShape.size();
  for (std::size_t i = 0; fits && i < text.size(); ++i) {
    if (kShape[i] == '0') fits = base::IsDigit(text[i]);
    if (kShape[i] == '.') fits = text[i] == '.';
    if (kShape[i] == 'A') fits = text[i] >= 'A' && text[i] <= 'Y';
  }
  if (!fits) {
    throw base::InvalidField(field, "must be a code by QCVN 102:2016/BTTTT, 000.00.13.H09");
  }
  return text;
}

bool Unit::IsValidOn(Day day) const { return valid_from <= day && (!valid_to || day <= *valid_to); }

void CheckUnit(const Unit& unit, const std::string& field) {
  const bool is_province = unit.kind == UnitKind::kProvince;
  if (is_province != unit.parent.empty()) {
    throw base::InvalidField(field + ".parent_id",
                             "every unit but the province names the unit above it");
  }
  if (unit.parent == unit.code) {
    throw base::InvalidField(field + ".parent_id", "must be another unit");
  }
  const bool digits = std::all_of(unit.gso_code.begin(), unit.gso_code.end(), base::IsDigit);
  if (!unit.gso_code.empty() && (!digits || unit.gso_code.size() != GsoLength(unit.kind))) {
    throw base::InvalidField(field + ".gso_code",
                             "has 2 digits for a province, 3 for a district, 5 for a commune");
  }
  if (unit.valid_to && *unit.valid_to < unit.valid_from) {
    throw base::InvalidField(field + ".valid_to", "must not be before valid_from");
  }
}

void CheckAbove(const Unit& unit, const Unit* above, const std::string& field) {
  if (above == nullptr) throw base::Invalid("UNIT_UNKNOWN", field, "no such unit");
  if (unit.valid_from < above->valid_from) {
    throw base::InvalidField(field, "is not valid yet on the first day of the unit");
  }
  RequireOpen(*above, unit.valid_from);
  const bool ends_with_it = unit.valid_to && above->valid_to && *unit.valid_to <= *above->valid_to;
  if (above->closed && !ends_with_it) throw UnitClosed();
}

void CheckCarrier(const Unit& unit, const Unit* carrier, const std::string& field) {
  CheckAbove(unit, carrier, field);
  if (!carrier->carrier.empty()) {
    throw base::InvalidField(field, "must be a unit that carries its own records");
  }
}

void RequireOpen(const Unit& unit, Day day) {
  if (unit.valid_to && *unit.valid_to < day) throw UnitClosed();
}

void Rename(Unit& unit, std::string name, Day today) {
  RequireOpen(unit, today);
  unit.name = std::move(name);
}

void SetCode102(Unit& unit, std::string code, Day today) {
  RequireOpen(unit, today);
  unit.code102 = std::move(code);
}

void PlanClosure(Unit& unit, Day last_day, const std::vector<Unit>& successors, Day today) {
  RequireOpen(unit, today);
  if (last_day < today) throw base::InvalidField("last_day", "must be today or later");
  if (last_day < unit.valid_from) {
    throw base::InvalidField("last_day", "must not be before the first day of the unit");
  }
  const Day next = DayAfter(last_day);
  unit.successors.clear();
  for (const Unit& successor : successors) {
    if (successor.code == unit.code) {
      throw base::InvalidField("successor_ids", "a unit does not continue itself");
    }
    RequireOpen(successor, next);
    if (next < successor.valid_from) {
      throw base::InvalidField("successor_ids", "is not valid yet on the day after last_day");
    }
    unit.successors.push_back(successor.code);
  }
  std::sort(unit.successors.begin(), unit.successors.end());
  unit.valid_to = last_day;
}

bool IsClosureDue(const Unit& unit, Day today) {
  return !unit.closed && unit.valid_to && *unit.valid_to < today;
}

Day DayAfter(Day day) { return std::chrono::sys_days(day) + std::chrono::days(1); }

}  // namespace lienthong::directory
