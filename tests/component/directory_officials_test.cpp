#include "support/directory_owner.hpp"

namespace lienthong::directory {

TEST_CASE("directory: who created an official can use it at once") {
  Directory directory;
  LoadProvince(directory);
  const v1::Official manager = Appointed(directory, kOffice, "manager");
  const v1::Official clerk = Appointed(directory, kDistrict, "clerk");
  v1::Unit answer;
  const auto request =
      CreateRequest(directory, UnitMessage("H09.01", v1::UNIT_KIND_DEPARTMENT, "H09"));
  CHECK(directory.Call(&Stub::CreateUnit, request, &answer, "unit-H09.718", clerk.id()) ==
        Outcome{grpc::PERMISSION_DENIED, "PERMISSION_MISSING"});
  CHECK(directory.Call(&Stub::CreateUnit, request, &answer, "unit-H09.718.25747", manager.id()) ==
        Outcome{grpc::PERMISSION_DENIED, "OFFICIAL_NOT_IN_UNIT"});
  CHECK(directory.Call(&Stub::CreateUnit, request, &answer, "unit-H09.718", manager.id()) ==
        Outcome{});
  CHECK(directory.Value("SELECT unit || ' ' || official FROM journal ORDER BY id DESC LIMIT 1") ==
        std::string(kOffice) + " " + manager.id());
}

TEST_CASE("directory: an official is seen by the carriers of its units, others find nothing") {
  Directory directory;
  LoadProvince(directory);
  const v1::Official inside = Appointed(directory, kDistrict, "manager");
  const v1::Official outside = Appointed(directory, kWard, "manager");
  const v1::Official in_office = Appointed(directory, kOffice, "clerk");
  v1::GetOfficialRequest get;
  get.set_official_id(in_office.id());
  v1::Official answer;
  CHECK(directory.Call(&Stub::GetOfficial, get, &answer, "unit-H09.718", inside.id()) == Outcome{});
  CHECK(MessageDifferencer::Equals(answer, in_office));
  const Outcome unseen =
      directory.Call(&Stub::GetOfficial, get, &answer, "unit-H09.718.25747", outside.id());
  get.set_official_id(directory.NewId());
  CHECK(directory.Call(&Stub::GetOfficial, get, &answer, "unit-H09.718.25747", outside.id()) ==
        unseen);
  CHECK(unseen == Outcome{grpc::NOT_FOUND, "RECORD_NOT_FOUND"});
}

TEST_CASE("directory: appointments are given, end at their time, and take the official along") {
  Directory directory;
  LoadProvince(directory);
  auto create = OfficialRequest(directory, kOffice, "clerk");
  create.mutable_official()->set_id(directory.NewId());
  const v1::Official official = directory.Do(&Stub::CreateOfficial, create);
  create.set_request_id(directory.NewId());
  CHECK(directory.Refused(&Stub::CreateOfficial, create) ==
        Outcome{grpc::ALREADY_EXISTS, "OFFICIAL_EXISTS"});

  v1::AppointOfficialRequest appoint;
  appoint.set_request_id(directory.NewId());
  appoint.set_official_id(official.id());
  appoint.mutable_appointment()->set_unit_id(kWard);
  appoint.mutable_appointment()->set_position_id("nobody");
  CHECK(directory.Refused(&Stub::AppointOfficial, appoint) ==
        Outcome{grpc::INVALID_ARGUMENT, "POSITION_UNKNOWN"});
  appoint.mutable_appointment()->set_position_id("manager");
  appoint.mutable_appointment()->set_unit_id("H09.99");
  CHECK(directory.Refused(&Stub::AppointOfficial, appoint) ==
        Outcome{grpc::INVALID_ARGUMENT, "UNIT_UNKNOWN"});
  appoint.mutable_appointment()->set_unit_id(kWard);
  CHECK(directory.Do(&Stub::AppointOfficial, appoint).appointments_size() == 2);
  CHECK(directory.AudienceOf(official.id()) ==
        R"({"H09.718":"full","H09.718.25747":"full","service-document":"full",)"
        R"("service-hotline":"full","service-registry":"full"})");

  const base::Time end = directory.clock_.BusinessNow() + kHour;
  v1::EndAppointmentRequest finish;
  finish.set_request_id(directory.NewId());
  finish.set_official_id(official.id());
  finish.set_unit_id(kOffice);
  finish.set_position_id("manager");
  CHECK(directory.Refused(&Stub::EndAppointment, finish) ==
        Outcome{grpc::FAILED_PRECONDITION, "APPOINTMENT_NOT_HELD"});
  finish.set_position_id("clerk");
  *finish.mutable_ends_at() = Timestamp(end);
  directory.Do(&Stub::EndAppointment, finish);
  directory.clock_.Set(end - kTick);
  CHECK(directory.timer_.RunDue() == 0);
  directory.clock_.Set(end);
  CHECK(directory.timer_.RunDue() == 1);
  CHECK(directory.timer_.RunDue() == 0);
  CHECK(directory.AudienceOf(official.id()) ==
        R"({"H09.718.25747":"full","service-document":"full","service-hotline":"full",)"
        R"("service-registry":"full"})");
  CHECK(directory.Events("official", official.id()) ==
        "OfficialCreated OfficialAppointed AppointmentEndPlanned AppointmentEnded");
  CHECK(directory.Defects().empty());

  finish.set_request_id(directory.NewId());
  finish.set_unit_id(kWard);
  finish.set_position_id("manager");
  finish.clear_ends_at();
  directory.Do(&Stub::EndAppointment, finish);
  CHECK(directory.AudienceOf(official.id()) ==
        R"({"service-document":"full","service-hotline":"full","service-registry":"full"})");
}

TEST_CASE("directory: nobody is appointed to a closed unit, and it agrees on nothing") {
  Directory directory;
  LoadProvince(directory);
  directory.Do(&Stub::CloseUnit, CloseRequest(directory, kWard, "2019-07-10"));
  directory.clock_.Set(base::StartOfDay(base::ParseDay("2019-07-11")));
  directory.timer_.RunDue();
  CHECK(directory.Refused(&Stub::CreateOfficial, OfficialRequest(directory, kWard, "clerk")) ==
        Outcome{grpc::FAILED_PRECONDITION, "UNIT_CLOSED"});
  CHECK(directory.Refused(&Stub::CreateAgreement, AgreementRequest(directory)) ==
        Outcome{grpc::FAILED_PRECONDITION, "UNIT_CLOSED"});
}

TEST_CASE("directory: a position is created, then changed") {
  Directory directory;
  v1::SetPositionRequest request;
  request.set_request_id(directory.NewId());
  request.mutable_position()->set_id("registrar");
  request.mutable_position()->set_name("Công chức tư pháp - hộ tịch");
  request.mutable_position()->add_permissions("citizen.register");
  request.mutable_position()->add_permissions("citizen.find");
  const v1::Position created = directory.Do(&Stub::SetPosition, request);
  CHECK(created.permissions(0) == "citizen.find");
  request.set_request_id(directory.NewId());
  request.set_expected_version(1);
  request.mutable_position()->clear_permissions();
  CHECK(directory.Do(&Stub::SetPosition, request).version() == 2);
  CHECK(directory.Events("position", "registrar") == "PositionCreated PositionChanged");
  CHECK(directory.Defects().empty());
}

TEST_CASE("directory: a new service with a feed gets every official by the sweep") {
  Directory directory;
  LoadProvince(directory);
  const v1::Official official = Appointed(directory, kOffice, "clerk");
  directory.pool_.Transact([](pg::Tx& tx) {
    UpdateServiceFeeds(tx,
                       {"service-document", "service-hotline", "service-mail", "service-registry"});
  });
  CHECK(directory.journal_.Sweep(directory.records_, kOfficialType, 100) == 1);
  CHECK(directory.journal_.Sweep(directory.records_, kOfficialType, 100) == 0);
  CHECK(directory.AudienceOf(official.id()) ==
        R"({"H09.718":"full","service-document":"full","service-hotline":"full",)"
        R"("service-mail":"full","service-registry":"full"})");
  CHECK(directory.Events("official", official.id()) == "OfficialCreated AudienceChanged");
  CHECK(directory.Defects().empty());
}

}  // namespace lienthong::directory
