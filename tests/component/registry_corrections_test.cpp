// Corrections of citizens through the generated stub, on a real PostgreSQL.
#include <catch2/catch.hpp>

#include <future>

#include "support/registry_owner.hpp"

namespace lienthong::registry {
namespace {

/// Corrections as the business table has them, without their heads.
std::string InsertOf(const std::string& citizen_id, int count) {
  return "INSERT INTO correction (id, citizen_id, citizen_version, full_name, reason, state,"
         " requested_by_official_id, requested_by_unit_id) SELECT gen_random_uuid(), '" +
         citizen_id + "', 1, 'A', 'B', 'REQUESTED', 'o', 'u' FROM generate_series(1, " +
         std::to_string(count) + ")";
}
void InsertCorrections(Registry& registry, const std::string& citizen_id, int count) {
  registry.Value(InsertOf(citizen_id, count) + " RETURNING id");
}

}  // namespace

TEST_CASE("registry: a correction is requested by one official and approved by another") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const auto request = CorrectionRequest(registry, made.id());
  const v1::Correction asked = registry.Do(&Stub::RequestCorrection, request);
  CHECK(asked.version() == 1);
  CHECK(asked.state() == v1::CORRECTION_STATE_REQUESTED);
  CHECK(asked.citizen_version() == 1);
  CHECK(asked.requested_by_unit_id() == kWard);
  CHECK(registry.SeenBy(asked.id()) == "H09.718 H09.718.25747");
  CHECK(registry.Do(&Stub::GetCitizen, GetRequest(made.id())).full_name() == "Nguyễn Thị Đào");

  const auto decide = DecideRequest(registry, asked.id());
  const v1::Correction approved = registry.Do(&Stub::ApproveCorrection, decide, kDistrict);
  CHECK(approved.version() == 2);
  CHECK(approved.state() == v1::CORRECTION_STATE_APPROVED);
  CHECK(approved.decided_by_official_id() == "H09.718/a");
  const v1::Citizen corrected = registry.Do(&Stub::GetCitizen, GetRequest(made.id()));
  CHECK(corrected.full_name() == "Nguyễn Thị Đao");
  CHECK(corrected.version() == 2);
  CHECK(registry.Events(asked.id()) == "CorrectionRequested CorrectionApproved");
  CHECK(registry.Events(made.id()) == "CitizenRegistered CitizenCorrected");
  CHECK(registry.Defects().empty());

  const v1::Correction again = registry.Do(&Stub::ApproveCorrection, decide, kDistrict);
  CHECK(MessageDifferencer::Equals(approved, again));
  CHECK(registry.Try(&Stub::RejectCorrection, DecideRequest(registry, asked.id()), kDistrict) ==
        Outcome{grpc::FAILED_PRECONDITION, "CORRECTION_DECIDED"});
}

TEST_CASE("registry: of one person no more than 200 corrections are requested") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  InsertCorrections(registry, made.id(), 199);
  CHECK(registry.Try(&Stub::RequestCorrection, CorrectionRequest(registry, made.id())) == kDone);
  CHECK(registry.Try(&Stub::RequestCorrection, CorrectionRequest(registry, made.id())) ==
        Outcome{grpc::FAILED_PRECONDITION, "TOO_MANY_CORRECTIONS"});
  CHECK(registry.Count("correction") == "200");
}

TEST_CASE("registry: a move that a correction comes before is refused, to be repeated") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const auto move = MoveRequest(registry, made.id(), "25750");
  pqxx::connection connection(registry.database_.Conninfo());
  pqxx::work other(connection);
  other.exec("SELECT 1 FROM head WHERE record_id = '" + made.id() + "' FOR UPDATE");
  auto refused = std::async(std::launch::async,
                            [&] { return registry.Try(&Stub::MoveCitizen, move, kDistrict); });
  // The move has gathered the corrections it knows, and waits for the person.
  REQUIRE(support::Eventually(std::chrono::seconds(20), [&] {
    return registry.Value(
               "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
               " AND datname = current_database()") == "1";
  }));
  other.exec(InsertOf(made.id(), 1));
  other.commit();
  CHECK(refused.get() == Outcome{grpc::ABORTED, "CONCURRENT_CHANGE"});
  CHECK(registry.Events(made.id()) == "CitizenRegistered");
  registry.Value("DELETE FROM correction RETURNING id");
  CHECK(registry.Do(&Stub::MoveCitizen, move, kDistrict).version() == 2);
}

TEST_CASE("registry: nobody decides the own request") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const auto asked = registry.Do(&Stub::RequestCorrection, CorrectionRequest(registry, made.id()));
  const Outcome same{grpc::FAILED_PRECONDITION, "SAME_OFFICIAL"};
  CHECK(registry.Try(&Stub::ApproveCorrection, DecideRequest(registry, asked.id())) == same);
  CHECK(registry.Try(&Stub::RejectCorrection, DecideRequest(registry, asked.id())) == same);
  CHECK(registry.Events(asked.id()) == "CorrectionRequested");
}

