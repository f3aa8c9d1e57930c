#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/journal/digest.hpp"
#include "platform/journal/record.hpp"
#include "platform/journal/seal.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::journal {

/// The owner's epoch and how far its relay has come.
struct RelayState {
  std::int64_t epoch = 1;
  std::int64_t complete = 1;
  std::int64_t position = 0;
  std::string republished;  ///< last key done while an epoch is being completed
};

/// A row of the journal as the relay publishes it.
struct JournalRow {
  std::int64_t id = 0;
  Key key;
  std::int64_t version = 0;
  std::string event, event_id, time, traceparent;
  bool new_version = true;                 ///< false = only the audience changed
  std::vector<std::string> views, states;  ///< parallel; no states = erased
  std::map<std::string, std::string> hashes, hashes_before;
  Audience audience, audience_before;
  std::string row_hash;  ///< 32 bytes

  /// The bytes of one view; nullptr when they were erased or the version does not have the view.
  const std::string* StateOf(const std::string& view) const;
};

/// A record's newest state, for republishing: the head and its newest row.
struct HeadRow {
  JournalRow row;  ///< id = the head's newest journal id; hashes_before and audience_before empty
};

struct RepublishRequest {
  std::int64_t id = 0;
  std::string member;
  Key key;
  std::optional<HeadRow> head;
};

/// member -> record type -> what its feed holds.
using FeedDigests = std::map<std::string, std::map<std::string, SetDigest>>;

/// All SQL of the relay, on a connection of its own that holds the advisory lock. One thread.
/// Throws pqxx exceptions; the loop starts over on them.
class RelayStore {
 public:
  explicit RelayStore(const std::string& conninfo);

  /// The lock of the one active relay of this database; held until the connection ends.
  bool TryLock();
  RelayState LoadState();
  FeedDigests LoadDigests();
  std::set<std::string> LoadBrokenFeeds();
  std::int64_t NewestId();
  /// Virtual transactions that may hold ids not visible yet.
  std::set<std::string> Writers();
  std::vector<JournalRow> LoadRows(std::int64_t after, std::int64_t up_to, int rows_max);

  /// Position (compare-and-swap), digests and seal in one transaction; false = another relay moved
  /// the position, or the epoch was raised.
  bool Save(const RelayState& state, std::int64_t position, const FeedDigests& digests,
            const std::set<std::string>& changed_members, const std::optional<SealRow>& seal);
  std::vector<SealRow> LoadUnpublishedSeals(int seals_max);
  void MarkSealsPublished(std::int64_t up_to_from_id);
  std::optional<SealRow> LoadLastSeal();
  std::optional<SealRow> LoadSeal(std::int64_t from);

  std::vector<RepublishRequest> LoadRepublish(std::size_t requests_max);
  void DeleteRepublish(const std::vector<std::int64_t>& ids);
  /// Heads after a key (empty = from the start), with journal ids up to `position`.
  std::vector<HeadRow> LoadHeads(const Key& after, std::int64_t position, std::size_t heads_max);
  /// Heads after a key that a broken feed holds, perhaps, though its member lost sight of them in
  /// rows up to `position`.
  std::vector<HeadRow> LoadLost(const std::string& member, const Key& after, std::int64_t position,
                                std::size_t heads_max);
  void SaveEpochProgress(std::int64_t epoch, const std::string& last_key, bool complete);
  void MarkBroken(const std::string& member, const std::string& reason, base::Time since);
  void ClearBroken(const std::string& member);

 private:
  /// For one statement or transaction: a little more than the statement_timeout of the session.
  static constexpr std::chrono::seconds kAnswerLimit{65};

  pg::Result Query(const pg::Statement& statement, const auto&... args) {
    const pg::Connection::Limit limit(connection_, kAnswerLimit);
    return connection_.Exec(statement, args...);
  }

  pg::Connection connection_;
};

}  // namespace lienthong::journal
