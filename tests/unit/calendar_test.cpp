#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "platform/calendar/calendar.hpp"
#include "platform/calendar/limit.hpp"

using namespace lienthong;
using namespace lienthong::calendar;
using namespace std::chrono_literals;

namespace {

Day DayOf(const std::string& text) { return base::ParseDay(text); }
/// A moment by the clock in Vietnam: "2019-07-10T07:30:00".
base::Time At(const std::string& local) { return base::ParseTime(local + "+07:00"); }

Rules OfficeRules() {
  return {.hours = {{7h + 30min, 11h + 30min}, {13h, 17h}},
          .half_hours = {{7h + 30min, 11h + 30min}},
          .cut_off = 15h};
}

/// Days of deploy/provinces/binh-duong: date,kind,name,certain.
std::map<Day, DayKind> ProvinceDays() {
  std::ifstream file(LIENTHONG_DEPLOY "/provinces/binh-duong/holidays.csv");
  REQUIRE(file);
  std::map<Day, DayKind> days;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::string kind = line.substr(11, line.find(',', 11) - 11);
    days[DayOf(line.substr(0, 10))] = kind == "WORK"   ? DayKind::kWork
                                      : kind == "HALF" ? DayKind::kHalf
                                                       : DayKind::kOff;
  }
  return days;
}

const Calendar& Province() {
  static const Calendar calendar(OfficeRules(), ProvinceDays());
  return calendar;
}

bool IsWorked(const std::string& day) { return Province().IsWorkingDay(DayOf(day)); }

/// The moment after four fifths of a limit.
base::Time Near(const Limit& limit, const std::string& begins) {
  return PartOf(At(begins), EndOf(limit, At(begins), Province()), limit.unit, 80, Province());
}

/// An hour less from Monday 15 July 2019 on, and another beginning.
std::vector<DatedHours> ChangedHours() {
  const Day first = DayOf("2019-01-01"), last = DayOf("2019-07-14"), next = DayOf("2019-07-15");
  return {{next, std::nullopt, {7h, 11h}},
          {first, last, {7h + 30min, 11h + 30min}},
          {first, last, {13h, 17h}},
          {next, std::nullopt, {13h, 16h}}};
}

}  // namespace

TEST_CASE("the province's table has the swaps of the Government") {
  CHECK_FALSE(IsWorked("2019-04-29"));
  CHECK(IsWorked("2019-05-04"));
  CHECK_FALSE(IsWorked("2024-04-29"));
  CHECK(IsWorked("2024-05-04"));
  CHECK_FALSE(IsWorked("2025-05-02"));
  CHECK(IsWorked("2025-04-26"));
  CHECK_FALSE(IsWorked("2026-01-02"));
  CHECK(IsWorked("2026-01-10"));
  CHECK_FALSE(IsWorked("2026-08-31"));
  CHECK(IsWorked("2026-08-22"));
}

TEST_CASE("the province's table has the compensatory days off") {
  CHECK_FALSE(IsWorked("2019-04-15"));  // for Sunday 14 April
  CHECK_FALSE(IsWorked("2026-04-27"));  // for Sunday 26 April
}

TEST_CASE("Quoc khanh is one day in 2020 and two from 2021") {
  CHECK_FALSE(IsWorked("2020-09-02"));
  CHECK(IsWorked("2020-09-03"));
  CHECK_FALSE(IsWorked("2021-09-02"));
  CHECK_FALSE(IsWorked("2021-09-03"));
}

TEST_CASE("a day that is not in the table goes by its weekday") {
  const Calendar plain(OfficeRules(), {});
  CHECK(plain.IsWorkingDay(DayOf("2019-07-12")));
  CHECK_FALSE(plain.IsWorkingDay(DayOf("2019-07-13")));
  CHECK_FALSE(plain.IsWorkingDay(DayOf("2019-07-14")));
  CHECK(plain.NextWorkingDay(DayOf("2019-07-12")) == DayOf("2019-07-15"));
}

TEST_CASE("the day of reception is not counted") {
  CHECK(Province().AddWorkingDays(At("2019-07-10T08:00:00"), 3) == At("2019-07-15T17:00:00"));
  CHECK(Province().AddWorkingDays(At("2019-07-10T08:00:00"), 0) == At("2019-07-10T17:00:00"));
}

TEST_CASE("a reception after the cut-off hour counts as the next working day") {
  CHECK(Province().AddWorkingDays(At("2019-07-10T15:00:00"), 1) == At("2019-07-11T17:00:00"));
  CHECK(Province().AddWorkingDays(At("2019-07-10T15:00:00.000001"), 1) ==
        At("2019-07-12T17:00:00"));
  CHECK(Province().AddWorkingDays(At("2019-07-12T16:00:00"), 1) == At("2019-07-16T17:00:00"));
}

