#include <catch2/catch.hpp>

#include "registry/records.hpp"

namespace lienthong::registry {
namespace {

using namespace std::chrono_literals;
using directory::v1::Agreement;
using directory::v1::Unit;

Unit MakeUnit(const std::string& id, directory::v1::UnitKind kind, const std::string& parent,
              const std::string& gso_code) {
  Unit unit;
  unit.set_id(id);
  unit.set_kind(kind);
  unit.set_parent_id(parent);
  unit.set_gso_code(gso_code);
  return unit;
}

Agreement MakeAgreement(const std::string& consumer, const std::string& type,
                        const std::string& view) {
  Agreement agreement;
  agreement.set_id(consumer + type);
  agreement.set_consumer_unit_id(consumer);
  agreement.set_record_type(type);
  agreement.set_view(view);
  agreement.set_state(directory::v1::AGREEMENT_STATE_ACTIVE);
  return agreement;
}

access::Sharing MakeSharing() {
  using namespace directory::v1;
  return {
      {MakeUnit("H09", UNIT_KIND_PROVINCE, "", "74"),
       MakeUnit("H09.718", UNIT_KIND_DISTRICT, "H09", "718"),
       MakeUnit("H09.718.25747", UNIT_KIND_COMMUNE, "H09.718", "25747"),
       MakeUnit("H29.25747", UNIT_KIND_COMMUNE, "H09", "25999"),
       MakeUnit("H09.13", UNIT_KIND_DEPARTMENT, "H09", ""),
       MakeUnit("H09.16", UNIT_KIND_DEPARTMENT, "H09", "")},
      {MakeAgreement("H09.13", "citizen", "limited"), MakeAgreement("H09.16", "citizen", "full")}};
}

Citizen Person() {
  Citizen citizen;
  citizen.id = {"019a2b3c-0000-7000-8000-000000000001"};
  citizen.full_name = "Nguyễn Thị Đào";
  citizen.birth_date = 1985y / 3 / 2;
  citizen.sex = Sex::kFemale;
  citizen.identity_number = "074185001234";
  citizen.old_identity_numbers = {"280000001"};
  citizen.address = {"Số 1", "25747", 2019y / 7 / 10};
  citizen.mother_id = CitizenId{"019a2b3c-0000-7000-8000-000000000002"};
  citizen.father_id = CitizenId{"019a2b3c-0000-7000-8000-000000000003"};
  return citizen;
}

}  // namespace

TEST_CASE("a citizen is seen by commune, district and the parties to agreements") {
  const journal::Record record = ToRecord(Person(), MakeSharing());
  CHECK(record.audience == journal::Audience{{"H09.718", "full"},
                                             {"H09.718.25747", "full"},
                                             {"H09.13", "limited"},
                                             {"H09.16", "full"}});
  CHECK(record.sharing_mark == MakeSharing().Mark("citizen"));
  REQUIRE(record.views.size() == 2);
  CHECK(record.views[0].name == "full");
  CHECK(record.views[1].name == "limited");
}

TEST_CASE("a commune below the province has no district that sees its records") {
  Citizen citizen = Person();
  citizen.address.commune_code = "25999";
  const journal::Record record = ToRecord(citizen, MakeSharing());
  CHECK(record.audience ==
        journal::Audience{{"H29.25747", "full"}, {"H09.13", "limited"}, {"H09.16", "full"}});
}

TEST_CASE("an enterprise and a correction are not shared by an agreement on citizens") {
  Enterprise enterprise;
  enterprise.id = {"019a2b3c-0000-7000-8000-000000000004"};
  enterprise.address = {"Số 1", "25747", 2019y / 7 / 10};
  enterprise.registered_on = 2019y / 7 / 10;
  const journal::Audience territory{{"H09.718", "full"}, {"H09.718.25747", "full"}};
  CHECK(ToRecord(enterprise, MakeSharing()).audience == territory);
  Correction correction;
  correction.id = {"019a2b3c-0000-7000-8000-000000000005"};
  correction.commune_code = "25747";
  CHECK(ToRecord(correction, MakeSharing()).audience == territory);
}

TEST_CASE("the limited view of a citizen holds no number, no parents and no street") {
  const Citizen citizen = Person();
  const v1::Citizen full = ToMessage(citizen, 3, kFullView);
  CHECK(full.identity_number() == "074185001234");
  CHECK(full.address().text() == "Số 1");
  v1::Citizen limited = ToMessage(citizen, 3, kLimitedView);
  CHECK_FALSE(limited.has_identity_number());
  CHECK(limited.old_identity_numbers().empty());
  CHECK_FALSE(limited.has_mother_id());
  CHECK_FALSE(limited.has_father_id());
  CHECK(limited.address().text().empty());
  CHECK(limited.address().commune_code() == "25747");
  CHECK(limited.version() == 3);
}

TEST_CASE("the limited view of an enterprise holds no representative and no street") {
  Enterprise enterprise;
  enterprise.name = "Công ty Gạo";
  enterprise.tax_number = "3700145020";
  enterprise.address = {"Số 1", "25747", 2019y / 7 / 10};
  enterprise.representative_name = "Trần Hòa";
  enterprise.registered_on = 2019y / 7 / 10;
  const v1::Enterprise limited = ToMessage(enterprise, 1, kLimitedView);
  CHECK_FALSE(limited.has_representative_name());
  CHECK(limited.address().text().empty());
  CHECK(limited.tax_number() == "3700145020");
  CHECK(ToMessage(enterprise, 1, kFullView).representative_name() == "Trần Hòa");
}

TEST_CASE("a record's JSON is the canonical one") {
  Citizen citizen = Person();
  citizen.mother_id.reset(), citizen.father_id.reset();
  citizen.identity_warnings = {IdentityWarning::kSexDiffers};
  CHECK(journal::ToJson(ToMessage(citizen, 2, kLimitedView)) ==
        R"({"id":"019a2b3c-0000-7000-8000-000000000001","version":"2",)"
        R"("fullName":"Nguyễn Thị Đào","birthDate":"1985-03-02","sex":"SEX_FEMALE",)"
        R"("address":{"communeCode":"25747","communeDate":"2019-07-10"},)"
        R"("state":"CITIZEN_STATE_LIVING","identityWarnings":["IDENTITY_WARNING_SEX_DIFFERS"]})");
}

}  // namespace lienthong::registry
