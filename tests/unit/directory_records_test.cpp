#include <catch2/catch.hpp>

#include <google/protobuf/util/message_differencer.h>

#include "directory/records.hpp"
#include "directory/service_requests.hpp"
#include "platform/base/error.hpp"

using namespace lienthong;
using namespace lienthong::directory;
using google::protobuf::util::MessageDifferencer;

namespace {

/// Field at fault; "" when there is none.
template <class Fn>
std::string FieldOf(Fn&& fn) {
  try {
    fn();
  } catch (const base::Error& error) {
    return error.violations.empty() ? error.reason : error.violations[0].field;
  }
  return "";
}

const base::Time kNoticedAt = base::ParseTime("2019-07-10T00:30:00.123456Z");
const Day kToday = base::ParseDay("2019-07-10");

v1::Unit CommuneMessage() {
  v1::Unit message;
  message.set_id("H09.718.25747");
  message.set_name("Ủy ban nhân dân phường Phú Cường");
  message.set_kind(v1::UNIT_KIND_COMMUNE);
  message.set_parent_id("H09.718");
  message.set_gso_code("25747");
  message.set_valid_from("2019-01-01");
  message.set_valid_to("2025-06-30");
  message.set_synthetic(true);
  message.set_code102("000.28.22.H09");
  return message;
}

v1::Agreement AgreementMessage() {
  v1::Agreement message;
  message.set_consumer_unit_id("H09.08");
  message.set_record_type("citizen");
  message.set_view("limited");
  message.set_purpose("Quản lý tiêm chủng");
  message.set_legal_basis("NĐ 47/2020/NĐ-CP");
  message.mutable_starts_at()->set_seconds(1'562'718'600);
  message.mutable_ends_at()->set_seconds(1'562'718'700);
  message.mutable_ends_at()->set_nanos(123'456'789);
  return message;
}

}  // namespace

TEST_CASE("a unit comes out of the record as it went in") {
  const v1::Unit message = CommuneMessage();
  v1::Unit again = ToMessage(ToUnit(message, kToday, "unit"), 0);
  CHECK(MessageDifferencer::Equals(again, message));
}

TEST_CASE("what the directory sets itself is not taken from a request") {
  v1::Unit message = CommuneMessage();
  message.set_version(7);
  message.set_closed(true);
  message.add_successor_ids("H09.718.25744");
  CHECK(
      MessageDifferencer::Equals(ToMessage(ToUnit(message, kToday, "unit"), 0), CommuneMessage()));
}

TEST_CASE("a unit without a first day is valid from today, one that carries itself names none") {
  v1::Unit message = CommuneMessage();
  message.clear_valid_from();
  message.set_carrier_id(message.id());
  const Unit unit = ToUnit(message, kToday, "unit");
  CHECK(unit.valid_from == kToday);
  CHECK(unit.carrier.empty());
}

TEST_CASE("a wrong field of a unit is named") {
  const auto field = [](auto&& alter) {
    v1::Unit message = CommuneMessage();
    alter(message);
    return FieldOf([&] { ToUnit(message, kToday, "unit"); });
  };
  CHECK(field([](auto& m) { m.set_id("x"); }) == "unit.id");
  CHECK(field([](auto& m) { m.set_name("  "); }) == "unit.name");
  CHECK(field([](auto& m) { m.set_name(std::string(301, 'x')); }) == "unit.name");
  CHECK(field([](auto& m) { m.set_kind(v1::UNIT_KIND_UNSPECIFIED); }) == "unit.kind");
  CHECK(field([](auto& m) { m.set_kind(static_cast<v1::UnitKind>(99)); }) == "unit.kind");
  CHECK(field([](auto& m) { m.set_parent_id("?"); }) == "unit.parent_id");
  CHECK(field([](auto& m) { m.set_carrier_id("?"); }) == "unit.carrier_id");
  CHECK(field([](auto& m) { m.set_gso_code("7"); }) == "unit.gso_code");
  CHECK(field([](auto& m) { m.set_valid_from("2019-13-01"); }) == "unit.valid_from");
  CHECK(field([](auto& m) { m.set_valid_to("2018-01-01"); }) == "unit.valid_to");
}

TEST_CASE("a name in NFD is kept in NFC") {
  v1::Position message;
  message.set_id("head");
  message.set_name("Tru\xCC\x9Bo\xCC\x9B\xCC\x89ng pho\xCC\x80ng");
  CHECK(ToPosition(message, "position").name == "Trưởng phòng");
}

TEST_CASE("times are kept to the microsecond") {
  const Agreement agreement = ToAgreement(AgreementMessage(), kNoticedAt, "agreement");
  v1::Agreement message = ToMessage(agreement, 0);
  CHECK(message.ends_at().seconds() == 1'562'718'700);
  CHECK(message.ends_at().nanos() == 123'456'000);
}

TEST_CASE("an agreement without a start starts now") {
  v1::Agreement message = AgreementMessage();
  message.clear_starts_at();
  CHECK(ToAgreement(message, kNoticedAt, "agreement").starts_at == kNoticedAt);
}

TEST_CASE("a wrong field of an agreement is named") {
  const auto field = [](auto&& alter) {
    v1::Agreement message = AgreementMessage();
    alter(message);
    return FieldOf([&] { ToAgreement(message, kNoticedAt, "agreement"); });
  };
  CHECK(field([](auto& m) { m.clear_consumer_unit_id(); }) == "agreement.consumer_unit_id");
  CHECK(field([](auto& m) { m.set_record_type("Citizen"); }) == "agreement.record_type");
  CHECK(field([](auto& m) { m.clear_view(); }) == "agreement.view");
  CHECK(field([](auto& m) { m.clear_purpose(); }) == "agreement.purpose");
  CHECK(field([](auto& m) { m.clear_legal_basis(); }) == "agreement.legal_basis");
  CHECK(field([](auto& m) { m.mutable_starts_at()->set_nanos(-1); }) == "agreement.starts_at");
  CHECK(field([](auto& m) { m.mutable_ends_at()->set_seconds(-9'000'000'000); }) ==
        "agreement.ends_at");
  CHECK(field([](auto& m) { m.mutable_ends_at()->set_seconds(INT64_MAX); }) == "agreement.ends_at");
}

TEST_CASE("a calendar day has a kind") {
  v1::CalendarDay message;
  message.set_id("2019-04-29");
  message.set_name("Nghỉ hoán đổi");
  CHECK(FieldOf([&] { ToCalendarDay(message, "day"); }) == "day.kind");
  message.set_kind(v1::DAY_KIND_OFF);
  CHECK(MessageDifferencer::Equals(ToMessage(ToCalendarDay(message, "day"), 0), message));
}

TEST_CASE("units, positions, agreements and calendar days are for everyone") {
  const journal::Audience everyone{{"*", "full"}};
  CHECK(ToRecord(ToUnit(CommuneMessage(), kToday, "unit")).audience == everyone);
  CHECK(ToRecord(Position{}).audience == everyone);
  CHECK(ToRecord(ToAgreement(AgreementMessage(), kNoticedAt, "agreement")).audience == everyone);
  CHECK(ToRecord(CalendarDay{kToday, directory::DayKind::kOff, "", false}).audience == everyone);
}

TEST_CASE("an official is seen by the carriers of the appointments that have not ended") {
  Official official{{"0190a1b2-0000-7000-8000-000000000001"}, "Nguyễn Văn An", {}};
  official.appointments = {{{"H09.718.01"}, {"clerk"}, kNoticedAt, {}, false},
                           {{"H09.719"}, {"clerk"}, kNoticedAt, kNoticedAt, true}};
  const OfficialSharing sharing{
      3, {"service-registry"}, {{{"H09.718.01"}, {"H09.718"}}, {{"H09.719"}, {"H09.719"}}}};
  const journal::Record record = ToRecord(official, sharing);
  CHECK(record.audience == journal::Audience{{"H09.718", "full"}, {"service-registry", "full"}});
  CHECK(record.sharing_mark == 3);
  CHECK(record.key.Text() == "official/0190a1b2-0000-7000-8000-000000000001");
}
