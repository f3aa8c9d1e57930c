// Citizens through the generated stub, on a real PostgreSQL: register, get, move, take over, merge,
// death.
#include <catch2/catch.hpp>

#include <set>
#include <thread>

#include "support/registry_owner.hpp"

namespace lienthong::registry {
namespace {

v1::TakeOverCitizenRequest TakeOverRequest(Registry& registry, const std::string& number,
                                           const std::string& birth_date = "1985-03-02") {
  v1::TakeOverCitizenRequest request;
  request.set_request_id(registry.NewId());
  request.set_identity_number(number);
  request.set_birth_date(birth_date);
  *request.mutable_address() = AddressIn("25816");
  return request;
}

/// One answer per thread, all equal requests sent at once.
template <class Request, class Answer>
std::set<std::string> AllAtOnce(Registry& registry,
                                grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&,
                                                          Answer*),
                                const Request& request) {
  registry.StubOf(std::string("unit-") + kWard);  // made once, before the threads
  std::vector<std::string> answers(20);
  std::vector<std::thread> threads;
  for (std::string& answer : answers) {
    threads.emplace_back([&] {
      Answer message;
      const Outcome outcome = registry.Call(rpc, request, &message, kWard);
      answer = outcome == kDone ? message.SerializeAsString() : outcome.reason;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return {answers.begin(), answers.end()};
}

}  // namespace

TEST_CASE("registry: a registered citizen is read back, row and journal in one commit") {
  Registry registry;
  auto request = RegisterRequest(registry, "  Nguye\u0302\u0303n  Thi\u0323 Đào", "074185001234");
  request.mutable_citizen()->add_old_identity_numbers("280000001");
  const v1::Citizen made = registry.Do(&Stub::RegisterCitizen, request);
  CHECK(made.version() == 1);
  CHECK(made.full_name() == "Nguyễn Thị Đào");
  CHECK(made.address().commune_date() == "2019-07-10");
  CHECK(made.state() == v1::CITIZEN_STATE_LIVING);
  CHECK(made.identity_warnings().empty());
  CHECK(registry.Count("citizen") == "1");
  CHECK(registry.Events(made.id()) == "CitizenRegistered");
  CHECK(registry.SeenBy(made.id()) == "H09.718 H09.718.25747");
  const v1::Citizen read = registry.Do(&Stub::GetCitizen, GetRequest(made.id()));
  CHECK(MessageDifferencer::Equals(made, read));
  CHECK(registry.AccessRows(made.id()) == "1");
  CHECK(registry.Defects().empty());
}

TEST_CASE("registry: what the registry sets itself is passed over") {
  Registry registry;
  auto request = RegisterRequest(registry);
  request.mutable_citizen()->set_id("mine");
  request.mutable_citizen()->set_version(7);
  request.mutable_citizen()->set_state(v1::CITIZEN_STATE_MERGED);
  request.mutable_citizen()->set_merged_into_id("x");
  const v1::Citizen made = registry.Do(&Stub::RegisterCitizen, request);
  CHECK(base::IsUuid(made.id()));
  CHECK(made.version() == 1);
  CHECK(made.state() == v1::CITIZEN_STATE_LIVING);
  CHECK_FALSE(made.has_merged_into_id());
}

TEST_CASE("registry: a number that says something else is a warning, not a refusal") {
  Registry registry;
  const v1::Citizen made = Registered(registry, "Nguyễn Văn An", "074086001234");
  REQUIRE(made.identity_warnings_size() == 2);
  CHECK(made.identity_warnings(0) == v1::IDENTITY_WARNING_BIRTH_YEAR_DIFFERS);
  CHECK(made.identity_warnings(1) == v1::IDENTITY_WARNING_SEX_DIFFERS);
}

TEST_CASE("registry: bad fields of a registration are refused and nothing is left") {
  Registry registry;
  const auto outcome = [&](const std::function<void(v1::Citizen&)>& spoil) {
    auto request = RegisterRequest(registry);
    spoil(*request.mutable_citizen());
    return registry.Try(&Stub::RegisterCitizen, request);
  };
  CHECK(outcome([](auto& c) { c.clear_full_name(); }) == kFieldInvalid);
  CHECK(outcome([](auto& c) { c.set_full_name(std::string(201, 'a')); }) == kFieldInvalid);
  CHECK(outcome([](auto& c) { c.set_full_name(std::string("a\0b", 3)); }) == kFieldInvalid);
  CHECK(outcome([](auto& c) { c.set_full_name("a\nb\x07"); }) == kFieldInvalid);
  CHECK(outcome([](auto& c) { c.set_birth_date("1899-12-31"); }) == kFieldInvalid);
  CHECK(outcome([](auto& c) { c.set_birth_date("2019-07-11"); }) == kFieldInvalid);
  CHECK(outcome([](auto& c) { c.set_birth_date("2019-02-30"); }) == kFieldInvalid);
  CHECK(outcome([](auto& c) { c.clear_sex(); }) == kFieldInvalid);
  CHECK(outcome([](auto& c) { c.set_sex(static_cast<v1::Sex>(7)); }) == kFieldInvalid);
  CHECK(outcome([](auto& c) { c.set_death_date("2019-07-01"); }) == kFieldInvalid);
  CHECK(outcome([](auto& c) { c.set_mother_id("nobody"); }) == kFieldInvalid);
  CHECK(outcome([&](auto& c) { c.set_mother_id(registry.NewId()); }) == kFieldInvalid);
  const Outcome bad_number{grpc::INVALID_ARGUMENT, "IDENTITY_NUMBER_INVALID"};
  CHECK(outcome([](auto& c) { c.set_identity_number("074985001234"); }) == bad_number);
  CHECK(outcome([](auto& c) { c.set_identity_number(""); }) == bad_number);
  CHECK(outcome([](auto& c) { c.add_old_identity_numbers("1"); }) == bad_number);
  CHECK(registry.Count("citizen") == "0");
  CHECK(registry.Count("citizen_name") == "0");
  CHECK(registry.Count("journal") == "0");
  CHECK(registry.Count("request") == "0");
}

TEST_CASE("registry: an address needs a known, open commune of the caller") {
  Registry registry;
  const auto outcome = [&](const std::string& code) {
    return registry.Try(&Stub::RegisterCitizen, RegisterRequest(registry, "An", "", code));
  };
  const Outcome unknown{grpc::INVALID_ARGUMENT, "COMMUNE_UNKNOWN"};
  CHECK(outcome("25748") == unknown);
  CHECK(outcome("718") == unknown);
  CHECK(outcome("") == unknown);
  CHECK(outcome("25750") == Outcome{grpc::PERMISSION_DENIED, "COMMUNE_NOT_OF_UNIT"});
  registry.CloseUnit(kOtherWard, {kWard});
  CHECK(outcome("25750") == Outcome{grpc::INVALID_ARGUMENT, "COMMUNE_CLOSED"});
  CHECK(registry.Count("citizen") == "0");
}

TEST_CASE("registry: the district registers in its communes, parents are persons it sees") {
  Registry registry;
  const v1::Citizen mother = Registered(registry);
  auto request = RegisterRequest(registry, "Trần Bé", "", "25750");
  request.mutable_citizen()->set_mother_id(mother.id());
  CHECK(registry.Do(&Stub::RegisterCitizen, request, kDistrict).mother_id() == mother.id());
  auto far = RegisterRequest(registry, "Trần Bé", "", "25816");
  far.mutable_citizen()->set_mother_id(mother.id());
  CHECK(registry.Try(&Stub::RegisterCitizen, far, kFarWard) == kFieldInvalid);
}

TEST_CASE("registry: a parent whom the caller does not see is named by the field at fault") {
  Registry registry;
  const v1::Citizen mother = Registered(registry);
  const v1::Citizen hidden = Registered(registry, "Trần Văn Bình", "", kFarWard);
  const auto field = [&](const std::string& mother_id, const std::string& father_id) {
    auto request = RegisterRequest(registry, "Trần Bé");
    if (!mother_id.empty()) request.mutable_citizen()->set_mother_id(mother_id);
    if (!father_id.empty()) request.mutable_citizen()->set_father_id(father_id);
    grpc::ClientContext context;
    context.AddMetadata("lienthong-official", std::string(kWard) + "/a");
    v1::Citizen answer;
    return support::FieldOf(
        registry.StubOf(std::string("unit-") + kWard).RegisterCitizen(&context, request, &answer));
  };
  CHECK(field(mother.id(), hidden.id()) == "citizen.father_id");
  CHECK(field("", registry.NewId()) == "citizen.father_id");
  CHECK(field(hidden.id(), mother.id()) == "citizen.mother_id");
  CHECK(field(mother.id(), "").empty());
}

TEST_CASE("registry: a number in use is refused without telling whose it is") {
  Registry registry;
  const v1::Citizen made = Registered(registry, "Nguyễn Thị Đào", "074185001234");
  v1::Citizen answer;
  CHECK(registry.Call(&Stub::RegisterCitizen,
                      RegisterRequest(registry, "Khác", "074185001234", "25816"), &answer,
                      kFarWard) == Outcome{grpc::ALREADY_EXISTS, "IDENTITY_NUMBER_TAKEN"});
  CHECK(answer.id().empty());
  CHECK(registry.Count("citizen") == "1");
  CHECK(registry.Count("journal") == "1");
}

TEST_CASE("registry: a repeat answers the same and leaves an access row") {
  Registry registry;
  const auto request = RegisterRequest(registry, "Nguyễn Thị Đào", "074185001234");
  const v1::Citizen first = registry.Do(&Stub::RegisterCitizen, request);
  const v1::Citizen again = registry.Do(&Stub::RegisterCitizen, request);
  CHECK(MessageDifferencer::Equals(first, again));
  CHECK(registry.Count("journal") == "1");
  CHECK(registry.AccessRows(first.id()) == "1");
  auto other = request;
  other.mutable_citizen()->set_full_name("Trần Khác");
  CHECK(registry.Try(&Stub::RegisterCitizen, other) ==
        Outcome{grpc::INVALID_ARGUMENT, "REQUEST_ID_REUSED"});
  auto missing = request;
  missing.set_request_id("7");
  CHECK(registry.Try(&Stub::RegisterCitizen, missing) ==
        Outcome{grpc::INVALID_ARGUMENT, "REQUEST_ID_INVALID"});
}

TEST_CASE("registry: twenty equal registrations at once make one person and one answer") {
  const bool numbered = GENERATE(false, true);
  Registry registry;
  const auto request = RegisterRequest(registry, "An", numbered ? "074185001234" : "");
  const auto answers = AllAtOnce(registry, &Stub::RegisterCitizen, request);
  REQUIRE(answers.size() == 1);
  v1::Citizen citizen;
  CHECK(citizen.ParseFromString(*answers.begin()));
  CHECK(registry.Count("citizen") == "1");
  CHECK(registry.Count("journal") == "1");
}

TEST_CASE("registry: twenty equal moves at once, with expected_version, make one version") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const auto answers =
      AllAtOnce(registry, &Stub::MoveCitizen, MoveRequest(registry, made.id(), "25747", 1));
  REQUIRE(answers.size() == 1);
  v1::Citizen citizen;
  REQUIRE(citizen.ParseFromString(*answers.begin()));
  CHECK(citizen.version() == 2);
  CHECK(registry.Events(made.id()) == "CitizenRegistered CitizenMoved");
}

TEST_CASE("registry: whom the caller may not see is answered as who does not exist") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  for (const std::string& id : {made.id(), registry.NewId(), std::string("x"), std::string()}) {
    CHECK(registry.Try(&Stub::GetCitizen, GetRequest(id), kFarWard) == kNotFound);
    CHECK(registry.Try(&Stub::MoveCitizen, MoveRequest(registry, id, "25816"), kFarWard) ==
          kNotFound);
    CHECK(registry.Try(&Stub::RecordDeath, DeathRequest(registry, id), kFarWard) == kNotFound);
    CHECK(registry.Try(&Stub::RequestCorrection, CorrectionRequest(registry, id), kFarWard) ==
          kNotFound);
    CHECK(registry.Try(&Stub::MergeCitizens, MergeRequest(registry, id, registry.NewId()),
                       kFarWard) == kNotFound);
  }
  CHECK(registry.Count("access_log") == "0");
}

TEST_CASE("registry: a read without a purpose is refused") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  auto request = GetRequest(made.id());
  request.set_purpose("  ");
  CHECK(registry.Try(&Stub::GetCitizen, request) ==
        Outcome{grpc::INVALID_ARGUMENT, "PURPOSE_MISSING"});
  CHECK(registry.AccessRows(made.id()) == "0");
}