TEST_CASE("a reception on a day off counts as the next working day") {
  CHECK(Province().AddWorkingDays(At("2019-07-13T09:00:00"), 1) == At("2019-07-16T17:00:00"));
  CHECK(Province().AddWorkingDays(At("2019-07-13T09:00:00"), 0) == At("2019-07-15T17:00:00"));
}

TEST_CASE("a deadline passes over holidays and uses a worked Saturday") {
  // Friday 26 April 2019: 27 and 28 weekend, 29 swapped, 30 April and 1 May off, Saturday 4 worked.
  CHECK(Province().AddWorkingDays(At("2019-04-26T09:00:00"), 1) == At("2019-05-02T17:00:00"));
  CHECK(Province().AddWorkingDays(At("2019-04-26T09:00:00"), 3) == At("2019-05-04T17:00:00"));
}

TEST_CASE("a half day ends, and closes its reception, with its own hours") {
  const Calendar calendar(OfficeRules(), {{DayOf("2019-07-13"), DayKind::kHalf}});
  CHECK(calendar.AddWorkingDays(At("2019-07-12T09:00:00"), 1) == At("2019-07-13T11:30:00"));
  CHECK(calendar.AddWorkingDays(At("2019-07-13T09:00:00"), 0) == At("2019-07-13T11:30:00"));
  CHECK(calendar.AddWorkingDays(At("2019-07-13T12:00:00"), 0) == At("2019-07-15T17:00:00"));
}

TEST_CASE("days are those of Vietnam, whatever the day in UTC") {
  CHECK(Province().AddWorkingDays(base::ParseTime("2019-07-09T23:00:00Z"), 0) ==
        At("2019-07-10T17:00:00"));
}

TEST_CASE("working time runs in office hours only") {
  CHECK(Province().AddWorkingTime(At("2019-07-10T09:00:00"), 1h) == At("2019-07-10T10:00:00"));
  CHECK(Province().AddWorkingTime(At("2019-07-10T11:00:00"), 1h) == At("2019-07-10T13:30:00"));
  CHECK(Province().AddWorkingTime(At("2019-07-12T16:30:00"), 1h) == At("2019-07-15T08:00:00"));
  CHECK(Province().AddWorkingTime(At("2019-07-13T10:00:00"), 8h) == At("2019-07-15T17:00:00"));
  CHECK(Province().AddWorkingTime(At("2019-07-10T09:00:00"), 8h) == At("2019-07-11T09:00:00"));
}

TEST_CASE("working time between two moments counts office hours only") {
  CHECK(Province().WorkingTimeBetween(At("2019-07-10T09:00:00"), At("2019-07-10T14:00:00")) ==
        3h + 30min);
  CHECK(Province().WorkingTimeBetween(At("2019-07-12T16:00:00"), At("2019-07-15T08:00:00")) ==
        1h + 30min);
  CHECK(Province().WorkingTimeBetween(At("2019-07-13T08:00:00"), At("2019-07-14T08:00:00")) ==
        0min);
  CHECK(Province().WorkingTimeBetween(At("2019-07-10T09:00:00"), At("2019-07-10T09:00:00")) ==
        0min);
  CHECK(Province().WorkingTimeBetween(At("2019-07-11T09:00:00"), At("2019-07-10T09:00:00")) ==
        0min);
}

TEST_CASE("adding working time and measuring it agree") {
  const base::Time start = At("2019-04-25T10:10:00");
  for (int minutes = 1; minutes < 6000; minutes += 37) {
    const std::chrono::minutes duration(minutes);
    CHECK(Province().WorkingTimeBetween(start, Province().AddWorkingTime(start, duration)) ==
          duration);
  }
}

TEST_CASE("of a limit in working units, a part has passed within office hours") {
  const Limit day{1, LimitUnit::kWorkingDays}, minutes{480, LimitUnit::kWorkingMinutes};
  // Friday, 08:00: by Monday, 17:00, 15.5 hours of office time, of which 12.4.
  CHECK(Near(day, "2019-07-12T08:00:00") == At("2019-07-15T13:54:00"));
  CHECK(Near(minutes, "2019-07-12T08:00:00") == At("2019-07-12T15:54:00"));
  CHECK(Near(minutes, "2019-07-12T15:00:00") == At("2019-07-15T13:24:00"));
  // The last day before Tết 2026: from 14 to 22 February nobody works.
  CHECK(Near(day, "2026-02-13T08:00:00") == At("2026-02-23T13:54:00"));
  CHECK(Near(minutes, "2026-02-13T10:00:00") == At("2026-02-23T08:24:00"));
  CHECK(Near({1440, LimitUnit::kClockMinutes}, "2026-02-13T08:00:00") == At("2026-02-14T03:12:00"));
}

