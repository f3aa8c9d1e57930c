#include "replica/service.hpp"

#include <algorithm>
#include <cctype>

#include <google/protobuf/util/time_util.h>

#include "platform/access/portal.hpp"
#include "platform/access/purpose.hpp"
#include "platform/base/id.hpp"
#include "platform/feed/parked.hpp"
#include "platform/feed/parked_api.hpp"
#include "replica/store.hpp"

namespace lienthong::replica {
namespace {

using google::protobuf::util::TimeUtil;

constexpr int kPageDefault = 50;
constexpr int kPageMax = 500;

google::protobuf::Timestamp ToTimestamp(base::Time time) {
  return TimeUtil::MicrosecondsToTimestamp(time.time_since_epoch().count());
}

const RecordType& TypeOf(const std::string& name) {
  const auto found = RecordTypes().find(name);
  if (found == RecordTypes().end()) {
    throw base::InvalidField("record_type", "no such record type; they are named in the APIs");
  }
  return found->second;
}

std::string PurposeFor(const RecordType& type, const std::string& given) {
  return type.personal ? access::CheckPurpose(given) : std::string();
}

Access AccessOf(const rpc::Call& call, const RecordType& type, const std::string& purpose) {
  const std::string method = call.rpc.substr(call.rpc.rfind('/') + 1);
  return {type.name, call.system, call.caller, purpose, "replica: " + method, call.machine_time};
}

v1::Record ToRecord(const RecordType& type, StoredRecord stored) {
  v1::Record record;
  record.set_record_type(type.name);
  record.set_id(std::move(stored.id));
  record.set_version(stored.version);
  record.set_view(std::move(stored.view));
  record.set_json(std::move(stored.json));
  return record;
}

/// Leaves what fits on a page; true when that is not all.
bool CutPage(std::vector<StoredRecord>& records, int page_size) {
  rpc::PageRoom room(page_size);
  const auto end = std::find_if(records.begin(), records.end(), [&](const StoredRecord& record) {
    return !room.Take(record.json.size());
  });
  const bool is_cut = end != records.end();
  records.erase(end, records.end());
  return is_cut;
}

void AddOwner(const feed::OwnerState& owner, v1::UnitConsistency& unit) {
  auto& shown = *unit.add_owners();
  shown.set_topic(owner.topic);
  shown.set_owner(owner.owner);
  shown.set_equal(owner.equal);
  shown.set_epoch(owner.epoch);
  shown.set_sequence(owner.sequence);
  if (owner.verified_at) *shown.mutable_verified_at() = ToTimestamp(*owner.verified_at);
  shown.set_suspects(owner.suspects);
  for (const auto& [name, total] : owner.types) {
    auto& type = *shown.add_types();
    type.set_record_type(name);
    type.set_count(total.count);
    type.set_digest(total.digest);
    type.set_divergent(total.divergent);
  }
}

v1::UnitWork ToUnitWork(const feed::Work& work) {
  v1::UnitWork shown;
  shown.set_request_id(work.request_id);
  shown.set_operation_id(work.operation_id);
  *shown.mutable_requested_at() = ToTimestamp(work.asked_at);
  if (work.completed_at) *shown.mutable_completed_at() = ToTimestamp(*work.completed_at);
  shown.set_differing_records(work.differing);
  return shown;
}

v1::UnitConsistency ConsistencyOf(const Unit& unit) {
  const feed::Consistency state = unit.reader->State();
  v1::UnitConsistency shown;
  shown.set_unit_id(unit.code);
  shown.set_equal(state.equal);
  if (state.verified_at) *shown.mutable_verified_at() = ToTimestamp(*state.verified_at);
  for (const feed::OwnerState& owner : state.owners) AddOwner(owner, shown);
  shown.set_lag_messages(state.lag_messages);
  shown.set_parked(state.parked);
  if (state.scrubbed_at) *shown.mutable_scrubbed_at() = ToTimestamp(*state.scrubbed_at);
  shown.set_altered_records(state.altered_records);
  for (const std::string& key : state.altered_keys) shown.add_altered_keys(key);
  if (state.repair) *shown.mutable_last_repair() = ToUnitWork(*state.repair);
  if (state.bootstrap) *shown.mutable_last_bootstrap() = ToUnitWork(*state.bootstrap);
  return shown;
}

/// Where a page of parked events goes on: "<unit> <topic> <offset>" of the last one shown.
struct ParkedPosition {
  std::string unit;
  std::string topic;
  std::int64_t offset = -1;

