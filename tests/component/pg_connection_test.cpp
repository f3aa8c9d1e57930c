// Connections in pipeline mode, and results in binary, on the real PostgreSQL.
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "platform/pg/connection.hpp"
#include "platform/pg/values.hpp"
#include "support/database.hpp"

using namespace lienthong;
using Views = std::vector<std::string_view>;

TEST_CASE("results of what was sent ahead come before those of what is queued behind it") {
  support::TestDatabase database{{}};
  pg::Connection connection(database.Conninfo());
  connection.Queue({"ahead", "SELECT 1"});
  connection.Send();
  CHECK(connection.HasQueued());
  connection.Queue({"behind", "SELECT 2"});
  const auto results = connection.Flush();
  REQUIRE(results.size() == 2);
  CHECK(results[0][0][0].as<int>() == 1);
  CHECK(results[1][0][0].as<int>() == 2);
  CHECK_FALSE(connection.HasQueued());
}

TEST_CASE("a statement that was sent ahead fails alone") {
  support::TestDatabase database{{}};
  pg::Connection connection(database.Conninfo());
  connection.Queue({"wrong", "SELECT 1 / 0"});
  connection.Send();
  connection.Queue({"right", "SELECT 2"});
  CHECK_THROWS_AS(connection.Flush(), pqxx::sql_error);
  CHECK(connection.Exec(pg::Statement{"right", "SELECT 2"})[0][0].as<int>() == 2);
}

TEST_CASE("text and text[] of a binary result are what was stored, byte for byte") {
  support::TestDatabase database{{}};
  pg::Connection connection(database.Conninfo());
  const auto row = connection.Exec(pg::Statement{
      "arrays",
      "SELECT ARRAY['a', '{\"b\":\"c, d\"}', '', 'Đào']::text[], '{}'::text[], NULL::text[],"
      " 12::text, ARRAY[NULL, 'a']::text[], ARRAY['x']::bytea[], ARRAY[['a'], ['b']]::text[]",
      /*binary=*/true})[0];
  CHECK(pg::TextArrayViews(row[0]) == Views{"a", R"({"b":"c, d"})", "", "Đào"});
  CHECK(pg::TextArrayViews(row[1]).empty());
  CHECK(pg::TextArrayViews(row[2]).empty());
  CHECK(row[3].as<int>() == 12);
  for (const int wrong : {3, 4, 5, 6}) {  // no array, with NULL, of another type, of two dimensions
    CHECK_THROWS_AS(pg::TextArrayViews(row[wrong]), std::invalid_argument);
  }
}
