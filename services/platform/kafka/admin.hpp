#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "platform/kafka/producer.hpp"

namespace lienthong::kafka {

struct NewTopic {
  std::string name;
  int partitions = 1;
  int replication = 1;
  std::map<std::string, std::string> config;
};

/// Creates the topics that do not exist; returns the names made. Throws KafkaError.
std::vector<std::string> CreateTopics(const ConnectOptions& options,
                                      const std::vector<NewTopic>& topics,
                                      std::chrono::milliseconds limit);

/// Names of all topics this principal may describe. Throws KafkaError.
std::vector<std::string> ListTopics(const ConnectOptions& options, std::chrono::milliseconds limit);

}  // namespace lienthong::kafka