  static ParkedPosition Parse(const std::string& text) {
    ParkedPosition position;
    if (text.empty()) return position;
    const std::size_t first = text.find(' ');
    const std::size_t second = text.rfind(' ');
    position.unit = text.substr(0, first);
    position.topic = text.substr(first + 1, second - first - 1);
    position.offset = std::stoll(text.substr(second + 1));
    return position;
  }
};

}  // namespace

const Unit& ReplicaService::UnitOf(const std::string& code) const {
  const Unit* unit = units_.Find(code);
  if (unit == nullptr) {
    throw base::Error(base::ErrorKind::kNotFound, "UNIT_NOT_SERVED",
                      "another process serves that unit's copy, or none does");
  }
  return *unit;
}

std::vector<const Unit*> ReplicaService::UnitsOf(const std::string& code) const {
  if (!code.empty()) return {&UnitOf(code)};
  std::vector<const Unit*> all;
  for (const Unit& unit : units_.All()) all.push_back(&unit);
  return all;
}

std::optional<v1::Record> ReplicaService::GetRecord(const rpc::Call& call,
                                                    const v1::GetRecordRequest& request) {
  const Unit& unit = UnitOf(call.caller);
  if (request.min_version() < 0) {
    throw base::InvalidField("min_version", "must not be negative");
  }
  const RecordType& type = TypeOf(request.record_type());
  const std::string purpose = PurposeFor(type, request.purpose());
  return unit.pool->Transact(call.deadline, [&](pg::Tx& tx) -> std::optional<v1::Record> {
    auto [version, record, is_unknown] =
        FindRecord(tx, unit.sets, type.name, request.record_id(), type.person_field);
    if (is_unknown) throw base::NotFound();
    if (version < request.min_version()) return std::nullopt;
    if (!record) throw base::NotFound();
    if (type.personal) InsertAccess(tx, AccessOf(call, type, purpose), {*record});
    return ToRecord(type, std::move(*record));
  });
}

base::Error ReplicaService::VersionNotReached() {
  return base::Unavailable("VERSION_NOT_REACHED", "the copy did not reach that version in time");
}

v1::ListRecordsResponse ReplicaService::ListRecords(const rpc::Call& call,
                                                    const v1::ListRecordsRequest& request) {
  const Unit& unit = UnitOf(call.caller);
  const RecordType& type = TypeOf(request.record_type());
  const std::string purpose = PurposeFor(type, request.purpose());
  const int page_size = rpc::PageSize(request.page_size(), kPageDefault, kPageMax);
  const std::string after = tokens_.Read(call, request);
  auto [records, more] = unit.pool->Transact(call.deadline, [&](pg::Tx& tx) {
    // One more than a page tells whether another follows; it is not returned, so not logged.
    auto found = SelectRecords(tx, unit.sets, type.name, after, page_size + 1, type.person_field);
    const bool is_cut = CutPage(found, page_size);
    if (type.personal) InsertAccess(tx, AccessOf(call, type, purpose), found);
    return std::pair(std::move(found), is_cut);
  });
  v1::ListRecordsResponse answer;
  if (more) answer.set_next_page_token(tokens_.Make(call, request, records.back().id));
  for (StoredRecord& record : records) *answer.add_records() = ToRecord(type, std::move(record));
  return answer;
}

v1::GetConsistencyResponse ReplicaService::GetConsistency(
    const rpc::Call& call, const v1::GetConsistencyRequest& request) {
  v1::GetConsistencyResponse answer;
  const bool is_unit = call.system_kind == rpc::SystemKind::kUnit;
  std::string code = request.unit_id();
  if (is_unit && !code.empty() && code != call.caller) throw base::NotFound();
  if (is_unit) code = call.caller;
  if (!code.empty()) {
    *answer.add_units() = ConsistencyOf(UnitOf(code));
    return answer;
  }
  for (const Unit& unit : units_.All()) *answer.add_units() = ConsistencyOf(unit);
  return answer;
}

v1::ListConsistencyResponse ReplicaService::ListConsistency(const rpc::Call& call,
                                                            const v1::ListConsistencyRequest&) {
  if (call.system_kind == rpc::SystemKind::kService) access::RequirePortal(call);
  v1::ListConsistencyResponse answer;
  for (const Unit& unit : units_.All()) {
    const feed::Consistency state = unit.reader->State();
    v1::UnitCopy& copy = *answer.add_units();
    copy.set_unit_id(unit.code);
    copy.set_equal(state.equal);
    if (state.verified_at) *copy.mutable_verified_at() = ToTimestamp(*state.verified_at);
  }
  return answer;
}

journal::v1::ListParkedEventsResponse ReplicaService::ListParkedEvents(
    const rpc::Call& call, const journal::v1::ListParkedEventsRequest& request) {
  const int page_size = rpc::PageSize(request.page_size(), kPageDefault, kPageMax);
  const ParkedPosition position = ParkedPosition::Parse(tokens_.Read(call, request));
  journal::v1::ListParkedEventsResponse answer;
  for (const Unit* const one : UnitsOf(request.unit_id())) {
    const Unit& unit = *one;
    if (unit.code < position.unit) continue;
    const bool goes_on = unit.code == position.unit;
    const auto parked = unit.pool->Transact(call.deadline, [&](pg::Tx& tx) {
      return feed::ListParked(tx, goes_on ? position.topic : "", goes_on ? position.offset : -1,
                              page_size + 1 - answer.events_size());
    });
    for (const feed::ParkedMessage& message : parked) {
      if (answer.events_size() == page_size) {
        const auto& last = answer.events(page_size - 1);
        answer.set_next_page_token(tokens_.Make(
            call, request, last.unit() + " " + last.topic() + " " + std::to_string(last.offset())));
        return answer;
      }
      auto& event = *answer.add_events();
      event = feed::ToParkedEvent(message);
      event.set_unit(unit.code);
    }
  }
  return answer;
}

journal::v1::ReplayParkedEventsResponse ReplicaService::ReplayParkedEvents(
    const rpc::Call&, const journal::v1::ReplayParkedEventsRequest& request) {
  journal::v1::ReplayParkedEventsResponse answer;
  for (const Unit* const unit : UnitsOf(request.unit_id())) {
    const feed::Reader::ReplayOutcome outcome = unit->reader->ReplayParked();
    answer.set_applied(answer.applied() + outcome.applied);
    answer.set_still_parked(answer.still_parked() + outcome.still_parked);
  }
  return answer;
}

template <class Request>
v1::UnitWork ReplicaService::Ask(feed::WorkKind kind, const rpc::Call& call,
                                 const Request& request) {
  std::string request_id = request.request_id();
  if (!base::IsUuid(request_id)) {
    throw base::Invalid("REQUEST_ID_INVALID", "request_id", "must be a UUID");
  }
  std::transform(request_id.begin(), request_id.end(), request_id.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  if (!request.operation_id().empty() && !base::IsRecordId(request.operation_id())) {
    throw base::InvalidField("operation_id", "must be the id of an operation record, or empty");
  }
  const Unit& unit = UnitOf(request.unit_id());
  return ToUnitWork(unit.reader->Ask(kind, request_id, request.operation_id(), call.deadline));
}

v1::UnitWork ReplicaService::RepairUnit(const rpc::Call& call,
                                        const v1::RepairUnitRequest& request) {
  return Ask(feed::WorkKind::kRepair, call, request);
}

v1::UnitWork ReplicaService::BootstrapUnit(const rpc::Call& call,
                                           const v1::BootstrapUnitRequest& request) {
  return Ask(feed::WorkKind::kBootstrap, call, request);
}

}  // namespace lienthong::replica
