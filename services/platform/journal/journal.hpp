#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/histogram.h>

#include "platform/base/clock.hpp"
#include "platform/base/id.hpp"
#include "platform/journal/record.hpp"
#include "platform/journal/shared_commit.hpp"
#include "platform/pg/database.hpp"
#include "platform/rpc/call.hpp"

namespace lienthong::journal {

/// The lock of a record and what was published of it last.
struct Head {
  std::int64_t version = 0;  ///< 0 = new (only for keys with `create`)
  Audience audience;
  std::map<std::string, std::string> hashes;  ///< view -> view hash, hex
  std::int64_t state_row = 0;                 ///< journal row with the bytes of this version
};
using Heads = std::map<Key, Head>;

/// Business records of a service, for the audience sweep and the scrub. Called on background
/// threads.
class RecordSource {
 public:
  virtual ~RecordSource() = default;
  /// Record types this service owns.
  virtual std::vector<std::string> Types() const = 0;
  /// Business tables -> records, with today's sharing rules, `ids` in any order; what does not
  /// exist is left out.
  virtual std::vector<Record> Load(pg::Tx& tx, const std::string& type,
                                   const std::vector<std::string>& ids) = 0;
  /// Stands for the sharing rules that audiences of a record type follow from, inside the
  /// transaction: another number for other rules.
  virtual std::int64_t SharingMark(pg::Tx& tx, const std::string& type) = 0;
};

/// Called in the transaction of a repeat, for each record that is answered: leaves the access row
/// of a person's record.
using OnRepeatedRead = std::function<void(pg::Tx&, const rpc::Call&, const Key&,
                                          const google::protobuf::Message& request)>;

/// Which view of a record the answer to a repeated call has, and its history, where officials of
/// one unit see different things, or what no feed carries; in the transaction of the call. nullopt
/// = none.
using AnswerView = std::function<std::optional<std::string>(pg::Tx&, const rpc::Call&, const Key&,
                                                            const Audience&)>;

/// Is it shown to a call which official of another caller (rpc::Call::caller) changed a record that
/// both see? In the transaction of the call.
using ShowsWorkOf = std::function<bool(pg::Tx&, const rpc::Call&, const std::string& caller)>;

struct JournalOptions {
  std::string service;             ///< "registry"
  std::size_t rows_max = 500;      ///< records one change may touch
  SharedCommit::Options commit{};  ///< how calls share transactions
};

/// Which existing records a change may name.
enum class Visibility {
  kAudience,  ///< those whose audience the caller is in; `ops` and the service itself: all
  kAny,       ///< named exceptions (ARCHITECTURE 4): the use case has its own check
};

/// The append-only journal of an owner: every change of its records goes through Change.
/// Any thread; lives as long as the service.
class Journal {
 public:
  using Changes = std::vector<Changed>;
  /// Changes the business tables and says what changed. May run more than once, so it has no
  /// effect outside `tx`. `heads` holds the keys named.
  using Closure = std::function<Changes(pg::Tx& tx, const Heads& heads)>;

  Journal(pg::Pool& pool, base::Clock& clock, base::Ids& ids, JournalOptions options);

  /// After each commit: wakes the relay.
  void OnCommit(std::function<void()> wake) { wake_ = std::move(wake); }
  void OnRepeat(OnRepeatedRead hook) { on_repeat_ = std::move(hook); }
  /// Without it the audience decides. For the first answer see Changed::answer_view.
  void OnAnswer(AnswerView hook) { on_answer_ = std::move(hook); }
  const AnswerView& ViewOfAnswers() const { return on_answer_; }
  /// Without it who sees a record in its widest view sees in its history everybody who changed it.
  void OnHistory(ShowsWorkOf hook) { on_history_ = std::move(hook); }
  const ShowsWorkOf& WorkInHistories() const { return on_history_; }

  /// Calls that wait at the same moment share one transaction (SharedCommit); each is refused,
  /// repeated and answered as if it had its own.
  /// Locks the heads of `keys` in sorted order, checks `expected_version` (a field of the request,
  /// if it has one) against the first, runs `fn`, writes heads, journal rows and the request id and
  /// commits. A repeat (same caller and `request_id`) runs nothing and answers from the journal.
  /// Returns row 0 in the view that the caller has now; only id and version if it has none.
  /// Throws: what `fn` throws; NotFound when a named key does not exist or the caller is not in its
  /// audience (keys with `create`, and calls from `ops` or with `any_audience`, excepted);
  /// REQUEST_ID_INVALID, REQUEST_ID_REUSED, VERSION_STALE, and what pg::Pool::Transact throws.
  template <class Answer>
  Answer Change(const rpc::Call& call, const google::protobuf::Message& request,
                std::vector<Key> keys, const Closure& fn,
                Visibility visibility = Visibility::kAudience) {
    Answer answer;
    ChangeInto(&answer, call, request, std::move(keys), fn, visibility);
    return answer;
  }

  struct BatchOutcome {
    bool repeated = false;
    std::int64_t rows = 0;
  };
  /// The same for a chunk of an import: many new records, no answer but their number.
  BatchOutcome ChangeMany(const rpc::Call& call, const google::protobuf::Message& request,
                          std::vector<Key> keys, const Closure& fn);

  /// A change the system itself makes when a time has come (directory's timer). `occasion` is its
  /// request id, so it happens once.
  void ChangeBySystem(const std::string& occasion, std::vector<Key> keys, const Closure& fn);

  /// Calls that wait for a batch.
  std::size_t Waiting() const { return commits_.Waiting(); }

  /// The audience sweep: revisits every head of `type` whose audience was computed with other
  /// sharing rules, each chunk in a transaction of its own, until none is left. Returns how many it
  /// revisited.
  std::size_t Sweep(RecordSource& source, const std::string& type, std::size_t heads_of_chunk_max,
                    const std::stop_token& stop = {});

 private:
  std::size_t SweepChunk(RecordSource& source, const std::string& type, std::size_t heads_max,
                         std::string& after);
  struct Work;
  class ChangeSet;
  void ChangeInto(google::protobuf::Message* answer, const rpc::Call& call,
                  const google::protobuf::Message& request, std::vector<Key> keys,
                  const Closure& fn, Visibility visibility);
  using Parts = pg::Tx::Parts;
  /// Runs a transaction with trusted parts, and again with careful ones if that may end better.
  void Trusting(const std::function<void(Parts)>& run);
  void RunShared(const std::vector<SharedCommit::Member*>& members);
  void ApplyShared(pg::Tx& tx, const std::vector<Work*>& works, Parts parts);
  void RunAlone(Work& work);
  bool AnswerFromJournal(Work& work);
  void Committed(std::size_t calls);

  pg::Pool& pool_;
  base::Clock& clock_;
  base::Ids& ids_;
  JournalOptions options_;
  prometheus::Histogram& commit_batch_size_;
  std::atomic<int> careful_left_{0};  ///< transactions that do not begin with trusted parts
  SharedCommit commits_;
  std::function<void()> wake_;
  OnRepeatedRead on_repeat_;
  AnswerView on_answer_;
  ShowsWorkOf on_history_;
};

/// The changes of one call, in order.
template <class... Changed>
Journal::Changes ListOf(Changed... changed) {
  Journal::Changes changes;
  (changes.push_back(std::move(changed)), ...);
  return changes;
}

/// For reads by an owner: the record's newest state in the caller's view into `message`; throws
/// base::NotFound() when it does not exist or the caller may not see it.
void ReadRecord(pg::Tx& tx, const rpc::Call& call, const Key& key,
                google::protobuf::Message* message);

}  // namespace lienthong::journal
