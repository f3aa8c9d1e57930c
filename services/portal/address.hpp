#pragma once

#include <string>

struct sockaddr;

namespace lienthong::portal {

/// "203.0.113.7", "2001:db8::1"; empty for what is no IP address.
std::string AddressText(const sockaddr* address);

/// Who counts as one client: an IPv4 address, also where it is mapped into IPv6 (RFC 4291,
/// 2.5.5.2); of an IPv6 address the first 64 bits, a network with more addresses than can be
/// counted. Not for people to read.
std::string NetworkOf(const std::string& address);

}  // namespace lienthong::portal
