// Promises of Journal::Change, on a real PostgreSQL. The record is an enterprise of a small made-up
// owner with one business table.
#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "platform/base/error.hpp"
#include "platform/journal/journal.hpp"
#include "platform/journal/relay_store.hpp"
#include "platform/journal/seal.hpp"
#include "platform/journal/sweeper.hpp"
#include "platform/rpc/metrics.hpp"
#include "support/shop_owner.hpp"
#include "support/reason.hpp"

namespace lienthong::journal {
namespace {

using support::ReasonOf;

/// What the sweeper of the service "sweep-test" shows.
double SweptAt() {
  for (const auto& family : rpc::MetricsRegistry()->Collect()) {
    if (family.name != "lienthong_sweep_timestamp_seconds") continue;
    for (const auto& metric : family.metric) {
      if (metric.label.at(0).value == "sweep-test") return metric.gauge.value;
    }
  }
  return 0;
}

std::vector<JournalRow> RowsOf(RelayStore& store, std::int64_t after, std::int64_t up_to) {
  store.AskForRows(after, up_to, 100);
  return store.TakeRows();
}

}  // namespace

TEST_CASE("a change writes business row, head, journal row and request in one commit") {
  ShopOwner owner;
  const Enterprise made = owner.Register("H09.718", owner.ids_.New(), "Cơ sở A", kTwoUnits);
  CHECK(made.version() == 1);
  CHECK(owner.Count("SELECT count(*) FROM shop") == 1);
  CHECK(owner.Count("SELECT version FROM head") == 1);
  CHECK(owner.Count("SELECT count(*) FROM journal WHERE event = 'EnterpriseRegistered'") == 1);
  CHECK(owner.Count("SELECT count(*) FROM request") == 1);
  CHECK(owner.Rename("H09.718", owner.ids_.New(), made.id(), "Cơ sở B").version() == 2);
}

TEST_CASE("a change that throws leaves neither row nor journal") {
  ShopOwner owner;
  owner.Register("H09.718", owner.ids_.New(), "A", kTwoUnits);
  RegisterEnterpriseRequest request;
  request.set_request_id(owner.ids_.New());
  CHECK_THROWS(owner.journal_.Change<Enterprise>(owner.CallFrom("H09.718"), request, {},
                                                 [&](pg::Tx& tx, const Heads&) -> Journal::Changes {
                                                   tx.Exec(kInsert, "x", "X", "H09.718");
                                                   throw base::Denied("NO", "no");
                                                 }));
  CHECK(owner.Count("SELECT count(*) FROM shop") == 1);
  CHECK(owner.Count("SELECT count(*) FROM journal") == 1);
  CHECK(owner.Count("SELECT count(*) FROM request") == 1);
}

TEST_CASE("a repeated request returns the first answer and changes nothing") {
  ShopOwner owner;
  const std::string request_id = owner.ids_.New();
  const Enterprise first = owner.Register("H09.718", request_id, "A", kTwoUnits);
  owner.Rename("H09.718", owner.ids_.New(), first.id(), "B");
  const Enterprise again = owner.Register("H09.718", request_id, "A", kTwoUnits);
  CHECK(again.SerializeAsString() == first.SerializeAsString());
  CHECK(owner.Count("SELECT count(*) FROM journal") == 2);
}

TEST_CASE("a repeat is answered in the view the caller has today") {
  ShopOwner owner;
  const std::string request_id = owner.ids_.New();
  const Enterprise first = owner.Register("H09.718", request_id, "A", kTwoUnits);
  owner.audience_now = {{"H09.718", "limited"}};
  owner.sharing_now = 2;
  owner.journal_.Sweep(owner, "enterprise", 100);
  const Enterprise again = owner.Register("H09.718", request_id, "A", kTwoUnits);
  CHECK(again.id() == first.id());
  CHECK(first.tax_number() == "3700145020");
  CHECK(again.tax_number().empty());
}

TEST_CASE("the same request id with other content is refused, of another caller it is another") {
  ShopOwner owner;
  const std::string request_id = owner.ids_.New();
  owner.Register("H09.718", request_id, "A", kTwoUnits);
  CHECK(ReasonOf([&] { owner.Register("H09.718", request_id, "B", kTwoUnits); }) ==
        "REQUEST_ID_REUSED");
  CHECK(owner.Register("H09.08", request_id, "C", kTwoUnits).version() == 1);
}

TEST_CASE("a request id that is missing or not a UUID is refused") {
  ShopOwner owner;
  CHECK(ReasonOf([&] { owner.Register("H09.718", "", "A", kTwoUnits); }) == "REQUEST_ID_INVALID");
  CHECK(ReasonOf([&] { owner.Register("H09.718", "abc", "A", kTwoUnits); }) ==
        "REQUEST_ID_INVALID");
  CHECK(owner.Count("SELECT count(*) FROM shop") == 0);
}

TEST_CASE("twenty equal requests at once get twenty equal answers and make one change") {
  const bool with_version = GENERATE(false, true);
  ShopOwner owner;
  const Enterprise made = owner.Register("H09.718", owner.ids_.New(), "A", kTwoUnits);
  const std::string request_id = owner.ids_.New();
  std::vector<std::string> answers(20);
  std::vector<std::thread> threads;
  for (std::string& answer : answers) {
    threads.emplace_back([&] {
      answer = with_version
                   ? owner.Rename("H09.718", request_id, made.id(), "B", 1).SerializeAsString()
                   : owner.Register("H09.718", request_id, "B", kTwoUnits).SerializeAsString();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(std::set<std::string>(answers.begin(), answers.end()).size() == 1);
  CHECK_FALSE(answers.front().empty());
  CHECK(owner.Count("SELECT count(*) FROM journal") == 2);
}

TEST_CASE("a stale expected version is refused and changes nothing") {
  ShopOwner owner;
  const Enterprise made = owner.Register("H09.718", owner.ids_.New(), "A", kTwoUnits);
  owner.Rename("H09.718", owner.ids_.New(), made.id(), "B", 1);
  CHECK(ReasonOf([&] { owner.Rename("H09.718", owner.ids_.New(), made.id(), "C", 1); }) ==
        "VERSION_STALE");
  CHECK(owner.Count("SELECT version FROM head") == 2);
}

TEST_CASE("a record the caller may not see answers exactly as one that does not exist") {
  ShopOwner owner;
  const Enterprise made = owner.Register("H09.718", owner.ids_.New(), "A", kTwoUnits);
  CHECK(ReasonOf([&] { owner.Rename("H09.719", owner.ids_.New(), made.id(), "C"); }) ==
        "RECORD_NOT_FOUND");
  CHECK(ReasonOf([&] { owner.Rename("H09.718", owner.ids_.New(), "no-such", "C"); }) ==
        "RECORD_NOT_FOUND");
}

TEST_CASE("concurrent changes of one record get versions without gaps") {
  ShopOwner owner;
  const Enterprise made = owner.Register("H09.718", owner.ids_.New(), "A", kTwoUnits);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int n = 0; n < 10; ++n) {
        owner.Rename("H09.718", owner.ids_.New(), made.id(),
                     std::to_string(thread) + "-" + std::to_string(n));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(owner.Count("SELECT version FROM head") == 81);
  CHECK(owner.Count("SELECT count(*) FROM (SELECT version, row_number() OVER (ORDER BY id) AS n"
                    " FROM journal) t WHERE version <> n") == 0);
}

TEST_CASE("the sweep writes a row of the same version only where the audience changed") {
  ShopOwner owner;
  const Enterprise one = owner.Register("H09.718", owner.ids_.New(), "A", kTwoUnits);
  owner.audience_now = kTwoUnits;
  owner.sharing_now = 2;
  CHECK(owner.journal_.Sweep(owner, "enterprise", 100) == 1);
  CHECK(owner.Count("SELECT count(*) FROM journal") == 1);
  owner.audience_now = {{"H09.718", "full"}};
  owner.sharing_now = 3;
  CHECK(owner.journal_.Sweep(owner, "enterprise", 100) == 1);
  CHECK(owner.journal_.Sweep(owner, "enterprise", 100) == 0);
  CHECK(owner.Count("SELECT count(*) FROM journal WHERE event = 'AudienceChanged' AND version = 1"
                    " AND state_row IS NOT NULL AND states IS NULL") == 1);
  CHECK(owner.Rename("H09.718", owner.ids_.New(), one.id(), "B").version() == 2);
}

/// Seals the rows after the seal before.
SealRow SealTo(RelayStore& store, std::int64_t to, const std::optional<SealRow>& before) {
  const std::int64_t position = before ? before->to : 0;
  const std::string previous = before ? before->hash : std::string(kFirstPrevious);
  SealHash hash(previous);
  for (const JournalRow& row : RowsOf(store, position, to)) hash.Add(RowHash(row.stored));
  SealRow seal{1, position + 1, to, hash.Rows(), "", previous};
  seal.hash = hash.Finish();
  REQUIRE(store.Save({1, 1, position, ""}, to, {}, seal));
  return seal;
}

TEST_CASE("seals find an edited, deleted, inserted or reordered row, a changed state, a cut tail") {
  ShopOwner owner;
  for (int n = 0; n < 6; ++n) {
    if (n == 1) owner.Count("SELECT nextval('journal_id_seq')");  // a change that was rolled back
    owner.Register("H09.718", owner.ids_.New(), std::to_string(n), kTwoUnits);
  }
  RelayStore store(owner.database_.Conninfo());
  std::vector<SealRow> topic;
  topic.push_back(SealTo(store, 4, std::nullopt));
  topic.push_back(SealTo(store, 7, topic.back()));  // chained
  store.MarkSealsPublished(7);
  const auto verify = [&] {
    std::size_t read = 0;
    return VerifySeals(owner.pool_, std::chrono::steady_clock::now() + std::chrono::seconds(30), 0,
                       0, [&]() -> std::optional<SealRow> {
                         return read == topic.size() ? std::nullopt : std::optional(topic[read++]);
                       });
  };
  REQUIRE(verify().defects.empty());
  REQUIRE(verify().rows == 6);

  const auto kinds_after = [&](const std::string& sql) {
    owner.pool_.Transact([&](pg::Tx& tx) { tx.ExecText(sql); });
    std::set<std::string> kinds;
    for (const SealDefect& defect : verify().defects) kinds.insert(defect.kind);
    return kinds;
  };
  using Kinds = std::set<std::string>;
  SECTION("edited") {
    CHECK(kinds_after("UPDATE journal SET official = 'x' WHERE id = 3") == Kinds{"hash"});
  }
  SECTION("a state edited") {
    CHECK(kinds_after("UPDATE journal SET states[1] = '{}' WHERE id = 5") == Kinds{"state"});
  }
  SECTION("deleted") {
    CHECK(kinds_after("DELETE FROM journal WHERE id = 3") == Kinds{"hash", "rows"});
  }
  SECTION("inserted where an id was free") {
    owner.pool_.Transact([&](pg::Tx& tx) {
      tx.ExecText(
          "ALTER TABLE journal ALTER id SET GENERATED BY DEFAULT;"
          "CREATE TEMP TABLE forged AS SELECT * FROM journal WHERE id = 3;"
          "UPDATE forged SET id = 2;"
          "INSERT INTO journal SELECT * FROM forged");
    });
    CHECK(kinds_after("SELECT 1") == Kinds{"hash", "rows"});
    CHECK(kinds_after("UPDATE seal SET rows = 4 WHERE from_id = 1") == Kinds{"hash", "topic"});
  }
  SECTION("reordered") {
    CHECK(kinds_after("ALTER TABLE journal ALTER id SET GENERATED BY DEFAULT;"
                      "UPDATE journal SET id = 100 WHERE id = 1;"
                      "UPDATE journal SET id = 1 WHERE id = 3;"
                      "UPDATE journal SET id = 3 WHERE id = 100") == Kinds{"hash"});
  }
  SECTION("cut tail") {
    CHECK(kinds_after("DELETE FROM journal WHERE id > 4; DELETE FROM seal WHERE from_id > 4") ==
          Kinds{"tail"});
  }
  SECTION("rows and seals rewritten together: the topic tells") {
    owner.pool_.Transact(
        [&](pg::Tx& tx) { tx.ExecText("UPDATE journal SET official = 'x' WHERE id = 6"); });
    SealHash hash(topic[0].hash);
    for (const JournalRow& row : RowsOf(store, 4, 7)) hash.Add(RowHash(row.stored));
    CHECK(kinds_after("UPDATE seal SET hash = '" + hash.Finish() + "' WHERE from_id = 5") ==
          Kinds{"topic"});
  }
  SECTION("a seal that was never published") {
    topic.erase(topic.begin());
    CHECK(kinds_after("SELECT 1") == Kinds{"topic"});
  }
  SECTION("a seal on its way to the topic, one sent twice: nothing is wrong") {
    topic.insert(topic.begin(), topic.front());
    topic.pop_back();
    CHECK(kinds_after("UPDATE seal SET published = false WHERE from_id = 5").empty());
  }
  SECTION("a stretch that a declared restore has replaced: nothing is wrong") {
    SealRow replaced = topic[1];
    replaced.hash = std::string(64, 'f');
    topic[1].epoch = 2;
    topic.insert(topic.begin() + 1, replaced);
    CHECK(kinds_after("UPDATE seal SET epoch = 2 WHERE from_id = 5").empty());
  }
  SECTION("states erased: the seals hold") {
    CHECK(kinds_after("UPDATE journal SET states = NULL, salt = NULL WHERE id = 3").empty());
  }
}

TEST_CASE("a seal made while seals are verified is no cut tail") {
  ShopOwner owner;
  for (int n = 0; n < 3; ++n) {
    owner.Register("H09.718", owner.ids_.New(), std::to_string(n), kTwoUnits);
  }
  RelayStore store(owner.database_.Conninfo());
  std::vector<SealRow> topic{SealTo(store, 2, std::nullopt)};
  std::size_t read = 0;
  const SealReport report =
      VerifySeals(owner.pool_, std::chrono::steady_clock::now() + std::chrono::seconds(30), 0, 0,
                  [&]() -> std::optional<SealRow> {
                    if (read == 1 && topic.size() == 1)
                      topic.push_back(SealTo(store, 3, topic.front()));
                    return read == topic.size() ? std::nullopt : std::optional(topic[read++]);
                  });
  CHECK(report.defects.empty());
  CHECK(report.seals == 1);
  CHECK(topic.size() == 2);
}

TEST_CASE("a journal that fills a partition goes on in the next one") {
  ShopOwner owner;
  owner.audience_now = kTwoUnits;
  Sweeper sweeper({"registry"}, owner.journal_, owner, owner.pool_, owner.clock_);
  sweeper.Start();
  REQUIRE(support::Eventually(std::chrono::seconds(20), [&] {
    return owner.Count("SELECT count(*) FROM pg_class WHERE relname = 'journal_1'") == 1;
  }));
  owner.Count("SELECT setval('journal_id_seq', 9999998)");
  for (const char* name : {"A", "B", "C"}) {
    owner.Register("H09.718", owner.ids_.New(), name, kTwoUnits);
  }
  CHECK(owner.Count("SELECT count(*) FROM journal_0") == 1);
  CHECK(owner.Count("SELECT count(*) FROM journal_1") == 2);
}

TEST_CASE("a sweep renews audiences, and tells when, though other background work fails") {
  ShopOwner owner;
  owner.Register("H09.718", owner.ids_.New(), "A", kTwoUnits);
  // The next partition can be made no more: its rows have a place already.
  owner.pool_.Transact([](pg::Tx& tx) {
    tx.ExecText(
        "CREATE TABLE squatter PARTITION OF journal FOR VALUES FROM (10000000) TO (20000000)");
  });
  owner.audience_now = {{"H09.13", "limited"}};
  ++owner.sharing_now;
  Sweeper sweeper({"sweep-test"}, owner.journal_, owner, owner.pool_, owner.clock_);
  sweeper.Start();
  const double now =
      std::chrono::duration<double>(owner.clock_.MachineNow().time_since_epoch()).count();
  REQUIRE(support::Eventually(std::chrono::seconds(20), [&] { return SweptAt() == now; }));
  CHECK(owner.Count("SELECT count(*) FROM head WHERE audience = '{\"H09.13\":\"limited\"}'") == 1);
  CHECK(owner.Count("SELECT count(*) FROM pg_class WHERE relname = 'journal_1'") == 0);
}

TEST_CASE("the owner's scrub names a record whose business row was altered") {
  ShopOwner owner;
  owner.audience_now = kTwoUnits;
  const Enterprise one = owner.Register("H09.718", owner.ids_.New(), "A", kTwoUnits);
  owner.Register("H09.718", owner.ids_.New(), "B", kTwoUnits);
  std::string last;
  CHECK(Sweeper::Scrub(owner.pool_, owner, "enterprise", last, 100).defective.empty());
  owner.pool_.Transact([&](pg::Tx& tx) { tx.Exec(kUpdate, one.id(), "altered by hand"); });
  const auto chunk = Sweeper::Scrub(owner.pool_, owner, "enterprise", last, 100);
  CHECK(chunk.checked == 2);
  CHECK(chunk.defective == std::vector<std::string>{"enterprise/" + one.id()});
}

}  // namespace lienthong::journal
