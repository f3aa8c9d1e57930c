#include "platform/journal/change_set.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "platform/base/error.hpp"
#include "platform/base/sabotage.hpp"
#include "platform/journal/digest.hpp"
#include "platform/journal/views.hpp"

namespace lienthong::journal {
namespace {

// One request, the usual case, without the cost of arrays.
constexpr pg::Statement kFindRequest{
    "journal_find_request",
    "SELECT caller, request_id, fingerprint, journal_id, rows FROM request"
    " WHERE caller = $1 AND request_id = $2"};

// One probe of an index a request, whatever the planner believes of the table's size.
constexpr pg::Statement kFindRequests{
    "journal_find_requests",
    "SELECT r.caller, r.request_id, r.fingerprint, r.journal_id, r.rows"
    " FROM unnest($1::text[], $2::text[]) AS a(caller, id) CROSS JOIN LATERAL"
    " (SELECT * FROM request WHERE caller = a.caller AND request_id = a.id LIMIT 1) AS r"};

constexpr pg::Statement kReadAnswer{
    "journal_read_answer",
    "SELECT j.record_type, j.record_id, j.version, coalesce(s.views, j.views),"
    " coalesce(s.states, j.states), h.audience"
    " FROM journal j JOIN head h USING (record_type, record_id)"
    " LEFT JOIN journal s ON s.id = j.state_row WHERE j.id = $1"};

constexpr pg::Statement kInsertHeads{
    "journal_insert_heads",
    "INSERT INTO head SELECT t.type, t.id, 0, t.bucket, '{}', '{}', 0, 0, 0"
    " FROM unnest($1::text[], $2::text[], $3::smallint[]) AS t(type, id, bucket)"
    " ORDER BY t.type, t.id ON CONFLICT DO NOTHING"};

constexpr pg::Statement kLockHead{
    "journal_lock_head",
    "SELECT record_type, record_id, version, audience, hashes, state_row FROM head"
    " WHERE record_type = $1 AND record_id = $2 FOR UPDATE"};

constexpr pg::Statement kLockHeads{
    "journal_lock_heads",
    "SELECT h.record_type, h.record_id, h.version, h.audience, h.hashes, h.state_row FROM head h"
    " JOIN unnest($1::text[], $2::text[]) AS t(type, id)"
    " ON h.record_type = t.type AND h.record_id = t.id"
    " ORDER BY h.record_type, h.record_id FOR UPDATE OF h"};

// A head that was made for a call which was refused after all.
constexpr pg::Statement kDeleteNewHeads{
    "journal_delete_new_heads",
    "DELETE FROM head h USING unnest($1::text[], $2::text[]) AS t(type, id)"
    " WHERE h.record_type = t.type AND h.record_id = t.id AND h.version = 0"};

constexpr const char* kOpsCaller = "ops";

/// Keys as two columns.
struct KeyColumns {
  std::vector<std::string> types, ids;
  std::vector<std::int64_t> buckets;

