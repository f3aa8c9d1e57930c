// Promises of a copy in a real PostgreSQL: what a batch does, parking, scrub, starting over.
#include "platform/feed/parked.hpp"
#include "support/feed_copy.hpp"

namespace lienthong::feed {
namespace {

kafka::Message Citizen(const std::string& id, std::int64_t sequence, std::int64_t version,
                       std::optional<std::string> value = "{\"fullName\":\"A\"}") {
  return RecordMessageOf("registry", "citizen/" + id, {1, sequence}, version, std::move(value));
}

}  // namespace

TEST_CASE("a batch is stored with its offset, and a restarted copy goes on from there") {
  CopyStage stage;
  stage.Apply(kOwnTopic, {Citizen("a", 1, 1, R"({"fullName":"Nguyễn \"Thị\" Đào\\"})"),
                          Citizen("b", 2, 1), Citizen("b", 3, 1, std::nullopt)});
  CHECK(stage.Value("SELECT value FROM feed_record WHERE record_id = 'a'") ==
        R"({"fullName":"Nguyễn \"Thị\" Đào\\"})");
  CHECK(stage.Value("SELECT sequence FROM feed_record WHERE record_id = 'b' AND value IS NULL") ==
        "3");
  CHECK(stage.shown.at("citizen/a").has_value());
  CHECK_FALSE(stage.shown.at("citizen/b").has_value());

  Keeper restarted(stage.options, stage.pool, stage.clock, {}, {});
  restarted.Load();
  CHECK(restarted.Next().at(kOwnTopic) == 3);
  CHECK(restarted.Next().at(kAllTopic) == 0);
  const auto owner = restarted.State().owners.front();
  CHECK(owner.types.at("citizen").count == 1);
}

TEST_CASE("a batch of a thousand records is applied and re-read without a difference") {
  CopyStage stage;
  std::vector<kafka::Message> messages;
  std::map<std::string, std::pair<std::int64_t, std::string>> truth;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = std::to_string(i);
    messages.push_back(Citizen(id, i + 1, 1, "{\"n\":" + id + "}"));
    truth["citizen/" + id] = {1, "{\"n\":" + id + "}"};
  }
  messages.push_back(BarrierMessageOf("registry", {1, 1000}, 1, stage.clock.MachineNow(), truth));
  stage.Apply(kOwnTopic, std::move(messages));
  CHECK(stage.OwnerIn(kOwnTopic, "registry").equal);
  stage.ScrubAll();
  CHECK(stage.OwnerIn(kOwnTopic, "registry").equal);
  CHECK(stage.keeper->State().altered_records == 0);
  CHECK(stage.keeper->State().scrubbed_at.has_value());
}

TEST_CASE("many new records in one batch with changed, removed and doubtful ones are all stored") {
  CopyStage stage;
  const auto text = [](int i) { return "{\"n\":" + std::to_string(i) + "}"; };
  std::map<std::string, std::pair<std::int64_t, std::string>> truth;
  std::vector<kafka::Message> first, second;
  for (int i = 0; i < 150; ++i) first.push_back(Citizen(std::to_string(i), 1000 + i, 1, text(i)));
  stage.Apply(kOwnTopic, std::move(first));

  second.push_back(Citizen("0", 1, 1, text(-1)));  // makes what is stored doubtful
  for (int i = 1; i < 300; ++i) {
    const std::string id = std::to_string(i);
    const bool removed = i % 7 == 0;
    second.push_back(RecordMessageOf("registry", "citizen/" + id, {1, 2000 + 2 * i}, 2,
                                     removed ? std::nullopt : std::optional(text(-i))));
    if (!removed) truth["citizen/" + id] = {2, text(-i)};
    if (i % 5 != 0) continue;
    second.push_back(Citizen(id, 2001 + 2 * i, 3, text(i)));  // twice in the batch
    truth["citizen/" + id] = {3, text(i)};
  }
  truth["citizen/0"] = {1, text(0)};
  second.push_back(Citizen("300", 1, 1, text(300)));
  second.push_back(Citizen("300", 0, 1, text(-1)));  // new, and doubtful
  truth["citizen/300"] = {1, text(300)};
  second.push_back(BarrierMessageOf("registry", {1, 3000}, 1, stage.clock.MachineNow(), truth));
  stage.Apply(kOwnTopic, std::move(second));
  CHECK(stage.OwnerIn(kOwnTopic, "registry").equal);
  CHECK(stage.Value("SELECT count(*) FROM feed_record WHERE value IS NOT NULL") ==
        std::to_string(truth.size()));
  CHECK(stage.Value("SELECT string_agg(record_id, ' ' ORDER BY record_id) FROM feed_record"
                    " WHERE suspect") == "0 300");
  stage.ScrubAll();
  CHECK(stage.OwnerIn(kOwnTopic, "registry").equal);
  CHECK(stage.keeper->State().altered_records == 0);
}

