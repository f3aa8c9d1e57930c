#include "platform/journal/relay_run.hpp"

#include <algorithm>
#include <csignal>
#include <thread>

#include "platform/base/log.hpp"
#include "platform/base/sabotage.hpp"
#include "platform/journal/published_seals.hpp"

namespace lienthong::journal {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kRowsOfOldRelay = 20;
constexpr std::size_t kHeadsPerStep = 500;
constexpr std::size_t kRepublishPerStep = 1000;
constexpr int kSealsPerStep = 100;
/// So many intervals lie between two barriers on an idle feed.
constexpr int kIdleBarrier = 4;
constexpr microseconds kFencePollMin{500};
constexpr microseconds kFencePollMax{4000};
constexpr milliseconds kRepublishInterval{200};
constexpr milliseconds kShowInterval{500};
constexpr milliseconds kTopicsLimit{5'000};

/// Of "type/id", or "" for the key before all others.
Key KeyFrom(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return {};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

Key KeyOf(const JournalRow& row) {
  return {std::string(row.record_type), std::string(row.record_id)};
}

std::string LastSealHash(RelayStore& store) {
  const auto last = store.LoadLastSeal();
  return last ? last->hash : std::string(kFirstPrevious);
}

}  // namespace

RelayRun::RelayRun(const RelayOptions& options, const kafka::Catalogue& catalogue,
                   base::Clock& clock, base::Ids& ids, RelayStore& store, OnStatus on_status)
    : options_(options),
      catalogue_(catalogue),
      clock_(clock),
      store_(store),
      on_status_(std::move(on_status)),
      state_(store.LoadState()),
      broken_(store.LoadBrokenFeeds()),
      cursor_(state_.position),
      seal_(std::make_unique<SealHash>(LastSealHash(store))),
      publisher_(options.service, options.kafka, ids, options.broken_feed_after) {
  for (auto& [member, digests] : store.LoadDigests()) feeds_[member].digests = digests;
  std::vector<std::string> members = catalogue.FeedMembers();
  members.emplace_back(kEveryone);
  for (const std::string& member : members) {
    Feed& feed = feeds_[member];
    feed.in_catalogue = true;
    for (const std::string& type : catalogue.RecordTypes(options.service)) feed.digests[type];
  }
}

void RelayRun::MakeTopics() {
  const auto made = kafka::CreateTopics(options_.kafka, catalogue_.Topics(), kTopicsLimit);
  for (const std::string& topic : made) base::LogInfo("topic made", {{"topic", topic}});
  // The first message of a topic would wait for the client to learn where it lives.
  for (const std::string& type : catalogue_.DomainTypes(options_.service)) {
    publisher_.Learn(type);
  }
}

void RelayRun::CompareSeals() {
  const auto last = PublishedSeals::Last(options_.kafka, options_.service);
  if (!last) return;
  const SealRow& published = *last;
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
  if (base::Sabotaged("id-cursor")) return true;
  const auto start = steady_clock::now();
  std::set<std::string> awaited = store_.Writers();
  for (microseconds pause = kFencePollMin; !awaited.empty();
       pause = std::min(pause * 2, kFencePollMax)) {
    if (stop()) return false;
    std::this_thread::sleep_for(pause);
    const std::set<std::string> now = store_.Writers();
    std::erase_if(awaited, [&](const std::string& writer) { return !now.contains(writer); });
    status_.fence_wait_seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
  }
  status_.fence_wait_seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
  return newest > cursor_;
}

SetDigest& RelayRun::DigestOf(std::string_view member, std::string_view record_type) {
  auto found = feeds_.find(member);
  if (found == feeds_.end()) found = feeds_.emplace(member, Feed{}).first;
  Feed& feed = found->second;
  feed.is_changed = true;
  feed.barrier_is_due = true;
  const auto digest = feed.digests.find(record_type);
  return digest == feed.digests.end() ? feed.digests[std::string(record_type)] : digest->second;
}

void RelayRun::AddToDigests(const JournalRow& row) {
  for (const auto& [member, view] : row.audience_before) {
    DigestOf(member, row.record_type).Remove(Digest::FromHex(row.hashes_before.At(view)));
  }
  for (const auto& [member, view] : row.audience) {
    DigestOf(member, row.record_type).Add(Digest::FromHex(row.hashes.At(view)));
  }
}

bool RelayRun::IsInCatalogue(std::string_view member) const {
  const auto feed = feeds_.find(member);
  return feed != feeds_.end() && feed->second.in_catalogue;
}

void RelayRun::LookForNewMembers(const JournalRow& row) {
  for (const auto& [member, view] : row.audience) {
    if (IsInCatalogue(member)) continue;
    const std::string name(member);
    if (!broken_.insert(name).second) continue;
    base::LogError("an audience names a feed that the catalogue lacks", {{"member", name}});
    store_.MarkBroken(name, "not in the topic catalogue", clock_.MachineNow());
  }
}

bool RelayRun::PublishRows(std::int64_t newest, const std::function<bool()>& stop) {
  store_.AskForRows(cursor_, newest, options_.rows_per_read);
  while (cursor_ < newest && !stop()) {
    const bool resend = state_.complete != state_.epoch || !rebuilding_.empty();
    const auto rows = store_.TakeRows();
    if (base::Sabotaged("old-relay")) {
      if (rows.size() < kRowsOfOldRelay) return false;
      SendLateAndDie(rows);
    }
    // Ids that were drawn and rolled back leave gaps at the end of the stretch.
    const bool is_last = rows.size() < static_cast<std::size_t>(options_.rows_per_read);
    const std::int64_t end = is_last ? newest : rows.back().id;
    if (end < newest) store_.AskForRows(end, newest, options_.rows_per_read);
    for (const JournalRow& row : rows) {
      LookForNewMembers(row);
      publisher_.SendRow(row, state_.epoch, broken_, resend);
      AddToDigests(row);
      seal_->Add(RowHash(row.stored));
      cursor_ = row.id;
    }
    cursor_ = end;
    publisher_.Poll(milliseconds(0));
    if (publisher_.Failure()) HandleFailure();
    if (cursor_ - state_.position >= options_.save_rows_max) Save(stop);
  }
  return cursor_ == newest;
}

void RelayRun::SendLateAndDie(const std::vector<JournalRow>& rows) {
  std::raise(SIGSTOP);  // until tools/faults wakes it
  for (const JournalRow& row : rows) publisher_.SendRow(row, state_.epoch, broken_, true);
  publisher_.WaitForAll([] { return false; });
  std::raise(SIGKILL);
}

void RelayRun::CarryOutRepublish(const std::function<bool()>& stop) {
  if (steady_clock::now() < republish_at_) return;
  const auto requests = store_.LoadRepublish(kRepublishPerStep);
  if (requests.size() < kRepublishPerStep) {
    republish_at_ = steady_clock::now() + kRepublishInterval;
  }
  if (requests.empty()) return;
  std::vector<std::int64_t> done;
  for (const RepublishRequest& request : requests) {
    done.push_back(request.id);
    if (broken_.contains(request.member) || !IsInCatalogue(request.member)) continue;
    if (!request.head) {
      publisher_.SendUnknown(request.key, state_.epoch, cursor_, request.member,
                             clock_.MachineNow());
    } else if (request.head->id <= cursor_) {
      publisher_.SendHead(*request.head, state_.epoch, cursor_, request.member,
                          clock_.MachineNow());
    }  // else its row is coming
  }
  AwaitAcknowledgements(stop);
  store_.DeleteRepublish(done);
}

bool RelayRun::RepublishEpoch(const std::function<bool()>& stop) {
  if (state_.complete == state_.epoch) return false;
  const auto heads = store_.LoadHeads(KeyFrom(state_.republished), cursor_, kHeadsPerStep);
  for (const JournalRow& head : heads) {
    for (const auto& [member, view] : head.audience) {
      if (!broken_.contains(member)) {
        publisher_.SendHead(head, state_.epoch, cursor_, std::string(member), clock_.MachineNow());
      }
    }
  }
  AwaitAcknowledgements(stop);
  const bool complete = heads.size() < kHeadsPerStep;
  state_.republished = complete ? "" : KeyOf(heads.back()).Text();
  if (complete) {
    state_.complete = state_.epoch;
    barriers_from_ = store_.NewestId();
  }
  store_.SaveEpochProgress(state_.epoch, state_.republished, complete);
  if (complete) base::LogInfo("epoch complete", {{"epoch", std::to_string(state_.epoch)}});
  return !complete;
}

void RelayRun::RebuildFeeds(const std::function<bool()>& stop) {
  if (!broken_.empty() && steady_clock::now() - broken_tried_at_ > options_.broken_feed_retry) {
    broken_tried_at_ = steady_clock::now();
    MakeTopics();
    for (const std::string& member : broken_) {
      if (IsInCatalogue(member)) rebuilding_.emplace(member, Key{});
    }
  }
  for (auto rebuild = rebuilding_.begin(); rebuild != rebuilding_.end();) {
    const std::string member = rebuild->first;
    broken_.erase(member);  // new rows go there again from here on
    const auto heads = store_.LoadHeads(rebuild->second, cursor_, kHeadsPerStep);
    for (const JournalRow& head : heads) {
      if (head.audience.Find(member)) {
        publisher_.SendHead(head, state_.epoch, cursor_, member, clock_.MachineNow());
      }
    }
    AwaitAcknowledgements(stop);
    if (heads.size() == kHeadsPerStep) {
      rebuild->second = KeyOf(heads.back());
      ++rebuild;
      continue;
    }
    SendLost(member, stop);
    store_.ClearBroken(member);
    barriers_from_ = store_.NewestId();
    feeds_[member].barrier_is_due = true;
    base::LogInfo("feed rebuilt", {{"member", member}});
    rebuild = rebuilding_.erase(rebuild);
  }
}

void RelayRun::SendLost(const std::string& member, const std::function<bool()>& stop) {
  std::vector<JournalRow> heads;
  do {
    const Key after = heads.empty() ? Key{} : KeyOf(heads.back());
    heads = store_.LoadLost(member, after, cursor_, kHeadsPerStep);
    for (const JournalRow& head : heads) {
      publisher_.SendHead(head, state_.epoch, cursor_, member, clock_.MachineNow());
    }
    AwaitAcknowledgements(stop);
  } while (heads.size() == kHeadsPerStep);
}

void RelayRun::AwaitAcknowledgements(const std::function<bool()>& stop) {
  if (publisher_.WaitForAll(stop)) return;
  if (publisher_.Failure()) HandleFailure();
  throw StartOver("stopping");
}

void RelayRun::Save(const std::function<bool()>& stop) {
  AwaitAcknowledgements(stop);
  if (store_.LoadState().epoch != state_.epoch) throw StartOver("the epoch was raised");
  if (cursor_ > state_.position) {
    std::optional<SealRow> seal;
    if (seal_->Rows() > 0) {
      const auto before = store_.LoadLastSeal();
      seal = SealRow{state_.epoch, before ? before->to + 1 : 1,
                     cursor_,      seal_->Rows(),
                     {},           before ? before->hash : std::string(kFirstPrevious)};
      seal->hash = seal_->Finish();
    }
    FeedDigests changed;
    for (const auto& [member, feed] : feeds_) {
      if (feed.is_changed) changed[member] = feed.digests;
    }
    if (!store_.Save(state_, cursor_, changed, seal)) {
      throw StartOver("another relay moved the position, or the epoch was raised");
    }
    if (seal) seal_ = std::make_unique<SealHash>(seal->hash);
    state_.position = cursor_;
    for (auto& [member, feed] : feeds_) feed.is_changed = false;
  }
  saved_fence_time_ = fence_time_;
  saved_at_ = steady_clock::now();
  PublishSeals(stop);
}

void RelayRun::PublishSeals(const std::function<bool()>& stop) {
  const auto seals = store_.LoadUnpublishedSeals(kSealsPerStep);
  if (seals.empty()) return;
  for (const SealRow& seal : seals) publisher_.SendSeal(seal, clock_.MachineNow());
  AwaitAcknowledgements(stop);
  store_.MarkSealsPublished(seals.back().from);
}

void RelayRun::SendBarriers() {
  // A barrier speaks of what is saved and acknowledged, nothing beyond it.
  if (saved_fence_time_ == base::Time{}) return;
  if (cursor_ != state_.position || cursor_ < barriers_from_) return;
  if (state_.complete != state_.epoch) return;
  const auto now = steady_clock::now();
  for (auto& [member, feed] : feeds_) {
    if (!feed.in_catalogue || broken_.contains(member) || rebuilding_.contains(member)) continue;
    const auto interval =
        feed.barrier_is_due ? options_.barrier_interval : kIdleBarrier * options_.barrier_interval;
    if (now - feed.barrier_sent < interval) continue;
    publisher_.SendBarrier(member, state_, saved_fence_time_, feed.digests);
    feed.barrier_sent = now;
    feed.barrier_is_due = false;
  }
}

void RelayRun::HandleFailure() {
  const TopicFailure failure = *publisher_.Failure();
  for (const auto& [member, feed] : feeds_) {
    if (!feed.in_catalogue || kafka::FeedTopic(member) != failure.topic) continue;
    store_.MarkBroken(member, failure.error, clock_.MachineNow());
    base::LogError("a feed cannot be written; the relay goes on without it",
                   {{"topic", failure.topic}, {"error", failure.error}});
    throw StartOver("a feed was marked as broken");
  }
  throw StartOver("a topic cannot be written: " + failure.topic + ": " + failure.error);
}

bool RelayRun::Step(const std::function<bool()>& stop_requested) {
  // Asked in every wait: who looks at the status sees the backlog grow while Kafka is away.
  const std::function<bool()> stop = [&] {
    ShowWhileWaiting();
    return stop_requested();
  };
  publisher_.StopWhen(stop);
  // Everything acknowledged before this moment has an id up to the newest one.
  const base::Time fence_time = clock_.MachineNow();
  newest_ = store_.NewestId();
  if (newest_ > cursor_ && (!AwaitFence(newest_, stop) || !PublishRows(newest_, stop)))
    return false;
  fence_time_ = fence_time;
  publisher_.Poll(milliseconds(0));
  if (publisher_.Failure()) HandleFailure();
  CarryOutRepublish(stop);
  const bool epoch_goes_on = RepublishEpoch(stop);
  RebuildFeeds(stop);
  if (steady_clock::now() - saved_at_ >= options_.save_interval) Save(stop);
  SendBarriers();
  Show(newest_);
  return epoch_goes_on || !rebuilding_.empty();
}

void RelayRun::Deliver(steady_clock::time_point until) {
  publisher_.SendNow(std::chrono::ceil<milliseconds>(until - steady_clock::now()));
  if (publisher_.Failure()) HandleFailure();
}

void RelayRun::ShowStatus() { Show(store_.NewestId()); }

void RelayRun::Show(std::int64_t newest) {
  status_.position = state_.position;
  status_.backlog_rows = newest - state_.position;
  status_.broken_feeds.assign(broken_.begin(), broken_.end());
  shown_at_ = steady_clock::now();
  on_status_(status_);
}

void RelayRun::ShowWhileWaiting() {
  if (steady_clock::now() - shown_at_ < kShowInterval) return;
  ShowStatus();
}

}  // namespace lienthong::journal
