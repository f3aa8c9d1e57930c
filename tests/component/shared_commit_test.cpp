// Promises of calls that share a transaction, on a real PostgreSQL.
#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/journal/journal.hpp"
#include "support/server.hpp"
#include "support/shop_owner.hpp"

namespace lienthong::journal {
namespace {

using namespace std::chrono_literals;

constexpr const char* kUnit = "H09.718";
/// Rows of one transaction have one xmin.
constexpr const char* kTransactions = "SELECT count(DISTINCT xmin::text) FROM journal";

/// One batch at a time, however slow the machine is: a call that is held up gathers all others
/// behind it, and they make one batch.
constexpr SharedCommit::Options kOneBatch{.batches_max = 1, .batch_time_max = 20s};

struct Stage {
  Stage() : owner("registry", kOneBatch) {}

  /// What became of a call: "" or the reason of its refusal.
  using Outcome = std::future<std::string>;

  static std::string ReasonOf(const std::function<void()>& call) {
    try {
      call();
    } catch (const base::Error& error) {
      return error.reason;
    } catch (const std::exception& error) {
      return "not an Error";
    }
    return "";
  }

  template <class Call>
  Outcome Start(Call call) {
    return std::async(std::launch::async, [call] { return ReasonOf(call); });
  }

  /// Runs `closure` as a change of its own.
  Outcome Change(const Journal::Closure& closure, std::vector<Key> keys = {},
                 std::chrono::milliseconds time = 20s) {
    return Start([this, closure, keys, time] {
      RegisterEnterpriseRequest request;
      request.set_request_id(owner.ids_.New());
      rpc::Call call = owner.CallFrom(kUnit);
      call.deadline = std::chrono::steady_clock::now() + time;
      owner.journal_.Change<Enterprise>(call, request, keys, closure);
    });
  }

  Outcome Register(const std::string& name) {
    return Start([this, name] { owner.Register(kUnit, owner.ids_.New(), name, kTwoUnits); });
  }

  /// Until Release, later calls wait in the queue, and make one batch then.
  void HoldUp() {
    held_ = Change([this](pg::Tx& tx, const Heads&) {
      barrier.Pass();
      return Made(tx, "held up");
    });
    REQUIRE(barrier.Arrived(1));
  }
  void Release(std::size_t waiting) {
    REQUIRE(support::Eventually(10s, [&] { return owner.journal_.Waiting() == waiting; }));
    barrier.Open();
    CHECK(held_.get() == "");
  }

  Journal::Changes Made(pg::Tx& tx, const std::string& name, const std::string& id = "") {
    const std::string record = id.empty() ? owner.ids_.New() : id;
    tx.Exec(kInsert, record, name, kUnit);
    Journal::Changes changes;
    changes.push_back({"EnterpriseRegistered", ToRecord(record, name, kTwoUnits)});
    return changes;
  }

