#include "platform/journal/traffic.hpp"

#include <vector>

#include "platform/journal/record.hpp"
#include "platform/rpc/metrics.hpp"

namespace lienthong::journal {

Traffic::Traffic(const std::string& topic)
    : messages_(rpc::AddCounter("lienthong_relay_messages_total",
                                "Messages that Kafka has acknowledged.", {{"topic", topic}})),
      bytes_(rpc::AddCounter("lienthong_relay_bytes_total",
                             "Bytes of keys and values of the messages that Kafka has acknowledged,"
                             " before compression.",
                             {{"topic", topic}})) {}

void ShowTraffic(const kafka::Catalogue& catalogue, const std::string& service) {
  std::vector<std::string> topics{kafka::SealTopic(service),
                                  kafka::FeedTopic(std::string(kEveryone))};
  for (const std::string& type : catalogue.DomainTypes(service)) {
    topics.push_back(kafka::DomainTopic(service, type));
  }
  for (const std::string& member : catalogue.FeedMembers()) {
    topics.push_back(kafka::FeedTopic(member));
  }
  for (const std::string& topic : topics) const Traffic shown(topic);
}

}  // namespace lienthong::journal
