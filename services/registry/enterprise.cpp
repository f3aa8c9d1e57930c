#include "registry/enterprise.hpp"

#include <utility>

#include "platform/base/error.hpp"

namespace lienthong::registry {
namespace {

void RequireActive(const Enterprise& enterprise) {
  if (enterprise.state == EnterpriseState::kDissolved) {
    throw base::Transition("ENTERPRISE_DISSOLVED", "the enterprise has been dissolved");
  }
}

}  // namespace

std::string CheckTaxNumber(const std::string& text, const std::string& field, Day day) {
  const std::optional<std::string> number = ToTaxNumber(text, day);
  if (!number) {
    throw base::Invalid("TAX_NUMBER_INVALID", field,
                        "must be a tax number with its check digit, of a form valid on the day");
  }
  return *number;
}

void Move(Enterprise& enterprise, Address address) {
  RequireActive(enterprise);
  enterprise.address = std::move(address);
}

void Dissolve(Enterprise& enterprise, Day dissolved_on) {
  RequireActive(enterprise);
  if (dissolved_on < enterprise.registered_on) {
    throw base::InvalidField("dissolved_on", "must not be before the registration");
  }
  enterprise.state = EnterpriseState::kDissolved;
  enterprise.dissolved_on = dissolved_on;
}

}  // namespace lienthong::registry