TEST_CASE("of two readers of one database only one applies, the other gives what is stored") {
  CopyStage stage;
  std::map<std::string, std::optional<std::string>> given;
  Keeper rival(stage.options, stage.pool, stage.clock,
               [&](const std::vector<Applied>& batch) {
                 for (const Applied& applied : batch) given[applied.record_id] = applied.value;
               },
               {});
  rival.Load();
  stage.Apply(kOwnTopic, {Citizen("a", 1, 1), Citizen("b", 2, 1)});
  std::vector<kafka::Message> same = {Citizen("a", 1, 1), Citizen("b", 2, 1)};
  for (std::size_t i = 0; i < same.size(); ++i) {
    same[i].topic = kOwnTopic;
    same[i].offset = static_cast<std::int64_t>(i);
    same[i].timestamp = stage.clock.MachineNow();
  }
  CHECK_THROWS_AS(rival.Apply(Decode(same)), OffsetMoved);
  CHECK(given.empty());
  rival.Load();
  rival.Apply(Decode(same));
  CHECK(given.size() == 2);
  CHECK(given.at("a").has_value());
  CHECK(stage.Value("SELECT count FROM feed_digest") == "2");
}

TEST_CASE("a reader that is behind another of its database neither scrubs nor replays") {
  CopyStage stage;
  Keeper rival(stage.options, stage.pool, stage.clock, {}, {});
  rival.Load();
  stage.Apply(kOwnTopic, {Citizen("a", 1, 1), Citizen("b", 2, 1), Citizen("c", 3, 1, "{broken"),
                          Citizen("d", 4, 1, "{broken")});
  stage.Apply(kAllTopic, {RecordMessageOf("directory", "unit/x", {1, 1}, 1, "{}")});
  stage.Execute("UPDATE feed_parked SET value = '{}' WHERE message_key = 'citizen/c'");
  CHECK_THROWS_AS(rival.ScrubSome(), OffsetMoved);
  CHECK_THROWS_AS(rival.Replay(), OffsetMoved);
  stage.Execute("UPDATE feed_parked SET value = '{broken'");
  CHECK_THROWS_AS(rival.Replay(), OffsetMoved);
  CHECK(stage.Value("SELECT count(*) FROM feed_parked") == "2");
  CHECK(stage.Value("SELECT count(*) FROM feed_record WHERE suspect OR epoch <> 1") == "0");
  CHECK(stage.Value("SELECT count FROM feed_digest WHERE record_type = 'citizen'") == "2");
  // Once it has seen what is there, it does both.
  rival.Load();
  while (rival.ScrubSome()) {
  }
  CHECK(rival.State().altered_records == 0);
  CHECK(rival.Replay().still_parked == 2);
  CHECK(stage.Value("SELECT count FROM feed_digest WHERE record_type = 'citizen'") == "2");
}

TEST_CASE("where both sets hold a record, the own feed's is given") {
  CopyStage stage;
  const auto unit = [](std::int64_t sequence, std::optional<std::string> value) {
    return RecordMessageOf("directory", "unit/x", {1, sequence}, sequence, std::move(value));
  };
  stage.Apply(kOwnTopic, {unit(1, "{\"own\":1}")});
  stage.Apply(kAllTopic, {unit(2, "{\"all\":1}")});
  CHECK(stage.shown.at("unit/x") == "{\"own\":1}");
  stage.Apply(kOwnTopic, {unit(3, std::nullopt)});
  CHECK(stage.shown.at("unit/x") == "{\"all\":1}");
  stage.Apply(kAllTopic, {unit(4, std::nullopt)});
  CHECK_FALSE(stage.shown.at("unit/x").has_value());
}

