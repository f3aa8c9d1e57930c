#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace lienthong::pg {

/// Cuts connections whose server has stopped answering: libpq itself waits without an end, whatever
/// statement_timeout says, when the server is there but hangs. Any thread.
class Watchdog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Watchdog() = default;
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// The one of this process.
  static Watchdog& Instance();

  /// From `limit` on the socket is shut down, which whoever reads from it finds at once, until
  /// Release. The socket must stay open until then; a socket is watched once at a time.
  void Watch(int socket, Time limit);
  void Release(int socket, Time limit);
  /// No later limit counts any more, until told otherwise: a process that ends waits no longer.
  void EndBy(Time limit);

 private:
  void Run(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::set<std::pair<Time, int>> watched_;
  Time end_ = Time::max();
  std::jthread thread_;  ///< begins with the first connection
};

}  // namespace lienthong::pg
