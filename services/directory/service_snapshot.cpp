#include "directory/service_snapshot.hpp"

#include "directory/records.hpp"
#include "platform/base/log.hpp"

namespace lienthong::directory {
namespace {

/// How soon a commit of another copy of the service is seen.
constexpr std::chrono::milliseconds kInterval{250};
/// How long a call that has committed waits for its own change to be in the snapshot.
constexpr std::chrono::milliseconds kRefreshWaitMax{200};

const std::vector<std::string>& Types() {
  static const std::vector<std::string> types{kUnitType, kOfficialType, kPositionType};
  return types;
}

}  // namespace

OwnSnapshot::OwnSnapshot(pg::Pool& pool, access::SnapshotHolder& holder)
    : pool_(pool), holder_(holder) {
  pool_.Transact([&](pg::Tx& tx) {
    const std::int64_t fence = SelectFence(tx).value_or(0);
    Apply(SelectStates(tx, Types()));
    cursor_ = fence;
  });
}

void OwnSnapshot::Start() {
  thread_ = std::jthread([this](std::stop_token stop) { Loop(stop); });
}

void OwnSnapshot::RefreshNow() {
  std::unique_lock lock(mutex_);
  const std::uint64_t ticket = ++asked_;
  changed_.notify_all();
  changed_.wait_for(lock, kRefreshWaitMax, [&] { return done_ >= ticket; });
}

void OwnSnapshot::Refresh() {
  const auto [fence, states] = pool_.Transact([&](pg::Tx& tx) {
    auto fence = SelectFence(tx);
    return std::pair(fence, SelectStatesAfter(tx, cursor_, Types()));
  });
  Apply(states);
  // While writers are at work the same stretch is read again next time: a smaller id may yet
  // become visible.
  if (!fence) return;
  cursor_ = *fence;
  std::erase_if(applied_, [&](const auto& item) { return item.second <= cursor_; });
}

void OwnSnapshot::Apply(const std::vector<RecordState>& states) {
  std::vector<const RecordState*> news;
  for (const RecordState& state : states) {
    std::int64_t& applied = applied_[{state.type, state.id}];
    if (state.journal_id <= applied) continue;
    applied = state.journal_id;
    news.push_back(&state);
  }
  if (news.empty()) return;
  holder_.Update([&](access::Snapshot& snapshot) {
    for (const RecordState* state : news) snapshot.Set(state->type, state->id, state->json);
  });
}

void OwnSnapshot::Loop(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::uint64_t target = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, kInterval, [&] { return asked_ > done_; });
      target = asked_;
    }
    try {
      Refresh();
    } catch (const std::exception& error) {
      base::LogWarning("access snapshot not refreshed", {{"error", pg::CauseOf(error)}});
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, kInterval, [] { return false; });
      continue;
    }
    const std::lock_guard lock(mutex_);
    done_ = target;
    changed_.notify_all();
  }
}

}  // namespace lienthong::directory
