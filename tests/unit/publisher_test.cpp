#include <catch2/catch.hpp>

#include "platform/journal/publisher.hpp"
#include "platform/kafka/catalogue.hpp"
#include "support/ids.hpp"
#include "support/mock_cluster.hpp"

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

}  // namespace

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
