#include "platform/kafka/handle.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <string_view>
#include <tuple>
#include <utility>

#include "platform/base/log.hpp"

namespace lienthong::kafka {
namespace {

constexpr std::chrono::milliseconds kTimeoutMax{600'000};

/// A broker that comes back is found within this (librdkafka's own default is 10 s).
constexpr const char* kReconnectMillisecondsMax = "1000";

/// librdkafka repeats some lines every second for as long as the trouble lasts: a line is let
/// through once in an interval. Any thread.
class Repeats {
 public:
  bool IsNew(std::string line) {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    if (last_.size() >= kLinesMax) last_.clear();
    const auto [entry, is_new] = last_.try_emplace(std::move(line), now);
    if (!is_new && now - entry->second < kInterval) return false;
    entry->second = now;
    return true;
  }

 private:
  static constexpr std::size_t kLinesMax = 1000;
  static constexpr std::chrono::seconds kInterval{30};
  std::mutex mutex_;
  std::map<std::string, std::chrono::steady_clock::time_point> last_;
};

/// Called from librdkafka's threads. Its lines name brokers, topics and errors; keys and values of
/// messages are not in them.
void OnLog(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  static Repeats* const repeats = new Repeats;  // never destroyed: see base/log.cpp
  constexpr int kSyslogError = 3;
  constexpr int kSyslogNotice = 5;
  const char* const name = rd_kafka_name(client);
  // What stands in brackets counts milliseconds and repeats.
  const std::string_view start = std::string_view(text).substr(0, std::string_view(text).find('('));
  if (!repeats->IsNew(std::string(name) + ' ' + facility + ' ' + std::string(start))) return;
  const base::LogLevel ours = level <= kSyslogError    ? base::LogLevel::kError
                              : level <= kSyslogNotice ? base::LogLevel::kWarning
                                                       : base::LogLevel::kInfo;
  base::Log(ours, "kafka client", {{"client", name}, {"facility", facility}, {"text", text}});
}

void Set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  std::array<char, 512> why{};
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size()) !=
      RD_KAFKA_CONF_OK) {
    throw KafkaError("Kafka setting " + name + ": " + why.data());
  }
}

}  // namespace

Conf MakeConf(const ConnectOptions& options, const std::map<std::string, std::string>& settings) {
  Conf conf(rd_kafka_conf_new());
  Set(conf.get(), "bootstrap.servers", options.brokers);
  Set(conf.get(), "client.id", "lienthong");
  if (!options.ca.empty()) {
    Set(conf.get(), "security.protocol", "ssl");
    Set(conf.get(), "ssl.ca.location", options.ca);
    Set(conf.get(), "ssl.certificate.location", options.certificate);
    Set(conf.get(), "ssl.key.location", options.key);
    Set(conf.get(), "ssl.endpoint.identification.algorithm", "https");
  }
  Set(conf.get(), "socket.keepalive.enable", "true");
  Set(conf.get(), "socket.nagle.disable", "true");
  Set(conf.get(), "reconnect.backoff.max.ms", kReconnectMillisecondsMax);
  Set(conf.get(), "log.connection.close", "false");  // idle connections close all the time
  for (const auto& [name, value] : settings) Set(conf.get(), name, value);
  rd_kafka_conf_set_log_cb(conf.get(), OnLog);
  return conf;
}

Handle MakeHandle(rd_kafka_type_t type, Conf conf) {
  std::array<char, 512> why{};
  Handle handle(rd_kafka_new(type, conf.get(), why.data(), why.size()));
  if (!handle) throw KafkaError(std::string("Kafka client: ") + why.data());
  std::ignore = conf.release();  // rd_kafka_new keeps it, when it succeeds
  return handle;
}

bool IsPassing(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__WAIT_CACHE:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED:
      return true;
    default:
      return false;
  }
}

bool IsDenied(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         error == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
         error == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
}

int ToTimeout(std::chrono::milliseconds wait) {
  return static_cast<int>(std::clamp(wait, std::chrono::milliseconds(0), kTimeoutMax).count());
}

}  // namespace lienthong::kafka
