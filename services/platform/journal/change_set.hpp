#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/journal/journal.hpp"
#include "platform/journal/rows.hpp"
#include "platform/journal/shared_commit.hpp"

namespace lienthong::journal {

/// One call of Change on its way. Lives on the stack of its caller's thread.
struct Journal::Work : SharedCommit::Member {
  Work(const rpc::Call& call, const google::protobuf::Message* request,
       google::protobuf::Message* answer, std::string request_id, std::string fingerprint,
       std::vector<Key> keys, const Closure& fn);

  const rpc::Call& call;
  const google::protobuf::Message* request;  ///< nullptr: a change by the system
  google::protobuf::Message* answer;         ///< nullptr: nobody wants one
  std::string request_id;
  std::string fingerprint;
  std::vector<Key> keys;  ///< sorted, without repeats
  const Closure& fn;
  Key first;  ///< the one that expected_version speaks of
  std::int64_t expected_version = 0;
  Visibility visibility = Visibility::kAudience;

  BatchOutcome outcome;
  std::exception_ptr failure;  ///< of this call alone, in a transaction that stays
};

/// The changes of one or more calls in one transaction.
class Journal::ChangeSet {
 public:
  ChangeSet(Journal& journal, pg::Tx& tx, std::vector<Work*> works)
      : journal_(journal), tx_(tx), works_(std::move(works)) {}

  /// Looks the requests up and locks the heads of all calls in sorted order, in one round trip.
  void Open();
  /// Checks and runs one call, the part of the transaction that has begun; its rows wait for
  /// Commit. Throws what the call is to be told.
  void Apply(Work& work);
  /// Writes all rows and commits, in one round trip. A call that failed although an equal one, in
  /// another process, was answered meanwhile is sent away: alone it gets that answer.
  void Commit();

  /// The part of Open that AnswerRepeat needs.
  void FindRequests();
  /// Of a repeat (answered from the journal); nullopt = the request is new.
  std::optional<BatchOutcome> AnswerRepeat(Work& work);

 private:
  struct Asked {  ///< a request that came before
    std::string fingerprint;
    std::int64_t journal_id = 0;
    std::int64_t rows = 0;
  };
  using RequestKey = std::pair<std::string, std::string>;  ///< caller, request id

  void QueueFindRequests(const std::vector<Work*>& works);
  void Remember(const pg::Result& requests);
  void QueueLocks();
  Heads HeadsOf(const Work& work) const;
  /// The call's closure, with the version that it expects. Throws VERSION_STALE.
  Changes Run(Work& work, const Heads& heads);
  void Append(Work& work, Changes& changes, const Heads& heads);

  Journal& journal_;
  pg::Tx& tx_;
  std::vector<Work*> works_;
  std::map<RequestKey, Asked> asked_;
  Heads heads_;  ///< of all calls
  std::vector<CallRows> rows_;
};

}  // namespace lienthong::journal
