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

/// The journal rows of one call, until WriteRows. Lives inside one transaction.
class CallRows {
 public:
  /// An empty `request_id` is not remembered: the audience sweep.
  CallRows(const rpc::Call& call, std::string request_id, std::string fingerprint)
      : call_(&call), request_id_(std::move(request_id)), fingerprint_(std::move(fingerprint)) {}

  /// A new version of a record. Sets `version` in its views and makes their JSON and hashes.
  void AddVersion(Changed& changed, const Head& before, const std::string& event_id);
  /// The same version, another audience; refers to the bytes of `state_row`.
  void AddAudience(const Record& record, const Head& before, std::int64_t state_row,
                   const std::string& event_id);
  std::int64_t VersionOf(std::size_t row) const { return rows_.at(row).version; }
  std::size_t Size() const { return rows_.size(); }

 private:
  friend void WriteRows(pg::Tx& tx, const std::vector<CallRows>& calls, base::Time recorded_at);

  struct Row {
    std::string type, id, event, event_id;
    std::string views, states, salt, digests;  ///< PostgreSQL arrays; `salt` as bytes
    std::string hashes, audience, hashes_before, audience_before;
    std::int64_t version = 0, bucket = 0, sharing_mark = 0, state_row = 0;
  };
  Row& Add(const Record& record, const Head& before, const std::string& event,
           const std::string& event_id, std::int64_t version);

  const rpc::Call* call_;
  std::string request_id_, fingerprint_;
  std::vector<Row> rows_;
};

/// Queues one statement that writes journal, heads and requests of all calls, in their order: one
/// round trip, whatever their number, together with what comes next. It fails (SQLSTATE 22012) when
/// a record changed that was neither locked nor new.
void WriteRows(pg::Tx& tx, const std::vector<CallRows>& calls, base::Time recorded_at);

}  // namespace lienthong::journal
