#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "registry/address.hpp"
#include "registry/identity.hpp"

namespace lienthong::registry {

inline constexpr std::size_t kNameCharactersMax = 200;
inline constexpr std::size_t kOldIdentityNumbersMax = 20;

/// UUID, lower case.
struct CitizenId {
  std::string text;
  auto operator<=>(const CitizenId&) const = default;
};

enum class CitizenState { kLiving, kDeceased, kMerged };

/// A person (công dân).
struct Citizen {
  CitizenId id;
  std::string full_name;
  Day birth_date;
  Sex sex = Sex::kMale;
  std::optional<std::string> identity_number;
  std::vector<std::string> old_identity_numbers;
  Address address;
  CitizenState state = CitizenState::kLiving;
  std::optional<Day> death_date;
  std::optional<CitizenId> merged_into_id;
  /// As found when the data were declared; kept, so that a later rule changes no old record.
  std::vector<IdentityWarning> identity_warnings;
  std::optional<CitizenId> mother_id;
  std::optional<CitizenId> father_id;
};

/// A name of a request: NFC, required. Throws FIELD_INVALID.
std::string CheckName(const std::string& text, const std::string& field);

/// Throws IDENTITY_NUMBER_INVALID.
std::string CheckIdentityNumber(const std::string& text, const std::string& field);

/// Numbers of older cards, without repeats. Throws IDENTITY_NUMBER_INVALID, and FIELD_INVALID when
/// there are too many.
std::vector<std::string> CheckOldIdentityNumbers(const std::vector<std::string>& numbers,
                                                 const std::string& field);

/// Sets the warnings that number, birth date and sex give.
void CompareIdentity(Citizen& citizen);

/// Throws CITIZEN_DECEASED, CITIZEN_MERGED (FAILED_PRECONDITION).
void RequireLiving(const Citizen& citizen);

/// Each throws what RequireLiving throws.
void Move(Citizen& citizen, Address address);
/// Also FIELD_INVALID when the person was born after `death_date`.
void RecordDeath(Citizen& citizen, Day death_date);

/// Two records are one person: `duplicate` ends as merged into `survivor`, which takes over its
/// numbers and what it does not know itself. Throws SAME_CITIZEN, CITIZEN_MERGED,
/// IDENTITY_NUMBERS_DIFFER; CITIZEN_DECEASED when only one of them is recorded as dead.
void Merge(Citizen& survivor, Citizen& duplicate);

}  // namespace lienthong::registry
