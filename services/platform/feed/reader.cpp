#include "platform/feed/reader.hpp"

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>

#include <pqxx/pqxx>

#include "platform/base/error.hpp"
#include "platform/base/log.hpp"
#include "platform/feed/keeper.hpp"
#include "platform/kafka/catalogue.hpp"
#include "platform/rpc/host_metrics.hpp"

namespace lienthong::feed {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPollWait{500};
constexpr milliseconds kPollWaitScrubbing{50};
constexpr milliseconds kPollWaitAhead{50};
constexpr int kPollMessages = 250;
constexpr std::size_t kBatchBytesMax = 1024 * 1024;
constexpr milliseconds kWatermarkInterval{5000};
constexpr milliseconds kWatermarkWait{1000};
constexpr milliseconds kBackoffMin{200};
constexpr milliseconds kBackoffMax{5000};
constexpr milliseconds kRivalWait{1000};
/// The same failure is logged once in this time.
constexpr std::chrono::seconds kRepeatedLogInterval{60};
constexpr int kConsumerKilobytesMax = 1024;

/// The group that this principal may use: its own name.
std::string SystemOf(const std::string& member) {
  return member.starts_with("service-") ? member : "unit-" + member;
}

/// SQLSTATE classes 22, data exception, and 23, integrity constraint violation (PostgreSQL,
/// appendix A): the same message will be refused again.
bool IsOfTheData(const pqxx::sql_error& error) {
  return error.sqlstate().starts_with("22") || error.sqlstate().starts_with("23");
}

}  // namespace

std::vector<Decoded> Decode(const std::vector<kafka::Message>& messages,
                            const ReaderOptions& options) {
  std::vector<Decoded> decoded;
  decoded.reserve(messages.size());
  for (const kafka::Message& message : messages) {
    try {
      Content content = Parse(message);
      const auto* const record = std::get_if<RecordMessage>(&content);
      if (options.check && record != nullptr && record->value) {
        options.check(record->key.type, std::string(*record->value));
      }
      decoded.push_back({&message, std::move(content)});
    } catch (const std::invalid_argument& error) {
      decoded.push_back({&message, Unreadable{OwnerOf(message), error.what()}});
    }
  }
  return decoded;
}

struct Reader::Impl {
  Impl(ReaderOptions given, pg::Pool& pool, base::Clock& clock, OnApplied on_applied,
       OnVerified on_verified)
      : options(std::move(given)),
        clock(clock),
        keeper(options, pool, clock, std::move(on_applied), std::move(on_verified)) {}

  struct Batch {
    std::vector<kafka::Message> messages;
    std::vector<Decoded> decoded;
    bool is_full = false;  ///< more waits behind it
  };

  /// Of a topic: the offset that came next when it was asked for, and its ends.
  struct Ends {
    std::int64_t next = 0;
    base::Time asked_at{};
    std::optional<std::pair<std::int64_t, std::int64_t>> low_high;
  };
  using AllEnds = std::map<std::string, Ends>;
  /// What goes on beside the reader's thread, with its consumer.
  struct Beside {
    std::future<Batch> ahead;
    std::future<AllEnds> ends;
  };

  void Run(std::stop_token stop);
  void Work(const std::stop_token& stop);
  void Connect();
  void Step(Beside& beside);
  Batch Gather(milliseconds wait, milliseconds wait_for_more);
  void ApplyOrPark(const std::vector<Decoded>& batch);
  AllEnds AskForEnds(const std::map<std::string, std::int64_t>& next) const;
  bool CheckEnds(std::future<AllEnds>& ends);
  void Failed(const std::stop_token& stop, const std::string& text);
  void Wait(const std::stop_token& stop, milliseconds time);

  const ReaderOptions options;
  const base::Clock& clock;
  Keeper keeper;

  // Of the reader's thread.
  std::unique_ptr<kafka::Consumer> consumer;
  std::map<std::string, std::int64_t> processed;  ///< up to here the callbacks know everything
  std::string start_over;                         ///< topic whose log does not go on
  bool loaded = false;
  bool scrubbing = false;
  steady_clock::time_point ends_at{};
  milliseconds backoff = kBackoffMin;
  std::string last_failure;
  steady_clock::time_point last_failure_at{};
  std::jthread thread;
};

