#include "platform/rpc/waiting_room.hpp"

#include <algorithm>

namespace lienthong::rpc {
namespace {

using std::chrono::steady_clock;

/// A waiter that found the queue full is asked again after this.
constexpr std::chrono::milliseconds kRetryInterval{20};
constexpr std::chrono::hours kNever{1};

}  // namespace

WaitingRoom::WaitingRoom(std::size_t waiters_max)
    : waiters_max_(waiters_max),
      thread_([this](std::stop_token stop) { Watch(std::move(stop)); }) {}

WaitingRoom::~WaitingRoom() = default;

WaitingRoom::Entry WaitingRoom::Enter(Waiter& waiter, const Stay& stay) {
  const std::lock_guard lock(mutex_);
  if (closed_) return Entry::kDraining;
  if (stay.cancelled != nullptr && stay.cancelled->load()) return Entry::kCancelled;
  if (stay.on_notify && stay.generation != generation_.load()) return Entry::kNotified;
  if (places_.size() >= waiters_max_) return Entry::kFull;
  places_.emplace(&waiter, Place{stay.deadline, stay.on_notify, false});
  by_deadline_.emplace(stay.deadline, &waiter);
  if (by_deadline_.begin()->second == &waiter) {
    is_changed_ = true;
    changed_.notify_one();
  }
  if (stay.start) stay.start();
  return Entry::kIn;
}

bool WaitingRoom::Leave(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  if (!places_.contains(&waiter)) return false;
  Remove(&waiter);
  return true;
}

void WaitingRoom::Notify() {
  const std::lock_guard lock(mutex_);
  ++generation_;
  if (places_.empty()) return;
  is_changed_ = true;
  changed_.notify_one();
}

void WaitingRoom::Close() {
  std::vector<Waiter*> waiters;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (const auto& [waiter, place] : places_) waiters.push_back(waiter);
    places_.clear();
    by_deadline_.clear();
  }
  for (Waiter* const waiter : waiters) waiter->Draining();
}

void WaitingRoom::Remove(Waiter* waiter) {
  const auto at = places_.find(waiter);
  by_deadline_.erase({at->second.deadline, waiter});
  places_.erase(at);
}

void WaitingRoom::Watch(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  bool retry = false;
  while (!stop.stop_requested()) {
    const auto now = steady_clock::now();
    auto until = by_deadline_.empty() ? now + kNever : by_deadline_.begin()->first;
    if (retry) until = std::min(until, now + kRetryInterval);
    changed_.wait_until(lock, stop, until, [this] { return is_changed_; });
    is_changed_ = false;
    retry = Wake();
    const std::vector<Waiter*> late = TakeLate();
    lock.unlock();
    for (Waiter* const waiter : late) waiter->Late();
    lock.lock();
  }
}

/// True when somebody has to be asked again.
bool WaitingRoom::Wake() {
  if (woken_generation_ != generation_.load()) {
    woken_generation_ = generation_.load();
    for (auto& [waiter, place] : places_) place.woken = place.woken || place.on_notify;
  }
  // Asked under the lock: until its place is gone, nobody else may go on with a waiter.
  bool retry = false;
  for (auto at = places_.begin(); at != places_.end();) {
    Waiter* const waiter = at->first;
    const auto deadline = at->second.deadline;
    if (!at->second.woken) {
      ++at;
    } else if (!waiter->Again()) {
      retry = true;
      ++at;
    } else {
      by_deadline_.erase({deadline, waiter});
      at = places_.erase(at);
    }
  }
  return retry;
}

std::vector<Waiter*> WaitingRoom::TakeLate() {
  std::vector<Waiter*> late;
  const auto now = steady_clock::now();
  while (!by_deadline_.empty() && by_deadline_.begin()->first <= now) {
    Waiter* const waiter = by_deadline_.begin()->second;
    late.push_back(waiter);
    Remove(waiter);
  }
  return late;
}

}  // namespace lienthong::rpc
