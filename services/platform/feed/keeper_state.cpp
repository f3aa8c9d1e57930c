// What a keeper shows of its copy, and the replay of parked messages.
#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "platform/base/log.hpp"
#include "platform/feed/keeper.hpp"
#include "platform/feed/parked.hpp"

namespace lienthong::feed {
namespace {

/// The broker is asked for the ends of the logs every few seconds; what it said longer ago says
/// nothing any more.
constexpr std::chrono::seconds kEndsKnown{15};

}  // namespace
namespace {

constexpr int kReplayMessagesMax = 100;

/// Owner of a record type by what the set holds of it; empty when nothing does.
std::string OwnerOfType(const TopicState& state, const std::string& type) {
  for (const auto& [owner, totals] : state.owners) {
    if (totals.types.contains(type)) return owner;
  }
  return {};
}

}  // namespace

Reader::ReplayOutcome Keeper::Replay() {
  const std::lock_guard lock(work_mutex_);
  Reader::ReplayOutcome outcome;
  for (const std::string& topic : {own_topic_, all_topic_}) ReplayTopic(topic, outcome);
  Publish();
  return outcome;
}

void Keeper::ReplayTopic(const std::string& topic, Reader::ReplayOutcome& outcome) {
  std::int64_t after = -1;
  for (;;) {
    const auto messages = pool_.Transact(
        [&](pg::Tx& tx) { return SelectParked(tx, topic, after, kReplayMessagesMax); });
    if (messages.empty()) break;
    after = messages.back().offset;
    std::vector<Decoded> readable;
    std::vector<Decoded> unreadable;
    for (Decoded& decoded : Decode(messages, options_)) {
      const bool is_readable = !std::holds_alternative<Unreadable>(decoded.content);
      (is_readable ? readable : unreadable).push_back(std::move(decoded));
    }
    const ApplyOptions options = OptionsNow();
    if (!readable.empty()) {
      outcome.applied += static_cast<int>(readable.size());
      Commit(pool_.Transact(
          [&](pg::Tx& tx) { return ApplyParked(tx, states_.at(topic), readable, options); }));
    }
    TopicState state = pool_.Transact([&](pg::Tx& tx) {
      TopicState changed = states_.at(topic);
      RequireOffset(tx, changed);
      AskAgain(tx, changed, unreadable);
      return changed;
    });
    states_[topic] = std::move(state);
    if (messages.size() < static_cast<std::size_t>(kReplayMessagesMax)) break;
  }
  outcome.still_parked += static_cast<int>(states_.at(topic).parked);
}

void Keeper::AskAgain(pg::Tx& tx, TopicState& state, const std::vector<Decoded>& unreadable) {
  std::set<RowKey> keys;
  std::map<RowKey, std::string> owners;
  for (const Decoded& decoded : unreadable) {
    const auto key = ParseKey(decoded.message->key);
    if (!key) {
      // No record waits for it: seen by the operator who asked for the replay, it goes.
      base::LogWarning(
          "parked message that names no record dropped",
          {{"topic", state.topic}, {"offset", std::to_string(decoded.message->offset)}});
      DeleteParked(tx, state.topic, ReadableKey(decoded.message->key));
      continue;
    }
    std::string owner = OwnerOf(*decoded.message);
    if (owner.empty()) owner = OwnerOfType(state, key->type);
    if (owner.empty()) continue;
    keys.insert(*key);
    owners[*key] = owner;
  }
  std::vector<std::string> tried;
  for (const Decoded& decoded : unreadable) tried.push_back(ReadableKey(decoded.message->key));
  NoteTried(tx, state.topic, tried, clock_.MachineNow());
  Rows rows = SelectRows(tx, state.topic, keys);
  for (const RowKey& key : keys) {
    Row& row = rows[key];
    if (row.owner.empty()) row.owner = owners[key];
    if (row.suspect) continue;
    row.suspect = row.marked = true;
    ++state.owners[row.owner].suspects;
  }
  UpsertRows(tx, state.topic, rows);
  state.parked = CountParked(tx, state.topic);
}

Consistency Keeper::State() const {
  const std::lock_guard lock(shown_mutex_);
  return shown_;
}

void Keeper::AddOwners(const TopicState& state, const Healing::Known& known,
                       Consistency& consistency) const {
  std::set<std::string> owners;
  for (const auto& [owner, address] : options_.owners) owners.insert(owner);
  for (const auto& [owner, totals] : state.owners) owners.insert(owner);
  for (const std::string& owner : owners) {
    OwnerState shown;
    shown.topic = state.topic;
    shown.owner = owner;
    if (const auto found = state.owners.find(owner); found != state.owners.end()) {
      const OwnerTotals& totals = found->second;
      shown.equal = totals.equal;
      shown.epoch = totals.matched.epoch;
      shown.sequence = totals.matched.sequence;
      shown.verified_at = totals.matched_time;
      shown.suspects = totals.suspects;
      for (const auto& [type, sum] : totals.types) {
        shown.types[type] = {sum.count, sum.digest.Hex(), 0};
      }
    }
    const auto divergent = known.divergent.find({state.topic, owner});
    if (divergent != known.divergent.end()) {
      for (const auto& [type, count] : divergent->second) {
        shown.types[type].divergent = count;
        if (shown.types[type].digest.empty()) shown.types[type].digest = journal::Digest().Hex();
      }
    }
    consistency.equal = consistency.equal && shown.equal && shown.suspects == 0;
    consistency.owners.push_back(std::move(shown));
  }
}

void Keeper::Publish() {
  const Healing::Known known = healing_.State();
  Consistency consistency;
  consistency.equal = true;
  for (const auto& [topic, state] : states_) {
    AddOwners(state, known, consistency);
    consistency.parked += state.parked;
    const auto end = ends_.find(topic);
    if (end != ends_.end()) {
      consistency.lag_messages += std::max<std::int64_t>(0, end->second - state.next);
    }
  }
  consistency.equal = consistency.equal && !states_.empty() && consistency.parked == 0;
  bool all_verified = !consistency.owners.empty();
  for (const OwnerState& owner : consistency.owners) {
    all_verified = all_verified && owner.verified_at.has_value();
    if (!all_verified) break;
    consistency.verified_at =
        std::min(consistency.verified_at.value_or(*owner.verified_at), *owner.verified_at);
  }
  if (!all_verified) consistency.verified_at.reset();
  consistency.scrubbed_at = scrubbed_at_;
  consistency.altered_records = known.altered_records;
  consistency.altered_keys.assign(known.altered_keys.begin(), known.altered_keys.end());
  consistency.repair = repair_;
  consistency.bootstrap = bootstrap_;

  const base::Time now = clock_.MachineNow();
  const bool at_end = consistency.lag_messages == 0 && now - ends_known_at_ < kEndsKnown;
  if (at_end) at_end_at_ = now;
  const std::lock_guard lock(shown_mutex_);
  shown_ = std::move(consistency);
  metrics_.Show(shown_, std::chrono::duration<double>(now - at_end_at_).count());
}

void Keeper::Show() {
  const std::lock_guard lock(work_mutex_);
  Publish();
}

}  // namespace lienthong::feed
