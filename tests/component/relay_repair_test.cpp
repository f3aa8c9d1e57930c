// What the relay mends while it runs: a raised epoch, a feed that was away; and what the seal topic
// proves. On a real PostgreSQL and a real Kafka.
#include <catch2/catch.hpp>

#include <atomic>
#include <set>
#include <thread>

#include "platform/base/error.hpp"
#include "platform/base/hash.hpp"
#include "platform/feed/copy.hpp"
#include "platform/feed/keeper.hpp"
#include "platform/journal/operations.hpp"
#include "platform/journal/queries.hpp"
#include "platform/journal/relay_store.hpp"
#include "platform/journal/seal.hpp"
#include "platform/kafka/admin.hpp"
#include "support/relay_stage.hpp"

namespace lienthong::journal {
namespace {

/// JournalService of the stage's owner.
class Journals {
 public:
  explicit Journals(Stage& stage, std::function<void()> wake_relay = {})
      : stage_(stage),
        queries_({stage.service, stage.options.kafka, {"enterprise"}, {}}, stage.owner.pool_,
                 stage.clock, tokens_, nullptr, {}, std::move(wake_relay)),
        operations_(stage.owner.journal_, stage.owner.pool_, tokens_, stage.owner.ids_) {}

  v1::RaiseEpochResponse RaiseEpoch(std::int64_t current) {
    v1::RaiseEpochRequest request;
    request.set_current_epoch(current);
    return operations_.RaiseEpoch(Ops(), request);
  }
  v1::VerifySealsResponse VerifySeals(std::int64_t from = 0, std::int64_t to = 0) {
    v1::VerifySealsRequest request;
    request.set_from_sequence(from);
    request.set_to_sequence(to);
    return queries_.VerifySeals(Ops(), request);
  }
  v1::VerifySealsResponse VerifySeals(const rpc::Call& call) {
    return queries_.VerifySeals(call, {});
  }

  rpc::Call Ops() {
    rpc::Call call = stage_.owner.CallFrom("ops", "");
    call.system = "ops";
    call.system_kind = rpc::SystemKind::kOps;
    return call;
  }

 private:
  Stage& stage_;
  rpc::PageTokens tokens_{"secret of the test"};
  Queries queries_;
  Operations operations_;
};

/// Barriers on the way that differ from what a reader holds then.
std::size_t Alarms(const Tail& tail) {
  feed::Copy copy{{}, {}};
  const auto drop = [&](const std::string& owner, std::int64_t complete) {
    copy.DropLoaded(owner, complete, true);
  };
  std::size_t alarms = 0;
  for (const feed::Decoded& decoded : feed::Decode(tail.messages)) {
    if (const auto* record = std::get_if<feed::RecordMessage>(&decoded.content)) {
      copy.Apply(*record);
    } else if (const auto* barrier = std::get_if<feed::Barrier>(&decoded.content)) {
      const auto compared = copy.Apply(*barrier, true, drop);
      alarms += compared.verdict == feed::Copy::Verdict::kDiffers ? 1 : 0;
    }
  }
  return alarms;
}

/// A change of the record that also changes who may see it.
void ChangeAudience(Stage& stage, const Enterprise& record, const Audience& audience) {
  MoveEnterpriseRequest request;
  request.set_request_id(stage.owner.ids_.New());
  stage.owner.journal_.Change<Enterprise>(
      stage.owner.CallFrom(stage.a), request, {{"enterprise", record.id()}},
      [&](pg::Tx&, const Heads&) {
        Journal::Changes changes;
        changes.push_back({"EnterpriseMoved", ToRecord(record.id(), record.name(), audience)});
        return changes;
      });
}

bool UntilComplete(Tail& feed, std::int64_t sequence, int epoch) {
  const std::string complete = R"("complete":")" + std::to_string(epoch) + '"';
  return feed.Until([&](const std::vector<kafka::Message>& read) {
    return !read.empty() && read.back().key.rfind("barrier/", 0) == 0 &&
           Sequence(read.back()) >= sequence &&
           read.back().value->find(complete) != std::string::npos;
  });
}

/// How many seals cover the rows up to `row`, once they are on the topic.
std::int64_t AwaitSeals(Stage& stage, std::int64_t row) {
  const std::string upto = std::to_string(row);
  REQUIRE(support::Eventually(kLimit, [&] {
    return stage.owner.Count("SELECT coalesce(max(to_id), 0) FROM seal WHERE published") >= row;
  }));
  return stage.owner.Count("SELECT count(*) FROM seal WHERE to_id <= " + upto);
}

/// What one who may write the database alone can do: edits a row and seals everything again.
void EditAndSealAgain(Stage& stage, std::int64_t row) {
  const auto edit = [&](const std::string& sql) {
    stage.owner.pool_.Transact([&](pg::Tx& tx) { tx.ExecText(sql); });
  };
  edit("UPDATE journal SET official = 'somebody-else' WHERE id = " + std::to_string(row));
  RelayStore store(stage.owner.database_.Conninfo());
  std::string previous(kFirstPrevious);
  std::int64_t from = 1;
  for (auto seal = store.LoadSeal(from); seal; seal = store.LoadSeal(from)) {
    SealHash hash(previous);
    store.AskForRows(from - 1, seal->to, 1000);
    for (const JournalRow& sealed : store.TakeRows()) hash.Add(RowHash(sealed.stored));
    const std::string now = hash.Finish();
    edit("UPDATE seal SET hash = '" + now + "', previous = '" + previous +
         "' WHERE from_id = " + std::to_string(from));
    previous = now;
    from = seal->to + 1;
  }
}

}  // namespace

