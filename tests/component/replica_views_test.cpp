// What a unit's own systems see in its database: views, functions for persons, rights.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <future>

#include "replica/migrate.hpp"
#include "replica/sql_views.hpp"
#include "support/clock.hpp"
#include "support/database.hpp"

namespace lienthong::replica {
namespace {

constexpr const char* kViewedUnit = "H09.718";

class ViewStage {
 public:
  ViewStage() {
    CreateSqlViews(database.Conninfo(), kViewedUnit);
    CreateSqlViews(database.Conninfo(), kViewedUnit);  // again: nothing in the way
  }

  void Insert(const std::string& topic, const std::string& type, const std::string& id,
              const std::string& value) {
    pqxx::connection connection(database.Conninfo());
    pqxx::work tx(connection);
    tx.exec_params("INSERT INTO feed_record VALUES ($1, $2, $3, 'o', 1, 1, 4, 'full', $4, NULL)",
                   "lienthong.feed." + topic, type, id, value);
    tx.commit();
  }
  /// As the unit's systems.
  pqxx::result Read(const std::string& sql) { return Run(sql, ReaderRole(kViewedUnit)); }
  pqxx::result Run(const std::string& sql, const std::string& role) {
    pqxx::connection connection(database.Conninfo());
    pqxx::nontransaction session(connection);
    session.exec("SET ROLE " + role);
    return session.exec(sql);
  }
  pqxx::result Look(const std::string& sql) {
    pqxx::connection connection(database.Conninfo());
    return pqxx::nontransaction(connection).exec(sql);
  }

  support::TestDatabase database{Migrations()};
};

}  // namespace

TEST_CASE("a view shows the fields of a record type with SQL types, defaults filled in") {
  ViewStage stage;
  stage.Insert("all", "unit", "H09.718",
               R"({"id":"H09.718","version":"4","name":"Thủ Dầu Một","kind":"UNIT_KIND_DISTRICT",)"
               R"("successorIds":["H09.719"]})");
  const auto row = stage.Read("SELECT * FROM units")[0];
  CHECK(row["id"].as<std::string>() == "H09.718");
  CHECK(row["version"].as<int>() == 4);
  CHECK(row["view"].as<std::string>() == "full");
  CHECK(row["name"].as<std::string>() == "Thủ Dầu Một");
  CHECK(row["kind"].as<std::string>() == "UNIT_KIND_DISTRICT");
  CHECK(row["parent_id"].as<std::string>().empty());
  CHECK_FALSE(row["closed"].as<bool>());
  CHECK(row["successor_ids"].as<std::string>() == "[\"H09.719\"]");

  stage.Insert("all", "agreement", "x", R"({"view":"limited","startsAt":"2019-07-10T00:30:00Z"})");
  const auto agreement = stage.Read(
      "SELECT agreement_view, view, starts_at < now() AS past, ends_at IS NULL AS open"
      " FROM agreements")[0];
  CHECK(agreement["agreement_view"].as<std::string>() == "limited");
  CHECK(agreement["past"].as<bool>());
  CHECK(agreement["open"].as<bool>());
  for (const char* view : {"officials", "positions", "calendar_days", "enterprises"}) {
    CHECK(stage.Read(std::string("SELECT * FROM ") + view).empty());
  }
}

TEST_CASE("the own feed's row is shown where both sets hold a record") {
  ViewStage stage;
  stage.Insert("all", "enterprise", "e", R"({"name":"all"})");
  CHECK(stage.Read("SELECT name FROM enterprises")[0][0].as<std::string>() == "all");
  stage.Insert("H09.718", "enterprise", "e", R"({"name":"own"})");
  const auto rows = stage.Read("SELECT name FROM enterprises");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0][0].as<std::string>() == "own");
}

TEST_CASE("what a unit or an office it carries sent and received stands in views of its own") {
  ViewStage stage;
  stage.Insert("all", "unit", "H09.718.P01", R"({"carrierId":"H09.718"})");
  stage.Insert("all", "unit", "H09.719.P01", R"({"carrierId":"H09.719"})");
  const auto document = [&](const std::string& id, const std::string& sender) {
    stage.Insert("H09.718", "document", id, R"({"senderUnitId":")" + sender + R"("})");
  };
  const auto delivery = [&](const std::string& id, const std::string& of, const std::string& to) {
    stage.Insert("H09.718", "delivery", id,
                 R"({"documentId":")" + of + R"(","holderUnitId":")" + to + R"("})");
  };
  document("own", "H09.718"), document("office", "H09.718.P01"), document("got", "H09.15");
  document("task", "H09.15"), document("paper", "");
  delivery("1", "own", "H09.719"), delivery("2", "got", "H09.718"),
      delivery("3", "paper", "H09.718");
  delivery("4", "own", "H09.718.P01"), delivery("5", "own", "H09.719.P01");
  const auto ids = [&](const std::string& view) {
    return stage.Read("SELECT coalesce(string_agg(id, ' ' ORDER BY id), '') FROM " + view)[0][0]
        .as<std::string>();
  };
  CHECK(ids("documents") == "got office own paper task");
  CHECK(ids("documents_outgoing") == "office own");
  CHECK(ids("documents_incoming") == "got own paper");
}

