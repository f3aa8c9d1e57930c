#pragma once

#include <string>
#include <vector>

#include "platform/access/sharing.hpp"
#include "platform/access/snapshot.hpp"
#include "platform/base/clock.hpp"
#include "platform/rpc/call.hpp"

/// What officials hold where, and whose records a unit has.
namespace lienthong::access {

bool Grants(const directory::v1::Position& position, const std::string& permission);

/// `visit(appointment, position)` for what an official holds at a time.
template <class Visit>
void ForEachHeld(const std::string& official_id, const Snapshot& snapshot, base::Time time,
                 const Visit& visit) {
  const auto* const official = snapshot.FindOfficial(official_id);
  if (official == nullptr) return;
  for (const auto& appointment : official->appointments()) {
    const auto* const position = snapshot.FindPosition(appointment.position_id());
    if (position == nullptr || !HoldsAt(appointment, time)) continue;
    visit(appointment, *position);
  }
}

/// Does the official hold a position in the unit at `time`?
bool HoldsPosition(const std::string& official_id, const std::string& unit_id,
                   const Snapshot& snapshot, base::Time time);
/// The same of one that grants the permission.
bool IsGranted(const std::string& permission, const std::string& official_id,
               const std::string& unit_id, const Snapshot& snapshot, base::Time time);

/// Is it the unit of the call, or one that this unit continues?
bool IsOwn(const std::string& unit_id, const rpc::Call& call, const Sharing& sharing);
/// All of them, its own first.
std::vector<std::string> OwnUnits(const rpc::Call& call, const Sharing& sharing);

}  // namespace lienthong::access
