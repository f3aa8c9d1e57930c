#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "platform/feed/apply.hpp"
#include "platform/feed/healing.hpp"
#include "platform/feed/reader.hpp"
#include "platform/feed/reader_metrics.hpp"
#include "platform/feed/scrub.hpp"

namespace lienthong::feed {

/// The copy that a reader keeps: both sets in the database, what is known of them, scrub and
/// repair. One transaction of it runs at a time. Any thread; owned by the reader.
class Keeper {
 public:
  Keeper(const ReaderOptions& options, pg::Pool& pool, base::Clock& clock,
         Reader::OnApplied on_applied, Reader::OnVerified on_verified);

  /// Reads the totals from the database, after anything that went wrong too.
  void Load();
  /// Gives all live records to `on_applied`.
  void GiveStored();
  /// Stored offset of each topic.
  std::map<std::string, std::int64_t> Next() const;

  /// Applies a batch and gives what changed to the callbacks. Messages below the stored offset have
  /// been applied already, by another reader or by a commit in doubt: only their records are given.
  /// Throws OffsetMoved, and what the database throws; Load before going on.
  void Apply(const std::vector<Decoded>& batch);
  /// Forgets a set: its log begins anew, or this reader was away for too long.
  void StartOver(const std::string& topic, const std::string& reason);
  /// Sets whose last batch is longer ago than tombstones are kept.
  std::vector<std::string> Outdated() const;

  /// Throws OffsetMoved, and what the database throws.
  Reader::ReplayOutcome Replay();

  /// Reader::Ask.
  Work Ask(WorkKind kind, const std::string& request_id, const std::string& operation_id,
           std::chrono::steady_clock::time_point deadline);
  bool WantsBootstrap() const;
  /// Empties both sets if a bootstrap wants that, in one transaction that says so; true if it did.
  /// Throws OffsetMoved, and what the database throws; Load before going on.
  bool Bootstrap();

  /// A chunk of the scrub when time and pace allow it; true while it has more to do. Throws
  /// OffsetMoved, and what the database throws; Load before going on.
  bool ScrubSome();
  /// Starts repairs that are due, goes on with what operators asked for; shows metrics. Throws what
  /// the database throws.
  void Tick();

  /// Shows metrics: while nothing can be read too.
  void Show();

  /// The end of a topic's log, as the broker said.
  void SetEnd(const std::string& topic, std::int64_t high, base::Time asked_at);
  Consistency State() const;

 private:
  ApplyOptions OptionsNow() const;
  /// The sabotage "offset-outside".
  void MoveOffsetsFirst(const std::vector<Decoded>& batch);
  void Commit(BatchOutcome outcome);
  /// Takes records out of a set as a tombstone of their owner would.
  void Remove(const std::string& topic, const std::string& owner, const std::vector<RowKey>& keys);
  void GiveAgain(const std::vector<const Decoded*>& messages);
  void GiveVerified(const std::string& owner);
  void Judge(const Compared& compared);
  void TakeFinding(const std::string& topic, const Scrub::Finding& finding);
  void ReplayTopic(const std::string& topic, Reader::ReplayOutcome& outcome);
  void AskAgain(pg::Tx& tx, TopicState& state, const std::vector<Decoded>& unreadable);
  /// A set was emptied in the database.
  void Emptied(const std::string& topic, const std::vector<RowKey>& gone);
  void LoadWorks();
  /// Barriers of every owner have matched in both sets since these were emptied.
  bool IsFilled() const;
  void GoOnWithBootstrap();
  void GoOnWithRepair();
  std::vector<RepairTask> ComparisonOfAll() const;
  void Publish();
  void AddOwners(const TopicState& state, const Healing::Known& known,
                 Consistency& consistency) const;

  const ReaderOptions& options_;
  pg::Pool& pool_;
  base::Clock& clock_;
  Reader::OnApplied on_applied_;
  Reader::OnVerified on_verified_;
  const std::string own_topic_;
  const std::string all_topic_;

  mutable std::mutex work_mutex_;  ///< held while a transaction changes the copy
  std::map<std::string, TopicState> states_;
  std::map<std::string, std::int64_t> ends_;
  base::Time ends_known_at_{};
  base::Time at_end_at_{};     ///< when the copy was last at the ends of its logs
  std::vector<Scrub> scrubs_;  ///< of the pass that goes on, the next set last
  std::chrono::steady_clock::time_point scrub_at_;
  std::optional<base::Time> scrubbed_at_;
  std::optional<Work> repair_;  ///< asked for last
  std::optional<Work> bootstrap_;
  /// How far the repair that is not completed has come.
  enum class RepairStep { kNone, kRehashing, kComparing } repair_step_ = RepairStep::kNone;

  mutable std::mutex shown_mutex_;
  Consistency shown_;
  ReaderMetrics metrics_;
  Healing healing_;
};

/// Messages as Content; what cannot be read, or fails the reader's check, becomes Unreadable.
/// `messages` must live on.
std::vector<Decoded> Decode(const std::vector<kafka::Message>& messages,
                            const ReaderOptions& options = {});

}  // namespace lienthong::feed