TEST_CASE("an epoch raised under a running relay publishes everything visible again") {
  Stage stage;
  const auto relay = stage.StartRelay();
  Journals journals(stage, [&] { relay->Wake(); });
  const Enterprise one = stage.Register("A", {{stage.a, "full"}, {stage.b, "limited"}});
  const Enterprise two = stage.Register("B", {{stage.a, "limited"}});
  stage.Register("nobody's", {});
  Tail feed(kafka::FeedTopic(stage.a)), other(kafka::FeedTopic(stage.b));
  REQUIRE(feed.UntilBarrier(3));
  REQUIRE(other.UntilBarrier(3));
  const std::size_t before = feed.messages.size();

  const auto raised = journals.RaiseEpoch(1);
  CHECK(raised.epoch() == 2);
  CHECK(raised.records() == 2);
  REQUIRE(UntilComplete(feed, 3, 2));
  REQUIRE(UntilComplete(other, 3, 2));
  std::multiset<std::string> again;
  for (std::size_t n = before; n < feed.messages.size(); ++n) {
    const kafka::Message& message = feed.messages[n];
    if (message.Find("ce_epoch") == "2" && message.value && message.key.rfind("barrier/", 0) != 0)
      again.insert(message.key);
  }
  CHECK(again == std::multiset<std::string>{"enterprise/" + one.id(), "enterprise/" + two.id()});
  CHECK(feed.messages.back().Find("ce_epoch") == "2");
  CHECK(feed.LastBarrier() == feed.Live());
  CHECK(other.LastBarrier() == other.Live());
  CHECK(other.Live().count == 1);
}

TEST_CASE("an epoch raised while others write loses nothing") {
  Stage stage;
  const auto relay = stage.StartRelay();
  Journals journals(stage, [&] { relay->Wake(); });
  std::atomic<int> written = 0;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&, writer] {
      for (int n = 0; n < 50; ++n, ++written) {
        const auto made = stage.Register(std::to_string(writer) + "-" + std::to_string(n),
                                         {{stage.a, "full"}, {stage.b, "limited"}});
        if (n % 5 == 0) ChangeAudience(stage, made, {{stage.a, "limited"}});
      }
    });
  }
  const bool half = support::Eventually(kLimit, [&] { return written >= 60; });
  const auto raised = journals.RaiseEpoch(1);
  for (std::thread& writer : writers) writer.join();
  REQUIRE(half);
  CHECK(raised.epoch() == 2);
  const std::int64_t last = stage.owner.Count("SELECT max(id) FROM journal");
  for (const std::string& member : {stage.a, stage.b}) {
    Tail feed(kafka::FeedTopic(member));
    REQUIRE(UntilComplete(feed, last, 2));
    CHECK(feed.Live().count == (member == stage.a ? 200 : 160));
    CHECK(feed.LastBarrier() == feed.Live());
    std::size_t older = 0;
    for (const auto& [key, message] : feed.Newest()) {
      older += message->value && message->Find("ce_epoch") != "2";
    }
    CHECK(older == 0);
  }
}

