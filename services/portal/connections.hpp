#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

struct MHD_Connection;
struct sockaddr;

namespace lienthong::portal {

/// The connections that are open: how many each client has (NetworkOf), and by when each has to get
/// on. One that does not is cut off, on a thread of its own. Owned by the server; thread-safe.
class Connections {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr TimePoint kNever = TimePoint::max();

  /// `proxy`: an address that may have any number, as many clients come from it; empty = none.
  Connections(unsigned of_client_max, std::string proxy);

  /// Does it have less than it may?
  bool MayOpen(const sockaddr* address);
  void Open(MHD_Connection* connection, int socket, const sockaddr* address, TimePoint until);
  /// Before its socket is closed.
  void Close(MHD_Connection* connection);
  /// By when it has to get on; kNever while that is up to us.
  void SetLimit(MHD_Connection* connection, TimePoint until);

 private:
  struct Pace {
    int socket = -1;
    TimePoint until = kNever;
    std::string client;  ///< empty = not counted
  };
  std::string ClientAt(const sockaddr* address) const;
  void CutOff(const std::stop_token& stop);

  const unsigned of_client_max_;
  const std::string proxy_;
  prometheus::Counter& cut_off_;
  prometheus::Gauge& gauge_;
  std::mutex mutex_;
  std::map<MHD_Connection*, Pace> paces_;
  std::map<std::string, unsigned> of_clients_;
  std::jthread reaper_;
};

}  // namespace lienthong::portal
