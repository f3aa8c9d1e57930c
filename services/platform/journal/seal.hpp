#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/hash.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::journal {

/// The columns a row's hash covers, in order, as text: all but `states` and `salt`, which
/// state_digests stands for. See README.md for how each is written.
#define LIENTHONG_SEALED_COLUMNS                                                                \
  "j.id::text, j.ordinal::text, j.record_type, j.record_id, j.version::text, j.event,"          \
  " j.event_id::text, j.recorded_at::text, j.effective_at::text, j.system, j.unit, j.official," \
  " j.caller, j.request_id, j.traceparent, j.epoch::text, j.state_row::text, j.views::text,"    \
  " j.state_digests::text, j.hashes, j.audience, j.hashes_before, j.audience_before"
/// Places of the sealed columns.
struct Sealed {
  enum Column {
    kId,
    kOrdinal,
    kRecordType,
    kRecordId,
    kVersion,
    kEvent,
    kEventId,
    kRecordedAt,
    kEffectiveAt,
    kSystem,
    kUnit,
    kOfficial,
    kCaller,
    kRequestId,
    kTraceparent,
    kEpoch,
    kStateRow,
    kViews,
    kStateDigests,
    kHashes,
    kAudience,
    kHashesBefore,
    kAudienceBefore
  };
};
inline constexpr int kSealedColumns = Sealed::kAudienceBefore + 1;

/// SHA-256 over the first kSealedColumns fields: 8 bytes big-endian length and the text, or
/// 2^64-1 and nothing for NULL. 32 bytes.
std::string RowHash(const pg::Row& row);

/// The hash of a stretch of rows, chained to the one before. One owner, one thread.
class SealHash {
 public:
  /// `previous`: 64 hex digits; the first seal of a chain has kFirstPrevious.
  explicit SealHash(const std::string& previous);
  void Add(std::string_view row_hash);
  std::int64_t Rows() const { return rows_; }
  /// 64 hex digits.
  std::string Finish();

 private:
  base::Sha256 hash_;
  std::int64_t rows_ = 0;
};

inline constexpr std::string_view kFirstPrevious =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// A row of `seal`, and a message of the seal topic.
struct SealRow {
  std::int64_t epoch = 0, from = 0, to = 0, rows = 0;
  std::string hash, previous;  ///< hex
};

/// The seals of the topic one after another, nullopt at its end.
using NextPublished = std::function<std::optional<SealRow>()>;

struct SealDefect {
  std::int64_t from = 0, to = 0;
  std::string kind;  ///< "hash", "rows", "chain", "state", "topic", "tail"
  std::string description;
};

struct SealReport {
  std::int64_t seals = 0, rows = 0;
  std::vector<SealDefect> defects;
};

/// Recomputes the seals that overlap [from, to] (0 = open) and the rows they cover, in chunks, and
/// compares each with what was published: who rewrites rows and seals alike cannot rewrite the
/// topic. `next`, if any, begins with a seal not behind the one that covers `from`; it is called
/// once for each seal. Throws kDeadline when `deadline` passes.
SealReport VerifySeals(pg::Pool& pool, pg::Deadline deadline, std::int64_t from, std::int64_t to,
                       const NextPublished& next);

}  // namespace lienthong::journal
