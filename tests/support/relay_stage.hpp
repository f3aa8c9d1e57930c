#pragma once

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "platform/journal/digest.hpp"
#include "platform/journal/relay.hpp"
#include "platform/kafka/consumer.hpp"
#include "support/shop_owner.hpp"

/// The relay as its tests see it: a made-up service with made-up units and topics of its own, and
/// readers of those topics.
namespace lienthong::journal {

using namespace std::chrono_literals;
inline constexpr auto kLimit = 30s;

inline kafka::ConnectOptions Admin() {
  const std::string pki = support::Environment("LIENTHONG_TEST_PKI");
  return {support::Environment("LIENTHONG_TEST_KAFKA"), pki + "/ca.crt", pki + "/admin.crt",
          pki + "/admin.key"};
}

/// An owner with the units `a` and `b` and a relay that is in a hurry.
struct Stage {
  Stage() : owner(Name()) {
    const std::string path = "/tmp/" + service + ".yaml";
    std::ofstream(path) << "cluster: {replication: 1, min_insync_replicas: 1}\n"
                           "profiles: {domain: {cleanup.policy: delete}, "
                           "feed: {cleanup.policy: compact, message.timestamp.type: "
                           "LogAppendTime}, seals: {cleanup.policy: delete}}\n"
                        << "services: {" << service
                        << ": {feed: false, records: [{name: enterprise, partitions: 1},"
                           " {name: operation, partitions: 1, feeds: false}]}}\n"
                        << "units: [" << a << ", " << b << "]\nsystems: []\n";
    catalogue.emplace(kafka::Catalogue::Load(path));
    std::remove(path.c_str());
    options.service = service;
    options.conninfo = owner.database_.Conninfo();
    options.kafka = Admin();
    options.save_interval = 50ms;
    options.barrier_interval = 100ms;
  }

  std::string Name() {
    std::string id = base::RandomIds().New();
    std::erase(id, '-');
    service = "t" + id.substr(12, 16);
    for (const char digit : id.substr(12, 16)) a += static_cast<char>(std::toupper(digit));
    b = "B01." + a;
    a = "A01." + a;
    return service;
  }

  std::unique_ptr<Relay> StartRelay() {
    auto relay = std::make_unique<Relay>(options, *catalogue, clock, owner.ids_);
    owner.journal_.OnCommit([&relay = *relay] { relay.Wake(); });
    relay->Start();
    return relay;
  }

  Enterprise Register(const std::string& name, const Audience& audience) {
    return owner.Register(a, owner.ids_.New(), name, audience);
  }
  void SetAudience(const Audience& audience) {
    owner.audience_now = audience;
    ++owner.sharing_now;
    owner.journal_.Sweep(owner, "enterprise", 100);
  }

  std::string service, a, b;
  ShopOwner owner;
  base::SystemClock clock{0s};
  std::optional<kafka::Catalogue> catalogue;
  RelayOptions options;
};

/// Reads a topic from the beginning, on and on.
class Tail {
 public:
  explicit Tail(const std::string& topic) : topic_(topic), consumer_(Admin(), "admin") {}

  /// Reads until `enough` says so.
  bool Until(const std::function<bool(const std::vector<kafka::Message>&)>& enough) {
    return support::Eventually(kLimit, [&] {
      if (!assigned_) {
        if (!consumer_.Watermarks(topic_, 2s)) return false;
        consumer_.Assign({{topic_, kafka::Consumer::kBeginning}});
        assigned_ = true;
      }
      for (kafka::Message& message : consumer_.Poll(1000, 50ms)) {
        messages.push_back(std::move(message));
      }
      return enough(messages);
    });
  }
  bool UntilBarrier(std::int64_t sequence) {
    return Until([&](const std::vector<kafka::Message>& read) {
      return !read.empty() && read.back().key.rfind("barrier/", 0) == 0 &&
             std::stoll(std::string(read.back().Find("ce_sequence"))) >= sequence;
    });
  }
  /// The newest message of each key, tombstones too, without barriers.
  std::map<std::string, const kafka::Message*> Newest() const {
    std::map<std::string, const kafka::Message*> newest;
    for (const kafka::Message& message : messages) {
      if (message.key.rfind("barrier/", 0) != 0) newest[message.key] = &message;
    }
    return newest;
  }
  /// What the live messages come to, and what the last barrier says of them.
  SetDigest Live() const {
    SetDigest digest;
    for (const auto& [key, message] : Newest()) {
      if (!message->value) continue;
      digest.Add(ViewHash(key, std::stoll(std::string(message->Find("ce_recordversion"))),
                          *message->value));
    }
    return digest;
  }
  SetDigest LastBarrier() const {
    const auto types = nlohmann::json::parse(*messages.back().value)["types"]["enterprise"];
    return {std::stoll(types["count"].get<std::string>()),
            Digest::FromHex(types["digest"].get<std::string>())};
  }

  std::vector<kafka::Message> messages;

 private:
  std::string topic_;
  kafka::Consumer consumer_;
  bool assigned_ = false;
};

inline std::int64_t Sequence(const kafka::Message& message) {
  return std::stoll(std::string(message.Find("ce_sequence")));
}

}  // namespace lienthong::journal
