#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/feed/pace.hpp"
#include "platform/feed/work.hpp"
#include "platform/kafka/consumer.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::feed {

struct ReaderOptions {
  std::string member;  ///< unit code or "service-registry": whose feed it reads besides feed.all
  kafka::ConnectOptions kafka;
  /// Owner ("registry") -> gRPC address, for repair; the TLS files are those of `kafka`.
  std::map<std::string, std::string> owners;
  int batch_messages_max = 1000;
  std::chrono::milliseconds scrub_interval{60'000};
  /// Rows that the scrub reads again; readers of one process may share it.
  std::shared_ptr<Pace> scrub_pace = std::make_shared<Pace>(2000);
  /// `min.compaction.lag.ms` of feeds: older barriers are not compared.
  std::chrono::milliseconds compaction_lag{3'600'000};
  /// False: `on_applied` is called with an empty list after each batch and not at the start.
  bool wants_values = true;
  /// Throws std::invalid_argument on a value that the service could not read: it is parked.
  std::function<void(const std::string& record_type, const std::string& value)> check{};
  /// Owner -> record types that its feeds may bring: a repair that operators ask for compares these
  /// and those that the copy holds.
  std::map<std::string, std::vector<std::string>> types{};
};

/// A record that a batch set or removed, as a reader of both sets sees it (the own feed's wins);
/// given to the service after the batch has been committed. May come twice.
struct Applied {
  std::string owner;
  std::string record_type;
  std::string record_id;
  std::optional<std::string> value;
};

/// State of one owner in one set.
struct OwnerState {
  std::string topic;
  std::string owner;
  bool equal = false;
  std::int64_t epoch = 0;
  std::int64_t sequence = 0;
  std::optional<base::Time> verified_at;  ///< `time` of the last barrier that matched
  struct Type {
    std::int64_t count = 0;
    std::string digest;
    std::int64_t divergent = 0;
  };
  std::map<std::string, Type> types;
  std::int64_t suspects = 0;
};

/// What a reader knows of its copy.
struct Consistency {
  std::vector<OwnerState> owners;
  bool equal = false;
  std::optional<base::Time> verified_at;  ///< minimum over owners
  std::int64_t lag_messages = 0;
  std::int64_t parked = 0;
  std::optional<base::Time> scrubbed_at;
  std::int64_t altered_records = 0;
  std::vector<std::string> altered_keys;
  std::optional<Work> repair;  ///< asked for last
  std::optional<Work> bootstrap;
};

/// Reads `lienthong.feed.<member>` and `lienthong.feed.all` into the feed tables of a database
/// (PROTOCOL, Reading a feed well): offset compare-and-swap, guards, digests, barriers, suspects,
/// repair, parking, scrub. One thread of its own, joined on destruction after its commit; used by
/// replicas (one per unit) and by services alike.
class Reader {
 public:
  /// Given to OnVerified when a set starts over: what is here is a part, until a barrier matches.
  static constexpr base::Time kNeverVerified{};
  using OnApplied = std::function<void(const std::vector<Applied>&)>;
  /// Everything of `owner` acknowledged before `time` is in the copy: both sets matched. Called at
  /// the start too, with what is stored.
  using OnVerified = std::function<void(const std::string& owner, base::Time time)>;

  Reader(ReaderOptions options, pg::Pool& pool, base::Clock& clock, OnApplied on_applied = {},
         OnVerified on_verified = {});
  ~Reader();

  /// Gives the stored live records to `on_applied`, then starts the thread. Throws base::Error when
  /// the database is away.
  void Start();
  /// Lets the thread end soon; the destructor waits for it. For many readers that end together.
  void AskToStop();
  Consistency State() const;

  struct ReplayOutcome {
    int applied = 0;
    int still_parked = 0;
  };
  /// Tries parked messages again; any thread. What still cannot be applied is asked for from its
  /// owner; what names no record is dropped. Throws base::Error when the database is away, and
  /// CONCURRENT_CHANGE while another reader of the same copy is ahead of this one.
  ReplayOutcome ReplayParked();

  /// Operators ask for work on the copy, which goes on behind the call and after a restart; any
  /// thread. A repeat starts nothing anew. Throws REQUEST_ID_REUSED, and what the database throws.
  Work Ask(WorkKind kind, const std::string& request_id, const std::string& operation_id,
           std::chrono::steady_clock::time_point deadline);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lienthong::feed
