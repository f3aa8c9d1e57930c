// A copy is emptied and read anew as operators ask for it, whatever is killed on the way.
#include <catch2/catch.hpp>

#include "support/feed_copy.hpp"
#include "support/reason.hpp"

namespace lienthong::feed {
namespace {

using support::ReasonOf;
using namespace std::chrono_literals;

constexpr const char* kFirst = "01a20f1a-7f0d-78b5-8bb6-000000000001";
constexpr const char* kSecond = "01a20f1a-7f0d-78b5-8bb6-000000000002";
constexpr int kCitizens = 40;

/// A copy that equals its owner, and the logs that it was read from.
struct WorkStage {
  WorkStage() {
    std::map<std::string, std::pair<std::int64_t, std::string>> records;
    for (int i = 0; i < kCitizens; ++i) {
      const std::string key = "citizen/" + std::to_string(i);
      records[key] = {1, "{}"};
      own.push_back(RecordMessageOf("registry", key, {1, i + 1}, 1, "{}"));
    }
    const Position end{1, kCitizens};
    own.push_back(BarrierMessageOf("registry", end, 1, stage.clock.MachineNow(), records));
    all.push_back(BarrierMessageOf("registry", end, 1, stage.clock.MachineNow(), {}));
    ReadAll();
  }

  void ReadAll() {
    stage.Apply(kOwnTopic, own);
    stage.Apply(kAllTopic, all);
  }
  /// What a reader does that was sent back to the beginning.
  void ReadFromTheBeginning() {
    REQUIRE(stage.keeper->Next() ==
            std::map<std::string, std::int64_t>{{kOwnTopic, 0}, {kAllTopic, 0}});
    stage.ends.clear();
    ReadAll();
    stage.keeper->Tick();
  }
  Work Bootstrap(const std::string& request_id, const std::string& operation_id = "") {
    return stage.keeper->Ask(WorkKind::kBootstrap, request_id, operation_id,
                             std::chrono::steady_clock::now() + 20s);
  }
  /// As after a kill: nothing but the database is left.
  void Restart() {
    stage.keeper.emplace(stage.options, stage.pool, stage.clock, Reader::OnApplied(),
                         Reader::OnVerified());
    stage.keeper->Load();
  }
  std::string Rows() {
    return stage.Value("SELECT count(*) FROM feed_record WHERE value IS NOT NULL");
  }
  void CheckWhole() {
    CHECK(Rows() == std::to_string(kCitizens));
    CHECK(stage.keeper->State().equal);
    CHECK(stage.keeper->State().bootstrap->completed_at);
  }

  CopyStage stage;
  std::vector<kafka::Message> own, all;
};

}  // namespace

TEST_CASE("a bootstrap empties the copy, and ends when every owner's barrier matched again") {
  WorkStage work;
  REQUIRE(work.stage.keeper->State().equal);
  work.stage.Execute(
      "INSERT INTO feed_record SELECT topic, record_type, 'stranger', owner, epoch,"
      " sequence, version, view, value, hash FROM feed_record LIMIT 1");
  CHECK_FALSE(work.Bootstrap(kFirst, "operation").begun_at);
  CHECK(work.stage.keeper->WantsBootstrap());
  CHECK(work.Rows() == std::to_string(kCitizens + 1));  // the call itself empties nothing
  REQUIRE(work.stage.keeper->Bootstrap());
  CHECK(work.Rows() == "0");
  CHECK(work.stage.Value("SELECT count(*) FROM feed_digest") == "0");
  CHECK_FALSE(work.stage.keeper->State().equal);
  CHECK_FALSE(work.stage.keeper->State().verified_at);
  work.stage.keeper->Tick();
  CHECK_FALSE(work.stage.keeper->State().bootstrap->completed_at);
  CHECK_FALSE(work.stage.keeper->Bootstrap());  // once
  work.ReadFromTheBeginning();
  work.CheckWhole();
  CHECK(work.stage.keeper->State().bootstrap->operation_id == "operation");
}

TEST_CASE("a bootstrap goes on after a kill before, in and behind the emptying, and ends equal") {
  WorkStage work;
  work.Bootstrap(kFirst);
  work.Restart();
  CHECK(work.stage.keeper->WantsBootstrap());

  // Killed in the emptying: nothing of it holds.
  work.stage.Execute("ALTER TABLE feed_work ADD CONSTRAINT test CHECK (begun_at IS NULL)");
  CHECK_THROWS(work.stage.keeper->Bootstrap());
  work.Restart();
  CHECK(work.Rows() == std::to_string(kCitizens));
  CHECK(work.stage.keeper->State().equal);
  work.stage.Execute("ALTER TABLE feed_work DROP CONSTRAINT test");

  REQUIRE(work.stage.keeper->Bootstrap());
  work.Restart();
  CHECK_FALSE(work.stage.keeper->Bootstrap());

  // Killed while it fills.
  work.stage.ends.clear();
  work.stage.Apply(kOwnTopic, {work.own.begin(), work.own.begin() + 10});
  work.Restart();
  CHECK_FALSE(work.stage.keeper->WantsBootstrap());
  CHECK(work.Rows() == "10");
  CHECK_FALSE(work.stage.keeper->State().equal);
  work.stage.Apply(kOwnTopic, {work.own.begin() + 10, work.own.end()});
  work.stage.Apply(kAllTopic, work.all);
  work.stage.keeper->Tick();
  work.CheckWhole();
  work.Restart();
  work.CheckWhole();
}

TEST_CASE("a repeated bootstrap empties nothing again, another one does") {
  WorkStage work;
  const Work first = work.Bootstrap(kFirst);
  REQUIRE(work.stage.keeper->Bootstrap());
  work.ReadFromTheBeginning();
  const Work again = work.Bootstrap(kFirst);
  CHECK(again.asked_at == first.asked_at);
  CHECK(again.completed_at);
  CHECK_FALSE(work.stage.keeper->WantsBootstrap());
  CHECK(ReasonOf([&] { work.Bootstrap(kFirst, "another operation"); }) == "REQUEST_ID_REUSED");
  CHECK_FALSE(work.stage.keeper->WantsBootstrap());

  work.Bootstrap(kSecond);
  REQUIRE(work.stage.keeper->Bootstrap());
  CHECK(work.Rows() == "0");
  // One that is older than the newest is known still.
  work.Bootstrap(kFirst);
  CHECK_FALSE(work.stage.keeper->WantsBootstrap());
  work.ReadFromTheBeginning();
  work.CheckWhole();
}

TEST_CASE("of works that operators asked for the newest 1000 of a kind are kept") {
  WorkStage work;
  work.stage.Execute(
      "INSERT INTO feed_work (kind, request_id, operation_id, asked_at)"
      " SELECT 'bootstrap', i::text, '', now() FROM generate_series(1, 1100) i");
  work.Bootstrap(kFirst);
  CHECK(work.stage.Value("SELECT count(*) FROM feed_work") == "1000");
  CHECK(work.stage.keeper->State().bootstrap->request_id == kFirst);
}

}  // namespace lienthong::feed
