#pragma once

#include <array>
#include <atomic>
#include <bitset>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace lienthong::rpc {

/// A call that waits without holding a worker: for a version, or for its stream's next message.
/// Each of these is called at most once per stay, on another thread, and must not block.
class Waiter {
 public:
  virtual ~Waiter() = default;
  /// Notified: posts itself to a worker. False = the queue is full; it is asked again soon.
  virtual bool Again() = 0;
  /// The deadline of the stay has passed.
  virtual void Late() = 0;
  /// The process is shutting down.
  virtual void Draining() = 0;
};

/// Where waiters wait. A waiter in the room belongs to the room; whoever takes it out (a notice,
/// the deadline, the drain, or Leave) is the only one to go on with it. Any thread; one thread of
/// its own; lives as long as the serving process.
class WaitingRoom {
 public:
  using Deadline = std::chrono::steady_clock::time_point;
  using Lane = std::size_t;

  explicit WaitingRoom(std::size_t waiters_max);
  ~WaitingRoom();

  struct Stay {
    Deadline deadline;
    /// Whose notices it waits for; nullopt = for the deadline alone.
    std::optional<Lane> lane{};
    /// Generation of the lane seen before the caller looked for what it waits for: only notices
    /// after it count.
    std::uint64_t generation = 0;
    const std::atomic<bool>* cancelled = nullptr;
    /// Run inside Enter once the waiter is in, before anybody can take it out.
    std::function<void()> start;
  };
  enum class Entry { kIn, kNotified, kCancelled, kFull, kDraining };

  /// After kIn the caller must not touch the waiter any more.
  Entry Enter(Waiter& waiter, const Stay& stay);
  /// True when the waiter was in the room and is the caller's now.
  bool Leave(Waiter& waiter);

  /// The lane of all that wait for the same thing, by its name; few names share one.
  static Lane LaneOf(const std::string& name) { return std::hash<std::string>()(name) % kLanes; }
  std::uint64_t Generation(Lane lane) const { return generations_.at(lane).load(); }
  /// Lets the waiters of a lane look again.
  void Notify(Lane lane);
  /// Sends everybody out by Draining(), and lets nobody in from now on.
  void Close();

 private:
  static constexpr std::size_t kLanes = 64;
  struct Place {
    Deadline deadline;
    std::optional<Lane> lane;
  };

  void Watch(std::stop_token stop);
  void Remove(Waiter* waiter);
  bool Wake();
  std::vector<Waiter*> TakeLate();

  const std::size_t waiters_max_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::unordered_map<Waiter*, Place> places_;
  std::set<std::pair<Deadline, Waiter*>> by_deadline_;
  std::array<std::atomic<std::uint64_t>, kLanes> generations_{};
  std::array<std::unordered_set<Waiter*>, kLanes> by_lane_;
  std::bitset<kLanes> notified_;
  bool is_changed_ = false;
  bool closed_ = false;
  std::jthread thread_;
};

}  // namespace lienthong::rpc
