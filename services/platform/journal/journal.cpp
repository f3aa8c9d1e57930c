#include "platform/journal/journal.hpp"

#include <algorithm>
#include <stdexcept>

#include <prometheus/histogram.h>

#include "platform/base/error.hpp"
#include "platform/base/hash.hpp"
#include "platform/base/log.hpp"
#include "platform/base/sabotage.hpp"
#include "platform/journal/digest.hpp"
#include "platform/journal/rows.hpp"
#include "platform/rpc/metrics.hpp"

namespace lienthong::journal {
namespace {

constexpr pg::Statement kFindRequest{
    "journal_find_request",
    "SELECT fingerprint, journal_id, rows FROM request WHERE caller = $1 AND request_id = $2"};

constexpr pg::Statement kReadAnswer{
    "journal_read_answer",
    "SELECT j.record_type, j.record_id, j.version, coalesce(s.views, j.views),"
    " coalesce(s.states, j.states), h.audience"
    " FROM journal j JOIN head h USING (record_type, record_id)"
    " LEFT JOIN journal s ON s.id = j.state_row WHERE j.id = $1"};

constexpr pg::Statement kReadRecord{
    "journal_read_record",
    "SELECT h.audience, j.views, j.states FROM head h JOIN journal j ON j.id = h.state_row"
    " WHERE h.record_type = $1 AND h.record_id = $2 AND h.version > 0"};

constexpr pg::Statement kInsertHeads{
    "journal_insert_heads",
    "INSERT INTO head SELECT t.type, t.id, 0, t.bucket, '{}', '{}', 0, 0, 0"
    " FROM unnest($1::text[], $2::text[], $3::smallint[]) AS t(type, id, bucket)"
    " ORDER BY t.type, t.id ON CONFLICT DO NOTHING"};

// One key, the usual case, without the cost of arrays.
constexpr pg::Statement kLockHead{
    "journal_lock_head",
    "SELECT record_type, record_id, version, audience, hashes FROM head"
    " WHERE record_type = $1 AND record_id = $2 FOR UPDATE"};

constexpr pg::Statement kLockHeads{
    "journal_lock_heads",
    "SELECT h.record_type, h.record_id, h.version, h.audience, h.hashes FROM head h"
    " JOIN unnest($1::text[], $2::text[]) AS t(type, id)"
    " ON h.record_type = t.type AND h.record_id = t.id"
    " ORDER BY h.record_type, h.record_id FOR UPDATE OF h"};

constexpr const char* kOpsCaller = "ops";
const prometheus::Histogram::BucketBoundaries kBatchBuckets{1, 2, 4, 8, 16, 32, 64, 128};

std::string TextField(const google::protobuf::Message& message, const char* name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr) return {};
  return message.GetReflection()->GetString(message, field);
}

std::int64_t NumberField(const google::protobuf::Message& message, const char* name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  return field == nullptr ? 0 : message.GetReflection()->GetInt64(message, field);
}

void SetIdAndVersion(google::protobuf::Message* message, const std::string& id,
                     std::int64_t version) {
  const auto* descriptor = message->GetDescriptor();
  const auto* reflection = message->GetReflection();
  reflection->SetString(message, descriptor->FindFieldByName("id"), id);
  reflection->SetInt64(message, descriptor->FindFieldByName("version"), version);
}

std::string Fingerprint(const rpc::Call& call, const google::protobuf::Message& request) {
  const std::string_view zero("\0", 1);
  base::Sha256 hash;
  hash.Add(call.rpc).Add(zero).Add(call.official).Add(zero).Add(request.SerializeAsString());
  return hash.Finish();
}

std::optional<std::string> ViewFor(const Audience& audience, const rpc::Call& call) {
  if (call.system_kind == rpc::SystemKind::kOps && !audience.empty()) return "full";
  return ViewOf(audience, call.caller);
}

/// The state in one view, out of the parallel columns `views` and `states`.
std::string StateOf(const pg::Field& views, const pg::Field& states, const std::string& view) {
  if (states.is_null()) throw base::NotFound();  // erased
  const std::vector<std::string> names = pg::ParseTextArray(views);
  const auto found = std::find(names.begin(), names.end(), view);
  if (found == names.end()) throw base::NotFound();  // a view younger than this version
  return pg::ParseTextArray(states).at(static_cast<std::size_t>(found - names.begin()));
}

}  // namespace

struct Journal::Work {
  const rpc::Call& call;
  const google::protobuf::Message* request = nullptr;
  google::protobuf::Message* answer = nullptr;
  std::string request_id;
  std::string fingerprint;
  std::vector<Key> keys;  ///< sorted, without repeats
  Key first;              ///< the one that expected_version speaks of
  std::int64_t expected_version = 0;
  Visibility visibility = Visibility::kAudience;
};

