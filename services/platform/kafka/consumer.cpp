#include "platform/kafka/consumer.hpp"

#include <algorithm>
#include <set>

#include "platform/base/log.hpp"
#include "platform/kafka/handle.hpp"

namespace lienthong::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// At most this much of one partition in an answer of the broker: a process reads for 32 units.
constexpr const char* kFetchBytesMax = "1048576";
/// A topic that is missing (not made yet, or being made anew) is looked for this often.
constexpr const char* kTopicRefreshMilliseconds = "5000";
/// See Impl::CheckAccess.
constexpr milliseconds kAccessInterval{5000};
constexpr milliseconds kAccessTimeout{1000};
/// See Impl::KeepFetching: after this librdkafka looks again by itself. (Less would not help: a
/// request that runs into its time limit costs the connection.)
constexpr milliseconds kNudgeTimeout{1000};
/// The same trouble is logged again after this.
constexpr std::chrono::seconds kLogInterval{30};

std::map<std::string, std::string> Settings(const std::string& group, int kilobytes_max) {
  return {
      {"client.id", group},
      {"group.id", group},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"partition.assignment.strategy", "range"},
      {"auto.offset.reset", "error"},  // lost data must show
      {"queued.max.messages.kbytes", std::to_string(kilobytes_max)},
      {"fetch.message.max.bytes", kFetchBytesMax},
      {"topic.metadata.refresh.interval.ms", kTopicRefreshMilliseconds},
  };
}

std::string TopicOf(const rd_kafka_message_t& message) {
  return message.rkt == nullptr ? "" : rd_kafka_topic_name(message.rkt);
}

std::string Bytes(const void* data, std::size_t size) {
  return size == 0 ? std::string() : std::string(static_cast<const char*>(data), size);
}

std::vector<Header> HeadersOf(const rd_kafka_message_t& message) {
  std::vector<Header> headers;
  rd_kafka_headers_t* list = nullptr;
  if (rd_kafka_message_headers(&message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
  headers.reserve(rd_kafka_header_cnt(list));
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    headers.emplace_back(name, Bytes(value, size));
  }
  return headers;
}

Message ToMessage(const rd_kafka_message_t& received) {
  Message message;
  message.topic = TopicOf(received);
  message.partition = received.partition;
  message.offset = received.offset;
  const std::int64_t timestamp = rd_kafka_message_timestamp(&received, nullptr);
  message.timestamp = base::Time(milliseconds(std::max<std::int64_t>(timestamp, 0)));
  message.key = Bytes(received.key, received.key_len);
  if (received.payload != nullptr) message.value = Bytes(received.payload, received.len);
  message.headers = HeadersOf(received);
  return message;
}

/// What a broker answers to ListOffsets.
struct Offset {
  rd_kafka_resp_err_t error;
  std::int64_t value;
};

}  // namespace

std::string_view Message::Find(std::string_view header) const {
  for (const auto& [name, value] : headers) {
    if (name == header) return value;
  }
  return {};
}

struct Consumer::Impl {
  std::string group;
  Handle handle;
  /// An error that came behind messages: those are given out first.
  Received error;
  std::map<std::string, steady_clock::time_point> logged;
  std::set<std::string> unconfirmed;  ///< assigned topics that may turn out to be denied
  steady_clock::time_point next_access_check;
  std::int64_t queue_bytes_max = 0;
  std::int64_t bytes_since_nudge = 0;

  void Judge(const rd_kafka_message_t& message);
  void KeepFetching(const Message& last);
  void CheckAccess();
  rd_kafka_resp_err_t AskForTopic(const std::string& topic, milliseconds wait) const;
  Offset ListOffset(const std::string& topic, std::int64_t time, milliseconds wait) const;
};

/// A librdkafka (before 2.2) whose queue is full looks again only after a second, or when
/// something else wakes the thread of that broker: 4,700 messages/s with a queue of 1 MB. Any
/// request wakes it.
void Consumer::Impl::KeepFetching(const Message& last) {
  if (bytes_since_nudge < queue_bytes_max / 2) return;
  bytes_since_nudge = 0;
  ListOffset(last.topic, RD_KAFKA_OFFSET_END, kNudgeTimeout);
}

/// The first offset of partition 0 that is not older than `time` (milliseconds of Unix time), or
/// the one after the last message. Not rd_kafka_query_watermark_offsets: before librdkafka 2.3 that
/// ignores its time limit and returns only when the broker is back.
Offset Consumer::Impl::ListOffset(const std::string& topic, std::int64_t time,
                                  milliseconds wait) const {
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_t& partition =
      *rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0);
  partition.offset = time;
  const rd_kafka_resp_err_t error =
      rd_kafka_offsets_for_times(handle.get(), list.get(), ToTimeout(wait));
  return {error != RD_KAFKA_RESP_ERR_NO_ERROR ? error : partition.err, partition.offset};
}

/// What the broker says about a topic: nothing wrong, denied, unknown, or no answer.
rd_kafka_resp_err_t Consumer::Impl::AskForTopic(const std::string& topic, milliseconds wait) const {
  const TopicHandle topic_handle(rd_kafka_topic_new(handle.get(), topic.c_str(), nullptr));
  if (!topic_handle) return rd_kafka_last_error();
  const rd_kafka_metadata_t* answer = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(handle.get(), 0, topic_handle.get(), &answer, ToTimeout(wait));
  const Metadata metadata(answer);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR || metadata->topic_cnt == 0) return error;
  return metadata->topics[0].err;
}

