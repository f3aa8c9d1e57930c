// Connections in pipeline mode, and results in binary, on the real PostgreSQL.
#include <atomic>
#include <cstdint>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "platform/pg/connection.hpp"
#include "platform/pg/database.hpp"
#include "platform/pg/values.hpp"
#include "support/clock.hpp"
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

TEST_CASE("arrays in binary arrive as they are") {
  const support::TestDatabase database{{}};
  pg::Connection connection(database.Conninfo());
  using pg::BinaryArray;
  BinaryArray texts(BinaryArray::Of::kText), bytes(BinaryArray::Of::kBytes);
  BinaryArray numbers(BinaryArray::Of::kNumbers);
  for (const char* text : {R"({"a": "b\c"})", "", "NULL", "Thủ Dầu Một"}) texts.Add(text);
  bytes.Add(std::string_view("\0\xff", 2));
  bytes.Add(std::string_view());
  for (const std::int64_t number : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN, INT64_MAX}) {
    numbers.Add(number);
  }
  const auto of_texts = connection.Exec(
      {"texts", "SELECT t FROM unnest($1::text[]) WITH ORDINALITY AS u (t, n) ORDER BY n"}, texts);
  REQUIRE(of_texts.size() == 4);
  CHECK(of_texts[0][0].view() == R"({"a": "b\c"})");
  CHECK(of_texts[1][0].view().empty());
  CHECK_FALSE(of_texts[2][0].is_null());
  CHECK(of_texts[3][0].view() == "Thủ Dầu Một");
  const auto of_bytes = connection.Exec(
      {"bytes", "SELECT encode(b, 'hex') FROM unnest($1::bytea[]) AS u (b)"}, bytes);
  REQUIRE(of_bytes.size() == 2);
  CHECK(of_bytes[0][0].view() == "00ff");
  CHECK(of_bytes[1][0].view().empty());
  const auto of_numbers =
      connection.Exec({"numbers", "SELECT $1::bigint[]::text, $2::bigint[]::text"}, numbers,
                      BinaryArray(BinaryArray::Of::kNumbers));
  CHECK(of_numbers[0][0].view() == "{0,-1,-9223372036854775808,9223372036854775807}");
  CHECK(of_numbers[0][1].view() == "{}");
}

TEST_CASE("rows copied in binary arrive as they are, or none of them") {
  const support::TestDatabase database{{}};
  pg::Connection connection(database.Conninfo());
  connection.ExecText(
      "CREATE TABLE copied (name text PRIMARY KEY, number bigint, bytes bytea, yes boolean)");
  constexpr const char* kCopy = "COPY copied (name, number, bytes, yes) FROM STDIN (FORMAT binary)";
  const auto copy = [&](const std::vector<std::string>& names) {
    pg::CopyRows rows;
    for (const std::string& name : names) {
      rows.BeginRow(4);
      rows.Add(name);
      rows.Add(std::int64_t{-1} << 40);
      rows.Add(std::string_view("\0\xff", 2));
      rows.Add(true);
    }
    rows.BeginRow(4);
    rows.Add("last of " + names.front());
    for (int column = 1; column < 4; ++column) rows.AddNull();
    connection.Copy(kCopy, rows);
  };
  const pg::Statement all{
      "all", "SELECT name, number, encode(bytes, 'hex'), yes FROM copied ORDER BY name"};

  connection.Queue({"ahead", "INSERT INTO copied VALUES ('a', 1, NULL, false)"});
  copy({"Đào", "{\"a\"}"});
  const auto rows = connection.Exec(all);
  REQUIRE(rows.size() == 4);
  CHECK(rows[0][0].as<std::string>() == "a");
  for (const std::size_t i : {2U, 3U}) {
    CHECK(rows[i][0].as<std::string>() == (i == 2 ? "{\"a\"}" : "Đào"));
    CHECK(rows[i][1].as<std::int64_t>() == std::int64_t{-1} << 40);
    CHECK(rows[i][2].as<std::string>() == "00ff");
    CHECK(rows[i][3].as<bool>());
  }
  CHECK(rows[1][0].as<std::string>() == "last of Đào");
  CHECK(rows[1][1].is_null());

  CHECK_THROWS_AS(copy({"new", "a"}), pqxx::unique_violation);
  CHECK(connection.Exec(all).size() == 4);
  CHECK_THROWS_AS(
      connection.Copy("COPY nowhere FROM STDIN (FORMAT binary)", *std::make_unique<pg::CopyRows>()),
      pqxx::sql_error);
  CHECK(connection.Exec(all).size() == 4);
}