Journal::Journal(pg::Pool& pool, base::Clock& clock, base::Ids& ids, JournalOptions options)
    : pool_(pool),
      clock_(clock),
      ids_(ids),
      options_(std::move(options)),
      commit_batch_size_(prometheus::BuildHistogram()
                             .Name("lienthong_commit_batch_size")
                             .Help("Calls that shared one commit.")
                             .Register(*rpc::MetricsRegistry())
                             .Add({{"service", options_.service}}, kBatchBuckets)) {}

namespace {

std::vector<Key> Sorted(std::vector<Key> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

std::string RequestIdOf(const google::protobuf::Message& request) {
  std::string id = TextField(request, "request_id");
  if (!base::IsUuid(id)) {
    throw base::Invalid("REQUEST_ID_INVALID", "request_id", "must be a UUID");
  }
  std::transform(id.begin(), id.end(), id.begin(), [](unsigned char c) { return std::tolower(c); });
  return id;
}

}  // namespace

void Journal::ChangeInto(google::protobuf::Message* answer, const rpc::Call& call,
                         const google::protobuf::Message& request, std::vector<Key> keys,
                         const Closure& fn, Visibility visibility) {
  Work work{call, &request, answer, RequestIdOf(request), Fingerprint(call, request), {}, {}};
  if (!keys.empty()) work.first = keys.front();
  work.keys = Sorted(std::move(keys));
  work.expected_version = NumberField(request, "expected_version");
  work.visibility = visibility;
  Run(work, fn);
}

Journal::BatchOutcome Journal::ChangeMany(const rpc::Call& call,
                                          const google::protobuf::Message& request,
                                          std::vector<Key> keys, const Closure& fn) {
  Work work{call, &request, nullptr, RequestIdOf(request), Fingerprint(call, request), {}, {}};
  work.keys = Sorted(std::move(keys));
  return Run(work, fn);
}

void Journal::ChangeBySystem(const std::string& occasion, std::vector<Key> keys,
                             const Closure& fn) {
  rpc::Call call;
  call.rpc = "system";
  call.system = "service-" + options_.service;
  call.system_kind = rpc::SystemKind::kService;
  call.caller = call.system;
  call.time = clock_.BusinessNow();
  call.machine_time = clock_.MachineNow();
  call.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  Work work{call, nullptr, nullptr, occasion, base::Sha256Of(occasion), {}, {}};
  work.keys = Sorted(std::move(keys));
  work.visibility = Visibility::kAny;
  Run(work, fn);
}

Journal::BatchOutcome Journal::Run(const Work& work, const Closure& fn) {
  BatchOutcome outcome;
  try {
    outcome = pool_.Transact(work.call.deadline, [&](pg::Tx& tx) { return Attempt(tx, work, fn); });
  } catch (...) {
    // Twenty equal requests at once get twenty equal answers: what failed here may have succeeded
    // in an equal call, or in our own commit whose answer was lost.
    const std::exception_ptr failure = std::current_exception();
    std::optional<BatchOutcome> repeat;
    try {
      repeat = pool_.Transact(work.call.deadline, [&](pg::Tx& tx) { return FindRepeat(tx, work); });
    } catch (const base::Error& error) {
      if (error.kind == base::ErrorKind::kInvalid) throw;  // REQUEST_ID_REUSED
      std::rethrow_exception(failure);
    }
    if (!repeat) std::rethrow_exception(failure);
    return *repeat;
  }
  if (outcome.repeated) return outcome;
  commit_batch_size_.Observe(1);
  if (wake_) wake_();
  return outcome;
}

Journal::BatchOutcome Journal::Attempt(pg::Tx& tx, const Work& work, const Closure& fn) {
  if (base::Sabotaged("acknowledge-early")) tx.ExecText("SET LOCAL synchronous_commit = off");
  if (base::Sabotaged("no-repeat-check")) {
    tx.ExecText("DELETE FROM request WHERE request_id = '" + work.request_id + "'");
  } else if (const auto repeat = FindRepeat(tx, work)) {
    return *repeat;
  }
  const Heads heads = LockHeads(tx, work);
  Changes changes = fn(tx, heads);
  if (changes.size() > options_.rows_max) throw std::logic_error("too many records in a change");
  Append(tx, work, changes, heads);
  return {false, static_cast<std::int64_t>(changes.size())};
}

std::optional<Journal::BatchOutcome> Journal::FindRepeat(pg::Tx& tx, const Work& work) {
  const auto rows = tx.Exec(kFindRequest, work.call.caller, work.request_id);
  if (rows.empty()) return std::nullopt;
  if (pg::ParseBytes(rows[0][0]) != work.fingerprint) {
    throw base::Invalid("REQUEST_ID_REUSED", "request_id",
                        "this request_id came before with other content");
  }
  if (work.answer != nullptr) AnswerRepeat(tx, work, rows[0][1].as<std::int64_t>());
  return BatchOutcome{true, rows[0][2].as<std::int64_t>()};
}

void Journal::AnswerRepeat(pg::Tx& tx, const Work& work, std::int64_t journal_id) {
  const auto row = tx.Exec(kReadAnswer, journal_id)[0];
  const Key key{row[0].as<std::string>(), row[1].as<std::string>()};
  const auto version = row[2].as<std::int64_t>();
  const Audience audience = PairsFromText(row[5].as<std::string>());
  const auto view = ViewFor(audience, work.call);
  work.answer->Clear();
  if (view) {
    FromJson(StateOf(row[3], row[4], *view), work.answer);
    if (on_repeat_) on_repeat_(tx, work.call, key, *work.request);
  } else {
    SetIdAndVersion(work.answer, key.id, version);
  }
}

Heads Journal::LockHeads(pg::Tx& tx, const Work& work) {
  Heads heads;
  if (work.keys.empty()) return heads;
  std::vector<std::string> types, ids;
  for (const Key& key : work.keys) types.push_back(key.type), ids.push_back(key.id);
  InsertNewHeads(tx, work);

  const auto rows = work.keys.size() == 1
                        ? tx.Exec(kLockHead, types[0], ids[0])
                        : tx.Exec(kLockHeads, pg::TextArray(types), pg::TextArray(ids));
  for (const auto& row : rows) {
    heads[{row[0].as<std::string>(), row[1].as<std::string>()}] = {
        row[2].as<std::int64_t>(), PairsFromText(row[3].as<std::string>()),
        PairsFromText(row[4].as<std::string>())};
  }
  const bool sees_all = work.visibility == Visibility::kAny || work.call.caller == kOpsCaller;
  for (const Key& key : work.keys) {
    const auto head = heads.find(key);
    if (head == heads.end()) throw base::NotFound();
    if (head->second.version == 0 || sees_all) continue;
    if (!ViewOf(head->second.audience, work.call.caller)) throw base::NotFound();
  }
  if (work.expected_version != 0 &&
      (work.first.id.empty() || heads.at(work.first).version != work.expected_version)) {
    throw base::Aborted("VERSION_STALE", "the record has another version than expected");
  }
  return heads;
}

void Journal::InsertNewHeads(pg::Tx& tx, const Work& work) {
  std::vector<std::string> types, ids;
  std::vector<std::int64_t> buckets;
  for (const Key& key : work.keys) {
    if (!key.create) continue;
    types.push_back(key.type);
    ids.push_back(key.id);
    buckets.push_back(BucketOf(key.Text()));
  }
  if (types.empty()) return;
  tx.Exec(kInsertHeads, pg::TextArray(types), pg::TextArray(ids), pg::NumberArray(buckets));
}

void Journal::Append(pg::Tx& tx, const Work& work, Changes& changes, const Heads& heads) {
  RowWriter writer(work.call, work.request_id, work.fingerprint, clock_.MachineNow());
  for (Changed& changed : changes) {
    const auto known = heads.find(changed.record.key);
    static const Head kNew;
    writer.AddVersion(changed, known == heads.end() ? kNew : known->second, ids_.New());
  }
  if (!changes.empty()) {
    writer.Write(tx);
  } else if (work.request != nullptr) {  // an occasion of which nothing came may come again
    writer.WriteRequestOnly(tx);
  }
  if (work.answer == nullptr) return;
  if (changes.empty()) throw std::logic_error("a change without a record has no answer");

  const Record& record = changes.front().record;
  const auto view = ViewFor(record.audience, work.call);
  if (!view) {
    work.answer->Clear();
    return SetIdAndVersion(work.answer, record.key.id, writer.VersionOf(0));
  }
  for (const Record::View& candidate : record.views) {
    if (candidate.name == *view) return work.answer->CopyFrom(*candidate.message);
  }
  throw std::logic_error("an audience names a view that the record does not have");
}

void ReadRecord(pg::Tx& tx, const rpc::Call& call, const Key& key,
                google::protobuf::Message* message) {
  const auto rows = tx.Exec(kReadRecord, key.type, key.id);
  if (rows.empty()) throw base::NotFound();
  const auto view = ViewFor(PairsFromText(rows[0][0].as<std::string>()), call);
  if (!view) throw base::NotFound();
  FromJson(StateOf(rows[0][1], rows[0][2], *view), message);
}

}  // namespace lienthong::journal
