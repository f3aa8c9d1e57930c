#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>

#include "platform/journal/digest.hpp"
#include "platform/journal/record.hpp"

// How audiences, hashes and digests are written as text.

using namespace lienthong::journal;

TEST_CASE("pairs are read as they were written, with and without copies") {
  const std::map<std::string, std::string> pairs = {
      {"H09.718", "full"}, {"H09.718.25747", "basic"}, {"service-document", "full"}};
  const std::string text = PairsToText(pairs);
  CHECK(PairsFromText(text) == pairs);
  const PairViews views = PairViewsFromText(text);
  CHECK(std::map<std::string, std::string>(views.begin(), views.end()) == pairs);
  for (const auto& [name, value] : pairs) CHECK(views.Find(name) == value);
  for (const char* const absent : {"", "H09", "H09.718.", "service-z"}) {
    CHECK(views.Find(absent) == std::nullopt);
    CHECK_THROWS_AS(views.At(absent), std::out_of_range);
  }
  CHECK(PairsFromText("{}").empty());
  CHECK(PairViewsFromText("{}").Find("H09") == std::nullopt);
}

TEST_CASE("what is not a list of pairs is refused") {
  for (const char* const text : {"", "{", "[]", R"({"a"})", R"({"a":1})", R"({"a":"1""b":"2"})",
                                 R"({"a":"1)", R"("a":"1")"}) {
    INFO(text);
    CHECK_THROWS_AS(PairsFromText(text), std::invalid_argument);
    CHECK_THROWS_AS(PairViewsFromText(text), std::invalid_argument);
  }
  // Views of pairs are looked up in their order.
  CHECK_THROWS_AS(PairViewsFromText(R"({"b":"1","a":"2"})"), std::invalid_argument);
  CHECK_THROWS_AS(PairViewsFromText(R"({"a":"1","a":"2"})"), std::invalid_argument);
}

TEST_CASE("a digest is read from 32 hex digits and nothing else") {
  const std::string hex = "67dd439d4cf919a4821fa283549ac69b";
  CHECK(Digest::FromHex(hex).Hex() == hex);
  CHECK(Digest::FromHex(hex) == Digest{0x67dd439d4cf919a4, 0x821fa283549ac69b});
  CHECK(Digest::FromHex(std::string(32, 'f')).Hex() == std::string(32, 'f'));
  for (const std::string& wrong :
       {std::string(), hex.substr(1), hex + "0", "g" + hex.substr(1), "-" + hex.substr(1),
        "+" + hex.substr(1), " " + hex.substr(1), hex.substr(0, 30) + "0x"}) {
    INFO(wrong);
    CHECK_THROWS_AS(Digest::FromHex(wrong), std::invalid_argument);
  }
}
