#include "platform/feed/keeper.hpp"

#include <algorithm>
#include <thread>

#include "platform/base/log.hpp"
#include "platform/base/sabotage.hpp"
#include "platform/feed/parked.hpp"
#include "platform/kafka/catalogue.hpp"

namespace lienthong::feed {
namespace {

using std::chrono::steady_clock;

constexpr int kStoredRowsMax = 1000;
constexpr std::int64_t kStoredBytesMax = 1024 * 1024;
/// `delete.retention.ms` of feeds: tombstones older than that may be gone from the log.
constexpr std::chrono::hours kAwayMax{7 * 24};

}  // namespace

Keeper::Keeper(const ReaderOptions& options, pg::Pool& pool, base::Clock& clock,
               Reader::OnApplied on_applied, Reader::OnVerified on_verified)
    : options_(options),
      pool_(pool),
      clock_(clock),
      on_applied_(std::move(on_applied)),
      on_verified_(std::move(on_verified)),
      own_topic_(kafka::FeedTopic(options.member)),
      all_topic_(kafka::FeedTopic("*")),
      scrub_at_(steady_clock::now() + options.scrub_interval),
      metrics_(options.member),
      healing_(options_, pool_,
               {[this](const std::function<void(pg::Tx&)>& fn) {
                  const std::lock_guard lock(work_mutex_);
                  pool_.Transact(fn);
                },
                [this](const RepairTask& task, const std::vector<RowKey>& keys) {
                  Remove(task.topic, task.owner, keys);
                }}) {}

void Keeper::Load() {
  const std::lock_guard lock(work_mutex_);
  std::map<std::string, TopicState> states;
  for (const std::string& topic : {own_topic_, all_topic_}) {
    states[topic] = pool_.Transact([&](pg::Tx& tx) { return LoadTopic(tx, topic); });
  }
  states_ = std::move(states);
  for (const auto& [topic, state] : states_) {
    if (state.applied_at) at_end_at_ = std::max(at_end_at_, *state.applied_at);
  }
  if (at_end_at_ == base::Time{}) at_end_at_ = clock_.MachineNow();
  scrubs_.clear();  // rows may have changed without its being told
  if (repair_step_ == RepairStep::kRehashing) repair_step_ = RepairStep::kNone;
  LoadWorks();
  for (const auto& [owner, address] : options_.owners) GiveVerified(owner);
  Publish();
}

void Keeper::GiveStored() {
  if (!on_applied_ || !options_.wants_values) return;
  for (const std::string& topic : {own_topic_, all_topic_}) {
    RowKey after;
    for (;;) {
      std::vector<Applied> applied;
      const auto rows = pool_.Transact([&](pg::Tx& tx) {
        return SelectLive(tx, topic, after, kStoredRowsMax, kStoredBytesMax);
      });
      if (rows.empty()) break;
      after = rows.back().key;
      std::set<RowKey> hidden;
      if (topic == all_topic_) {
        std::set<RowKey> keys;
        for (const LiveRow& row : rows) keys.insert(row.key);
        for (const LiveRow& row :
             pool_.Transact([&](pg::Tx& tx) { return SelectLiveOf(tx, own_topic_, keys); })) {
          hidden.insert(row.key);
        }
      }
      for (const LiveRow& row : rows) {
        if (hidden.contains(row.key)) continue;
        applied.push_back({row.owner, row.key.type, row.key.id, row.value});
      }
      on_applied_(applied);
    }
  }
}

std::map<std::string, std::int64_t> Keeper::Next() const {
  const std::lock_guard lock(work_mutex_);
  std::map<std::string, std::int64_t> next;
  for (const auto& [topic, state] : states_) next[topic] = state.next;
  return next;
}

ApplyOptions Keeper::OptionsNow() const {
  return {clock_.MachineNow(), options_.compaction_lag, own_topic_, all_topic_,
          on_applied_ && options_.wants_values};
}

void Keeper::Apply(const std::vector<Decoded>& batch) {
  const std::lock_guard lock(work_mutex_);
  std::vector<Decoded> fresh;
  std::vector<const Decoded*> known;
  for (const Decoded& decoded : batch) {
    if (decoded.message->offset < states_.at(decoded.message->topic).next) {
      known.push_back(&decoded);
    } else {
      fresh.push_back(decoded);
    }
  }
  GiveAgain(known);
  if (fresh.empty()) return;
  const ApplyOptions options = OptionsNow();
  if (base::Sabotaged("offset-outside")) MoveOffsetsFirst(fresh);
  Commit(pool_.Transact([&](pg::Tx& tx) { return ApplyBatch(tx, states_, fresh, options); }));
  metrics_.Applied(fresh.size());
}

void Keeper::MoveOffsetsFirst(const std::vector<Decoded>& batch) {
  std::map<std::string, std::int64_t> next;
  for (const Decoded& decoded : batch) next[decoded.message->topic] = decoded.message->offset + 1;
  pool_.Transact([&](pg::Tx& tx) {
    for (const auto& [topic, offset] : next) {
      MoveOffset(tx, topic, states_.at(topic).next, offset, clock_.MachineNow());
    }
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // long enough for a kill to hit
}

void Keeper::Commit(BatchOutcome outcome) {
  for (SetOutcome& set : outcome.sets) {
    const std::string topic = set.state.topic;
    states_[topic] = std::move(set.state);
    for (Scrub& scrub : scrubs_) {
      if (scrub.topic() != topic) continue;
      if (set.older_dropped) {
        scrub = Scrub(topic);
      } else {
        scrub.Note(set.changes);
      }
    }
  }
  if (on_applied_ && (!outcome.applied.empty() || !options_.wants_values)) {
    on_applied_(outcome.applied);
  }
  for (const SetOutcome& set : outcome.sets) {
    for (const Compared& compared : set.compared) Judge(compared);
  }
  Publish();
}

void Keeper::Judge(const Compared& compared) {
  RepairTask task{compared.topic, compared.owner, compared.comparison.types, {}};
  if (compared.comparison.verdict == Copy::Verdict::kMatched) {
    healing_.Matched(compared.topic, compared.owner);
    GiveVerified(compared.owner);
  } else {
    std::string types;
    for (const std::string& type : task.types) types += (types.empty() ? "" : ",") + type;
    base::LogError("copy differs from its owner",
                   {{"topic", compared.topic}, {"owner", compared.owner}, {"types", types}});
  }
  const auto& owners = states_.at(compared.topic).owners;
  const auto totals = owners.find(compared.owner);
  const bool suspects = totals != owners.end() && totals->second.suspects > 0;
  if (!task.types.empty() || suspects) healing_.Ask(std::move(task));
}

void Keeper::GiveVerified(const std::string& owner) {
  if (!on_verified_) return;
  std::optional<base::Time> verified;
  for (const auto& [topic, state] : states_) {
    const auto totals = state.owners.find(owner);
    if (totals == state.owners.end() || !totals->second.equal || !totals->second.matched_time) {
      return;
    }
    const base::Time time = *totals->second.matched_time;
    verified = verified ? std::min(*verified, time) : time;
  }
  if (verified) on_verified_(owner, *verified);
}

void Keeper::GiveAgain(const std::vector<const Decoded*>& messages) {
  if (!on_applied_ || !options_.wants_values) return;
  std::map<RowKey, Applied> records;
  std::set<RowKey> keys;
  for (const Decoded* decoded : messages) {
    const auto* record = std::get_if<RecordMessage>(&decoded->content);
    if (record == nullptr) continue;
    keys.insert(record->key);
    records[record->key] = {record->owner, record->key.type, record->key.id, std::nullopt};
  }
  if (keys.empty()) return;
  // The own feed's last, since it wins.
  for (const std::string& topic : {all_topic_, own_topic_}) {
    for (const LiveRow& row :
         pool_.Transact([&](pg::Tx& tx) { return SelectLiveOf(tx, topic, keys); })) {
      records[row.key] = {row.owner, row.key.type, row.key.id, row.value};
    }
  }
  std::vector<Applied> applied;
  for (auto& [key, record] : records) applied.push_back(std::move(record));
  on_applied_(applied);
}

void Keeper::Remove(const std::string& topic, const std::string& owner,
                    const std::vector<RowKey>& keys) {
  const std::lock_guard lock(work_mutex_);
  const TopicState& state = states_.at(topic);
  const auto totals = state.owners.find(owner);
  // Below every message of the epoch in force: what the owner publishes after all stays.
  const Position position{totals == state.owners.end() ? 0 : totals->second.complete, 0};
  std::vector<kafka::Message> messages(keys.size());
  std::vector<Decoded> tombstones;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    messages[i].topic = topic;
    messages[i].key = keys[i].Text();
    tombstones.push_back(
        {&messages[i], RecordMessage{owner, keys[i], position, 0, "", std::nullopt}});
  }
  const ApplyOptions options = OptionsNow();
  Commit(pool_.Transact([&](pg::Tx& tx) { return ApplyParked(tx, state, tombstones, options); }));
  base::LogWarning("records removed that their owner never published",
                   {{"topic", topic}, {"owner", owner}, {"records", std::to_string(keys.size())}});
}

std::vector<std::string> Keeper::Outdated() const {
  const std::lock_guard lock(work_mutex_);
  std::vector<std::string> topics;
  for (const auto& [topic, state] : states_) {
    if (state.applied_at && clock_.MachineNow() - *state.applied_at > kAwayMax) {
      topics.push_back(topic);
    }
  }
  return topics;
}

void Keeper::StartOver(const std::string& topic, const std::string& reason) {
  const std::lock_guard lock(work_mutex_);
  base::LogWarning("set starts over from nothing", {{"topic", topic}, {"reason", reason}});
  Emptied(topic, pool_.Transact([&](pg::Tx& tx) { return ClearTopic(tx, topic); }));
  Publish();
}

void Keeper::Emptied(const std::string& topic, const std::vector<RowKey>& gone) {
  states_[topic] = pool_.Transact([&](pg::Tx& tx) { return LoadTopic(tx, topic); });
  std::erase_if(scrubs_, [&](const Scrub& scrub) { return scrub.topic() == topic; });
  healing_.Forget(topic);
  repair_step_ = RepairStep::kNone;
  if (on_verified_) {
    for (const auto& [owner, address] : options_.owners)
      on_verified_(owner, Reader::kNeverVerified);
  }
  if (on_applied_ && options_.wants_values) {
    std::vector<Applied> applied;
    for (const RowKey& key : gone) applied.push_back({{}, key.type, key.id, std::nullopt});
    on_applied_(applied);
  }
}

bool Keeper::ScrubSome() {
  const std::lock_guard lock(work_mutex_);
  if (healing_.TakeRecount()) scrub_at_ = steady_clock::now();
  if (scrubs_.empty()) {
    if (steady_clock::now() < scrub_at_) return false;
    scrubs_ = {Scrub(all_topic_), Scrub(own_topic_)};
  }
  if (!options_.scrub_pace->IsFree()) return true;
  Scrub& scrub = scrubs_.back();
  const std::string topic = scrub.topic();
  Scrub::Step step = pool_.Transact([&](pg::Tx& tx) {
    RequireOffset(tx, states_.at(topic));
    return scrub.Run(tx, states_.at(topic));
  });
  states_[topic] = step.state;
  const Scrub::Finding finding = scrub.Advance(std::move(step));
  options_.scrub_pace->Spend(finding.rows);
  TakeFinding(topic, finding);
  if (!finding.finished) return true;
  scrubs_.pop_back();
  if (!scrubs_.empty()) return true;
  scrubbed_at_ = clock_.MachineNow();
  scrub_at_ = steady_clock::now() + options_.scrub_interval;
  Publish();
  return false;
}

void Keeper::TakeFinding(const std::string& topic, const Scrub::Finding& finding) {
  for (const auto& [owner, types] : finding.differing) {
    base::LogError("scrub: rows are not what was received", {{"topic", topic}, {"owner", owner}});
    healing_.Ask({topic, owner, types, types});
  }
  healing_.NoteAltered(topic, finding.altered);
  if (!finding.differing.empty()) Publish();
}

void Keeper::Tick() {
  healing_.Tick();
  const std::lock_guard lock(work_mutex_);
  GoOnWithBootstrap();
  GoOnWithRepair();
  Publish();
}

void Keeper::SetEnd(const std::string& topic, std::int64_t high, base::Time asked_at) {
  const std::lock_guard lock(work_mutex_);
  ends_[topic] = high;
  ends_known_at_ = asked_at;
}

}  // namespace lienthong::feed
