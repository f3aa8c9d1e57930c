// The access log and the history through the generated stubs, on a real PostgreSQL.
#include <catch2/catch.hpp>

#include "support/registry_owner.hpp"

namespace lienthong::registry {
namespace {

v1::ListAccessRequest ListOf(const std::string& id) {
  v1::ListAccessRequest request;
  request.set_citizen_id(id);
  request.set_purpose("Công dân yêu cầu");
  return request;
}

v1::ReportAccessRequest Report(Registry& registry, const std::string& citizen_id) {
  v1::ReportAccessRequest request;
  v1::AccessEntry* entry = request.add_entries();
  entry->set_id(registry.NewId());
  entry->mutable_read_at()->set_seconds(1'562'700'000);
  entry->set_citizen_id(citizen_id);
  entry->set_system("unit-H09.718.25747--portal");
  entry->set_unit_id("H09.719");
  entry->set_official_id("o-7");
  entry->set_purpose("Tra cứu");
  entry->set_source("replica Get");
  return request;
}

Outcome SendReport(Registry& registry, const v1::ReportAccessRequest& request) {
  grpc::ClientContext context;
  google::protobuf::Empty answer;
  return OutcomeOf(
      registry.StubOf(std::string("unit-") + kWard).ReportAccess(&context, request, &answer));
}

}  // namespace

TEST_CASE("registry: the log shows who read a person, newest first, in pages") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  for (const char* official : {"a", "b", "a"}) {
    registry.clock_.Advance(std::chrono::seconds(1));
    registry.Do(&Stub::GetCitizen, GetRequest(made.id()), kWard, official);
  }
  registry.clock_.Advance(std::chrono::seconds(1));
  auto request = ListOf(made.id());
  request.set_page_size(2);
  const auto first = registry.Do(&Stub::ListAccess, request);
  REQUIRE(first.entries_size() == 2);
  CHECK(first.entries(0).read_at().seconds() > first.entries(1).read_at().seconds());
  CHECK(first.entries(1).official_id() == "H09.718.25747/b");
  CHECK(first.entries(0).system() == "unit-H09.718.25747");
  CHECK(first.entries(0).unit_id() == kWard);
  CHECK(first.entries(0).purpose() == kPurpose);
  CHECK(first.entries(0).source() == "registry GetCitizen");
  request.set_page_token(first.next_page_token());
  const auto second = registry.Do(&Stub::ListAccess, request);
  REQUIRE(second.entries_size() == 1);
  CHECK(second.next_page_token().empty());
  // Looking into the log is a read too.
  const auto after = registry.Do(&Stub::ListAccess, ListOf(made.id()));
  CHECK(after.entries_size() == 5);
  CHECK(after.entries(0).source() == "registry ListAccess");
}

TEST_CASE("registry: the log needs a purpose and a person the caller sees") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  auto request = ListOf(made.id());
  request.clear_purpose();
  CHECK(registry.Try(&Stub::ListAccess, request) ==
        Outcome{grpc::INVALID_ARGUMENT, "PURPOSE_MISSING"});
  CHECK(registry.Try(&Stub::ListAccess, ListOf(made.id()), kFarWard) == kNotFound);
  CHECK(registry.Try(&Stub::ListAccess, ListOf(made.id()), kWard, "reader") ==
        Outcome{grpc::PERMISSION_DENIED, "PERMISSION_MISSING"});
  auto negative = ListOf(made.id());
  negative.set_page_size(-1);
  CHECK(registry.Try(&Stub::ListAccess, negative) == kFieldInvalid);
}

TEST_CASE("registry: who sees a person in a part only is not told who read the person") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  registry.Share(kHealth, "citizen", "limited");
  CHECK(registry.Try(&Stub::GetCitizen, GetRequest(made.id()), kHealth) == kDone);
  CHECK(registry.Try(&Stub::ListAccess, ListOf(made.id()), kHealth) == kNotFound);
  CHECK(registry.Try(&Stub::ListAccess, ListOf(registry.NewId()), kHealth) == kNotFound);
  CHECK(registry.AccessRows(made.id()) == "1");
  registry.Share(kHealth, "citizen", "full");
  CHECK(registry.Try(&Stub::ListAccess, ListOf(made.id()), kHealth) == kDone);
}