TEST_CASE("stored records are given at the start, each once") {
  CopyStage stage;
  stage.Apply(kOwnTopic, {RecordMessageOf("directory", "unit/x", {1, 1}, 1, "{\"own\":1}")});
  stage.Apply(kAllTopic, {RecordMessageOf("directory", "unit/x", {1, 1}, 1, "{\"all\":1}"),
                          RecordMessageOf("directory", "unit/y", {1, 2}, 1, "{}")});
  stage.shown.clear();
  stage.keeper->GiveStored();
  CHECK(stage.shown.size() == 2);
  CHECK(stage.shown.at("unit/x") == "{\"own\":1}");
}

TEST_CASE("the copy is verified when the barriers of both sets matched") {
  CopyStage stage;
  const base::Time early = stage.clock.MachineNow() - std::chrono::seconds(2);
  const base::Time late = stage.clock.MachineNow() - std::chrono::seconds(1);
  stage.Apply(kOwnTopic,
              {Citizen("a", 1, 1), BarrierMessageOf("registry", {1, 1}, 1, late,
                                                    {{"citizen/a", {1, "{\"fullName\":\"A\"}"}}})});
  CHECK_FALSE(stage.keeper->State().equal);
  CHECK_FALSE(stage.keeper->State().verified_at.has_value());
  CHECK(stage.verified.empty());
  stage.Apply(kAllTopic, {BarrierMessageOf("registry", {1, 1}, 1, early, {})});
  CHECK(stage.keeper->State().equal);
  CHECK(stage.keeper->State().verified_at == early);
  CHECK(stage.verified.at("registry") == early);
}

TEST_CASE("a difference shows with its type, and is over when a barrier matches") {
  CopyStage stage;
  stage.Apply(kAllTopic, {BarrierMessageOf("registry", {1, 0}, 1, stage.clock.MachineNow(), {})});
  const auto barrier = [&](std::int64_t version) {
    return BarrierMessageOf("registry", {1, 2}, 1, stage.clock.MachineNow(),
                            {{"citizen/a", {version, "{\"fullName\":\"A\"}"}}});
  };
  stage.Apply(kOwnTopic, {Citizen("a", 1, 1), barrier(2)});
  CHECK_FALSE(stage.keeper->State().equal);
  CHECK(stage.OwnerIn(kOwnTopic, "registry").types.at("citizen").divergent == 1);
  stage.Apply(kOwnTopic, {Citizen("a", 2, 2), barrier(2)});
  CHECK(stage.keeper->State().equal);
  CHECK(stage.OwnerIn(kOwnTopic, "registry").types.at("citizen").divergent == 0);
}

TEST_CASE("an unreadable message is parked, only its record waits, and a newer one supersedes it") {
  CopyStage stage;
  stage.Apply(kOwnTopic, {Citizen("a", 1, 1), Citizen("b", 2, 1, "{broken"), Citizen("c", 3, 1)});
  CHECK(stage.keeper->State().parked == 1);
  CHECK(stage.Value("SELECT count(*) FROM feed_record WHERE value IS NOT NULL") == "2");
  const auto parked = stage.pool.Transact([](pg::Tx& tx) { return ListParked(tx, "", -1, 10); });
  REQUIRE(parked.size() == 1);
  CHECK(parked[0].key == "citizen/b");
  CHECK(parked[0].offset == 1);
  CHECK(parked[0].reason == "the value is not a JSON object");
  // Another unreadable one of the same key takes its place.
  stage.Apply(kOwnTopic, {Citizen("b", 4, 2, "[]")});
  CHECK(stage.keeper->State().parked == 1);
  stage.Apply(kOwnTopic, {Citizen("b", 5, 2)});
  CHECK(stage.keeper->State().parked == 0);
  CHECK(stage.Value("SELECT version FROM feed_record WHERE record_id = 'b'") == "2");
}

TEST_CASE("any bytes can be parked") {
  CopyStage stage;
  kafka::Message message;
  message.key = std::string("\xff\0x", 3) + std::string(5000, 'k');
  message.value = std::string("\0\xfe", 2);
  message.headers = {{"ce_source", "\xff"}, {"x", std::string("\0", 1)}};
  stage.Apply(kOwnTopic, {message});
  CHECK(stage.keeper->State().parked == 1);
  // It names no record, so the operator's replay drops it.
  const auto outcome = stage.keeper->Replay();
  CHECK(outcome.still_parked == 0);
  CHECK(stage.keeper->State().parked == 0);
}