TEST_CASE("registry: a move inside the district changes the feeds of two communes") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const v1::Citizen moved =
      registry.Do(&Stub::MoveCitizen, MoveRequest(registry, made.id(), "25750", 1), kDistrict);
  CHECK(moved.version() == 2);
  CHECK(registry.SeenBy(made.id()) == "H09.718 H09.718.25750");
  CHECK(registry.Try(&Stub::GetCitizen, GetRequest(made.id()), kWard) == kNotFound);
  CHECK(registry.Try(&Stub::GetCitizen, GetRequest(made.id()), kOtherWard) == kDone);
  CHECK(registry.Try(&Stub::MoveCitizen, MoveRequest(registry, made.id(), "25747", 1), kDistrict) ==
        Outcome{grpc::ABORTED, "VERSION_STALE"});
  CHECK(registry.Try(&Stub::MoveCitizen, MoveRequest(registry, made.id(), "25816"), kDistrict) ==
        Outcome{grpc::PERMISSION_DENIED, "COMMUNE_NOT_OF_UNIT"});
  CHECK(registry.Defects().empty());
}

TEST_CASE("registry: a commune takes a person over by number and birth date") {
  Registry registry;
  const v1::Citizen made = Registered(registry, "Nguyễn Thị Đào", "074185001234");
  const auto request = TakeOverRequest(registry, "074185001234");
  const v1::Citizen taken = registry.Do(&Stub::TakeOverCitizen, request, kFarWard);
  CHECK(taken.id() == made.id());
  CHECK(taken.version() == 2);
  CHECK(registry.SeenBy(made.id()) == "H09.719 H09.719.25816");
  CHECK(registry.Events(made.id()) == "CitizenRegistered CitizenTakenOver");
  CHECK(registry.Try(&Stub::GetCitizen, GetRequest(made.id()), kWard) == kNotFound);
  CHECK(MessageDifferencer::Equals(taken, registry.Do(&Stub::TakeOverCitizen, request, kFarWard)));
  CHECK(registry.Defects().empty());
}

