#include "platform/kafka/admin.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "platform/kafka/handle.hpp"

namespace lienthong::kafka {
namespace {

using std::chrono::milliseconds;

/// One request makes at most this many topics: a broker takes some milliseconds for each.
constexpr std::size_t kTopicsPerRequest = 50;

using Topic = std::unique_ptr<rd_kafka_NewTopic_t, Destroyer<rd_kafka_NewTopic_destroy>>;
using Options = std::unique_ptr<rd_kafka_AdminOptions_t, Destroyer<rd_kafka_AdminOptions_destroy>>;

Topic ToTopic(const NewTopic& topic) {
  std::array<char, 512> why{};
  Topic made(rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, topic.replication,
                                   why.data(), why.size()));
  if (!made) throw KafkaError("topic " + topic.name + ": " + why.data());
  for (const auto& [name, value] : topic.config) {
    rd_kafka_NewTopic_set_config(made.get(), name.c_str(), value.c_str());
  }
  return made;
}

Options MakeOptions(rd_kafka_t* handle, milliseconds limit) {
  Options options(rd_kafka_AdminOptions_new(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS));
  std::array<char, 512> why{};
  if (rd_kafka_AdminOptions_set_request_timeout(options.get(), ToTimeout(limit), why.data(),
                                                why.size()) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      rd_kafka_AdminOptions_set_operation_timeout(options.get(), ToTimeout(limit), why.data(),
                                                  why.size()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw KafkaError(std::string("create topics: ") + why.data());
  }
  return options;
}

/// Adds the names of the topics that `event` says were made.
void Collect(rd_kafka_event_t* event, std::vector<std::string>& made) {
  if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw KafkaError(std::string("create topics: ") + rd_kafka_event_error_string(event));
  }
  std::size_t count = 0;
  const rd_kafka_topic_result_t* const* const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
  std::string mistakes;
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);
    const std::string name = rd_kafka_topic_result_name(results[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      made.push_back(name);
    } else if (error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS && mistakes.empty()) {
      const char* const text = rd_kafka_topic_result_error_string(results[i]);
      mistakes = "topic " + name + ": " + (text != nullptr ? text : rd_kafka_err2str(error));
    }
  }
  if (!mistakes.empty()) throw KafkaError("create topics: " + mistakes);
}

}  // namespace

std::vector<std::string> CreateTopics(const ConnectOptions& options,
                                      const std::vector<NewTopic>& topics, milliseconds limit) {
  std::vector<std::string> made;
  if (topics.empty()) return made;
  const Handle handle = MakeHandle(RD_KAFKA_PRODUCER, MakeConf(options, {}));
  const Options admin_options = MakeOptions(handle.get(), limit);
  const Queue queue(rd_kafka_queue_new(handle.get()));
  for (std::size_t start = 0; start < topics.size(); start += kTopicsPerRequest) {
    const std::size_t count = std::min(kTopicsPerRequest, topics.size() - start);
    std::vector<Topic> owned;
    std::vector<rd_kafka_NewTopic_t*> chunk;
    for (std::size_t i = start; i < start + count; ++i) {
      owned.push_back(ToTopic(topics[i]));
      chunk.push_back(owned.back().get());
    }
    rd_kafka_CreateTopics(handle.get(), chunk.data(), chunk.size(), admin_options.get(),
                          queue.get());
    // The client itself ends the request after `limit`; a little more lets it say so.
    const Event event(rd_kafka_queue_poll(queue.get(), ToTimeout(limit + std::chrono::seconds(5))));
    if (!event) throw KafkaError("create topics: no answer");
    Collect(event.get(), made);
  }
  return made;
}

std::vector<std::string> ListTopics(const ConnectOptions& options, milliseconds limit) {
  const Handle handle = MakeHandle(RD_KAFKA_PRODUCER, MakeConf(options, {}));
  const rd_kafka_metadata_t* answer = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(handle.get(), 1, nullptr, &answer, ToTimeout(limit));
  const Metadata metadata(answer);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw KafkaError(std::string("list topics: ") + rd_kafka_err2str(error));
  }
  std::vector<std::string> names;
  for (int i = 0; i < metadata->topic_cnt; ++i) names.emplace_back(metadata->topics[i].topic);
  return names;
}

}  // namespace lienthong::kafka
