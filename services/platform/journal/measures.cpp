#include "platform/journal/measures.hpp"

#include <chrono>

#include "platform/rpc/metrics.hpp"

namespace lienthong::journal {
namespace {

constexpr pg::Statement kSelectOwnerFigures{
    "journal_select_owner_figures",
    "SELECT pg_database_size(current_database()) AS database_bytes,"
    " (SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::bigint"
    "  FROM pg_partition_tree('journal') WHERE isleaf) AS journal_bytes,"
    " epoch, s.to_id AS sealed_to,"
    // Seals end at the newest id drawn, which may have been rolled back.
    " (SELECT (extract(epoch FROM recorded_at) * 1000000)::bigint FROM journal"
    "  WHERE id <= s.to_id ORDER BY id DESC LIMIT 1) AS sealed_at"
    " FROM relay_state LEFT JOIN (SELECT to_id FROM seal ORDER BY from_id DESC LIMIT 1) s ON true"};

}  // namespace

OwnerFigures SelectOwnerFigures(pg::Tx& tx) {
  const auto row = tx.Exec(kSelectOwnerFigures)[0];
  OwnerFigures figures{row["database_bytes"].as<std::int64_t>(),
                       row["journal_bytes"].as<std::int64_t>(),
                       row["epoch"].as<std::int64_t>(),
                       row["sealed_to"].as<std::int64_t>(0),
                       {}};
  if (!row["sealed_at"].is_null()) {
    figures.sealed_at = base::Time(std::chrono::microseconds(row["sealed_at"].as<std::int64_t>()));
  }
  return figures;
}

Measures::Measures(const std::string& service, pg::Pool& pool, const base::Clock& clock)
    : pool_(pool),
      database_bytes_(rpc::AddGauge("lienthong_database_bytes", "The owner's database on disk.",
                                    {{"service", service}})),
      journal_bytes_(rpc::AddGauge("lienthong_journal_bytes",
                                   "The owner's journal on disk, with its indexes.",
                                   {{"service", service}})),
      epoch_(rpc::AddGauge("lienthong_epoch",
                           "Raised when the owner is restored from a backup; 0 = not yet known.",
                           {{"service", service}})),
      sealed_(rpc::AddGauge("lienthong_seal_timestamp_seconds",
                            "When the newest row of the journal was recorded that is sealed, "
                            "machine time; 0 = none is.",
                            {{"service", service}})),
      clock_(pool, clock) {}

void Measures::Show() {
  const OwnerFigures figures = pool_.Transact([](pg::Tx& tx) { return SelectOwnerFigures(tx); });
  database_bytes_.Set(static_cast<double>(figures.database_bytes));
  journal_bytes_.Set(static_cast<double>(figures.journal_bytes));
  epoch_.Set(static_cast<double>(figures.epoch));
  const auto sealed = figures.sealed_at.value_or(base::Time{}).time_since_epoch();
  sealed_.Set(std::chrono::duration<double>(sealed).count());
  clock_.Measure();
}

}  // namespace lienthong::journal
