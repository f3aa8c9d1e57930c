#include "portal/bodies.hpp"

#include "platform/rpc/metrics.hpp"
#include "portal/address.hpp"

namespace lienthong::portal {

Bodies::Bodies(std::size_t bytes_max, std::size_t of_client_bytes_max)
    : bytes_max_(bytes_max),
      of_client_bytes_max_(of_client_bytes_max),
      gauge_(rpc::AddGauge("lienthong_portal_body_bytes",
                           "Bytes of bodies of requests that are not answered yet", {})) {}

bool Bodies::Add(const std::string& address, std::size_t size) {
  const std::string client = NetworkOf(address);
  const std::lock_guard lock(mutex_);
  const auto found = of_clients_.find(client);
  const std::size_t of_client = found == of_clients_.end() ? 0 : found->second;
  if (bytes_ + size > bytes_max_ || of_client + size > of_client_bytes_max_) return false;
  bytes_ += size;
  of_clients_[client] = of_client + size;
  gauge_.Set(static_cast<double>(bytes_));
  return true;
}

void Bodies::Remove(const std::string& address, std::size_t size) {
  const std::string client = NetworkOf(address);
  const std::lock_guard lock(mutex_);
  const auto found = of_clients_.find(client);
  if (found == of_clients_.end()) return;
  bytes_ -= size;
  found->second -= size;
  if (found->second == 0) of_clients_.erase(found);
  gauge_.Set(static_cast<double>(bytes_));
}

}  // namespace lienthong::portal
