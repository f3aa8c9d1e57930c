#include "registry/citizen.hpp"

#include <algorithm>
#include <utility>

#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace lienthong::registry {
namespace {

base::Error Merged() {
  return base::Transition("CITIZEN_MERGED", "the record was a duplicate and has been merged");
}

void AddOldNumber(Citizen& citizen, const std::string& number) {
  auto& numbers = citizen.old_identity_numbers;
  if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) {
    numbers.push_back(number);
  }
}

}  // namespace

std::string CheckName(const std::string& text, const std::string& field) {
  return base::CheckText(text, field, kNameCharactersMax, true);
}

std::string CheckIdentityNumber(const std::string& text, const std::string& field) {
  if (!IsIdentityNumber(text)) {
    throw base::Invalid("IDENTITY_NUMBER_INVALID", field,
                        "must be a personal number of 12 digits, 0ddNdddddddd with N from 0 to 3");
  }
  return text;
}

std::vector<std::string> CheckOldIdentityNumbers(const std::vector<std::string>& numbers,
                                                 const std::string& field) {
  if (numbers.size() > kOldIdentityNumbersMax) {
    throw base::InvalidField(
        field, "must have at most " + std::to_string(kOldIdentityNumbersMax) + " numbers");
  }
  std::vector<std::string> checked;
  for (const std::string& number : numbers) {
    if (!IsOldIdentityNumber(number)) {
      throw base::Invalid("IDENTITY_NUMBER_INVALID", field, "must be numbers of 9 or 12 digits");
    }
    if (std::find(checked.begin(), checked.end(), number) == checked.end()) {
      checked.push_back(number);
    }
  }
  return checked;
}

void CompareIdentity(Citizen& citizen) {
  citizen.identity_warnings.clear();
  if (!citizen.identity_number) return;
  citizen.identity_warnings = WarningsOf(*citizen.identity_number, citizen.birth_date, citizen.sex);
}

void RequireLiving(const Citizen& citizen) {
  switch (citizen.state) {
    case CitizenState::kLiving:
      return;
    case CitizenState::kDeceased:
      throw base::Transition("CITIZEN_DECEASED", "the person is recorded as dead");
    case CitizenState::kMerged:
      throw Merged();
  }
}

void Move(Citizen& citizen, Address address) {
  RequireLiving(citizen);
  citizen.address = std::move(address);
}

void RecordDeath(Citizen& citizen, Day death_date) {
  RequireLiving(citizen);
  if (death_date < citizen.birth_date) {
    throw base::InvalidField("death_date", "must not be before the birth date");
  }
  citizen.state = CitizenState::kDeceased;
  citizen.death_date = death_date;
}

void Merge(Citizen& survivor, Citizen& duplicate) {
  if (survivor.id == duplicate.id) {
    throw base::Invalid("SAME_CITIZEN", "duplicate_id", "must be another record");
  }
  if (survivor.state == CitizenState::kMerged || duplicate.state == CitizenState::kMerged) {
    throw Merged();
  }
  if (survivor.state != duplicate.state) {
    throw base::Transition("CITIZEN_DECEASED", "one of the records is of a dead person");
  }
  if (survivor.identity_number && duplicate.identity_number) {
    throw base::Transition("IDENTITY_NUMBERS_DIFFER", "both records hold an identity number");
  }
  for (const std::string& number : duplicate.old_identity_numbers) AddOldNumber(survivor, number);
  if (duplicate.identity_number) {
    survivor.identity_number = std::exchange(duplicate.identity_number, std::nullopt);
  }
  if (!survivor.mother_id) survivor.mother_id = duplicate.mother_id;
  if (!survivor.father_id) survivor.father_id = duplicate.father_id;
  CompareIdentity(survivor);
  duplicate.state = CitizenState::kMerged;
  duplicate.merged_into_id = survivor.id;
  CompareIdentity(duplicate);
}

}  // namespace lienthong::registry
