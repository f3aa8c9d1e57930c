#include "platform/base/clock.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>

#include "platform/base/error.hpp"

namespace lienthong::base {
namespace {

using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::year_month_day;

constexpr std::size_t kDaySize = 10;        // 2019-07-10
constexpr std::size_t kSecondSize = 19;     // 2019-07-10T00:30:00
constexpr std::size_t kFractionDigits = 6;  // microseconds
constexpr int kZoneHoursMax = 14;
constexpr std::chrono::year kFirstYear{1900};
constexpr std::chrono::year kLastYear{2199};

[[noreturn]] void Refuse(const char* why) { throw std::invalid_argument(why); }

/// Digits only: no sign, no space.
int Digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) Refuse("a time that ends too early");
  int number = 0;
  for (const char digit : text.substr(at, count)) {
    if (digit < '0' || digit > '9') Refuse("not a digit in a time");
    number = number * 10 + (digit - '0');
  }
  return number;
}

void Expect(std::string_view text, std::size_t at, char letter) {
  if (at >= text.size() || text[at] != letter) Refuse("not an RFC 3339 time");
}

int Below(int number, int bound) {
  if (number >= bound) Refuse("a time that does not exist");
  return number;
}

/// Takes ".123456" off the front of `rest`.
microseconds TakeFraction(std::string_view& rest) {
  if (rest.empty() || rest.front() != '.') return microseconds(0);
  std::size_t count = 0;
  while (count + 1 < rest.size() && rest[count + 1] >= '0' && rest[count + 1] <= '9') ++count;
  if (count == 0 || count > kFractionDigits) Refuse("a fraction of 1 to 6 digits is needed");
  std::int64_t fraction = Digits(rest, 1, count);
  for (std::size_t i = count; i < kFractionDigits; ++i) fraction *= 10;
  rest.remove_prefix(count + 1);
  return microseconds(fraction);
}

/// "Z", "+07:00", "-03:30".
std::chrono::minutes ReadZone(std::string_view zone) {
  if (zone == "Z") return std::chrono::minutes(0);
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-')) Refuse("a zone is needed");
  Expect(zone, 3, ':');
  const std::chrono::minutes offset =
      std::chrono::hours(Below(Digits(zone, 1, 2), kZoneHoursMax + 1)) +
      std::chrono::minutes(Below(Digits(zone, 4, 2), 60));
  return zone[0] == '-' ? -offset : offset;
}

}  // namespace

Time SystemClock::MachineNow() const {
  return std::chrono::floor<microseconds>(std::chrono::system_clock::now());
}

year_month_day DayInVietnam(Time time) { return std::chrono::floor<days>(time + kVietnamOffset); }

Time StartOfDay(year_month_day day) { return Time(std::chrono::sys_days(day)) - kVietnamOffset; }

std::string FormatTime(Time time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::hh_mm_ss<microseconds> clock(time - day);
  std::array<char, 32> rest{};
  std::snprintf(rest.data(), rest.size(), "T%02d:%02d:%02d.%06dZ",
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return FormatDay(day) + rest.data();
}

Time ParseTime(std::string_view text) {
  if (text.size() <= kSecondSize) Refuse("not an RFC 3339 time");
  const year_month_day day = ParseDay(text.substr(0, kDaySize));
  Expect(text, 10, 'T');
  Expect(text, 13, ':');
  Expect(text, 16, ':');
  const Time local = std::chrono::sys_days(day) +
                     std::chrono::hours(Below(Digits(text, 11, 2), 24)) +
                     std::chrono::minutes(Below(Digits(text, 14, 2), 60)) +
                     std::chrono::seconds(Below(Digits(text, 17, 2), 60));
  std::string_view rest = text.substr(kSecondSize);
  const microseconds fraction = TakeFraction(rest);
  return local + fraction - ReadZone(rest);
}

std::string FormatDay(year_month_day day) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text.data();
}

year_month_day ParseDay(std::string_view text) {
  if (text.size() != kDaySize) Refuse("a day is written YYYY-MM-DD");
  Expect(text, 4, '-');
  Expect(text, 7, '-');
  const year_month_day day{std::chrono::year(Digits(text, 0, 4)),
                           std::chrono::month(static_cast<unsigned>(Digits(text, 5, 2))),
                           std::chrono::day(static_cast<unsigned>(Digits(text, 8, 2)))};
  if (!day.ok()) Refuse("a day that does not exist");
  return day;
}

year_month_day CheckDay(std::string_view text, const std::string& field) {
  // ParseDay reports by an exception of its own kind; checked before, so that none is caught.
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != kDaySize || text[4] != '-' || text[7] != '-' ||
      std::count_if(text.begin(), text.end(), is_digit) != 8) {
    throw InvalidField(field, "must be a day, YYYY-MM-DD");
  }
  const year_month_day day{std::chrono::year(Digits(text, 0, 4)),
                           std::chrono::month(static_cast<unsigned>(Digits(text, 5, 2))),
                           std::chrono::day(static_cast<unsigned>(Digits(text, 8, 2)))};
  if (!day.ok()) throw InvalidField(field, "must be a day that exists");
  if (day.year() < kFirstYear || day.year() > kLastYear) {
    throw InvalidField(field, "must be between 1900 and 2199");
  }
  return day;
}

}  // namespace lienthong::base
