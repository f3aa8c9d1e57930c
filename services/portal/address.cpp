#include "portal/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>

namespace lienthong::portal {
namespace {

constexpr std::size_t kNetworkBytes = 8;
constexpr std::size_t kMappedAt = 12;  // of an IPv4 address in IPv6

}  // namespace

std::string AddressText(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address->sa_family == AF_INET) {
    const auto* const four = reinterpret_cast<const sockaddr_in*>(address);
    inet_ntop(AF_INET, &four->sin_addr, text, sizeof(text));
  } else if (address->sa_family == AF_INET6) {
    const auto* const six = reinterpret_cast<const sockaddr_in6*>(address);
    inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof(text));
  }
  return text;
}

std::string NetworkOf(const std::string& address) {
  in6_addr six{};
  if (inet_pton(AF_INET6, address.c_str(), &six) != 1) return address;
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    char four[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, &six.s6_addr[kMappedAt], four, sizeof(four));
    return four;
  }
  return {reinterpret_cast<const char*>(six.s6_addr), kNetworkBytes};
}

}  // namespace lienthong::portal