  void Add(const Key& key) {
    types.push_back(key.type);
    ids.push_back(key.id);
    buckets.push_back(BucketOf(key.Text()));
  }
};

std::vector<std::string> LanesOf(const rpc::Call& call, const std::string& request_id,
                                 const std::vector<Key>& keys) {
  std::vector<std::string> lanes;
  for (const Key& key : keys) lanes.push_back(key.Text());
  lanes.push_back("request " + call.caller + " " + request_id);
  return lanes;
}

void SetIdAndVersion(google::protobuf::Message* message, const std::string& id,
                     std::int64_t version) {
  const auto* descriptor = message->GetDescriptor();
  const auto* reflection = message->GetReflection();
  reflection->SetString(message, descriptor->FindFieldByName("id"), id);
  reflection->SetInt64(message, descriptor->FindFieldByName("version"), version);
}

}  // namespace

Journal::Work::Work(const rpc::Call& call, const google::protobuf::Message* request,
                    google::protobuf::Message* answer, std::string request_id,
                    std::string fingerprint, std::vector<Key> keys, const Closure& fn)
    : Member(LanesOf(call, request_id, keys), call.deadline),
      call(call),
      request(request),
      answer(answer),
      request_id(std::move(request_id)),
      fingerprint(std::move(fingerprint)),
      keys(std::move(keys)),
      fn(fn) {
  if (!this->keys.empty()) first = this->keys.front();
  std::sort(this->keys.begin(), this->keys.end());
  this->keys.erase(std::unique(this->keys.begin(), this->keys.end()), this->keys.end());
}

void Journal::ChangeSet::QueueFindRequests(const std::vector<Work*>& works) {
  if (works.size() == 1) {
    return tx_.Queue(kFindRequest, works.front()->call.caller, works.front()->request_id);
  }
  tx_.Queue(kFindRequests, pg::TextArray(works, [](const Work* work) { return work->call.caller; }),
            pg::TextArray(works, [](const Work* work) { return work->request_id; }));
}

void Journal::ChangeSet::Remember(const pg::Result& requests) {
  for (const auto& row : requests) {
    asked_[{row[0].as<std::string>(), row[1].as<std::string>()}] = {
        pg::ParseBytes(row[2]), row[3].as<std::int64_t>(), row[4].as<std::int64_t>()};
  }
}

void Journal::ChangeSet::FindRequests() {
  QueueFindRequests(works_);
  Remember(tx_.Flush().back());
}

void Journal::ChangeSet::QueueLocks() {
  std::set<Key> sorted;
  KeyColumns made, locked;
  for (const Work* work : works_) sorted.insert(work->keys.begin(), work->keys.end());
  for (const Key& key : sorted) {
    locked.Add(key);
    if (key.create) made.Add(key);
  }
  if (!made.ids.empty()) {
    tx_.Queue(kInsertHeads, pg::TextArray(made.types), pg::TextArray(made.ids),
              pg::NumberArray(made.buckets));
  }
  if (locked.ids.size() == 1) tx_.Queue(kLockHead, locked.types.front(), locked.ids.front());
  if (locked.ids.size() > 1) {
    tx_.Queue(kLockHeads, pg::TextArray(locked.types), pg::TextArray(locked.ids));
  }
}

void Journal::ChangeSet::Open() {
  journal_.commits_.SetCommits(*works_.front(), false);  // perhaps not the first attempt
  if (base::Sabotaged("acknowledge-early")) tx_.ExecText("SET LOCAL synchronous_commit = off");
  if (base::Sabotaged("no-repeat-check")) {
    for (const Work* work : works_) {
      tx_.ExecText("DELETE FROM request WHERE request_id = '" + work->request_id + "'");
    }
  }
  QueueFindRequests(works_);
  QueueLocks();
  const std::vector<pg::Result> results = tx_.Flush();
  Remember(results.front());
  if (results.size() == 1) return;  // no call names a record
  for (const auto& row : results.back()) {
    heads_[{row[0].as<std::string>(), row[1].as<std::string>()}] = {
        row[2].as<std::int64_t>(), PairsFromText(row[3].as<std::string>()),
        PairsFromText(row[4].as<std::string>()), row[5].as<std::int64_t>()};
  }
}

std::optional<Journal::BatchOutcome> Journal::ChangeSet::AnswerRepeat(Work& work) {
  const auto found = asked_.find({work.call.caller, work.request_id});
  if (found == asked_.end()) return std::nullopt;
  const Asked& asked = found->second;
  if (asked.fingerprint != work.fingerprint) {
    throw base::Invalid("REQUEST_ID_REUSED", "request_id",
                        "this request_id came before with other content");
  }
  const BatchOutcome outcome{true, asked.rows};
  if (work.answer == nullptr) return outcome;
  const auto row = tx_.Exec(kReadAnswer, asked.journal_id)[0];
  const Key key{row[0].as<std::string>(), row[1].as<std::string>()};
  const Audience audience = PairsFromText(row[5].as<std::string>());
  work.answer->Clear();
  if (key.type == kOperationType) {
    // No record of the service's: who may make such a call may read its answer.
    FromJson(StateOf(row[3], row[4], kOperationView), work.answer);
    return outcome;
  }
  const auto view = journal_.on_answer_ ? journal_.on_answer_(tx_, work.call, key, audience)
                                        : ViewFor(audience, work.call);
  if (view) {
    FromJson(StateOf(row[3], row[4], *view), work.answer);
    if (journal_.on_repeat_) journal_.on_repeat_(tx_, work.call, key, *work.request);
  } else {
    SetIdAndVersion(work.answer, key.id, row[2].as<std::int64_t>());
  }
  return outcome;
}

Heads Journal::ChangeSet::HeadsOf(const Work& work) const {
  Heads heads;
  const bool sees_all = work.visibility == Visibility::kAny || work.call.caller == kOpsCaller;
  for (const Key& key : work.keys) {
    const auto head = heads_.find(key);
    if (head == heads_.end()) throw base::NotFound();
    heads.insert(*head);
    if (head->second.version == 0 || sees_all) continue;
    if (!ViewOf(head->second.audience, work.call.caller)) throw base::NotFound();
  }
  return heads;
}

Journal::Changes Journal::ChangeSet::Run(Work& work, const Heads& heads) {
  const bool is_stale =
      work.expected_version != 0 &&
      (work.first.id.empty() || heads.at(work.first).version != work.expected_version);
  const auto stale = [] {
    return base::Aborted("VERSION_STALE", "the record has another version than expected");
  };
  if (!is_stale) return work.fn(tx_, heads);
  if (work.visibility != Visibility::kAny) throw stale();
  // Whether the caller may know of the record at all is for the use case to say.
  try {
    work.fn(tx_, heads);
  } catch (const base::Error& error) {
    const bool is_hidden =
        error.kind == base::ErrorKind::kNotFound || error.kind == base::ErrorKind::kDenied;
    if (is_hidden) throw;
  }
  throw stale();
}

void Journal::ChangeSet::Apply(Work& work) {
  if (const auto repeat = AnswerRepeat(work)) {
    tx_.EndPart();
    work.outcome = *repeat;
    return;
  }
  const Heads heads = HeadsOf(work);
  Changes changes = Run(work, heads);
  // What fails of a careful part fails before its rows stand beside those of the other calls.
  tx_.EndPart();
  if (changes.size() > journal_.options_.rows_max) {
    throw std::logic_error("too many records in a change");
  }
  Append(work, changes, heads);
  work.outcome = {false, static_cast<std::int64_t>(changes.size())};
}

void Journal::ChangeSet::Append(Work& work, Changes& changes, const Heads& heads) {
  CallRows rows(work.call, work.request_id, work.fingerprint);
  for (Changed& changed : changes) {
    const auto known = heads.find(changed.record.key);
    static const Head kNew;
    if (changed.audience_only) {
      if (known == heads.end()) throw std::logic_error("the audience of a record without a lock");
      const Head& head = known->second;
      if (head.audience == changed.record.audience) continue;
      rows.AddAudience(changed.record, head, head.state_row, journal_.ids_.New());
      continue;
    }
    rows.AddVersion(changed, known == heads.end() ? kNew : known->second, journal_.ids_.New());
  }
  if (work.answer != nullptr) {
    if (changes.empty()) throw std::logic_error("a change without a record has no answer");
    const Record& record = changes.front().record;
    const std::string& stated = changes.front().answer_view;
    const auto view = stated.empty() ? ViewFor(record.audience, work.call) : std::optional(stated);
    if (view) {
      work.answer->CopyFrom(record.MessageOf(*view));
    } else {
      work.answer->Clear();
      SetIdAndVersion(work.answer, record.key.id, rows.VersionOf(0));
    }
  }
  // An occasion of which nothing came may come again.
  if (!changes.empty() || work.request != nullptr) rows_.push_back(std::move(rows));
}

void Journal::ChangeSet::Commit() {
  KeyColumns unused;
  std::vector<Work*> refused;
  for (Work* work : works_) {
    if (!work->failure && !work->IsAlone() && !work->IsLeftOver()) continue;
    for (const Key& key : work->keys) {
      if (key.create) unused.Add(key);
    }
    const bool is_known = asked_.contains({work->call.caller, work->request_id});
    if (work->failure && !is_known) refused.push_back(work);
  }
  if (!unused.ids.empty()) {
    tx_.Queue(kDeleteNewHeads, pg::TextArray(unused.types), pg::TextArray(unused.ids));
  }
  if (!rows_.empty()) WriteRows(tx_, rows_, journal_.clock_.MachineNow());
  if (!refused.empty()) QueueFindRequests(refused);
  journal_.commits_.SetCommits(*works_.front(), true);
  const std::vector<pg::Result> results = tx_.Commit();
  if (refused.empty()) return;
  asked_.clear();
  Remember(results.back());
  for (Work* work : refused) {
    if (asked_.contains({work->call.caller, work->request_id})) work->SendAlone();
  }
}

}  // namespace lienthong::journal