TEST_CASE("registry: a wrong number or birth date takes nobody over, and tries are limited") {
  Registry registry;
  Registered(registry, "Nguyễn Thị Đào", "074185001234");
  CHECK(registry.Try(&Stub::TakeOverCitizen,
                     TakeOverRequest(registry, "074185001234", "1985-03-03"),
                     kFarWard) == kNotFound);
  CHECK(registry.Try(&Stub::TakeOverCitizen, TakeOverRequest(registry, "074185001235"), kFarWard) ==
        kNotFound);
  auto elsewhere = TakeOverRequest(registry, "074185001234");
  *elsewhere.mutable_address() = AddressIn("25750");
  CHECK(registry.Try(&Stub::TakeOverCitizen, elsewhere, kFarWard) ==
        Outcome{grpc::PERMISSION_DENIED, "COMMUNE_NOT_OF_UNIT"});
  CHECK(registry.Try(&Stub::TakeOverCitizen, TakeOverRequest(registry, "074185001234"), kFarWard) ==
        Outcome{grpc::RESOURCE_EXHAUSTED, "TAKE_OVER_LIMIT"});
  CHECK(registry.Count("journal") == "1");
}

TEST_CASE("registry: the repeat of a take-over is answered beyond the limit too") {
  Registry registry;
  Registered(registry, "Nguyễn Thị Đào", "074185001234");
  const auto request = TakeOverRequest(registry, "074185001234");
  const v1::Citizen taken = registry.Do(&Stub::TakeOverCitizen, request, kFarWard);
  for (int i = 1; i < kTakeOversMax; ++i) {
    CHECK(registry.Try(&Stub::TakeOverCitizen, TakeOverRequest(registry, "074185001235"),
                       kFarWard) == kNotFound);
  }
  CHECK(registry.Try(&Stub::TakeOverCitizen, TakeOverRequest(registry, "074185001234"), kFarWard) ==
        Outcome{grpc::RESOURCE_EXHAUSTED, "TAKE_OVER_LIMIT"});
  CHECK(MessageDifferencer::Equals(registry.Do(&Stub::TakeOverCitizen, request, kFarWard), taken));
}

