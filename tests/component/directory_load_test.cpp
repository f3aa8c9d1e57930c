#include "support/directory_owner.hpp"

namespace lienthong::directory {

TEST_CASE("directory: a province is loaded in any order, and loading it again changes nothing") {
  Directory directory;
  const v1::LoadDirectoryRequest chunk = Province(directory);
  v1::LoadDirectoryRequest same_in_new_chunk = chunk;
  same_in_new_chunk.set_request_id(directory.NewId());
  v1::LoadDirectoryResponse answer;
  REQUIRE(directory.Load({chunk, chunk, same_in_new_chunk}, &answer) == Outcome{});
  CHECK(answer.chunks() == 3);
  CHECK(answer.repeated_chunks() == 1);
  CHECK(answer.created() == 6);
  CHECK(answer.existing() == 12);
  CHECK(directory.Value("SELECT count(*) FROM journal") == "6");
  CHECK(directory.Value("SELECT max(version) FROM head") == "1");
  CHECK(directory.Defects().empty());
  CHECK(Get(directory, kOffice).carrier_id() == kDistrict);
}

TEST_CASE("directory: a chunk with one mistake loads nothing") {
  Directory directory;
  v1::LoadDirectoryRequest chunk = Province(directory);
  const auto refuse = [&](const Outcome& expected) {
    v1::LoadDirectoryResponse answer;
    CHECK(directory.Load({chunk}, &answer) == expected);
    CHECK(directory.Value("SELECT count(*) FROM head") == "0");
    CHECK(directory.Value("SELECT count(*) FROM unit") == "0");
  };
  SECTION("an unknown parent") {
    *chunk.add_units() = UnitMessage("H09.01", v1::UNIT_KIND_DEPARTMENT, "H09.99");
    refuse({grpc::INVALID_ARGUMENT, "UNIT_UNKNOWN"});
  }
  SECTION("units above each other") {
    *chunk.add_units() = UnitMessage("H09.01", v1::UNIT_KIND_DEPARTMENT, "H09.02");
    *chunk.add_units() = UnitMessage("H09.02", v1::UNIT_KIND_DEPARTMENT, "H09.01");
    refuse({grpc::INVALID_ARGUMENT, "FIELD_INVALID"});
  }
  SECTION("a record twice") {
    *chunk.add_units() = UnitMessage("H09", v1::UNIT_KIND_PROVINCE, "");
    refuse({grpc::INVALID_ARGUMENT, "FIELD_INVALID"});
  }
  SECTION("more than 500 records") {
    for (int i = 0; i < 500; ++i) {
      *chunk.add_units() =
          UnitMessage("H09.X" + std::to_string(i), v1::UNIT_KIND_DEPARTMENT, "H09");
    }
    refuse({grpc::INVALID_ARGUMENT, "FIELD_INVALID"});
  }
  SECTION("no request id") {
    chunk.clear_request_id();
    refuse({grpc::INVALID_ARGUMENT, "REQUEST_ID_INVALID"});
  }
}

TEST_CASE("directory: everything a province has is loaded by one stream") {
  Directory directory;
  v1::LoadDirectoryRequest chunk = Province(directory);
  for (int i = 0; i < 200; ++i) {
    v1::Official* official = chunk.add_officials();
    official->set_id(directory.NewId());
    official->set_full_name("Trần Văn " + std::to_string(i));
    v1::Appointment* appointment = official->add_appointments();
    appointment->set_unit_id(kOffice);
    appointment->set_position_id("clerk");
  }
  *chunk.add_agreements() = AgreementRequest(directory).agreement();
  chunk.mutable_agreements(0)->set_id(directory.NewId());
  v1::CalendarDay* day = chunk.add_days();
  day->set_id("2019-04-29");
  day->set_kind(v1::DAY_KIND_OFF);
  v1::LoadDirectoryResponse answer;
  REQUIRE(directory.Load({chunk}, &answer) == Outcome{});
  CHECK(answer.created() == 208);
  CHECK(directory.AudienceOf(chunk.officials(0).id()) ==
        R"({"H09.718":"full","service-document":"full","service-hotline":"full",)"
        R"("service-registry":"full"})");
  CHECK(directory.Defects().empty());
}

TEST_CASE("directory: a unit's official loads units, and nothing else") {
  Directory directory;
  LoadProvince(directory);
  const v1::Official manager = Appointed(directory, kDistrict, "manager");
  v1::LoadDirectoryRequest chunk;
  chunk.set_request_id(directory.NewId());
  *chunk.add_units() = UnitMessage("H09.01", v1::UNIT_KIND_DEPARTMENT, "H09");
  v1::LoadDirectoryResponse answer;
  CHECK(directory.Load({chunk}, &answer, "unit-H09.718", manager.id()) == Outcome{});
  chunk = Province(directory);
  CHECK(directory.Load({chunk}, &answer, "unit-H09.718", manager.id()) ==
        Outcome{grpc::PERMISSION_DENIED, "PERMISSION_MISSING"});
}

TEST_CASE("directory: units loaded with a last day are closed, those below first") {
  Directory directory;
  v1::LoadDirectoryRequest chunk = Province(directory);
  for (v1::Unit& unit : *chunk.mutable_units()) unit.set_valid_to("2019-07-09");
  v1::LoadDirectoryResponse answer;
  REQUIRE(directory.Load({chunk}, &answer) == Outcome{});
  CHECK(directory.timer_.RunDue() == 4);
  CHECK(directory.timer_.RunDue() == 0);
  CHECK(directory.Value("SELECT string_agg(record_id, ' ' ORDER BY id) FROM journal"
                        " WHERE event = 'UnitClosed'") == "H09.718.25747 H09.718.01 H09.718 H09");
}

}  // namespace lienthong::directory
