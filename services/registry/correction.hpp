#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "registry/citizen.hpp"

namespace lienthong::registry {

inline constexpr std::size_t kReasonCharactersMax = 1000;
/// A citizen's corrections follow each move of the person in one change.
inline constexpr std::size_t kCorrectionsPerCitizenMax = 200;

/// UUID, lower case.
struct CorrectionId {
  std::string text;
  auto operator<=>(const CorrectionId&) const = default;
};

enum class CorrectionState { kRequested, kApproved, kRejected };

/// The fields to correct; what is absent stays.
struct CorrectedFields {
  std::optional<std::string> full_name;
  std::optional<Day> birth_date;
  std::optional<Sex> sex;
  std::optional<std::string> identity_number;

  bool Empty() const { return !full_name && !birth_date && !sex && !identity_number; }
};

/// A request to correct a citizen's record (cải chính hộ tịch), decided by another official.
struct Correction {
  CorrectionId id;
  CitizenId citizen_id;
  std::string commune_code;          ///< of the citizen's address now: who sees the correction
  std::int64_t citizen_version = 0;  ///< the record that the request was made against
  CorrectedFields fields;
  std::string reason;
  CorrectionState state = CorrectionState::kRequested;
  std::string requested_by_official_id;
  std::string requested_by_unit_id;
  std::optional<std::string> decided_by_official_id;
  std::optional<std::string> decision_reason;
};

/// Throws CORRECTION_DECIDED, SAME_OFFICIAL (FAILED_PRECONDITION).
void Decide(Correction& correction, CorrectionState decision, const std::string& official_id,
            const std::string& reason);

/// Brings the corrected fields into the citizen. Throws what RequireLiving throws.
void Correct(Citizen& citizen, const CorrectedFields& fields);

}  // namespace lienthong::registry
