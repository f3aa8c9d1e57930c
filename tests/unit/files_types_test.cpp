#include <catch2/catch.hpp>

#include "platform/base/error.hpp"
#include "platform/files/types.hpp"

namespace lienthong::files {
namespace {

/// What is said against a file of this name; empty when it is accepted.
std::string Refusal(const std::string& name) {
  try {
    CheckFileName(name, "name");
  } catch (const base::Error& error) {
    REQUIRE(error.violations.size() == 1);
    return error.reason + ": " + error.violations[0].description;
  }
  return "";
}

TEST_CASE("files: who sends another type of file is told which ones are taken") {
  for (const char* name : {"anh.jpg", "ANH.JPEG", "anh.png", "don.pdf"}) CHECK(Refusal(name) == "");
  for (const char* name : {"anh.webp", "anh.heic", "anh"}) {
    CAPTURE(name);
    const std::string refusal = Refusal(name);
    CHECK(refusal.starts_with("FILE_TYPE_REFUSED: must end in one of "));
    CHECK(refusal.find(" jpg ") != std::string::npos);
    CHECK(refusal.find(" png ") != std::string::npos);
    CHECK(refusal.find("webp") == std::string::npos);
  }
}

}  // namespace
}  // namespace lienthong::files
