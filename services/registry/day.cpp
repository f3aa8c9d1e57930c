#include "registry/day.hpp"

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"

namespace lienthong::registry {

Day CheckDay(const std::string& text, const std::string& field, Day today) {
  const Day day = base::CheckDay(text, field);
  if (day > today) throw base::InvalidField(field, "must not be in the future");
  return day;
}

Day CheckDayOrToday(const std::string& text, const std::string& field, Day today) {
  return text.empty() ? today : CheckDay(text, field, today);
}

}  // namespace lienthong::registry
