#include "platform/journal/shared_commit.hpp"

#include <algorithm>

#include "platform/base/error.hpp"

namespace lienthong::journal {
namespace {

using std::chrono::steady_clock;

/// Calls looked at for one batch: those of busy lanes are passed over.
constexpr std::size_t kLookedAtMax = 256;

}  // namespace

/// One batch under way: occupies its lanes and a place among the batches.
class SharedCommit::Turn {
 public:
  Turn(SharedCommit& owner, std::unique_lock<std::mutex>& lock, std::vector<Member*> batch)
      : owner_(owner), lock_(lock), batch_(std::move(batch)) {
    ++owner_.running_;
    owner_.began_ = steady_clock::now();
    for (Member* member : batch_) {
      member->turn_ = this;
      owner_.running_lanes_.insert(member->lanes_.begin(), member->lanes_.end());
    }
    lock_.unlock();
  }
  ~Turn() {
    lock_.lock();
    --owner_.running_;
    if (commits_) --owner_.committing_;
    for (Member* member : batch_) {
      member->turn_ = nullptr;
      for (const std::string& lane : member->lanes_) owner_.running_lanes_.erase(lane);
      member->place_ = Member::Place::kDone;
      member->moved_.notify_one();
    }
    owner_.CallNext();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  const std::vector<Member*>& Batch() const { return batch_; }
  /// Under the lock.
  void Commits() {
    if (commits_) return;
    commits_ = true;
    ++owner_.committing_;
    owner_.CallNext();
  }

 private:
  SharedCommit& owner_;
  std::unique_lock<std::mutex>& lock_;
  std::vector<Member*> batch_;
  bool commits_ = false;
};

bool SharedCommit::IsFree(const Member& member,
                          const std::unordered_set<std::string>& lanes) const {
  return std::none_of(member.lanes_.begin(), member.lanes_.end(), [&](const std::string& lane) {
    return running_lanes_.contains(lane) || lanes.contains(lane);
  });
}

std::vector<SharedCommit::Member*> SharedCommit::Take() {
  std::vector<Member*> batch;
  std::unordered_set<std::string> lanes;  // of the batch, and of those that were passed over
  const auto now = steady_clock::now();
  std::size_t looked_at = 0;
  for (auto at = queue_.begin(); at != queue_.end() && looked_at < kLookedAtMax; ++looked_at) {
    Member& member = **at;
    const bool is_short = member.deadline_ - now < options_.time_left_min;
    const bool fits = IsFree(member, lanes) && (!is_short || batch.empty());
    lanes.insert(member.lanes_.begin(), member.lanes_.end());
    if (!fits) {
      ++at;
      continue;
    }
    at = queue_.erase(at);
    member.place_ = Member::Place::kBatch;
    batch.push_back(&member);
    if (is_short || batch.size() == options_.calls_max) break;
  }
  return batch;
}

bool SharedCommit::MayBegin() const {
  if (running_ == 0) return true;
  if (running_ >= options_.batches_max) return false;
  return running_ == committing_ || steady_clock::now() - began_ >= options_.patience;
}

/// Also when it is too early to begin: who has lost patience once waits anew, from the newest batch
/// on, and does not sleep through a batch that takes long.
void SharedCommit::CallNext() {
  if (running_ >= options_.batches_max) return;  // the end of one of them calls again
  std::unordered_set<std::string> passed_over;
  for (Member* member : queue_) {
    if (IsFree(*member, passed_over)) {
      member->is_called_ = true;
      member->moved_.notify_one();
      return;
    }
    passed_over.insert(member->lanes_.begin(), member->lanes_.end());
  }
}

void SharedCommit::Await(Member& member, std::unique_lock<std::mutex>& lock) {
  const auto moved = [&] { return member.place_ == Member::Place::kDone || member.is_called_; };
  if (member.place_ == Member::Place::kBatch) {
    member.moved_.wait(lock, moved);  // whoever runs it keeps to the deadlines
    return;
  }
  const auto left = [&] { return moved() || member.place_ == Member::Place::kBatch; };
  const auto patient_until = began_ + options_.patience;
  const bool may_lose_patience =
      running_ > 0 && running_ < options_.batches_max && steady_clock::now() < patient_until;
  const auto until =
      may_lose_patience ? std::min(member.deadline_, patient_until) : member.deadline_;
  if (member.moved_.wait_until(lock, until, left)) return;
  if (steady_clock::now() < member.deadline_) return;  // to begin a batch of its own
  queue_.remove(&member);
  CallNext();  // it may have been its turn
  throw base::Error(base::ErrorKind::kDeadline, "DEADLINE_EXCEEDED", "the deadline has passed");
}

void SharedCommit::Commits(Member& member) {
  const std::lock_guard lock(mutex_);
  if (member.turn_ != nullptr) member.turn_->Commits();
}

void SharedCommit::Join(Member& member, const std::function<void()>& alone) {
  std::unique_lock lock(mutex_);
  queue_.push_back(&member);
  while (member.place_ != Member::Place::kDone) {
    member.is_called_ = false;
    std::vector<Member*> batch;
    if (member.place_ == Member::Place::kQueue && MayBegin()) batch = Take();
    if (batch.empty()) {
      Await(member, lock);
      continue;
    }
    const Turn turn(*this, lock, std::move(batch));
    if (turn.Batch().size() == 1 && turn.Batch().front() == &member) return alone();
    run_(turn.Batch());
  }
  lock.unlock();
  if (member.is_alone_) alone();
}

}  // namespace lienthong::journal
