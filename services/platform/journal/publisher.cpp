#include "platform/journal/publisher.hpp"

#include <stdexcept>

#include "platform/base/log.hpp"
#include "platform/base/sabotage.hpp"

namespace lienthong::journal {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Without any acknowledgement for so long, the broker was away rather than a topic broken.
constexpr milliseconds kSilence{3000};
constexpr milliseconds kWaitSlice{20};

std::string FeedKey(const JournalRow& row) {
  return std::string(row.record_type).append("/").append(row.record_id);
}

}  // namespace

Publisher::Publisher(std::string service, const kafka::ConnectOptions& options, base::Ids& ids,
                     milliseconds broken_feed_after)
    : service_(std::move(service)),
      envelope_(service_),
      ids_(ids),
      broken_feed_after_(broken_feed_after),
      last_acknowledged_(steady_clock::now()),
      producer_(options,
                [this](TopicId topic, std::uint64_t bytes, kafka::Delivery delivery,
                       const std::string& error) { OnDelivery(topic, bytes, delivery, error); }) {}

Publisher::TopicId Publisher::FeedOf(std::string_view member) {
  const auto known = feeds_.find(member);
  if (known != feeds_.end()) return known->second;
  const std::string name(member);
  return feeds_[name] = producer_.Topic(kafka::FeedTopic(name));
}

Publisher::TopicId Publisher::DomainOf(std::string_view record_type) {
  const auto known = domains_.find(record_type);
  if (known != domains_.end()) return known->second;
  const std::string name(record_type);
  return domains_[name] = producer_.Topic(kafka::DomainTopic(service_, name));
}

void Publisher::Send(TopicId topic, std::string_view key,
                     const std::optional<std::string_view>& value, Envelope::Headers headers) {
  // The queue is bounded; a slow broker slows the relay down, nothing else.
  const std::uint64_t bytes = key.size() + (value ? value->size() : 0);
  while (!producer_.Produce({topic, key, value, headers, /*ticket=*/bytes})) {
    producer_.Poll(milliseconds(50));
    if (Failure()) throw kafka::KafkaError("a topic failed while the queue was full");
    if (stop_ && stop_()) throw kafka::KafkaError("stopped while the queue was full");
  }
  if (topic >= pending_.size()) pending_.resize(topic + 1);
  Pending_& pending = pending_[topic];
  if (!pending.traffic) pending.traffic.emplace(producer_.NameOf(topic));
  if (pending.messages++ == 0) pending.since = steady_clock::now();
  ++pending_total_;
  ++sent_;
}

void Publisher::OnDelivery(TopicId topic, std::uint64_t bytes, kafka::Delivery delivery,
                           const std::string& error) {
  const auto now = steady_clock::now();
  Pending_& pending = pending_.at(topic);
  --pending.messages;
  pending.since = now;
  --pending_total_;
  if (delivery == kafka::Delivery::kAcknowledged) {
    // The broker was away and is back: the other topics' turn comes now, not since then.
    if (now - last_acknowledged_ > kSilence) {
      for (Pending_& waiting : pending_) waiting.since = now;
    }
    last_acknowledged_ = now;
    pending.traffic->Add(bytes);
  } else if (producer_.IsFatal()) {
    // No fault of the topic: a broker that was killed may not know how far a sequence has come.
    throw kafka::KafkaError("the producer has to be made anew: " + error);
  } else if (!failure_) {
    failure_ = TopicFailure{producer_.NameOf(topic), error};
  }
}

std::optional<TopicFailure> Publisher::Failure() {
  if (failure_ || pending_total_ == 0) return failure_;
  const auto now = steady_clock::now();
  for (TopicId topic = 0; topic < pending_.size(); ++topic) {
    const Pending_& pending = pending_[topic];
    // If nothing at all is acknowledged the broker is away, and the relay waits.
    if (pending.messages > 0 && now - pending.since > broken_feed_after_ &&
        last_acknowledged_ > pending.since + broken_feed_after_ / 2) {
      failure_ = TopicFailure{producer_.NameOf(topic),
                              "no acknowledgement while other topics are acknowledged"};
      break;
    }
  }
  return failure_;
}

bool Publisher::WaitForAll(const std::function<bool()>& stop) {
  while (pending_total_ > 0) {
    SendNow(kWaitSlice);
    if (Failure() || stop()) return false;
  }
  return !Failure();
}

void Publisher::SendRow(const JournalRow& row, std::int64_t epoch, const Members& skipped,
                        bool resend) {
  const std::string key = FeedKey(row);
  envelope_.SetRow(row, key, epoch, row.id);
  if (row.new_version && !row.states.empty()) {
    Send(DomainOf(row.record_type), row.record_id, row.states.front(), envelope_.ForDomain());
  }
  for (const auto& [member, view] : row.audience) {
    if (skipped.contains(member)) continue;
    if (!resend && !row.new_version && row.audience_before.Find(member) == view) continue;
    const auto state = row.StateOf(view);
    if (!state) throw std::logic_error("no state for view " + std::string(view) + " of " + key);
    Send(FeedOf(member), key, state, envelope_.ForFeed(view));
  }
  for (const auto& [member, view] : row.audience_before) {
    if (skipped.contains(member) || row.audience.Find(member)) continue;
    if (base::Sabotaged("dropped-tombstone")) continue;
    Send(FeedOf(member), key, std::nullopt, envelope_.ForTombstone());
  }
}

void Publisher::SendHead(const JournalRow& head, std::int64_t epoch, std::int64_t position,
                         const std::string& member, base::Time now) {
  const auto view = head.audience.Find(member);
  const auto state = view ? head.StateOf(*view) : std::nullopt;
  if (!state) {
    // What became of a record that the member may not see is none of its business.
    return SendUnknown({std::string(head.record_type), std::string(head.record_id)}, epoch,
                       position, member, now);
  }
  const std::string key = FeedKey(head);
  envelope_.SetRow(head, key, epoch, head.id);
  Send(FeedOf(member), key, state, envelope_.ForFeed(*view));
}

void Publisher::SendUnknown(const Key& key, std::int64_t epoch, std::int64_t position,
                            const std::string& member, base::Time now) {
  const std::string event_id = ids_.New();
  const std::string time = base::FormatTime(now);
  const std::string text = key.Text();
  envelope_.SetUnknown(event_id, time, text, epoch, position);
  Send(FeedOf(member), text, std::nullopt, envelope_.ForTombstone());
}

void Publisher::SendBarrier(const std::string& member, const RelayState& state,
                            base::Time fence_time, const TypeDigests& types) {
  const std::string time = base::FormatTime(fence_time);
  const std::string event_id = ids_.New();
  const std::string value = BarrierValue(service_, state, time, types);
  Send(FeedOf(member), "barrier/" + service_, value,
       envelope_.ForBarrier(event_id, state.epoch, state.position, time));
}

void Publisher::SendSeal(const SealRow& seal, base::Time now) {
  const std::string time = base::FormatTime(now);
  const std::string event_id = ids_.New();
  Send(producer_.Topic(kafka::SealTopic(service_)), service_, SealValue(service_, seal),
       envelope_.ForSeal(event_id, time));
}

}  // namespace lienthong::journal
