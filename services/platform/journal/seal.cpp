#include "platform/journal/seal.hpp"

#include <algorithm>
#include <utility>

namespace lienthong::journal {
namespace {

constexpr int kRowsPerChunk = 2000;
constexpr std::size_t kRowBytesUsual = 2048;
constexpr std::size_t kSealDefectsMax = 100;

constexpr pg::Statement kSeals{
    "seal_list",
    "SELECT epoch, from_id, to_id, rows, hash, previous, published FROM seal"
    " WHERE to_id >= $1 AND ($2 = 0 OR from_id <= $2) ORDER BY from_id LIMIT 1000"};
constexpr pg::Statement kRows{
    "seal_rows",
    "SELECT " LIENTHONG_SEALED_COLUMNS
    ", j.states IS NOT NULL, j.state_digests = (SELECT array_agg(sha256(j.salt ||"
    " convert_to(state, 'UTF8')) ORDER BY n) FROM unnest(j.states) WITH ORDINALITY s(state, n))"
    " FROM journal j WHERE j.id > $1 AND j.id <= $2 ORDER BY j.id LIMIT $3"};

struct StoredSeal : SealRow {
  bool published = false;
};

std::vector<StoredSeal> LoadSeals(pg::Pool& pool, pg::Deadline deadline, std::int64_t after,
                                  std::int64_t to) {
  return pool.Transact(deadline, [&](pg::Tx& tx) {
    std::vector<StoredSeal> seals;
    for (const auto& row : tx.Exec(kSeals, after, to)) {
      seals.push_back(
          {{row[0].as<std::int64_t>(), row[1].as<std::int64_t>(), row[2].as<std::int64_t>(),
            row[3].as<std::int64_t>(), row[4].as<std::string>(), row[5].as<std::string>()},
           row[6].as<bool>()});
    }
    return seals;
  });
}

/// The topic beside the table: both are in the order of (epoch, from). Repeats, and stretches that
/// a declared restore has replaced, are passed over.
class Topic {
 public:
  explicit Topic(const NextPublished& next) : next_(next) { Advance(); }

  void Compare(const StoredSeal& seal, SealReport& report) {
    if (!next_) return;
    while (at_ && std::pair(at_->epoch, at_->from) < std::pair(seal.epoch, seal.from)) Advance();
    if (!at_ || at_->epoch != seal.epoch || at_->from != seal.from) {
      if (!seal.published) return;  // it is on its way
      report.defects.push_back({seal.from, seal.to, "topic", "the seal topic lacks this seal"});
    } else if (at_->to != seal.to || at_->hash != seal.hash || at_->rows != seal.rows ||
               at_->previous != seal.previous) {
      report.defects.push_back(
          {seal.from, seal.to, "topic", "another seal was published for this stretch"});
    }
  }
  /// Reads to the end; the last seal, if it is not of an epoch before `epoch`.
  std::optional<SealRow> Last(std::int64_t epoch) {
    std::optional<SealRow> last;
    for (; at_; Advance()) last = at_;
    return last && last->epoch >= epoch ? last : std::nullopt;
  }

 private:
  void Advance() { at_ = next_ ? next_() : std::nullopt; }

  const NextPublished& next_;
  std::optional<SealRow> at_;
};

void VerifyOne(pg::Pool& pool, pg::Deadline deadline, const StoredSeal& seal, SealReport& report) {
  SealHash hash(seal.previous);
  std::int64_t last = seal.from - 1;
  for (bool more = true; more;) {
    pool.Transact(deadline, [&](pg::Tx& tx) {
      tx.ExecText(
          "SET LOCAL timezone = 'UTC'; SET LOCAL bytea_output = 'hex';"
          "SET LOCAL DateStyle = 'ISO'");
      const auto rows = tx.Exec(kRows, last, seal.to, kRowsPerChunk);
      for (const auto& row : rows) {
        hash.Add(RowHash(row));
        last = row[0].as<std::int64_t>();
        const bool has_states = row[kSealedColumns].as<bool>();
        if (has_states && !row[kSealedColumns + 1].as<bool>(false)) {
          report.defects.push_back(
              {last, last, "state", "the stored states do not give their SHA-256"});
        }
      }
      more = rows.size() == kRowsPerChunk;
    });
  }
  report.rows += hash.Rows();
  ++report.seals;
  if (hash.Rows() != seal.rows) {
    report.defects.push_back({seal.from, seal.to, "rows",
                              std::to_string(hash.Rows()) + " rows where " +
                                  std::to_string(seal.rows) + " were sealed"});
  }
  if (hash.Finish() != seal.hash) {
    report.defects.push_back({seal.from, seal.to, "hash",
                              "a row was edited, added, removed or "
                              "moved in this stretch"});
  }
}

void CheckChain(const std::optional<StoredSeal>& before, const StoredSeal& seal, std::int64_t from,
                SealReport& report) {
  if (!before && seal.from <= 1 && seal.previous != kFirstPrevious) {
    report.defects.push_back({seal.from, seal.to, "chain", "the first seal has a predecessor"});
  }
  if (!before && from <= 1 && seal.from > 1) {
    report.defects.push_back({1, seal.from - 1, "chain", "the chain does not begin at row 1"});
  }
  if (before && (before->to + 1 != seal.from || before->hash != seal.previous)) {
    report.defects.push_back({seal.from, seal.to, "chain", "does not follow the seal before it"});
  }
}

}  // namespace

std::string RowHash(const pg::Row& row) {
  std::string bytes;
  bytes.reserve(kRowBytesUsual);
  for (int column = 0; column < kSealedColumns; ++column) {
    const pg::Field field = row[column];
    const std::uint64_t length = field.is_null() ? ~std::uint64_t{0} : field.size();
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(length >> shift);
    bytes += field.view();
  }
  return base::Sha256Of(bytes);
}

SealHash::SealHash(const std::string& previous) { hash_.Add(base::FromHex(previous)); }

void SealHash::Add(std::string_view row_hash) {
  hash_.Add(row_hash);
  ++rows_;
}

std::string SealHash::Finish() { return base::ToHex(hash_.Finish()); }

SealReport VerifySeals(pg::Pool& pool, pg::Deadline deadline, std::int64_t from, std::int64_t to,
                       const NextPublished& next) {
  SealReport report;
  Topic topic(next);
  std::optional<StoredSeal> before;
  std::int64_t after = std::max<std::int64_t>(from, 1);
  const auto load = [&] { return LoadSeals(pool, deadline, after, to); };
  for (auto seals = load(); !seals.empty() && report.defects.size() < kSealDefectsMax;
       seals = load()) {
    for (const StoredSeal& seal : seals) {
      CheckChain(before, seal, from, report);
      VerifyOne(pool, deadline, seal, report);
      topic.Compare(seal, report);
      before = seal;
      if (report.defects.size() >= kSealDefectsMax) return report;
    }
    after = before->to + 1;
  }
  if (to != 0) return report;
  const std::int64_t sealed_to = before ? before->to : 0;
  const auto last = topic.Last(before ? before->epoch : 0);
  // One made since the table was read is in it by now: it is there before it is published.
  if (last && last->to > sealed_to && LoadSeals(pool, deadline, last->to, 0).empty()) {
    report.defects.push_back(
        {sealed_to + 1, last->to, "tail", "the seal topic goes further than the database"});
  }
  return report;
}

}  // namespace lienthong::journal
