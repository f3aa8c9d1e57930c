#include <catch2/catch.hpp>

#include "directory/official.hpp"
#include "platform/base/error.hpp"
#include "support/reason.hpp"

using namespace lienthong;
using namespace lienthong::directory;

namespace {

using support::ReasonOf;

const base::Time kThisHour = base::ParseTime("2019-07-10T00:30:00Z");
constexpr std::chrono::hours kOneHour{1};

Appointment Registrar(base::Time starts_at, std::optional<base::Time> ends_at = {},
                      const char* unit = "H09.718.25747") {
  return {{unit}, {"commune-registrar"}, starts_at, ends_at};
}

Official WithAppointment(const Appointment& appointment) {
  Official official{{"0190a1b2-0000-7000-8000-000000000001"}, "Nguyễn Văn An", {}};
  Appoint(official, appointment, kThisHour, "appointment");
  return official;
}

void End(Official& official, base::Time ends_at, base::Time now = kThisHour) {
  EndAppointment(official, {"H09.718.25747"}, {"commune-registrar"}, ends_at, now);
}

}  // namespace

TEST_CASE("a position code is of a-z, 0-9 and hyphens") {
  CHECK(ParsePositionCode("commune-registrar", "id").text == "commune-registrar");
  for (const std::string code : {"", "Registrar", "1st", "a b", "a_b", "-a", "đ"}) {
    CHECK(ReasonOf([&] { ParsePositionCode(code, "id"); }) == "FIELD_INVALID");
  }
  CHECK(ReasonOf([&] { ParsePositionCode(std::string(64, 'a'), "id"); }) == "FIELD_INVALID");
}

TEST_CASE("permissions are sorted words with a dot, without repeats") {
  CHECK(CheckPermissions({"unit.manage", "citizen.register", "unit.manage"}, "permissions") ==
        std::vector<std::string>{"citizen.register", "unit.manage"});
  for (const char* wrong :
       {"citizen", "", "citizen.", ".register", "Citizen.register", "a..b", "a.*", "a b.c"}) {
    CHECK(ReasonOf([&] { CheckPermissions({wrong}, "permissions"); }) == "FIELD_INVALID");
  }
  CHECK(ReasonOf([] {
          CheckPermissions(std::vector<std::string>(kPermissionsMax + 1, "a.b"), "permissions");
        }) == "FIELD_INVALID");
}

TEST_CASE("an appointment ends after it starts") {
  CHECK(ReasonOf([] { WithAppointment(Registrar(kThisHour, kThisHour)); }) == "FIELD_INVALID");
  CHECK(ReasonOf([] { WithAppointment(Registrar(kThisHour, kThisHour + kOneHour)); }) == "");
}

TEST_CASE("the same position in the same unit is not held twice at a time") {
  Official official = WithAppointment(Registrar(kThisHour, kThisHour + kOneHour));
  CHECK(ReasonOf([&] { Appoint(official, Registrar(kThisHour), kThisHour, "appointment"); }) ==
        "FIELD_INVALID");
  Appoint(official, Registrar(kThisHour + kOneHour), kThisHour, "appointment");
  Appoint(official, Registrar(kThisHour, {}, "H09.719"), kThisHour, "appointment");
  CHECK(official.appointments.size() == 3);
}

TEST_CASE("appointments are kept by start, unit and position") {
  Official official = WithAppointment(Registrar(kThisHour + kOneHour));
  Appoint(official, Registrar(kThisHour, {}, "H09.719"), kThisHour, "appointment");
  Appoint(official, Registrar(kThisHour, {}, "H09.01"), kThisHour, "appointment");
  CHECK(official.appointments[0].unit.text == "H09.01");
  CHECK(official.appointments[1].unit.text == "H09.719");
  CHECK(official.appointments[2].starts_at == kThisHour + kOneHour);
}

TEST_CASE("an official holds a bounded number of appointments") {
  Official official{{"x"}, "x", {}};
  for (std::size_t i = 0; i < kAppointmentsMax; ++i) {
    Appoint(official, Registrar(kThisHour + kOneHour * i, kThisHour + kOneHour * (i + 1)),
            kThisHour, "appointment");
  }
  CHECK(ReasonOf([&] {
          Appoint(official, Registrar(kThisHour, {}, "H09"), kThisHour, "appointment");
        }) == "FIELD_INVALID");
}

TEST_CASE("a loaded appointment of the past has ended") {
  CHECK(WithAppointment(Registrar(kThisHour - kOneHour, kThisHour)).appointments[0].ended);
  CHECK_FALSE(
      WithAppointment(Registrar(kThisHour - kOneHour, kThisHour + kOneHour)).appointments[0].ended);
}

TEST_CASE("an appointment ends now or at a time to come") {
  Official official = WithAppointment(Registrar(kThisHour - kOneHour));
  CHECK(ReasonOf([&] { End(official, kThisHour - kOneHour); }) == "FIELD_INVALID");
  End(official, kThisHour + kOneHour);
  CHECK(official.appointments[0].ends_at == kThisHour + kOneHour);
  CHECK_FALSE(official.appointments[0].ended);
  End(official, kThisHour);
  CHECK(official.appointments[0].ended);
  CHECK(ReasonOf([&] { End(official, kThisHour); }) == "APPOINTMENT_NOT_HELD");
}

TEST_CASE("an appointment that has run out is not held, written or not") {
  Official official = WithAppointment(Registrar(kThisHour - kOneHour, kThisHour + kOneHour));
  CHECK(ReasonOf([&] { End(official, kThisHour + 2 * kOneHour, kThisHour + kOneHour); }) ==
        "APPOINTMENT_NOT_HELD");
}

TEST_CASE("an appointment that would end before it starts is taken away") {
  Official official = WithAppointment(Registrar(kThisHour + kOneHour));
  End(official, kThisHour);
  CHECK(official.appointments.empty());
}

TEST_CASE("a later end does not run into the next appointment") {
  Official official = WithAppointment(Registrar(kThisHour - kOneHour, kThisHour + kOneHour));
  Appoint(official, Registrar(kThisHour + 2 * kOneHour), kThisHour, "appointment");
  CHECK(ReasonOf([&] { End(official, kThisHour + 3 * kOneHour); }) == "FIELD_INVALID");
  End(official, kThisHour + 2 * kOneHour);
  CHECK(official.appointments[0].ends_at == kThisHour + 2 * kOneHour);
}

TEST_CASE("due appointments are marked once") {
  Official official = WithAppointment(Registrar(kThisHour - kOneHour, kThisHour + kOneHour));
  CHECK_FALSE(EndDueAppointments(official, kThisHour));
  CHECK(EndDueAppointments(official, kThisHour + kOneHour));
  CHECK(official.appointments[0].ended);
  CHECK_FALSE(EndDueAppointments(official, kThisHour + kOneHour));
}
