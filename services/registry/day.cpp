#include "registry/day.hpp"

#include <optional>
#include <string_view>

#include "platform/base/error.hpp"

namespace lienthong::registry {
namespace {

/// Exactly YYYY-MM-DD and a day that exists.
std::optional<Day> ToDay(const std::string& text) {
  constexpr std::string_view kPattern = "0000-00-00";
  if (text.size() != kPattern.size()) return std::nullopt;
  for (std::size_t i = 0; i < kPattern.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (kPattern[i] == '0' ? !is_digit : text[i] != '-') return std::nullopt;
  }
  const Day day{std::chrono::year(std::stoi(text.substr(0, 4))),
                std::chrono::month(static_cast<unsigned>(std::stoi(text.substr(5, 2)))),
                std::chrono::day(static_cast<unsigned>(std::stoi(text.substr(8, 2))))};
  if (!day.ok()) return std::nullopt;
  return day;
}

}  // namespace

Day CheckDay(const std::string& text, const std::string& field, Day today) {
  const std::optional<Day> day = ToDay(text);
  if (!day) throw base::InvalidField(field, "must be a calendar day, YYYY-MM-DD");
  if (*day < kFirstDay) throw base::InvalidField(field, "must not be before 1900");
  if (*day > today) throw base::InvalidField(field, "must not be in the future");
  return *day;
}

Day CheckDayOrToday(const std::string& text, const std::string& field, Day today) {
  return text.empty() ? today : CheckDay(text, field, today);
}

}  // namespace lienthong::registry
