// Many calls at once that share commits, good and bad, on the real PostgreSQL.
#include <catch2/catch.hpp>

#include <atomic>
#include <random>
#include <thread>

#include "support/commit_stage.hpp"

namespace lienthong::journal {

TEST_CASE("bad calls in every batch take nothing from the good ones") {
  constexpr int kThreads = 8, kCalls = 40;
  CommitStage stage;
  CHECK(stage.Register("taken").get() == "");
  std::atomic<bool> enough = false;
  std::atomic<int> refused = 0, failed = 0;
  {
    std::vector<std::jthread> bad;
    for (int i = 0; i < 2; ++i) {
      bad.emplace_back([&] {
        while (!enough) {
          auto call = stage.Change([&](pg::Tx& tx, const Heads&) -> Journal::Changes {
            try {
              return stage.Made(tx, "taken");
            } catch (const pqxx::unique_violation&) {
              throw base::Conflict("NAME_TAKEN", "taken");
            }
          });
          ++(call.get() == "NAME_TAKEN" ? refused : failed);
        }
      });
    }
    std::vector<std::jthread> good;
    for (int i = 0; i < kThreads; ++i) {
      good.emplace_back([&, i] {
        for (int n = 0; n < kCalls; ++n) {
          const std::string name = std::to_string(i) + "/" + std::to_string(n);
          if (stage.Register(name).get() != "") ++failed;
        }
      });
    }
    good.clear();
    enough = true;
  }
  CHECK(failed == 0);
  CHECK(refused >= kCalls);
  CHECK(stage.owner.Count("SELECT count(*) FROM journal") == 1 + kThreads * kCalls);
  CHECK(stage.owner.Count("SELECT count(*) FROM shop") == 1 + kThreads * kCalls);
  CHECK(stage.owner.Count(kTransactions) < kThreads * kCalls / 2);
}

TEST_CASE("random calls at once, a tenth of them refused, do what a model says") {
  // Seldom refused by the database, nearly all transactions trust their calls; often, none does.
  const unsigned calls_to_a_taken_name = GENERATE(10u, 500u);
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
      const auto kind = random() % calls_to_a_taken_name == 0 ? 0 : 1 + random() % 9;
      const std::string& record = records[random() % records.size()];
      const std::string reason = CommitStage::ReasonOf([&] {
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
