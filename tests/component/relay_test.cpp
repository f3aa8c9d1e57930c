// Promises of the relay, on a real PostgreSQL and a real Kafka. Every test has a catalogue of its
// own: a made-up service and made-up units, so topics are new.
#include <catch2/catch.hpp>

#include <thread>

#include "platform/base/hash.hpp"
#include "platform/journal/relay_store.hpp"
#include "platform/journal/seal.hpp"
#include "platform/kafka/admin.hpp"
#include "support/relay_stage.hpp"

namespace lienthong::journal {

TEST_CASE("a change is published to the domain topic and to the feeds, each in its view") {
  Stage stage;
  const auto relay = stage.StartRelay();
  const Enterprise made = stage.Register("Cơ sở", {{stage.a, "full"}, {stage.b, "limited"}});
  Tail feed(kafka::FeedTopic(stage.b));
  REQUIRE(feed.UntilBarrier(1));
  const kafka::Message& message = feed.messages.front();
  CHECK(message.key == "enterprise/" + made.id());
  CHECK(message.value == R"({"id":")" + made.id() + R"(","version":"1","name":"Cơ sở"})");
  CHECK(message.Find("ce_view") == "limited");
  CHECK(message.Find("ce_recordversion") == "1");
  CHECK(message.Find("ce_sequence") == "1");
  CHECK(message.Find("ce_type") == "lienthong." + stage.service + ".EnterpriseRegistered");
  CHECK(message.Find("ce_source") == "/lienthong/" + stage.service);
  CHECK(message.Find("content-type") == "application/json");
  CHECK(feed.LastBarrier() == feed.Live());

  Tail domain(kafka::DomainTopic(stage.service, "enterprise"));
  REQUIRE(domain.Until([](const auto& read) { return !read.empty(); }));
  CHECK(domain.messages.front().key == made.id());
  CHECK(domain.messages.front().value->find("3700145020") != std::string::npos);
}

TEST_CASE("a unit that loses sight gets a tombstone, one that gains sight the newest state") {
  Stage stage;
  const auto relay = stage.StartRelay();
  const Enterprise made = stage.Register("A", {{stage.a, "full"}});
  stage.SetAudience({{stage.b, "full"}});
  Tail lost(kafka::FeedTopic(stage.a)), gained(kafka::FeedTopic(stage.b));
  REQUIRE(lost.UntilBarrier(2));
  REQUIRE(gained.UntilBarrier(2));
  CHECK(lost.LastBarrier().count == 0);
  CHECK(lost.Live().count == 0);
  CHECK(gained.LastBarrier() == gained.Live());
  CHECK(gained.Live().count == 1);
}

TEST_CASE("under concurrent writers nothing is lost, doubled or reordered") {
  Stage stage;
  const auto relay = stage.StartRelay();
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 12; ++writer) {
    writers.emplace_back([&, writer] {
      for (int n = 0; n < 25; ++n) {
        stage.Register(std::to_string(writer) + "-" + std::to_string(n), {{stage.a, "full"}});
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  Tail feed(kafka::FeedTopic(stage.a));
  REQUIRE(feed.UntilBarrier(300));
  std::int64_t last = 0, records = 0;
  bool rising = true;
  for (const kafka::Message& message : feed.messages) {
    if (message.key.rfind("barrier/", 0) == 0) continue;
    rising = rising && Sequence(message) > last;
    last = Sequence(message);
    ++records;
  }
  CHECK(rising);
  CHECK(records == 300);
  CHECK(feed.LastBarrier() == feed.Live());
}

TEST_CASE("a journal is read in steps, with gaps, an unknown member and saves between them") {
  Stage stage;
  stage.options.rows_per_read = 3;
  stage.options.save_rows_max = 5;
  constexpr int kRows = 12;  // with the gap, the last step is full and ends at the newest id
  for (int n = 0; n < kRows; ++n) {
    if (n == 7) stage.owner.Count("SELECT nextval('journal_id_seq')");
    Audience audience{{stage.a, "full"}};
    if (n == 1) audience["Z99"] = "full";
    stage.Register(std::to_string(n), audience);
  }
  const auto relay = stage.StartRelay();
  Tail feed(kafka::FeedTopic(stage.a));
  REQUIRE(feed.UntilBarrier(kRows + 1));
  std::vector<std::int64_t> sequences;
  for (const kafka::Message& message : feed.messages) {
    if (message.key.rfind("barrier/", 0) != 0) sequences.push_back(Sequence(message));
  }
  CHECK(sequences == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13});
  CHECK(feed.LastBarrier() == feed.Live());
  CHECK(stage.owner.Count("SELECT count(*) FROM broken_feed WHERE member = 'Z99'") == 1);
  CHECK(stage.owner.Count("SELECT count(*) FROM seal") >= 2);
  stage.Register("after", {{stage.a, "full"}});
  REQUIRE(feed.UntilBarrier(kRows + 2));
  CHECK(feed.Live().count == kRows + 1);
}

TEST_CASE(
    "rows are taken as they are stored: time, states, and the hash that README.md describes") {
  ShopOwner owner;
  owner.Register("H09.718", owner.ids_.New(), "Cơ sở \"A\", 'B'", {{"H09.718", "full"}});
  RelayStore store(owner.database_.Conninfo());
  const auto take = [&](const std::string& recorded_at) {
    owner.pool_.Transact(
        [&](pg::Tx& tx) { tx.ExecText("UPDATE journal SET recorded_at = '" + recorded_at + "'"); });
    store.AskForRows(0, 1, 10);
    auto rows = store.TakeRows();
    REQUIRE(rows.size() == 1);
    return std::move(rows.front());
  };
  CHECK(take("2019-07-10 00:30:00+00").time == "2019-07-10T00:30:00.000000Z");
  CHECK(take("2019-07-10 07:30:00.5+07").time == "2019-07-10T00:30:00.500000Z");
  const JournalRow row = take("2019-07-10 00:30:00.123456+00");
  CHECK(row.time == "2019-07-10T00:30:00.123456Z");

  const std::string sql =
      "SET LOCAL timezone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL bytea_output = 'hex';"
      "SELECT encode(sha256(string_agg(coalesce(int8send(octet_length(value)) ||"
      " convert_to(value, 'UTF8'), '\\xffffffffffffffff'), '' ORDER BY place)), 'hex'),"
      " max(states[1]) FROM journal, unnest(ARRAY[id::text, ordinal::text, record_type, record_id,"
      " version::text, event, event_id::text, recorded_at::text, effective_at::text, system, unit,"
      " official, caller, request_id, traceparent, epoch::text, state_row::text, views::text,"
      " state_digests::text, hashes, audience, hashes_before, audience_before])"
      " WITH ORDINALITY columns (value, place)";
  owner.pool_.Transact([&](pg::Tx& tx) {
    const auto stored = tx.ExecText(sql)[0];
    CHECK(base::ToHex(RowHash(row.stored)) == stored[0].as<std::string>());
    CHECK(row.StateOf("full") == stored[1].view());
  });
  CHECK(row.StateOf("no such view") == std::nullopt);
  CHECK_THROWS_AS(store.TakeRows(), std::logic_error);  // nothing was asked for
}

TEST_CASE("a relay that takes over repeats itself at most, and its barriers still hold") {
  Stage stage;
  stage.options.save_interval = 1h;  // the first relay dies before it saves anything
  {
    const auto relay = stage.StartRelay();
    for (int n = 0; n < 20; ++n) stage.Register(std::to_string(n), {{stage.a, "full"}});
    Tail feed(kafka::FeedTopic(stage.a));
    REQUIRE(feed.Until([](const auto& read) { return read.size() >= 20; }));
  }
  stage.options.save_interval = 50ms;
  const auto relay = stage.StartRelay();
  stage.Register("after", {{stage.a, "full"}});
  Tail feed(kafka::FeedTopic(stage.a));
  REQUIRE(feed.UntilBarrier(21));
  CHECK(feed.messages.size() >= 41);
  CHECK(feed.Live().count == 21);
  CHECK(feed.LastBarrier() == feed.Live());
}

TEST_CASE("only one relay of a database is active, the second takes over") {
  Stage stage;
  auto first = stage.StartRelay();
  REQUIRE(support::Eventually(kLimit, [&] { return first->Status().active; }));
  const auto second = stage.StartRelay();
  stage.Register("A", {{stage.a, "full"}});
  Tail feed(kafka::FeedTopic(stage.a));
  REQUIRE(feed.UntilBarrier(1));
  CHECK_FALSE(second->Status().active);
  first.reset();
  CHECK(support::Eventually(kLimit, [&] { return second->Status().active; }));
}

TEST_CASE("republishing sends the head, and a tombstone for what is unknown or not visible") {
  Stage stage;
  const auto relay = stage.StartRelay();
  const Enterprise seen = stage.Register("A", {{stage.a, "full"}});
  const Enterprise unseen = stage.Register("B", {{stage.b, "full"}});
  Tail feed(kafka::FeedTopic(stage.a));
  REQUIRE(feed.UntilBarrier(2));
  const std::size_t before = feed.messages.size();
  stage.owner.pool_.Transact([&](pg::Tx& tx) {
    for (const std::string& id : {seen.id(), unseen.id(), std::string("no-such")}) {
      static constexpr pg::Statement kAsk{
          "test_ask",
          "INSERT INTO republish (member, record_type, record_id, asked_at)"
          " VALUES ($1, 'enterprise', $2, now())"};
      tx.Exec(kAsk, stage.a, id);
    }
  });
  relay->Wake();
  std::map<std::string, kafka::Message> answers;
  REQUIRE(feed.Until([&](const auto& read) {
    for (std::size_t n = before; n < read.size(); ++n) {
      if (read[n].key.rfind("enterprise/", 0) == 0) answers[read[n].key] = read[n];
    }
    return answers.size() == 3;
  }));
  CHECK(answers["enterprise/" + seen.id()].value);
  CHECK_FALSE(answers["enterprise/" + unseen.id()].value);
  CHECK_FALSE(answers["enterprise/no-such"].value);
  // Nothing tells the one from the other but the key, and an id and a time of their own.
  const auto told = [&](const std::string& id) {
    std::map<std::string, std::string> headers;
    for (const auto& [name, value] : answers["enterprise/" + id].headers) headers[name] = value;
    for (const char* own : {"ce_id", "ce_subject", "ce_time"}) CHECK(headers.erase(own) == 1);
    return headers;
  };
  CHECK(told(unseen.id()) == told("no-such"));
  CHECK(support::Eventually(
      kLimit, [&] { return stage.owner.Count("SELECT count(*) FROM republish") == 0; }));
}

TEST_CASE("a raised epoch publishes everything visible again and says when it is complete") {
  Stage stage;
  auto relay = stage.StartRelay();
  stage.Register("A", {{stage.a, "full"}});
  stage.Register("B", {{stage.a, "limited"}});
  Tail feed(kafka::FeedTopic(stage.a));
  REQUIRE(feed.UntilBarrier(2));
  const std::size_t before = feed.messages.size();
  stage.owner.pool_.Transact(
      [](pg::Tx& tx) { tx.ExecText("UPDATE relay_state SET epoch = 2, republished = ''"); });
  relay.reset();
  relay = stage.StartRelay();
  REQUIRE(feed.Until([&](const auto& read) {
    return read.back().value && read.back().value->find(R"("complete":"2")") != std::string::npos;
  }));
  int again = 0;
  for (std::size_t n = before; n < feed.messages.size(); ++n) {
    if (feed.messages[n].key.rfind("enterprise/", 0) == 0)
      again += feed.messages[n].Find("ce_epoch") == "2";
  }
  CHECK(again == 2);
  CHECK(feed.LastBarrier() == feed.Live());
}

TEST_CASE("a database older than its seal topic is found at start, raising the epoch accepts it") {
  Stage stage;
  auto relay = stage.StartRelay();
  for (int n = 0; n < 3; ++n) stage.Register(std::to_string(n), {{stage.a, "full"}});
  Tail seals(kafka::SealTopic(stage.service));
  REQUIRE(seals.Until([](const auto& read) {
    return !read.empty() && read.back().value->find(R"("to":"3")") != std::string::npos;
  }));
  relay.reset();
  stage.owner.pool_.Transact([](pg::Tx& tx) {  // what a restore from an older backup leaves
    tx.ExecText(
        "DELETE FROM seal; DELETE FROM journal; DELETE FROM head; DELETE FROM request;"
        "DELETE FROM relay_digest; UPDATE relay_state SET position = 0;"
        "ALTER SEQUENCE journal_id_seq RESTART");
  });
  relay = stage.StartRelay();
  REQUIRE(support::Eventually(kLimit, [&] { return relay->Status().stopped_by_seal; }));
  relay.reset();
  stage.owner.pool_.Transact([](pg::Tx& tx) { tx.ExecText("UPDATE relay_state SET epoch = 2"); });
  relay = stage.StartRelay();
  CHECK(support::Eventually(kLimit, [&] { return relay->Status().active; }));
}

TEST_CASE("a feed that cannot be written is set aside, the others go on") {
  Stage stage;
  kafka::CreateTopics(Admin(), {{kafka::FeedTopic(stage.b), 1, 1, {{"max.message.bytes", "2000"}}}},
                      20s);
  const auto relay = stage.StartRelay();
  stage.Register(base::ToHex(base::RandomBytes(8000)), {{stage.a, "full"}, {stage.b, "full"}});
  stage.Register("small", {{stage.a, "full"}, {stage.b, "full"}});
  Tail feed(kafka::FeedTopic(stage.a));
  REQUIRE(feed.UntilBarrier(2));
  CHECK(feed.LastBarrier() == feed.Live());
  CHECK(stage.owner.Count("SELECT count(*) FROM broken_feed") == 1);
  CHECK(support::Eventually(kLimit, [&] { return relay->Status().broken_feeds.size() == 1; }));
}

}  // namespace lienthong::journal
