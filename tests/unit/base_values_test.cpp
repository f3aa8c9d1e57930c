#include <algorithm>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/base/hash.hpp"
#include "platform/base/id.hpp"

using namespace lienthong::base;
using namespace std::chrono_literals;

TEST_CASE("SHA-256 gives the digests of FIPS 180-4") {
  CHECK(ToHex(Sha256Of("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(ToHex(Sha256Of("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("SHA-256 of pieces is that of the whole, and starts over") {
  Sha256 hash;
  CHECK(hash.Add("a").Add("").Add("bc").Finish() == Sha256Of("abc"));
  CHECK(hash.Finish() == Sha256Of(""));
  CHECK(hash.Add("abc").Finish() == Sha256Of("abc"));
}

TEST_CASE("HMAC-SHA-256 gives the codes of RFC 4231") {
  CHECK(ToHex(HmacSha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(ToHex(HmacSha256(std::string(20, '\x0b'), "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(HmacSha256("", "a") != HmacSha256("key", "a"));
}

TEST_CASE("hex goes both ways and refuses the rest") {
  const std::string bytes("\x00\x7f\xff", 3);
  CHECK(ToHex(bytes) == "007fff");
  CHECK(FromHex("007FfF") == bytes);
  CHECK_THROWS_AS(FromHex("abc"), std::invalid_argument);
  CHECK_THROWS_AS(FromHex("0g"), std::invalid_argument);
}

TEST_CASE("URL-safe base64 goes both ways, RFC 4648") {
  CHECK(ToBase64Url("") == "");
  CHECK(ToBase64Url("f") == "Zg");
  CHECK(ToBase64Url("fo") == "Zm8");
  CHECK(ToBase64Url("foobar") == "Zm9vYmFy");
  CHECK(ToBase64Url("\xfb\xff") == "-_8");
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string bytes = RandomBytes(size);
    CHECK(FromBase64Url(ToBase64Url(bytes)) == bytes);
  }
}

TEST_CASE("URL-safe base64 refuses what nobody would write") {
  for (const char* text : {"Zg==", "+_8", "Z", "Zh", "Zm9", "Zm8 ", "\n"}) {
    INFO(text);
    CHECK_THROWS_AS(FromBase64Url(text), std::invalid_argument);
  }
}

TEST_CASE("ids are UUIDs of version 7 with the time in front") {
  RandomIds ids;
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  const std::string id = ids.New();
  CHECK(IsUuid(id));
  CHECK(id[14] == '7');
  CHECK(std::string("89ab").find(id[19]) != std::string::npos);
  const long long stamp = std::stoll(id.substr(0, 8) + id.substr(9, 4), nullptr, 16);
  CHECK(std::abs(stamp - now) < 60'000);
}

TEST_CASE("ids rise, and are unique across threads") {
  RandomIds ids;
  std::vector<std::vector<std::string>> made(4);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : made) {
      threads.emplace_back([&ids, &mine] {
        for (int i = 0; i < 5000; ++i) mine.push_back(ids.New());
      });
    }
  }
  std::set<std::string> all;
  for (const auto& mine : made) {
    CHECK(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  CHECK(all.size() == 20'000);
}

TEST_CASE("a UUID has 36 characters, hex digits and dashes in their places") {
  CHECK(IsUuid("019A2b3c-0000-7000-8000-000000000001"));
  CHECK_FALSE(IsUuid(""));
  CHECK_FALSE(IsUuid("019a2b3c-0000-7000-8000-00000000000"));
  CHECK_FALSE(IsUuid("019a2b3c-0000-7000-8000-0000000000011"));
  CHECK_FALSE(IsUuid("019a2b3c00000-7000-8000-000000000001"));
  CHECK_FALSE(IsUuid("019a2b3g-0000-7000-8000-000000000001"));
  CHECK_FALSE(IsUuid("{19a2b3c-0000-7000-8000-00000000001}"));
}

TEST_CASE("times are written as RFC 3339 in UTC with microseconds") {
  const Time time = std::chrono::sys_days(std::chrono::year(2019) / 7 / 10) + 30min;
  CHECK(FormatTime(time) == "2019-07-10T00:30:00.000000Z");
  CHECK(FormatTime(time + 1us) == "2019-07-10T00:30:00.000001Z");
  CHECK(FormatTime(Time(-1us)) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("times are read with fewer digits and with a zone") {
  const Time time = std::chrono::sys_days(std::chrono::year(2019) / 7 / 10) + 30min;
  CHECK(ParseTime("2019-07-10T00:30:00.000000Z") == time);
  CHECK(ParseTime("2019-07-10T00:30:00Z") == time);
  CHECK(ParseTime("2019-07-10T07:30:00+07:00") == time);
  CHECK(ParseTime("2019-07-09T21:00:00-03:30") == time);
  CHECK(ParseTime("2019-07-10T00:30:00.5Z") == time + 500ms);
  CHECK(ParseTime(FormatTime(Time(-1us))) == Time(-1us));
}

TEST_CASE("what is not a time is refused") {
  for (const char* text :
       {"", "2019-07-10", "2019-07-10T00:30:00", "2019-07-10 00:30:00Z", "2019-02-29T00:30:00Z",
        "2019-07-10T24:00:00Z", "2019-07-10T00:60:00Z", "2019-07-10T00:00:60Z",
        "2019-07-10T00:30:00.Z", "2019-07-10T00:30:00.1234567Z", "2019-07-10T00:30:00+7",
        "2019-07-10T00:30:00+07:60", "2019-07-10T00:30:00+15:00", "2019-07-10T00:30:00Zx",
        "2019-07-10T-1:30:00Z", "2019-07-1oT00:30:00Z"}) {
    INFO(text);
    CHECK_THROWS_AS(ParseTime(text), std::invalid_argument);
  }
}

TEST_CASE("days are written and read as YYYY-MM-DD only") {
  const std::chrono::year_month_day day = std::chrono::year(2024) / 2 / 29;
  CHECK(FormatDay(day) == "2024-02-29");
  CHECK(ParseDay("2024-02-29") == day);
  for (const char* text : {"2023-02-29", "2024-2-29", "2024-13-01", "24-02-29", "2024/02/29", ""}) {
    INFO(text);
    CHECK_THROWS_AS(ParseDay(text), std::invalid_argument);
  }
}

TEST_CASE("a day in Vietnam begins at 17:00 UTC of the day before") {
  CHECK(FormatDay(DayInVietnam(ParseTime("2019-07-09T16:59:59.999999Z"))) == "2019-07-09");
  CHECK(FormatDay(DayInVietnam(ParseTime("2019-07-09T17:00:00Z"))) == "2019-07-10");
}

TEST_CASE("business time is machine time plus the offset") {
  const SystemClock clock(-1h);
  const Time before = clock.MachineNow();
  const Time business = clock.BusinessNow();
  CHECK(business >= before - 1h);
  CHECK(business <= clock.MachineNow() - 1h);
}

TEST_CASE("an error carries its field, its metadata and when to try again") {
  const Error invalid = InvalidField("citizen.birth_date", "must not be in the future");
  CHECK(invalid.kind == ErrorKind::kInvalid);
  CHECK(invalid.reason == "FIELD_INVALID");
  CHECK(invalid.violations.at(0).field == "citizen.birth_date");
  const Error away = Unavailable("KAFKA_UNAVAILABLE", "later").With("service", "registry");
  CHECK(away.retry_after == 200ms);
  CHECK(away.metadata.at("service") == "registry");
}
