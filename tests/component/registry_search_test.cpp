// Finding citizens and duplicates through the generated stub, on a real PostgreSQL.
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "support/registry_owner.hpp"

namespace lienthong::registry {
namespace {

v1::FindCitizensRequest ByName(const std::string& name) {
  v1::FindCitizensRequest request;
  request.set_purpose(kPurpose);
  request.set_name(name);
  return request;
}

std::vector<std::string> NamesOf(const v1::FindCitizensResponse& response) {
  std::vector<std::string> names;
  for (const v1::Citizen& citizen : response.citizens()) names.push_back(citizen.full_name());
  return names;
}

std::vector<std::string> Found(Registry& registry, const v1::FindCitizensRequest& request,
                               const std::string& unit = kWard) {
  return NamesOf(registry.Do(&Stub::FindCitizens, request, unit));
}

v1::FindDuplicatesRequest DuplicatesOf(const std::string& id) {
  v1::FindDuplicatesRequest request;
  request.set_citizen_id(id);
  request.set_purpose(kPurpose);
  return request;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("registry: a person is found by name with and without diacritics, in NFC and NFD") {
  Registry registry;
  Registered(registry, "Nguyễn Thị Đào");
  Registered(registry, "Nguyen Thi Dao");
  Registered(registry, "Trần Hoà Bình");
  CHECK(Found(registry, ByName("nguyen thi")) == Names{"Nguyễn Thị Đào", "Nguyen Thi Dao"});
  CHECK(Found(registry, ByName("Nguyễn")) == Names{"Nguyễn Thị Đào"});
  CHECK(Found(registry, ByName("Nguye\u0302\u0303n Thi\u0323")) == Names{"Nguyễn Thị Đào"});
  CHECK(Found(registry, ByName("đào")) == Names{"Nguyễn Thị Đào"});
  CHECK(Found(registry, ByName("DAO")).size() == 2);
  CHECK(Found(registry, ByName("hòa")) == Names{"Trần Hoà Bình"});
  CHECK(Found(registry, ByName("hoa b")) == Names{"Trần Hoà Bình"});
  CHECK(Found(registry, ByName("uyen")).empty());
  CHECK(Found(registry, ByName("%")).empty());
}

TEST_CASE("registry: every person found leaves an access row") {
  Registry registry;
  const v1::Citizen first = Registered(registry, "Trần An");
  const v1::Citizen second = Registered(registry, "Trần Ba");
  CHECK(Found(registry, ByName("tran")).size() == 2);
  CHECK(registry.AccessRows(first.id()) == "1");
  CHECK(registry.AccessRows(second.id()) == "1");
  CHECK(Found(registry, ByName("tran a")).size() == 1);
  CHECK(registry.Count("access_log") == "3");
}

TEST_CASE("registry: a search shows what the caller may see, in the caller's view") {
  Registry registry;
  Registered(registry, "Trần An", "074185001234");
  Registered(registry, "Trần Ba", "", kOtherWard);
  Registered(registry, "Trần Xa", "", kFarWard);
  CHECK(Found(registry, ByName("tran")) == Names{"Trần An"});
  CHECK(Found(registry, ByName("tran"), kDistrict) == Names{"Trần An", "Trần Ba"});
  CHECK(Found(registry, ByName("tran"), kHealth).empty());
  registry.Share(kHealth, "citizen", "limited");
  registry.Share(kJustice, "citizen", "full");
  const auto limited = registry.Do(&Stub::FindCitizens, ByName("tran"), kHealth);
  REQUIRE(NamesOf(limited) == Names{"Trần An", "Trần Ba", "Trần Xa"});
  CHECK_FALSE(limited.citizens(0).has_identity_number());
  const auto full = registry.Do(&Stub::FindCitizens, ByName("tran"), kJustice);
  CHECK(full.citizens(0).identity_number() == "074185001234");
}

TEST_CASE("registry: pages are complete, in order and without repeats") {
  Registry registry;
  std::set<std::string> all;
  for (int i = 0; i < 12; ++i) {
    // Matches at two places: counts once.
    all.insert(Registered(registry, "Nguyễn Văn Nguyên", "", i % 2 == 0 ? kWard : kOtherWard).id());
  }
  const std::string unit = GENERATE(as<std::string>(), kDistrict, kJustice);
  registry.Share(kJustice, "citizen", "full");
  v1::FindCitizensRequest request = ByName("nguyen");
  if (GENERATE(false, true)) request.set_birth_date("1985-03-02");
  request.set_page_size(5);
  std::vector<std::string> ids;
  int pages = 0;
  do {
    const auto page = registry.Do(&Stub::FindCitizens, request, unit);
    for (const v1::Citizen& citizen : page.citizens()) ids.push_back(citizen.id());
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty() && pages < 10);
  CHECK(pages == 3);
  CHECK(ids.size() == all.size());
  CHECK(std::set<std::string>(ids.begin(), ids.end()) == all);
}

TEST_CASE("registry: bad pages are refused") {
  Registry registry;
  for (int i = 0; i < 3; ++i) Registered(registry, "Trần An");
  v1::FindCitizensRequest request = ByName("tran");
  request.set_page_size(-1);
  CHECK(registry.Try(&Stub::FindCitizens, request) == kFieldInvalid);
  request.set_page_size(2);
  const std::string token = registry.Do(&Stub::FindCitizens, request).next_page_token();
  const Outcome invalid{grpc::INVALID_ARGUMENT, "PAGE_TOKEN_INVALID"};
  request.set_page_token(token);
  CHECK(registry.Try(&Stub::FindCitizens, request, kDistrict) == invalid);  // another's
  request.set_name("an");
  CHECK(registry.Try(&Stub::FindCitizens, request) == invalid);  // of another query
  request.set_name("tran");
  request.set_page_token(token + "x");
  CHECK(registry.Try(&Stub::FindCitizens, request) == invalid);
  request.set_page_token("forged");
  CHECK(registry.Try(&Stub::FindCitizens, request) == invalid);
}

TEST_CASE("registry: birth date, commune and number find alone and together") {
  Registry registry;
  auto request = RegisterRequest(registry, "Trần An", "074185001234");
  request.mutable_citizen()->add_old_identity_numbers("280000001");
  registry.Do(&Stub::RegisterCitizen, request);
  auto younger = RegisterRequest(registry, "Trần Ba", "", "25750");
  younger.mutable_citizen()->set_birth_date("1990-01-01");
  registry.Do(&Stub::RegisterCitizen, younger, kDistrict);

  const auto found = [&](const std::function<void(v1::FindCitizensRequest&)>& set) {
    v1::FindCitizensRequest find;
    find.set_purpose(kPurpose);
    set(find);
    return Found(registry, find, kDistrict);
  };
  CHECK(found([](auto& r) { r.set_birth_date("1990-01-01"); }) == Names{"Trần Ba"});
  CHECK(found([](auto& r) { r.set_commune_code("25747"); }) == Names{"Trần An"});
  CHECK(found([](auto& r) { r.set_commune_code("25816"); }).empty());
  CHECK(found([](auto& r) { r.set_identity_number("074185001234"); }) == Names{"Trần An"});
  CHECK(found([](auto& r) { r.set_identity_number("280000001"); }) == Names{"Trần An"});
  CHECK(found([](auto& r) { r.set_identity_number("074185001235"); }).empty());
  CHECK(found([](auto& r) { r.set_name("tran"), r.set_commune_code("25750"); }) ==
        Names{"Trần Ba"});
  CHECK(found([](auto& r) { r.set_name("tran"), r.set_birth_date("1985-03-02"); }) ==
        Names{"Trần An"});
  CHECK(found([](auto& r) { r.set_name("le"), r.set_birth_date("1985-03-02"); }).empty());
  CHECK(found([](auto& r) {
          r.set_identity_number("280000001"), r.set_birth_date("1990-01-01");
        }).empty());
}

TEST_CASE("registry: a search needs a purpose, a criterion and valid ones") {
  Registry registry;
  const auto outcome = [&](const std::function<void(v1::FindCitizensRequest&)>& set) {
    v1::FindCitizensRequest request = ByName("");
    set(request);
    return registry.Try(&Stub::FindCitizens, request);
  };
  CHECK(outcome([](auto&) {}) == kFieldInvalid);
  CHECK(outcome([](auto& r) { r.set_name("an"), r.clear_purpose(); }) ==
        Outcome{grpc::INVALID_ARGUMENT, "PURPOSE_MISSING"});
  CHECK(outcome([](auto& r) { r.set_birth_date("yesterday"); }) == kFieldInvalid);
  CHECK(outcome([](auto& r) { r.set_identity_number("07418500123"); }) ==
        Outcome{grpc::INVALID_ARGUMENT, "IDENTITY_NUMBER_INVALID"});
  CHECK(outcome([](auto& r) { r.set_name(std::string(201, 'a')); }) == kFieldInvalid);
}

TEST_CASE("registry: who does not see numbers does not find by them") {
  Registry registry;
  Registered(registry, "Trần An", "074185001234");
  registry.Share(kHealth, "citizen", "limited");
  v1::FindCitizensRequest request;
  request.set_purpose(kPurpose);
  request.set_identity_number("074185001234");
  CHECK(Found(registry, request, kHealth).empty());
  CHECK(Found(registry, request, kDistrict).size() == 1);
  CHECK(registry.Count("access_log") == "1");
}

TEST_CASE("registry: the merged are not found, the corrected by the new name only") {
  Registry registry;
  const v1::Citizen survivor = Registered(registry, "Trần An");
  const v1::Citizen duplicate = Registered(registry, "Trần An");
  registry.Do(&Stub::MergeCitizens, MergeRequest(registry, survivor.id(), duplicate.id()));
  const auto page = registry.Do(&Stub::FindCitizens, ByName("tran an"));
  REQUIRE(page.citizens_size() == 1);
  CHECK(page.citizens(0).id() == survivor.id());

  const auto correction =
      registry.Do(&Stub::RequestCorrection, CorrectionRequest(registry, survivor.id()));
  registry.Do(&Stub::ApproveCorrection, DecideRequest(registry, correction.id()), kWard, "b");
  CHECK(Found(registry, ByName("tran an")).empty());
  CHECK(Found(registry, ByName("nguyen thi dao")).size() == 1);
}

TEST_CASE("registry: duplicates have the same birth date and name, or a number of an old card") {
  Registry registry;
  auto request = RegisterRequest(registry, "Trần Hòa", "074185001234");
  request.mutable_citizen()->add_old_identity_numbers("280000001");
  const v1::Citizen subject = registry.Do(&Stub::RegisterCitizen, request);
  const v1::Citizen twin = Registered(registry, "Tran Hoa");
  Registered(registry, "Trần Hòa Bình");
  Registered(registry, "Lê Trần Hòa");
  Registered(registry, "Trần Hòa", "", kFarWard);
  auto card = RegisterRequest(registry, "Phạm Khác");
  card.mutable_citizen()->set_birth_date("1990-01-01");
  card.mutable_citizen()->add_old_identity_numbers("280000001");
  const v1::Citizen same_card = registry.Do(&Stub::RegisterCitizen, card);

  const auto found = registry.Do(&Stub::FindDuplicates, DuplicatesOf(subject.id()));
  std::set<std::string> ids;
  for (const v1::Citizen& candidate : found.candidates()) ids.insert(candidate.id());
  CHECK(ids == std::set<std::string>{twin.id(), same_card.id()});
  CHECK(registry.AccessRows(twin.id()) == "1");
  CHECK(registry.AccessRows(subject.id()) == "1");  // what the others are like tells of it
  CHECK_FALSE(found.incomplete());

  CHECK(registry.Try(&Stub::FindDuplicates, DuplicatesOf(subject.id()), kFarWard) == kNotFound);
  auto aimless = DuplicatesOf(subject.id());
  aimless.clear_purpose();
  CHECK(registry.Try(&Stub::FindDuplicates, aimless) ==
        Outcome{grpc::INVALID_ARGUMENT, "PURPOSE_MISSING"});
}

TEST_CASE("registry: more people of one name and birth date than are looked at are told as such") {
  Registry registry;
  const v1::Citizen subject = Registered(registry, "Trần Hòa");
  for (int i = 0; i < 100; ++i) Registered(registry, "Tran Hoa");
  const auto found = registry.Do(&Stub::FindDuplicates, DuplicatesOf(subject.id()));
  CHECK(found.incomplete());
  CHECK(found.candidates_size() >= 99);
  CHECK(found.candidates_size() <= 100);
}

}  // namespace lienthong::registry