TEST_CASE("registry: a rejection needs a reason and changes no person") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const auto asked = registry.Do(&Stub::RequestCorrection, CorrectionRequest(registry, made.id()));
  auto request = DecideRequest(registry, asked.id());
  request.clear_reason();
  CHECK(registry.Try(&Stub::RejectCorrection, request, kWard, "b") == kFieldInvalid);
  const auto rejected =
      registry.Do(&Stub::RejectCorrection, DecideRequest(registry, asked.id()), kWard, "b");
  CHECK(rejected.state() == v1::CORRECTION_STATE_REJECTED);
  CHECK(rejected.decision_reason() == "Theo sổ gốc");
  CHECK(registry.Events(made.id()) == "CitizenRegistered");
  CHECK(registry.Defects().empty());
}

TEST_CASE("registry: a correction of a record that changed since is stale") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const auto asked = registry.Do(&Stub::RequestCorrection, CorrectionRequest(registry, made.id()));
  registry.Do(&Stub::MoveCitizen, MoveRequest(registry, made.id(), "25747"));
  CHECK(registry.Try(&Stub::ApproveCorrection, DecideRequest(registry, asked.id()), kDistrict) ==
        Outcome{grpc::ABORTED, "VERSION_STALE"});
  auto request = CorrectionRequest(registry, made.id());
  request.set_expected_version(1);
  CHECK(registry.Try(&Stub::RequestCorrection, request) == Outcome{grpc::ABORTED, "VERSION_STALE"});
  auto decide = DecideRequest(registry, asked.id());
  decide.set_expected_version(2);
  CHECK(registry.Try(&Stub::RejectCorrection, decide, kDistrict) ==
        Outcome{grpc::ABORTED, "VERSION_STALE"});
}

TEST_CASE("registry: corrections go where the person goes") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const auto asked = registry.Do(&Stub::RequestCorrection, CorrectionRequest(registry, made.id()));
  registry.Do(&Stub::MoveCitizen, MoveRequest(registry, made.id(), "25750"), kDistrict);
  CHECK(registry.SeenBy(asked.id()) == "H09.718 H09.718.25750");
  CHECK(registry.Events(asked.id()) == "CorrectionRequested CorrectionMoved");
  CHECK(registry.Try(&Stub::RejectCorrection, DecideRequest(registry, asked.id()), kWard, "b") ==
        kNotFound);
  CHECK(registry.Try(&Stub::RejectCorrection, DecideRequest(registry, asked.id()), kOtherWard) ==
        kDone);
  CHECK(registry.Defects().empty());
}

TEST_CASE("registry: bad corrections are refused") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  Registered(registry, "Khác", "074185001234");
  const auto outcome = [&](const std::function<void(v1::RequestCorrectionRequest&)>& set) {
    auto request = CorrectionRequest(registry, made.id());
    set(request);
    return registry.Try(&Stub::RequestCorrection, request);
  };
  CHECK(outcome([](auto& r) { r.clear_full_name(); }) == kFieldInvalid);
  CHECK(outcome([](auto& r) { r.clear_reason(); }) == kFieldInvalid);
  CHECK(outcome([](auto& r) { r.set_birth_date("2020-01-01"); }) == kFieldInvalid);
  CHECK(outcome([](auto& r) { r.set_sex(v1::SEX_UNSPECIFIED); }) == kFieldInvalid);
  CHECK(outcome([](auto& r) { r.set_identity_number("1"); }) ==
        Outcome{grpc::INVALID_ARGUMENT, "IDENTITY_NUMBER_INVALID"});

  auto taken = CorrectionRequest(registry, made.id());
  taken.set_identity_number("074185001234");
  const auto asked = registry.Do(&Stub::RequestCorrection, taken);
  CHECK(registry.Try(&Stub::ApproveCorrection, DecideRequest(registry, asked.id()), kWard, "b") ==
        Outcome{grpc::ALREADY_EXISTS, "IDENTITY_NUMBER_TAKEN"});
  CHECK(registry.Events(asked.id()) == "CorrectionRequested");
  CHECK(registry.Do(&Stub::GetCitizen, GetRequest(made.id())).full_name() == "Nguyễn Thị Đào");
}

TEST_CASE("registry: unknown and invisible corrections are answered alike") {
  Registry registry;
  const auto asked =
      registry.Do(&Stub::RequestCorrection, CorrectionRequest(registry, Registered(registry).id()));
  for (const std::string& id : {asked.id(), registry.NewId(), std::string("x")}) {
    CHECK(registry.Try(&Stub::ApproveCorrection, DecideRequest(registry, id), kFarWard) ==
          kNotFound);
    CHECK(registry.Try(&Stub::RejectCorrection, DecideRequest(registry, id), kFarWard) ==
          kNotFound);
  }
}

}  // namespace lienthong::registry
