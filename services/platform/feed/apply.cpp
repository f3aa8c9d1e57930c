#include "platform/feed/apply.hpp"

#include <set>
#include <utility>

#include "platform/base/log.hpp"
#include "platform/base/sabotage.hpp"
#include "platform/feed/parked.hpp"

namespace lienthong::feed {
namespace {

/// Rows dropped in one statement when `complete` rises: bounds memory.
constexpr int kDropRowsMax = 10'000;

/// One set and its part of a batch, while it is applied.
class SetBatch {
 public:
  /// `rows`: what is stored under the keys of these messages.
  SetBatch(pg::Tx& tx, const TopicState& state, const std::vector<const Decoded*>& messages,
           Rows rows, const ApplyOptions& options)
      : tx_(tx), options_(options), messages_(messages), copy_(state.owners, std::move(rows)) {
    outcome_.state = state;
  }

  /// Rows, totals and parked messages are written; the offset is the caller's.
  SetOutcome Run() {
    for (const Decoded* decoded : messages_) {
      std::visit([&](const auto& content) { Apply(*decoded->message, content); }, decoded->content);
    }
    NoteChanges();
    UpsertRows(tx_, topic(), copy_.rows());
    UpsertTotals(tx_, topic(), copy_.totals(), owners_);
    outcome_.state.owners = std::move(copy_.totals());
    SettleParked();
    return std::move(outcome_);
  }

  /// Live keys that were set, and keys that were removed.
  std::set<RowKey> set_keys, removed_keys;
  std::map<RowKey, std::pair<std::string, std::optional<std::string_view>>> values;

 private:
  const std::string& topic() const { return outcome_.state.topic; }

  void Apply(const kafka::Message& message, const RecordMessage& record) {
    const Row& known = copy_.rows()[record.key];
    if (!known.owner.empty() && known.owner != record.owner) {
      return Apply(message, Unreadable{known.owner, "the record belongs to another owner"});
    }
    owners_.insert(record.owner);
    copy_.Apply(record);
    if (outcome_.state.parked > 0 && copy_.rows()[record.key].applied) {
      readable_.insert(ReadableKey(message.key));
    }
  }

  void Apply(const kafka::Message& message, const Barrier& barrier) {
    owners_.insert(barrier.owner);
    const bool young = options_.now - message.timestamp < options_.compaction_lag;
    auto comparison = copy_.Apply(
        barrier, young,
        [&](const std::string& owner, std::int64_t complete) { DropOlder(owner, complete); });
    if (comparison.verdict != Copy::Verdict::kPassedOver) {
      outcome_.compared.push_back({topic(), barrier.owner, barrier.time, std::move(comparison)});
    }
    if (outcome_.state.parked > 0) readable_.insert(ReadableKey(message.key));
  }

  void Apply(const kafka::Message& message, const Unreadable& why) {
    base::LogError("message parked", {{"topic", message.topic},
                                      {"offset", std::to_string(message.offset)},
                                      {"reason", why.reason}});
    readable_.erase(ReadableKey(message.key));
    InsertParked(tx_, message, why, options_.now);
    ++outcome_.state.parked;  // settled below: a key has one
    parked_any_ = true;
  }

  void DropOlder(const std::string& owner, std::int64_t complete) {
    NoteChanges();
    UpsertRows(tx_, topic(), copy_.rows());
    std::size_t dropped = 0;
    for (;;) {
      const auto rows = DeleteOlderRows(tx_, topic(), owner, complete, kDropRowsMax);
      for (const DroppedRow& row : rows) {
        if (row.hash) copy_.totals()[row.owner].types[row.key.type].Remove(*row.hash);
        if (options_.wants_values) values[row.key] = {row.owner, std::nullopt};
        if (options_.wants_values) removed_keys.insert(row.key), set_keys.erase(row.key);
      }
      dropped += rows.size();
      if (rows.size() < static_cast<std::size_t>(kDropRowsMax)) break;
    }
    copy_.DropLoaded(owner, complete, /*counted=*/false);
    outcome_.older_dropped = true;
    if (dropped == 0) return;
    base::LogWarning("owner was restored: rows of older epochs dropped",
                     {{"topic", topic()}, {"owner", owner}, {"rows", std::to_string(dropped)}});
  }

  /// Of rows applied since the last write.
  void NoteChanges() {
    for (auto& [key, row] : copy_.rows()) {
      if (!row.applied) continue;
      outcome_.changes.push_back({key, row.owner_before, row.hash_before, row.owner, row.hash});
      row.owner_before = row.owner;
      row.hash_before = row.hash;
      if (!options_.wants_values) continue;
      values[key] = {row.owner, row.hash ? row.value : std::nullopt};
      (row.hash ? set_keys : removed_keys).insert(key);
      (row.hash ? removed_keys : set_keys).erase(key);
    }
  }

