#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/day.hpp"

namespace lienthong::registry {

enum class Sex { kMale, kFemale };

/// What the structure of a personal number says and the declared data do not.
enum class IdentityWarning { kBirthYearDiffers, kSexDiffers };

/// Số định danh cá nhân (NĐ 137/2015/NĐ-CP, TT 07/2016/TT-BCA) of a person born 1900-2099 and
/// registered in Vietnam: 12 digits, the first 0, the fourth 0 to 3. It has no check digit.
bool IsIdentityNumber(std::string_view text);

/// Number of an older card (chứng minh nhân dân): 9 digits, or 12 (2012-2015).
bool IsOldIdentityNumber(std::string_view text);

/// Compares a valid number with the declared birth date and sex. Warnings only: foreign births and
/// edited records are legitimate.
std::vector<IdentityWarning> WarningsOf(std::string_view identity_number, Day birth_date, Sex sex);

/// What a tax number (mã số thuế) may look like from a day on.
struct TaxNumberForm {
  Day valid_from;
  /// 12-digit personal numbers stand for the tax numbers of individuals and households.
  bool personal_numbers;
  /// The number of a branch may be written without the hyphen.
  bool branch_without_hyphen;
};

/// In order of `valid_from`. From 2025-07-01: TT 86/2024/TT-BTC.
inline constexpr TaxNumberForm kTaxNumberForms[] = {
    {kFirstDay, false, false},
    {{std::chrono::year(2025), std::chrono::month(7), std::chrono::day(1)}, true, true},
};

/// The number in its usual form ("0314409058-002" for a branch); nullopt when it is not a valid tax
/// number on `day`: wrong form, wrong check digit, suffix 000.
std::optional<std::string> ToTaxNumber(std::string_view text, Day day);

}  // namespace lienthong::registry
