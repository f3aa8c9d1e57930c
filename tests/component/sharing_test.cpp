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

struct Stage {
  /// Empty `value` = deleted.
  void Set(const std::string& type, const std::string& id, std::int64_t sequence,
           const std::string& value, int epoch = 1,
           const std::string& topic = "lienthong.feed.all") {
    pool.Transact([&](pg::Tx& tx) { tx.Exec(kSet, topic, type, id, epoch, sequence, value); });
  }
  std::shared_ptr<const Sharing> Read() {
    return pool.Transact([&](pg::Tx& tx) { return reader.Read(tx); });
  }

  support::TestDatabase database{pg::MigrationsOf_feed()};
  pg::Pool pool{{database.Conninfo()}};
  SharingReader reader;
};

std::string AgreementJson(const std::string& state) {
  return R"({"id":"a","consumerUnitId":"H09.02","recordType":"citizen","view":"limited",)"
         R"("state":")" +
         state + "\"}";
}

TEST_CASE("sharing rules follow the feed, and are parsed only when they changed") {
  Stage stage;
  CHECK(stage.Read()->Sequence("citizen") == 0);
  stage.Set("unit", "H09.02", 5, R"({"id":"H09.02","gsoCode":"25747"})");
  stage.Set("citizen", "c", 99, "{}");  // of no concern
  stage.Set("unit", "H09.03", 77, R"({"id":"H09.03"})", 1, "lienthong.feed.service-registry");
  const auto first = stage.Read();
  CHECK(first->FindByGsoCode("25747")->id() == "H09.02");
  CHECK(first->Find("H09.03") == nullptr);
  CHECK(first->Sequence("citizen") == 5);
  CHECK(stage.Read() == first);

  stage.Set("agreement", "a", 7, AgreementJson("AGREEMENT_STATE_ACTIVE"));
  const auto second = stage.Read();
  CHECK(second != first);
  CHECK(second->Sequence("citizen") == 7);
  CHECK(second->Sequence("enterprise") == 5);
  CHECK(second->AgreementView("citizen", "H09.02", {"full", "limited"}) == "limited");
  CHECK_FALSE(first->AgreementView("citizen", "H09.02", {"full", "limited"}));

  stage.Set("agreement", "a", 9, AgreementJson("AGREEMENT_STATE_ENDED"));
  CHECK(stage.Read()->Sequence("citizen") == 9);
  CHECK_FALSE(stage.Read()->AgreementView("citizen", "H09.02", {"full", "limited"}));
}

TEST_CASE("a record that is gone keeps its sequence") {
  Stage stage;
  stage.Set("unit", "H09.02", 5, R"({"id":"H09.02"})");
  stage.Set("unit", "H09.02", 8, "");
  CHECK(stage.Read()->Find("H09.02") == nullptr);
  CHECK(stage.Read()->Sequence("citizen") == 8);
  stage.Set("agreement", "a", 11, "");  // on what it was is not known any more
  CHECK(stage.Read()->Sequence("citizen") == 11);
}

TEST_CASE("a restored directory that uses a sequence again is read anew") {
  Stage stage;
  stage.Set("unit", "H09.02", 5, R"({"id":"H09.02","name":"before"})");
  CHECK(stage.Read()->Find("H09.02")->name() == "before");
  stage.Set("unit", "H09.02", 5, R"({"id":"H09.02","name":"after"})", 2);
  CHECK(stage.Read()->Find("H09.02")->name() == "after");
}

TEST_CASE("a broken value is refused, not passed over") {
  Stage stage;
  stage.Set("unit", "H09.02", 5, "{");
  CHECK_THROWS_AS(stage.Read(), std::invalid_argument);
}

}  // namespace
}  // namespace lienthong::access
