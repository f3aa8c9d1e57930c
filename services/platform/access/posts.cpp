#include "platform/access/posts.hpp"

#include <algorithm>

namespace lienthong::access {

bool Grants(const directory::v1::Position& position, const std::string& permission) {
  const auto& granted = position.permissions();
  return std::find(granted.begin(), granted.end(), permission) != granted.end();
}

bool HoldsPosition(const std::string& official_id, const std::string& unit_id,
                   const Snapshot& snapshot, base::Time time) {
  bool holds = false;
  ForEachHeld(official_id, snapshot, time, [&](const auto& appointment, const auto&) {
    if (appointment.unit_id() == unit_id) holds = true;
  });
  return holds;
}

bool IsGranted(const std::string& permission, const std::string& official_id,
               const std::string& unit_id, const Snapshot& snapshot, base::Time time) {
  bool granted = false;
  ForEachHeld(official_id, snapshot, time, [&](const auto& appointment, const auto& held) {
    if (appointment.unit_id() == unit_id && Grants(held, permission)) granted = true;
  });
  return granted;
}

bool IsOwn(const std::string& unit_id, const rpc::Call& call, const Sharing& sharing) {
  if (unit_id.empty()) return false;
  const auto* const heir = sharing.HeirOf(unit_id);
  return heir != nullptr && heir->id() == call.unit;
}

std::vector<std::string> OwnUnits(const rpc::Call& call, const Sharing& sharing) {
  std::vector<std::string> units{call.unit};
  for (const auto& [closed, heir] : sharing.Successions()) {
    if (heir == call.unit) units.push_back(closed);
  }
  return units;
}

}  // namespace lienthong::access