void Reader::Impl::Connect() {
  if (!loaded) keeper.Load();
  if (keeper.Bootstrap()) {
    processed.clear();
    start_over.clear();
  }
  if (!start_over.empty()) {
    keeper.StartOver(start_over, "the log does not go on where this copy ended");
    processed.erase(start_over);
    start_over.clear();
  }
  for (const std::string& topic : keeper.Outdated()) {
    keeper.StartOver(topic, "away for longer than tombstones are kept");
    processed.erase(topic);
  }
  loaded = true;
  if (consumer == nullptr) {
    consumer = std::make_unique<kafka::Consumer>(options.kafka, SystemOf(options.member),
                                                 kConsumerKilobytesMax);
  }
  std::map<std::string, std::int64_t> next = keeper.Next();
  for (auto& [topic, offset] : next) {
    // Behind the stored offset: those messages were applied, but not given to the callbacks.
    const auto known = processed.find(topic);
    if (options.wants_values && known != processed.end()) offset = std::min(offset, known->second);
    processed[topic] = offset;
    if (offset == 0) offset = kafka::Consumer::kBeginning;
  }
  consumer->Assign(next);
  ends_at = {};
}

Reader::Impl::Batch Reader::Impl::Gather(milliseconds wait, milliseconds wait_for_more) {
  Batch batch;
  std::size_t bytes = 0;
  const auto count_max = static_cast<std::size_t>(options.batch_messages_max);
  const auto more_until = steady_clock::now() + wait_for_more;
  for (;;) {
    batch.is_full = batch.messages.size() >= count_max || bytes >= kBatchBytesMax;
    if (batch.is_full) break;
    const int asked = std::min(kPollMessages, static_cast<int>(count_max - batch.messages.size()));
    const auto left = std::chrono::ceil<milliseconds>(more_until - steady_clock::now());
    auto some =
        consumer->Poll(asked, batch.messages.empty() ? wait : std::max(left, milliseconds(0)));
    if (some.empty()) break;
    for (kafka::Message& message : some) {
      bytes += message.value ? message.value->size() : 0;
      batch.messages.push_back(std::move(message));
    }
  }
  batch.decoded = Decode(batch.messages, options);
  return batch;
}

void Reader::Impl::ApplyOrPark(const std::vector<Decoded>& batch) {
  try {
    keeper.Apply(batch);
  } catch (const pqxx::sql_error& error) {
    // A missing right or table is no fault of a message: it is waited out.
    if (!IsOfTheData(error)) throw;
    // The database is there but refuses something of the batch: find it, only that record waits.
    if (batch.size() > 1) {
      for (const Decoded& decoded : batch) ApplyOrPark({decoded});
      return;
    }
    if (std::holds_alternative<Unreadable>(batch[0].content)) throw;
    const std::string owner = OwnerOf(*batch[0].message);
    keeper.Apply(
        {{batch[0].message, Unreadable{owner, "the database refuses it: " + error.sqlstate()}}});
  }
}

Reader::Impl::AllEnds Reader::Impl::AskForEnds(
    const std::map<std::string, std::int64_t>& next) const {
  AllEnds found;
  for (const auto& [topic, offset] : next) {
    found[topic] = {offset, clock.MachineNow(), consumer->Watermarks(topic, kWatermarkWait)};
  }
  return found;
}

/// A broker answers this behind the fetch that waits on the same connection, up to four times half
/// a second: messages do not wait for it, but for the first time after a connection was made.
bool Reader::Impl::CheckEnds(std::future<AllEnds>& ends) {
  if (!ends.valid()) {
    if (steady_clock::now() < ends_at) return true;
    const bool is_first = ends_at == steady_clock::time_point();
    ends_at = steady_clock::now() + kWatermarkInterval;
    ends = std::async(is_first ? std::launch::deferred : std::launch::async,
                      [this, next = keeper.Next()] { return AskForEnds(next); });
    if (!is_first) return true;
  } else if (ends.wait_for(milliseconds(0)) != std::future_status::ready) {
    return true;
  }
  for (const auto& [topic, found] : ends.get()) {
    if (!found.low_high) continue;
    const auto [low, high] = *found.low_high;
    if (found.next > 0 && (high < found.next || low > found.next)) {
      start_over = topic;
      return false;
    }
    keeper.SetEnd(topic, high, found.asked_at);
  }
  return true;
}

