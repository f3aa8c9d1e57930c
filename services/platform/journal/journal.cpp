#include "platform/journal/journal.hpp"

#include <algorithm>
#include <cctype>
#include <exception>

#include <pqxx/except>
#include <prometheus/histogram.h>

#include "platform/base/error.hpp"
#include "platform/base/hash.hpp"
#include "platform/base/log.hpp"
#include "platform/journal/change_set.hpp"
#include "platform/journal/views.hpp"
#include "platform/rpc/metrics.hpp"

namespace lienthong::journal {
namespace {

using std::chrono::steady_clock;

constexpr pg::Statement kReadRecord{
    "journal_read_record",
    "SELECT h.audience, j.views, j.states FROM head h JOIN journal j ON j.id = h.state_row"
    " WHERE h.record_type = $1 AND h.record_id = $2 AND h.version > 0"};

/// After a failure so many transactions are careful: where refusals by the database are frequent,
/// few of them cost a second run.
constexpr int kCarefulAfterFailure = 20;

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

std::string RequestIdOf(const google::protobuf::Message& request) {
  std::string id = TextField(request, "request_id");
  if (!base::IsUuid(id)) {
    throw base::Invalid("REQUEST_ID_INVALID", "request_id", "must be a UUID");
  }
  std::transform(id.begin(), id.end(), id.begin(), [](unsigned char c) { return std::tolower(c); });
  return id;
}

std::string Fingerprint(const rpc::Call& call, const google::protobuf::Message& request) {
  const std::string_view zero("\0", 1);
  base::Sha256 hash;
  hash.Add(call.rpc).Add(zero).Add(call.official).Add(zero).Add(request.SerializeAsString());
  return hash.Finish();
}

void RequireWanted(const rpc::Call& call) {
  if (call.cancelled && *call.cancelled) throw base::Cancelled();
  if (steady_clock::now() < call.deadline) return;
  throw base::Error(base::ErrorKind::kDeadline, "DEADLINE_EXCEEDED", "the deadline has passed");
}

/// A call among trusted ones has to be undone.
struct CareNeeded : std::exception {};

/// May a repeat with careful parts end better? Not what the transaction fails with in any case.
bool CallsForCare(const std::exception& error) {
  if (dynamic_cast<const CareNeeded*>(&error) != nullptr) return true;
  return dynamic_cast<const pqxx::sql_error*>(&error) != nullptr && !pg::EndsTransaction(error);
}

}  // namespace

Journal::Journal(pg::Pool& pool, base::Clock& clock, base::Ids& ids, JournalOptions options)
    : pool_(pool),
      clock_(clock),
      ids_(ids),
      options_(std::move(options)),
      commit_batch_size_(prometheus::BuildHistogram()
                             .Name("lienthong_commit_batch_size")
                             .Help("Calls that shared one commit.")
                             .Register(*rpc::MetricsRegistry())
                             .Add({{"service", options_.service}}, kBatchBuckets)),
      commits_(options_.commit, [this](const auto& members) { RunShared(members); }) {}

void Journal::ChangeInto(google::protobuf::Message* answer, const rpc::Call& call,
                         const google::protobuf::Message& request, std::vector<Key> keys,
                         const Closure& fn, Visibility visibility) {
  Work work(call, &request, answer, RequestIdOf(request), Fingerprint(call, request),
            std::move(keys), fn);
  work.expected_version = NumberField(request, "expected_version");
  work.visibility = visibility;
  commits_.Join(work, [&] { RunAlone(work); });
  if (work.failure) std::rethrow_exception(work.failure);
}

Journal::BatchOutcome Journal::ChangeMany(const rpc::Call& call,
                                          const google::protobuf::Message& request,
                                          std::vector<Key> keys, const Closure& fn) {
  Work work(call, &request, nullptr, RequestIdOf(request), Fingerprint(call, request),
            std::move(keys), fn);
  RunAlone(work);
  return work.outcome;
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
  call.deadline = steady_clock::now() + std::chrono::seconds(30);
  Work work(call, nullptr, nullptr, occasion, base::Sha256Of(occasion), std::move(keys), fn);
  work.visibility = Visibility::kAny;
  RunAlone(work);
}

void Journal::Committed(std::size_t calls) {
  if (calls == 0) return;
  commit_batch_size_.Observe(static_cast<double>(calls));
  if (wake_) wake_();
}

void Journal::RunAlone(Work& work) {
  work.failure = nullptr;
  RequireWanted(work.call);
  try {
    Trusting([&](Parts parts) {
      pool_.Transact(work.call.deadline, [&](pg::Tx& tx) {
        ChangeSet changes(*this, tx, {&work});
        changes.Open();
        tx.BeginPart(parts);
        changes.Apply(work);
        changes.Commit();
      });
    });
  } catch (...) {
    // Twenty equal requests at once get twenty equal answers: what failed here may have succeeded
    // in an equal call, or in our own commit whose answer was lost.
    const std::exception_ptr failure = std::current_exception();
    bool is_answered = false;
    try {
      is_answered = AnswerFromJournal(work);
    } catch (const base::Error& error) {
      if (error.kind == base::ErrorKind::kInvalid) throw;  // REQUEST_ID_REUSED
    }
    if (!is_answered) std::rethrow_exception(failure);
  }
  if (!work.outcome.repeated) Committed(1);
}

bool Journal::AnswerFromJournal(Work& work) {
  return pool_.Transact(work.call.deadline, [&](pg::Tx& tx) {
    ChangeSet changes(*this, tx, {&work});
    changes.FindRequests();
    const auto repeat = changes.AnswerRepeat(work);
    if (repeat) work.outcome = *repeat;
    return repeat.has_value();
  });
}

void Journal::Trusting(const std::function<void(Parts)>& run) {
  int careful = careful_left_;
  while (careful > 0 && !careful_left_.compare_exchange_weak(careful, careful - 1)) {
  }
  if (careful > 0) return run(Parts::kCareful);
  try {
    return run(Parts::kTrusted);
  } catch (const std::exception& error) {
    if (!CallsForCare(error)) throw;
  }
  careful_left_ = kCarefulAfterFailure;
  run(Parts::kCareful);
}

/// Anything that costs the whole transaction sends its calls away to run by themselves, with
/// retries and their own limits: a serialisation failure, a deadlock, a lost connection, a time
/// limit, a request that an equal one in another process was quicker with.
void Journal::RunShared(const std::vector<SharedCommit::Member*>& members) {
  std::vector<Work*> works;
  auto limit = SharedCommit::Deadline::max();
  for (SharedCommit::Member* member : members) {
    works.push_back(static_cast<Work*>(member));
    limit = std::min(limit, member->GetDeadline());
  }
  try {
    Trusting([&](Parts parts) {
      pool_.TransactOnce(limit, [&](pg::Tx& tx) { ApplyShared(tx, works, parts); });
    });
  } catch (const std::exception& error) {
    base::LogInfo("a shared commit is split",
                  {{"calls", std::to_string(works.size())}, {"cause", pg::CauseOf(error)}});
    for (Work* work : works) work->SendAlone();
    return;
  }
  Committed(static_cast<std::size_t>(std::count_if(works.begin(), works.end(), [](Work* work) {
    return !work->failure && !work->outcome.repeated && !work->IsAlone() && !work->IsLeftOver();
  })));
}

void Journal::ApplyShared(pg::Tx& tx, const std::vector<Work*>& works, Parts parts) {
  ChangeSet changes(*this, tx, works);
  changes.Open();
  const auto enough = steady_clock::now() + options_.commit.batch_time_max;
  for (Work* work : works) {
    work->failure = nullptr;
    work->SetLeftOver(steady_clock::now() > enough);
    if (work->IsAlone() || work->IsLeftOver()) continue;
    tx.BeginPart(parts);
    try {
      RequireWanted(work->call);
      changes.Apply(*work);
    } catch (const std::exception& error) {
      if (pg::EndsTransaction(error)) throw;
      if (!tx.UndoPart()) {
        if (parts == Parts::kTrusted) throw CareNeeded();
        throw;
      }
      work->failure = std::current_exception();
    }
  }
  changes.Commit();
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
