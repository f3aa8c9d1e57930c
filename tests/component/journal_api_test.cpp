// JournalService through generated stubs, as the registry serves it on a real PostgreSQL: history,
// and who may do what.
#include <catch2/catch.hpp>

#include "support/journal_client.hpp"

namespace lienthong::registry {
namespace {

using Journal = JournalClient;

const Outcome kTokenInvalid{grpc::INVALID_ARGUMENT, "PAGE_TOKEN_INVALID"};
const Outcome kNotAllowed{grpc::PERMISSION_DENIED, "SYSTEM_NOT_ALLOWED"};

/// A history as official `a` of a unit reads it.
jv1::ListRecordHistoryResponse Read(Registry& registry, const std::string& unit,
                                    const jv1::ListRecordHistoryRequest& request) {
  return Journal::Of(registry, unit).Do(&JournalStub::ListRecordHistory, request, unit + "/a");
}
Outcome TryRead(Registry& registry, const std::string& unit,
                const jv1::ListRecordHistoryRequest& request, const std::string& official = "a") {
  return Journal::Of(registry, unit)
      .Try(&JournalStub::ListRecordHistory, request, unit + "/" + official);
}

v1::Citizen CitizenIn(const jv1::Change& change) {
  v1::Citizen citizen;
  journal::FromJson(change.state(), &citizen);
  return citizen;
}

}  // namespace

TEST_CASE("registry: a history shows every change, newest first, with who made it") {
  Registry registry;
  const auto request = RegisterRequest(registry, "Nguyễn Thị Đào", "074185001234");
  const v1::Citizen made = registry.Do(&Stub::RegisterCitizen, request);
  registry.clock_.Advance(std::chrono::seconds(1));
  registry.Do(&Stub::MoveCitizen, MoveRequest(registry, made.id(), "25747"), kWard, "b");
  registry.clock_.Advance(std::chrono::seconds(1));
  registry.Share(kHealth, "citizen", "limited");
  const auto died = registry.Do(&Stub::RecordDeath, DeathRequest(registry, made.id()));

  const auto history = Read(registry, kWard, HistoryOf("citizen", made.id()));
  REQUIRE(history.changes_size() == 4);
  CHECK(history.next_page_token().empty());
  std::string events;
  for (const auto& change : history.changes()) {
    events += change.event() + ":" + std::to_string(change.version()) + " ";
  }
  CHECK(events == "CitizenDied:3 AudienceChanged:2 CitizenMoved:2 CitizenRegistered:1 ");
  CHECK(history.changes(0).sequence() > history.changes(1).sequence());
  CHECK(MessageDifferencer::Equals(CitizenIn(history.changes(0)), died));
  CHECK(history.changes(1).state() == history.changes(2).state());  // only the audience changed
  CHECK(history.changes(1).official_id().empty());
  CHECK(history.changes(1).system() == "service-registry");
  CHECK(history.changes(2).official_id() == std::string(kWard) + "/b");
  const jv1::Change& first = history.changes(3);
  CHECK(MessageDifferencer::Equals(CitizenIn(first), made));
  CHECK(first.official_id() == std::string(kWard) + "/a");
  CHECK(first.unit() == kWard);
  CHECK(first.system() == std::string("unit-") + kWard);
  CHECK(first.request_id() == request.request_id());
  CHECK(first.recorded_at().seconds() + 1 == history.changes(2).recorded_at().seconds());
  CHECK(first.effective_at().seconds() == first.recorded_at().seconds());
}

TEST_CASE("registry: a history is told in the view the caller has today, old versions too") {
  Registry registry;
  const v1::Citizen made = Registered(registry, "Nguyễn Thị Đào", "074185001234");
  registry.Do(&Stub::MoveCitizen, MoveRequest(registry, made.id(), "25747"));
  CHECK(TryRead(registry, kHealth, HistoryOf("citizen", made.id())) == kNotFound);
  registry.Share(kHealth, "citizen", "limited");
  const auto history = Read(registry, kHealth, HistoryOf("citizen", made.id()));
  REQUIRE(history.changes_size() == 3);
  for (const jv1::Change& change : history.changes()) {
    CHECK(CitizenIn(change).full_name() == "Nguyễn Thị Đào");
    CHECK(change.state().find("074185001234") == std::string::npos);
    CHECK(change.state().find("Lê Lợi") == std::string::npos);
    // Nor who worked at the record.
    CHECK(change.system() + change.unit() + change.official_id() + change.request_id() == "");
  }
  const auto whole = Read(registry, kWard, HistoryOf("citizen", made.id()));
  CHECK(whole.changes(2).official_id() == std::string(kWard) + "/a");
  CHECK(CitizenIn(whole.changes(2)).identity_number() == "074185001234");
  registry.Share(kHealth, "citizen", "limited", false);
  CHECK(TryRead(registry, kHealth, HistoryOf("citizen", made.id())) == kNotFound);
}

TEST_CASE("registry: histories of unknown and invisible records are answered alike") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const auto firm = registry.Do(&Stub::RegisterEnterprise, FirmRequest(registry));
  Journal far = Journal::Of(registry, kFarWard);
  const auto answer_to = [&](const std::string& type, const std::string& id) {
    jv1::ListRecordHistoryResponse answer;
    const grpc::Status status = far.Status(&JournalStub::ListRecordHistory, HistoryOf(type, id),
                                           &answer, std::string(kFarWard) + "/a");
    CHECK(OutcomeOf(status) == kNotFound);
    CHECK(answer.ByteSizeLong() == 0);
    return status.error_message() + "|" + status.error_details();
  };
  const std::string unknown = answer_to("citizen", registry.NewId());
  CHECK(answer_to("citizen", made.id()) == unknown);
  CHECK(answer_to("enterprise", firm.id()) == unknown);
  CHECK(answer_to("enterprise", made.id()) == unknown);
  CHECK(answer_to("unit", "H09") == unknown);
  CHECK(answer_to("citizen", "'; DROP TABLE head") == unknown);
  CHECK(answer_to("", "") == unknown);
  CHECK(registry.Count("access_log") == "0");
}