TEST_CASE("while records change, a raised epoch raises no alarm") {
  Stage stage;
  stage.options.save_interval = 0ms;  // so is a barrier due whenever it may be sent
  stage.options.barrier_interval = 0ms;
  const auto relay = stage.StartRelay();
  Journals journals(stage, [&] { relay->Wake(); });
  constexpr std::size_t kThreads = 4, kRecordsOfThread = 1000;
  std::vector<Enterprise> records(kThreads * kRecordsOfThread);
  const auto in_threads = [&](const std::function<void(std::size_t)>& work) {
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::size_t n = 0; n < kRecordsOfThread; ++n) work(n * kThreads + thread);
      });
    }
  };
  in_threads([&](std::size_t n) {
    records[n] = stage.Register(std::to_string(n), {{stage.a, "full"}});
  });
  // Once the older half is sent again, each of the others is changed for the first time: what a
  // reader has of it is of the epoch before.
  std::atomic<bool> complete = false;
  std::thread writer([&] {
    const bool begun = support::Eventually(kLimit, [&] {
      return stage.owner.Count("SELECT count(*) FROM relay_state WHERE republished <> ''") == 1;
    });
    if (!begun) return;
    in_threads([&](std::size_t n) {
      if (!complete) {
        ChangeAudience(stage, records[records.size() - 1 - n], {{stage.a, "limited"}});
      }
    });
  });
  journals.RaiseEpoch(1);
  complete = support::Eventually(
      kLimit, [&] { return stage.owner.Count("SELECT complete FROM relay_state") == 2; });
  const bool was_complete = complete.exchange(true);
  writer.join();
  REQUIRE(was_complete);
  Tail feed(kafka::FeedTopic(stage.a));
  REQUIRE(UntilComplete(feed, stage.owner.Count("SELECT max(id) FROM journal"), 2));
  CHECK(feed.LastBarrier() == feed.Live());
  CHECK(Alarms(feed) == 0);
}

TEST_CASE("only the epoch in force is raised, once") {
  Stage stage;
  Journals journals(stage);
  CHECK(journals.RaiseEpoch(1).epoch() == 2);
  for (const std::int64_t stale : {1, 0, 3}) {
    std::string reason;
    try {
      journals.RaiseEpoch(stale);
    } catch (const base::Error& error) {
      reason = error.reason;
      CHECK(error.kind == base::ErrorKind::kAborted);
    }
    CHECK(reason == "VERSION_STALE");
  }
  CHECK(stage.owner.Count("SELECT epoch FROM relay_state") == 2);
}

TEST_CASE("a feed that can be written again is rebuilt, with tombstones for what it missed") {
  Stage stage;
  const Audience both{{stage.a, "full"}, {stage.b, "full"}};
  kafka::CreateTopics(Admin(), {{kafka::FeedTopic(stage.b), 1, 1, {{"max.message.bytes", "4000"}}}},
                      20s);
  stage.options.broken_feed_retry = 1h;  // until all that is to be missed has been missed
  auto relay = stage.StartRelay();
  const Enterprise lost = stage.Register("lost", both);
  const Enterprise swept = stage.Register("kept", both);
  Tail healthy(kafka::FeedTopic(stage.a)), feed(kafka::FeedTopic(stage.b));
  REQUIRE(feed.UntilBarrier(2));
  REQUIRE(feed.Live().count == 2);
  const Enterprise big = stage.Register(base::ToHex(base::RandomBytes(8000)), both);
  const auto broken = [&] { return stage.owner.Count("SELECT count(*) FROM broken_feed"); };
  REQUIRE(support::Eventually(kLimit, [&] { return broken() == 1; }));
  ChangeAudience(stage, lost, {{stage.a, "full"}});
  stage.owner.Rename(stage.a, stage.owner.ids_.New(), swept.id(), "kept and renamed");
  REQUIRE(healthy.UntilBarrier(5));
  CHECK(healthy.LastBarrier() == healthy.Live());
  relay.reset();

  // Tried again in vain while the record is too large for the topic.
  stage.owner.pool_.Transact([](pg::Tx& tx) { tx.ExecText("UPDATE broken_feed SET reason = ''"); });
  stage.options.broken_feed_retry = 300ms;
  relay = stage.StartRelay();
  REQUIRE(support::Eventually(kLimit, [&] {
    return stage.owner.Count("SELECT count(*) FROM broken_feed WHERE reason <> ''") == 1;
  }));
  stage.owner.Rename(stage.a, stage.owner.ids_.New(), big.id(), "small");
  REQUIRE(support::Eventually(kLimit, [&] { return broken() == 0; }));
  REQUIRE(feed.UntilBarrier(6));
  CHECK(feed.LastBarrier() == feed.Live());
  CHECK(feed.Live().count == 2);
  const auto newest = feed.Newest();
  REQUIRE(newest.contains("enterprise/" + lost.id()));
  CHECK_FALSE(newest.at("enterprise/" + lost.id())->value);
  CHECK(newest.at("enterprise/" + swept.id())->Find("ce_recordversion") == "2");
  CHECK(newest.at("enterprise/" + big.id())->Find("ce_recordversion") == "2");
  REQUIRE(healthy.UntilBarrier(6));
  CHECK(healthy.LastBarrier() == healthy.Live());
  CHECK(support::Eventually(kLimit, [&] { return relay->Status().broken_feeds.empty(); }));
  // From now on the feed goes on as any other.
  stage.Register("after", both);
  REQUIRE(feed.UntilBarrier(7));
  CHECK(feed.LastBarrier() == feed.Live());
  CHECK(feed.Live().count == 3);
}