TEST_CASE("nobody waits for what a trusted part writes; a careful one ends when it is written") {
  const auto parts = GENERATE(pg::Tx::Parts::kTrusted, pg::Tx::Parts::kCareful);
  support::TestDatabase database{{}};
  pg::Pool pool({.conninfo = database.Conninfo()});
  pool.Transact([](pg::Tx& tx) { tx.ExecText("CREATE TABLE t (n int PRIMARY KEY)"); });
  pg::Connection other(database.Conninfo());
  other.ExecText("BEGIN; LOCK TABLE t IN SHARE MODE");
  std::atomic<bool> has_ended = false;
  const auto writer = std::async(std::launch::async, [&] {
    pool.Transact([&](pg::Tx& tx) {
      tx.BeginPart(parts);
      tx.Write(pg::Statement{"write", "INSERT INTO t VALUES (1)"});
      tx.EndPart();
      has_ended = true;
    });
  });
  constexpr pg::Statement kWaiting{"waiting",
                                   "SELECT count(*) FROM pg_locks WHERE NOT granted"
                                   " AND relation = 't'::regclass"};
  REQUIRE(support::Eventually(std::chrono::seconds(20),
                              [&] { return other.Exec(kWaiting)[0][0].as<int>() == 1; }));
  if (parts == pg::Tx::Parts::kTrusted) {
    CHECK(support::Eventually(std::chrono::seconds(20), [&] { return has_ended.load(); }));
  } else {
    CHECK_FALSE(has_ended);
  }
  other.ExecText("COMMIT");
  writer.wait();
  CHECK(has_ended);
  CHECK(other.Exec(pg::Statement{"rows", "SELECT count(*) FROM t"})[0][0].as<int>() == 1);
}

TEST_CASE("a careful part is undone alone; a trusted one that has written cannot be") {
  support::TestDatabase database{{}};
  pg::Pool pool({.conninfo = database.Conninfo()});
  constexpr pg::Statement kInsert{"insert", "INSERT INTO t VALUES ($1)"};
  pool.Transact([](pg::Tx& tx) { tx.ExecText("CREATE TABLE t (n int PRIMARY KEY)"); });
  pool.Transact([&](pg::Tx& tx) {
    tx.BeginPart(pg::Tx::Parts::kCareful);
    tx.Write(kInsert, 1);
    tx.EndPart();
    tx.BeginPart(pg::Tx::Parts::kCareful);
    CHECK_THROWS_AS(tx.Write(kInsert, 1), pqxx::unique_violation);
    CHECK(tx.UndoPart());
    tx.BeginPart(pg::Tx::Parts::kTrusted);
    CHECK(tx.UndoPart());  // it has written nothing
    tx.BeginPart(pg::Tx::Parts::kTrusted);
    tx.Write(kInsert, 2);
    CHECK_FALSE(tx.UndoPart());
  });
  // The failure of a trusted part is met by the commit, which then stores nothing.
  CHECK_THROWS_AS(pool.Transact([&](pg::Tx& tx) {
    for (const int n : {3, 1, 4}) {
      tx.BeginPart(pg::Tx::Parts::kTrusted);
      tx.Write(kInsert, n);
      tx.EndPart();
    }
  }),
                  pqxx::unique_violation);
  pg::Connection connection(database.Conninfo());
  CHECK(connection.Exec(pg::Statement{"sum", "SELECT sum(n) FROM t"})[0][0].as<int>() == 3);
}
