#include "portal/connections.hpp"

#include <sys/socket.h>

#include <condition_variable>
#include <utility>

#include "platform/rpc/metrics.hpp"
#include "portal/address.hpp"

namespace lienthong::portal {
namespace {

constexpr std::chrono::milliseconds kLook{500};

}  // namespace

Connections::Connections(unsigned of_client_max, std::string proxy)
    : of_client_max_(of_client_max),
      proxy_(std::move(proxy)),
      cut_off_(prometheus::BuildCounter()
                   .Name("lienthong_portal_connections_cut_off_total")
                   .Help("Connections that did not get on")
                   .Register(*rpc::MetricsRegistry())
                   .Add({})),
      gauge_(rpc::AddGauge("lienthong_portal_connections", "Connections of clients that are open",
                           {})),
      reaper_([this](const std::stop_token& stop) { CutOff(stop); }) {}

std::string Connections::ClientAt(const sockaddr* address) const {
  const std::string text = AddressText(address);
  return text == proxy_ ? "" : NetworkOf(text);
}

bool Connections::MayOpen(const sockaddr* address) {
  const std::string client = ClientAt(address);
  const std::lock_guard lock(mutex_);
  const auto found = of_clients_.find(client);
  return found == of_clients_.end() || found->second < of_client_max_;
}

void Connections::Open(MHD_Connection* connection, int socket, const sockaddr* address,
                       TimePoint until) {
  const std::string client = ClientAt(address);
  const std::lock_guard lock(mutex_);
  paces_[connection] = {socket, until, client};
  if (!client.empty()) ++of_clients_[client];
  gauge_.Set(static_cast<double>(paces_.size()));
}

void Connections::Close(MHD_Connection* connection) {
  const std::lock_guard lock(mutex_);
  const auto closed = paces_.find(connection);
  if (closed == paces_.end()) return;
  const auto counted = of_clients_.find(closed->second.client);
  if (counted != of_clients_.end() && --counted->second == 0) of_clients_.erase(counted);
  paces_.erase(closed);
  gauge_.Set(static_cast<double>(paces_.size()));
}

void Connections::SetLimit(MHD_Connection* connection, TimePoint until) {
  const std::lock_guard lock(mutex_);
  const auto found = paces_.find(connection);
  if (found != paces_.end()) found->second.until = until;
}

/// A socket is closed after Close has said so: under the lock it is still this client's.
void Connections::CutOff(const std::stop_token& stop) {
  std::condition_variable_any never;
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    never.wait_for(lock, stop, kLook, [] { return false; });
    const auto now = std::chrono::steady_clock::now();
    for (auto& [connection, pace] : paces_) {
      if (pace.until > now) continue;
      pace.until = kNever;
      cut_off_.Increment();
      ::shutdown(pace.socket, SHUT_RDWR);
    }
  }
}

}  // namespace lienthong::portal
