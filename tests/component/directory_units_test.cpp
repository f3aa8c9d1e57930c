#include <thread>

#include "support/directory_owner.hpp"

namespace lienthong::directory {

TEST_CASE("directory: a repeated CreateUnit returns the first unit") {
  Directory directory;
  const auto request = CreateRequest(directory, UnitMessage("H09", v1::UNIT_KIND_PROVINCE, ""));
  const v1::Unit first = directory.Do(&Stub::CreateUnit, request);
  CHECK(first.version() == 1);
  CHECK(MessageDifferencer::Equals(directory.Do(&Stub::CreateUnit, request), first));
  CHECK(MessageDifferencer::Equals(Get(directory, "H09"), first));
  CHECK(directory.Events("unit", "H09") == "UnitCreated");

  auto other = request;
  other.mutable_unit()->set_name("Khác");
  CHECK(directory.Refused(&Stub::CreateUnit, other) ==
        Outcome{grpc::INVALID_ARGUMENT, "REQUEST_ID_REUSED"});
  other.set_request_id(directory.NewId());
  CHECK(directory.Refused(&Stub::CreateUnit, other) ==
        Outcome{grpc::ALREADY_EXISTS, "UNIT_EXISTS"});
}

TEST_CASE("directory: twenty equal requests at once get twenty equal answers") {
  Directory directory;
  LoadProvince(directory);
  const auto unit =
      CreateRequest(directory, UnitMessage("H09.01", v1::UNIT_KIND_DEPARTMENT, "H09"));
  const auto official = OfficialRequest(directory, kOffice, "clerk");
  v1::RenameUnitRequest rename;
  rename.set_request_id(directory.NewId());
  rename.set_unit_id(kDistrict);
  rename.set_name("Thành phố Thủ Dầu Một");
  rename.set_expected_version(1);
  std::vector<v1::Unit> units(20), renamed(20);
  std::vector<v1::Official> officials(20);
  std::vector<std::string> failures(20);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 20; ++i) {
      threads.emplace_back([&, i] {
        const auto stub = directory.Connect("ops");
        grpc::ClientContext first, second, third;
        // Twenty handshakes at once on a busy machine: a connection may take a second attempt.
        for (auto* context : {&first, &second, &third}) context->set_wait_for_ready(true);
        failures[i] += stub->CreateUnit(&first, unit, &units[i]).error_message();
        failures[i] += stub->CreateOfficial(&second, official, &officials[i]).error_message();
        failures[i] += stub->RenameUnit(&third, rename, &renamed[i]).error_message();
      });
    }
  }
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(failures[i] == "");
    CHECK(MessageDifferencer::Equals(units[i], units[0]));
    CHECK(MessageDifferencer::Equals(officials[i], officials[0]));
    CHECK(MessageDifferencer::Equals(renamed[i], renamed[0]));
  }
  CHECK(directory.Events("unit", "H09.01") == "UnitCreated");
  CHECK(directory.Events("unit", kDistrict) == "UnitCreated UnitRenamed");
  CHECK(directory.Value("SELECT count(*) FROM official") == "1");
  CHECK(directory.Defects().empty());
}

TEST_CASE("directory: row and journal are one commit") {
  Directory directory;
  LoadProvince(directory);
  v1::RenameUnitRequest request;
  request.set_request_id(directory.NewId());
  request.set_unit_id(kDistrict);
  request.set_name("Thành phố Thủ Dầu Một");
  directory.Value("ALTER TABLE journal ADD CONSTRAINT refuse CHECK (event <> 'UnitRenamed')");
  CHECK(directory.Refused(&Stub::RenameUnit, request).code == grpc::INTERNAL);
  CHECK(directory.Value("SELECT name FROM unit WHERE code = 'H09.718'") == "Đơn vị H09.718");
  CHECK(directory.Value("SELECT count(*) FROM unit_name WHERE unit_code = 'H09.718'") == "1");
  CHECK(Get(directory, kDistrict).version() == 1);

  directory.Value("ALTER TABLE journal DROP CONSTRAINT refuse");
  CHECK(directory.Do(&Stub::RenameUnit, request).version() == 2);
  CHECK(directory.Value("SELECT name FROM unit WHERE code = 'H09.718'") == "Thành phố Thủ Dầu Một");
  CHECK(directory.Defects().empty());
}

