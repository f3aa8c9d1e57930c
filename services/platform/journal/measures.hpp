#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <prometheus/gauge.h>

#include "platform/base/clock.hpp"
#include "platform/pg/database.hpp"
#include "platform/rpc/clock_offset.hpp"

namespace lienthong::journal {

/// What the database of an owner comes to.
struct OwnerFigures {
  std::int64_t database_bytes = 0;
  std::int64_t journal_bytes = 0;  ///< of it, with indexes
  std::int64_t epoch = 0;
  std::int64_t sealed_to = 0;  ///< journal id at which the newest seal ends; 0 = there is none
  /// When the newest row was recorded that a seal covers.
  std::optional<base::Time> sealed_at;
};
OwnerFigures SelectOwnerFigures(pg::Tx& tx);

/// Shows lienthong_database_bytes, lienthong_journal_bytes, lienthong_epoch and
/// lienthong_seal_timestamp_seconds (all with `service`), and how far the database's clock is from
/// ours. One thread; destroyed before the pool. For rpc::Rounds.
class Measures {
 public:
  Measures(const std::string& service, pg::Pool& pool, const base::Clock& clock);

  /// Throws what the pool throws.
  void Show();

 private:
  pg::Pool& pool_;
  prometheus::Gauge& database_bytes_;
  prometheus::Gauge& journal_bytes_;
  prometheus::Gauge& epoch_;
  prometheus::Gauge& sealed_;
  rpc::DatabaseClock clock_;
};

}  // namespace lienthong::journal
