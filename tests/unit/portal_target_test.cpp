#include <catch2/catch.hpp>

#include "portal/target.hpp"

namespace lienthong::portal {
namespace {

TEST_CASE("portal: a target is decoded, a plus is a space in the query alone") {
  const auto target = ParseTarget("/vi/a+b%20c?q=%C4%91%C6%B0%E1%BB%9Dng+h%E1%BB%8Fng&q=2&empty");
  REQUIRE(target);
  CHECK(target->path == "/vi/a+b c");
  CHECK(target->query.First("q") == "đường hỏng");
  CHECK(target->query.All("q") == std::vector<std::string>{"đường hỏng", "2"});
  CHECK(target->query.Has("empty"));
  CHECK(target->query.First("missing").empty());
}

TEST_CASE("portal: the end of a path may be a slash") {
  CHECK(ParseTarget("/")->path == "/");
  CHECK(ParseTarget("/vi/")->path == "/vi/");
}

TEST_CASE("portal: targets that lead elsewhere or are broken are refused") {
  for (const char* raw : {"",
                          "vi",
                          "*",
                          "http://example.org/",
                          "/a//b",
                          "//a",
                          "/a/./b",
                          "/a/../b",
                          "/..",
                          "/%2e%2e/a",
                          "/a%2fb",
                          "/a%5cb",
                          "/a\\b",
                          "/%",
                          "/%4",
                          "/%zz",
                          "/%00",
                          "/a%0ab",
                          "/%ff",
                          "/a?x=%00",
                          "/a?x=%c3%28",
                          "/a?%zz=1",
                          "/a?x=%7f"}) {
    INFO(raw);
    CHECK_FALSE(ParseTarget(raw));
  }
}

TEST_CASE("portal: a query has at most a hundred values") {
  std::string raw = "/a?";
  for (int i = 0; i < 100; ++i) raw += "x=1&";
  CHECK(ParseTarget(raw));
  CHECK_FALSE(ParseTarget(raw + "x=1"));
}

TEST_CASE("portal: fields are UTF-8 without control characters but tabs and line ends") {
  CHECK(IsFieldText("Đèn đường\r\n\thỏng"));
  CHECK_FALSE(IsFieldText(std::string("a\0b", 3)));
  CHECK_FALSE(IsFieldText("a\x1b[1m"));
  CHECK_FALSE(IsFieldText("a\x7f"));
  CHECK_FALSE(IsFieldText("\xc3\x28"));
}

}  // namespace
}  // namespace lienthong::portal
