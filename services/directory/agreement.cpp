#include "directory/agreement.hpp"

#include "platform/base/error.hpp"

namespace lienthong::directory {
namespace {

bool HasEnded(const Agreement& agreement, base::Time now) {
  return agreement.ends_at && *agreement.ends_at <= now;
}

void End(Agreement& agreement, std::string because) {
  agreement.state = AgreementState::kEnded;
  agreement.ended_because = std::move(because);
}

}  // namespace

void Begin(Agreement& agreement, base::Time now, bool may_have_ended, const std::string& field) {
  if (agreement.ends_at && *agreement.ends_at <= agreement.starts_at) {
    throw base::InvalidField(field + ".ends_at", "must be after starts_at");
  }
  if (HasEnded(agreement, now)) {
    if (!may_have_ended) throw base::InvalidField(field + ".ends_at", "must be in the future");
    return End(agreement, kEndedByDate);
  }
  agreement.state = agreement.starts_at <= now ? AgreementState::kActive : AgreementState::kPlanned;
}

void Revoke(Agreement& agreement, std::string reason, base::Time now) {
  if (agreement.state == AgreementState::kEnded || HasEnded(agreement, now)) {
    throw base::Transition("AGREEMENT_ENDED", "the agreement has ended");
  }
  End(agreement, std::move(reason));
}

std::optional<std::string> ApplyTime(Agreement& agreement, base::Time now) {
  if (agreement.state == AgreementState::kEnded) return std::nullopt;
  if (HasEnded(agreement, now)) {
    End(agreement, kEndedByDate);
    return "AgreementEnded";
  }
  if (agreement.state != AgreementState::kPlanned || now < agreement.starts_at) return std::nullopt;
  agreement.state = AgreementState::kActive;
  return "AgreementStarted";
}

}  // namespace lienthong::directory
