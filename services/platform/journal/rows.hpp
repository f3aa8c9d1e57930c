#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/journal/journal.hpp"
#include "platform/journal/record.hpp"
#include "platform/pg/database.hpp"
#include "platform/rpc/call.hpp"

namespace lienthong::journal {

/// Collects the rows of one change and writes journal, heads and request in one statement: one
/// round trip, whatever their number. Lives inside one transaction.
class RowWriter {
 public:
  RowWriter(const rpc::Call& call, std::string request_id, std::string fingerprint,
            base::Time recorded_at);

  /// A new version of a record. Sets `version` in its views and makes their JSON and hashes.
  void AddVersion(Changed& changed, const Head& before, const std::string& event_id);
  /// The same version, another audience; refers to the bytes of `state_row`.
  void AddAudience(const Record& record, const Head& before, std::int64_t state_row,
                   const std::string& event_id);
  std::int64_t VersionOf(std::size_t row) const { return versions_.at(row); }
  bool Empty() const { return ids_.empty(); }

  /// Throws std::logic_error when a record changed that was neither locked nor new.
  void Write(pg::Tx& tx);
  /// A change that touched no record is remembered all the same.
  void WriteRequestOnly(pg::Tx& tx);

 private:
  void AddCommon(const Record& record, const Head& before, const std::string& event,
                 const std::string& event_id, std::int64_t version);

  const rpc::Call& call_;
  std::string request_id_, fingerprint_, recorded_at_;
  // Columns of the rows, in order.
  std::vector<std::string> types_, ids_, events_, event_ids_, views_, states_, salts_, digests_;
  std::vector<std::string> hashes_, audiences_, hashes_before_, audiences_before_;
  std::vector<std::int64_t> versions_, buckets_, sharing_marks_, state_rows_;
};

}  // namespace lienthong::journal
