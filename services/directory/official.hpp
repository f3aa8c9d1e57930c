#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "directory/unit.hpp"
#include "platform/base/clock.hpp"

namespace lienthong::directory {

/// Code of a position (chức vụ): "commune-registrar".
struct PositionCode {
  std::string text;

  auto operator<=>(const PositionCode&) const = default;
};

/// A position and what it permits.
struct Position {
  PositionCode code;
  std::string name;
  std::vector<std::string> permissions;  ///< sorted, without repeats
};

/// UUID, lower case.
struct OfficialId {
  std::string text;

  bool empty() const { return text.empty(); }
  auto operator<=>(const OfficialId&) const = default;
};

/// A position held in a unit for a period (bổ nhiệm).
struct Appointment {
  UnitCode unit;
  PositionCode position;
  base::Time starts_at;
  std::optional<base::Time> ends_at;  ///< exclusive; absent = open
  bool ended = false;  ///< its end has been written: the unit no longer sees the official

  auto operator<=>(const Appointment&) const = default;
};

/// An official (cán bộ, công chức).
struct Official {
  OfficialId id;
  std::string full_name;
  std::vector<Appointment> appointments;  ///< by start, unit, position
};

inline constexpr std::size_t kOfficialNameLengthMax = 200;
inline constexpr std::size_t kAppointmentsMax = 50;
inline constexpr std::size_t kPositionNameLengthMax = 200;
inline constexpr std::size_t kPermissionsMax = 200;

/// `[a-z][a-z0-9-]*`, at most 63 characters. Throws InvalidField(`field`).
PositionCode ParsePositionCode(const std::string& text, const std::string& field);

/// Words of `[a-z][a-z0-9_-]*` joined by dots, at least two: "citizen.register". Sorts and drops
/// repeats. Throws InvalidField(`field`).
std::vector<std::string> CheckPermissions(std::vector<std::string> permissions,
                                          const std::string& field);

/// Adds an appointment; `now` decides whether it has ended already (a loaded one may have). Throws
/// InvalidField(`field`) when the period is empty, there are too many, or the official holds the
/// same position in the same unit at a time of the period.
void Appoint(Official& official, Appointment appointment, base::Time now, const std::string& field);

/// Ends the earliest appointment to this position that has not ended; one that would end before it
/// starts is taken away. Throws APPOINTMENT_NOT_HELD; InvalidField when `ends_at` is before `now`.
void EndAppointment(Official& official, const UnitCode& unit, const PositionCode& position,
                    base::Time ends_at, base::Time now);

/// Marks the appointments whose end has come; false = there was none.
bool EndDueAppointments(Official& official, base::Time now);

}  // namespace lienthong::directory