TEST_CASE("registry: a person's history needs a purpose and leaves an access row") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const auto asked = registry.Do(&Stub::RequestCorrection, CorrectionRequest(registry, made.id()));
  const auto firm = registry.Do(&Stub::RegisterEnterprise, FirmRequest(registry));
  const Outcome missing{grpc::INVALID_ARGUMENT, "PURPOSE_MISSING"};
  CHECK(TryRead(registry, kWard, HistoryOf("citizen", made.id(), "")) == missing);
  CHECK(TryRead(registry, kWard, HistoryOf("citizen", made.id(), "  ")) == missing);
  CHECK(TryRead(registry, kWard, HistoryOf("correction", asked.id(), "")) == missing);
  CHECK(registry.Count("access_log") == "0");
  CHECK(TryRead(registry, kWard, HistoryOf("enterprise", firm.id(), "")) == kDone);
  CHECK(registry.Count("access_log") == "0");
  Read(registry, kDistrict, HistoryOf("citizen", made.id()));
  CHECK(registry.Value("SELECT citizen_id || ' ' || system || ' ' || unit_id || ' ' || official_id"
                       " || ' ' || purpose || ' ' || source FROM access_log") ==
        made.id() + " unit-H09.718 H09.718 H09.718/a " + kPurpose + " registry ListRecordHistory");
}

TEST_CASE("registry: a history comes in pages without gap or repeat while changes go on") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const auto move = [&] {
    registry.Do(&Stub::MoveCitizen, MoveRequest(registry, made.id(), "25747"));
  };
  for (int n = 0; n < 4; ++n) move();
  auto request = HistoryOf("citizen", made.id());
  request.set_page_size(2);
  std::vector<std::int64_t> versions;
  for (int pages = 0; pages < 4; ++pages) {
    const auto page = Read(registry, kWard, request);
    CHECK(page.changes_size() <= 2);
    for (const auto& change : page.changes()) versions.push_back(change.version());
    request.set_page_token(page.next_page_token());
    if (page.next_page_token().empty()) break;
    move();  // newer than the first page: not shown any more
  }
  CHECK(versions == std::vector<std::int64_t>{5, 4, 3, 2, 1});
  // A page that ends with the last row has no successor; larger pages may go on with a token.
  request.clear_page_token();
  request.set_page_size(7);
  const auto whole = Read(registry, kWard, request);
  CHECK(whole.changes_size() == 7);
  CHECK(whole.next_page_token().empty());
  request.set_page_size(100'000);
  CHECK(Read(registry, kWard, request).changes_size() == 7);
  request.set_page_size(-1);
  CHECK(TryRead(registry, kWard, request) == kFieldInvalid);
}

