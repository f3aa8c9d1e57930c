#include <catch2/catch.hpp>

#include "registry/identity.hpp"

namespace lienthong::registry {
namespace {

using namespace std::chrono_literals;

constexpr Day kDayOf2019{2019y / 7 / 10};
constexpr Day kLastDayOfOldForms{2025y / 6 / 30};
constexpr Day kFirstDayOfNewForms{2025y / 7 / 1};

}  // namespace

TEST_CASE("a personal number has twelve digits, a leading zero and a century digit up to 3") {
  CHECK(IsIdentityNumber("074185001234"));
  CHECK(IsIdentityNumber("079399000001"));
  CHECK_FALSE(IsIdentityNumber(""));
  CHECK_FALSE(IsIdentityNumber("07418500123"));
  CHECK_FALSE(IsIdentityNumber("0741850012345"));
  CHECK_FALSE(IsIdentityNumber("174185001234"));
  CHECK_FALSE(IsIdentityNumber("074485001234"));
  CHECK_FALSE(IsIdentityNumber("07418500123a"));
  CHECK_FALSE(IsIdentityNumber("07418500123４"));
}

TEST_CASE("an old card's number has nine or twelve digits") {
  CHECK(IsOldIdentityNumber("280123456"));
  CHECK(IsOldIdentityNumber("280123456789"));
  CHECK_FALSE(IsOldIdentityNumber("2801234567"));
  CHECK_FALSE(IsOldIdentityNumber("28012345x"));
}

TEST_CASE("a personal number that fits the declared data gives no warning") {
  CHECK(WarningsOf("074185001234", 1985y / 3 / 2, Sex::kFemale).empty());
  CHECK(WarningsOf("074085001234", 1985y / 3 / 2, Sex::kMale).empty());
  CHECK(WarningsOf("074219001234", 2019y / 7 / 10, Sex::kMale).empty());
  CHECK(WarningsOf("074319001234", 2019y / 7 / 10, Sex::kFemale).empty());
}

TEST_CASE("a personal number that says another birth year or sex gives warnings") {
  using Warnings = std::vector<IdentityWarning>;
  CHECK(WarningsOf("074185001234", 1986y / 3 / 2, Sex::kFemale) ==
        Warnings{IdentityWarning::kBirthYearDiffers});
  CHECK(WarningsOf("074185001234", 1985y / 3 / 2, Sex::kMale) ==
        Warnings{IdentityWarning::kSexDiffers});
  CHECK(WarningsOf("074385001234", 1985y / 3 / 2, Sex::kMale) ==
        Warnings{IdentityWarning::kBirthYearDiffers, IdentityWarning::kSexDiffers});
}

TEST_CASE("the check digit of a tax number is verified") {
  CHECK(ToTaxNumber("0100233488", kDayOf2019) == "0100233488");
  CHECK(ToTaxNumber("3700145020", kDayOf2019) == "3700145020");
  CHECK(ToTaxNumber("0314409058-002", kDayOf2019) == "0314409058-002");
  CHECK_FALSE(ToTaxNumber("0100233480", kDayOf2019));
  CHECK_FALSE(ToTaxNumber("0314409058-000", kDayOf2019));
  for (char digit = '0'; digit <= '9'; ++digit) {
    CHECK_FALSE(ToTaxNumber(std::string("370014506") + digit, kDayOf2019));
  }
}

TEST_CASE("a tax number of another form is refused") {
  for (const char* text : {"", "0", "010023348", "01002334880", "0100233488-", "0100233488-01",
                           "0100233488-0001", "0100233488-00a", "0100233488 001", "01002334a8"}) {
    CHECK_FALSE(ToTaxNumber(text, kFirstDayOfNewForms));
  }
  CHECK_FALSE(ToTaxNumber("0100000000", kDayOf2019));
}

TEST_CASE("personal numbers and branches without hyphen are tax numbers from 1 July 2025") {
  CHECK_FALSE(ToTaxNumber("074185001234", kLastDayOfOldForms));
  CHECK(ToTaxNumber("074185001234", kFirstDayOfNewForms) == "074185001234");
  CHECK_FALSE(ToTaxNumber("0314409058002", kLastDayOfOldForms));
  CHECK(ToTaxNumber("0314409058002", kFirstDayOfNewForms) == "0314409058-002");
  CHECK(ToTaxNumber("0314409058-002", kFirstDayOfNewForms) == "0314409058-002");
  CHECK_FALSE(ToTaxNumber("174185001234", kFirstDayOfNewForms));
}

}  // namespace lienthong::registry
