// The sharing rules as a service reads them from its own feed tables.
#include <catch2/catch.hpp>

#include "platform/access/sharing.hpp"
#include "support/database.hpp"

namespace lienthong::access {
namespace {

constexpr pg::Statement kSet = {
    "test_sharing_set",
    "INSERT INTO feed_record (topic, record_type, record_id, owner, epoch, sequence, version, view,"
    " value) VALUES ($1, $2, $3, 'directory', $4, $5, 1, 'full', nullif($6, ''))"
    " ON CONFLICT (topic, record_type, record_id) DO UPDATE"
    " SET epoch = excluded.epoch, sequence = excluded.sequence, value = excluded.value"};

constexpr pg::Statement kVerified = {"test_sharing_verified",
                                     "INSERT INTO feed_owner VALUES ('lienthong.feed.all', "
                                     "'directory', 1, 1, 1, 1, 1, now(), true)"};

struct Stage {
  Stage() {
    pool.Transact([&](pg::Tx& tx) { tx.Exec(kVerified); });
  }
  /// Empty `value` = deleted.
  void Set(const std::string& type, const std::string& id, std::int64_t sequence,
           const std::string& value, int epoch = 1,
           const std::string& topic = "lienthong.feed.all") {
    pool.Transact([&](pg::Tx& tx) { tx.Exec(kSet, topic, type, id, epoch, sequence, value); });
  }
  void Run(const std::string& sql) {
    pool.Transact([&](pg::Tx& tx) { tx.ExecText(sql); });
  }
  std::shared_ptr<const Sharing> Read() {
    return pool.Transact([&](pg::Tx& tx) { return reader.Read(tx); });
  }

  support::TestDatabase database{pg::Joined({pg::MigrationsOf_feed(), pg::MigrationsOf_access()})};
  pg::Pool pool{{database.Conninfo()}};
  SharingReader reader;
};

std::string AgreementJson(const std::string& id, const std::string& state) {
  return R"({"id":")" + id +
         R"(","consumerUnitId":"H09.02","recordType":"citizen","view":"limited","state":")" +
         state + "\"}";
}

TEST_CASE("sharing rules follow the feed, and are parsed only when they changed") {
  Stage stage;
  const std::int64_t nothing = stage.Read()->Mark("citizen");
  stage.Set("unit", "H09.02", 5, R"({"id":"H09.02","gsoCode":"25747"})");
  stage.Set("citizen", "c", 99, "{}");  // of no concern
  stage.Set("unit", "H09.03", 77, R"({"id":"H09.03"})", 1, "lienthong.feed.service-registry");
  const auto first = stage.Read();
  CHECK(first->FindByGsoCode("25747")->id() == "H09.02");
  CHECK(first->Find("H09.03") == nullptr);
  CHECK(first->Mark("citizen") != nothing);
  stage.Set("citizen", "c", 100, "{}");
  stage.Set("unit", "H09.02", 6, R"({"id":"H09.02","gsoCode":"25747"})");  // sent again
  CHECK(stage.Read() == first);

  stage.Set("agreement", "a", 7, AgreementJson("a", "AGREEMENT_STATE_ACTIVE"));
  const auto second = stage.Read();
  CHECK(second != first);
  CHECK(second->Mark("citizen") != first->Mark("citizen"));
  CHECK(second->Mark("enterprise") == first->Mark("enterprise"));
  CHECK(second->AgreementView("citizen", "H09.02", {"full", "limited"}) == "limited");
  CHECK_FALSE(first->AgreementView("citizen", "H09.02", {"full", "limited"}));

  stage.Set("agreement", "a", 9, AgreementJson("a", "AGREEMENT_STATE_ENDED"));
  CHECK_FALSE(stage.Read()->AgreementView("citizen", "H09.02", {"full", "limited"}));
  CHECK(stage.Read()->Mark("citizen") == first->Mark("citizen"));
}

TEST_CASE("a rule that arrives late, behind newer ones, counts at once") {
  Stage stage;
  stage.Set("unit", "H09.02", 5, R"({"id":"H09.02"})");
  stage.Set("agreement", "b", 40, AgreementJson("b", "AGREEMENT_STATE_ENDED"));
  const auto before = stage.Read();
  // It was parked, and is replayed now.
  stage.Set("agreement", "a", 12, AgreementJson("a", "AGREEMENT_STATE_ACTIVE"));
  CHECK(stage.Read()->AgreementView("citizen", "H09.02", {"full", "limited"}) == "limited");
  CHECK(stage.Read()->Mark("citizen") != before->Mark("citizen"));
}

TEST_CASE("a rule that is gone is known no more") {
  Stage stage;
  stage.Set("unit", "H09.02", 5, R"({"id":"H09.02"})");
  stage.Set("agreement", "a", 6, AgreementJson("a", "AGREEMENT_STATE_ACTIVE"));
  const auto whole = stage.Read();
  stage.Set("agreement", "a", 8, "");
  CHECK_FALSE(stage.Read()->AgreementView("citizen", "H09.02", {"full", "limited"}));
  CHECK(stage.Read()->Mark("citizen") != whole->Mark("citizen"));
  stage.Run("DELETE FROM feed_record WHERE record_type = 'unit'");  // the set starts over
  CHECK(stage.Read()->Find("H09.02") == nullptr);
}

TEST_CASE("a restored directory that uses a sequence again is read anew") {
  Stage stage;
  stage.Set("unit", "H09.02", 5, R"({"id":"H09.02","name":"before"})");
  CHECK(stage.Read()->Find("H09.02")->name() == "before");
  stage.Set("unit", "H09.02", 5, R"({"id":"H09.02","name":"after"})", 2);
  CHECK(stage.Read()->Find("H09.02")->name() == "after");
}

TEST_CASE("a part of the rules is no ground for an audience") {
  Stage stage;
  stage.Set("unit", "H09.02", 5, R"({"id":"H09.02"})");
  stage.Run("UPDATE feed_owner SET matched_time = NULL");
  const auto is_stale = [](const base::Error& error) {
    return error.kind == base::ErrorKind::kUnavailable && error.reason == "DIRECTORY_STALE";
  };
  CHECK_THROWS_MATCHES(stage.Read(), base::Error, Catch::Predicate<base::Error>(is_stale));
  stage.Run("DELETE FROM feed_owner");  // nothing was ever received
  CHECK_THROWS_MATCHES(stage.Read(), base::Error, Catch::Predicate<base::Error>(is_stale));
}

TEST_CASE("a broken value is refused, not passed over") {
  Stage stage;
  stage.Set("unit", "H09.02", 5, "{");
  CHECK_THROWS_AS(stage.Read(), std::invalid_argument);
}

}  // namespace
}  // namespace lienthong::access
