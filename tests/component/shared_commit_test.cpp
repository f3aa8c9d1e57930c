// Promises of calls that share a transaction, on a real PostgreSQL.
#include <catch2/catch.hpp>

#include <atomic>
#include <memory>

#include "support/commit_stage.hpp"

namespace lienthong::journal {

TEST_CASE("calls that wait at the same moment share one commit, each with its own answer") {
  CommitStage stage;
  stage.HoldUp();
  std::vector<CommitStage::Outcome> calls;
  for (int i = 0; i < 20; ++i) calls.push_back(stage.Register("shop " + std::to_string(i)));
  stage.Release(20);
  for (auto& call : calls) CHECK(call.get() == "");
  CHECK(stage.owner.Count("SELECT count(*) FROM shop") == 21);
  CHECK(stage.owner.Count("SELECT count(*) FROM request") == 21);
  CHECK(stage.owner.Count(kTransactions) == 2);
}

TEST_CASE("a call that fails after it has written is undone alone") {
  CommitStage stage;
  stage.HoldUp();
  std::vector<CommitStage::Outcome> good;
  for (int i = 0; i < 5; ++i) good.push_back(stage.Register("before " + std::to_string(i)));
  auto denied = stage.Change([&](pg::Tx& tx, const Heads&) -> Journal::Changes {
    stage.Made(tx, "denied");
    throw base::Denied("NO", "no");
  });
  auto taken = stage.Change([&](pg::Tx& tx, const Heads&) -> Journal::Changes {
    try {
      return stage.Made(tx, "held up");  // its name is unique
    } catch (const pqxx::unique_violation&) {
      throw base::Conflict("NAME_TAKEN", "taken");
    }
  });
  auto broken = stage.Change([&](pg::Tx& tx, const Heads&) -> Journal::Changes {
    stage.Made(tx, "broken");
    throw std::logic_error("a mistake");
  });
  for (int i = 0; i < 5; ++i) good.push_back(stage.Register("after " + std::to_string(i)));
  stage.Release(13);
  for (auto& call : good) CHECK(call.get() == "");
  CHECK(denied.get() == "NO");
  CHECK(taken.get() == "NAME_TAKEN");
  CHECK(broken.get() == "not an Error");
  CHECK(stage.owner.Count("SELECT count(*) FROM shop") == 11);
  CHECK(stage.owner.Count("SELECT count(*) FROM journal") == 11);
  CHECK(stage.owner.Count("SELECT count(*) FROM request") == 11);
  CHECK(stage.owner.Count(kTransactions) == 2);
}

TEST_CASE("a call whose last write fails unseen is undone with its rows in the journal") {
  CommitStage stage;
  stage.HoldUp();
  auto before = stage.Register("before");
  auto failing = stage.Change([&](pg::Tx& tx, const Heads&) {
    tx.Queue(kInsert, stage.owner.ids_.New(), "held up", kUnit);  // its name is unique
    Journal::Changes changes;
    changes.push_back({"EnterpriseRegistered", ToRecord(stage.owner.ids_.New(), "x", kTwoUnits)});
    return changes;
  });
  auto after = stage.Register("after");
  stage.Release(3);
  CHECK(before.get() == "");
  CHECK(failing.get() == "not an Error");
  CHECK(after.get() == "");
  CHECK(stage.owner.Count("SELECT count(*) FROM shop") == 3);
  CHECK(stage.owner.Count("SELECT count(*) FROM journal") == 3);
  CHECK(stage.owner.Count("SELECT count(*) FROM request") == 3);
}

TEST_CASE("the unseen failure of one call is not told to the next one that reads") {
  CommitStage stage;
  stage.HoldUp();
  auto failing = stage.Change([&](pg::Tx& tx, const Heads&) -> Journal::Changes {
    try {
      return stage.Made(tx, "held up");  // its name is unique
    } catch (const pqxx::unique_violation&) {
      throw base::Conflict("NAME_TAKEN", "taken");
    }
  });
  REQUIRE(support::Eventually(10s, [&] { return stage.owner.journal_.Waiting() == 1; }));
  auto reading = stage.Change([&](pg::Tx& tx, const Heads&) -> Journal::Changes {
    try {
      tx.ExecText("SELECT 1");
    } catch (const pqxx::unique_violation&) {
      throw base::Conflict("MINE", "not this one's");
    }
    return stage.Made(tx, "reading");
  });
  stage.Release(2);
  CHECK(failing.get() == "NAME_TAKEN");
  CHECK(reading.get() == "");
  CHECK(stage.owner.Count("SELECT count(*) FROM shop") == 2);
  CHECK(stage.owner.Count("SELECT count(*) FROM journal") == 2);
}

TEST_CASE("a call that goes on after a failed read takes nothing of its neighbours with it") {
  CommitStage stage;
  stage.HoldUp();
  auto before = stage.Register("before");
  auto failing = stage.Change([&](pg::Tx& tx, const Heads&) -> Journal::Changes {
    try {
      tx.ExecText("SELECT 1 / 0");
    } catch (const pqxx::sql_error&) {
      return stage.Made(tx, "overlooked");
    }
    return {};
  });
  auto after = stage.Register("after");
  stage.Release(3);
  CHECK(before.get() == "");
  CHECK(failing.get() == "not an Error");
  CHECK(after.get() == "");
  CHECK(stage.owner.Count("SELECT count(*) FROM shop") == 3);
  CHECK(stage.owner.Count("SELECT count(*) FROM journal j JOIN shop s ON s.id = j.record_id") == 3);
}

TEST_CASE("a refused call leaves no head of the record that it would have made") {
  CommitStage stage;
  stage.HoldUp();
  auto good = stage.Change([&](pg::Tx& tx, const Heads&) { return stage.Made(tx, "A", "a"); },
                           {{"enterprise", "a", true}});
  auto bad = stage.Change(
      [](pg::Tx&, const Heads&) -> Journal::Changes { throw base::Denied("NO", "no"); },
      {{"enterprise", "b", true}});
  stage.Release(2);
  CHECK(good.get() == "");
  CHECK(bad.get() == "NO");
  CHECK(stage.owner.Count("SELECT count(*) FROM head WHERE version = 0") == 0);
  CHECK(stage.owner.Count("SELECT count(*) FROM head WHERE record_id = 'a'") == 1);
  CHECK(stage.owner.Count(kTransactions) == 2);
}

TEST_CASE("calls on one record never share a commit and keep their order") {
  CommitStage stage;
  const std::string id = stage.owner.Register(kUnit, stage.owner.ids_.New(), "0", kTwoUnits).id();
  stage.HoldUp();
  std::vector<CommitStage::Outcome> calls;
  for (int i = 1; i <= 6; ++i) {
    calls.push_back(stage.Start([&stage, id, i] {
      stage.owner.Rename(kUnit, stage.owner.ids_.New(), id, std::to_string(i), i);
    }));
    REQUIRE(
        support::Eventually(10s, [&] { return stage.owner.journal_.Waiting() == calls.size(); }));
  }
  stage.Release(6);
  for (auto& call : calls) CHECK(call.get() == "");  // each expects the version before its own
  CHECK(stage.owner.Count("SELECT version FROM head WHERE record_id = '" + id + "'") == 7);
  CHECK(stage.owner.Count("SELECT count(*) FROM shop WHERE name = '6'") == 1);
}

TEST_CASE(
    "a call whose deadline passes in the queue, or that is cancelled there, changes nothing") {
  CommitStage stage;
  stage.HoldUp();
  auto late =
      stage.Change([&](pg::Tx& tx, const Heads&) { return stage.Made(tx, "late"); }, {}, 200ms);
  auto good = stage.Register("good");
  const auto cancelled = std::make_shared<std::atomic<bool>>(false);
  auto gone = stage.Start([&] {
    RegisterEnterpriseRequest request;
    request.set_request_id(stage.owner.ids_.New());
    rpc::Call call = stage.owner.CallFrom(kUnit);
    call.cancelled = cancelled;
    stage.owner.journal_.Change<Enterprise>(
        call, request, {}, [&](pg::Tx& tx, const Heads&) { return stage.Made(tx, "gone"); });
  });
  CHECK(late.get() == "DEADLINE_EXCEEDED");  // while the first call is still held up
  *cancelled = true;
  stage.Release(2);
  CHECK(good.get() == "");
  CHECK(gone.get() == "CANCELLED");
  CHECK(stage.owner.Count("SELECT count(*) FROM shop WHERE name IN ('late', 'gone')") == 0);
}

TEST_CASE("a repeat within a batch gets the first answer; other content is refused") {
  CommitStage stage;
  const std::string request_id = stage.owner.ids_.New();
  const Enterprise first = stage.owner.Register(kUnit, request_id, "first", kTwoUnits);
  stage.HoldUp();
  std::string again;
  auto repeat = stage.Start([&] {
    again = stage.owner.Register(kUnit, request_id, "first", kTwoUnits).SerializeAsString();
  });
  auto good = stage.Register("good");
  REQUIRE(support::Eventually(10s, [&] { return stage.owner.journal_.Waiting() == 2; }));
  auto other = stage.Start([&] { stage.owner.Register(kUnit, request_id, "other", kTwoUnits); });
  stage.Release(3);
  CHECK(repeat.get() == "");
  CHECK(good.get() == "");
  CHECK(other.get() == "REQUEST_ID_REUSED");
  CHECK(again == first.SerializeAsString());
  CHECK(stage.owner.Count("SELECT count(*) FROM journal") == 3);
}

TEST_CASE("two batches that wait for each other are split, and every call gets its answer") {
  // As of two copies of a service: each has its own queue, both the same database.
  CommitStage one;
  Journal other(one.owner.pool_, one.owner.clock_, one.owner.ids_, {"other", 500, kOneBatch});
  one.HoldUp();
  support::Barrier held;
  const auto change_at_other = [&](const Journal::Closure& closure) {
    return one.Start([&, closure] {
      RegisterEnterpriseRequest request;
      request.set_request_id(one.owner.ids_.New());
      other.Change<Enterprise>(one.owner.CallFrom(kUnit), request, {}, closure);
    });
  };
  auto first = change_at_other([&](pg::Tx& tx, const Heads&) {
    held.Pass();
    return one.Made(tx, "held up too");
  });
  REQUIRE(held.Arrived(1));
  // Names are unique: each batch makes one and then wants that of the other.
  support::Barrier crossed;
  const auto crosswise = [&](const std::string& mine, const std::string& theirs) {
    const auto attempts = std::make_shared<std::atomic<int>>(0);
    return [&, mine, theirs, attempts](pg::Tx& tx, const Heads&) -> Journal::Changes {
      try {
        Journal::Changes changes = one.Made(tx, mine);
        tx.Flush();  // written: the other one cannot
        if ((*attempts)++ == 0) crossed.Pass();
        changes.push_back(std::move(one.Made(tx, theirs).front()));
        return changes;
      } catch (const pqxx::unique_violation&) {
        throw base::Conflict("NAME_TAKEN", "taken");
      }
    };
  };
  auto neighbour = one.Register("neighbour");
  auto here = one.Change(crosswise("x", "y"));
  auto there_neighbour =
      change_at_other([&](pg::Tx& tx, const Heads&) { return one.Made(tx, "n"); });
  auto there = change_at_other(crosswise("y", "x"));
  REQUIRE(support::Eventually(10s, [&] { return other.Waiting() == 2; }));
  one.Release(2);
  held.Open();
  const bool both = crossed.Arrived(2);
  crossed.Open();
  CHECK(both);
  CHECK(first.get() == "");
  CHECK(neighbour.get() == "");
  CHECK(there_neighbour.get() == "");
  const std::multiset<std::string> outcomes{here.get(), there.get()};
  CHECK(outcomes == std::multiset<std::string>{"", "NAME_TAKEN"});
  CHECK(support::Eventually(10s, [&] {
    return one.owner.Count(
               "SELECT deadlocks FROM pg_stat_database"
               " WHERE datname = current_database()") > 0;
  }));
  CHECK(one.owner.Count("SELECT count(*) FROM shop") == 6);
  CHECK(one.owner.Count("SELECT count(*) FROM journal") == 6);
}

TEST_CASE("a connection lost in the middle of a batch loses no call and doubles none") {
  CommitStage stage;
  stage.HoldUp();
  std::vector<CommitStage::Outcome> calls;
  for (int i = 0; i < 8; ++i) calls.push_back(stage.Register("shop " + std::to_string(i)));
  const auto is_first = std::make_shared<std::atomic<bool>>(true);
  calls.push_back(stage.Change([&, is_first](pg::Tx& tx, const Heads&) {
    if (is_first->exchange(false)) {
      tx.ExecText("SELECT pg_terminate_backend(pg_backend_pid())");
    }
    return stage.Made(tx, "the one that met it");
  }));
  stage.Release(9);
  for (auto& call : calls) CHECK(call.get() == "");
  CHECK(stage.owner.Count("SELECT count(*) FROM shop") == 10);
  CHECK(stage.owner.Count("SELECT count(*) FROM journal") == 10);
}

}  // namespace lienthong::journal