TEST_CASE("directory: units above and expected versions are checked") {
  Directory directory;
  LoadProvince(directory);
  CHECK(directory.Refused(
            &Stub::CreateUnit,
            CreateRequest(directory, UnitMessage("H09.01", v1::UNIT_KIND_DEPARTMENT, "H09.99"))) ==
        Outcome{grpc::INVALID_ARGUMENT, "UNIT_UNKNOWN"});
  v1::Unit carried_by_an_office = UnitMessage("H09.718.02", v1::UNIT_KIND_OFFICE, kDistrict);
  carried_by_an_office.set_carrier_id(kOffice);
  CHECK(directory.Refused(&Stub::CreateUnit, CreateRequest(directory, carried_by_an_office)) ==
        Outcome{grpc::INVALID_ARGUMENT, "FIELD_INVALID"});
  v1::RenameUnitRequest rename;
  rename.set_request_id(directory.NewId());
  rename.set_unit_id(kDistrict);
  rename.set_name("x");
  rename.set_expected_version(2);
  CHECK(directory.Refused(&Stub::RenameUnit, rename) == Outcome{grpc::ABORTED, "VERSION_STALE"});
  rename.set_request_id("not a uuid");
  CHECK(directory.Refused(&Stub::RenameUnit, rename) ==
        Outcome{grpc::INVALID_ARGUMENT, "REQUEST_ID_INVALID"});
  rename.set_request_id(directory.NewId());
  rename.set_unit_id("H09.77");
  CHECK(directory.Refused(&Stub::RenameUnit, rename) ==
        Outcome{grpc::NOT_FOUND, "RECORD_NOT_FOUND"});
}

TEST_CASE("directory: the tree of a date shows the units and names of that date") {
  Directory directory;
  LoadProvince(directory);
  v1::RenameUnitRequest rename;
  rename.set_request_id(directory.NewId());
  rename.set_unit_id(kDistrict);
  rename.set_name("Thành phố Thủ Dầu Một");
  directory.Do(&Stub::RenameUnit, rename);
  v1::Unit later = UnitMessage("H09.21", v1::UNIT_KIND_DEPARTMENT, "H09");
  later.set_valid_from("2025-03-01");
  directory.Do(&Stub::CreateUnit, CreateRequest(directory, later));

  v1::ListUnitsRequest list;
  list.set_parent_id("H09");
  list.set_valid_on("2019-07-09");
  auto before = directory.Do(&Stub::ListUnits, list);
  CHECK(CodesOf(before) == std::vector<std::string>{kDistrict, kWard});
  CHECK(before.units(0).name() == "Đơn vị H09.718");
  list.clear_valid_on();
  auto today = directory.Do(&Stub::ListUnits, list);
  CHECK(today.units(0).name() == "Thành phố Thủ Dầu Một");
  CHECK(today.units(0).version() == 2);
  list.set_valid_on("2025-03-01");
  list.set_kind(v1::UNIT_KIND_DEPARTMENT);
  CHECK(CodesOf(directory.Do(&Stub::ListUnits, list)) == std::vector<std::string>{"H09.21"});
  list.set_valid_on("2018-12-31");
  CHECK(CodesOf(directory.Do(&Stub::ListUnits, list)).empty());
}

TEST_CASE("directory: services list the units, and read no single one as an official does") {
  Directory directory;
  LoadProvince(directory);
  const v1::ListUnitsRequest list;
  v1::ListUnitsResponse answer;
  CHECK(directory.Call(&Stub::ListUnits, list, &answer, "service-registry") == Outcome{});
  CHECK(CodesOf(answer) == CodesOf(directory.Do(&Stub::ListUnits, list)));
  const Outcome not_allowed{grpc::PERMISSION_DENIED, "SYSTEM_NOT_ALLOWED"};
  v1::GetUnitRequest get;
  get.set_unit_id(kDistrict);
  v1::Unit unit;
  CHECK(directory.Call(&Stub::GetUnit, get, &unit, "service-registry") == not_allowed);
  // Units list them for an official, as before.
  CHECK(directory.Call(&Stub::ListUnits, list, &answer, "unit-H09.718").code ==
        grpc::PERMISSION_DENIED);
  const std::string clerk = Appointed(directory, kDistrict, "clerk").id();
  CHECK(directory.Call(&Stub::ListUnits, list, &answer, "unit-H09.718", clerk) == Outcome{});
}

