#include "platform/journal/operations.hpp"

#include <memory>
#include <string>
#include <utility>

#include <google/protobuf/util/time_util.h>

#include "platform/base/error.hpp"
#include "platform/base/log.hpp"
#include "platform/base/text.hpp"
#include "platform/journal/views.hpp"

namespace lienthong::journal {
namespace {

constexpr int kOperationsOfPage = 50;
constexpr int kOperationsOfPageMax = 500;
constexpr std::size_t kOperatorCharactersMax = 100;
constexpr std::size_t kUnitCharactersMax = 64;
constexpr std::size_t kTargetCharactersMax = 200;
constexpr std::size_t kWordsCharactersMax = 500;

constexpr pg::Statement kReadOperation{
    "operation_read",
    "SELECT j.views, j.states FROM head h JOIN journal j ON j.id = h.state_row"
    " WHERE h.record_type = 'operation' AND h.record_id = $1 AND h.version > 0"};

// Ids rise with time.
constexpr pg::Statement kListOperations{
    "operation_list",
    "SELECT j.views, j.states FROM head h JOIN journal j ON j.id = h.state_row"
    " WHERE h.record_type = 'operation' AND h.version > 0 AND ($1 = '' OR h.record_id < $1)"
    " ORDER BY h.record_id DESC LIMIT $2"};

constexpr pg::Statement kRaiseEpoch{
    "operation_raise_epoch",
    "UPDATE relay_state SET epoch = epoch + 1, republished = '' WHERE epoch = $1"
    " RETURNING epoch, (SELECT count(*) FROM head WHERE audience <> '{}')"};

google::protobuf::Timestamp StampOf(base::Time time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(time.time_since_epoch().count());
}

bool ConcernsUnit(v1::OperationKind kind) {
  return kind == v1::OPERATION_KIND_REPAIR_UNIT || kind == v1::OPERATION_KIND_BOOTSTRAP_UNIT ||
         kind == v1::OPERATION_KIND_SILENCE_UNIT;
}

/// Who does what for which reason, as it is kept. Throws FIELD_INVALID.
template <class Request>
v1::Operation Begun(const rpc::Call& call, const Request& request, std::string id,
                    v1::OperationKind kind, bool operator_required) {
  v1::Operation operation;
  operation.set_id(std::move(id));
  operation.set_kind(kind);
  operation.set_reason(base::CheckText(request.reason(), "reason", kWordsCharactersMax, false));
  operation.set_operator_(
      base::CheckText(request.operator_(), "operator", kOperatorCharactersMax, operator_required));
  *operation.mutable_began_at() = StampOf(call.machine_time);
  return operation;
}

void End(base::Time time, v1::OperationOutcome outcome, std::string note,
         v1::Operation& operation) {
  *operation.mutable_ended_at() = StampOf(time);
  operation.set_outcome(outcome);
  operation.set_note(std::move(note));
}

/// Nobody's audience: it goes to its domain topic and to no feed.
Journal::Changes ChangedTo(const char* event, const v1::Operation& operation) {
  Record record;
  record.key = {std::string(kOperationType), operation.id()};
  record.views.push_back({kOperationView, std::make_unique<v1::Operation>(operation)});
  return ListOf(Changed{event, std::move(record), kOperationView});
}

v1::Operation OperationIn(const pg::Field& views, const pg::Field& states) {
  v1::Operation operation;
  FromJson(StateOf(views, states, kOperationView), &operation);
  return operation;
}

v1::Operation ReadOperation(pg::Tx& tx, const std::string& id) {
  const auto rows = tx.Exec(kReadOperation, id);
  if (rows.empty()) throw base::NotFound();
  return OperationIn(rows[0][0], rows[0][1]);
}

/// A caller that does not repeat itself need not choose one.
template <class Request>
Request WithRequestId(Request request, base::Ids& ids) {
  if (request.request_id().empty()) request.set_request_id(ids.New());
  return request;
}

}  // namespace

v1::Operation Operations::RecordOperation(const rpc::Call& call,
                                          const v1::RecordOperationRequest& request) {
  const v1::OperationKind kind = request.kind();
  if (kind == v1::OPERATION_KIND_UNSPECIFIED || !v1::OperationKind_IsValid(kind)) {
    throw base::InvalidField("kind", "must be one of OperationKind");
  }
  if (kind == v1::OPERATION_KIND_RAISE_EPOCH) {
    throw base::InvalidField("kind", "RaiseEpoch writes that down itself");
  }
  v1::Operation operation = Begun(call, request, ids_.New(), kind, /*operator_required=*/true);
  operation.set_unit_id(
      base::CheckText(request.unit_id(), "unit_id", kUnitCharactersMax, ConcernsUnit(kind)));
  operation.set_target(base::CheckText(request.target(), "target", kTargetCharactersMax, false));
  return journal_.Change<v1::Operation>(call, request, {}, [&](pg::Tx&, const Heads&) {
    return ChangedTo("OperationBegun", operation);
  });
}

v1::Operation Operations::EndOperation(const rpc::Call& call,
                                       const v1::EndOperationRequest& request) {
  if (!base::IsRecordId(request.operation_id())) throw base::NotFound();
  const v1::OperationOutcome outcome = request.outcome();
  if (outcome == v1::OPERATION_OUTCOME_UNSPECIFIED || !v1::OperationOutcome_IsValid(outcome)) {
    throw base::InvalidField("outcome", "must be one of OperationOutcome");
  }
  const std::string note = base::CheckText(request.note(), "note", kWordsCharactersMax, false);
  const Key key{std::string(kOperationType), request.operation_id()};
  return journal_.Change<v1::Operation>(call, request, {key}, [&](pg::Tx& tx, const Heads&) {
    v1::Operation operation = ReadOperation(tx, key.id);
    if (operation.has_ended_at()) {
      throw base::Transition("OPERATION_ENDED", "how this operation ended is known already");
    }
    End(call.machine_time, outcome, note, operation);
    return ChangedTo("OperationEnded", operation);
  });
}

v1::ListOperationsResponse Operations::ListOperations(const rpc::Call& call,
                                                      const v1::ListOperationsRequest& request) {
  const int page_size = rpc::PageSize(request.page_size(), kOperationsOfPage, kOperationsOfPageMax);
  const std::string before = tokens_.Read(call, request);
  return pool_.Transact(call.deadline, [&](pg::Tx& tx) {
    v1::ListOperationsResponse answer;
    rpc::PageRoom room(page_size);
    for (const auto& row : tx.Exec(kListOperations, before, page_size + 1)) {
      v1::Operation operation = OperationIn(row[0], row[1]);
      if (!room.Take(operation.ByteSizeLong())) {
        const auto& last = answer.operations(answer.operations_size() - 1);
        answer.set_next_page_token(tokens_.Make(call, request, last.id()));
        break;
      }
      *answer.add_operations() = std::move(operation);
    }
    return answer;
  });
}

v1::RaiseEpochResponse Operations::RaiseEpoch(const rpc::Call& call,
                                              const v1::RaiseEpochRequest& request) {
  const v1::Operation begun = Begun(call, request, ids_.New(), v1::OPERATION_KIND_RAISE_EPOCH,
                                    /*operator_required=*/false);
  const auto operation = journal_.Change<v1::Operation>(
      call, WithRequestId(request, ids_), {}, [&](pg::Tx& tx, const Heads&) {
        const auto rows = tx.Exec(kRaiseEpoch, request.current_epoch());
        if (rows.empty()) {
          throw base::Aborted("VERSION_STALE", "current_epoch is not the epoch in force");
        }
        v1::Operation raised = begun;
        raised.set_epoch(rows[0][0].as<std::int64_t>());
        raised.set_records(rows[0][1].as<std::int64_t>());
        End(call.machine_time, v1::OPERATION_OUTCOME_SUCCEEDED, "", raised);
        return ChangedTo("EpochRaised", raised);
      });
  base::LogWarning("epoch raised",
                   {{"epoch", std::to_string(operation.epoch())}, {"system", call.system}});
  v1::RaiseEpochResponse answer;
  answer.set_epoch(operation.epoch());
  answer.set_records(operation.records());
  return answer;
}

v1::ReplayParkedEventsResponse Operations::ReplayParkedEvents(
    const rpc::Call& call, const v1::ReplayParkedEventsRequest& request, const Replay& replay) {
  if (!request.unit_id().empty()) {
    throw base::InvalidField("unit_id",
                             "this service reads one feed; replicas read those of units");
  }
  const v1::Operation wanted =
      Begun(call, request, ids_.New(), v1::OPERATION_KIND_REPLAY_PARKED_EVENTS,
            /*operator_required=*/false);
  const auto begun = journal_.Change<v1::Operation>(
      call, WithRequestId(request, ids_), {},
      [&](pg::Tx&, const Heads&) { return ChangedTo("OperationBegun", wanted); });
  const v1::ReplayParkedEventsResponse answer = replay(call, request);
  const Key key{std::string(kOperationType), begun.id()};
  // An occasion comes once: a repeat replays again, and what is written down stays.
  journal_.ChangeBySystem("end of operation " + begun.id(), {key},
                          [&](pg::Tx& tx, const Heads&) -> Journal::Changes {
                            v1::Operation operation = ReadOperation(tx, key.id);
                            if (operation.has_ended_at()) return {};
                            End(call.machine_time,
                                answer.still_parked() > 0 ? v1::OPERATION_OUTCOME_FAILED
                                                          : v1::OPERATION_OUTCOME_SUCCEEDED,
                                std::to_string(answer.applied()) + " applied, " +
                                    std::to_string(answer.still_parked()) + " still parked",
                                operation);
                            return ChangedTo("OperationEnded", operation);
                          });
  return answer;
}

}  // namespace lienthong::journal