TEST_CASE("registry: a death is recorded once and ends all further changes") {
  Registry registry;
  const v1::Citizen made = Registered(registry, "Nguyễn Thị Đào", "074185001234");
  const v1::Citizen dead = registry.Do(&Stub::RecordDeath, DeathRequest(registry, made.id()));
  CHECK(dead.state() == v1::CITIZEN_STATE_DECEASED);
  CHECK(dead.death_date() == "2019-07-01");
  const Outcome deceased{grpc::FAILED_PRECONDITION, "CITIZEN_DECEASED"};
  CHECK(registry.Try(&Stub::RecordDeath, DeathRequest(registry, made.id())) == deceased);
  CHECK(registry.Try(&Stub::MoveCitizen, MoveRequest(registry, made.id(), "25747")) == deceased);
  CHECK(registry.Try(&Stub::RequestCorrection, CorrectionRequest(registry, made.id())) == deceased);
  CHECK(registry.Try(&Stub::TakeOverCitizen, TakeOverRequest(registry, "074185001234"), kFarWard) ==
        deceased);
  auto early = DeathRequest(registry, Registered(registry).id());
  early.set_death_date("1985-03-01");
  CHECK(registry.Try(&Stub::RecordDeath, early) == kFieldInvalid);
  CHECK(registry.Defects().empty());
}