TEST_CASE("replay applies what can be read now and asks its owner for the rest") {
  CopyStage stage;
  stage.Apply(kOwnTopic, {Citizen("a", 1, 1, "{broken"), Citizen("b", 2, 1, "{broken")});
  // As if an earlier release had not understood it.
  stage.Execute("UPDATE feed_parked SET value = '{}' WHERE message_key = 'citizen/a'");
  const auto outcome = stage.keeper->Replay();
  CHECK(outcome.applied == 1);
  CHECK(outcome.still_parked == 1);
  CHECK(stage.shown.at("citizen/a") == "{}");
  CHECK(stage.Value("SELECT record_id FROM feed_record WHERE suspect") == "b");
  CHECK(stage.OwnerIn(kOwnTopic, "registry").suspects == 1);
}

TEST_CASE("a batch that the database refuses leaves nothing behind") {
  CopyStage stage;
  stage.Execute("ALTER TABLE feed_record ADD CONSTRAINT refuse CHECK (record_id <> 'b') NOT VALID");
  CHECK_THROWS_AS(stage.Apply(kOwnTopic, {Citizen("b", 1, 1)}), pqxx::sql_error);
  stage.ends.clear();
  stage.Apply(kOwnTopic, {Citizen("a", 1, 1)});
  CHECK(stage.shown.contains("citizen/a"));
}

TEST_CASE("rows of older epochs go when a restored owner has published everything") {
  CopyStage stage;
  stage.Apply(kOwnTopic, {Citizen("a", 1, 1), Citizen("b", 2, 1)});
  auto kept = RecordMessageOf("registry", "citizen/c", {2, 1}, 1, "{}");
  stage.Apply(kOwnTopic, {kept, BarrierMessageOf("registry", {2, 2}, 2, stage.clock.MachineNow(),
                                                 {{"citizen/c", {1, "{}"}}})});
  CHECK(stage.Value("SELECT string_agg(record_id, ',') FROM feed_record WHERE value IS NOT NULL") ==
        "c");
  CHECK(stage.OwnerIn(kOwnTopic, "registry").equal);
  CHECK_FALSE(stage.shown.at("citizen/a").has_value());
  stage.ScrubAll();
  CHECK(stage.OwnerIn(kOwnTopic, "registry").equal);
}

TEST_CASE("the scrub names an altered row and finds rows added and removed by hand") {
  CopyStage stage;
  std::map<std::string, std::pair<std::int64_t, std::string>> truth;
  std::vector<kafka::Message> messages;
  for (const char* id : {"a", "b", "c"}) {
    messages.push_back(Citizen(id, 1, 1));
    truth["citizen/" + std::string(id)] = {1, "{\"fullName\":\"A\"}"};
  }
  const auto barrier = BarrierMessageOf("registry", {1, 1}, 1, stage.clock.MachineNow(), truth);
  messages.push_back(barrier);
  stage.Apply(kOwnTopic, std::move(messages));
  stage.Apply(kAllTopic, {BarrierMessageOf("registry", {1, 1}, 1, stage.clock.MachineNow(), {})});
  REQUIRE(stage.keeper->State().equal);

  SECTION("altered bytes") {
    stage.Execute("UPDATE feed_record SET value = '{\"fullName\":\"B\"}' WHERE record_id = 'b'");
    stage.ScrubAll();
    CHECK(stage.keeper->State().altered_keys == std::vector<std::string>{"citizen/b"});
    CHECK(stage.Value("SELECT epoch FROM feed_record WHERE record_id = 'b'") == "0");
    stage.Apply(kOwnTopic, {Citizen("b", 1, 1)});
  }
  SECTION("a guard beyond anything received") {
    stage.Execute("UPDATE feed_record SET sequence = 999 WHERE record_id = 'b'");
    stage.ScrubAll();
    CHECK(stage.keeper->State().altered_keys == std::vector<std::string>{"citizen/b"});
  }
  SECTION("a row that was removed") {
    stage.Execute("DELETE FROM feed_record WHERE record_id = 'b'");
    stage.ScrubAll();
    CHECK_FALSE(stage.keeper->State().equal);
    CHECK(stage.Value("SELECT count FROM feed_digest WHERE record_type = 'citizen'") == "2");
    stage.Apply(kOwnTopic, {Citizen("b", 1, 1)});
  }
  SECTION("a row that was added") {
    stage.Execute(
        "INSERT INTO feed_record SELECT topic, record_type, 'd', owner, epoch, sequence, version,"
        " view, value, hash FROM feed_record WHERE record_id = 'b'");
    stage.ScrubAll();
    CHECK(stage.keeper->State().altered_keys == std::vector<std::string>{"citizen/d"});
    stage.Apply(kOwnTopic, {Citizen("d", 1, 1, std::nullopt)});
  }
  CHECK_FALSE(stage.keeper->State().equal);
  CHECK(stage.OwnerIn(kOwnTopic, "registry").types.at("citizen").divergent == 1);
  stage.Apply(kOwnTopic, {barrier});
  CHECK(stage.keeper->State().equal);
  stage.ScrubAll();
  CHECK(stage.keeper->State().equal);
}

