#include "directory/official.hpp"

#include <algorithm>
#include <tuple>

#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace lienthong::directory {
namespace {

constexpr std::size_t kCodeLengthMax = 63;

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

bool IsPermission(std::string_view text) {
  if (text.size() > kCodeLengthMax) return false;
  int words = 0;
  bool word_starts = true;
  for (const char c : text) {
    if (word_starts) {
      if (!IsLower(c)) return false;
      ++words;
      word_starts = false;
    } else if (c == '.') {
      word_starts = true;
    } else if (!IsLower(c) && !base::IsDigit(c) && c != '-' && c != '_') {
      return false;
    }
  }
  return words >= 2 && !word_starts;
}

bool HasEnded(const Appointment& appointment, base::Time now) {
  return appointment.ends_at && *appointment.ends_at <= now;
}

bool Overlap(const Appointment& a, const Appointment& b) {
  return (!a.ends_at || b.starts_at < *a.ends_at) && (!b.ends_at || a.starts_at < *b.ends_at);
}

}  // namespace

PositionCode ParsePositionCode(const std::string& text, const std::string& field) {
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return IsLower(c) || base::IsDigit(c) || c == '-'; });
  if (text.empty() || text.size() > kCodeLengthMax || !plain || !IsLower(text[0])) {
    throw base::InvalidField(field, "must be a code of a-z, 0-9 and hyphens");
  }
  return {text};
}

std::vector<std::string> CheckPermissions(std::vector<std::string> permissions,
                                          const std::string& field) {
  if (permissions.size() > kPermissionsMax) throw base::InvalidField(field, "has too many items");
  for (const std::string& permission : permissions) {
    if (!IsPermission(permission)) {
      throw base::InvalidField(field, "must be permissions such as \"citizen.register\"");
    }
  }
  std::sort(permissions.begin(), permissions.end());
  permissions.erase(std::unique(permissions.begin(), permissions.end()), permissions.end());
  return permissions;
}

void Appoint(Official& official, Appointment appointment, base::Time now,
             const std::string& field) {
  if (appointment.ends_at && *appointment.ends_at <= appointment.starts_at) {
    throw base::InvalidField(field + ".ends_at", "must be after starts_at");
  }
  if (official.appointments.size() >= kAppointmentsMax) {
    throw base::InvalidField(field, "the official has too many appointments");
  }
  for (const Appointment& other : official.appointments) {
    if (other.unit == appointment.unit && other.position == appointment.position &&
        Overlap(other, appointment)) {
      throw base::InvalidField(field, "the official holds this position in this period already");
    }
  }
  appointment.ended = HasEnded(appointment, now);
  const auto before = [](const Appointment& a, const Appointment& b) {
    return std::tie(a.starts_at, a.unit, a.position) < std::tie(b.starts_at, b.unit, b.position);
  };
  const auto place = std::upper_bound(official.appointments.begin(), official.appointments.end(),
                                      appointment, before);
  official.appointments.insert(place, std::move(appointment));
}

void EndAppointment(Official& official, const UnitCode& unit, const PositionCode& position,
                    base::Time ends_at, base::Time now) {
  if (ends_at < now) throw base::InvalidField("ends_at", "must be now or later");
  const auto held = std::find_if(official.appointments.begin(), official.appointments.end(),
                                 [&](const Appointment& held) {
                                   return held.unit == unit && held.position == position &&
                                          !held.ended && !HasEnded(held, now);
                                 });
  if (held == official.appointments.end()) {
    throw base::Transition("APPOINTMENT_NOT_HELD",
                           "the official does not hold this position in this unit");
  }
  if (ends_at <= held->starts_at) {
    official.appointments.erase(held);
    return;
  }
  for (const Appointment& other : official.appointments) {
    // A later end than before may run into the next appointment to the same position.
    if (&other != &*held && other.unit == unit && other.position == position &&
        held->starts_at < other.starts_at && other.starts_at < ends_at) {
      throw base::InvalidField("ends_at", "lies in the next appointment to this position");
    }
  }
  held->ends_at = ends_at;
  held->ended = ends_at <= now;
}

bool EndDueAppointments(Official& official, base::Time now) {
  bool any = false;
  for (Appointment& appointment : official.appointments) {
    if (appointment.ended || !HasEnded(appointment, now)) continue;
    appointment.ended = true;
    any = true;
  }
  return any;
}

}  // namespace lienthong::directory
