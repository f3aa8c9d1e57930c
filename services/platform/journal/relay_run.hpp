#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "platform/journal/publisher.hpp"
#include "platform/journal/relay.hpp"
#include "platform/journal/relay_store.hpp"
#include "platform/journal/seal.hpp"

namespace lienthong::journal {

/// Ends a run of the relay; the loop starts over from the saved position.
class StartOver : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The seals say that this is not the database that published; no starting over helps.
class SealsDiffer : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One run of the active relay: from taking the lock to the first error.
class RelayRun {
 public:
  using OnStatus = std::function<void(const RelayStatus&)>;
  /// `on_status` is called after every step, and in the midst of one that waits.
  RelayRun(const RelayOptions& options, const kafka::Catalogue& catalogue, base::Clock& clock,
           base::Ids& ids, RelayStore& store, OnStatus on_status);

  void TellAppended(kafka::Producer::OnAppended on_appended) {
    publisher_.TellAppended(std::move(on_appended));
  }
  void MakeTopics();
  void CompareSeals();
  /// Publishes what is there; returns true when there is more to do at once.
  bool Step(const std::function<bool()>& stop_requested);
  /// What Step left is sent, and perhaps acknowledged, before `until`.
  void Deliver(std::chrono::steady_clock::time_point until);
  /// Messages since it was asked last.
  std::int64_t TakeSent() { return publisher_.Sent() - std::exchange(taken_, publisher_.Sent()); }
  void ShowStatus();

 private:
  bool AwaitFence(std::int64_t newest, const std::function<bool()>& stop);
  bool PublishRows(std::int64_t newest, const std::function<bool()>& stop);
  /// The built-in fault old-relay: sleeps with `rows` in its hands, then sends them too late.
  void SendLateAndDie(const std::vector<JournalRow>& rows);
  void AddToDigests(const JournalRow& row);
  SetDigest& DigestOf(std::string_view member, std::string_view record_type);
  bool IsInCatalogue(std::string_view member) const;
  /// Members that the catalogue lacks are broken feeds from the first row on that names them.
  void LookForNewMembers(const JournalRow& row);
  void CarryOutRepublish(const std::function<bool()>& stop);
  bool RepublishEpoch(const std::function<bool()>& stop);
  void RebuildFeeds(const std::function<bool()>& stop);
  /// Tombstones for what a member lost sight of while its feed was broken.
  void SendLost(const std::string& member, const std::function<bool()>& stop);
  void AwaitAcknowledgements(const std::function<bool()>& stop);
  void Save(const std::function<bool()>& stop);
  void PublishSeals(const std::function<bool()>& stop);
  void SendBarriers();
  void HandleFailure();
  void Show(std::int64_t newest);
  void ShowWhileWaiting();

  struct Feed {
    bool in_catalogue = false;
    TypeDigests digests;      ///< at cursor_
    bool is_changed = false;  ///< since the last save
    bool barrier_is_due = true;
    std::chrono::steady_clock::time_point barrier_sent{};
  };

  const RelayOptions& options_;
  const kafka::Catalogue& catalogue_;
  base::Clock& clock_;
  RelayStore& store_;
  OnStatus on_status_;
  RelayStatus status_;
  std::chrono::steady_clock::time_point shown_at_{};
  RelayState state_;                                ///< as saved
  std::map<std::string, Feed, std::less<>> feeds_;  ///< by member
  Members broken_;
  std::map<std::string, Key> rebuilding_;  ///< member -> last key done
  std::int64_t cursor_;                    ///< produced, not necessarily acknowledged
  std::int64_t newest_ = 0;
  /// Heads beyond the cursor were left out of a republish: no barrier until their rows are sent.
  std::int64_t barriers_from_ = 0;
  base::Time fence_time_{};  ///< when the fence was read whose rows are all produced
  base::Time saved_fence_time_{};
  std::int64_t taken_ = 0;  ///< of the messages sent
  std::chrono::steady_clock::time_point saved_at_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point republish_at_{};
  std::chrono::steady_clock::time_point broken_tried_at_ = std::chrono::steady_clock::now();
  std::unique_ptr<SealHash> seal_;
  Publisher publisher_;
};

}  // namespace lienthong::journal