void Reader::Impl::Step(Beside& beside) {
  const Batch batch = beside.ahead.valid()
                          ? beside.ahead.get()
                          : Gather(scrubbing ? kPollWaitScrubbing : kPollWait, milliseconds(0));
  // Nothing is gathered beside this: what was read of the log until now is dropped.
  if (!CheckEnds(beside.ends) || keeper.WantsBootstrap()) {
    Connect();
    return;
  }
  if (batch.is_full) {
    // Far behind: the next batch is gathered and read while the database is at work on this one.
    beside.ahead =
        std::async(std::launch::async, [this] { return Gather(kPollWaitAhead, kPollWaitAhead); });
  }
  if (!batch.messages.empty()) {
    ApplyOrPark(batch.decoded);
    for (const kafka::Message& message : batch.messages) {
      processed[message.topic] = message.offset + 1;
    }
    backoff = kBackoffMin;
  }
  scrubbing = keeper.ScrubSome();
  keeper.Tick();
}

void Reader::Impl::Wait(const std::stop_token& stop, milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
}

void Reader::Impl::Failed(const std::stop_token& stop, const std::string& text) {
  if (text != last_failure || steady_clock::now() - last_failure_at > kRepeatedLogInterval) {
    base::LogWarning("feed cannot be read now; going on trying",
                     {{"member", options.member}, {"error", text}});
    last_failure = text;
    last_failure_at = steady_clock::now();
  }
  loaded = false;
  keeper.Show();
  Wait(stop, backoff);
  backoff = std::min(backoff * 2, kBackoffMax);
}

void Reader::Impl::Work(const std::stop_token& stop) {
  Connect();
  // It has ended when this function has, however.
  Beside beside;
  while (!stop.stop_requested()) Step(beside);
}

void Reader::Impl::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    try {
      Work(stop);
    } catch (const kafka::OffsetOutOfRange& error) {
      start_over = error.topic;
      consumer.reset();
    } catch (const kafka::KafkaError& error) {
      consumer.reset();
      Failed(stop, error.what());
    } catch (const OffsetMoved& error) {
      base::LogInfo(error.what());
      loaded = false;
      Wait(stop, kRivalWait);
    } catch (const std::exception& error) {
      Failed(stop, pg::CauseOf(error));
    }
  }
  consumer.reset();
}

Reader::Reader(ReaderOptions options, pg::Pool& pool, base::Clock& clock, OnApplied on_applied,
               OnVerified on_verified)
    : impl_(std::make_unique<Impl>(std::move(options), pool, clock, std::move(on_applied),
                                   std::move(on_verified))) {
  const kafka::ConnectOptions& tls = impl_->options.kafka;
  if (tls.certificate.empty()) return;  // plaintext
  rpc::ShowCertificate(tls.certificate);
  rpc::ShowAuthority(tls.ca);
}

Reader::~Reader() = default;

void Reader::Start() {
  impl_->keeper.Load();
  impl_->processed = impl_->keeper.Next();
  impl_->keeper.GiveStored();
  impl_->loaded = true;
  impl_->thread = std::jthread([this](std::stop_token stop) { impl_->Run(std::move(stop)); });
}

void Reader::AskToStop() { impl_->thread.request_stop(); }

Consistency Reader::State() const { return impl_->keeper.State(); }

Work Reader::Ask(WorkKind kind, const std::string& request_id, const std::string& operation_id,
                 std::chrono::steady_clock::time_point deadline) {
  return impl_->keeper.Ask(kind, request_id, operation_id, deadline);
}

Reader::ReplayOutcome Reader::ReplayParked() {
  try {
    return impl_->keeper.Replay();
  } catch (const OffsetMoved&) {
    throw base::Aborted("CONCURRENT_CHANGE", "another reader moved this copy on; repeat")
        .RetryAfter(kRivalWait);
  }
}

}  // namespace lienthong::feed
