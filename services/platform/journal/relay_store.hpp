#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
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

/// A row of the journal as the relay publishes it, or a record's newest state (a head and its
/// newest row) for republishing: text is not copied but points into `stored`.
struct JournalRow {
  explicit JournalRow(pg::Row row) : stored(std::move(row)) {}

  pg::Row stored;
  std::int64_t id = 0;  ///< of a head: of its newest row
  std::string_view record_type, record_id;
  std::int64_t version = 0;
  std::string_view event, event_id, traceparent;
  std::string time;                             ///< RFC 3339
  bool new_version = true;                      ///< false = only the audience changed
  std::vector<std::string_view> views, states;  ///< parallel; no states = erased
  PairViews audience;
  PairViews hashes, hashes_before, audience_before;  ///< empty of a head

  /// The bytes of one view; nullopt when they were erased or the version does not have the view.
  std::optional<std::string_view> StateOf(std::string_view view) const;
};

struct RepublishRequest {
  std::int64_t id = 0;
  std::string member;
  Key key;
  std::optional<JournalRow> head;
};

/// Members of audiences; looked up by views of their names.
using Members = std::set<std::string, std::less<>>;

/// record type -> what a feed holds of it.
using TypeDigests = std::map<std::string, SetDigest, std::less<>>;
/// By member.
using FeedDigests = std::map<std::string, TypeDigests>;

/// All SQL of the relay, on a connection of its own that holds the advisory lock. One thread.
/// Throws pqxx exceptions; the loop starts over on them.
class RelayStore {
 public:
  explicit RelayStore(const std::string& conninfo);

  /// The lock of the one active relay of this database; held until the connection ends.
  bool TryLock();
  RelayState LoadState();
  FeedDigests LoadDigests();
  Members LoadBrokenFeeds();
  std::int64_t NewestId();
  /// Virtual transactions that may hold ids not visible yet.
  std::set<std::string> Writers();
  /// The rows of an open range, oldest first: each question is asked, then taken. In between the
  /// server works while we do something else; other statements may be executed.
  void AskForRows(std::int64_t after, std::int64_t up_to, int rows_max);
  std::vector<JournalRow> TakeRows();

  /// Position (compare-and-swap), digests that changed and seal in one transaction; false = another
  /// relay moved the position, or the epoch was raised.
  bool Save(const RelayState& state, std::int64_t position, const FeedDigests& changed,
            const std::optional<SealRow>& seal);
  std::vector<SealRow> LoadUnpublishedSeals(int seals_max);
  void MarkSealsPublished(std::int64_t up_to_from_id);
  std::optional<SealRow> LoadLastSeal();
  std::optional<SealRow> LoadSeal(std::int64_t from);

  std::vector<RepublishRequest> LoadRepublish(std::size_t requests_max);
  void DeleteRepublish(const std::vector<std::int64_t>& ids);
  /// Heads after a key (empty = from the start), with journal ids up to `position`.
  std::vector<JournalRow> LoadHeads(const Key& after, std::int64_t position, std::size_t heads_max);
  /// Heads after a key that a broken feed holds, perhaps, though its member lost sight of them in
  /// rows up to `position`.
  std::vector<JournalRow> LoadLost(const std::string& member, const Key& after,
                                   std::int64_t position, std::size_t heads_max);
  void SaveEpochProgress(std::int64_t epoch, const std::string& last_key, bool complete);
  void MarkBroken(const std::string& member, const std::string& reason, base::Time since);
  void ClearBroken(const std::string& member);

 private:
  /// For one statement or transaction: a little more than the statement_timeout of the session.
  static constexpr std::chrono::seconds kAnswerLimit{65};

  pg::Result Query(const pg::Statement& statement, const auto&... args) {
    CollectRows();
    const pg::Connection::Limit limit(connection_, kAnswerLimit);
    return connection_.Exec(statement, args...);
  }
  /// Receives rows that are on their way, so that the connection is free.
  void CollectRows();

  pg::Connection connection_;
  std::optional<pg::Result> rows_;
};

}  // namespace lienthong::journal
