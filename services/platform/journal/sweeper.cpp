#include "platform/journal/sweeper.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>

#include "platform/base/log.hpp"
#include "platform/journal/digest.hpp"
#include "platform/journal/erasure.hpp"
#include "platform/rpc/metrics.hpp"

namespace lienthong::journal {
namespace {

constexpr pg::Statement kSelectHeads{
    "journal_scrub_heads",
    "SELECT record_id, version, audience, hashes, sharing_mark FROM head"
    " WHERE record_type = $1 AND record_id > $2 AND version > 0 ORDER BY record_id LIMIT $3"};
constexpr pg::Statement kLockSwept{
    "journal_scrub_lock_heads",
    "SELECT record_id, version, audience, hashes, sharing_mark FROM head"
    " WHERE record_type = $1 AND record_id = ANY($2::text[]) AND version > 0"
    " ORDER BY record_id FOR SHARE"};

// Rows of a partition are added by the million in hours: there is always a whole one ahead.
constexpr std::int64_t kPartitionRows = 10'000'000;
constexpr std::chrono::minutes kPartitionsInterval{1};
constexpr pg::Statement kNewestJournalId{
    "journal_newest_id",
    "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM journal_id_seq"};
constexpr pg::Statement kFindTable{"journal_find_table", "SELECT to_regclass($1)"};
constexpr pg::Statement kLockPartitions{"journal_lock_partitions",
                                        "SELECT pg_advisory_xact_lock(741003)"};

constexpr std::size_t kForgetRequestsMax = 10'000;  // as in the statement
constexpr pg::Statement kForgetRequests{
    "journal_forget_requests",
    "DELETE FROM request WHERE (caller, request_id) IN (SELECT caller, request_id FROM request"
    " WHERE made_at < $1::timestamptz LIMIT 10000)"};

// Two ranges of an index: `<>` would read all of it.
constexpr pg::Statement kCountStale{
    "journal_count_stale_audiences",
    "SELECT count(*) FROM ((SELECT 1 FROM head WHERE record_type = $1 AND sharing_mark < $2"
    "  AND version > 0 LIMIT $3)"
    " UNION ALL (SELECT 1 FROM head WHERE record_type = $1 AND sharing_mark > $2"
    "  AND version > 0 LIMIT $3)) AS stale"};

/// The hashes that the business tables give.
std::map<std::string, std::string> HashesOf(Record& record, std::int64_t version) {
  std::map<std::string, std::string> hashes;
  for (Record::View& view : record.views) {
    const auto* field = view.message->GetDescriptor()->FindFieldByName("version");
    view.message->GetReflection()->SetInt64(view.message.get(), field, version);
    hashes.emplace(view.name, ViewHash(record.key.Text(), version, ToJson(*view.message)).Hex());
  }
  return hashes;
}

/// Ids of heads that the business tables do not give.
std::vector<std::string> Defective(pg::Tx& tx, RecordSource& source, const std::string& type,
                                   const pg::Result& heads) {
  const std::int64_t mark = source.SharingMark(tx, type);
  std::vector<std::string> ids;
  for (const auto& row : heads) ids.push_back(row[0].as<std::string>());
  std::map<std::string, Record> records;
  for (Record& record : source.Load(tx, type, ids)) {
    records.emplace(record.key.id, std::move(record));
  }
  std::vector<std::string> defective;
  for (const auto& row : heads) {
    const auto record = records.find(row[0].as<std::string>());
    const bool same_bytes =
        record != records.end() && HashesOf(record->second, row[1].as<std::int64_t>()) ==
                                       PairsFromText(row[3].as<std::string>());
    // An audience of other sharing rules is the sweep's to renew, not a defect.
    const bool same_audience =
        record != records.end() &&
        (row[4].as<std::int64_t>() != mark || record->second.sharing_mark != mark ||
         record->second.audience == PairsFromText(row[2].as<std::string>()));
    if (!same_bytes || !same_audience) defective.push_back(row[0].as<std::string>());
  }
  return defective;
}

}  // namespace

Sweeper::Sweeper(SweeperOptions options, Journal& journal, RecordSource& source, pg::Pool& pool,
                 const base::Clock& clock)
    : options_(std::move(options)),
      journal_(journal),
      source_(source),
      pool_(pool),
      clock_(clock),
      swept_(rpc::AddGauge("lienthong_sweep_timestamp_seconds",
                           "End of the last audience sweep that left nothing, machine time.",
                           {{"service", options_.service}})) {}

Sweeper::~Sweeper() = default;

void Sweeper::Start() {
  thread_ = std::jthread([this](std::stop_token stop) { Loop(stop); });
}

void Sweeper::Loop(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  // First what decides who sees a record.
  Job jobs[] = {{"audience sweep", [&] { SweepAll(stop); }, {}},
                {"partitions of the journal", [&] { AddPartitions(); }, {}},
                {"scrub", [&] { ScrubSome(); }, {}},
                {"old request ids", [&] { ForgetRequests(); }, {}},
                {"erasure", [&] { pool_.Transact([](pg::Tx& tx) { EraseSome(tx); }); }, {}}};
  while (!stop.stop_requested()) {
    for (Job& job : jobs) Attempt(job);
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, options_.interval, [] { return false; });
  }
}

void Sweeper::Attempt(Job& job) {
  try {
    job.run();
    job.failure.clear();
  } catch (const std::exception& error) {
    if (job.failure == pg::CauseOf(error)) return;
    job.failure = pg::CauseOf(error);
    base::LogWarning("background work interrupted; going on trying",
                     {{"work", job.name}, {"error", job.failure}});
  }
}

