// What operators do is written into the owner's journal: through generated stubs, as the registry
// serves it on a real PostgreSQL.
#include <catch2/catch.hpp>

#include "platform/journal/seal.hpp"
#include "support/journal_client.hpp"

namespace lienthong::registry {
namespace {

jv1::RecordOperationRequest RecordRequest(Registry& registry, const std::string& reason = "Lệch") {
  jv1::RecordOperationRequest request;
  request.set_request_id(registry.NewId());
  request.set_kind(jv1::OPERATION_KIND_REPAIR_UNIT);
  request.set_unit_id("H09.718.25747");
  request.set_reason(reason);
  request.set_operator_("tructram");
  return request;
}

jv1::EndOperationRequest EndRequest(Registry& registry, const jv1::Operation& operation) {
  jv1::EndOperationRequest request;
  request.set_request_id(registry.NewId());
  request.set_operation_id(operation.id());
  request.set_outcome(jv1::OPERATION_OUTCOME_SUCCEEDED);
  request.set_note("Bằng nhau");
  return request;
}

bool Same(const jv1::Operation& a, const jv1::Operation& b) {
  return MessageDifferencer::Equals(a, b);
}

}  // namespace

TEST_CASE("registry: an operation is begun and ended once, a repeat returns the first") {
  Registry registry;
  JournalClient ops(registry, "ops");
  const auto request = RecordRequest(registry);
  const auto begun = ops.Do(&JournalStub::RecordOperation, request);
  CHECK(begun.version() == 1);
  CHECK(begun.unit_id() == "H09.718.25747");
  CHECK(begun.operator_() == "tructram");
  CHECK(begun.has_began_at());
  CHECK_FALSE(begun.has_ended_at());
  CHECK(Same(ops.Do(&JournalStub::RecordOperation, request), begun));
  auto other = request;
  other.set_reason("Lý do khác");
  CHECK(ops.Try(&JournalStub::RecordOperation, other).reason == "REQUEST_ID_REUSED");

  auto end = EndRequest(registry, begun);
  end.set_expected_version(7);
  CHECK(ops.Try(&JournalStub::EndOperation, end) == Outcome{grpc::ABORTED, "VERSION_STALE"});
  end.set_expected_version(1);
  const auto ended = ops.Do(&JournalStub::EndOperation, end);
  CHECK(ended.version() == 2);
  CHECK(ended.has_ended_at());
  CHECK(ended.outcome() == jv1::OPERATION_OUTCOME_SUCCEEDED);
  CHECK(ended.note() == "Bằng nhau");
  CHECK(ended.reason() == begun.reason());
  CHECK(Same(ops.Do(&JournalStub::EndOperation, end), ended));
  CHECK(ops.Try(&JournalStub::EndOperation, EndRequest(registry, begun)) ==
        Outcome{grpc::FAILED_PRECONDITION, "OPERATION_ENDED"});
  CHECK(registry.Events(begun.id()) == "OperationBegun OperationEnded");
}

TEST_CASE("registry: nobody but operators writes, ends or lists operations") {
  Registry registry;
  JournalClient ops(registry, "ops");
  const auto begun = ops.Do(&JournalStub::RecordOperation, RecordRequest(registry));
  for (const char* system : {"unit-H09.718.25747", "service-registry"}) {
    JournalClient other(registry, system);
    const std::string official = std::string(kWard) + "/a";
    const auto refused = [&](auto rpc, const auto& request) {
      return other.Try(rpc, request, official) ==
             Outcome{grpc::PERMISSION_DENIED, "SYSTEM_NOT_ALLOWED"};
    };
    CHECK(refused(&JournalStub::RecordOperation, RecordRequest(registry)));
    CHECK(refused(&JournalStub::EndOperation, EndRequest(registry, begun)));
    CHECK(refused(&JournalStub::ListOperations, jv1::ListOperationsRequest()));
    CHECK(refused(&JournalStub::GetOwnerStatus, jv1::GetOwnerStatusRequest()));
  }
  // Nor does the record look as if it existed.
  JournalClient ward = JournalClient::Of(registry, kWard);
  const std::string official = std::string(kWard) + "/a";
  CHECK(ward.Try(&JournalStub::ListRecordHistory, HistoryOf("operation", begun.id()), official) ==
        kNotFound);
  CHECK(ward.Try(&JournalStub::Republish, RepublishOf({"operation/" + begun.id()})) ==
        kFieldInvalid);
  CHECK(registry.SeenBy(begun.id()).empty());
  CHECK(registry.Count("journal") == "1");
}

TEST_CASE("registry: operations with broken fields are refused, and name the field") {
  Registry registry;
  JournalClient ops(registry, "ops");
  const auto refused = [&](const std::function<void(jv1::RecordOperationRequest&)>& change) {
    auto request = RecordRequest(registry);
    change(request);
    return ops.Try(&JournalStub::RecordOperation, request) == kFieldInvalid;
  };
  CHECK(refused([](auto& r) { r.set_kind(jv1::OPERATION_KIND_UNSPECIFIED); }));
  CHECK(refused([](auto& r) { r.set_kind(static_cast<jv1::OperationKind>(99)); }));
  CHECK(refused([](auto& r) { r.set_kind(jv1::OPERATION_KIND_RAISE_EPOCH); }));
  CHECK(refused([](auto& r) { r.clear_unit_id(); }));
  CHECK(refused([](auto& r) { r.clear_operator_(); }));
  CHECK(refused([](auto& r) { r.set_operator_(std::string(101, 'x')); }));
  CHECK(refused([](auto& r) { r.set_operator_("a\x01"); }));
  CHECK(refused([](auto& r) { r.set_reason(std::string(501, 'x')); }));
  CHECK(refused([](auto& r) { r.set_target(std::string(201, 'x')); }));
  auto request = RecordRequest(registry);
  request.set_request_id("1");
  CHECK(ops.Try(&JournalStub::RecordOperation, request).reason == "REQUEST_ID_INVALID");
  CHECK(registry.Count("journal") == "0");

  const auto begun = ops.Do(&JournalStub::RecordOperation, RecordRequest(registry));
  auto end = EndRequest(registry, begun);
  end.set_outcome(jv1::OPERATION_OUTCOME_UNSPECIFIED);
  CHECK(ops.Try(&JournalStub::EndOperation, end) == kFieldInvalid);
  for (const std::string& id : {std::string("x"), registry.NewId()}) {
    end = EndRequest(registry, begun);
    end.set_operation_id(id);
    CHECK(ops.Try(&JournalStub::EndOperation, end) == kNotFound);
  }
}

TEST_CASE("registry: operations come newest first, in pages") {
  Registry registry;
  JournalClient ops(registry, "ops");
  std::vector<std::string> made;
  for (int i = 0; i < 5; ++i) {
    made.insert(made.begin(), ops.Do(&JournalStub::RecordOperation, RecordRequest(registry)).id());
  }
  jv1::ListOperationsRequest request;
  request.set_page_size(2);
  std::vector<std::string> ids;
  for (int pages = 0; pages < 3; ++pages) {
    const auto page = ops.Do(&JournalStub::ListOperations, request);
    CHECK(page.operations_size() <= 2);
    for (const auto& operation : page.operations()) ids.push_back(operation.id());
    request.set_page_token(page.next_page_token());
  }
  CHECK(request.page_token().empty());
  CHECK(ids == made);
}

TEST_CASE("registry: what the owner does for operators it writes down by itself") {
  Registry registry;
  JournalClient ops(registry, "ops");
  jv1::RaiseEpochRequest raise;
  raise.set_request_id(registry.NewId());
  raise.set_current_epoch(1);
  raise.set_reason("Khôi phục");
  raise.set_operator_("tructram");
  CHECK(ops.Do(&JournalStub::RaiseEpoch, raise).epoch() == 2);
  CHECK(ops.Do(&JournalStub::RaiseEpoch, raise).epoch() == 2);  // a repeat
  CHECK(registry.Value("SELECT epoch FROM relay_state") == "2");
  raise.set_request_id(registry.NewId());
  CHECK(ops.Try(&JournalStub::RaiseEpoch, raise) == Outcome{grpc::ABORTED, "VERSION_STALE"});

  jv1::ReplayParkedEventsRequest replay;
  replay.set_request_id(registry.NewId());
  for (int i = 0; i < 2; ++i) {
    CHECK(ops.Do(&JournalStub::ReplayParkedEvents, replay).applied() == 0);
  }
  ops.Do(&JournalStub::ReplayParkedEvents, jv1::ReplayParkedEventsRequest());
  replay.set_unit_id("H09.718");
  CHECK(ops.Try(&JournalStub::ReplayParkedEvents, replay) == kFieldInvalid);

  const auto list = ops.Do(&JournalStub::ListOperations, jv1::ListOperationsRequest());
  REQUIRE(list.operations_size() == 3);
  for (const int i : {0, 1}) {
    CHECK(list.operations(i).kind() == jv1::OPERATION_KIND_REPLAY_PARKED_EVENTS);
    CHECK(list.operations(i).note() == "0 applied, 0 still parked");
    CHECK(list.operations(i).has_ended_at());
  }
  CHECK(list.operations(2).kind() == jv1::OPERATION_KIND_RAISE_EPOCH);
  CHECK(list.operations(2).epoch() == 2);
  CHECK(list.operations(2).operator_() == "tructram");
}

TEST_CASE("registry: an owner tells how it stands") {
  Registry registry;
  JournalClient ops(registry, "ops");
  const auto status = [&] {
    return ops.Do(&JournalStub::GetOwnerStatus, jv1::GetOwnerStatusRequest());
  };
  const auto empty = status();
  CHECK(empty.service() == "registry");
  CHECK_FALSE(empty.program_version().empty());
  CHECK(empty.epoch() == 1);
  CHECK(empty.newest_sequence() == 0);
  CHECK_FALSE(empty.has_oldest_unsent_at());
  CHECK_FALSE(empty.has_newest_seal());
  CHECK_FALSE(empty.relay_active());
  CHECK_FALSE(empty.relay_held());
  CHECK(empty.database_bytes() > empty.journal_bytes());
  CHECK(empty.journal_bytes() > 0);
  CHECK(empty.has_directory_verified_at());
  CHECK_FALSE(empty.has_scrubbed_at());

  ops.Do(&JournalStub::RecordOperation, RecordRequest(registry));
  registry.Value("INSERT INTO broken_feed VALUES ('H09.718', now(), 'too large', 0) RETURNING 1");
  registry.Value("INSERT INTO seal VALUES (1, 1, 1, 1, 'x', 'y') RETURNING 1");
  registry.relay_status_.active = registry.relay_status_.stopped_by_seal = true;
  registry.sweep_status_ = {registry.clock_.MachineNow(), registry.clock_.MachineNow(), 3};
  const auto full = status();
  CHECK(full.newest_sequence() == 1);
  CHECK(full.relay_sequence() == 0);
  CHECK(full.has_oldest_unsent_at());
  REQUIRE(full.broken_feeds_size() == 1);
  CHECK(full.broken_feeds(0).topic() == "lienthong.feed.H09.718");
  CHECK(full.broken_feeds(0).reason() == "too large");
  CHECK(full.newest_seal().to_sequence() == 1);
  CHECK(full.newest_seal().recorded_at().seconds() == full.oldest_unsent_at().seconds());
  CHECK(full.relay_active());
  CHECK(full.stopped_by_seals());
  CHECK(full.has_swept_at());
  CHECK(full.scrub_defects() == 3);
}

}  // namespace lienthong::registry
