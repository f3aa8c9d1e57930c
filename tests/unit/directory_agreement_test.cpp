#include <catch2/catch.hpp>

#include "directory/agreement.hpp"
#include "platform/base/error.hpp"
#include "support/reason.hpp"

using namespace lienthong;
using namespace lienthong::directory;

namespace {

using support::ReasonOf;

const base::Time kNow = base::ParseTime("2019-07-10T00:30:00Z");
constexpr std::chrono::hours kHour{1};

Agreement Begun(base::Time starts_at, std::optional<base::Time> ends_at,
                bool may_have_ended = false) {
  Agreement agreement;
  agreement.starts_at = starts_at;
  agreement.ends_at = ends_at;
  Begin(agreement, kNow, may_have_ended, "agreement");
  return agreement;
}

}  // namespace

TEST_CASE("an agreement is active from its start, planned before") {
  CHECK(Begun(kNow, {}).state == AgreementState::kActive);
  CHECK(Begun(kNow - kHour, kNow + kHour).state == AgreementState::kActive);
  CHECK(Begun(kNow + std::chrono::microseconds(1), {}).state == AgreementState::kPlanned);
}

TEST_CASE("an agreement ends after it starts, and not in the past") {
  CHECK(ReasonOf([] { Begun(kNow, kNow); }) == "FIELD_INVALID");
  CHECK(ReasonOf([] { Begun(kNow - 2 * kHour, kNow); }) == "FIELD_INVALID");
}

TEST_CASE("a loaded agreement may have ended") {
  const Agreement agreement = Begun(kNow - 2 * kHour, kNow, true);
  CHECK(agreement.state == AgreementState::kEnded);
  CHECK(agreement.ended_because == "DATE");
}

TEST_CASE("an agreement is revoked once, planned or active") {
  Agreement agreement = Begun(kNow + kHour, {});
  Revoke(agreement, "purpose fulfilled", kNow);
  CHECK(agreement.state == AgreementState::kEnded);
  CHECK(agreement.ended_because == "purpose fulfilled");
  CHECK(ReasonOf([&] { Revoke(agreement, "again", kNow); }) == "AGREEMENT_ENDED");
}

TEST_CASE("an agreement whose date has passed is not revoked, written or not") {
  Agreement agreement = Begun(kNow, kNow + kHour);
  CHECK(ReasonOf([&] { Revoke(agreement, "late", kNow + kHour); }) == "AGREEMENT_ENDED");
}

TEST_CASE("the time starts and ends an agreement at its marks") {
  Agreement agreement = Begun(kNow + kHour, kNow + 2 * kHour);
  const std::chrono::microseconds tick{1};
  CHECK_FALSE(ApplyTime(agreement, kNow + kHour - tick));
  CHECK(ApplyTime(agreement, kNow + kHour) == "AgreementStarted");
  CHECK(agreement.state == AgreementState::kActive);
  CHECK_FALSE(ApplyTime(agreement, kNow + 2 * kHour - tick));
  CHECK(ApplyTime(agreement, kNow + 2 * kHour) == "AgreementEnded");
  CHECK(agreement.ended_because == "DATE");
  CHECK_FALSE(ApplyTime(agreement, kNow + 3 * kHour));
}

TEST_CASE("an agreement whose start and end were both missed only ends") {
  Agreement agreement = Begun(kNow + kHour, kNow + 2 * kHour);
  CHECK(ApplyTime(agreement, kNow + 5 * kHour) == "AgreementEnded");
}
