#pragma once

#include <string>
#include <vector>

#include "document/edxml.hpp"
#include "document/service_access.hpp"

/// Who sends a packet of the exchange, and to whom. Units are known there by two codes, that of
/// QĐ 20/2020 and that of QCVN 102.
namespace lienthong::document {

// Codes of the exchange.
inline constexpr const char* kUnknownReceiver = "18";
inline constexpr const char* kUnknownSender = "19";
inline constexpr const char* kClosedReceiver = "23";
inline constexpr const char* kBadFile = "10";

base::Error PacketError(const char* reason, const char* exchange_code, const std::string& message);

/// Units of ours that a packet speaks of, sorted.
struct PacketReceivers {
  std::vector<std::string> units;    ///< that get the document
  std::vector<std::string> removed;  ///< from which an update takes the earlier one
};
/// To and, of an update, its list of receivers added and taken away. Throws PACKET_UNKNOWN_RECEIVER
/// when there is none, or one that has a code of this province and is unknown or closed.
PacketReceivers ReceiversOf(const edxml::Packet& packet, edxml::Business business,
                            const access::Sharing& sharing, Day today);

/// Who is a unit with a system of its own sends by that system alone; a code of this province that
/// no unit has sends nothing. Throws PACKET_SENDER_REFUSED.
void RequireSender(const edxml::Packet& packet, const Call& call, const access::Sharing& sharing);

}  // namespace lienthong::document
