#include "platform/pg/watchdog.hpp"

#include <algorithm>

#include <sys/socket.h>

#include "platform/base/log.hpp"

namespace lienthong::pg {

using std::chrono::steady_clock;

Watchdog::~Watchdog() {
  thread_.request_stop();
  changed_.notify_all();
}

Watchdog& Watchdog::Instance() {
  static Watchdog instance;
  return instance;
}

void Watchdog::Watch(int socket, Time limit) {
  const std::lock_guard lock(mutex_);
  if (!thread_.joinable())
    thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
  const auto entry = watched_.emplace(limit, socket).first;
  if (entry == watched_.begin()) changed_.notify_one();
}

void Watchdog::Release(int socket, Time limit) {
  const std::lock_guard lock(mutex_);
  watched_.erase({limit, socket});
}

void Watchdog::EndBy(Time limit) {
  const std::lock_guard lock(mutex_);
  end_ = limit;
  changed_.notify_one();
}

void Watchdog::Run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (watched_.empty()) {
      changed_.wait(lock, stop, [this] { return !watched_.empty(); });
      continue;
    }
    const auto [limit, socket] = *watched_.begin();
    const Time due = std::min(limit, end_);
    if (steady_clock::now() < due) {
      changed_.wait_until(lock, stop, due, [&] {
        return watched_.empty() || std::min(watched_.begin()->first, end_) < due;
      });
      continue;
    }
    ::shutdown(socket, SHUT_RDWR);
    watched_.erase(watched_.begin());
    base::LogWarning("the database does not answer in time: its connection is cut");
  }
}

}  // namespace lienthong::pg
