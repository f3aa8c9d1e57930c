#include "platform/journal/relay.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include <prometheus/gauge.h>

#include "platform/base/log.hpp"
#include "platform/journal/publisher.hpp"
#include "platform/journal/relay_store.hpp"
#include "platform/journal/seal.hpp"
#include "platform/kafka/consumer.hpp"
#include "platform/rpc/metrics.hpp"

namespace lienthong::journal {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kRowsPerRead = 500;
constexpr int kHeadsPerStep = 500;
constexpr int kRepublishPerStep = 1000;
constexpr int kSealsPerStep = 100;
constexpr milliseconds kRestartDelay{1000};
constexpr milliseconds kFencePoll{1};
constexpr milliseconds kTopicsLimit{60'000};
constexpr std::chrono::seconds kBrokenRetry{30};

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

prometheus::Gauge& Gauge(const char* name, const char* help, const std::string& service) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(*rpc::MetricsRegistry()).Add(
      {{"service", service}});
}

}  // namespace

/// One run of the active relay: from taking the lock to the first error.
class RelayRun {
 public:
  RelayRun(const RelayOptions& options, const kafka::Catalogue& catalogue, base::Clock& clock,
           base::Ids& ids, RelayStore& store)
      : options_(options),
        catalogue_(catalogue),
        clock_(clock),
        store_(store),
        state_(store.LoadState()),
        digests_(store.LoadDigests()),
        broken_(store.LoadBrokenFeeds()),
        cursor_(state_.position),
        seal_(std::make_unique<SealHash>(PreviousSeal())),
        publisher_(options.service, options.kafka, ids, options.broken_feed_after) {
    for (const std::string& member : catalogue.FeedMembers()) members_.insert(member);
    members_.insert(std::string(kEveryone));
    for (const std::string& member : members_) {
      for (const std::string& type : catalogue.RecordTypes(options.service)) {
        digests_[member][type];
      }
    }
  }

  void MakeTopics();
  void CompareSeals();
  /// Publishes what is there; returns true when there is more to do at once.
  bool Step(const std::function<bool()>& stop);

  RelayStatus status;

 private:
  std::string PreviousSeal() {
    const auto last = store_.LoadLastSeal();
    return last ? last->hash : std::string(kFirstPrevious);
  }
  bool AwaitFence(std::int64_t newest, const std::function<bool()>& stop);
  bool PublishRows(std::int64_t newest, const std::function<bool()>& stop);
  void AddToDigests(const JournalRow& row);
  void CarryOutRepublish();
  bool RepublishEpoch();
  void RebuildFeeds();
  void Save(const std::function<bool()>& stop);
  void PublishSeals(const std::function<bool()>& stop);
  void SendBarriers();
  void HandleFailure();

  struct Barrier {
    steady_clock::time_point sent{};
    bool changed = true;
  };

  const RelayOptions& options_;
  const kafka::Catalogue& catalogue_;
  base::Clock& clock_;
  RelayStore& store_;
  RelayState state_;           ///< as saved
  FeedDigests digests_;        ///< at cursor_
  std::set<std::string> broken_;
  std::set<std::string> members_;
  std::map<std::string, std::string> rebuilding_;  ///< member -> last key done
  std::set<std::string> changed_members_;
  std::map<std::string, Barrier> barriers_;
  std::int64_t cursor_;        ///< produced, not necessarily acknowledged
  std::int64_t newest_ = 0;
  base::Time fence_time_{};    ///< when the fence was read whose rows are all produced
  base::Time saved_fence_time_{};
  steady_clock::time_point saved_at_ = steady_clock::now();
  steady_clock::time_point broken_tried_at_ = steady_clock::now();
  std::unique_ptr<SealHash> seal_;
  std::int64_t partitions_checked_at_ = -1;
  Publisher publisher_;
};

void RelayRun::MakeTopics() {
  const auto made = kafka::CreateTopics(options_.kafka, catalogue_.Topics(), kTopicsLimit);
  for (const std::string& topic : made) base::LogInfo("topic made", {{"topic", topic}});
}

