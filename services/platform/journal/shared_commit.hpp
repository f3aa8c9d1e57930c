#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

namespace lienthong::journal {

/// Lets calls that wait at the same moment share one transaction. Nobody waits for company: a call
/// that finds nothing under way begins at once, those that come meanwhile are the next batch. There
/// are no threads of its own: one of the callers runs a batch, the others wait for it.
///
/// A batch holds at most one call of each lane (a record, a request id), and calls of a lane go in
/// the order in which they came, but for calls that are sent away from their batch. Any thread.
class SharedCommit {
  class Turn;

 public:
  using Deadline = std::chrono::steady_clock::time_point;

  struct Options {
    /// Calls in one transaction. Each may take a savepoint, and PostgreSQL keeps 64 of a
    /// transaction in shared memory; beyond that every reader of its rows is slowed down.
    std::size_t calls_max = 48;
    /// Batches at once. Another begins when the one before only waits for its commit, or takes
    /// longer than `patience`: a slow call holds nobody up.
    int batches_max = 4;
    std::chrono::milliseconds patience{20};
    /// A call with less time left shares with nobody: its limit would be everybody's.
    std::chrono::milliseconds time_left_min{100};
    /// A batch whose closures have taken so long begins no further call: those are the first of the
    /// next one. Kept by whoever runs it.
    std::chrono::milliseconds batch_time_max{50};
  };

  /// A call that waits. Its owner is the caller's stack.
  class Member {
   public:
    Member(std::vector<std::string> lanes, Deadline deadline)
        : lanes_(std::move(lanes)), deadline_(deadline) {}
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    virtual ~Member() = default;

    Deadline GetDeadline() const { return deadline_; }
    /// Told by whoever runs the batch: this one has to run by itself after all.
    void SendAlone() { is_alone_ = true; }
    bool IsAlone() const { return is_alone_; }
    /// Told by whoever runs the batch, before the batch ends: it was not begun, and goes back to
    /// the head of the queue. The first of a batch is never left over.
    void SetLeftOver(bool is_left_over) { is_left_over_ = is_left_over; }
    bool IsLeftOver() const { return is_left_over_; }

   private:
    friend class SharedCommit;
    enum class Place { kQueue, kBatch, kDone };

    std::vector<std::string> lanes_;
    Deadline deadline_;
    Place place_ = Place::kQueue;
    Turn* turn_ = nullptr;  ///< of the batch it is in, while that is under way
    bool is_alone_ = false;
    bool is_left_over_ = false;
    bool is_called_ = false;  ///< to see whether it can begin a batch
    std::condition_variable moved_;
  };

  /// Runs a batch of two or more to its end, on the thread of one of them; must not throw.
  using Run = std::function<void(const std::vector<Member*>&)>;

  SharedCommit(Options options, Run run) : options_(options), run_(std::move(run)) {}

  /// Returns when the batch of `member` has been run, or when `alone` has: a call without company,
  /// or one that was sent away from its batch, runs `alone` on its own thread. Throws what `alone`
  /// throws, and base::Error kDeadline when the deadline passes before anything has begun.
  void Join(Member& member, const std::function<void()>& alone);

  /// Told by whoever runs the batch of `member`, or `member` alone: from here on it only waits for
  /// the database, or, with false, it does not after all.
  void SetCommits(const Member& member, bool commits);

  /// Calls in no batch yet.
  std::size_t Waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
  }

 private:
  /// The next batch out of the queue; empty when `beginner`, who is to run it, would not be in it.
  std::vector<Member*> Take(const Member& beginner);
  bool IsFree(const Member& member, const std::unordered_set<std::string>& lanes) const;
  bool MayBegin() const;
  void CallNext();
  void Await(Member& member, std::unique_lock<std::mutex>& lock);

  Options options_;
  Run run_;
  mutable std::mutex mutex_;
  std::list<Member*> queue_;
  std::unordered_set<std::string> running_lanes_;
  int running_ = 0;
  int committing_ = 0;  ///< of those that run
  Deadline began_{};    ///< the newest batch
};

}  // namespace lienthong::journal