TEST_CASE("directory: lists are paged to the end, and tokens belong to their query") {
  Directory directory;
  LoadProvince(directory);
  v1::ListUnitsRequest list;
  list.set_page_size(1);
  std::vector<std::string> codes;
  std::string second_page;
  do {
    const auto page = directory.Do(&Stub::ListUnits, list);
    for (const std::string& code : CodesOf(page)) codes.push_back(code);
    list.set_page_token(page.next_page_token());
    if (second_page.empty()) second_page = page.next_page_token();
  } while (!list.page_token().empty());
  CHECK(codes == std::vector<std::string>{"H09", kDistrict, kOffice, kWard});

  list.set_page_token(second_page);
  list.set_parent_id("H09");
  CHECK(directory.Refused(&Stub::ListUnits, list) ==
        Outcome{grpc::INVALID_ARGUMENT, "PAGE_TOKEN_INVALID"});
  list.clear_page_token();
  list.set_page_size(-1);
  CHECK(directory.Refused(&Stub::ListUnits, list) ==
        Outcome{grpc::INVALID_ARGUMENT, "FIELD_INVALID"});
}

TEST_CASE("directory: a unit is split among several, and several go into one") {
  Directory directory;
  LoadProvince(directory);
  for (const char* code : {"H09.01", "H09.02", "H09.03", "H09.04"}) {
    directory.Do(&Stub::CreateUnit,
                 CreateRequest(directory, UnitMessage(code, v1::UNIT_KIND_DEPARTMENT, "H09")));
  }
  auto split = CloseRequest(directory, "H09.01", "2019-07-31");
  for (const char* code : {"H09.03", "H09.02", "H09.03"}) split.add_successor_ids(code);
  const v1::Unit planned = directory.Do(&Stub::CloseUnit, split);
  for (const char* code : {"H09.03", "H09.04"}) {
    auto merged = CloseRequest(directory, code, "2019-08-31");
    merged.add_successor_ids("H09.02");
    directory.Do(&Stub::CloseUnit, merged);
  }
  const auto successors = [](const v1::Unit& unit) {
    return std::vector<std::string>(unit.successor_ids().begin(), unit.successor_ids().end());
  };
  const std::vector<std::string> both{"H09.02", "H09.03"}, one{"H09.02"};
  CHECK(successors(planned) == both);
  directory.clock_.Set(base::StartOfDay(base::ParseDay("2019-09-01")));
  CHECK(directory.timer_.RunDue() == 3);
  for (const char* code : {"H09.01", "H09.03", "H09.04"}) {
    const v1::Unit unit = Get(directory, code);
    CHECK(unit.closed());
    CHECK(successors(unit) == (unit.id() == "H09.01" ? both : one));
  }
  CHECK_FALSE(Get(directory, "H09.02").closed());
  CHECK(directory.Value("SELECT count(*) FROM unit_successor") == "4");
  CHECK(directory.Defects().empty());
}

