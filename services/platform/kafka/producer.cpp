#include "platform/kafka/producer.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "platform/base/log.hpp"
#include "platform/kafka/handle.hpp"

namespace lienthong::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How long a message waits for company while more is coming; Flush sends at once. Measured: with 3
/// and with 50 ms a journal is drained equally fast.
constexpr int kLingerMilliseconds = 5;
/// Measured with 300,000 messages of 500 bytes and our headers: the client's time 1.6 s with lz4,
/// 2.0 s with zstd; on disk 298 and 189 MB. The relay is bound by time.
constexpr const char* kCompression = "lz4";
/// A topic that is not there fails after this: until then its messages take up the queue. A topic
/// just made is known to every broker well before.
constexpr const char* kUnknownTopicMilliseconds = "5000";
/// A topic that came back is found within this.
constexpr const char* kProducerRefreshMilliseconds = "10000";
/// Reports are handed on at least this often while Flush waits.
constexpr milliseconds kFlushSlice{100};

std::map<std::string, std::string> Settings(int queue_messages_max, int queue_kilobytes_max) {
  return {
      {"enable.idempotence", "true"},  // with it acks=all
      {"message.timeout.ms", "0"},     // never: a message given up leaves a gap
      {"partitioner", "murmur2_random"},
      {"compression.codec", kCompression},
      {"linger.ms", std::to_string(kLingerMilliseconds)},
      {"topic.metadata.propagation.max.ms", kUnknownTopicMilliseconds},
      {"topic.metadata.refresh.interval.ms", kProducerRefreshMilliseconds},
      {"queue.buffering.max.messages", std::to_string(queue_messages_max)},
      {"queue.buffering.max.kbytes", std::to_string(queue_kilobytes_max)},
  };
}

/// What librdkafka refuses at once although only this message or its topic is at fault.
bool IsFaultOfMessage(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
         error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
         error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
         error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         error == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
}

rd_kafka_vu_t Memory(rd_kafka_vtype_t type, const char* bytes, std::size_t size) {
  rd_kafka_vu_t argument{};
  argument.vtype = type;
  argument.u.mem.ptr = const_cast<char*>(bytes);
  argument.u.mem.size = size;
  return argument;
}

using Headers = std::unique_ptr<rd_kafka_headers_t, Destroyer<rd_kafka_headers_destroy>>;
using ProduceError = std::unique_ptr<rd_kafka_error_t, Destroyer<rd_kafka_error_destroy>>;

/// Headers of our own: librdkafka 2.0.2 frees those that it makes itself (RD_KAFKA_VTYPE_HEADER)
/// twice when the topic refuses the message.
Headers ToHeaders(std::span<const HeaderView> list) {
  Headers headers(rd_kafka_headers_new(list.size()));
  for (const auto& [name, value] : list) {
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  return headers;
}

}  // namespace

struct Producer::Impl {
  struct Report {
    TopicId topic;
    std::uint64_t ticket;
    rd_kafka_resp_err_t error;
  };
  struct Appended {
    base::Time broker;
    steady_clock::time_point produced;
  };
  struct KnownTopic {
    std::string name;
    TopicHandle handle;
  };

  OnDelivery on_delivery;
  OnAppended on_appended;
  /// Collected while librdkafka calls back, handed on when it has returned: the receiver may throw
  /// or produce again.
  std::vector<Report> reports;
  std::optional<Appended> appended;  ///< of the last report that has it
  Handle handle;
  std::vector<KnownTopic> topics;  ///< destroyed before the handle
  std::unordered_map<std::string, TopicId> ids;

  void HandOn();
  void NoteAppended(const rd_kafka_message_t& message);
  static void OnReport(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque);
};

void Producer::Impl::OnReport(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto* const impl = static_cast<Impl*>(opaque);
  const auto topic = reinterpret_cast<std::uintptr_t>(rd_kafka_topic_opaque(message->rkt));
  impl->reports.push_back(
      {topic, reinterpret_cast<std::uintptr_t>(message->_private), message->err});
  if (impl->on_appended) impl->NoteAppended(*message);
}

void Producer::Impl::NoteAppended(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t stamp = rd_kafka_message_timestamp(&message, &kind);
  const std::int64_t latency = rd_kafka_message_latency(&message);
  // Our own stamp says nothing. For the broker's, some versions report a number of their own.
  const bool is_ours =
      kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || kind == RD_KAFKA_TIMESTAMP_CREATE_TIME;
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR || is_ours || stamp < 0 || latency < 0) return;
  appended = {base::Time(milliseconds(stamp)),
              steady_clock::now() - std::chrono::microseconds(latency)};
}

