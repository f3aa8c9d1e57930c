#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include <librdkafka/rdkafka.h>

#include "platform/kafka/producer.hpp"

/// librdkafka's C objects, wrapped once. Included by the sources of this folder only.
namespace lienthong::kafka {

template <auto kDestroy>
struct Destroyer {
  template <class Object>
  void operator()(Object* object) const {
    kDestroy(object);
  }
};

using Handle = std::unique_ptr<rd_kafka_t, Destroyer<rd_kafka_destroy>>;
using Conf = std::unique_ptr<rd_kafka_conf_t, Destroyer<rd_kafka_conf_destroy>>;
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, Destroyer<rd_kafka_topic_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroyer<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroyer<rd_kafka_event_destroy>>;
using Received = std::unique_ptr<rd_kafka_message_t, Destroyer<rd_kafka_message_destroy>>;
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, Destroyer<rd_kafka_metadata_destroy>>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                      Destroyer<rd_kafka_topic_partition_list_destroy>>;

/// Settings of a client: how to connect (TLS when a CA is given, plaintext otherwise), what every
/// client of ours has, and `settings`. Throws KafkaError naming the setting that is refused.
Conf MakeConf(const ConnectOptions& options, const std::map<std::string, std::string>& settings);

/// Makes the client; its log lines go to base::Log. Throws KafkaError.
Handle MakeHandle(rd_kafka_type_t type, Conf conf);

/// True for what goes away by itself: lost connections, brokers or leaders that are away, topics
/// that are not there yet.
bool IsPassing(rd_kafka_resp_err_t error);

/// True when the principal may not do it.
bool IsDenied(rd_kafka_resp_err_t error);

/// librdkafka takes whole milliseconds; negative and over-long waits are cut.
int ToTimeout(std::chrono::milliseconds wait);

}  // namespace lienthong::kafka
