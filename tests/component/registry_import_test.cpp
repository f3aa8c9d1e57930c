// Streaming imports through the generated stub, on a real PostgreSQL.
#include <catch2/catch.hpp>

#include "support/registry_owner.hpp"

namespace lienthong::registry {
namespace {

v1::ImportCitizensRequest Chunk(Registry& registry, int count, int first = 0) {
  v1::ImportCitizensRequest chunk;
  chunk.set_request_id(registry.NewId());
  for (int i = first; i < first + count; ++i) {
    v1::Citizen* citizen = chunk.add_citizens();
    citizen->set_full_name("Nguyễn Văn An");
    citizen->set_birth_date("1985-03-02");
    citizen->set_sex(v1::SEX_MALE);
    const std::string tail = std::to_string(100'000 + i);
    citizen->set_identity_number("074085" + tail);
    *citizen->mutable_address() = AddressIn(i % 2 == 0 ? "25747" : "25816");
  }
  return chunk;
}

/// As `ops`, without an official.
template <class Writer, class Request>
Outcome Send(Writer& writer, const std::vector<Request>& chunks) {
  for (const Request& chunk : chunks) {
    if (!writer.Write(chunk)) break;
  }
  writer.WritesDone();
  return OutcomeOf(writer.Finish());
}

Outcome Import(Registry& registry, const std::vector<v1::ImportCitizensRequest>& chunks,
               v1::ImportResponse* sum) {
  grpc::ClientContext context;
  const auto writer = registry.StubOf("ops").ImportCitizens(&context, sum);
  return Send(*writer, chunks);
}

}  // namespace

TEST_CASE("registry: a stream of chunks is imported, the same stream again changes nothing") {
  Registry registry;
  const std::vector<v1::ImportCitizensRequest> chunks{Chunk(registry, 500),
                                                      Chunk(registry, 300, 500)};
  v1::ImportResponse sum;
  REQUIRE(Import(registry, chunks, &sum) == kDone);
  CHECK(sum.chunks() == 2);
  CHECK(sum.imported() == 800);
  CHECK(sum.repeated_chunks() == 0);
  CHECK(registry.Count("citizen") == "800");
  CHECK(registry.Count("journal WHERE event = 'CitizenImported'") == "800");
  CHECK(registry.Count("head WHERE version = 1") == "800");

  v1::ImportResponse again;
  REQUIRE(Import(registry, chunks, &again) == kDone);
  CHECK(again.repeated_chunks() == 2);
  CHECK(again.imported() == 0);
  CHECK(registry.Count("citizen") == "800");
  CHECK(registry.Defects().empty());
}

TEST_CASE("registry: a chunk with one bad record is refused whole, the ones before it stay") {
  Registry registry;
  const auto refused = [&](const std::function<void(v1::ImportCitizensRequest&)>& spoil) {
    const std::string before = registry.Count("citizen");
    auto bad = Chunk(registry, 3, 900);
    spoil(bad);
    v1::ImportResponse sum;
    const Outcome outcome = Import(registry, {bad}, &sum);
    CHECK(registry.Count("citizen") == before);
    return outcome;
  };
  v1::ImportResponse sum;
  auto bad = Chunk(registry, 3, 500);
  bad.mutable_citizens(1)->set_birth_date("2030-01-01");
  CHECK(Import(registry, {Chunk(registry, 10), bad}, &sum) == kFieldInvalid);
  CHECK(registry.Count("citizen") == "10");

  CHECK(refused([](auto& c) {
          c.mutable_citizens(1)->set_identity_number(c.citizens(0).identity_number());
        }) == Outcome{grpc::ALREADY_EXISTS, "IDENTITY_NUMBER_TAKEN"});
  CHECK(refused([](auto& c) {
          c.mutable_citizens(2)->mutable_address()->set_commune_code("99999");
        }) == Outcome{grpc::INVALID_ARGUMENT, "COMMUNE_UNKNOWN"});
  CHECK(refused([&](auto& c) { c.mutable_citizens(0)->set_mother_id(registry.NewId()); }) ==
        kFieldInvalid);
  CHECK(refused([](auto& c) { c.clear_request_id(); }) ==
        Outcome{grpc::INVALID_ARGUMENT, "REQUEST_ID_INVALID"});
  CHECK(refused([&](auto& c) { c = Chunk(registry, 501, 1000); }) == kFieldInvalid);
}

TEST_CASE("registry: an import names the row whose parent does not exist") {
  Registry registry;
  auto chunk = Chunk(registry, 3);
  chunk.mutable_citizens(1)->set_mother_id(Registered(registry).id());
  chunk.mutable_citizens(2)->set_father_id(registry.NewId());
  grpc::ClientContext context;
  v1::ImportResponse sum;
  const auto writer = registry.StubOf("ops").ImportCitizens(&context, &sum);
  writer->Write(chunk);
  writer->WritesDone();
  CHECK(support::FieldOf(writer->Finish()) == "citizens[2].father_id");
}

TEST_CASE("registry: enterprises are imported in chunks") {
  Registry registry;
  v1::ImportEnterprisesRequest chunk;
  chunk.set_request_id(registry.NewId());
  *chunk.add_enterprises() = FirmRequest(registry).enterprise();
  *chunk.add_enterprises() = FirmRequest(registry, "0100233488").enterprise();
  const auto import = [&](v1::ImportResponse* sum) {
    grpc::ClientContext context;
    const auto writer = registry.StubOf("ops").ImportEnterprises(&context, sum);
    return Send(*writer, std::vector{chunk});
  };
  v1::ImportResponse first, second;
  REQUIRE(import(&first) == kDone);
  CHECK(first.imported() == 2);
  REQUIRE(import(&second) == kDone);
  CHECK(second.repeated_chunks() == 1);
  chunk.set_request_id(registry.NewId());
  v1::ImportResponse third;
  CHECK(import(&third) == Outcome{grpc::ALREADY_EXISTS, "TAX_NUMBER_TAKEN"});
  CHECK(registry.Count("enterprise") == "2");
  CHECK(registry.Defects().empty());
}

TEST_CASE("registry: a unit imports into its own communes only") {
  Registry registry;
  const auto import = [&](const v1::ImportCitizensRequest& chunk) {
    grpc::ClientContext context;
    context.AddMetadata("lienthong-official", std::string(kWard) + "/a");
    v1::ImportResponse sum;
    const auto writer =
        registry.StubOf(std::string("unit-") + kWard).ImportCitizens(&context, &sum);
    return Send(*writer, std::vector{chunk});
  };
  CHECK(import(Chunk(registry, 2)) == Outcome{grpc::PERMISSION_DENIED, "COMMUNE_NOT_OF_UNIT"});
  CHECK(import(Chunk(registry, 1)) == kDone);
}

}  // namespace lienthong::registry
