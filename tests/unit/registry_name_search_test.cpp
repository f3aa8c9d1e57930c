#include <catch2/catch.hpp>

#include <algorithm>

#include "registry/name_search.hpp"

namespace lienthong::registry {
namespace {

bool Finds(const std::string& text, const std::string& name) {
  return Matches(name, RangeOf(text));
}

}  // namespace

TEST_CASE("a name is stored under every stretch of words that goes to its end") {
  const auto keys = SearchKeysOf("Nguyễn Văn An");
  CHECK(keys ==
        std::vector<std::string>{" nguyễn văn an", " văn an", "an", "nguyen van an", "van an"});
  CHECK(SearchKeysOf("An") == std::vector<std::string>{"an"});
  CHECK(SearchKeysOf("An An") == std::vector<std::string>{"an", "an an"});
}

TEST_CASE("words without diacritics find names with any") {
  CHECK(Finds("nguyen", "Nguyễn Thị Đào"));
  CHECK(Finds("NGUYEN THI", "Nguyễn Thị Đào"));
  CHECK(Finds("dao", "Nguyễn Thị Đào"));
  CHECK(Finds("thi d", "Nguyễn Thị Đào"));
  CHECK(Finds("ng", "Nguyễn Thị Đào"));
}

TEST_CASE("words with diacritics find only names that have them") {
  CHECK(Finds("Đào", "Nguyễn Thị Đào"));
  CHECK(Finds("thị đ", "Nguyễn Thị Đào"));
  CHECK_FALSE(Finds("đạo", "Nguyễn Thị Đào"));
  CHECK_FALSE(Finds("đào", "Nguyen Thi Dao"));
  CHECK_FALSE(Finds("thì", "Nguyễn Thị Đào"));
}

TEST_CASE("NFC and NFD find the same") {
  CHECK(Finds("Nguye\u0302\u0303n", "Nguyễn Thị Đào"));
  CHECK(Finds("Nguyễn", "Nguye\u0302\u0303n Thi\u0323 \u0110a\u0300o"));
}

TEST_CASE("both ways to place a tone mark find the same") {
  CHECK(Finds("hoà", "Trần Hòa"));
  CHECK(Finds("hòa", "Trần Hoà"));
  CHECK(Finds("thuỷ", "Lê Thủy Tiên"));
  CHECK(Finds("hoàn", "Lê Thị Hoàn"));
  CHECK_FALSE(Finds("hoá", "Trần Hòa"));
}

TEST_CASE("only whole beginnings of words are found, in order") {
  CHECK_FALSE(Finds("guyen", "Nguyễn Thị Đào"));
  CHECK_FALSE(Finds("dao nguyen", "Nguyễn Thị Đào"));
  CHECK_FALSE(Finds("nguyen dao", "Nguyễn Thị Đào"));
  CHECK_FALSE(Finds("nguyenn", "Nguyễn Thị Đào"));
}

TEST_CASE("wildcards of SQL are plain characters") {
  CHECK_FALSE(Finds("%", "Nguyễn Thị Đào"));
  CHECK_FALSE(Finds("nguye_", "Nguyễn Thị Đào"));
}

}  // namespace lienthong::registry