TEST_CASE("a scrub that batches interleave with finds nothing that is not there") {
  CopyStage stage;
  std::vector<kafka::Message> messages;
  for (int i = 0; i < 2500; ++i) messages.push_back(Citizen(std::to_string(i), i + 1, 1));
  stage.Apply(kOwnTopic, std::move(messages));
  std::int64_t sequence = 3000;
  bool more = true;
  int chunks = 0;
  for (; more; ++chunks) {
    more = stage.keeper->ScrubSome();
    std::vector<kafka::Message> changes;
    for (int i = chunks; i < 2500; i += 97) {
      const bool gone = i % 2 == 0;
      changes.push_back(Citizen(std::to_string(i), ++sequence, 2,
                                gone ? std::nullopt : std::optional<std::string>("{\"n\":2}")));
    }
    changes.push_back(Citizen("new" + std::to_string(chunks), ++sequence, 1));
    stage.Apply(kOwnTopic, std::move(changes));
  }
  CHECK(chunks >= 4);
  stage.ScrubAll();
  CHECK(stage.keeper->State().altered_records == 0);
  CHECK(stage.OwnerIn(kOwnTopic, "registry").types.at("citizen").divergent == 0);
}

TEST_CASE("scrubs that share a pace read no more rows a second than it allows together") {
  CopyStage stage;
  stage.options.scrub_pace = std::make_shared<Pace>(10'000);
  std::vector<kafka::Message> messages;
  for (int i = 0; i < 2500; ++i) messages.push_back(Citizen(std::to_string(i), i + 1, 1));
  stage.Apply(kOwnTopic, std::move(messages));
  Keeper first(stage.options, stage.pool, stage.clock, {}, {});
  Keeper second(stage.options, stage.pool, stage.clock, {}, {});
  first.Load(), second.Load();
  const auto begin = std::chrono::steady_clock::now();
  for (Keeper* keeper : {&first, &second}) {
    while (!keeper->State().scrubbed_at) keeper->ScrubSome();
  }
  // 5000 rows in all; the last of them need not be waited for.
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(400));
  CHECK(first.State().altered_records == 0);
}

TEST_CASE("a set that starts over holds nothing and says what is gone") {
  CopyStage stage;
  stage.Apply(kOwnTopic, {Citizen("a", 1, 1), Citizen("b", 2, 1, "{broken")});
  stage.Apply(kAllTopic, {RecordMessageOf("directory", "unit/x", {1, 1}, 1, "{}")});
  CHECK(stage.keeper->Outdated().empty());
  stage.clock.Advance(std::chrono::hours(8 * 24));
  CHECK(stage.keeper->Outdated().size() == 2);
  stage.keeper->StartOver(kOwnTopic, "test");
  CHECK_FALSE(stage.shown.at("citizen/a").has_value());
  CHECK(stage.keeper->Next().at(kOwnTopic) == 0);
  CHECK(stage.keeper->State().parked == 0);
  CHECK(stage.Value("SELECT string_agg(record_id, ',') FROM feed_record") == "x");
}

}  // namespace lienthong::feed
