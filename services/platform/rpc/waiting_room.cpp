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
  if (stay.lane && stay.generation != Generation(*stay.lane)) return Entry::kNotified;
  if (places_.size() >= waiters_max_) return Entry::kFull;
  places_.emplace(&waiter, Place{stay.deadline, stay.lane});
  if (stay.lane) by_lane_.at(*stay.lane).insert(&waiter);
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

void WaitingRoom::Notify(Lane lane) {
  const std::lock_guard lock(mutex_);
  ++generations_.at(lane);
  if (by_lane_.at(lane).empty()) return;
  notified_.set(lane);
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
    for (auto& lane : by_lane_) lane.clear();
  }
  for (Waiter* const waiter : waiters) waiter->Draining();
}

void WaitingRoom::Remove(Waiter* waiter) {
  const auto at = places_.find(waiter);
  by_deadline_.erase({at->second.deadline, waiter});
  if (at->second.lane) by_lane_.at(*at->second.lane).erase(waiter);
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
  for (Lane lane = 0; lane < kLanes; ++lane) {
    if (!notified_.test(lane)) continue;
    notified_.reset(lane);
    // Asked under the lock: until its place is gone, nobody else may go on with a waiter.
    const std::unordered_set<Waiter*> waiters = by_lane_.at(lane);
    for (Waiter* const waiter : waiters) {
      if (waiter->Again()) {
        Remove(waiter);
      } else {
        notified_.set(lane);
      }
    }
  }
  return notified_.any();
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
