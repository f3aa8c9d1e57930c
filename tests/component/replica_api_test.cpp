// What a unit's systems read of its own copy, and what operators see of it: through the generated
// stub, over mutual TLS, on the units' own databases.
#include "support/replica_copy.hpp"

namespace lienthong::replica {
namespace {

using namespace std::chrono_literals;
using support::Eventually, support::Outcome, support::OutcomeOf, support::kFieldInvalid,
    support::kNotFound;
using Stub = v1::ReplicaService::Stub;

constexpr const char* kPurpose = "household register";
const Outcome kPurposeMissing{grpc::INVALID_ARGUMENT, "PURPOSE_MISSING"};
const Outcome kTokenInvalid{grpc::INVALID_ARGUMENT, "PAGE_TOKEN_INVALID"};
const Outcome kNotAllowed{grpc::PERMISSION_DENIED, "SYSTEM_NOT_ALLOWED"};

}  // namespace

TEST_CASE("a unit reads a person and an enterprise of its copy as the feed brought them",
          "[replica_api]") {
  ReplicaProcess process;
  process.copies.Put(kOwnTopic, "citizen", "c1", 4, R"({"fullName":"Đào"})");
  process.copies.Put(kAllTopic, "enterprise", "e1", 7, R"({"name":"Gạo"})");
  const auto person = process.Do(&Stub::GetRecord, GetRequest("citizen", "c1", kPurpose));
  CHECK(person.record_type() == "citizen");
  CHECK(person.id() == "c1");
  CHECK(person.version() == 4);
  CHECK(person.view() == "full");
  CHECK(person.json() == R"({"fullName":"Đào"})");
  const auto firm = process.Do(&Stub::GetRecord, GetRequest("enterprise", "e1"));
  CHECK(firm.version() == 7);
  CHECK(firm.json() == R"({"name":"Gạo"})");
  CHECK(process.copies.Accessed() == "c1");  // a firm is no person
}

TEST_CASE("the own feed's record wins over the one of feed.all until it is deleted",
          "[replica_api]") {
  ReplicaProcess process;
  const auto json = [&] { return process.Do(&Stub::GetRecord, GetRequest("enterprise", "e")); };
  process.copies.Put(kAllTopic, "enterprise", "e", 9, R"({"name":"all"})");
  CHECK(json().json() == R"({"name":"all"})");
  process.copies.Put(kOwnTopic, "enterprise", "e", 2, R"({"name":"own"})");
  CHECK(json().json() == R"({"name":"own"})");
  CHECK(json().version() == 2);
  process.copies.Put(kOwnTopic, "enterprise", "e", 3, std::nullopt);
  CHECK(json().json() == R"({"name":"all"})");
  process.copies.Put(kAllTopic, "enterprise", "e", 10, std::nullopt);
  CHECK(process.Try(&Stub::GetRecord, GetRequest("enterprise", "e")) == kNotFound);
}

TEST_CASE("a person is not read without a purpose", "[replica_api]") {
  ReplicaProcess process;
  process.copies.Put(kOwnTopic, "citizen", "c1", 1, "{}");
  process.copies.Put(kOwnTopic, "correction", "k1", 1, R"({"citizenId":"c1"})");
  for (const char* purpose : {"", "   "}) {
    CHECK(process.Try(&Stub::GetRecord, GetRequest("citizen", "c1", purpose)) == kPurposeMissing);
    CHECK(process.Try(&Stub::GetRecord, GetRequest("correction", "k1", purpose)) ==
          kPurposeMissing);
    CHECK(process.Try(&Stub::ListRecords, ListRequest("citizen", purpose)) == kPurposeMissing);
  }
  CHECK(process.Try(&Stub::GetRecord, GetRequest("citizen", "c1", std::string(501, 'x'))) ==
        kFieldInvalid);
  CHECK(process.copies.Accessed().empty());
}

TEST_CASE("a read of a person leaves one access row that says who, why and how", "[replica_api]") {
  ReplicaProcess process;
  process.copies.Put(kOwnTopic, "correction", "k1", 1, R"({"citizenId":"c1"})");
  process.Do(&Stub::GetRecord, GetRequest("correction", "k1", "  household \n register "),
             "unit-H09.718--office");
  const auto rows = process.copies.Sql(
      "SELECT record_type, record_id, citizen_id, system, unit_id, purpose, source,"
      " (extract(epoch FROM read_at) * 1000000)::bigint, sent_at IS NULL AND refused IS NULL"
      " FROM access_log");
  REQUIRE(rows.size() == 1);
  const auto text = [&](int column) { return rows[0][column].as<std::string>(); };
  CHECK(text(0) == "correction");
  CHECK(text(1) == "k1");
  CHECK(text(2) == "c1");  // the person, not the record
  CHECK(text(3) == "unit-H09.718--office");
  CHECK(text(4) == kUnit);
  CHECK(text(5) == kPurpose);
  CHECK(text(6) == "replica: GetRecord");
  CHECK(rows[0][7].as<std::int64_t>() ==
        process.copies.clock.MachineNow().time_since_epoch() / 1us);
  CHECK(rows[0][8].as<bool>());
  CHECK(process.copies.Sql("SELECT * FROM access_log", kOtherUnit).empty());
}

TEST_CASE("nobody is read whose access row cannot be written with the read", "[replica_api]") {
  ReplicaProcess process;
  process.copies.RefuseAccessWithoutRead();
  for (const char* id : {"c1", "c2", "c3"}) {
    process.copies.Put(kOwnTopic, "citizen", id, 1, R"({"fullName":"Đào"})");
  }
  process.copies.Sql("ALTER TABLE access_log ADD CONSTRAINT test CHECK (record_id <> 'c2')");
  v1::Record record;
  const grpc::Status status = process.Call(&Stub::GetRecord, GetRequest("citizen", "c2", kPurpose),
                                           &record, "unit-H09.718");
  CHECK(OutcomeOf(status) == Outcome{grpc::INTERNAL, "INTERNAL"});
  CHECK(record.ByteSizeLong() == 0);
  CHECK(process.Try(&Stub::ListRecords, ListRequest("citizen", kPurpose)).code == grpc::INTERNAL);
  CHECK(process.copies.Accessed().empty());  // of those of the same page neither
  process.Do(&Stub::GetRecord, GetRequest("citizen", "c3", kPurpose));
  CHECK(process.copies.Accessed() == "c3");
}

TEST_CASE("what a unit may not see looks exactly like what does not exist", "[replica_api]") {
  ReplicaProcess process;
  process.copies.Put(kOwnTopic, "citizen", "own", 1, "{}");
  process.copies.Put(kOtherTopic, "citizen", "theirs", 1, "{}", kOtherUnit);
  // A row of a feed that is neither the unit's nor feed.all.
  process.copies.Put(kOtherTopic, "citizen", "strayed", 1, "{}");
  const auto get = [&](const std::string& type, const std::string& id,
                       const std::string& system = "unit-H09.718") {
    v1::Record record;
    return process.Call(&Stub::GetRecord, GetRequest(type, id, kPurpose), &record, system);
  };
  const grpc::Status absent = get("citizen", "nobody");
  CHECK(OutcomeOf(absent) == kNotFound);
  CheckSame(get("citizen", "theirs"), absent);
  CheckSame(get("citizen", "strayed"), absent);
  CheckSame(get("enterprise", "own"), absent);
  CheckSame(get("citizen", "own", "unit-H09.719"), absent);
  CHECK(get("citizen", "own").ok());
  CHECK(process.copies.Accessed() == "own");
}

TEST_CASE("a type that no API names, and a unit of another process, are named as the cause",
          "[replica_api]") {
  ReplicaProcess process;
  process.copies.Put(kOwnTopic, "citizen", "c1", 1, "{}");
  for (const char* type : {"", "citizens", "no-such-type"}) {
    CHECK(process.Try(&Stub::GetRecord, GetRequest(type, "c1", kPurpose)) == kFieldInvalid);
    CHECK(process.Try(&Stub::ListRecords, ListRequest(type, kPurpose)) == kFieldInvalid);
  }
  const Outcome not_served{grpc::NOT_FOUND, "UNIT_NOT_SERVED"};
  for (const char* id : {"c1", "nobody"}) {
    CHECK(process.Try(&Stub::GetRecord, GetRequest("citizen", id, kPurpose), "unit-H09.720") ==
          not_served);
  }
}

TEST_CASE("only systems of units read records", "[replica_api]") {
  ReplicaProcess process;
  process.copies.Put(kOwnTopic, "enterprise", "e", 1, "{}");
  for (const char* system : {"ops", "service-registry"}) {
    CHECK(process.Try(&Stub::GetRecord, GetRequest("enterprise", "e"), system) == kNotAllowed);
    CHECK(process.Try(&Stub::ListRecords, ListRequest("enterprise"), system) == kNotAllowed);
  }
  CHECK(process.Try(&Stub::GetRecord, GetRequest("enterprise", "e"), "unit-H09.721") ==
        Outcome{grpc::UNAUTHENTICATED, "SYSTEM_UNKNOWN"});
}

TEST_CASE("a version that is there is answered at once, a negative one never", "[replica_api]") {
  ReplicaProcess process;
  process.copies.Put(kOwnTopic, "citizen", "c1", 4, "{}");
  for (const int version : {0, 3, 4}) {
    CHECK(process.Do(&Stub::GetRecord, GetRequest("citizen", "c1", kPurpose, version)).version() ==
          4);
  }
  CHECK(process.copies.Accessed() == "c1 c1 c1");
  CHECK(process.Try(&Stub::GetRecord, GetRequest("citizen", "c1", kPurpose, -1)) == kFieldInvalid);
}

TEST_CASE("a read waits for its version, and leaves its access row when it is answered",
          "[replica_api]") {
  ReplicaProcess process;
  std::string since = process.copies.Now();
  Waiting waiting(process, GetRequest("citizen", "c1", kPurpose, 3));
  REQUIRE(Eventually(10s, [&] { return process.copies.Looked(since); }));
  CHECK(waiting.IsOpen());
  process.copies.Put(kOwnTopic, "citizen", "c1", 2, "{}");
  since = process.copies.Now();
  process.Notify();
  REQUIRE(Eventually(10s, [&] { return process.copies.Looked(since); }));
  CHECK(waiting.IsOpen());
  CHECK(process.copies.Accessed().empty());
  process.copies.Put(kOwnTopic, "citizen", "c1", 3, R"({"fullName":"Đào"})");
  process.Notify();
  REQUIRE(waiting.status.get().ok());
  CHECK(waiting.record.version() == 3);
  CHECK(waiting.record.json() == R"({"fullName":"Đào"})");
  CHECK(process.copies.Accessed() == "c1");
}

TEST_CASE("no version is waited for of what the owner said nothing is to be seen of",
          "[replica_api]") {
  ReplicaProcess process;
  // As a tombstone of a key that nobody knows, and a stale message of a key that is asked for.
  process.copies.Put(kOwnTopic, "citizen", "unknown", 0, std::nullopt);
  process.copies.Put(kOwnTopic, "citizen", "suspect", 0, std::nullopt);
  process.copies.Sql("UPDATE feed_record SET suspect = true WHERE record_id = 'suspect'");
  const auto get = [&](const char* id, std::chrono::seconds limit) {
    v1::Record record;
    return OutcomeOf(process.Call(&Stub::GetRecord, GetRequest("citizen", id, kPurpose, 1), &record,
                                  "unit-H09.718", limit));
  };
  CHECK(get("unknown", 20s) == kNotFound);
  CHECK(get("suspect", 4s) == Outcome{grpc::UNAVAILABLE, "VERSION_NOT_REACHED"});
  process.copies.Put(kOwnTopic, "citizen", "unknown", 1, "{}");
  CHECK(get("unknown", 20s) == support::kDone);
}

TEST_CASE("a version that does not come before the deadline is VERSION_NOT_REACHED",
          "[replica_api]") {
  ReplicaProcess process;
  process.copies.Put(kOwnTopic, "citizen", "old", 1, "{}");
  // feed.all's row is the newer one, but not the one that is read.
  process.copies.Put(kAllTopic, "citizen", "old", 5, "{}");
  for (const char* id : {"old", "absent"}) {
    v1::Record record;
    const grpc::Status status = process.Call(
        &Stub::GetRecord, GetRequest("citizen", id, kPurpose, 2), &record, "unit-H09.718", 4s);
    CHECK(OutcomeOf(status) == Outcome{grpc::UNAVAILABLE, "VERSION_NOT_REACHED"});
  }
  CHECK(process.copies.Accessed().empty());
}

TEST_CASE("who waits for a version of a record that is gone by then is told at once",
          "[replica_api]") {
  ReplicaProcess process;
  process.copies.Put(kOwnTopic, "citizen", "moved", 3, std::nullopt);
  for (const std::int64_t version : {1, 3}) {
    CHECK(process.Try(&Stub::GetRecord, GetRequest("citizen", "moved", kPurpose, version)) ==
          kNotFound);
  }
  CHECK(process.copies.Accessed().empty());
}

TEST_CASE("a unit sees the state of its own copy", "[replica_api]") {
  ReplicaProcess process;
  const base::Time time = process.copies.clock.MachineNow();
  process.copies.Apply(
      kUnit, kOwnTopic,
      {feed::RecordMessageOf("registry", "citizen/c1", {1, 5}, 2, "{}"),
       feed::BarrierMessageOf("registry", {1, 5}, 1, time, {{"citizen/c1", {2, "{}"}}})});
  process.copies.Apply(kUnit, kAllTopic,
                       {feed::BarrierMessageOf("registry", {1, 6}, 1, time - 1h, {})});
  process.Run();
  const auto answer = process.Do(&Stub::GetConsistency, v1::GetConsistencyRequest());
  REQUIRE(answer.units_size() == 1);
  const v1::UnitConsistency& unit = answer.units(0);
  CHECK(unit.unit_id() == kUnit);
  CHECK(unit.equal());
  CHECK(unit.verified_at().seconds() == (time - 1h).time_since_epoch() / 1s);  // the older one
  CHECK(unit.parked() == 0);
  CHECK(unit.altered_records() == 0);
  REQUIRE(unit.owners_size() == 2);
  const v1::OwnerConsistency& own = unit.owners(unit.owners(0).topic() == kOwnTopic ? 0 : 1);
  CHECK(own.topic() == kOwnTopic);
  CHECK(own.owner() == "registry");
  CHECK(own.equal());
  CHECK(own.epoch() == 1);
  CHECK(own.sequence() == 5);
  CHECK(own.verified_at().seconds() == time.time_since_epoch() / 1s);
  REQUIRE(own.types_size() == 1);
  CHECK(own.types(0).record_type() == "citizen");
  CHECK(own.types(0).count() == 1);
  journal::SetDigest total;
  total.Add(journal::ViewHash("citizen/c1", 2, "{}"));
  CHECK(own.types(0).digest() == total.digest.Hex());
}

TEST_CASE("operators see the state of all units, a unit that of no other", "[replica_api]") {
  ReplicaProcess process;
  process.copies.Apply(kOtherUnit, kOtherTopic, {Broken("citizen/b")});
  process.Run();
  const auto see = [&](const std::string& system, const std::string& unit) {
    v1::GetConsistencyRequest request;
    v1::GetConsistencyResponse answer;
    request.set_unit_id(unit);
    const grpc::Status status = process.Call(&Stub::GetConsistency, request, &answer, system);
    std::string seen = status.ok() ? "" : OutcomeOf(status).reason;
    for (const auto& shown : answer.units()) {
      CHECK_FALSE(shown.equal());  // no barrier yet
      CHECK_FALSE(shown.has_verified_at());
      seen += shown.unit_id() + " parked " + std::to_string(shown.parked()) + ";";
    }
    return seen;
  };
  for (const char* system : {"ops", "service-registry"}) {
    CHECK(see(system, "") == "H09.718 parked 0;H09.719 parked 1;");
    CHECK(see(system, kOtherUnit) == "H09.719 parked 1;");
    CHECK(see(system, kUnservedUnit) == "UNIT_NOT_SERVED");
  }
  for (const char* system : {"unit-H09.718", "unit-H09.718--office"}) {
    for (const char* own : {"", kUnit}) CHECK(see(system, own) == "H09.718 parked 0;");
    for (const char* other : {kOtherUnit, kUnservedUnit, "x"}) {
      CHECK(see(system, other) == "RECORD_NOT_FOUND");
    }
  }
  CHECK(see("unit-H09.720", "") == "UNIT_NOT_SERVED");
}

TEST_CASE("the portal and operators see of each copy whether it is equal and until when, no more",
          "[replica_api]") {
  ReplicaProcess process;
  const base::Time time = process.copies.clock.MachineNow();
  process.copies.Apply(
      kUnit, kOwnTopic,
      {feed::RecordMessageOf("registry", "citizen/c1", {1, 5}, 2, "{}"),
       feed::BarrierMessageOf("registry", {1, 5}, 1, time, {{"citizen/c1", {2, "{}"}}})});
  process.copies.Apply(kUnit, kAllTopic,
                       {feed::BarrierMessageOf("registry", {1, 6}, 1, time - 1h, {})});
  process.copies.Apply(kOtherUnit, kOtherTopic, {Broken("citizen/b")});
  process.Run();
  v1::ListConsistencyResponse expected;
  auto* const equal = expected.add_units();
  equal->set_unit_id(kUnit);
  equal->set_equal(true);
  equal->mutable_verified_at()->set_seconds((time - 1h).time_since_epoch() /
                                            1s);  // as GetConsistency
  equal->mutable_verified_at()->set_nanos(
      static_cast<int>((time - 1h).time_since_epoch() % 1s / 1ns));
  expected.add_units()->set_unit_id(kOtherUnit);  // nothing is known of it yet
  const v1::ListConsistencyRequest request;
  for (const char* system : {"service-portal", "ops"}) {
    const auto answer = process.Do(&Stub::ListConsistency, request, system);
    CHECK(answer.DebugString() == expected.DebugString());
    CHECK(answer.SerializeAsString() == expected.SerializeAsString());
  }
  std::string fields;
  for (int i = 0; i < v1::UnitCopy::descriptor()->field_count(); ++i) {
    fields += v1::UnitCopy::descriptor()->field(i)->name() + " ";
  }
  CHECK(fields == "unit_id equal verified_at ");
  CHECK(v1::ListConsistencyResponse::descriptor()->field_count() == 1);
  for (const char* system : {"unit-H09.718", "unit-H09.718--office", "service-registry"}) {
    CHECK(process.Try(&Stub::ListConsistency, request, system) == kNotAllowed);
  }
}

TEST_CASE("operators page through what the feeds of all units could not apply", "[replica_api]") {
  ReplicaProcess process;
  process.copies.Apply(kUnit, kOwnTopic, {Broken("citizen/b2"), Broken("citizen/b1")});
  process.copies.Apply(kUnit, kAllTopic, {Broken("unit/b3")});
  process.copies.Apply(kOtherUnit, kOtherTopic, {Broken("citizen/b4"), Broken("citizen/b5")});
  journal::v1::ListParkedEventsRequest request;
  const auto whole = process.Do(&Stub::ListParkedEvents, request, "ops");
  CHECK(KeysOf(whole) ==
        "H09.718 citizen/b2,H09.718 citizen/b1,H09.718 unit/b3,"
        "H09.719 citizen/b4,H09.719 citizen/b5,");
  CHECK(whole.next_page_token().empty());
  REQUIRE(whole.events_size() == 5);
  CHECK(whole.events(1).topic() == kOwnTopic);
  CHECK(whole.events(1).offset() == 1);
  CHECK(whole.events(1).reason() == "the value is not a JSON object");
  CHECK(whole.events(1).parked_at().seconds() ==
        process.copies.clock.MachineNow().time_since_epoch() / 1s);
  for (const int size : {1, 2, 3, 4, 5}) {
    request.set_page_size(size);
    std::string keys;
    int pages = 0;
    do {
      const auto page = process.Do(&Stub::ListParkedEvents, request, "ops");
      CHECK(page.events_size() <= size);
      keys += KeysOf(page);
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty() && ++pages < 10);
    CHECK(keys == KeysOf(whole));
  }
  request.set_page_token("forged");
  CHECK(process.Try(&Stub::ListParkedEvents, request, "ops") == kTokenInvalid);
  request.set_page_size(-1);
  CHECK(process.Try(&Stub::ListParkedEvents, request, "ops") == kFieldInvalid);
  for (const char* system : {"unit-H09.718", "service-registry"}) {
    CHECK(process.Try(&Stub::ListParkedEvents, request, system) == kNotAllowed);
  }
}

TEST_CASE("a replay applies what can be read now, and who waits for it is answered",
          "[replica_api]") {
  ReplicaProcess process;
  process.copies.Apply(kUnit, kOwnTopic, {Broken("citizen/c1"), Broken("citizen/c2")});
  process.copies.Apply(kOtherUnit, kOtherTopic, {Broken("names no record")});
  process.copies.Sql("UPDATE feed_parked SET value = '{}' WHERE message_key = 'citizen/c1'");
  process.Run();
  const std::string since = process.copies.Now();
  Waiting waiting(process, GetRequest("citizen", "c1", kPurpose, 1));
  REQUIRE(Eventually(10s, [&] { return process.copies.Looked(since); }));
  const journal::v1::ReplayParkedEventsRequest request;
  CHECK(process.Try(&Stub::ReplayParkedEvents, request) == kNotAllowed);
  CHECK(waiting.IsOpen());
  const auto answer = process.Do(&Stub::ReplayParkedEvents, request, "ops");
  CHECK(answer.applied() == 1);
  CHECK(answer.still_parked() == 1);
  CHECK(waiting.status.get().ok());
  CHECK(waiting.record.json() == "{}");
  CHECK(KeysOf(process.Do(&Stub::ListParkedEvents, journal::v1::ListParkedEventsRequest(),
                          "ops")) == "H09.718 citizen/c2,");
}

}  // namespace lienthong::replica
