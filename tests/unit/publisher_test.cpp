#include <catch2/catch.hpp>

#include "platform/journal/publisher.hpp"
#include "platform/kafka/catalogue.hpp"
#include "support/ids.hpp"
#include "support/measured.hpp"
#include "support/mock_cluster.hpp"
#include "support/systems.hpp"

// What the relay is told of topics that fail, against librdkafka's mock cluster.

namespace lienthong::journal {
namespace {

constexpr const char* kMember = "H09.01";

/// A publisher whose feed of kMember has taken a message.
struct PublisherStage {
  PublisherStage() {
    cluster.MakeTopic(kafka::FeedTopic(kMember));
    Send("a");
    REQUIRE(publisher.WaitForAll([] { return false; }));
  }
  void Send(const std::string& id) {
    publisher.SendUnknown({"citizen", id}, 1, 1, kMember, base::Time{});
  }

  support::MockCluster cluster;
  support::CountingIds ids;
  Publisher publisher{"registry", cluster.Options(), ids, std::chrono::minutes(1)};
};

double CounterOf(const std::string& name, const std::string& member = kMember) {
  return support::Measured(name, {{"topic", kafka::FeedTopic(member)}}).value_or(-1);
}
double AcknowledgedMessages() { return CounterOf("lienthong_relay_messages_total"); }
double AcknowledgedBytes() { return CounterOf("lienthong_relay_bytes_total"); }

}  // namespace

TEST_CASE("a message counts for its topic, with key and value, once Kafka has acknowledged it") {
  PublisherStage stage;
  const double messages = AcknowledgedMessages(), bytes = AcknowledgedBytes();
  stage.cluster.SetDown();
  stage.Send("b");
  stage.Send("no value, a longer key");
  CHECK(AcknowledgedMessages() == messages);
  stage.cluster.SetUp();
  REQUIRE(stage.publisher.WaitForAll([] { return false; }));
  CHECK(AcknowledgedMessages() == messages + 2);
  const std::string keys =
      "citizen/b"
      "citizen/no value, a longer key";
  CHECK(AcknowledgedBytes() == bytes + static_cast<double>(keys.size()));
  // One that is refused never counts.
  stage.cluster.FailNext(support::kProduceRequest, RD_KAFKA_RESP_ERR_INVALID_RECORD);
  stage.Send("c");
  CHECK_FALSE(stage.publisher.WaitForAll([] { return false; }));
  CHECK(AcknowledgedMessages() == messages + 2);
}

TEST_CASE("what the broker's clock showed is told, with the time since the message was made") {
  PublisherStage stage;
  constexpr std::chrono::milliseconds kStamp{1234};  // the mock cluster's, of every message
  constexpr std::chrono::milliseconds kAway{300};
  std::optional<base::Time> broker;
  std::chrono::microseconds ago{};
  stage.publisher.TellAppended([&](base::Time time, std::chrono::microseconds age) {
    broker = time;
    ago = age;
  });
  const auto start = std::chrono::steady_clock::now();
  stage.cluster.AnswerAfter(kAway);
  stage.Send("b");
  REQUIRE(stage.publisher.WaitForAll([] { return false; }));
  REQUIRE(broker);
  CHECK(*broker == base::Time(kStamp));
  CHECK(ago >= kAway);
  CHECK(ago <= std::chrono::steady_clock::now() - start);
  // One that it did not take says nothing.
  broker.reset();
  stage.cluster.FailNext(support::kProduceRequest, RD_KAFKA_RESP_ERR_INVALID_RECORD);
  stage.Send("c");
  CHECK_FALSE(stage.publisher.WaitForAll([] { return false; }));
  CHECK_FALSE(broker);
}

TEST_CASE("every topic that a service writes shows 0 messages from the start") {
  const kafka::Catalogue catalogue = support::MakeCatalogue("Z01.1, Z01.2");
  ShowTraffic(catalogue, "registry");
  for (const char* const topic :
       {"lienthong.feed.Z01.1", "lienthong.feed.Z01.2", "lienthong.feed.service-registry",
        "lienthong.feed.all", "lienthong.registry.citizen.v1", "lienthong.registry.seals.v1"}) {
    INFO(topic);
    for (const char* const name :
         {"lienthong_relay_messages_total", "lienthong_relay_bytes_total"}) {
      CHECK(support::Measured(name, {{"topic", topic}}) == 0);
    }
  }
}

TEST_CASE("a topic that refuses a message has failed") {
  PublisherStage stage;
  stage.cluster.FailNext(support::kProduceRequest, RD_KAFKA_RESP_ERR_INVALID_RECORD);
  stage.Send("b");
  CHECK_FALSE(stage.publisher.WaitForAll([] { return false; }));
  REQUIRE(stage.publisher.Failure());
  CHECK(stage.publisher.Failure()->topic == kafka::FeedTopic(kMember));
}

TEST_CASE("a producer that has to be made anew is no failure of the topic it was met at") {
  PublisherStage stage;
  stage.cluster.FailNext(support::kProduceRequest, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
  stage.Send("b");
  CHECK_THROWS_AS(stage.publisher.WaitForAll([] { return false; }), kafka::KafkaError);
  CHECK_FALSE(stage.publisher.Failure());
}

TEST_CASE("while the broker is away a bounded amount waits, and all of it is sent after") {
  constexpr std::int64_t kMessages = 100'000;
  PublisherStage stage;
  const std::int64_t before = stage.publisher.Sent();
  stage.cluster.SetDown();
  bool is_full = false;  // asked only then
  stage.publisher.StopWhen([&] { return is_full = true; });
  const auto send_all = [&] {
    for (std::int64_t i = 0; i < kMessages; ++i) stage.Send(std::to_string(i));
  };
  CHECK_THROWS_AS(send_all(), kafka::KafkaError);
  CHECK(is_full);
  CHECK(stage.publisher.Sent() > before);
  CHECK(stage.publisher.Sent() < kMessages / 4);
  stage.cluster.SetUp();
  CHECK(stage.publisher.WaitForAll([] { return false; }));
  CHECK_FALSE(stage.publisher.Failure());
}

}  // namespace lienthong::journal
