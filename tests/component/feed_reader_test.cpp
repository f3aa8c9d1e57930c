// A reader on a real Kafka: from nothing, across restarts, and when its feed is made anew.
#include <librdkafka/rdkafka.h>

#include <atomic>

#include "platform/base/id.hpp"
#include "platform/kafka/admin.hpp"
#include "platform/kafka/catalogue.hpp"
#include "platform/kafka/producer.hpp"
#include "support/feed_copy.hpp"

namespace lienthong::feed {
namespace {

using support::Eventually;
using namespace std::chrono_literals;
constexpr auto kLimit = 40s;

kafka::ConnectOptions Admin() {
  const std::string pki = support::Environment("LIENTHONG_TEST_PKI");
  return {support::Environment("LIENTHONG_TEST_KAFKA"), pki + "/ca.crt", pki + "/admin.crt",
          pki + "/admin.key"};
}

void MakeFeed(const std::string& topic) {
  kafka::CreateTopics(Admin(), {{topic, 1, 1, {{"cleanup.policy", "compact"}}}}, kLimit);
}

/// Only tests delete topics.
void DeleteFeed(const std::string& topic) {
  const kafka::ConnectOptions options = Admin();
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char error[256];
  const auto set = [&](const char* name, const std::string& value) {
    REQUIRE(rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error) == RD_KAFKA_CONF_OK);
  };
  set("bootstrap.servers", options.brokers);
  set("security.protocol", "ssl");
  set("ssl.ca.location", options.ca);
  set("ssl.certificate.location", options.certificate);
  set("ssl.key.location", options.key);
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  REQUIRE(client != nullptr);
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client);
  rd_kafka_DeleteTopic_t* gone = rd_kafka_DeleteTopic_new(topic.c_str());
  rd_kafka_DeleteTopics(client, &gone, 1, nullptr, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 20'000);
  CHECK(event != nullptr);
  rd_kafka_event_destroy(event);
  rd_kafka_DeleteTopic_destroy(gone);
  rd_kafka_queue_destroy(queue);
  rd_kafka_destroy(client);
}

/// Owner's side of the feeds of one made-up unit. `lienthong.feed.all` is shared with other tests,
/// so only what is in the own feed is looked at.
struct ReaderStage {
  ReaderStage() {
    std::string id = base::RandomIds().New();
    std::erase(id, '-');
    for (char& c : id) c = static_cast<char>(std::toupper(c));
    options.member = "T" + id;
    options.kafka = Admin();
    topic = kafka::FeedTopic(options.member);
    MakeFeed(kafka::FeedTopic("*"));
    Start();
  }

  void Start() {
    reader.emplace(options, pool, clock,
                   [this](const std::vector<Applied>& batch) { given += batch.size(); });
    reader->Start();
  }
  void Send(const std::vector<kafka::Message>& messages) {
    std::atomic<int> failed = 0;
    kafka::Producer producer(Admin(),
                             [&](auto, auto, kafka::Delivery delivery, const std::string&) {
                               failed += delivery == kafka::Delivery::kFailed;
                             });
    const auto to = producer.Topic(topic);
    for (const kafka::Message& message : messages) {
      std::optional<std::string_view> value;
      if (message.value) value = *message.value;
      const std::vector<kafka::HeaderView> headers(message.headers.begin(), message.headers.end());
      while (!producer.Produce({to, message.key, value, headers, 1})) {
        producer.Poll(10ms);
      }
    }
    REQUIRE(producer.Flush(kLimit));
    REQUIRE(failed == 0);
  }
  void SendCitizens(int first, int count) {
    std::vector<kafka::Message> messages;
    for (int i = first; i < first + count; ++i) {
      messages.push_back(RecordMessageOf("registry", "citizen/" + std::to_string(i), {1, i + 1}, 1,
                                         "{\"fullName\":\"" + std::string(300, 'x') + "\"}"));
    }
    Send(messages);
  }
  void Execute(const std::string& sql) {
    pool.Transact([&](pg::Tx& tx) { tx.ExecText(sql); });
  }
  std::int64_t Count() {
    return pool.Transact([&](pg::Tx& tx) {
      return tx
          .ExecText(
              "SELECT count(*) FROM feed_record WHERE record_type = 'citizen'"
              " AND value IS NOT NULL AND topic = '" +
              topic + "'")[0][0]
          .as<std::int64_t>();
    });
  }

