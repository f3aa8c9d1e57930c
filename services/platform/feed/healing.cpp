#include "platform/feed/healing.hpp"

#include <algorithm>

#include "platform/base/log.hpp"
#include "platform/kafka/catalogue.hpp"

namespace lienthong::feed {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kHealAgainMin{5};
constexpr seconds kHealAgainMax{60};
constexpr std::size_t kAlteredKeysMax = 20;

}  // namespace

Healing::Healing(const ReaderOptions& options, pg::Pool& pool, Repair::Hands hands)
    : options_(options), pool_(pool), hands_(std::move(hands)) {}

void Healing::Ask(RepairTask task) {
  const std::lock_guard lock(mutex_);
  const Name name{task.topic, task.owner};
  // Exact once the buckets are listed; until then at least one.
  for (const std::string& type : task.types) {
    std::int64_t& divergent = known_.divergent[name][type];
    divergent = std::max<std::int64_t>(divergent, 1);
  }
  Add(std::move(task));
}

void Healing::BeginCount() {
  const std::lock_guard lock(mutex_);
  asked_.clear();
  differing_.clear();
}

void Healing::Compare(const std::vector<RepairTask>& tasks) {
  const std::lock_guard lock(mutex_);
  for (const RepairTask& task : tasks) {
    backoffs_.erase({task.topic, task.owner});
    Add(task);
  }
}

std::optional<std::int64_t> Healing::Compared() const {
  const std::lock_guard lock(mutex_);
  if (!asked_.empty() || asked_runs_) return std::nullopt;
  std::int64_t count = 0;
  for (const auto& [name, types] : differing_) {
    for (const auto& [type, most] : types) count += most;
  }
  return count;
}

void Healing::Add(RepairTask task) {
  RepairTask& open = (task.asked ? asked_ : tasks_)[{task.topic, task.owner}];
  open.asked = task.asked;
  open.topic = task.topic;
  open.owner = task.owner;
  open.types.merge(task.types);
  open.scrubbed.merge(task.scrubbed);
}

void Healing::Matched(const std::string& topic, const std::string& owner) {
  const std::lock_guard lock(mutex_);
  known_.divergent.erase({topic, owner});
  backoffs_.erase({topic, owner});
  tasks_.erase({topic, owner});
  if (known_.divergent.empty()) altered_open_.clear();
}

void Healing::Forget(const std::string& topic) {
  const std::lock_guard lock(mutex_);
  const auto of_topic = [&](const auto& item) { return item.first.first == topic; };
  std::erase_if(known_.divergent, of_topic);
  std::erase_if(backoffs_, of_topic);
  std::erase_if(tasks_, of_topic);
  std::erase_if(asked_, of_topic);
}

void Healing::AddAltered(const std::string& topic, const RowKey& key) {
  if (!altered_open_.insert(topic + " " + key.Text()).second) return;
  ++known_.altered_records;
  known_.altered_keys.push_back(key.Text());
  if (known_.altered_keys.size() > kAlteredKeysMax) known_.altered_keys.pop_front();
  base::LogError("row was altered by hand", {{"topic", topic}, {"key", key.Text()}});
}

void Healing::NoteAltered(const std::string& topic, const std::vector<RowKey>& keys) {
  const std::lock_guard lock(mutex_);
  for (const RowKey& key : keys) AddAltered(topic, key);
}

bool Healing::TakeRecount() {
  const std::lock_guard lock(mutex_);
  return std::exchange(recount_, false);
}

Healing::Known Healing::State() const {
  const std::lock_guard lock(mutex_);
  return known_;
}

void Healing::Tick() {
  const std::lock_guard lock(mutex_);
  if (running_) return;
  std::optional<RepairTask> due = TakeDue();
  if (!due) return;
  running_ = true;
  asked_runs_ = due->asked;
  // The thread before has ended: it cleared running_ as its last act under the lock.
  thread_ = std::jthread([this, due = std::move(*due)](std::stop_token stop) mutable {
    RunTask(std::move(stop), std::move(due));
  });
}

std::optional<RepairTask> Healing::TakeDue() {
  const auto now = steady_clock::now();
  // What was asked for first: the other may be due again with every barrier.
  for (auto* const tasks : {&asked_, &tasks_}) {
    for (auto task = tasks->begin(); task != tasks->end(); ++task) {
      if (!options_.owners.contains(task->first.second)) continue;
      Backoff& backoff = backoffs_[task->first];
      if (now < backoff.next) continue;
      const seconds wait =
          std::min(kHealAgainMax, kHealAgainMin * (1 << std::min(backoff.failures, 4)));
      ++backoff.failures;
      backoff.next = now + wait;
      RepairTask due = std::move(task->second);
      tasks->erase(task);
      return due;
    }
  }
  return std::nullopt;
}

void Healing::RunTask(std::stop_token stop, RepairTask task) {
  RepairOutcome outcome;
  try {
    const auto feed =
        task.topic == kafka::FeedTopic("*") ? journal::v1::FEED_ALL : journal::v1::FEED_OWN;
    OwnerClient client(options_.owners.at(task.owner), options_.kafka, feed, stop);
    Repair repair(task, std::move(client), pool_, hands_, stop);
    repair.Run(outcome);
    Finish(task, outcome);
  } catch (const std::exception& error) {
    base::LogWarning("repair failed; it is tried again at the next barrier",
                     {{"topic", task.topic}, {"owner", task.owner}, {"error", pg::CauseOf(error)}});
    const std::lock_guard lock(mutex_);
    for (const RowKey& key : outcome.altered) AddAltered(task.topic, key);
    // What the scrub found is not found again: the task stays open.
    Add(std::move(task));
  }
  const std::lock_guard lock(mutex_);
  running_ = asked_runs_ = false;
}

void Healing::Finish(const RepairTask& task, const RepairOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  for (const RowKey& key : outcome.altered) AddAltered(task.topic, key);
  recount_ = recount_ || outcome.totals_wrong;
  for (const auto& [type, count] : outcome.divergent) {
    std::int64_t& most = differing_[{task.topic, task.owner}][type];
    most = std::max(most, count);
    // No barrier has said so yet; the next one that matches takes it back.
    if (task.asked && count > 0) known_.divergent[{task.topic, task.owner}][type] = count;
  }
  const auto known = known_.divergent.find({task.topic, task.owner});
  // A barrier may have matched meanwhile.
  if (task.asked || known == known_.divergent.end()) return;
  for (const auto& [type, count] : outcome.divergent) known->second[type] = count;
}

}  // namespace lienthong::feed
