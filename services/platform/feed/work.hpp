#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "platform/base/clock.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::feed {

/// What operators ask of a copy.
enum class WorkKind {
  kRepair,     ///< all is re-hashed and compared with every owner, what differs is healed
  kBootstrap,  ///< it is emptied and read anew from the beginning of its feeds
};

struct Work {
  std::string request_id;
  std::string operation_id;
  base::Time asked_at{};
  std::optional<base::Time> begun_at;  ///< of a bootstrap: since then the copy is empty or filling
  std::optional<base::Time> completed_at;
  std::int64_t differing = 0;  ///< of a repair: records that differed when they were looked at
};

/// The newest of a kind; nullopt = never asked for.
std::optional<Work> SelectNewestWork(pg::Tx& tx, WorkKind kind);
/// A repeat returns the first. Throws REQUEST_ID_REUSED when it names another operation.
Work InsertWork(pg::Tx& tx, WorkKind kind, const std::string& request_id,
                const std::string& operation_id, base::Time now);
/// The copy was emptied, in this transaction.
void SetWorkBegun(pg::Tx& tx, WorkKind kind, const std::string& request_id, base::Time now);
void SetWorkCompleted(pg::Tx& tx, WorkKind kind, const std::string& request_id, base::Time now,
                      std::int64_t differing);

}  // namespace lienthong::feed
