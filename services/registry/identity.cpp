#include "registry/identity.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace lienthong::registry {
namespace {

constexpr std::size_t kIdentityDigits = 12;
constexpr std::size_t kTaxDigits = 10;
constexpr std::size_t kBranchDigits = 3;
/// Weights of digits 1 to 9 of a tax number; digit 10 is the check digit.
constexpr std::array<int, 9> kTaxWeights{31, 29, 23, 19, 17, 13, 7, 5, 3};

bool IsDigits(std::string_view text, std::size_t count) {
  return text.size() == count &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int Digit(char character) { return character - '0'; }

bool IsMainTaxNumber(std::string_view text) {
  if (!IsDigits(text, kTaxDigits)) return false;
  if (text.substr(2, 7) == "0000000") return false;
  int sum = 0;
  for (std::size_t i = 0; i < kTaxWeights.size(); ++i) sum += kTaxWeights[i] * Digit(text[i]);
  // A remainder of 0 would ask for the check digit 10: no such number is given out.
  return 10 - sum % 11 == Digit(text[9]);
}

const TaxNumberForm& FormOn(Day day) {
  const TaxNumberForm* form = &kTaxNumberForms[0];
  for (const TaxNumberForm& candidate : kTaxNumberForms) {
    if (candidate.valid_from <= day) form = &candidate;
  }
  return *form;
}

}  // namespace

bool IsIdentityNumber(std::string_view text) {
  return IsDigits(text, kIdentityDigits) && text[0] == '0' && text[3] <= '3';
}

bool IsOldIdentityNumber(std::string_view text) {
  return IsDigits(text, 9) || IsDigits(text, kIdentityDigits);
}

std::vector<IdentityWarning> WarningsOf(std::string_view identity_number, Day birth_date, Sex sex) {
  std::vector<IdentityWarning> warnings;
  const int century_and_sex = Digit(identity_number[3]);
  const int year = 1900 + 100 * (century_and_sex / 2) + 10 * Digit(identity_number[4]) +
                   Digit(identity_number[5]);
  if (year != static_cast<int>(birth_date.year())) {
    warnings.push_back(IdentityWarning::kBirthYearDiffers);
  }
  const Sex said = century_and_sex % 2 == 0 ? Sex::kMale : Sex::kFemale;
  if (said != sex) warnings.push_back(IdentityWarning::kSexDiffers);
  return warnings;
}

std::optional<std::string> ToTaxNumber(std::string_view text, Day day) {
  const TaxNumberForm& form = FormOn(day);
  if (form.personal_numbers && IsIdentityNumber(text)) return std::string(text);
  const std::string_view main = text.substr(0, kTaxDigits);
  if (!IsMainTaxNumber(main)) return std::nullopt;
  std::string_view branch = text.substr(kTaxDigits);
  if (branch.empty()) return std::string(main);
  if (branch.front() == '-') {
    branch.remove_prefix(1);
  } else if (!form.branch_without_hyphen) {
    return std::nullopt;
  }
  if (!IsDigits(branch, kBranchDigits) || branch == "000") return std::nullopt;
  return std::string(main) + "-" + std::string(branch);
}

}  // namespace lienthong::registry