  void SettleParked() {
    if (outcome_.state.parked == 0) return;
    const std::size_t superseded = DeleteSuperseded(tx_, topic(), readable_);
    if (superseded > 0) {
      base::LogInfo("parked messages superseded by newer ones",
                    {{"topic", topic()}, {"messages", std::to_string(superseded)}});
    }
    if (superseded > 0 || parked_any_) outcome_.state.parked = CountParked(tx_, topic());
  }

  pg::Tx& tx_;
  const ApplyOptions& options_;
  const std::vector<const Decoded*>& messages_;
  Copy copy_;
  SetOutcome outcome_;
  std::set<std::string> owners_;
  std::set<std::string> readable_;  ///< keys with a newer message than the parked one
  bool parked_any_ = false;
};

/// Where both sets hold a key, the own feed's wins: what a reader of both sees now.
void NoteApplied(pg::Tx& tx, const ApplyOptions& options, const std::string& topic, SetBatch& batch,
                 std::vector<Applied>& applied) {
  const bool own = topic == options.own_topic;
  std::set<RowKey> asked = batch.removed_keys;
  if (!own) asked.insert(batch.set_keys.begin(), batch.set_keys.end());
  const std::string& other = own ? options.all_topic : options.own_topic;
  std::map<RowKey, LiveRow> others;
  for (LiveRow& row : SelectLiveOf(tx, other, asked)) others.emplace(row.key, std::move(row));

  for (const auto& [key, change] : batch.values) {
    const auto found = others.find(key);
    if (found != others.end()) {
      if (own) applied.push_back({found->second.owner, key.type, key.id, found->second.value});
      continue;
    }
    std::optional<std::string> value;
    if (change.second) value.emplace(*change.second);
    applied.push_back({change.first, key.type, key.id, std::move(value)});
  }
}

std::set<RowKey> KeysOf(const std::vector<const Decoded*>& messages) {
  std::set<RowKey> keys;
  for (const Decoded* decoded : messages) {
    if (const auto* record = std::get_if<RecordMessage>(&decoded->content)) {
      keys.insert(record->key);
    }
  }
  return keys;
}

OffsetMoved MovedOf(const std::string& topic) {
  return OffsetMoved("the offset of " + topic + " was moved by another reader");
}

}  // namespace

void RequireOffset(pg::Tx& tx, const TopicState& state) {
  if (!HoldOffset(tx, state.topic, state.next)) throw MovedOf(state.topic);
}

BatchOutcome ApplyBatch(pg::Tx& tx, const std::map<std::string, TopicState>& states,
                        const std::vector<Decoded>& batch, const ApplyOptions& options) {
  std::map<std::string, std::vector<const Decoded*>> by_topic;
  for (const Decoded& decoded : batch) by_topic[decoded.message->topic].push_back(&decoded);

  BatchOutcome outcome;
  for (const auto& [topic, messages] : by_topic) {
    const TopicState& state = states.at(topic);
    const std::int64_t next = messages.back()->message->offset + 1;
    const std::set<RowKey> keys = KeysOf(messages);
    std::optional<Rows> rows =
        base::Sabotaged("offset-outside")
            ? SelectRows(tx, topic, keys)
            : MoveOffsetAndSelectRows(tx, topic, state.next, next, options.now, keys);
    if (!rows) throw MovedOf(topic);
    SetBatch set(tx, state, messages, std::move(*rows), options);
    outcome.sets.push_back(set.Run());
    outcome.sets.back().state.next = next;
    outcome.sets.back().state.applied_at = options.now;
    if (options.wants_values) NoteApplied(tx, options, topic, set, outcome.applied);
  }
  return outcome;
}

BatchOutcome ApplyParked(pg::Tx& tx, const TopicState& state, const std::vector<Decoded>& messages,
                         const ApplyOptions& options) {
  RequireOffset(tx, state);
  std::vector<const Decoded*> pointers;
  for (const Decoded& decoded : messages) pointers.push_back(&decoded);
  BatchOutcome outcome;
  SetBatch set(tx, state, pointers, SelectRows(tx, state.topic, KeysOf(pointers)), options);
  outcome.sets.push_back(set.Run());
  for (const Decoded& decoded : messages) {
    DeleteParked(tx, state.topic, ReadableKey(decoded.message->key));
  }
  outcome.sets.back().state.parked = CountParked(tx, state.topic);
  if (options.wants_values) NoteApplied(tx, options, state.topic, set, outcome.applied);
  return outcome;
}

}  // namespace lienthong::feed
