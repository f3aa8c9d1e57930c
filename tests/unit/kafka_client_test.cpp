#include <functional>
#include <map>
#include <memory>
#include <thread>

#include <catch2/catch.hpp>

#include "platform/kafka/admin.hpp"
#include "platform/kafka/consumer.hpp"
#include "support/mock_cluster.hpp"

// The clients against librdkafka's mock cluster: real TCP on loopback, errors on demand. ACLs, TLS,
// compaction and topics made anew need the real broker (tests/component, tests/system).

using namespace lienthong::kafka;
using namespace std::chrono_literals;
using lienthong::support::kInitProducerIdRequest;
using lienthong::support::kProduceRequest;
using lienthong::support::MockCluster;
using std::chrono::steady_clock;

namespace {

constexpr auto kEventually = 20s;
const std::vector<Header> kNoHeaders;

/// A producer that remembers what became of its messages.
class Sender {
 public:
  explicit Sender(const ConnectOptions& options, int queue_messages_max = 100'000)
      : producer_(
            options,
            [this](Producer::TopicId id, std::uint64_t ticket, Delivery delivery,
                   const std::string& error) {
              const std::string& topic = producer_.NameOf(id);
              if (delivery == Delivery::kAcknowledged) {
                acknowledged[topic].push_back(ticket);
              } else {
                failed[topic][ticket] = error;
              }
            },
            queue_messages_max) {}

  std::uint64_t Send(const std::string& topic, const std::string& key,
                     std::optional<std::string_view> value,
                     const std::vector<Header>& headers = kNoHeaders) {
    const std::vector<HeaderView> views(headers.begin(), headers.end());
    REQUIRE(producer_.Produce({producer_.Topic(topic), key, value, views, ++last_}));
    return last_;
  }
  Producer& Get() { return producer_; }

  std::map<std::string, std::vector<std::uint64_t>> acknowledged;
  std::map<std::string, std::map<std::uint64_t, std::string>> failed;

 private:
  std::uint64_t last_ = 0;
  Producer producer_;
};

std::vector<Message> ReadAll(Consumer& consumer, std::size_t count) {
  std::vector<Message> all;
  const auto end = steady_clock::now() + kEventually;
  while (all.size() < count && steady_clock::now() < end) {
    for (Message& message : consumer.Poll(100, 200ms)) all.push_back(std::move(message));
  }
  return all;
}

/// What Poll throws in the end; empty when it throws nothing.
std::string PolledError(Consumer& consumer) {
  const auto end = steady_clock::now() + kEventually;
  while (steady_clock::now() < end) {
    try {
      consumer.Poll(100, 200ms);
    } catch (const KafkaError& error) {
      return error.what();
    }
  }
  return "";
}

}  // namespace

TEST_CASE("what is produced is read with key, value, headers and offset, in order") {
  MockCluster cluster;
  cluster.MakeTopic("feed");
  Sender sender(cluster.Options());
  const std::vector<Header> headers = {{"ce_view", "full"}, {"ce_epoch", "1"}};
  sender.Send("feed", "citizen/1", R"({"id":"1"})", headers);
  sender.Send("feed", "citizen/2", std::nullopt, headers);
  sender.Send("feed", "citizen/3", "");
  REQUIRE(sender.Get().Flush(kEventually));
  CHECK(sender.acknowledged["feed"] == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(sender.Get().Queued() == 0);

  Consumer consumer(cluster.Options(), "unit-H09.01");
  consumer.Assign({{"feed", Consumer::kBeginning}});
  const auto messages = ReadAll(consumer, 3);
  REQUIRE(messages.size() == 3);
  CHECK(messages[0].key == "citizen/1");
  CHECK(messages[0].value == R"({"id":"1"})");
  CHECK(messages[0].headers == headers);
  CHECK(messages[0].Find("ce_view") == "full");
  CHECK(messages[0].Find("ce_type").empty());
  CHECK(messages[1].value == std::nullopt);  // a tombstone is not an empty value
  CHECK(messages[2].value == "");
  for (int i = 0; i < 3; ++i) CHECK(messages[i].offset == i);
  CHECK(consumer.Watermarks("feed", kEventually) == std::pair<std::int64_t, std::int64_t>(0, 3));
}

TEST_CASE("reading begins at the offset that is given") {
  MockCluster cluster;
  cluster.MakeTopic("feed");
  Sender sender(cluster.Options());
  for (int i = 0; i < 10; ++i) sender.Send("feed", std::to_string(i), "v");
  REQUIRE(sender.Get().Flush(kEventually));
  Consumer consumer(cluster.Options(), "unit-H09.01");
  consumer.Assign({{"feed", 7}});
  CHECK(ReadAll(consumer, 3).at(0).key == "7");
  consumer.Assign({{"feed", 2}});
  CHECK(ReadAll(consumer, 8).at(0).key == "2");
}

TEST_CASE("a message that is too large fails alone") {
  MockCluster cluster;
  cluster.MakeTopic("feed");
  Sender sender(cluster.Options());
  sender.Send("feed", "a", "v");
  const auto large = sender.Send("feed", "b", std::string(2'000'000, 'x'), {{"ce_view", "full"}});
  sender.Send("feed", "c", "v");
  REQUIRE(sender.Get().Flush(kEventually));
  CHECK(sender.acknowledged["feed"] == std::vector<std::uint64_t>{1, 3});
  CHECK(sender.failed["feed"].contains(large));
  CHECK_FALSE(sender.Get().IsFatal());
}

TEST_CASE("a topic that may not be written fails alone, with its name") {
  MockCluster cluster;
  cluster.MakeTopic("feed");
  cluster.MakeTopic("denied");
  Sender sender(cluster.Options());
  cluster.FailNext(kProduceRequest, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  sender.Send("denied", "a", "v");
  REQUIRE(sender.Get().Flush(kEventually));
  for (int i = 0; i < 3; ++i) {
    sender.Send("feed", "a", "v");
    REQUIRE(sender.Get().Flush(kEventually));
  }
  CHECK(sender.acknowledged["feed"].size() == 3);
  CHECK(sender.failed["denied"].size() == 1);
  CHECK(sender.failed["feed"].empty());
  CHECK_FALSE(sender.Get().IsFatal());
}

TEST_CASE("passing errors of the broker lose, double and reorder nothing") {
  MockCluster cluster;
  cluster.MakeTopic("feed");
  Sender sender(cluster.Options());
  for (int round = 0; round < 5; ++round) {
    cluster.FailNext(kProduceRequest, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    cluster.FailNext(kProduceRequest, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
    for (int i = 0; i < 20; ++i) sender.Send("feed", "k", std::to_string(round * 20 + i));
    REQUIRE(sender.Get().Flush(kEventually));
  }
  Consumer consumer(cluster.Options(), "unit-H09.01");
  consumer.Assign({{"feed", Consumer::kBeginning}});
  const auto messages = ReadAll(consumer, 100);
  REQUIRE(messages.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(messages[i].value == std::to_string(i));
}

TEST_CASE("messages wait for a broker that is away") {
  MockCluster cluster;
  cluster.MakeTopic("feed");
  Sender sender(cluster.Options());
  sender.Send("feed", "k", "1");
  REQUIRE(sender.Get().Flush(kEventually));
  cluster.SetDown();
  sender.Send("feed", "k", "2");
  CHECK_FALSE(sender.Get().Flush(300ms));
  CHECK(sender.Get().Queued() == 1);
  cluster.SetUp();
  REQUIRE(sender.Get().Flush(kEventually));
  CHECK(sender.acknowledged["feed"] == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("a purge reports everything that was queued as failed") {
  MockCluster cluster;
  cluster.MakeTopic("feed");
  Sender sender(cluster.Options());
  sender.Send("feed", "k", "1");
  REQUIRE(sender.Get().Flush(kEventually));
  cluster.SetDown();
  for (int i = 0; i < 5; ++i) sender.Send("feed", "k", "v");
  sender.Get().Purge();
  const auto end = steady_clock::now() + kEventually;
  while (sender.Get().Queued() > 0 && steady_clock::now() < end) sender.Get().Poll(50ms);
  CHECK(sender.failed["feed"].size() == 5);
}

TEST_CASE("a full queue refuses a message instead of growing") {
  MockCluster cluster;
  cluster.SetDown();
  Sender sender(cluster.Options(), 10);
  for (int i = 0; i < 10; ++i) sender.Send("feed", "k", "v");
  const auto feed = sender.Get().Topic("feed");
  CHECK_FALSE(sender.Get().Produce({feed, "k", "v", {}, 11}));
}

TEST_CASE("a producer that the cluster refuses for good says so") {
  MockCluster cluster;
  cluster.MakeTopic("feed");
  cluster.FailNext(kInitProducerIdRequest, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
  Sender sender(cluster.Options());
  const auto end = steady_clock::now() + kEventually;
  while (!sender.Get().IsFatal() && steady_clock::now() < end) sender.Get().Poll(50ms);
  CHECK(sender.Get().IsFatal());
  const auto feed = sender.Get().Topic("feed");
  CHECK_THROWS_AS(sender.Get().Produce({feed, "k", "v", {}, 1}), KafkaError);
}

TEST_CASE("a sequence that the broker does not take is the producer's failure, not the topic's") {
  MockCluster cluster;
  cluster.MakeTopic("feed");
  Sender sender(cluster.Options());
  sender.Send("feed", "k", "1");
  REQUIRE(sender.Get().Flush(kEventually));
  cluster.FailNext(kProduceRequest, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
  sender.Send("feed", "k", "2");
  const auto end = steady_clock::now() + kEventually;
  while (sender.failed.empty() && steady_clock::now() < end) sender.Get().Poll(50ms);
  CHECK(sender.failed["feed"].size() == 1);
  CHECK(sender.Get().IsFatal());
}

TEST_CASE("an offset that is not in the log is told, and reading can begin anew") {
  MockCluster cluster;
  cluster.MakeTopic("feed");
  cluster.MakeTopic("other");
  Sender sender(cluster.Options());
  for (int i = 0; i < 3; ++i) sender.Send("feed", std::to_string(i), "v");
  REQUIRE(sender.Get().Flush(kEventually));
  Consumer consumer(cluster.Options(), "unit-H09.01");
  consumer.Assign({{"feed", 1000}, {"other", Consumer::kBeginning}});
  std::string topic;
  const auto end = steady_clock::now() + kEventually;
  while (topic.empty() && steady_clock::now() < end) {
    try {
      consumer.Poll(100, 200ms);
    } catch (const OffsetOutOfRange& error) {
      topic = error.topic;
    }
  }
  CHECK(topic == "feed");
  consumer.Assign({{"feed", Consumer::kBeginning}, {"other", Consumer::kBeginning}});
  CHECK(ReadAll(consumer, 3).size() == 3);
}

TEST_CASE("a topic that may not be read is told by its name, and the others are read") {
  MockCluster cluster;
  cluster.MakeTopic("feed");
  cluster.MakeTopic("denied");
  cluster.Deny("denied");
  Sender sender(cluster.Options());
  sender.Send("feed", "k", "v");
  REQUIRE(sender.Get().Flush(kEventually));
  Consumer consumer(cluster.Options(), "unit-H09.01");
  consumer.Assign({{"feed", Consumer::kBeginning}, {"denied", Consumer::kBeginning}});
  CHECK(PolledError(consumer).find("denied") != std::string::npos);
  CHECK(ReadAll(consumer, 1).size() == 1);
  CHECK_THROWS_WITH(consumer.Watermarks("denied", 5s), Catch::Contains("denied"));
}

TEST_CASE("a consumer waits out a broker that is away") {
  MockCluster cluster;
  cluster.MakeTopic("feed");
  Sender sender(cluster.Options());
  Consumer consumer(cluster.Options(), "unit-H09.01");
  consumer.Assign({{"feed", Consumer::kBeginning}});
  cluster.SetDown();
  CHECK(consumer.Poll(10, 500ms).empty());
  CHECK(consumer.Watermarks("feed", 200ms) == std::nullopt);
  cluster.SetUp();
  sender.Send("feed", "k", "v");
  CHECK(sender.Get().Flush(kEventually));
  CHECK(ReadAll(consumer, 1).size() == 1);
}

TEST_CASE("a broker that holds its answers back keeps a caller no longer than the caller waits") {
  MockCluster cluster;
  cluster.MakeTopic("feed");
  Consumer consumer(cluster.Options(), "unit-H09.01");
  REQUIRE(consumer.Watermarks("feed", kEventually));
  cluster.AnswerAfter(kEventually);
  CHECK(consumer.Watermarks("feed", 100ms) == std::nullopt);
  CHECK(consumer.OffsetOf("feed", {}, 100ms) == std::nullopt);
}

TEST_CASE("a setting that librdkafka refuses is an error, not a crash") {
  CHECK_THROWS_AS(Consumer({"127.0.0.1:1", "/nowhere/ca.crt", "/nowhere/a.crt", "/nowhere/a.key"},
                           "unit-H09.01"),
                  KafkaError);
}

TEST_CASE("topics are listed by name, and no answer is an error") {
  MockCluster cluster;
  cluster.MakeTopic("lienthong.feed.all");
  CHECK(ListTopics(cluster.Options(), 10s) == std::vector<std::string>{"lienthong.feed.all"});
  cluster.SetDown();
  CHECK_THROWS_AS(ListTopics(cluster.Options(), 500ms), KafkaError);
  CHECK_THROWS_AS(CreateTopics(cluster.Options(), {{"lienthong.feed.all", 1, 1, {}}}, 500ms),
                  KafkaError);
}