TEST_CASE("registry: a change is told by its journal row, the repeat of one by an access row") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const auto move = MoveRequest(registry, made.id(), "25747");
  registry.Do(&Stub::MoveCitizen, move, kWard, "b");
  CHECK(registry.AccessRows(made.id()) == "0");
  CHECK(registry.Value("SELECT official FROM journal WHERE event = 'CitizenMoved'") ==
        "H09.718.25747/b");
  registry.Do(&Stub::MoveCitizen, move, kWard, "b");
  CHECK(registry.Value("SELECT official_id || ' ' || source || ' ' || purpose FROM access_log") ==
        "H09.718.25747/b registry MoveCitizen repeated request");
}

TEST_CASE("registry: a replica's report is kept once, under the unit that sent it") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const auto report = Report(registry, made.id());
  CHECK(SendReport(registry, report) == kDone);
  CHECK(SendReport(registry, report) == kDone);
  const auto log = registry.Do(&Stub::ListAccess, ListOf(made.id()));
  REQUIRE(log.entries_size() == 1);
  CHECK(log.entries(0).id() == report.entries(0).id());
  CHECK(log.entries(0).unit_id() == kWard);
  CHECK(log.entries(0).system() == "unit-H09.718.25747--portal");
  CHECK(log.entries(0).source() == "replica Get");
}

TEST_CASE("registry: bad reports are refused whole") {
  Registry registry;
  const std::string id = Registered(registry).id();
  const auto outcome = [&](const std::function<void(v1::AccessEntry&)>& spoil) {
    auto report = Report(registry, id);
    *report.add_entries() = Report(registry, id).entries(0);
    spoil(*report.mutable_entries(1));
    return SendReport(registry, report);
  };
  CHECK(outcome([](auto& e) { e.set_id("7"); }) == kFieldInvalid);
  CHECK(outcome([](auto& e) { e.set_citizen_id("7"); }) == kFieldInvalid);
  CHECK(outcome([](auto& e) { e.clear_read_at(); }) == kFieldInvalid);
  CHECK(outcome([](auto& e) { e.mutable_read_at()->set_seconds(1LL << 40); }) == kFieldInvalid);
  CHECK(outcome([](auto& e) { e.clear_purpose(); }) == kFieldInvalid);
  v1::ReportAccessRequest many;
  for (int i = 0; i < 501; ++i) *many.add_entries() = Report(registry, id).entries(0);
  CHECK(SendReport(registry, many) == kFieldInvalid);
  CHECK(registry.Count("access_log") == "0");
  CHECK(registry.Try(&Stub::ReportAccess, Report(registry, id)) ==
        kDone);  // an official in the metadata does no harm
}

TEST_CASE("registry: reading a history leaves an access row of the person") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const auto asked = registry.Do(&Stub::RequestCorrection, CorrectionRequest(registry, made.id()));
  const auto stub =
      journal::v1::JournalService::NewStub(registry.Channel(std::string("unit-") + kWard));
  const auto history = [&](const char* type, const std::string& id, const char* purpose) {
    journal::v1::ListRecordHistoryRequest request;
    request.set_record_type(type);
    request.set_record_id(id);
    request.set_purpose(purpose);
    grpc::ClientContext context;
    context.AddMetadata("lienthong-official", std::string(kWard) + "/a");
    journal::v1::ListRecordHistoryResponse answer;
    return OutcomeOf(stub->ListRecordHistory(&context, request, &answer));
  };
  CHECK(history("citizen", made.id(), kPurpose) == kDone);
  CHECK(history("correction", asked.id(), kPurpose) == kDone);
  CHECK(registry.AccessRows(made.id()) == "2");
  CHECK(registry.Value("SELECT DISTINCT purpose FROM access_log") == kPurpose);
  CHECK(history("citizen", made.id(), "") == Outcome{grpc::INVALID_ARGUMENT, "PURPOSE_MISSING"});
  CHECK(registry.AccessRows(made.id()) == "2");
}

}  // namespace lienthong::registry