void RelayRun::CompareSeals() {
  kafka::Consumer consumer(options_.kafka, "service-" + options_.service);
  const std::string topic = kafka::SealTopic(options_.service);
  const auto marks = consumer.Watermarks(topic, milliseconds(10'000));
  if (!marks) throw StartOver("the seal topic does not answer");
  if (marks->second <= marks->first) return;
  consumer.Assign({{topic, marks->second - 1}});
  std::vector<kafka::Message> messages;
  for (int tries = 0; messages.empty(); ++tries) {
    if (tries == 20) throw StartOver("the last seal cannot be read");
    messages = consumer.Poll(1, milliseconds(500));
  }
  const SealRow published = ParseSealValue(messages.back().value.value_or("{}"));
  if (published.epoch < state_.epoch) return;  // a restore that was declared: RaiseEpoch
  const auto stored = store_.LoadSeal(published.from);
  if (stored && stored->hash == published.hash && stored->to == published.to) return;
  throw SealsDiffer(
      "the seal topic is ahead of the database or differs from it at row " +
      std::to_string(published.from) +
      ": the database was restored or altered; check it, then raise the epoch (RaiseEpoch)");
}

bool RelayRun::AwaitFence(std::int64_t newest, const std::function<bool()>& stop) {
  // Who inserts may hold an id up to `newest` that is not visible yet; newcomers draw higher ones.
  const auto start = steady_clock::now();
  std::set<std::string> awaited = store_.Writers();
  while (!awaited.empty()) {
    if (stop()) return false;
    std::this_thread::sleep_for(kFencePoll);
    const std::set<std::string> now = store_.Writers();
    std::erase_if(awaited, [&](const std::string& writer) { return !now.contains(writer); });
    status.fence_wait_seconds =
        std::chrono::duration<double>(steady_clock::now() - start).count();
  }
  status.fence_wait_seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
  return newest > cursor_;
}

void RelayRun::AddToDigests(const JournalRow& row) {
  for (const auto& [member, view] : row.audience_before) {
    digests_[member][row.key.type].Remove(Digest::FromHex(row.hashes_before.at(view)));
    changed_members_.insert(member);
    barriers_[member].changed = true;
  }
  for (const auto& [member, view] : row.audience) {
    digests_[member][row.key.type].Add(Digest::FromHex(row.hashes.at(view)));
    changed_members_.insert(member);
    barriers_[member].changed = true;
  }
}

bool RelayRun::PublishRows(std::int64_t newest, const std::function<bool()>& stop) {
  while (cursor_ < newest && !stop()) {
    const auto rows = store_.LoadRows(cursor_, newest, kRowsPerRead);
    for (const JournalRow& row : rows) {
      for (const auto& [member, view] : row.audience) {
        if (!members_.contains(member) && broken_.insert(member).second) {
          base::LogError("an audience names a feed that the catalogue lacks", {{"member", member}});
          store_.MarkBroken(member, "not in the topic catalogue", clock_.MachineNow());
        }
      }
      publisher_.SendRow(row, state_.epoch, broken_);
      AddToDigests(row);
      seal_->Add(row.row_hash);
      cursor_ = row.id;
    }
    publisher_.Poll(milliseconds(0));
    if (publisher_.Failure()) HandleFailure();
    // Ids that were drawn and rolled back leave gaps at the end of the stretch.
    if (rows.size() < static_cast<std::size_t>(kRowsPerRead)) cursor_ = newest;
    if (cursor_ - state_.position >= options_.save_rows_max) Save(stop);
  }
  return cursor_ == newest;
}

void RelayRun::CarryOutRepublish() {
  const auto requests = store_.LoadRepublish(kRepublishPerStep);
  if (requests.empty()) return;
  std::vector<std::int64_t> done;
  for (const RepublishRequest& request : requests) {
    done.push_back(request.id);
    if (broken_.contains(request.member) || !members_.contains(request.member)) continue;
    if (!request.head) {
      publisher_.SendUnknown(request.key, state_.epoch, cursor_, request.member,
                             clock_.MachineNow());
    } else if (request.head->row.id <= cursor_) {
      publisher_.SendHead(request.head->row, state_.epoch, cursor_, request.member);
    }  // else its row is coming
  }
  store_.DeleteRepublish(done);
}

bool RelayRun::RepublishEpoch() {
  if (state_.complete == state_.epoch) return false;
  std::string last_key;
  const auto heads = store_.LoadHeads(state_.republished, cursor_, kHeadsPerStep, &last_key);
  for (const HeadRow& head : heads) {
    for (const auto& [member, view] : head.row.audience) {
      if (!broken_.contains(member)) {
        publisher_.SendHead(head.row, state_.epoch, cursor_, member);
      }
    }
  }
  if (!publisher_.WaitForAll([] { return false; })) HandleFailure();
  const bool complete = heads.size() < static_cast<std::size_t>(kHeadsPerStep);
  state_.republished = complete ? "" : last_key;
  if (complete) state_.complete = state_.epoch;
  store_.SaveEpochProgress(state_.epoch, state_.republished, complete);
  if (complete) base::LogInfo("epoch complete", {{"epoch", std::to_string(state_.epoch)}});
  return !complete;
}

void RelayRun::RebuildFeeds() {
  if (!broken_.empty() && steady_clock::now() - broken_tried_at_ > kBrokenRetry) {
    broken_tried_at_ = steady_clock::now();
    MakeTopics();
    for (const std::string& member : broken_) {
      if (members_.contains(member)) rebuilding_.emplace(member, "");
    }
  }
  for (auto rebuild = rebuilding_.begin(); rebuild != rebuilding_.end();) {
    const std::string member = rebuild->first;
    if (rebuild->second.empty()) broken_.erase(member);  // new rows go there again from here on
    std::string last_key;
    const auto heads = store_.LoadHeads(rebuild->second, cursor_, kHeadsPerStep, &last_key);
    for (const HeadRow& head : heads) {
      if (head.row.audience.contains(member)) {
        publisher_.SendHead(head.row, state_.epoch, cursor_, member);
      }
    }
    if (!publisher_.WaitForAll([] { return false; })) HandleFailure();
    if (heads.size() == static_cast<std::size_t>(kHeadsPerStep)) {
      rebuild->second = last_key;
      ++rebuild;
      continue;
    }
    store_.ClearBroken(member);
    barriers_[member].changed = true;
    base::LogInfo("feed rebuilt", {{"member", member}});
    rebuild = rebuilding_.erase(rebuild);
  }
}

void RelayRun::Save(const std::function<bool()>& stop) {
  if (!publisher_.WaitForAll(stop)) {
    if (publisher_.Failure()) HandleFailure();
    throw StartOver("stopping");
  }
  if (cursor_ > state_.position) {
    std::optional<SealRow> seal;
    if (seal_->Rows() > 0) {
      const auto before = store_.LoadLastSeal();
      seal = SealRow{state_.epoch, before ? before->to + 1 : 1, cursor_, seal_->Rows(), {},
                     before ? before->hash : std::string(kFirstPrevious)};
      seal->hash = seal_->Finish();
    }
    if (!store_.Save(state_, cursor_, digests_, changed_members_, seal)) {
      throw StartOver("another relay moved the position, or the epoch was raised");
    }
    if (seal) seal_ = std::make_unique<SealHash>(seal->hash);
    state_.position = cursor_;
    changed_members_.clear();
  }
  saved_fence_time_ = fence_time_;
  saved_at_ = steady_clock::now();
  PublishSeals(stop);
}

void RelayRun::PublishSeals(const std::function<bool()>& stop) {
  const auto seals = store_.LoadUnpublishedSeals(kSealsPerStep);
  if (seals.empty()) return;
  for (const SealRow& seal : seals) publisher_.SendSeal(seal, clock_.MachineNow());
  if (!publisher_.WaitForAll(stop)) {
    if (publisher_.Failure()) HandleFailure();
    throw StartOver("stopping");
  }
  store_.MarkSealsPublished(seals.back().from);
}

void RelayRun::SendBarriers() {
  // A barrier speaks of what is saved and acknowledged, nothing beyond it.
  if (cursor_ != state_.position || state_.complete != state_.epoch) return;
  const auto now = steady_clock::now();
  for (const std::string& member : members_) {
    if (broken_.contains(member) || rebuilding_.contains(member)) continue;
    Barrier& barrier = barriers_[member];
    const auto interval =
        barrier.changed ? options_.barrier_active_interval : options_.barrier_idle_interval;
    if (now - barrier.sent < interval) continue;
    publisher_.SendBarrier(member, state_, saved_fence_time_, digests_[member]);
    barrier = {now, false};
  }
}

void RelayRun::HandleFailure() {
  const TopicFailure failure = *publisher_.Failure();
  for (const std::string& member : members_) {
    if (kafka::FeedTopic(member) != failure.topic) continue;
    store_.MarkBroken(member, failure.error, clock_.MachineNow());
    base::LogError("a feed cannot be written; the relay goes on without it",
                   {{"topic", failure.topic}, {"error", failure.error}});
    throw StartOver("a feed was marked as broken");
  }
  throw StartOver("a topic cannot be written: " + failure.topic + ": " + failure.error);
}

bool RelayRun::Step(const std::function<bool()>& stop) {
  // Everything acknowledged before this moment has an id up to the newest one.
  const base::Time fence_time = clock_.MachineNow();
  newest_ = store_.NewestId();
  if (newest_ / 1'000'000 != partitions_checked_at_) {
    store_.EnsurePartitions(newest_);
    partitions_checked_at_ = newest_ / 1'000'000;
  }
  if (newest_ > cursor_ && (!AwaitFence(newest_, stop) || !PublishRows(newest_, stop))) return false;
  fence_time_ = fence_time;
  publisher_.Poll(milliseconds(0));
  if (publisher_.Failure()) HandleFailure();
  CarryOutRepublish();
  const bool epoch_goes_on = RepublishEpoch();
  RebuildFeeds();
  if (steady_clock::now() - saved_at_ >= options_.save_interval) {
    Save(stop);
    SendBarriers();
  }
  status.position = state_.position;
  status.backlog_rows = newest_ - state_.position;
  status.broken_feeds.assign(broken_.begin(), broken_.end());
  return epoch_goes_on || !rebuilding_.empty();
}

struct Relay::Impl {
  RelayOptions options;
  const kafka::Catalogue& catalogue;
  base::Clock& clock;
  base::Ids& ids;
  prometheus::Gauge& backlog;
  prometheus::Gauge& fence_wait;
  prometheus::Gauge& broken_feeds;
  prometheus::Gauge& active;

  mutable std::mutex mutex{};
  std::condition_variable_any woken{};
  bool work = false;
  RelayStatus status{};
  std::jthread thread{};

  void Publish(const RelayStatus& now) {
    backlog.Set(static_cast<double>(now.backlog_rows));
    fence_wait.Set(now.fence_wait_seconds);
    broken_feeds.Set(static_cast<double>(now.broken_feeds.size()));
    active.Set(now.active ? 1 : 0);
    const std::lock_guard lock(mutex);
    status = now;
  }

  void Wait(const std::stop_token& stop, milliseconds limit) {
    std::unique_lock lock(mutex);
    woken.wait_for(lock, stop, limit, [this] { return work; });
    work = false;
  }

  /// Holds the lock of this database until an error or the end.
  void RunOnce(const std::stop_token& stop) {
    RelayStore store(options.conninfo);
    while (!store.TryLock()) {
      Wait(stop, kRestartDelay);
      if (stop.stop_requested()) return;
    }
    RelayRun run(options, catalogue, clock, ids, store);
    run.MakeTopics();
    run.CompareSeals();
    run.status.active = true;
    base::LogInfo("relay is active");
    while (!stop.stop_requested()) {
      const bool more = run.Step([&] { return stop.stop_requested(); });
      Publish(run.status);
      if (!more) Wait(stop, options.poll_interval);
    }
  }

  void Loop(std::stop_token stop) {
    while (!stop.stop_requested()) {
      try {
        RunOnce(stop);
      } catch (const SealsDiffer& error) {
        base::LogError("relay stopped", {{"error", error.what()}});
        RelayStatus now;
        now.stopped_by_seal = true;
        Publish(now);
        Wait(stop, std::chrono::seconds(30));
      } catch (const std::exception& error) {
        if (stop.stop_requested()) break;
        base::LogWarning("relay starts over", {{"error", error.what()}});
        Wait(stop, kRestartDelay);
      }
    }
  }
};

Relay::Relay(RelayOptions options, const kafka::Catalogue& catalogue,
             base::Clock& clock, base::Ids& ids) {
  const std::string service = options.service;
  impl_ = std::unique_ptr<Impl>(new Impl{
      std::move(options), catalogue, clock, ids,
      Gauge("lienthong_relay_backlog_rows", "Journal rows not yet published.", service),
      Gauge("lienthong_relay_fence_wait_seconds", "Wait of the last fence for writers.", service),
      Gauge("lienthong_relay_broken_feeds", "Feeds that cannot be written.", service),
      Gauge("lienthong_relay_active", "1 while this process publishes the journal.", service)});
}

Relay::~Relay() = default;

void Relay::Start() {
  impl_->thread = std::jthread([this](std::stop_token stop) { impl_->Loop(stop); });
}

void Relay::Wake() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->work = true;
  }
  impl_->woken.notify_one();
}

RelayStatus Relay::Status() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->status;
}

}  // namespace lienthong::journal
