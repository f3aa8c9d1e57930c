// Pages of a unit's copy, through the generated stub on the unit's own database.
#include <set>

#include "support/replica_copy.hpp"

namespace lienthong::replica {
namespace {

using support::Outcome, support::kFieldInvalid;
using Stub = v1::ReplicaService::Stub;

constexpr const char* kWhy = "household register";
const Outcome kPageTokenInvalid{grpc::INVALID_ARGUMENT, "PAGE_TOKEN_INVALID"};

}  // namespace

TEST_CASE("pages bring every record of both sets once, in the order of their ids",
          "[replica_api]") {
  ReplicaProcess process;
  for (const char* id : {"á", "b", "10", "A"}) {
    process.copies.Put(kOwnTopic, "enterprise", id, 1, R"({"name":"own"})");
  }
  for (const char* id : {"2", "b", "a", "A"}) {
    process.copies.Put(kAllTopic, "enterprise", id, 1, R"({"name":"all"})");
  }
  process.copies.Put(kOwnTopic, "enterprise", "2", 2, std::nullopt);  // feed.all still has it
  process.copies.Put(kAllTopic, "enterprise", "gone", 2, std::nullopt);
  process.copies.Put(kOwnTopic, "citizen", "a1", 1, "{}");
  CHECK(Pages(process, ListRequest("enterprise")) == "10 2 A a b á");
  CHECK(Pages(process, ListRequest("enterprise", "", 1)) == "10,2,A,a,b,á");
  CHECK(Pages(process, ListRequest("enterprise", "", 2)) == "10 2,A a,b á");
  CHECK(Pages(process, ListRequest("enterprise", "", 4)) == "10 2 A a,b á");
  CHECK(Pages(process, ListRequest("enterprise", "", 6)) == "10 2 A a b á");
  CHECK(Pages(process, ListRequest("unit")).empty());
  const auto whole = process.Do(&Stub::ListRecords, ListRequest("enterprise"));
  for (const auto& record : whole.records()) {
    const bool from_all = record.id() == "2" || record.id() == "a";
    CHECK(record.json() == (from_all ? R"({"name":"all"})" : R"({"name":"own"})"));
  }
}

TEST_CASE("a page has 50 records unless told, and never more than 500", "[replica_api]") {
  ReplicaProcess process;
  PutEnterprises(process.copies, 501);
  const auto list = [&](int size, const std::string& token = "") {
    return process.Do(&Stub::ListRecords, ListRequest("enterprise", "", size, token));
  };
  CHECK(list(0).records_size() == 50);
  const auto most = list(100'000);
  CHECK(most.records_size() == 500);
  const auto rest = list(3, most.next_page_token());  // another size, the same list
  REQUIRE(rest.records_size() == 1);
  CHECK(rest.records(0).id() == "0501");
  CHECK(rest.next_page_token().empty());
  CHECK(process.Try(&Stub::ListRecords, ListRequest("enterprise", "", -1)) == kFieldInvalid);
}

TEST_CASE("a page token serves its own caller and arguments only", "[replica_api]") {
  ReplicaProcess process;
  for (const char* id : {"c1", "c2", "c3"}) process.copies.Put(kOwnTopic, "citizen", id, 1, "{}");
  const std::string token =
      process.Do(&Stub::ListRecords, ListRequest("citizen", kWhy, 1)).next_page_token();
  REQUIRE_FALSE(token.empty());
  const auto outcome = [&](const std::string& type, const std::string& purpose,
                           const std::string& given, const std::string& system = "unit-H09.718") {
    return process.Try(&Stub::ListRecords, ListRequest(type, purpose, 1, given), system);
  };
  std::string forged = token;
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  CHECK(outcome("citizen", kWhy, forged) == kPageTokenInvalid);
  CHECK(outcome("citizen", kWhy, "x") == kPageTokenInvalid);
  CHECK(outcome("citizen", kWhy, token, "unit-H09.719") == kPageTokenInvalid);
  CHECK(outcome("citizen", "another purpose", token) == kPageTokenInvalid);
  CHECK(outcome("correction", kWhy, token) == kPageTokenInvalid);
  CHECK(process.copies.Accessed() == "c1");
  // A token is the unit's, whichever of its systems has it.
  CHECK(outcome("citizen", kWhy, token, "unit-H09.718--office") == support::kDone);
  CHECK(process.copies.Accessed() == "c1 c2");
}

TEST_CASE("each page of persons leaves access rows for exactly those it returns", "[replica_api]") {
  ReplicaProcess process;
  for (const char* id : {"c1", "c2", "c3", "c4", "c5"}) {
    process.copies.Put(kOwnTopic, "citizen", id, 1, "{}");
  }
  auto request = ListRequest("citizen", kWhy, 2);
  for (const char* accessed : {"c1 c2", "c1 c2 c3 c4", "c1 c2 c3 c4 c5"}) {
    const auto answer = process.Do(&Stub::ListRecords, request);
    CHECK(process.copies.Accessed() == accessed);
    request.set_page_token(answer.next_page_token());
  }
  CHECK(request.page_token().empty());
  CHECK(process.copies.Value("SELECT DISTINCT source || purpose || system FROM access_log") ==
        std::string("replica: ListRecords") + kWhy + "unit-H09.718");
}

TEST_CASE("a page ends before its answer is more than a client takes", "[replica_api]") {
  ReplicaProcess process;
  constexpr int kRecords = 12;
  const std::string large = R"({"name":")" + std::string(700 * 1024, 'x') + R"("})";
  for (int i = 0; i < kRecords; ++i) {
    process.copies.Put(kAllTopic, "enterprise", "e" + std::to_string(100 + i), 1, large);
  }
  auto request = ListRequest("enterprise");
  std::set<std::string> ids;
  int pages = 0;
  do {
    const auto page = process.Do(&Stub::ListRecords, request);
    for (const auto& record : page.records()) ids.insert(record.id());
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  CHECK(ids.size() == kRecords);
  CHECK(pages == 3);
}

}  // namespace lienthong::replica
