#include "registry/address.hpp"

#include <algorithm>

#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace lienthong::registry {

Address CheckAddress(const std::string& text, const std::string& commune_code,
                     const std::string& commune_date, const std::string& field, Day today) {
  Address address;
  address.text = base::CheckText(text, field + ".text", kAddressCharactersMax, false);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (commune_code.size() != 5 ||
      !std::all_of(commune_code.begin(), commune_code.end(), is_digit)) {
    throw base::Invalid("COMMUNE_UNKNOWN", field + ".commune_code", "must be a commune's 5 digits");
  }
  address.commune_code = commune_code;
  address.commune_date = CheckDayOrToday(commune_date, field + ".commune_date", today);
  return address;
}

}  // namespace lienthong::registry