TEST_CASE("registry: a page token is good for its caller, its record and its purpose alone") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const v1::Citizen other = Registered(registry, "Trần Văn Bình");
  registry.Do(&Stub::MoveCitizen, MoveRequest(registry, made.id(), "25747"));
  auto request = HistoryOf("citizen", made.id());
  request.set_page_size(1);
  const std::string token = Read(registry, kWard, request).next_page_token();
  REQUIRE_FALSE(token.empty());
  const auto outcome = [&](const std::string& text, const std::string& id,
                           const char* purpose = kPurpose, const std::string& unit = kWard) {
    auto next = HistoryOf("citizen", id, purpose);
    next.set_page_token(text);
    return TryRead(registry, unit, next);
  };
  CHECK(outcome(token, made.id()) == kDone);
  const std::string rows = registry.Count("access_log");
  CHECK(outcome(token, other.id()) == kTokenInvalid);
  CHECK(outcome(token, made.id(), "Mục đích khác") == kTokenInvalid);
  CHECK(outcome(token, made.id(), kPurpose, kDistrict) == kTokenInvalid);
  std::string forged = token;
  forged[0] = forged[0] == 'A' ? 'B' : 'A';
  CHECK(outcome(forged, made.id()) == kTokenInvalid);
  std::string moved = token;
  moved.back() = moved.back() == 'A' ? 'B' : 'A';
  CHECK(outcome(moved, made.id()) == kTokenInvalid);
  CHECK(outcome("1", made.id()) == kTokenInvalid);
  CHECK(outcome(std::string(5000, 'A'), made.id()) == kTokenInvalid);
  CHECK(registry.Count("access_log") == rows);
}

TEST_CASE("registry: a history needs the permission, and an official of a unit") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const auto request = HistoryOf("citizen", made.id());
  CHECK(TryRead(registry, kWard, request, "reader") ==
        Outcome{grpc::PERMISSION_DENIED, "PERMISSION_MISSING"});
  Journal ward = Journal::Of(registry, kWard);
  CHECK(ward.Try(&JournalStub::ListRecordHistory, request).reason == "OFFICIAL_UNKNOWN");
  CHECK(ward.Try(&JournalStub::ListRecordHistory, request, std::string(kFarWard) + "/a").reason ==
        "OFFICIAL_NOT_IN_UNIT");
  for (const char* system : {"ops", "service-registry"}) {
    CHECK(Journal(registry, system)
              .Try(&JournalStub::ListRecordHistory, request, std::string(kWard) + "/a") ==
          kNotAllowed);
  }
  CHECK(registry.Count("access_log") == "0");
}

TEST_CASE("registry: members repair their feeds, operators raise the epoch, never the other way") {
  Registry registry;
  Registered(registry);
  Journal ops(registry, "ops");
  CHECK(ops.Try(&JournalStub::ListBucketDigests, DigestsOf("citizen")) == kNotAllowed);
  CHECK(ops.Try(&JournalStub::ListBucket, BucketRequest("citizen", 0)) == kNotAllowed);
  CHECK(ops.Try(&JournalStub::Republish, RepublishOf({"citizen/1"})) == kNotAllowed);
  CHECK(registry.Count("republish") == "0");
  jv1::RaiseEpochRequest raise;
  raise.set_current_epoch(1);
  for (const char* system : {"unit-H09.718.25747", "service-registry"}) {
    Journal member(registry, system);
    const std::string official = std::string(kWard) + "/a";
    CHECK(member.Try(&JournalStub::RaiseEpoch, raise, official) == kNotAllowed);
    CHECK(member.Try(&JournalStub::VerifySeals, jv1::VerifySealsRequest(), official) ==
          kNotAllowed);
  }
  CHECK(registry.Value("SELECT epoch FROM relay_state") == "1");

  const auto raised = ops.Do(&JournalStub::RaiseEpoch, raise);
  CHECK(raised.epoch() == 2);
  CHECK(raised.records() == 1);
  const Outcome stale{grpc::ABORTED, "VERSION_STALE"};
  for (const std::int64_t current : {1, 0, -1, 3}) {
    raise.set_current_epoch(current);
    CHECK(ops.Try(&JournalStub::RaiseEpoch, raise) == stale);
  }
  CHECK(registry.Value("SELECT epoch FROM relay_state") == "2");
}

}  // namespace lienthong::registry