TEST_CASE("registry: a merge ends the duplicate and the survivor goes on with its numbers") {
  Registry registry;
  const v1::Citizen survivor = Registered(registry);
  auto request = RegisterRequest(registry, "Nguyễn Thị Đào", "074185001234");
  request.mutable_citizen()->add_old_identity_numbers("280000001");
  const v1::Citizen duplicate = registry.Do(&Stub::RegisterCitizen, request);
  const v1::Citizen merged =
      registry.Do(&Stub::MergeCitizens, MergeRequest(registry, survivor.id(), duplicate.id()));
  CHECK(merged.id() == survivor.id());
  CHECK(merged.version() == 2);
  CHECK(merged.identity_number() == "074185001234");
  CHECK(merged.old_identity_numbers(0) == "280000001");
  const v1::Citizen ended = registry.Do(&Stub::GetCitizen, GetRequest(duplicate.id()));
  CHECK(ended.state() == v1::CITIZEN_STATE_MERGED);
  CHECK(ended.merged_into_id() == survivor.id());
  CHECK(registry.Events(survivor.id()) == "CitizenRegistered CitizenAbsorbed");
  CHECK(registry.Events(duplicate.id()) == "CitizenRegistered CitizenMerged");
  CHECK(registry.Value("SELECT reason FROM citizen_merge") == "Cùng một người");
  CHECK(registry.Try(&Stub::MoveCitizen, MoveRequest(registry, duplicate.id(), "25747")) ==
        Outcome{grpc::FAILED_PRECONDITION, "CITIZEN_MERGED"});
  CHECK(registry.Defects().empty());
}

TEST_CASE("registry: two numbers, or one record, are not merged") {
  Registry registry;
  const v1::Citizen a = Registered(registry, "An", "074185001234");
  const v1::Citizen b = Registered(registry, "An", "074185001235");
  CHECK(registry.Try(&Stub::MergeCitizens, MergeRequest(registry, a.id(), b.id())) ==
        Outcome{grpc::FAILED_PRECONDITION, "IDENTITY_NUMBERS_DIFFER"});
  CHECK(registry.Try(&Stub::MergeCitizens, MergeRequest(registry, a.id(), a.id())) ==
        Outcome{grpc::INVALID_ARGUMENT, "SAME_CITIZEN"});
  CHECK(registry.Count("journal") == "2");
}

TEST_CASE("registry: a narrow view reads, but changes nothing") {
  Registry registry;
  const v1::Citizen made = Registered(registry, "Nguyễn Thị Đào", "074185001234");
  CHECK(registry.Try(&Stub::GetCitizen, GetRequest(made.id()), kHealth) == kNotFound);
  registry.Share(kHealth, "citizen", "limited");
  const v1::Citizen seen = registry.Do(&Stub::GetCitizen, GetRequest(made.id()), kHealth);
  CHECK_FALSE(seen.has_identity_number());
  CHECK(seen.address().text().empty());
  CHECK(seen.version() == 1);
  CHECK(registry.Try(&Stub::RecordDeath, DeathRequest(registry, made.id()), kHealth) ==
        Outcome{grpc::PERMISSION_DENIED, "COMMUNE_NOT_OF_UNIT"});
  registry.Share(kHealth, "citizen", "limited", false);
  CHECK(registry.Try(&Stub::GetCitizen, GetRequest(made.id()), kHealth) == kNotFound);
}

TEST_CASE("registry: a position without the permission is refused") {
  Registry registry;
  CHECK(registry.Try(&Stub::RegisterCitizen, RegisterRequest(registry), kWard, "reader") ==
        Outcome{grpc::PERMISSION_DENIED, "PERMISSION_MISSING"});
}

TEST_CASE("registry: the records of a closed commune go to the one that continues it") {
  Registry registry;
  const v1::Citizen made = Registered(registry, "An", "", kOtherWard);
  registry.CloseUnit(kOtherWard, {kWard});
  CHECK(registry.SeenBy(made.id()) == "H09.718 H09.718.25747");
  CHECK(registry.Try(&Stub::GetCitizen, GetRequest(made.id()), kWard) == kDone);
  CHECK(registry.Defects().empty());
}

}  // namespace lienthong::registry
