#include <catch2/catch.hpp>

#include <functional>

#include "platform/base/error.hpp"
#include "registry/citizen.hpp"
#include "registry/correction.hpp"
#include "registry/enterprise.hpp"
#include "support/reason.hpp"

namespace lienthong::registry {
namespace {

using support::ReasonOf;

using namespace std::chrono_literals;

constexpr Day kToday{2019y / 7 / 10};

Citizen Person(const std::string& id) {
  Citizen citizen;
  citizen.id = {id};
  citizen.full_name = "Nguyễn Thị Đào";
  citizen.birth_date = 1985y / 3 / 2;
  citizen.sex = Sex::kFemale;
  citizen.address = {"Số 1", "25747", kToday};
  return citizen;
}

Enterprise Firm() {
  Enterprise enterprise;
  enterprise.name = "Công ty Gạo";
  enterprise.tax_number = "3700145020";
  enterprise.address = {"Số 1", "25747", kToday};
  enterprise.registered_on = 2015y / 1 / 5;
  return enterprise;
}

}  // namespace

TEST_CASE("a day is ISO, exists, is not before 1900 and not in the future") {
  CHECK(CheckDay("2019-07-10", "day", kToday) == kToday);
  CHECK(CheckDay("1900-01-01", "day", kToday) == kFirstDay);
  for (const char* text : {"", "2019-7-10", "2019-02-30", "10/07/2019", "1899-12-31", "2019-07-11",
                           "2019-07-10 ", "20190710", "-019-07-10", "+201-07-10"}) {
    CHECK(ReasonOf([&] { CheckDay(text, "day", kToday); }) == "FIELD_INVALID");
  }
  CHECK(CheckDayOrToday("", "day", kToday) == kToday);
}

TEST_CASE("an address defaults to the business day and needs five digits of a commune") {
  CHECK(CheckAddress("Số 1", "25747", "", "address", kToday).commune_date == kToday);
  CHECK(ReasonOf([] { CheckAddress("", "2574", "", "address", kToday); }) == "COMMUNE_UNKNOWN");
  CHECK(ReasonOf([] { CheckAddress("", "2574a", "", "address", kToday); }) == "COMMUNE_UNKNOWN");
  CHECK(ReasonOf([] { CheckAddress(std::string(501, 'a'), "25747", "", "address", kToday); }) ==
        "FIELD_INVALID");
}

TEST_CASE("a name in NFD is stored in NFC, over-long and empty names are refused") {
  CHECK(CheckName("  Nguye\u0302\u0303n   Thi\u0323 ", "name") == "Nguyễn Thị");
  CHECK(ReasonOf([] { CheckName("", "name"); }) == "FIELD_INVALID");
  CHECK(ReasonOf([] { CheckName(std::string(201, 'a'), "name"); }) == "FIELD_INVALID");
  CHECK(CheckName(std::string(200, 'a'), "name").size() == 200);
}

TEST_CASE("the dead and the merged neither move nor die nor are corrected") {
  Citizen dead = Person("a");
  RecordDeath(dead, kToday);
  CHECK(dead.state == CitizenState::kDeceased);
  Citizen survivor = Person("b"), merged = Person("c");
  Merge(survivor, merged);
  const CorrectedFields fields{"Nguyễn Thị Đao", {}, {}, {}};
  for (const auto& [citizen, reason] :
       {std::pair{dead, "CITIZEN_DECEASED"}, std::pair{merged, "CITIZEN_MERGED"}}) {
    Citizen copy = citizen;
    CHECK(ReasonOf([&] { Move(copy, copy.address); }) == reason);
    CHECK(ReasonOf([&] { RecordDeath(copy, kToday); }) == reason);
    CHECK(ReasonOf([&] { Correct(copy, fields); }) == reason);
  }
}

TEST_CASE("nobody dies before the day of birth") {
  Citizen citizen = Person("a");
  CHECK(ReasonOf([&] { RecordDeath(citizen, 1985y / 3 / 1); }) == "FIELD_INVALID");
  CHECK(citizen.state == CitizenState::kLiving);
}

TEST_CASE("a merge brings the numbers together and ends the duplicate") {
  Citizen survivor = Person("a"), duplicate = Person("b");
  survivor.old_identity_numbers = {"280000001"};
  duplicate.old_identity_numbers = {"280000001", "280000002"};
  duplicate.identity_number = "074185001234";
  duplicate.mother_id = CitizenId{"m"};
  Merge(survivor, duplicate);
  CHECK(survivor.identity_number == "074185001234");
  CHECK(survivor.old_identity_numbers == std::vector<std::string>{"280000001", "280000002"});
  CHECK(survivor.mother_id == CitizenId{"m"});
  CHECK(duplicate.state == CitizenState::kMerged);
  CHECK(duplicate.merged_into_id == survivor.id);
  CHECK_FALSE(duplicate.identity_number);
}

TEST_CASE("records that cannot be one person are not merged") {
  Citizen a = Person("a"), b = Person("b"), dead = Person("c");
  CHECK(ReasonOf([&] { Merge(a, a); }) == "SAME_CITIZEN");
  RecordDeath(dead, kToday);
  CHECK(ReasonOf([&] { Merge(a, dead); }) == "CITIZEN_DECEASED");
  a.identity_number = "074185001234", b.identity_number = "074185001235";
  CHECK(ReasonOf([&] { Merge(a, b); }) == "IDENTITY_NUMBERS_DIFFER");
  b.identity_number.reset();
  Merge(a, b);
  Citizen other = Person("d");
  CHECK(ReasonOf([&] { Merge(other, b); }) == "CITIZEN_MERGED");
}

TEST_CASE("a correction is decided once, by another official") {
  Correction correction;
  correction.requested_by_official_id = "o-1";
  CHECK(ReasonOf([&] { Decide(correction, CorrectionState::kApproved, "o-1", ""); }) ==
        "SAME_OFFICIAL");
  Decide(correction, CorrectionState::kRejected, "o-2", "không có căn cứ");
  CHECK(correction.state == CorrectionState::kRejected);
  CHECK(correction.decided_by_official_id == "o-2");
  CHECK(ReasonOf([&] { Decide(correction, CorrectionState::kApproved, "o-3", ""); }) ==
        "CORRECTION_DECIDED");
}

TEST_CASE("a correction changes what it names and renews the warnings") {
  Citizen citizen = Person("a");
  Correct(citizen, {{}, Day{1984y / 3 / 2}, {}, "074185001234"});
  CHECK(citizen.full_name == "Nguyễn Thị Đào");
  CHECK(citizen.birth_date == Day{1984y / 3 / 2});
  CHECK(citizen.identity_warnings ==
        std::vector<IdentityWarning>{IdentityWarning::kBirthYearDiffers});
}

TEST_CASE("a dissolved enterprise neither moves nor is dissolved again") {
  Enterprise enterprise = Firm();
  CHECK(ReasonOf([&] { Dissolve(enterprise, 2015y / 1 / 4); }) == "FIELD_INVALID");
  Dissolve(enterprise, kToday);
  CHECK(enterprise.dissolved_on == kToday);
  CHECK(ReasonOf([&] { Move(enterprise, enterprise.address); }) == "ENTERPRISE_DISSOLVED");
  CHECK(ReasonOf([&] { Dissolve(enterprise, kToday); }) == "ENTERPRISE_DISSOLVED");
}

TEST_CASE("numbers of old cards are checked and kept once") {
  CHECK(CheckOldIdentityNumbers({"280000001", "280000001"}, "f").size() == 1);
  CHECK(ReasonOf([] { CheckOldIdentityNumbers({"28000000"}, "f"); }) == "IDENTITY_NUMBER_INVALID");
  CHECK(ReasonOf([] { CheckOldIdentityNumbers(std::vector<std::string>(21, "280000001"), "f"); }) ==
        "FIELD_INVALID");
}

}  // namespace lienthong::registry