void Sweeper::SweepAll(const std::stop_token& stop) {
  for (const std::string& type : source_.Types()) {
    journal_.Sweep(source_, type, options_.sweep_heads_max, stop);
  }
  if (stop.stop_requested()) return;
  const base::Time now = clock_.MachineNow();
  swept_.Set(std::chrono::duration<double>(now.time_since_epoch()).count());
  const std::lock_guard lock(status_mutex_);
  status_.swept_at = now;
}

SweepStatus Sweeper::Status() const {
  const std::lock_guard lock(status_mutex_);
  return status_;
}

std::int64_t Sweeper::CountStaleAudiences(std::chrono::steady_clock::time_point deadline) const {
  return pool_.Transact(deadline, [&](pg::Tx& tx) {
    std::int64_t stale = 0;
    for (const std::string& type : source_.Types()) {
      const std::int64_t mark = source_.SharingMark(tx, type);
      stale += tx.Exec(kCountStale, type, mark, kStaleMax)[0][0].as<std::int64_t>();
    }
    return std::min(stale, kStaleMax);
  });
}

void Sweeper::AddPartitions() {
  const auto now = std::chrono::steady_clock::now();
  if (now < partitions_at_) return;
  pool_.Transact([&](pg::Tx& tx) {
    const auto newest = tx.Exec(kNewestJournalId)[0][0].as<std::int64_t>();
    for (std::int64_t n = 1; n <= newest / kPartitionRows + 1; ++n) {
      const std::string name = "journal_" + std::to_string(n);
      const auto exists = [&] { return !tx.Exec(kFindTable, name)[0][0].is_null(); };
      if (exists()) continue;
      tx.Exec(kLockPartitions);  // another copy of the service may be at it
      if (exists()) continue;
      // Attaching, unlike CREATE TABLE ... PARTITION OF, does not stop writers.
      tx.ExecText("CREATE TABLE " + name +
                  " (LIKE journal INCLUDING DEFAULTS INCLUDING CONSTRAINTS)");
      tx.ExecText("ALTER TABLE journal ATTACH PARTITION " + name + " FOR VALUES FROM (" +
                  std::to_string(n * kPartitionRows) + ") TO (" +
                  std::to_string((n + 1) * kPartitionRows) + ")");
    }
  });
  partitions_at_ = now + kPartitionsInterval;
}

void Sweeper::ForgetRequests() {
  const auto now = std::chrono::steady_clock::now();
  if (now - forgot_at_ < options_.forget_interval) return;
  const base::Time before = clock_.MachineNow() - options_.requests_kept;
  const auto forgotten = pool_.Transact([&](pg::Tx& tx) {
    return tx.Exec(kForgetRequests, base::FormatTime(before)).affected_rows();
  });
  // A full chunk: there is more, in the next round.
  if (forgotten < kForgetRequestsMax) forgot_at_ = now;
}

Sweeper::ScrubChunk Sweeper::Scrub(pg::Pool& pool, RecordSource& source, const std::string& type,
                                   std::string& last_id, std::size_t heads_max) {
  return pool.Transact([&](pg::Tx& tx) {
    ScrubChunk chunk;
    const auto heads = tx.Exec(kSelectHeads, type, last_id, heads_max);
    // A change between the two readings looks like a defect: what does is looked at once more,
    // with its head locked.
    const auto suspects = Defective(tx, source, type, heads);
    if (!suspects.empty()) {
      const auto locked = tx.Exec(kLockSwept, type, pg::TextArray(suspects));
      for (const std::string& id : Defective(tx, source, type, locked)) {
        chunk.defective.push_back(type + "/" + id);
      }
    }
    chunk.checked = heads.size();
    last_id = heads.size() < heads_max ? std::string() : heads.back()[0].as<std::string>();
    return chunk;
  });
}

void Sweeper::ScrubSome() {
  static prometheus::Gauge& defective =
      rpc::AddGauge("lienthong_scrub_defective_records",
                    "Records whose business tables do not give the head, in the last whole scrub.",
                    {{"service", options_.service}});
  static prometheus::Gauge& completed = rpc::AddGauge(
      "lienthong_scrub_completed_timestamp_seconds",
      "End of the last whole scrub of the owner, machine time.", {{"service", options_.service}});
  if (std::chrono::steady_clock::now() < scrub_at_) return;
  const std::vector<std::string> types = source_.Types();
  const std::size_t heads_max =
      std::max<std::size_t>(1, options_.scrub_heads_per_second_max *
                                   static_cast<std::size_t>(options_.interval.count()) / 1000);
  const ScrubChunk chunk =
      Scrub(pool_, source_, types[scrub_type_ % types.size()], scrub_last_id_, heads_max);
  for (const std::string& key : chunk.defective) {
    base::LogError("scrub: the business tables do not give the head", {{"key", key}});
  }
  defective_in_round_ += chunk.defective.size();
  if (!scrub_last_id_.empty()) return;
  if (++scrub_type_ % types.size() != 0) return;
  defective.Set(static_cast<double>(defective_in_round_));
  const base::Time now = clock_.MachineNow();
  completed.Set(std::chrono::duration<double>(now.time_since_epoch()).count());
  {
    const std::lock_guard lock(status_mutex_);
    status_.scrubbed_at = now;
    status_.scrub_defects = static_cast<std::int64_t>(defective_in_round_);
  }
  defective_in_round_ = 0;
  scrub_at_ = std::chrono::steady_clock::now() + options_.scrub_pause;
}

}  // namespace lienthong::journal