TEST_CASE("a sweep while a feed is broken takes its records away when it is back") {
  Stage stage;
  const Audience both{{stage.a, "full"}, {stage.b, "full"}};
  kafka::CreateTopics(Admin(), {{kafka::FeedTopic(stage.b), 1, 1, {{"max.message.bytes", "4000"}}}},
                      20s);
  stage.options.broken_feed_retry = 1h;
  auto relay = stage.StartRelay();
  const Enterprise one = stage.Register("one", both);
  Tail healthy(kafka::FeedTopic(stage.a)), feed(kafka::FeedTopic(stage.b));
  REQUIRE(feed.UntilBarrier(1));
  stage.Register(base::ToHex(base::RandomBytes(8000)), both);
  REQUIRE(support::Eventually(
      kLimit, [&] { return stage.owner.Count("SELECT count(*) FROM broken_feed") == 1; }));
  stage.SetAudience({{stage.a, "limited"}});
  REQUIRE(healthy.UntilBarrier(4));
  relay.reset();
  stage.options.broken_feed_retry = 300ms;
  relay = stage.StartRelay();
  REQUIRE(support::Eventually(
      kLimit, [&] { return stage.owner.Count("SELECT count(*) FROM broken_feed") == 0; }));
  REQUIRE(feed.UntilBarrier(4));
  CHECK(feed.LastBarrier() == SetDigest{});
  CHECK(feed.Live() == SetDigest{});
  CHECK_FALSE(feed.Newest().at("enterprise/" + one.id())->value);
  CHECK(healthy.LastBarrier() == healthy.Live());
}

TEST_CASE("seals rewritten in the database are found against the seal topic") {
  Stage stage;
  auto relay = stage.StartRelay();
  stage.Register("A", {{stage.a, "full"}});
  const std::int64_t first = AwaitSeals(stage, 1);
  stage.Register("B", {{stage.a, "full"}});
  stage.Register("C", {{stage.a, "full"}});
  const std::int64_t all = AwaitSeals(stage, 3);
  REQUIRE(first == 1);
  REQUIRE(all > first);
  relay.reset();
  Journals journals(stage);
  const auto intact = journals.VerifySeals();
  CHECK(intact.intact());
  CHECK(intact.seals_checked() == all);
  CHECK(intact.rows_checked() == 3);
  CHECK(intact.defects_size() == 0);

  EditAndSealAgain(stage, 2);
  const auto edited = journals.VerifySeals();
  CHECK_FALSE(edited.intact());
  CHECK(edited.seals_checked() == all);
  REQUIRE(edited.defects_size() == all - first);
  for (const v1::SealDefect& defect : edited.defects()) CHECK(defect.kind() == "topic");
  CHECK(edited.defects(0).from_sequence() == 2);
  // The seals before the edited row are as they were.
  CHECK(journals.VerifySeals(1, 1).intact());
  CHECK_FALSE(journals.VerifySeals(2, 3).intact());

  // It reads the whole journal: for nobody who has gone, nor longer than agreed.
  rpc::Call late = journals.Ops();
  late.deadline = std::chrono::steady_clock::now();
  CHECK_THROWS_WITH(journals.VerifySeals(late), "the deadline has passed");
  rpc::Call gone = journals.Ops();
  gone.cancelled = std::make_shared<std::atomic<bool>>(true);
  CHECK_THROWS_WITH(journals.VerifySeals(gone), "cancelled by the caller");
}

TEST_CASE("without its seal topic nobody is told that the seals are intact") {
  Stage stage;
  Journals journals(stage);
  base::Error refusal = base::NotFound();
  try {
    journals.VerifySeals();
  } catch (const base::Error& error) {
    refusal = error;
  }
  CHECK(refusal.kind == base::ErrorKind::kUnavailable);
  CHECK(refusal.reason == "TOPIC_UNAVAILABLE");
}

}  // namespace lienthong::journal
