#include <set>

#include "support/directory_owner.hpp"

namespace lienthong::directory {

TEST_CASE("directory: an agreement starts and ends at its marks") {
  Directory directory;
  LoadProvince(directory);
  const base::Time start = directory.clock_.BusinessNow() + kHour;
  const base::Time end = start + kHour;
  auto request = AgreementRequest(directory);
  *request.mutable_agreement()->mutable_starts_at() = Timestamp(start);
  *request.mutable_agreement()->mutable_ends_at() = Timestamp(end);
  v1::Agreement agreement = directory.Do(&Stub::CreateAgreement, request);
  CHECK(agreement.state() == v1::AGREEMENT_STATE_PLANNED);
  const std::set<std::string> fields(agreement.view_fields().begin(),
                                     agreement.view_fields().end());
  CHECK(fields.contains("full_name"));
  CHECK_FALSE(fields.contains("identity_number"));

  v1::GetAgreementRequest get;
  get.set_agreement_id(agreement.id());
  const auto state_at = [&](base::Time time) {
    directory.clock_.Set(time);
    directory.timer_.RunDue();
    return directory.Do(&Stub::GetAgreement, get).state();
  };
  CHECK(state_at(start - kTick) == v1::AGREEMENT_STATE_PLANNED);
  CHECK(state_at(start) == v1::AGREEMENT_STATE_ACTIVE);
  CHECK(state_at(end - kTick) == v1::AGREEMENT_STATE_ACTIVE);
  CHECK(state_at(end) == v1::AGREEMENT_STATE_ENDED);
  CHECK(directory.Do(&Stub::GetAgreement, get).ended_because() == "DATE");
  CHECK(directory.Events("agreement", agreement.id()) ==
        "AgreementCreated AgreementStarted AgreementEnded");
  CHECK(directory.Defects().empty());

  v1::RevokeAgreementRequest revoke;
  revoke.set_request_id(directory.NewId());
  revoke.set_agreement_id(agreement.id());
  revoke.set_reason("Hết mục đích");
  CHECK(directory.Refused(&Stub::RevokeAgreement, revoke) ==
        Outcome{grpc::FAILED_PRECONDITION, "AGREEMENT_ENDED"});
}

TEST_CASE("directory: an agreement is active at once and ends when it is revoked") {
  Directory directory;
  LoadProvince(directory);
  const v1::Agreement agreement = directory.Do(&Stub::CreateAgreement, AgreementRequest(directory));
  CHECK(agreement.state() == v1::AGREEMENT_STATE_ACTIVE);
  CHECK(directory.timer_.RunDue() == 0);
  v1::RevokeAgreementRequest revoke;
  revoke.set_request_id(directory.NewId());
  revoke.set_agreement_id(agreement.id());
  CHECK(directory.Refused(&Stub::RevokeAgreement, revoke) ==
        Outcome{grpc::INVALID_ARGUMENT, "FIELD_INVALID"});
  revoke.set_reason("Hết mục đích");
  const v1::Agreement revoked = directory.Do(&Stub::RevokeAgreement, revoke);
  CHECK(revoked.state() == v1::AGREEMENT_STATE_ENDED);
  CHECK(revoked.ended_because() == "Hết mục đích");
  CHECK(MessageDifferencer::Equals(directory.Do(&Stub::RevokeAgreement, revoke), revoked));

  v1::ListAgreementsRequest list;
  list.set_consumer_unit_id(kWard);
  list.set_state(v1::AGREEMENT_STATE_ACTIVE);
  CHECK(directory.Do(&Stub::ListAgreements, list).agreements_size() == 0);
  list.set_state(v1::AGREEMENT_STATE_ENDED);
  CHECK(directory.Do(&Stub::ListAgreements, list).agreements(0).version() == 2);
}

TEST_CASE("directory: an agreement names a unit and a view that exist") {
  Directory directory;
  LoadProvince(directory);
  auto request = AgreementRequest(directory);
  request.mutable_agreement()->set_view("secret");
  const Outcome view_unknown{grpc::INVALID_ARGUMENT, "VIEW_UNKNOWN"};
  CHECK(directory.Refused(&Stub::CreateAgreement, request) == view_unknown);
  // Corrections go to the territory only.
  request.mutable_agreement()->set_record_type("correction");
  request.mutable_agreement()->set_view("full");
  CHECK(directory.Refused(&Stub::CreateAgreement, request) == view_unknown);
  request = AgreementRequest(directory);
  request.mutable_agreement()->set_consumer_unit_id("H09.99");
  CHECK(directory.Refused(&Stub::CreateAgreement, request) ==
        Outcome{grpc::INVALID_ARGUMENT, "UNIT_UNKNOWN"});
}

TEST_CASE("directory: calendar days are set, changed and listed") {
  Directory directory;
  v1::SetCalendarDayRequest set;
  for (const char* day : {"2019-04-30", "2019-04-29", "2019-05-04", "2020-01-01"}) {
    set.set_request_id(directory.NewId());
    set.mutable_day()->set_id(day);
    set.mutable_day()->set_kind(v1::DAY_KIND_OFF);
    directory.Do(&Stub::SetCalendarDay, set);
  }
  set.set_request_id(directory.NewId());
  set.mutable_day()->set_id("2019-05-04");
  set.mutable_day()->set_kind(v1::DAY_KIND_WORK);
  CHECK(directory.Do(&Stub::SetCalendarDay, set).version() == 2);

  v1::ListCalendarDaysRequest list;
  list.set_first_day("2019-01-01");
  list.set_last_day("2019-12-31");
  list.set_page_size(2);
  auto page = directory.Do(&Stub::ListCalendarDays, list);
  REQUIRE(page.days_size() == 2);
  CHECK(page.days(0).id() == "2019-04-29");
  list.set_page_token(page.next_page_token());
  page = directory.Do(&Stub::ListCalendarDays, list);
  REQUIRE(page.days_size() == 1);
  CHECK(page.days(0).kind() == v1::DAY_KIND_WORK);
  CHECK(page.next_page_token().empty());
  list.set_last_day("2018-01-01");
  CHECK(directory.Refused(&Stub::ListCalendarDays, list) ==
        Outcome{grpc::INVALID_ARGUMENT, "FIELD_INVALID"});
  CHECK(directory.Defects().empty());
}

TEST_CASE("directory: the timer's thread does what is due, and again after a restart") {
  Directory directory;
  LoadProvince(directory);
  const base::Time end = directory.clock_.BusinessNow() + kHour;
  auto request = AgreementRequest(directory);
  *request.mutable_agreement()->mutable_ends_at() = Timestamp(end);
  const std::string first = directory.Do(&Stub::CreateAgreement, request).id();
  request.set_request_id(directory.NewId());
  *request.mutable_agreement()->mutable_ends_at() = Timestamp(end + kHour);
  const std::string second = directory.Do(&Stub::CreateAgreement, request).id();
  const auto ended = [&](const std::string& id) {
    return directory.Events("agreement", id) == "AgreementCreated AgreementEnded";
  };
  {
    Timer timer(directory.pool_, directory.journal_, directory.clock_);
    timer.Start();
    directory.clock_.Set(end);
    CHECK(support::Eventually(std::chrono::seconds(10), [&] { return ended(first); }));
    CHECK_FALSE(ended(second));
  }
  directory.clock_.Set(end + kHour);
  // Two copies of the service at once: each thing happens once.
  Timer one(directory.pool_, directory.journal_, directory.clock_);
  Timer other(directory.pool_, directory.journal_, directory.clock_);
  one.Start();
  other.Start();
  CHECK(support::Eventually(std::chrono::seconds(10), [&] { return ended(second); }));
  CHECK(ended(first));
}

}  // namespace lienthong::directory