TEST_CASE("a part of office time that ends with office hours has passed then, not the next day") {
  const auto part = [](const std::string& begins, const std::string& at, int percent) {
    return PartOf(At(begins), At(at), LimitUnit::kWorkingDays, percent, Province());
  };
  CHECK(part("2019-07-10T07:30:00", "2019-07-10T17:00:00", 50) == At("2019-07-10T11:30:00"));
  CHECK(part("2019-07-10T07:30:00", "2019-07-16T17:00:00", 80) == At("2019-07-15T17:00:00"));
  CHECK(part("2019-07-10T07:30:00", "2019-07-16T17:00:00", 100) == At("2019-07-16T17:00:00"));
  // There is none, or the end has come before.
  CHECK(part("2019-07-12T18:00:00", "2019-07-14T10:00:00", 80) == At("2019-07-14T10:00:00"));
  CHECK(part("2019-07-12T08:00:00", "2019-07-11T08:00:00", 80) == At("2019-07-11T08:00:00"));
}

TEST_CASE("of what was left of a deadline a wait takes nothing") {
  const auto resumed = [](base::Time at, base::Time paused, base::Time until) {
    return Resumed(at, LimitUnit::kWorkingMinutes, paused, until, Province());
  };
  CHECK(resumed(At("2019-07-10T10:00:00"), At("2019-07-10T09:00:30.000001"),
                At("2019-07-10T09:30:00")) == At("2019-07-10T10:29:29.999999"));
  CHECK(resumed(At("2019-07-11T08:00:00"), At("2019-07-10T16:59:01"), At("2019-07-12T18:00:00")) ==
        At("2019-07-15T08:00:59"));
  base::Time at = At("2019-07-10T15:00:00");
  for (int i = 0; i < 60; ++i) {
    const base::Time paused = At("2019-07-10T13:00:30") + i * 1min;
    at = resumed(at, paused, paused + 1s);
  }
  CHECK(at == At("2019-07-10T15:01:00"));
}

TEST_CASE("each day has the office hours that are valid on it") {
  const Calendar calendar(RulesByDay(ChangedHours()), {{DayOf("2019-07-20"), DayKind::kHalf}});
  CHECK(calendar.AddWorkingDays(At("2019-07-12T16:30:00"), 0) == At("2019-07-12T17:00:00"));
  CHECK(calendar.AddWorkingDays(At("2019-07-12T09:00:00"), 1) == At("2019-07-15T16:00:00"));
  CHECK(calendar.AddWorkingDays(At("2019-07-15T16:30:00"), 0) == At("2019-07-16T16:00:00"));
  CHECK(calendar.AddWorkingDays(At("2019-07-20T09:00:00"), 0) == At("2019-07-20T11:00:00"));
  CHECK(calendar.AddWorkingTime(At("2019-07-12T16:00:00"), 2h) == At("2019-07-15T08:00:00"));
  CHECK(calendar.WorkingTimeBetween(At("2019-07-12T16:00:00"), At("2019-07-15T17:00:00")) == 8h);
  // Before the first day and after the last, the nearest.
  CHECK(calendar.AddWorkingDays(At("2018-12-27T09:00:00"), 1) == At("2018-12-28T17:00:00"));
  const Calendar ended(
      RulesByDay({{DayOf("2019-01-01"), DayOf("2019-07-14"), {7h + 30min, 11h + 30min}}}), {});
  CHECK(ended.AddWorkingDays(At("2019-07-12T09:00:00"), 1) == At("2019-07-15T11:30:00"));
  CHECK_THROWS_AS(Calendar(RulesByDay({}), {}), std::invalid_argument);
}

TEST_CASE("a period in plain days that ends on a day off rolls to the next working day") {
  CHECK(Province().AddPlainDays(DayOf("2019-07-10"), 2) == DayOf("2019-07-12"));
  CHECK(Province().AddPlainDays(DayOf("2019-07-10"), 3) == DayOf("2019-07-15"));
  CHECK(Province().AddPlainDays(DayOf("2019-04-01"), 28) == DayOf("2019-05-02"));
}

TEST_CASE("periods are bounded") {
  CHECK_THROWS_AS(Province().AddWorkingDays(At("2019-07-10T09:00:00"), -1), std::invalid_argument);
  CHECK_THROWS_AS(Province().AddWorkingDays(At("2019-07-10T09:00:00"), 1'000'000),
                  std::invalid_argument);
  CHECK_THROWS_AS(Province().AddWorkingTime(At("2019-07-10T09:00:00"), -1min),
                  std::invalid_argument);
  CHECK_THROWS_AS(Province().AddPlainDays(DayOf("2019-07-10"), -1), std::invalid_argument);
}

TEST_CASE("office hours must be there, in order and within the day") {
  const std::vector<std::vector<OfficeHours>> wrong = {
      {}, {{13h, 17h}, {7h, 11h}}, {{13h, 25h}}, {{13h, 13h}}, {{-1h, 11h}}};
  for (const auto& hours : wrong) {
    Rules rules = OfficeRules();
    rules.hours = hours;
    CHECK_THROWS_AS(Calendar(rules, {}), std::invalid_argument);
  }
}
