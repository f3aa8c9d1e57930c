// Enterprises through the generated stub, on a real PostgreSQL.
#include <catch2/catch.hpp>

#include "support/registry_owner.hpp"

namespace lienthong::registry {
namespace {

v1::GetEnterpriseRequest GetFirm(const std::string& id) {
  v1::GetEnterpriseRequest request;
  request.set_enterprise_id(id);
  return request;
}

v1::MoveEnterpriseRequest MoveFirm(Registry& registry, const std::string& id,
                                   const std::string& commune_code) {
  v1::MoveEnterpriseRequest request;
  request.set_request_id(registry.NewId());
  request.set_enterprise_id(id);
  *request.mutable_address() = AddressIn(commune_code);
  return request;
}

v1::DissolveEnterpriseRequest DissolveFirm(Registry& registry, const std::string& id) {
  v1::DissolveEnterpriseRequest request;
  request.set_request_id(registry.NewId());
  request.set_enterprise_id(id);
  request.set_dissolved_on("2019-07-10");
  return request;
}

v1::TakeOverEnterpriseRequest TakeOverFirm(Registry& registry, const std::string& tax_number,
                                           const std::string& commune_code = "25816") {
  v1::TakeOverEnterpriseRequest request;
  request.set_request_id(registry.NewId());
  request.set_tax_number(tax_number);
  *request.mutable_address() = AddressIn(commune_code);
  return request;
}

}  // namespace

TEST_CASE("registry: the commune of the new seat takes an enterprise over, by its tax number") {
  Registry registry;
  const auto made = registry.Do(&Stub::RegisterEnterprise, FirmRequest(registry));
  CHECK(registry.Try(&Stub::TakeOverEnterprise, TakeOverFirm(registry, made.tax_number(), "25747"),
                     kFarWard) == Outcome{grpc::PERMISSION_DENIED, "COMMUNE_NOT_OF_UNIT"});
  CHECK(registry.Try(&Stub::TakeOverEnterprise, TakeOverFirm(registry, "0100233488"), kFarWard) ==
        kNotFound);
  CHECK(registry.Count("journal") == "1");
  const auto request = TakeOverFirm(registry, made.tax_number());
  const auto moved = registry.Do(&Stub::TakeOverEnterprise, request, kFarWard);
  CHECK(moved.id() == made.id());
  CHECK(moved.version() == 2);
  CHECK(registry.SeenBy(made.id()) == std::string(kFarDistrict) + " " + kFarWard);
  CHECK(registry.Events(made.id()) == "EnterpriseRegistered EnterpriseTakenOver");
  // Three take-overs have been counted. A repeat is none, and another one is too many.
  CHECK(
      MessageDifferencer::Equals(registry.Do(&Stub::TakeOverEnterprise, request, kFarWard), moved));
  CHECK(registry.Try(&Stub::TakeOverEnterprise, TakeOverFirm(registry, made.tax_number()),
                     kFarWard) == Outcome{grpc::RESOURCE_EXHAUSTED, "TAKE_OVER_LIMIT"});
  CHECK(registry.Defects().empty());
}

TEST_CASE("registry: an enterprise is registered, moves and is dissolved") {
  Registry registry;
  const auto request = FirmRequest(registry);
  const v1::Enterprise made = registry.Do(&Stub::RegisterEnterprise, request);
  CHECK(made.version() == 1);
  CHECK(made.registered_on() == "2019-07-10");
  CHECK(made.state() == v1::ENTERPRISE_STATE_ACTIVE);
  CHECK(MessageDifferencer::Equals(made, registry.Do(&Stub::GetEnterprise, GetFirm(made.id()))));
  CHECK(MessageDifferencer::Equals(made, registry.Do(&Stub::RegisterEnterprise, request)));

  const auto moved =
      registry.Do(&Stub::MoveEnterprise, MoveFirm(registry, made.id(), "25750"), kDistrict);
  CHECK(moved.version() == 2);
  CHECK(registry.SeenBy(made.id()) == "H09.718 H09.718.25750");
  CHECK(registry.Try(&Stub::GetEnterprise, GetFirm(made.id())) == kNotFound);

  const auto dissolved =
      registry.Do(&Stub::DissolveEnterprise, DissolveFirm(registry, made.id()), kDistrict);
  CHECK(dissolved.state() == v1::ENTERPRISE_STATE_DISSOLVED);
  CHECK(dissolved.dissolved_on() == "2019-07-10");
  const Outcome ended{grpc::FAILED_PRECONDITION, "ENTERPRISE_DISSOLVED"};
  CHECK(registry.Try(&Stub::MoveEnterprise, MoveFirm(registry, made.id(), "25750"), kDistrict) ==
        ended);
  CHECK(registry.Try(&Stub::DissolveEnterprise, DissolveFirm(registry, made.id()), kDistrict) ==
        ended);
  CHECK(registry.Events(made.id()) == "EnterpriseRegistered EnterpriseMoved EnterpriseDissolved");
  CHECK(registry.Defects().empty());
}

TEST_CASE("registry: a tax number is checked and belongs to one enterprise") {
  Registry registry;
  const auto outcome = [&](const std::string& number) {
    return registry.Try(&Stub::RegisterEnterprise, FirmRequest(registry, number));
  };
  const Outcome invalid{grpc::INVALID_ARGUMENT, "TAX_NUMBER_INVALID"};
  CHECK(outcome("0100233480") == invalid);
  CHECK(outcome("") == invalid);
  CHECK(outcome("0314409058-000") == invalid);
  CHECK(outcome("074185001234") == invalid);  // from 2025-07-01
  CHECK(outcome("3700145020") == kDone);
  CHECK(outcome("3700145020") == Outcome{grpc::ALREADY_EXISTS, "TAX_NUMBER_TAKEN"});
  CHECK(outcome("0314409058-002") == kDone);
  CHECK(registry.Count("enterprise") == "2");
  CHECK(registry.Count("journal") == "2");
}

TEST_CASE("registry: bad fields of an enterprise are refused and nothing is left") {
  Registry registry;
  const auto outcome = [&](const std::function<void(v1::Enterprise&)>& spoil) {
    auto request = FirmRequest(registry);
    spoil(*request.mutable_enterprise());
    return registry.Try(&Stub::RegisterEnterprise, request);
  };
  CHECK(outcome([](auto& e) { e.clear_name(); }) == kFieldInvalid);
  CHECK(outcome([](auto& e) { e.set_name(std::string(201, 'a')); }) == kFieldInvalid);
  CHECK(outcome([](auto& e) { e.set_registered_on("1899-01-01"); }) == kFieldInvalid);
  CHECK(outcome([](auto& e) { e.set_registered_on("2019-07-11"); }) == kFieldInvalid);
  CHECK(outcome([](auto& e) { e.set_dissolved_on("2019-07-01"); }) == kFieldInvalid);
  CHECK(outcome([](auto& e) { e.mutable_address()->set_commune_code("99999"); }) ==
        Outcome{grpc::INVALID_ARGUMENT, "COMMUNE_UNKNOWN"});
  CHECK(outcome([](auto& e) { e.mutable_address()->set_commune_code("25816"); }) ==
        Outcome{grpc::PERMISSION_DENIED, "COMMUNE_NOT_OF_UNIT"});
  CHECK(registry.Count("enterprise") == "0");
  CHECK(registry.Count("enterprise_name") == "0");
  CHECK(registry.Count("journal") == "0");
}

TEST_CASE("registry: unknown and invisible enterprises are answered alike") {
  Registry registry;
  const auto made = registry.Do(&Stub::RegisterEnterprise, FirmRequest(registry));
  for (const std::string& id : {made.id(), registry.NewId(), std::string("x")}) {
    CHECK(registry.Try(&Stub::GetEnterprise, GetFirm(id), kFarWard) == kNotFound);
    CHECK(registry.Try(&Stub::MoveEnterprise, MoveFirm(registry, id, "25816"), kFarWard) ==
          kNotFound);
    CHECK(registry.Try(&Stub::DissolveEnterprise, DissolveFirm(registry, id), kFarWard) ==
          kNotFound);
  }
}

TEST_CASE("registry: an enterprise is found by name, tax number and commune") {
  Registry registry;
  const auto made = registry.Do(&Stub::RegisterEnterprise, FirmRequest(registry));
  registry.Do(&Stub::RegisterEnterprise,
              FirmRequest(registry, "0100233488", "Hợp tác xã Gạo Thơm"));
  const auto found = [&](const std::function<void(v1::FindEnterprisesRequest&)>& set,
                         const std::string& unit = kWard) {
    v1::FindEnterprisesRequest request;
    set(request);
    return registry.Do(&Stub::FindEnterprises, request, unit).enterprises_size();
  };
  CHECK(found([](auto& r) { r.set_name("gao"); }) == 2);
  CHECK(found([](auto& r) { r.set_name("gạo s"); }) == 1);
  CHECK(found([](auto& r) { r.set_tax_number("3700145020"); }) == 1);
  CHECK(found([](auto& r) { r.set_tax_number("3700145020"), r.set_name("thom"); }) == 0);
  CHECK(found([](auto& r) { r.set_commune_code("25747"); }) == 2);
  CHECK(found([](auto& r) { r.set_commune_code("25750"); }, kDistrict) == 0);
  CHECK(found([](auto& r) { r.set_name("gao"); }, kFarWard) == 0);
  CHECK(found([](auto& r) { r.set_tax_number("3700145020"); }, kFarWard) == 0);
  CHECK(registry.Try(&Stub::FindEnterprises, v1::FindEnterprisesRequest()) == kFieldInvalid);

  registry.Share(kHealth, "enterprise", "limited");
  const auto seen = registry.Do(&Stub::GetEnterprise, GetFirm(made.id()), kHealth);
  CHECK_FALSE(seen.has_representative_name());
  CHECK(seen.address().text().empty());
  CHECK(found([](auto& r) { r.set_name("gao"); }, kHealth) == 2);
  CHECK(registry.Try(&Stub::DissolveEnterprise, DissolveFirm(registry, made.id()), kHealth) ==
        Outcome{grpc::PERMISSION_DENIED, "COMMUNE_NOT_OF_UNIT"});
  CHECK(registry.Defects().empty());
}

TEST_CASE("registry: pages of enterprises are complete and in order") {
  Registry registry;
  for (const char* number : {"3700145020", "0100233488", "0314409058"}) {
    registry.Do(&Stub::RegisterEnterprise, FirmRequest(registry, number));
  }
  v1::FindEnterprisesRequest request;
  if (GENERATE(false, true))
    request.set_name("gao");
  else
    request.set_commune_code("25747");
  request.set_page_size(2);
  const auto first = registry.Do(&Stub::FindEnterprises, request);
  CHECK(first.enterprises_size() == 2);
  request.set_page_token(first.next_page_token());
  const auto second = registry.Do(&Stub::FindEnterprises, request);
  CHECK(second.enterprises_size() == 1);
  CHECK(second.next_page_token().empty());
  CHECK(second.enterprises(0).id() > first.enterprises(1).id());
}

}  // namespace lienthong::registry
