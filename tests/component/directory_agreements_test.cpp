#include <set>

#include "platform/access/snapshot.hpp"
#include "platform/calendar/calendar.hpp"
#include "support/directory_owner.hpp"

using namespace std::chrono_literals;

namespace lienthong::directory {
namespace {

v1::CalendarDay SetDay(Directory& directory, const std::string& day, v1::DayKind kind) {
  v1::SetCalendarDayRequest request;
  request.set_request_id(directory.NewId());
  request.mutable_day()->set_id(day);
  request.mutable_day()->set_kind(kind);
  return directory.Do(&Stub::SetCalendarDay, request);
}

}  // namespace

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

TEST_CASE("directory: what it publishes of calendar days is what deadlines are counted with") {
  Directory directory;
  for (const char* day : {"2019-04-29", "2019-04-30", "2019-05-01", "2019-05-04", "2019-05-06"}) {
    SetDay(directory, day, v1::DAY_KIND_OFF);
  }
  SetDay(directory, "2019-05-04", v1::DAY_KIND_WORK);
  SetDay(directory, "2019-05-11", v1::DAY_KIND_HALF);
  access::Snapshot picture;
  const auto published = directory.pool_.Transact([](pg::Tx& tx) {
    return tx.ExecText(
        "SELECT h.record_id, j.states[1] FROM head h JOIN journal j ON j.id = h.state_row"
        " WHERE h.record_type = 'calendar-day'");
  });
  for (const auto& row : published) {
    picture.Set("calendar-day", row[0].as<std::string>(), row[1].as<std::string>());
  }
  picture.Set("calendar-day", "2019-05-06", std::nullopt);
  const calendar::Calendar calendar(
      {.hours = {{7h + 30min, 11h + 30min}, {13h, 17h}}, .half_hours = {{7h + 30min, 11h + 30min}}},
      picture.Days());
  const auto due = [&](int days) {
    return calendar.AddWorkingDays(base::ParseTime("2019-04-26T09:00:00+07:00"), days);
  };
  CHECK(due(1) == base::ParseTime("2019-05-02T17:00:00+07:00"));
  CHECK(due(3) == base::ParseTime("2019-05-04T17:00:00+07:00"));
  CHECK(due(4) == base::ParseTime("2019-05-06T17:00:00+07:00"));
  CHECK(due(9) == base::ParseTime("2019-05-11T11:30:00+07:00"));
}

TEST_CASE("directory: calendar days are set, changed and listed") {
  Directory directory;
  for (const char* day : {"2019-04-30", "2019-04-29", "2019-05-04", "2020-01-01"}) {
    SetDay(directory, day, v1::DAY_KIND_OFF);
  }
  CHECK(SetDay(directory, "2019-05-04", v1::DAY_KIND_WORK).version() == 2);

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

TEST_CASE("directory: what is due does not wait for a hundred items that fail") {
  Directory directory;
  LoadProvince(directory);
  const base::Time end = directory.clock_.BusinessNow() + kHour;
  const auto ending = [&](base::Time time) {
    auto request = AgreementRequest(directory);
    *request.mutable_agreement()->mutable_ends_at() = Timestamp(time);
    return directory.Do(&Stub::CreateAgreement, request).id();
  };
  for (int n = 0; n < 100; ++n) ending(end);
  const std::string last = ending(end + kTick);
  directory.Value(
      "ALTER TABLE journal ADD CONSTRAINT refuse CHECK (event <> 'AgreementEnded'"
      " OR record_id = '" +
      last + "')");
  directory.clock_.Set(end + kTick);
  CHECK(directory.timer_.RunDue() == 1);
  CHECK(directory.Events("agreement", last) == "AgreementCreated AgreementEnded");
  CHECK(directory.timer_.RunDue() == 0);
  directory.Value("ALTER TABLE journal DROP CONSTRAINT refuse");
  CHECK(directory.timer_.RunDue() == 100);
  CHECK(directory.timer_.RunDue() == 0);
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
    journal::Timer timer(directory.pool_, directory.journal_, directory.clock_,
                         directory.schedule_);
    timer.Start();
    directory.clock_.Set(end);
    CHECK(support::Eventually(std::chrono::seconds(10), [&] { return ended(first); }));
    CHECK_FALSE(ended(second));
  }
  directory.clock_.Set(end + kHour);
  // Two copies of the service at once: each thing happens once.
  journal::Timer one(directory.pool_, directory.journal_, directory.clock_, directory.schedule_);
  journal::Timer other(directory.pool_, directory.journal_, directory.clock_, directory.schedule_);
  one.Start();
  other.Start();
  CHECK(support::Eventually(std::chrono::seconds(10), [&] { return ended(second); }));
  CHECK(ended(first));
}

}  // namespace lienthong::directory