/// librdkafka keeps silent about an assigned topic that the principal may not even describe: ask,
/// while nothing comes.
void Consumer::Impl::CheckAccess() {
  const auto now = steady_clock::now();
  if (unconfirmed.empty() || now < next_access_check) return;
  next_access_check = now + kAccessInterval;
  for (auto topic = unconfirmed.begin(); topic != unconfirmed.end();) {
    const rd_kafka_resp_err_t error = AskForTopic(*topic, kAccessTimeout);
    if (IsDenied(error)) throw KafkaError("topic " + *topic + ": " + rd_kafka_err2str(error));
    if (error == RD_KAFKA_RESP_ERR__TIMED_OUT || error == RD_KAFKA_RESP_ERR__TRANSPORT) return;
    topic = error == RD_KAFKA_RESP_ERR_NO_ERROR ? unconfirmed.erase(topic) : std::next(topic);
  }
}

/// Throws for what does not pass by itself; otherwise leaves a line in the log now and then.
void Consumer::Impl::Judge(const rd_kafka_message_t& message) {
  const std::string topic = TopicOf(message);
  const char* const detail = rd_kafka_message_errstr(&message);
  const std::string text = (topic.empty() ? "group " + group : "topic " + topic) + ": " +
                           (detail != nullptr ? detail : rd_kafka_err2str(message.err));
  if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
      message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
    throw OffsetOutOfRange(topic, text);
  }
  if (IsDenied(message.err) && !topic.empty()) unconfirmed.insert(topic);  // to be said again
  if (!IsPassing(message.err)) throw KafkaError(text);
  const auto now = steady_clock::now();
  const auto [last, is_new] = logged.try_emplace(topic, now);
  if (!is_new && now - last->second < kLogInterval) return;
  last->second = now;
  base::LogWarning("reading is held up", {{"text", text}});
}

Consumer::Consumer(const ConnectOptions& options, const std::string& group, int kilobytes_max)
    : impl_(new Impl) {
  impl_->group = group;
  impl_->queue_bytes_max = std::int64_t{kilobytes_max} * 1024;
  impl_->handle = MakeHandle(RD_KAFKA_CONSUMER, MakeConf(options, Settings(group, kilobytes_max)));
  rd_kafka_poll_set_consumer(impl_->handle.get());
}

Consumer::~Consumer() {
  impl_->error.reset();
  rd_kafka_consumer_close(impl_->handle.get());
}

void Consumer::Assign(const std::map<std::string, std::int64_t>& next_offsets) {
  impl_->error.reset();
  impl_->logged.clear();
  impl_->unconfirmed.clear();
  impl_->next_access_check = {};
  const PartitionList list(
      rd_kafka_topic_partition_list_new(static_cast<int>(next_offsets.size())));
  for (const auto& [topic, offset] : next_offsets) {
    impl_->unconfirmed.insert(topic);
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0)->offset =
        offset == kBeginning ? RD_KAFKA_OFFSET_BEGINNING : offset;
  }
  // Let go of everything first: what was fetched from the old offsets is dropped with it.
  rd_kafka_resp_err_t error = rd_kafka_assign(impl_->handle.get(), nullptr);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = rd_kafka_assign(impl_->handle.get(), list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw KafkaError("group " + impl_->group + ": assign: " + rd_kafka_err2str(error));
  }
}

std::vector<Message> Consumer::Poll(int messages_max, milliseconds wait) {
  if (impl_->error) {
    const Received error = std::move(impl_->error);
    impl_->Judge(*error);
  }
  std::vector<Message> messages;
  const auto end = steady_clock::now() + wait;
  while (static_cast<int>(messages.size()) < messages_max) {
    const auto left = messages.empty() ? std::chrono::ceil<milliseconds>(end - steady_clock::now())
                                       : milliseconds(0);
    Received received(rd_kafka_consumer_poll(impl_->handle.get(), ToTimeout(left)));
    if (!received) break;
    if (received->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      impl_->bytes_since_nudge += static_cast<std::int64_t>(received->len + received->key_len);
      messages.push_back(ToMessage(*received));
      continue;
    }
    if (!messages.empty()) {
      impl_->error = std::move(received);
      break;
    }
    impl_->Judge(*received);
  }
  if (messages.empty()) {
    impl_->CheckAccess();
  } else {
    impl_->KeepFetching(messages.back());
  }
  return messages;
}

std::optional<std::pair<std::int64_t, std::int64_t>> Consumer::Watermarks(const std::string& topic,
                                                                          milliseconds wait) {
  const Offset low = impl_->ListOffset(topic, RD_KAFKA_OFFSET_BEGINNING, wait);
  const Offset high = low.error == RD_KAFKA_RESP_ERR_NO_ERROR
                          ? impl_->ListOffset(topic, RD_KAFKA_OFFSET_END, wait)
                          : low;
  rd_kafka_resp_err_t error = high.error;
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return std::pair(low.value, high.value);
  // A topic that may not be described looks like one that is not there.
  if (IsPassing(error)) error = impl_->AskForTopic(topic, wait);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  if (IsPassing(error)) return std::nullopt;
  throw KafkaError("topic " + topic + ": " + rd_kafka_err2str(error));
}

std::optional<std::int64_t> Consumer::OffsetOf(const std::string& topic, base::Time time,
                                               milliseconds wait) {
  const auto since = std::chrono::floor<milliseconds>(time.time_since_epoch());
  Offset found = impl_->ListOffset(topic, since.count(), wait);
  if (found.error == RD_KAFKA_RESP_ERR_NO_ERROR && found.value < 0) {
    found = impl_->ListOffset(topic, RD_KAFKA_OFFSET_END, wait);
  }
  if (found.error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  return found.value;
}

}  // namespace lienthong::kafka
