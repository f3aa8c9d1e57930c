#include "platform/rpc/rounds.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "platform/base/log.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::rpc {

using std::chrono::steady_clock;

Rounds::Rounds(const std::vector<Look>& looks, Pace pace) : pace_(pace) {
  for (const Look& look : looks) kept_.push_back({look, steady_clock::now(), {}});
}

void Rounds::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Loop(stop); });
}

void Rounds::Attempt(Kept& kept) const {
  try {
    kept.look.run();
    kept.failure.clear();
    kept.due = steady_clock::now() + pace_.interval;
  } catch (const std::exception& error) {
    const std::string failure = pg::CauseOf(error);
    if (failure != kept.failure) {
      base::LogWarning("figures cannot be shown",
                       {{"figures", kept.look.name}, {"error", failure}});
    }
    kept.failure = failure;
    kept.due = steady_clock::now() + pace_.after_failure;
  }
}

void Rounds::Loop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  while (!stop.stop_requested()) {
    auto next = steady_clock::now() + pace_.interval;
    for (Kept& kept : kept_) {
      if (stop.stop_requested()) return;
      if (kept.due <= steady_clock::now()) Attempt(kept);
      next = std::min(next, kept.due);
    }
    std::unique_lock lock(mutex);
    stopped.wait_until(lock, stop, next, [] { return false; });
  }
}

}  // namespace lienthong::rpc
