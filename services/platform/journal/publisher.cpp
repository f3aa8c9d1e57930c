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

const std::string* Find(const std::map<std::string, std::string>& map, const std::string& name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

Publisher::Publisher(std::string service, const kafka::ConnectOptions& options, base::Ids& ids,
                     milliseconds broken_feed_after)
    : service_(service),
      envelope_(std::move(service)),
      ids_(ids),
      broken_feed_after_(broken_feed_after),
      last_acknowledged_(steady_clock::now()),
      producer_(options, [this](std::uint64_t, kafka::Delivery delivery, const std::string& topic,
                                const std::string& error) { OnDelivery(delivery, topic, error); }) {
}

void Publisher::Send(const std::string& topic, const std::string& key,
                     const std::optional<std::string_view>& value,
                     const std::vector<kafka::Header>& headers) {
  const kafka::Producer::Message message{topic, key, value, headers, ++ticket_};
  // The queue is bounded; a slow broker slows the relay down, nothing else.
  while (!producer_.Produce(message)) {
    producer_.Poll(milliseconds(50));
    if (Failure()) throw kafka::KafkaError("a topic failed while the queue was full");
    if (stop_ && stop_()) throw kafka::KafkaError("stopped while the queue was full");
  }
  Pending_& pending = pending_[topic];
  if (pending.messages++ == 0) pending.since = steady_clock::now();
  ++pending_total_;
}

void Publisher::OnDelivery(kafka::Delivery delivery, const std::string& topic,
                           const std::string& error) {
  Pending_& pending = pending_[topic];
  --pending.messages;
  pending.since = steady_clock::now();
  --pending_total_;
  if (delivery == kafka::Delivery::kAcknowledged) {
    // The broker was away and is back: the other topics' turn comes now, not since then.
    const auto now = steady_clock::now();
    if (now - last_acknowledged_ > kSilence) {
      for (auto& [name, waiting] : pending_) waiting.since = now;
    }
    last_acknowledged_ = now;
  } else if (!failure_) {
    failure_ = TopicFailure{topic, error};
  }
}

std::optional<TopicFailure> Publisher::Failure() {
  if (failure_ || pending_total_ == 0) return failure_;
  const auto now = steady_clock::now();
  for (const auto& [topic, pending] : pending_) {
    // If nothing at all is acknowledged the broker is away, and the relay waits.
    if (pending.messages > 0 && now - pending.since > broken_feed_after_ &&
        last_acknowledged_ > pending.since + broken_feed_after_ / 2) {
      failure_ = TopicFailure{topic, "no acknowledgement while other topics are acknowledged"};
      break;
    }
  }
  return failure_;
}

bool Publisher::WaitForAll(const std::function<bool()>& stop) {
  while (pending_total_ > 0) {
    producer_.Poll(milliseconds(20));
    if (Failure() || stop()) return false;
  }
  return !Failure();
}

void Publisher::SendRow(const JournalRow& row, std::int64_t epoch,
                        const std::set<std::string>& skipped, bool resend) {
  const std::string key = row.key.Text();
  if (row.new_version && !row.states.empty()) {
    Send(kafka::DomainTopic(service_, row.key.type), row.key.id, row.states.front(),
         envelope_.ForDomain(row, epoch));
  }
  std::set<std::string> members;
  for (const auto& [member, view] : row.audience) members.insert(member);
  for (const auto& [member, view] : row.audience_before) members.insert(member);
  for (const std::string& member : members) {
    if (skipped.contains(member)) continue;
    const std::string* view = Find(row.audience, member);
    if (view == nullptr) {
      if (base::Sabotaged("dropped-tombstone")) continue;
      Send(kafka::FeedTopic(member), key, std::nullopt, envelope_.ForTombstone(row, epoch, row.id));
      continue;
    }
    const std::string* before = Find(row.audience_before, member);
    if (!resend && !row.new_version && before != nullptr && *before == *view) continue;
    const std::string* state = row.StateOf(*view);
    if (state == nullptr) throw std::logic_error("no state for view " + *view + " of " + key);
    Send(kafka::FeedTopic(member), key, *state, envelope_.ForFeed(row, epoch, row.id, *view));
  }
}

void Publisher::SendHead(const JournalRow& head, std::int64_t epoch, std::int64_t position,
                         const std::string& member, base::Time now) {
  const std::string* view = Find(head.audience, member);
  const std::string* state = view == nullptr ? nullptr : head.StateOf(*view);
  if (state == nullptr) {
    // What became of a record that the member may not see is none of its business.
    return SendUnknown(head.key, epoch, position, member, now);
  }
  Send(kafka::FeedTopic(member), head.key.Text(), *state,
       envelope_.ForFeed(head, epoch, head.id, *view));
}

void Publisher::SendUnknown(const Key& key, std::int64_t epoch, std::int64_t position,
                            const std::string& member, base::Time now) {
  JournalRow row;
  row.key = key;
  row.event = "Unknown";
  row.event_id = ids_.New();
  row.time = base::FormatTime(now);
  Send(kafka::FeedTopic(member), key.Text(), std::nullopt,
       envelope_.ForTombstone(row, epoch, position));
}

void Publisher::SendBarrier(const std::string& member, const RelayState& state,
                            base::Time fence_time, const std::map<std::string, SetDigest>& types) {
  const std::string time = base::FormatTime(fence_time);
  const std::string value = BarrierValue(service_, state, time, types);
  Send(kafka::FeedTopic(member), "barrier/" + service_, value,
       envelope_.ForBarrier(ids_.New(), state.epoch, state.position, time));
}

void Publisher::SendSeal(const SealRow& seal, base::Time now) {
  const std::string value = SealValue(service_, seal);
  Send(kafka::SealTopic(service_), service_, value,
       envelope_.ForSeal(ids_.New(), base::FormatTime(now)));
}

}  // namespace lienthong::journal
