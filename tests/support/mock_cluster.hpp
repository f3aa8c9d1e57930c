#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "platform/kafka/handle.hpp"

namespace lienthong::support {

// Kinds of requests, by their number in Kafka's protocol.
inline constexpr std::int16_t kProduceRequest = 0;
inline constexpr std::int16_t kInitProducerIdRequest = 22;

/// librdkafka's mock cluster of one broker: real TCP on loopback, errors on demand.
class MockCluster {
 public:
  MockCluster() {
    handle_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0));
    cluster_.reset(rd_kafka_mock_cluster_new(handle_.get(), 1));
  }

  kafka::ConnectOptions Options() const {
    return {rd_kafka_mock_cluster_bootstraps(cluster_.get()), "", "", ""};
  }
  void MakeTopic(const std::string& name) {
    rd_kafka_mock_topic_create(cluster_.get(), name.c_str(), 1, 1);
  }
  void Deny(const std::string& topic) {
    rd_kafka_mock_topic_set_error(cluster_.get(), topic.c_str(),
                                  RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  }
  void FailNext(std::int16_t request, rd_kafka_resp_err_t error) {
    rd_kafka_mock_push_request_errors(cluster_.get(), request, 1, error);
  }
  void SetDown() { rd_kafka_mock_broker_set_down(cluster_.get(), 1); }
  void AnswerAfter(std::chrono::milliseconds time) {
    rd_kafka_mock_broker_set_rtt(cluster_.get(), 1, static_cast<int>(time.count()));
  }
  void SetUp() { rd_kafka_mock_broker_set_up(cluster_.get(), 1); }

 private:
  struct HandleDeleter {
    void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
  };
  struct ClusterDeleter {
    void operator()(rd_kafka_mock_cluster_t* cluster) const {
      rd_kafka_mock_cluster_destroy(cluster);
    }
  };
  std::unique_ptr<rd_kafka_t, HandleDeleter> handle_;
  std::unique_ptr<rd_kafka_mock_cluster_t, ClusterDeleter> cluster_;
};

}  // namespace lienthong::support
