#pragma once

#include <compare>
#include <optional>
#include <string>

#include "registry/address.hpp"
#include "registry/identity.hpp"

namespace lienthong::registry {

/// UUID, lower case.
struct EnterpriseId {
  std::string text;
  auto operator<=>(const EnterpriseId&) const = default;
};

enum class EnterpriseState { kActive, kDissolved };

/// An enterprise (doanh nghiệp).
struct Enterprise {
  EnterpriseId id;
  std::string name;
  std::string tax_number;  ///< as ToTaxNumber gives it
  Address address;
  std::optional<std::string> representative_name;
  Day registered_on;
  EnterpriseState state = EnterpriseState::kActive;
  std::optional<Day> dissolved_on;
};

/// Throws TAX_NUMBER_INVALID; the forms are those valid on `day`.
std::string CheckTaxNumber(const std::string& text, const std::string& field, Day day);

/// Each throws ENTERPRISE_DISSOLVED (FAILED_PRECONDITION).
void Move(Enterprise& enterprise, Address address);
/// Also FIELD_INVALID when it was registered after that day.
void Dissolve(Enterprise& enterprise, Day dissolved_on);

}  // namespace lienthong::registry