Producer::TopicId Producer::Topic(const std::string& name) {
  const auto known = impl_->ids.find(name);
  if (known != impl_->ids.end()) return known->second;
  const TopicId id = impl_->topics.size();
  rd_kafka_topic_conf_t* const conf = rd_kafka_default_topic_conf_dup(impl_->handle.get());
  rd_kafka_topic_conf_set_opaque(conf, reinterpret_cast<void*>(id));
  TopicHandle topic(rd_kafka_topic_new(impl_->handle.get(), name.c_str(), conf));  // keeps conf
  if (!topic) {
    throw KafkaError("topic " + name + ": " + rd_kafka_err2str(rd_kafka_last_error()));
  }
  // A topic that librdkafka knew before keeps the configuration it had.
  if (rd_kafka_topic_opaque(topic.get()) != reinterpret_cast<void*>(id)) {
    throw KafkaError("topic " + name + " was made by somebody else");
  }
  impl_->topics.push_back({name, std::move(topic)});
  impl_->ids.emplace(name, id);
  return id;
}

const std::string& Producer::NameOf(TopicId topic) const { return impl_->topics.at(topic).name; }

void Producer::Impl::HandOn() {
  std::vector<Report> taken;
  taken.swap(reports);
  if (const auto told = std::exchange(appended, std::nullopt)) {
    on_appended(told->broker,
                std::chrono::ceil<std::chrono::microseconds>(steady_clock::now() - told->produced));
  }
  for (const Report& report : taken) {
    const bool is_good = report.error == RD_KAFKA_RESP_ERR_NO_ERROR;
    on_delivery(report.topic, report.ticket, is_good ? Delivery::kAcknowledged : Delivery::kFailed,
                is_good ? "" : rd_kafka_err2str(report.error));
  }
}

Producer::Producer(const ConnectOptions& options, OnDelivery on_delivery, int queue_messages_max,
                   int queue_kilobytes_max)
    : impl_(new Impl) {
  impl_->on_delivery = std::move(on_delivery);
  Conf conf = MakeConf(options, Settings(queue_messages_max, queue_kilobytes_max));
  rd_kafka_conf_set_opaque(conf.get(), impl_.get());
  rd_kafka_conf_set_dr_msg_cb(conf.get(), Impl::OnReport);
  impl_->handle = MakeHandle(RD_KAFKA_PRODUCER, std::move(conf));
}

Producer::~Producer() = default;

void Producer::TellAppended(OnAppended on_appended) { impl_->on_appended = std::move(on_appended); }

bool Producer::Produce(const Message& message) {
  Headers headers = ToHeaders(message.headers);
  // An empty value is not a tombstone: a pointer of its own tells them apart.
  const char* const bytes = !message.value           ? nullptr
                            : message.value->empty() ? ""
                                                     : message.value->data();
  std::array<rd_kafka_vu_t, 6> arguments{};
  arguments[0].vtype = RD_KAFKA_VTYPE_RKT;
  arguments[0].u.rkt = impl_->topics.at(message.topic).handle.get();
  arguments[1] = Memory(RD_KAFKA_VTYPE_KEY, message.key.data(), message.key.size());
  arguments[2] = Memory(RD_KAFKA_VTYPE_VALUE, bytes, message.value ? message.value->size() : 0);
  arguments[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  arguments[3].u.i = RD_KAFKA_MSG_F_COPY;
  arguments[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
  arguments[4].u.ptr = reinterpret_cast<void*>(static_cast<std::uintptr_t>(message.ticket));
  arguments[5].vtype = RD_KAFKA_VTYPE_HEADERS;
  arguments[5].u.headers = headers.get();

  const ProduceError error(
      rd_kafka_produceva(impl_->handle.get(), arguments.data(), arguments.size()));
  if (!error) {
    std::ignore = headers.release();  // the queued message owns them
    return true;
  }
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error.get());
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
  if (IsFatal() || !IsFaultOfMessage(code)) {
    throw KafkaError("topic " + NameOf(message.topic) + ": " + rd_kafka_error_string(error.get()));
  }
  impl_->reports.push_back({message.topic, message.ticket, code});
  return true;
}

void Producer::Poll(milliseconds wait) {
  // What was refused at once is not kept waiting for.
  rd_kafka_poll(impl_->handle.get(), impl_->reports.empty() ? ToTimeout(wait) : 0);
  impl_->HandOn();
}

bool Producer::Flush(milliseconds limit) {
  const auto end = steady_clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(end - steady_clock::now());
    const rd_kafka_resp_err_t error =
        rd_kafka_flush(impl_->handle.get(), ToTimeout(std::min(left, kFlushSlice)));
    impl_->HandOn();
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR && Queued() == 0) return true;
    if (steady_clock::now() >= end) return false;
  }
}

int Producer::Queued() const {
  return rd_kafka_outq_len(impl_->handle.get()) + static_cast<int>(impl_->reports.size());
}

bool Producer::IsFatal() const {
  return rd_kafka_fatal_error(impl_->handle.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

void Producer::Purge() {
  rd_kafka_purge(impl_->handle.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                          RD_KAFKA_PURGE_F_NON_BLOCKING);
}

}  // namespace lienthong::kafka