TEST_CASE("persons are read with a purpose, and each leaves an access row") {
  ViewStage stage;
  stage.Insert("H09.718", "citizen", "c1", R"({"fullName":"Đào","sex":"SEX_FEMALE"})");
  stage.Insert("H09.718", "citizen", "c2", R"({"fullName":"Hoà"})");
  stage.Insert("H09.718", "correction", "k1", R"({"citizenId":"c2","reason":"x"})");
  for (const char* purpose : {"''", "'  '", "NULL"}) {
    CHECK_THROWS_AS(stage.Read(std::string("SELECT * FROM citizens(") + purpose + ")"),
                    pqxx::sql_error);
  }
  CHECK(stage.Look("SELECT * FROM access_log").empty());

  const auto one = stage.Read("SELECT * FROM citizens('household register', 'c1')");
  REQUIRE(one.size() == 1);
  CHECK(one[0]["full_name"].as<std::string>() == "Đào");
  CHECK(one[0]["identity_number"].is_null());
  const auto log =
      stage.Look("SELECT citizen_id, purpose, unit_id, system, source FROM access_log");
  REQUIRE(log.size() == 1);
  CHECK(log[0]["citizen_id"].as<std::string>() == "c1");
  CHECK(log[0]["purpose"].as<std::string>() == "household register");
  CHECK(log[0]["system"].as<std::string>() == "unit-H09.718");

  CHECK(stage.Read("SELECT * FROM citizens('list')").size() == 2);
  CHECK(stage.Look("SELECT * FROM access_log").size() == 3);
  CHECK(stage.Read("SELECT * FROM corrections('review')").size() == 1);
  CHECK(
      stage.Look("SELECT * FROM access_log WHERE record_type = 'correction' AND citizen_id = 'c2'")
          .size() == 1);
}

TEST_CASE("a unit's systems can do nothing else, and others nothing at all") {
  ViewStage stage;
  for (const char* sql :
       {"SELECT * FROM feed_record", "SELECT * FROM access_log", "DELETE FROM access_log",
        "INSERT INTO feed_parked DEFAULT VALUES", "CREATE TABLE x ()", "CREATE TEMP TABLE x ()"}) {
    INFO(sql);
    CHECK_THROWS_AS(stage.Read(sql), pqxx::sql_error);
  }
  pqxx::connection connection(stage.database.Conninfo());
  pqxx::nontransaction session(connection);
  session.exec(
      "DO $$BEGIN CREATE ROLE reader_other LOGIN;"
      " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END$$");
  CHECK_THROWS_AS(stage.Run("SELECT * FROM citizens('x')", "reader_other"), pqxx::sql_error);
  CHECK_THROWS_AS(stage.Run("SELECT * FROM units", "reader_other"), pqxx::sql_error);
  const auto may = session.exec(
      "SELECT has_database_privilege('reader_other', current_database(),"
      " 'CONNECT')");
  CHECK_FALSE(may[0][0].as<bool>());
}

TEST_CASE("two that migrate at the same moment make the role of their unit once") {
  const std::string unit = "X99." + std::to_string(::getpid());
  support::TestDatabase first{Migrations()};
  support::TestDatabase second{Migrations()};
  pqxx::connection connection(first.Conninfo());
  pqxx::nontransaction session(connection);
  // The first has made the role and not committed: the second waits for it, and goes on.
  pqxx::connection other(second.Conninfo());
  auto holder = std::make_unique<pqxx::work>(other);
  holder->exec("CREATE ROLE \"" + ReaderRole(unit) + "\" LOGIN");
  auto migrated = std::async(std::launch::async, [&] { CreateSqlViews(first.Conninfo(), unit); });
  CHECK(support::Eventually(std::chrono::seconds(20), [&] {
    return !session
                .exec("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%CREATE ROLE%" +
                      ReaderRole(unit) + "%' AND wait_event_type = 'Lock'")
                .empty();
  }));
  holder->commit();
  holder.reset();
  CHECK_NOTHROW(migrated.get());
  CHECK(session
            .exec("SELECT has_database_privilege('" + ReaderRole(unit) +
                  "', current_database(), 'CONNECT')")[0][0]
            .as<bool>());
  session.exec("DROP OWNED BY \"" + ReaderRole(unit) + "\"");
  session.exec("DROP ROLE \"" + ReaderRole(unit) + "\"");
}

}  // namespace lienthong::replica