  ShopOwner owner;
  support::Barrier barrier;
  Outcome held_;
};

}  // namespace

TEST_CASE("calls that wait at the same moment share one commit, each with its own answer") {
  Stage stage;
  stage.HoldUp();
  std::vector<Stage::Outcome> calls;
  for (int i = 0; i < 20; ++i) calls.push_back(stage.Register("shop " + std::to_string(i)));
  stage.Release(20);
  for (auto& call : calls) CHECK(call.get() == "");
  CHECK(stage.owner.Count("SELECT count(*) FROM shop") == 21);
  CHECK(stage.owner.Count("SELECT count(*) FROM request") == 21);
  CHECK(stage.owner.Count(kTransactions) == 2);
}

TEST_CASE("a call that fails after it has written is undone alone") {
  Stage stage;
  stage.HoldUp();
  std::vector<Stage::Outcome> good;
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
  Stage stage;
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

TEST_CASE("a call that goes on after a failed read takes nothing of its neighbours with it") {
  Stage stage;
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
  Stage stage;
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
  Stage stage;
  const std::string id = stage.owner.Register(kUnit, stage.owner.ids_.New(), "0", kTwoUnits).id();
  stage.HoldUp();
  std::vector<Stage::Outcome> calls;
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
  Stage stage;
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
  Stage stage;
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
  Stage one;
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
  CHECK(one.owner.Count("SELECT count(*) FROM shop") == 6);
  CHECK(one.owner.Count("SELECT count(*) FROM journal") == 6);
}

TEST_CASE("a connection lost in the middle of a batch loses no call and doubles none") {
  Stage stage;
  stage.HoldUp();
  std::vector<Stage::Outcome> calls;
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

TEST_CASE("random calls at once, a tenth of them refused, do what a model says") {
  ShopOwner owner;
  constexpr int kRecords = 12, kThreads = 24, kCalls = 100;
  std::vector<std::string> records;
  for (int i = 0; i < kRecords; ++i) {
    records.push_back(
        owner.Register(kUnit, owner.ids_.New(), "record " + std::to_string(i), kTwoUnits).id());
  }
  struct Done {
    std::int64_t renames = 0, registrations = 0, refusals = 0, others = 0;
  };
  const auto work = [&](unsigned seed) {
    std::mt19937 random(seed);
    Done done;
    for (int i = 0; i < kCalls; ++i) {
      const std::string name = std::to_string(seed) + "/" + std::to_string(i);
      const std::string request_id = owner.ids_.New();
      const auto kind = random() % 10;
      const std::string& record = records[random() % records.size()];
      const std::string reason = Stage::ReasonOf([&] {
        if (kind == 0) owner.Register(kUnit, request_id, "record 0 again " + record, {});
        if (kind == 1) owner.Rename("H09.99", request_id, record, name);
        if (kind == 2) owner.Rename(kUnit, request_id, record, name, 1'000'000);
        if (kind >= 3 && kind < 6) owner.Register(kUnit, request_id, name, kTwoUnits);
        if (kind >= 6) owner.Rename(kUnit, request_id, record, name);
        if (kind == 9) owner.Rename(kUnit, request_id, record, name);  // a repeat
      });
      if (reason == "RECORD_NOT_FOUND" || reason == "VERSION_STALE") {
        ++done.refusals;
      } else if (!reason.empty()) {
        ++done.others;
      } else if (kind >= 6) {
        ++done.renames;
      } else if (kind >= 3) {
        ++done.registrations;
      }
    }
    return done;
  };
  std::vector<std::future<Done>> threads;
  for (unsigned i = 1; i <= kThreads; ++i)
    threads.push_back(std::async(std::launch::async, work, i));
  Done all;
  for (auto& thread : threads) {
    const Done done = thread.get();
    all.renames += done.renames;
    all.registrations += done.registrations;
    all.refusals += done.refusals;
    all.others += done.others;
  }
  CHECK(all.refusals > kThreads * kCalls / 10);
  CHECK(owner.Count("SELECT count(*) FROM journal WHERE event = 'EnterpriseRenamed'") ==
        all.renames);
  CHECK(owner.Count("SELECT sum(version - 1) FROM head") == all.renames);
  // Versions of a record have no gaps and stand in the order of the journal.
  CHECK(owner.Count("SELECT count(*) FROM (SELECT version, row_number() OVER"
                    " (PARTITION BY record_type, record_id ORDER BY id) AS place FROM journal) AS v"
                    " WHERE version <> place") == 0);
  // Head, newest journal row and business row agree.
  CHECK(owner.Count("SELECT count(*) FROM head h JOIN journal j ON j.id = h.journal_id"
                    " JOIN shop s ON s.id = h.record_id"
                    " WHERE j.version <> h.version OR j.hashes <> h.hashes"
                    " OR (j.states[1]::json->>'name') <> s.name") == 0);
  CHECK(owner.Count(kTransactions) < owner.Count("SELECT count(*) FROM journal"));
}

}  // namespace lienthong::journal