  base::SystemClock clock{std::chrono::seconds(0)};
  support::TestDatabase database{pg::MigrationsOf_feed()};
  pg::Pool pool{{database.Conninfo(), 3}};
  ReaderOptions options;
  std::string topic;
  std::atomic<std::size_t> given = 0;
  std::optional<Reader> reader;
};

}  // namespace

TEST_CASE("a reader waits for its feed, reads it from the start and goes on after a restart") {
  ReaderStage stage;
  MakeFeed(stage.topic);
  stage.SendCitizens(0, 2500);
  REQUIRE(Eventually(kLimit, [&] { return stage.Count() == 2500; }));
  CHECK(Eventually(kLimit, [&] { return stage.given >= 2500; }));  // after they are stored
  stage.reader.reset();
  stage.SendCitizens(2500, 10);
  stage.given = 0;
  stage.Start();
  CHECK(stage.given >= 2500);  // what is stored
  REQUIRE(Eventually(kLimit, [&] { return stage.Count() == 2510; }));
}

TEST_CASE("a reader outlives its database sessions") {
  ReaderStage stage;
  MakeFeed(stage.topic);
  stage.SendCitizens(0, 10);
  REQUIRE(Eventually(kLimit, [&] { return stage.Count() == 10; }));
  stage.database.KillSessions();
  stage.SendCitizens(10, 10);
  REQUIRE(Eventually(kLimit, [&] {
    try {
      return stage.Count() == 20;
    } catch (const base::Error&) {
      return false;  // the session of this test was killed too
    }
  }));
}

TEST_CASE("a message that the database refuses for its content is parked, the others are applied") {
  ReaderStage stage;
  stage.Execute("ALTER TABLE feed_record ADD CONSTRAINT refuse CHECK (record_id <> '3') NOT VALID");
  MakeFeed(stage.topic);
  stage.SendCitizens(0, 10);
  REQUIRE(Eventually(kLimit, [&] { return stage.Count() == 9; }));
  CHECK(stage.reader->State().parked == 1);
}

TEST_CASE("while the reader may not write, nothing is parked; then everything is applied") {
  ReaderStage stage;
  stage.Execute(
      "CREATE SEQUENCE attempts; CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
      " $$ BEGIN PERFORM nextval('attempts'); RAISE EXCEPTION USING ERRCODE = "
      "'insufficient_privilege'; END $$;"
      " CREATE TRIGGER refuse BEFORE INSERT ON feed_record FOR EACH ROW"
      " WHEN (NEW.record_type = 'citizen') EXECUTE FUNCTION refuse()");
  MakeFeed(stage.topic);
  stage.SendCitizens(0, 10);
  // A sequence moves on though its transaction is rolled back: it has tried again.
  REQUIRE(Eventually(kLimit, [&] {
    return stage.pool.Transact([](pg::Tx& tx) {
      return tx.ExecText("SELECT last_value FROM attempts")[0][0].as<std::int64_t>() >= 2;
    });
  }));
  CHECK(stage.reader->State().parked == 0);
  CHECK(stage.Count() == 0);
  stage.Execute("DROP TRIGGER refuse ON feed_record");
  REQUIRE(Eventually(kLimit, [&] { return stage.Count() == 10; }));
  CHECK(stage.reader->State().parked == 0);
}

TEST_CASE("a reader whose feed is made anew starts over") {
  ReaderStage stage;
  MakeFeed(stage.topic);
  stage.SendCitizens(0, 500);
  REQUIRE(Eventually(kLimit, [&] { return stage.Count() == 500; }));
  DeleteFeed(stage.topic);
  REQUIRE(Eventually(kLimit, [&] {
    const auto topics = kafka::ListTopics(Admin(), kLimit);
    return std::find(topics.begin(), topics.end(), stage.topic) == topics.end();
  }));
  MakeFeed(stage.topic);
  stage.SendCitizens(1000, 7);
  REQUIRE(Eventually(kLimit, [&] { return stage.Count() == 7; }));
}

}  // namespace lienthong::feed
