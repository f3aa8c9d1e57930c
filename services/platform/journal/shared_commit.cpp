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
    auto head = owner_.queue_.begin();
    for (Member* member : batch_) {
      member->turn_ = nullptr;
      for (const std::string& lane : member->lanes_) owner_.running_lanes_.erase(lane);
      const bool waits_again = member->is_left_over_ && !member->is_alone_;
      member->is_left_over_ = false;
      member->place_ = waits_again ? Member::Place::kQueue : Member::Place::kDone;
      if (waits_again) owner_.queue_.insert(head, member);
      member->moved_.notify_one();
    }
    owner_.CallNext();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  const std::vector<Member*>& Batch() const { return batch_; }
  /// Under the lock.
  void SetCommits(bool commits) {
    if (commits == commits_) return;
    commits_ = commits;
    owner_.committing_ += commits ? 1 : -1;
    if (commits) owner_.CallNext();
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

std::vector<SharedCommit::Member*> SharedCommit::Take(const Member& beginner) {
  std::vector<std::list<Member*>::iterator> taken;
  bool has_beginner = false;
  std::unordered_set<std::string> lanes;  // of the batch, and of those that were passed over
  const auto now = steady_clock::now();
  std::size_t looked_at = 0;
  for (auto at = queue_.begin(); at != queue_.end() && looked_at < kLookedAtMax;
       ++at, ++looked_at) {
    const Member& member = **at;
    const bool is_short = member.deadline_ - now < options_.time_left_min;
    const bool fits = IsFree(member, lanes) && (!is_short || taken.empty());
    lanes.insert(member.lanes_.begin(), member.lanes_.end());
    if (!fits) continue;
    taken.push_back(at);
    has_beginner = has_beginner || &member == &beginner;
    if (is_short || taken.size() == options_.calls_max) break;
  }
  std::vector<Member*> batch;
  if (!has_beginner) return batch;
  for (const auto at : taken) {
    (*at)->place_ = Member::Place::kBatch;
    batch.push_back(*at);
    queue_.erase(at);
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
  std::size_t looked_at = 0;
  for (Member* member : queue_) {
    if (++looked_at > kLookedAtMax) return;
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
    // Whoever runs it keeps to the deadlines.
    member.moved_.wait(lock, [&] { return moved() || member.place_ == Member::Place::kQueue; });
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

void SharedCommit::SetCommits(const Member& member, bool commits) {
  const std::lock_guard lock(mutex_);
  if (member.turn_ != nullptr) member.turn_->SetCommits(commits);
}

void SharedCommit::Join(Member& member, const std::function<void()>& alone) {
  std::unique_lock lock(mutex_);
  queue_.push_back(&member);
  while (member.place_ != Member::Place::kDone) {
    member.is_called_ = false;
    std::vector<Member*> batch;
    if (member.place_ == Member::Place::kQueue && MayBegin()) {
      batch = Take(member);
      if (batch.empty()) CallNext();  // its lane is taken: another's may not be
    }
    if (batch.empty()) {
      Await(member, lock);
      continue;
    }
    Turn turn(*this, lock, std::move(batch));
    if (turn.Batch().size() == 1) return alone();
    run_(turn.Batch());
  }
  lock.unlock();
  if (member.is_alone_) alone();
}

}  // namespace lienthong::journal
