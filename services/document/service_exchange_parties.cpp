#include "document/service_exchange_parties.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace lienthong::document {
namespace {

using directory::v1::Unit;

constexpr const char* kTakenAway = "0";  // ReceiverType
constexpr const char* kAdded = "1";

/// nullptr = none of ours.
const Unit* UnitOf(const std::string& organ_id, const access::Sharing& sharing) {
  const Unit* const unit = sharing.Find(organ_id);
  return unit != nullptr ? unit : sharing.FindByCode102(organ_id);
}

/// Has a code the shape of this province's, the level of the province first (QĐ 20/2020) or last
/// (QCVN 102)?
bool IsOfProvince(const std::string& organ_id, const access::Sharing& sharing) {
  std::string code = organ_id;
  for (char& c : code) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (sharing.Find(code.substr(0, code.find('.'))) != nullptr) return true;
  const std::size_t last = code.rfind('.');
  return last != std::string::npos && sharing.Find(code.substr(last + 1)) != nullptr;
}

/// The unit's id; empty = of another province, not ours to deliver.
std::string ReceiverOf(const std::string& organ_id, const access::Sharing& sharing,
                       const std::string& today) {
  const Unit* const unit = UnitOf(organ_id, sharing);
  if (unit == nullptr) {
    if (!IsOfProvince(organ_id, sharing)) return {};
    throw PacketError("PACKET_UNKNOWN_RECEIVER", kUnknownReceiver, "no unit has this code");
  }
  if (unit->closed() || (!unit->valid_to().empty() && unit->valid_to() < today)) {
    throw PacketError("PACKET_UNKNOWN_RECEIVER", kClosedReceiver, "the unit has been closed");
  }
  if (unit->valid_from() > today) {
    throw PacketError("PACKET_UNKNOWN_RECEIVER", kUnknownReceiver, "the unit does not exist yet");
  }
  if (!HasSystem(*unit)) {
    throw PacketError("PACKET_UNKNOWN_RECEIVER", kUnknownReceiver,
                      "the unit has no system of its own: send to its office");
  }
  return unit->id();
}

}  // namespace

base::Error PacketError(const char* reason, const char* exchange_code, const std::string& message) {
  return base::Invalid(reason, "upload_id", message).With("exchange_code", exchange_code);
}

PacketReceivers ReceiversOf(const edxml::Packet& packet, edxml::Business business,
                            const access::Sharing& sharing, Day today) {
  const std::string day = base::FormatDay(today);
  std::set<std::string> units, removed;
  for (const edxml::Organ& to : packet.to) units.insert(ReceiverOf(to.organ_id, sharing, day));
  if (business == edxml::Business::kUpdate) {
    for (const edxml::ReceiverChange& change : packet.receiver_changes) {
      if (change.type == kTakenAway) {
        // Closed meanwhile, its part is with who continues it.
        if (const Unit* const unit = UnitOf(change.organ_id, sharing)) removed.insert(unit->id());
      } else if (change.type == kAdded) {
        units.insert(ReceiverOf(change.organ_id, sharing, day));
      } else {
        throw edxml::Refusal(edxml::kAgainstStandard, "ReceiverType is neither 0 nor 1");
      }
    }
  }
  units.erase("");
  for (const std::string& unit : removed) units.erase(unit);
  if (units.empty() && removed.empty()) {
    throw PacketError("PACKET_UNKNOWN_RECEIVER", kUnknownReceiver, "no receiver is a unit of ours");
  }
  return {{units.begin(), units.end()}, {removed.begin(), removed.end()}};
}

void RequireSender(const edxml::Packet& packet, const Call& call, const access::Sharing& sharing) {
  const Unit* const unit = UnitOf(packet.from.organ_id, sharing);
  if (unit == nullptr) {
    if (!IsOfProvince(packet.from.organ_id, sharing)) return;
    throw PacketError("PACKET_SENDER_REFUSED", kUnknownSender, "no unit has this code");
  }
  if (sharing.CarrierOf(unit->id()) == call.caller) return;
  throw PacketError("PACKET_SENDER_REFUSED", kUnknownSender,
                    "a unit with a system of its own sends by that system");
}

}  // namespace lienthong::document
