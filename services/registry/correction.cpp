#include "registry/correction.hpp"

#include "platform/base/error.hpp"

namespace lienthong::registry {

void Decide(Correction& correction, CorrectionState decision, const std::string& official_id,
            const std::string& reason) {
  if (correction.state != CorrectionState::kRequested) {
    throw base::Transition("CORRECTION_DECIDED", "the correction has been decided");
  }
  if (correction.requested_by_official_id == official_id) {
    throw base::Transition("SAME_OFFICIAL", "another official has to decide");
  }
  correction.state = decision;
  correction.decided_by_official_id = official_id;
  if (!reason.empty()) correction.decision_reason = reason;
}

void Correct(Citizen& citizen, const CorrectedFields& fields) {
  RequireLiving(citizen);
  if (fields.full_name) citizen.full_name = *fields.full_name;
  if (fields.birth_date) citizen.birth_date = *fields.birth_date;
  if (fields.sex) citizen.sex = *fields.sex;
  if (fields.identity_number) citizen.identity_number = *fields.identity_number;
  CompareIdentity(citizen);
}

}  // namespace lienthong::registry