TEST_CASE("directory: a unit closes with its successors when its last day has passed") {
  Directory directory;
  LoadProvince(directory);
  auto request = CloseRequest(directory, kDistrict, "2019-07-31");
  request.add_successor_ids(kWard);
  CHECK(directory.Refused(&Stub::CloseUnit, request) ==
        Outcome{grpc::FAILED_PRECONDITION, "UNIT_HAS_CHILDREN"});
  directory.Do(&Stub::CloseUnit, CloseRequest(directory, kOffice, "2019-07-30"));

  auto wrong = CloseRequest(directory, kDistrict, "2019-07-31");
  wrong.add_successor_ids("H09.99");
  CHECK(directory.Refused(&Stub::CloseUnit, wrong) ==
        Outcome{grpc::INVALID_ARGUMENT, "UNIT_UNKNOWN"});
  CHECK(directory.Refused(&Stub::CloseUnit, CloseRequest(directory, kDistrict, "2019-07-09")) ==
        Outcome{grpc::INVALID_ARGUMENT, "FIELD_INVALID"});

  request.set_request_id(directory.NewId());
  const v1::Unit planned = directory.Do(&Stub::CloseUnit, request);
  CHECK(planned.valid_to() == "2019-07-31");
  CHECK(planned.successor_ids(0) == kWard);
  CHECK_FALSE(planned.closed());

  const base::Time midnight = base::StartOfDay(base::ParseDay("2019-08-01"));
  directory.clock_.Set(midnight - kTick);
  CHECK(directory.timer_.RunDue() == 1);  // the office, whose last day was the day before
  CHECK(Get(directory, kOffice).closed());
  CHECK_FALSE(Get(directory, kDistrict).closed());
  directory.clock_.Set(midnight);
  CHECK(directory.timer_.RunDue() == 1);
  CHECK(directory.timer_.RunDue() == 0);
  CHECK(Get(directory, kDistrict).closed());
  CHECK(directory.Events("unit", kDistrict) == "UnitCreated UnitClosurePlanned UnitClosed");
  CHECK(directory.Value("SELECT system FROM journal ORDER BY id DESC LIMIT 1") ==
        "service-directory");
  CHECK(directory.Defects().empty());

  // A repeat is answered although the day has passed.
  CHECK(directory.Do(&Stub::CloseUnit, request).id() == kDistrict);
  CHECK(directory.Refused(&Stub::CloseUnit, CloseRequest(directory, kDistrict, "2019-12-31")) ==
        Outcome{grpc::FAILED_PRECONDITION, "UNIT_CLOSED"});
  CHECK(directory.Refused(&Stub::CreateUnit, CreateRequest(directory, [] {
    v1::Unit unit = UnitMessage("H09.718.03", v1::UNIT_KIND_OFFICE, kDistrict);
    unit.clear_valid_from();
    return unit;
  }())) == Outcome{grpc::FAILED_PRECONDITION, "UNIT_CLOSED"});
}

TEST_CASE("directory: a unit has one code of QCVN 102, which no other one has") {
  Directory directory;
  LoadProvince(directory);
  const auto set = [&](const std::string& unit, const std::string& code) {
    v1::SetCode102Request request;
    request.set_request_id(directory.NewId());
    request.set_unit_id(unit);
    request.set_code102(code);
    return request;
  };
  const v1::Unit coded = directory.Do(&Stub::SetCode102, set(kDistrict, "000.00.22.H09"));
  CHECK(coded.code102() == "000.00.22.H09");
  CHECK(coded.version() == 2);
  CHECK(Get(directory, kDistrict).code102() == "000.00.22.H09");
  CHECK(directory.Events("unit", kDistrict) == "UnitCreated UnitCode102Set");
  const Outcome taken{grpc::ALREADY_EXISTS, "CODE102_TAKEN"};
  CHECK(directory.Refused(&Stub::SetCode102, set(kOffice, "000.00.22.H09")) == taken);
  v1::Unit twin = UnitMessage("H09.21", v1::UNIT_KIND_DEPARTMENT, "H09");
  twin.set_code102("000.00.22.H09");
  CHECK(directory.Refused(&Stub::CreateUnit, CreateRequest(directory, twin)) == taken);
  for (const char* wrong : {"22.H09", "000.00.22.h09", "000.00.22.Z09", "000-00.22.H09", "H09"}) {
    CHECK(directory.Refused(&Stub::SetCode102, set(kDistrict, wrong)) ==
          Outcome{grpc::INVALID_ARGUMENT, "FIELD_INVALID"});
  }
  // Taken away, it can be another's.
  directory.Do(&Stub::SetCode102, set(kDistrict, ""));
  CHECK(directory.Do(&Stub::SetCode102, set(kOffice, "000.00.22.H09")).code102() ==
        "000.00.22.H09");
  CHECK(directory.Defects().empty());
}

}  // namespace lienthong::directory
