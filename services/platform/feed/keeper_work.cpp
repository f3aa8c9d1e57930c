// What operators ask of a copy: a repair of all of it, a bootstrap.
#include <algorithm>

#include "platform/base/log.hpp"
#include "platform/feed/keeper.hpp"

namespace lienthong::feed {

Work Keeper::Ask(WorkKind kind, const std::string& request_id, const std::string& operation_id,
                 std::chrono::steady_clock::time_point deadline) {
  const std::lock_guard lock(work_mutex_);
  const Work work = pool_.Transact(deadline, [&](pg::Tx& tx) {
    return InsertWork(tx, kind, request_id, operation_id, clock_.MachineNow());
  });
  LoadWorks();
  Publish();
  return work;
}

void Keeper::LoadWorks() {
  pool_.Transact([&](pg::Tx& tx) {
    auto repair = SelectNewestWork(tx, WorkKind::kRepair);
    auto bootstrap = SelectNewestWork(tx, WorkKind::kBootstrap);
    // Another request while one goes on starts over.
    const bool is_other = repair && repair_ && repair->request_id != repair_->request_id;
    if (is_other) repair_step_ = RepairStep::kNone;
    repair_ = std::move(repair);
    bootstrap_ = std::move(bootstrap);
  });
}

bool Keeper::WantsBootstrap() const {
  const std::lock_guard lock(work_mutex_);
  return bootstrap_ && !bootstrap_->begun_at;
}

bool Keeper::Bootstrap() {
  const std::lock_guard lock(work_mutex_);
  if (!bootstrap_ || bootstrap_->begun_at) return false;
  base::LogWarning("the copy is emptied and read anew: operators asked for it",
                   {{"member", options_.member}, {"request_id", bootstrap_->request_id}});
  const base::Time now = clock_.MachineNow();
  // Whoever is killed here left everything as it was, or a copy that reads from the beginning.
  const auto gone = pool_.Transact([&](pg::Tx& tx) {
    std::map<std::string, std::vector<RowKey>> keys;
    for (const auto& [topic, state] : states_) {
      RequireOffset(tx, state);
      keys[topic] = ClearTopic(tx, topic);
    }
    SetWorkBegun(tx, WorkKind::kBootstrap, bootstrap_->request_id, now);
    return keys;
  });
  bootstrap_->begun_at = now;
  for (const auto& [topic, keys] : gone) Emptied(topic, keys);
  Publish();
  return true;
}

bool Keeper::IsFilled() const {
  return std::all_of(states_.begin(), states_.end(), [&](const auto& item) {
    const Totals& totals = item.second.owners;
    return std::all_of(options_.owners.begin(), options_.owners.end(), [&](const auto& owner) {
      const auto found = totals.find(owner.first);
      return found != totals.end() && found->second.matched_time;
    });
  });
}

void Keeper::GoOnWithBootstrap() {
  if (!bootstrap_ || !bootstrap_->begun_at || bootstrap_->completed_at || !IsFilled()) return;
  const base::Time now = clock_.MachineNow();
  pool_.Transact([&](pg::Tx& tx) {
    SetWorkCompleted(tx, WorkKind::kBootstrap, bootstrap_->request_id, now, 0);
  });
  bootstrap_->completed_at = now;
  base::LogInfo("the copy was read anew",
                {{"member", options_.member}, {"request_id", bootstrap_->request_id}});
}

void Keeper::GoOnWithRepair() {
  // A copy that is being filled differs in everything that has not come yet.
  if (!repair_ || repair_->completed_at || (bootstrap_ && !bootstrap_->begun_at) || !IsFilled())
    return;
  if (repair_step_ == RepairStep::kNone) {
    // First the stored bytes: owners are asked by the hashes of rows.
    healing_.BeginCount();
    scrubs_ = {Scrub(all_topic_), Scrub(own_topic_)};
    repair_step_ = RepairStep::kRehashing;
    return;
  }
  if (repair_step_ == RepairStep::kRehashing) {
    if (!scrubs_.empty()) return;
    healing_.Compare(ComparisonOfAll());
    repair_step_ = RepairStep::kComparing;
    return;
  }
  const auto differing = healing_.Compared();
  if (!differing) return;
  const base::Time now = clock_.MachineNow();
  pool_.Transact([&](pg::Tx& tx) {
    SetWorkCompleted(tx, WorkKind::kRepair, repair_->request_id, now, *differing);
  });
  repair_->completed_at = now;
  repair_->differing = *differing;
  repair_step_ = RepairStep::kNone;
  base::LogInfo("the copy was compared with every owner: operators asked for it",
                {{"member", options_.member},
                 {"request_id", repair_->request_id},
                 {"differing", std::to_string(*differing)}});
}

std::vector<RepairTask> Keeper::ComparisonOfAll() const {
  std::vector<RepairTask> tasks;
  for (const auto& [topic, state] : states_) {
    for (const auto& [owner, address] : options_.owners) {
      RepairTask& task = tasks.emplace_back(RepairTask{topic, owner, {}, {}, true});
      const auto listed = options_.types.find(owner);
      if (listed != options_.types.end()) {
        task.types.insert(listed->second.begin(), listed->second.end());
      }
      const auto totals = state.owners.find(owner);
      if (totals == state.owners.end()) continue;
      for (const auto& [type, sum] : totals->second.types) task.types.insert(type);
    }
  }
  return tasks;
}

}  // namespace lienthong::feed
